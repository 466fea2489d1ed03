"""编码对照 · code map.

一个来源系统的编码对应到标准编码，及确认状态。
How a code of a source system maps to a standard code, and whether somebody confirmed it.

Generated from ``ledger/tables/code_map.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TypedDict

import pyarrow as pa

TABLE = "code_map"


class CodeMap(TypedDict):
    """One row of ``code_map`` (编码对照 · code map)."""

    #: 编码类别 · kind of code
    kind: str
    #: 来源系统 · source system
    from_system: str
    #: 来源编码 · source code
    from_code: str
    #: 来源名称 · source name
    from_name: str | None
    #: 目标系统 · target system
    to_system: str
    #: 目标编码 · target code
    to_code: str | None
    #: 目标名称 · target name
    to_name: str | None
    #: 定点医药机构编号 · institution id (fixmedins_code)
    institution_id: str | None
    #: 相似度（百万分之一） · similarity in parts per million [part per million]
    similarity_ppm: int | None
    #: 状态 · status
    status: str
    #: 确认人 · confirmed by
    confirmed_by: str | None
    #: 确认日期 · date confirmed
    confirmed_on: date | None
    #: 入库时间 · recorded at
    recorded_at: datetime
    #: 入库批次 · batch
    batch_id: str


COLUMNS: tuple[str, ...] = (
    "kind",
    "from_system",
    "from_code",
    "from_name",
    "to_system",
    "to_code",
    "to_name",
    "institution_id",
    "similarity_ppm",
    "status",
    "confirmed_by",
    "confirmed_on",
    "recorded_at",
    "batch_id",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("kind", pa.string()),
        pa.field("from_system", pa.string()),
        pa.field("from_code", pa.string()),
        pa.field("from_name", pa.string()),
        pa.field("to_system", pa.string()),
        pa.field("to_code", pa.string()),
        pa.field("to_name", pa.string()),
        pa.field("institution_id", pa.string()),
        pa.field("similarity_ppm", pa.int64()),
        pa.field("status", pa.string()),
        pa.field("confirmed_by", pa.string()),
        pa.field("confirmed_on", pa.date32()),
        pa.field("recorded_at", pa.timestamp("us")),
        pa.field("batch_id", pa.string()),
    ]
)
