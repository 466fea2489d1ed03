"""手术操作编码 · procedure code.

一个版本的手术操作编码表中的一个编码及其性别限制。
One code of a version of the procedure code list, with its limit of sex.

Generated from ``ledger/tables/code_procedure.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TypedDict

import pyarrow as pa

TABLE = "code_procedure"


class CodeProcedure(TypedDict):
    """One row of ``code_procedure`` (手术操作编码 · procedure code)."""

    #: 编码 · code (oprn_oprt_code)
    code: str
    #: 编码版本 · version of the list
    version: str
    #: 名称 · name (oprn_oprt_name)
    name: str | None
    #: 英文名称 · English name
    name_en: str | None
    #: 章 · chapter
    chapter: str | None
    #: 类目 · category
    category: str | None
    #: 限定性别 · sex allowed
    sex: str | None
    #: 手术操作类别 · kind (oprn_oprt_type)
    kind: str | None
    #: 灰码 · gray code
    is_gray: bool | None
    #: 生效日期 · valid from
    valid_from: date | None
    #: 失效日期（不含） · valid until (exclusive)
    valid_to: date | None
    #: 入库时间 · recorded at
    recorded_at: datetime
    #: 入库批次 · batch
    batch_id: str


COLUMNS: tuple[str, ...] = (
    "code",
    "version",
    "name",
    "name_en",
    "chapter",
    "category",
    "sex",
    "kind",
    "is_gray",
    "valid_from",
    "valid_to",
    "recorded_at",
    "batch_id",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("code", pa.string()),
        pa.field("version", pa.string()),
        pa.field("name", pa.string()),
        pa.field("name_en", pa.string()),
        pa.field("chapter", pa.string()),
        pa.field("category", pa.string()),
        pa.field("sex", pa.string()),
        pa.field("kind", pa.string()),
        pa.field("is_gray", pa.bool_()),
        pa.field("valid_from", pa.date32()),
        pa.field("valid_to", pa.date32()),
        pa.field("recorded_at", pa.timestamp("us")),
        pa.field("batch_id", pa.string()),
    ]
)
