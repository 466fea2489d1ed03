"""改革对各类人群的影响 · effect of a reform on groups.

按年龄、收入、人员类别、身份、机构等级、就医类别等分组，改革前后的基金支付、个人负担，受益和受损的人数与金额。
By age, income, class, status, level of institution and kind of care: funds and burden before and after, who gains and who loses, and how much.

Generated from ``ledger/tables/reform_group.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from typing import TypedDict

import pyarrow as pa

TABLE = "reform_group"


class ReformGroup(TypedDict):
    """One row of ``reform_group`` (改革对各类人群的影响 · effect of a reform on groups)."""

    #: 分组依据 · dimension
    dimension: str
    #: 组 · group
    group_code: str
    #: 人数 · persons
    persons: int
    #: 结算笔数 · settlements
    bills: int
    #: 医疗费总额 · total cost [minor unit of the ledger's currency (fen)]
    total_amount: int
    #: 改革前基金支付 · paid by funds before [minor unit of the ledger's currency (fen)]
    fund_before: int
    #: 改革后基金支付 · paid by funds after [minor unit of the ledger's currency (fen)]
    fund_after: int
    #: 改革前个人负担 · borne by persons before [minor unit of the ledger's currency (fen)]
    person_before: int
    #: 改革后个人负担 · borne by persons after [minor unit of the ledger's currency (fen)]
    person_after: int
    #: 受益人数 · persons who gain
    winners: int
    #: 受损人数 · persons who lose
    losers: int
    #: 受益金额 · gained by them [minor unit of the ledger's currency (fen)]
    gained_amount: int
    #: 受损金额 · lost by them [minor unit of the ledger's currency (fen)]
    lost_amount: int


COLUMNS: tuple[str, ...] = (
    "dimension",
    "group_code",
    "persons",
    "bills",
    "total_amount",
    "fund_before",
    "fund_after",
    "person_before",
    "person_after",
    "winners",
    "losers",
    "gained_amount",
    "lost_amount",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("dimension", pa.string()),
        pa.field("group_code", pa.string()),
        pa.field("persons", pa.int64()),
        pa.field("bills", pa.int64()),
        pa.field("total_amount", pa.int64()),
        pa.field("fund_before", pa.int64()),
        pa.field("fund_after", pa.int64()),
        pa.field("person_before", pa.int64()),
        pa.field("person_after", pa.int64()),
        pa.field("winners", pa.int64()),
        pa.field("losers", pa.int64()),
        pa.field("gained_amount", pa.int64()),
        pa.field("lost_amount", pa.int64()),
    ]
)
