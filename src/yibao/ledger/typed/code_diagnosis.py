"""疾病诊断编码 · diagnosis code.

一个版本的疾病诊断编码表中的一个编码及其性别、年龄限制。
One code of a version of the diagnosis code list, with its limits of sex and age.

Generated from ``ledger/tables/code_diagnosis.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TypedDict

import pyarrow as pa

TABLE = "code_diagnosis"


class CodeDiagnosis(TypedDict):
    """One row of ``code_diagnosis`` (疾病诊断编码 · diagnosis code)."""

    #: 编码 · code (diag_code)
    code: str
    #: 编码版本 · version of the list
    version: str
    #: 名称 · name (diag_name)
    name: str | None
    #: 英文名称 · English name
    name_en: str | None
    #: 章 · chapter
    chapter: str | None
    #: 类目 · category
    category: str | None
    #: 限定性别 · sex allowed
    sex: str | None
    #: 年龄下限（天，含） · youngest age in days (inclusive) [day]
    age_from_days: int | None
    #: 年龄上限（天，不含） · oldest age in days (exclusive) [day]
    age_to_days: int | None
    #: 灰码（不作主要诊断） · gray code (not for a main diagnosis)
    is_gray: bool | None
    #: 并发症或合并症级别 · level of complication or comorbidity
    complication: str | None
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
    "age_from_days",
    "age_to_days",
    "is_gray",
    "complication",
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
        pa.field("age_from_days", pa.int64()),
        pa.field("age_to_days", pa.int64()),
        pa.field("is_gray", pa.bool_()),
        pa.field("complication", pa.string()),
        pa.field("valid_from", pa.date32()),
        pa.field("valid_to", pa.date32()),
        pa.field("recorded_at", pa.timestamp("us")),
        pa.field("batch_id", pa.string()),
    ]
)
