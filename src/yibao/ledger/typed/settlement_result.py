"""待遇复算结果 · settlement recomputed.

按一套待遇政策重新计算一次结算，并与账面比较。
A settlement recomputed under a benefit policy and set against the books.

Generated from ``ledger/tables/settlement_result.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from typing import TypedDict

import pyarrow as pa

TABLE = "settlement_result"


class SettlementResult(TypedDict):
    """One row of ``settlement_result`` (待遇复算结果 · settlement recomputed)."""

    #: 结算编号 · settlement id
    settlement_id: str
    #: 政策编号 · policy id
    policy_id: str
    #: 政策版本 · policy version
    policy_version: str
    #: 就诊编号 · encounter id
    encounter_id: str | None
    #: 人员编号 · person id
    person_id: str | None
    #: 医疗费总额 · total cost [minor unit of the ledger's currency (fen)]
    total_amount: int
    #: 全自费金额 · amount not covered [minor unit of the ledger's currency (fen)]
    not_covered_amount: int | None
    #: 超限价自费费用 · amount above ceiling prices [minor unit of the ledger's currency (fen)]
    over_limit_amount: int | None
    #: 先行自付金额 · first-share amount [minor unit of the ledger's currency (fen)]
    first_share_amount: int | None
    #: 符合政策范围金额 · eligible amount [minor unit of the ledger's currency (fen)]
    eligible_amount: int | None
    #: 起付线 · deductible [minor unit of the ledger's currency (fen)]
    deductible_amount: int | None
    #: 基本医疗保险统筹基金支出 · basic pooled fund payment [minor unit of the ledger's currency (fen)]
    basic_fund_amount: int | None
    #: 公务员医疗补助支出 · civil-servant supplement payment [minor unit of the ledger's currency (fen)]
    civil_servant_amount: int | None
    #: 企业补充医疗保险支出 · enterprise supplement payment [minor unit of the ledger's currency (fen)]
    enterprise_amount: int | None
    #: 大病保险支出 · critical-illness insurance payment [minor unit of the ledger's currency (fen)]
    critical_illness_amount: int | None
    #: 大额补助支出 · large-amount supplement payment [minor unit of the ledger's currency (fen)]
    large_amount_amount: int | None
    #: 医疗救助支出 · medical assistance payment [minor unit of the ledger's currency (fen)]
    assistance_amount: int | None
    #: 其他基金支出 · other fund payment [minor unit of the ledger's currency (fen)]
    other_fund_amount: int | None
    #: 基金支付总额 · total paid by funds [minor unit of the ledger's currency (fen)]
    fund_amount: int
    #: 个人负担总金额 · total borne by the person [minor unit of the ledger's currency (fen)]
    person_amount: int
    #: 个人账户支出 · paid from the personal account [minor unit of the ledger's currency (fen)]
    account_amount: int | None
    #: 个人现金支出 · paid in cash [minor unit of the ledger's currency (fen)]
    cash_amount: int | None
    #: 与账面基金支付之差 · difference from the funds' payment in the books [minor unit of the ledger's currency (fen)]
    difference_amount: int | None


COLUMNS: tuple[str, ...] = (
    "settlement_id",
    "policy_id",
    "policy_version",
    "encounter_id",
    "person_id",
    "total_amount",
    "not_covered_amount",
    "over_limit_amount",
    "first_share_amount",
    "eligible_amount",
    "deductible_amount",
    "basic_fund_amount",
    "civil_servant_amount",
    "enterprise_amount",
    "critical_illness_amount",
    "large_amount_amount",
    "assistance_amount",
    "other_fund_amount",
    "fund_amount",
    "person_amount",
    "account_amount",
    "cash_amount",
    "difference_amount",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("settlement_id", pa.string()),
        pa.field("policy_id", pa.string()),
        pa.field("policy_version", pa.string()),
        pa.field("encounter_id", pa.string()),
        pa.field("person_id", pa.string()),
        pa.field("total_amount", pa.int64()),
        pa.field("not_covered_amount", pa.int64()),
        pa.field("over_limit_amount", pa.int64()),
        pa.field("first_share_amount", pa.int64()),
        pa.field("eligible_amount", pa.int64()),
        pa.field("deductible_amount", pa.int64()),
        pa.field("basic_fund_amount", pa.int64()),
        pa.field("civil_servant_amount", pa.int64()),
        pa.field("enterprise_amount", pa.int64()),
        pa.field("critical_illness_amount", pa.int64()),
        pa.field("large_amount_amount", pa.int64()),
        pa.field("assistance_amount", pa.int64()),
        pa.field("other_fund_amount", pa.int64()),
        pa.field("fund_amount", pa.int64()),
        pa.field("person_amount", pa.int64()),
        pa.field("account_amount", pa.int64()),
        pa.field("cash_amount", pa.int64()),
        pa.field("difference_amount", pa.int64()),
    ]
)
