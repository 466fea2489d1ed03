"""异地清算轧差 · net clearing position.

各统筹区某月应收、应付与轧差净额；全部净额之和为零。
Of each pool for a month: what it is owed, what it owes and the net; the net amounts of all pools add up to nought.

Generated from ``ledger/tables/clearing_balance.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import date
from typing import TypedDict

import pyarrow as pa

TABLE = "clearing_balance"


class ClearingBalance(TypedDict):
    """One row of ``clearing_balance`` (异地清算轧差 · net clearing position)."""

    #: 月份（月初） · month (its first day)
    month: date
    #: 统筹区 · pooling region
    region_code: str
    #: 应收（账面） · receivable (booked) [minor unit of the ledger's currency (fen)]
    receivable_amount: int
    #: 应付（账面） · payable (booked) [minor unit of the ledger's currency (fen)]
    payable_amount: int
    #: 净额（正为净收） · net (positive: receives) [minor unit of the ledger's currency (fen)]
    net_amount: int
    #: 按政策应付计算的净额 · net by what is due under the policies [minor unit of the ledger's currency (fen)]
    due_net_amount: int


COLUMNS: tuple[str, ...] = (
    "month",
    "region_code",
    "receivable_amount",
    "payable_amount",
    "net_amount",
    "due_net_amount",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("month", pa.date32()),
        pa.field("region_code", pa.string()),
        pa.field("receivable_amount", pa.int64()),
        pa.field("payable_amount", pa.int64()),
        pa.field("net_amount", pa.int64()),
        pa.field("due_net_amount", pa.int64()),
    ]
)
