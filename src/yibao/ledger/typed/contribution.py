"""缴费 · contribution.

一个人一个所属期的一笔缴费，含单位、个人与财政部分；退费为负数。
One payment of contributions for one person and month — employer, person and subsidy; a refund is negative.

Generated from ``ledger/tables/contribution.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TypedDict

import pyarrow as pa

TABLE = "contribution"


class Contribution(TypedDict):
    """One row of ``contribution`` (缴费 · contribution)."""

    #: 缴费流水号 · contribution id
    contribution_id: str
    #: 人员编号 · person id (psn_no)
    person_id: str
    #: 参保关系编号 · enrolment id (psn_insu_rlts_id)
    enrolment_id: str | None
    #: 险种类型 · insurance scheme (insutype)
    scheme: str | None
    #: 参保地医保区划 · insured region (insu_admdvs)
    region_code: str | None
    #: 单位编号 · employer id (emp_no)
    employer_id: str | None
    #: 费款所属期（月初） · month paid for (its first day)
    month: date
    #: 缴费类别 · kind of payment
    kind: str | None
    #: 缴费基数 · contribution base [minor unit of the ledger's currency (fen)]
    base_amount: int | None
    #: 单位缴费 · employer's part [minor unit of the ledger's currency (fen)]
    employer_amount: int | None
    #: 个人缴费 · person's part [minor unit of the ledger's currency (fen)]
    person_amount: int | None
    #: 财政补助 · public subsidy [minor unit of the ledger's currency (fen)]
    subsidy_amount: int | None
    #: 缴费合计 · total paid [minor unit of the ledger's currency (fen)]
    amount: int
    #: 划入个人账户金额 · credited to the personal account [minor unit of the ledger's currency (fen)]
    account_credit: int | None
    #: 到账日期 · date received
    paid_on: date | None
    #: 入库时间 · recorded at
    recorded_at: datetime
    #: 入库批次 · batch
    batch_id: str


COLUMNS: tuple[str, ...] = (
    "contribution_id",
    "person_id",
    "enrolment_id",
    "scheme",
    "region_code",
    "employer_id",
    "month",
    "kind",
    "base_amount",
    "employer_amount",
    "person_amount",
    "subsidy_amount",
    "amount",
    "account_credit",
    "paid_on",
    "recorded_at",
    "batch_id",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("contribution_id", pa.string()),
        pa.field("person_id", pa.string()),
        pa.field("enrolment_id", pa.string()),
        pa.field("scheme", pa.string()),
        pa.field("region_code", pa.string()),
        pa.field("employer_id", pa.string()),
        pa.field("month", pa.date32()),
        pa.field("kind", pa.string()),
        pa.field("base_amount", pa.int64()),
        pa.field("employer_amount", pa.int64()),
        pa.field("person_amount", pa.int64()),
        pa.field("subsidy_amount", pa.int64()),
        pa.field("amount", pa.int64()),
        pa.field("account_credit", pa.int64()),
        pa.field("paid_on", pa.date32()),
        pa.field("recorded_at", pa.timestamp("us")),
        pa.field("batch_id", pa.string()),
    ]
)
