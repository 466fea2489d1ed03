"""编码使用 · use of codes.

每家机构每月使用的诊断、手术操作、目录项目编码，当日是否在有效的编码表中，行数与金额；由事实表重新计算。
Which diagnosis, procedure and item codes an institution used in a month, whether a list held them on the day, and for how many rows and how much money; recomputed from the facts.

Generated from ``ledger/tables/code_use.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import date
from typing import TypedDict

import pyarrow as pa

TABLE = "code_use"


class CodeUse(TypedDict):
    """One row of ``code_use`` (编码使用 · use of codes)."""

    #: 编码类别 · kind of code
    kind: str
    #: 表 · table
    table_name: str
    #: 列 · column
    column_name: str
    #: 定点医药机构编号 · institution id
    institution_id: str | None
    #: 月份（首日） · first day of the month
    month: date | None
    #: 编码 · code
    code: str
    #: 编码版本 · version of the code list
    code_version: str | None
    #: 当日有效 · in a list on the day
    is_in_force: bool
    #: 行数 · rows
    row_count: int
    #: 金额 · amount [minor unit of the ledger's currency (fen)]
    amount: int
    #: 首行主键 · key of the first row
    first_ref: str
    #: 最早日期 · first day
    first_day: date | None


COLUMNS: tuple[str, ...] = (
    "kind",
    "table_name",
    "column_name",
    "institution_id",
    "month",
    "code",
    "code_version",
    "is_in_force",
    "row_count",
    "amount",
    "first_ref",
    "first_day",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("kind", pa.string()),
        pa.field("table_name", pa.string()),
        pa.field("column_name", pa.string()),
        pa.field("institution_id", pa.string()),
        pa.field("month", pa.date32()),
        pa.field("code", pa.string()),
        pa.field("code_version", pa.string()),
        pa.field("is_in_force", pa.bool_()),
        pa.field("row_count", pa.int64()),
        pa.field("amount", pa.int64()),
        pa.field("first_ref", pa.string()),
        pa.field("first_day", pa.date32()),
    ]
)
