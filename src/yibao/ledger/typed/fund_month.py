"""基金月度收支 · fund month.

一个统筹区一个险种一个月的基金收支与结余，并写明来源（快报与公报是两个序列）。
Income, spending and reserve of one scheme in one region and month, with its source (quick reports and bulletins are different series).

Generated from ``ledger/tables/fund_month.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TypedDict

import pyarrow as pa

TABLE = "fund_month"


class FundMonth(TypedDict):
    """One row of ``fund_month`` (基金月度收支 · fund month)."""

    #: 统筹区 · pooling region (insu_admdvs)
    region_code: str
    #: 险种类型 · insurance scheme (insutype)
    scheme: str
    #: 月份（月初） · month (its first day)
    month: date
    #: 来源 · source
    source: str
    #: 参保人数 · people insured [person]
    insured: int | None
    #: 在职人数 · in service [person]
    insured_in_service: int | None
    #: 退休人数 · retired [person]
    insured_retired: int | None
    #: 缴费收入 · income from contributions [minor unit of the ledger's currency (fen)]
    contribution_income: int | None
    #: 财政补助收入 · income from subsidies [minor unit of the ledger's currency (fen)]
    subsidy_income: int | None
    #: 其他收入 · other income [minor unit of the ledger's currency (fen)]
    other_income: int | None
    #: 统筹基金收入 · income of the pooled fund [minor unit of the ledger's currency (fen)]
    pooled_income: int | None
    #: 统筹基金支出 · spending of the pooled fund [minor unit of the ledger's currency (fen)]
    pooled_spending: int
    #: 统筹基金累计结余 · reserve of the pooled fund [minor unit of the ledger's currency (fen)]
    pooled_balance: int | None
    #: 个人账户收入 · income of personal accounts [minor unit of the ledger's currency (fen)]
    account_income: int | None
    #: 个人账户支出 · spending of personal accounts [minor unit of the ledger's currency (fen)]
    account_spending: int | None
    #: 个人账户累计结余 · balance of personal accounts [minor unit of the ledger's currency (fen)]
    account_balance: int | None
    #: 入库时间 · recorded at
    recorded_at: datetime
    #: 入库批次 · batch
    batch_id: str


COLUMNS: tuple[str, ...] = (
    "region_code",
    "scheme",
    "month",
    "source",
    "insured",
    "insured_in_service",
    "insured_retired",
    "contribution_income",
    "subsidy_income",
    "other_income",
    "pooled_income",
    "pooled_spending",
    "pooled_balance",
    "account_income",
    "account_spending",
    "account_balance",
    "recorded_at",
    "batch_id",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("region_code", pa.string()),
        pa.field("scheme", pa.string()),
        pa.field("month", pa.date32()),
        pa.field("source", pa.string()),
        pa.field("insured", pa.int64()),
        pa.field("insured_in_service", pa.int64()),
        pa.field("insured_retired", pa.int64()),
        pa.field("contribution_income", pa.int64()),
        pa.field("subsidy_income", pa.int64()),
        pa.field("other_income", pa.int64()),
        pa.field("pooled_income", pa.int64()),
        pa.field("pooled_spending", pa.int64()),
        pa.field("pooled_balance", pa.int64()),
        pa.field("account_income", pa.int64()),
        pa.field("account_spending", pa.int64()),
        pa.field("account_balance", pa.int64()),
        pa.field("recorded_at", pa.timestamp("us")),
        pa.field("batch_id", pa.string()),
    ]
)
