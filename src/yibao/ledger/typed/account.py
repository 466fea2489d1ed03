"""个人账户变动 · personal account move.

职工个人账户的一次收支；支出为负数。
One move of a personal account; what leaves it is negative.

Generated from ``ledger/tables/account.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

import pyarrow as pa

TABLE = "account"


class Account(TypedDict):
    """One row of ``account`` (个人账户变动 · personal account move)."""

    #: 变动流水号 · move id
    move_id: str
    #: 账户所有人编号 · account holder's person id (psn_no)
    person_id: str
    #: 变动时间 · time of the move
    moved_at: datetime
    #: 变动类别 · kind of move
    kind: str | None
    #: 变动金额 · amount moved [minor unit of the ledger's currency (fen)]
    amount: int
    #: 变动后余额 · balance afterwards [minor unit of the ledger's currency (fen)] (balc)
    balance: int | None
    #: 结算编号 · settlement id (setl_id)
    settlement_id: str | None
    #: 被共济人编号 · person id of the relative paid for
    paid_for_id: str | None
    #: 入库时间 · recorded at
    recorded_at: datetime
    #: 入库批次 · batch
    batch_id: str


COLUMNS: tuple[str, ...] = (
    "move_id",
    "person_id",
    "moved_at",
    "kind",
    "amount",
    "balance",
    "settlement_id",
    "paid_for_id",
    "recorded_at",
    "batch_id",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("move_id", pa.string()),
        pa.field("person_id", pa.string()),
        pa.field("moved_at", pa.timestamp("us")),
        pa.field("kind", pa.string()),
        pa.field("amount", pa.int64()),
        pa.field("balance", pa.int64()),
        pa.field("settlement_id", pa.string()),
        pa.field("paid_for_id", pa.string()),
        pa.field("recorded_at", pa.timestamp("us")),
        pa.field("batch_id", pa.string()),
    ]
)
