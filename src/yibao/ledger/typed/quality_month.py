"""质量月表 · quality by month.

一家机构一个月内一条质量规则在一张表上的问题数、涉及行数、被检查行数和涉及金额。
What a quality law found in one table at one institution in one month: issues, rows concerned, rows checked, money.

Generated from ``ledger/tables/quality_month.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import date
from typing import TypedDict

import pyarrow as pa

TABLE = "quality_month"


class QualityMonth(TypedDict):
    """One row of ``quality_month`` (质量月表 · quality by month)."""

    #: 定点医药机构编号 · institution id
    institution_id: str | None
    #: 月份（首日） · first day of the month
    month: date | None
    #: 规则编号 · law id
    law_id: str
    #: 表 · table
    table_name: str
    #: 严重程度 · severity
    severity: str
    #: 问题数 · issues
    issues: int
    #: 涉及行数 · rows concerned
    rows_concerned: int
    #: 被检查行数 · rows checked
    rows_checked: int | None
    #: 涉及金额（绝对值之和） · money concerned (sum of absolute amounts) [minor unit of the ledger's currency (fen)]
    amount: int


COLUMNS: tuple[str, ...] = (
    "institution_id",
    "month",
    "law_id",
    "table_name",
    "severity",
    "issues",
    "rows_concerned",
    "rows_checked",
    "amount",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("institution_id", pa.string()),
        pa.field("month", pa.date32()),
        pa.field("law_id", pa.string()),
        pa.field("table_name", pa.string()),
        pa.field("severity", pa.string()),
        pa.field("issues", pa.int64()),
        pa.field("rows_concerned", pa.int64()),
        pa.field("rows_checked", pa.int64()),
        pa.field("amount", pa.int64()),
    ]
)
