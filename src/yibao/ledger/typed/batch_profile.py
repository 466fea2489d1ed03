"""批次画像 · batch profile.

每张表最新一批与以前各批的行数、金额和取值分布，按机构统计；用于发现新一批数据的异常变化。
What the newest batch of a table and all batches before it hold, by institution: rows, money and counts of values; for finding that a delivery has changed.

Generated from ``ledger/tables/batch_profile.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import date
from typing import TypedDict

import pyarrow as pa

TABLE = "batch_profile"


class BatchProfile(TypedDict):
    """One row of ``batch_profile`` (批次画像 · batch profile)."""

    #: 表 · table
    table_name: str
    #: 列 · column
    column_name: str
    #: 定点医药机构编号 · institution id
    institution_id: str | None
    #: 月份（首日） · first day of the month
    month: date | None
    #: 最新一批的编号 · the newest batch
    batch_id: str
    #: 是否最新一批 · brought by the newest batch
    is_new: bool
    #: 取值 · value
    code: str | None
    #: 行数 · rows
    row_count: int
    #: 金额 · amount [minor unit of the ledger's currency (fen)]
    amount: int | None
    #: 最早日期 · first day
    first_day: date | None
    #: 最晚日期 · last day
    last_day: date | None


COLUMNS: tuple[str, ...] = (
    "table_name",
    "column_name",
    "institution_id",
    "month",
    "batch_id",
    "is_new",
    "code",
    "row_count",
    "amount",
    "first_day",
    "last_day",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("table_name", pa.string()),
        pa.field("column_name", pa.string()),
        pa.field("institution_id", pa.string()),
        pa.field("month", pa.date32()),
        pa.field("batch_id", pa.string()),
        pa.field("is_new", pa.bool_()),
        pa.field("code", pa.string()),
        pa.field("row_count", pa.int64()),
        pa.field("amount", pa.int64()),
        pa.field("first_day", pa.date32()),
        pa.field("last_day", pa.date32()),
    ]
)
