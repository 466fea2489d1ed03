"""异地清算明细 · clearing between regional funds.

某月参保地基金应付就医地基金的金额；就医地先向机构垫付，参保地再归还。
What the fund of an insured place owes that of a place of care for a month: the place of care pays the institution first and is paid back.

Generated from ``ledger/tables/clearing_line.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import date
from typing import TypedDict

import pyarrow as pa

TABLE = "clearing_line"


class ClearingLine(TypedDict):
    """One row of ``clearing_line`` (异地清算明细 · clearing between regional funds)."""

    #: 月份（月初） · month (its first day)
    month: date
    #: 付款统筹区（参保地） · paying pool (insured place) (insu_admdvs)
    paying_region: str
    #: 收款统筹区（就医地） · receiving pool (place of care) (mdtrtarea_admdvs)
    receiving_region: str
    #: 险种类型 · insurance scheme (insutype)
    scheme: str
    #: 结算笔数 · settlements
    bills: int
    #: 人数 · persons
    persons: int
    #: 医疗费总额 · total cost [minor unit of the ledger's currency (fen)]
    total_amount: int
    #: 账面基金支付 · paid by funds as booked [minor unit of the ledger's currency (fen)]
    fund_amount: int
    #: 按政策应付 · due under the policy [minor unit of the ledger's currency (fen)]
    due_amount: int


COLUMNS: tuple[str, ...] = (
    "month",
    "paying_region",
    "receiving_region",
    "scheme",
    "bills",
    "persons",
    "total_amount",
    "fund_amount",
    "due_amount",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("month", pa.date32()),
        pa.field("paying_region", pa.string()),
        pa.field("receiving_region", pa.string()),
        pa.field("scheme", pa.string()),
        pa.field("bills", pa.int64()),
        pa.field("persons", pa.int64()),
        pa.field("total_amount", pa.int64()),
        pa.field("fund_amount", pa.int64()),
        pa.field("due_amount", pa.int64()),
    ]
)
