"""就诊结算合计 · bill of an encounter.

一次就诊各次结算的合计（已冲减撤销），全部撤销的就诊没有行；由结算记录重新计算。
What an encounter's settlements add up to, withdrawn ones taken off; one withdrawn altogether has no row. Recomputed from the settlements.

Generated from ``ledger/tables/encounter_bill.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

import pyarrow as pa

TABLE = "encounter_bill"


class EncounterBill(TypedDict):
    """One row of ``encounter_bill`` (就诊结算合计 · bill of an encounter)."""

    #: 就诊编号 · encounter id
    encounter_id: str
    #: 首次结算时间 · time first settled
    settled_at: datetime | None
    #: 医疗费总额 · total cost [minor unit of the ledger's currency (fen)]
    amount: int
    #: 基金支付 · paid by funds [minor unit of the ledger's currency (fen)]
    fund_amount: int
    #: 个人账户支出 · paid from personal accounts [minor unit of the ledger's currency (fen)]
    account_amount: int
    #: 账户共济支付 · paid from a relative's account [minor unit of the ledger's currency (fen)]
    family_account_amount: int
    #: 结算记录数 · settlement records
    settlements: int


COLUMNS: tuple[str, ...] = (
    "encounter_id",
    "settled_at",
    "amount",
    "fund_amount",
    "account_amount",
    "family_account_amount",
    "settlements",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("encounter_id", pa.string()),
        pa.field("settled_at", pa.timestamp("us")),
        pa.field("amount", pa.int64()),
        pa.field("fund_amount", pa.int64()),
        pa.field("account_amount", pa.int64()),
        pa.field("family_account_amount", pa.int64()),
        pa.field("settlements", pa.int64()),
    ]
)
