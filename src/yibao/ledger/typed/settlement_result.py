"""待遇计算结果 · settlement reckoned.

按一套待遇政策计算一次结算：各层保障各付多少；用于账本时与账面比较。
A settlement reckoned under a benefit policy — what each layer of protection pays; over a ledger it is set against the books.

Generated from ``ledger/tables/settlement_result.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from typing import TypedDict

import pyarrow as pa

TABLE = "settlement_result"


class SettlementResult(TypedDict):
    """One row of ``settlement_result`` (待遇计算结果 · settlement reckoned)."""

    #: 结算编号 · settlement id (setl_id)
    settlement_id: str
    #: 政策编号 · policy id
    policy_id: str
    #: 政策版本 · policy version
    policy_version: str
    #: 就诊编号 · encounter id (mdtrt_id)
    encounter_id: str | None
    #: 人员编号 · person id (psn_no)
    person_id: str
    #: 待遇年度 · insurance year
    year: int
    #: 待遇类别 · kind of benefit
    benefit: str | None
    #: 本年第几次 · which time of the year it is
    times: int | None
    #: 医疗费总额 · total cost [minor unit of the ledger's currency (fen)] (medfee_sumamt)
    total_amount: int
    #: 全自费金额 · amount not covered [minor unit of the ledger's currency (fen)] (fulamt_ownpay_amt)
    not_covered_amount: int
    #: 超限价自费费用 · amount above ceiling prices [minor unit of the ledger's currency (fen)] (overlmt_selfpay)
    over_limit_amount: int
    #: 先行自付金额 · first-share amount [minor unit of the ledger's currency (fen)] (preselfpay_amt)
    first_share_amount: int
    #: 符合政策范围金额 · eligible amount [minor unit of the ledger's currency (fen)] (inscp_scp_amt)
    eligible_amount: int
    #: 实际支付起付线 · deductible paid [minor unit of the ledger's currency (fen)] (act_pay_dedc)
    deductible_amount: int
    #: 基本医保限额以上的政策范围内费用 · eligible amount above the limit of basic insurance [minor unit of the ledger's currency (fen)]
    above_cap_amount: int
    #: 基本医疗保险统筹基金支出 · basic pooled fund payment [minor unit of the ledger's currency (fen)] (hifp_pay)
    basic_fund_amount: int
    #: 公务员医疗补助支出 · civil-servant supplement payment [minor unit of the ledger's currency (fen)] (cvlserv_pay)
    civil_servant_amount: int
    #: 企业补充医疗保险支出 · enterprise supplement payment [minor unit of the ledger's currency (fen)] (hifes_pay)
    enterprise_amount: int
    #: 职工大额医疗费用补助支出 · large-amount supplement payment [minor unit of the ledger's currency (fen)] (hifob_pay)
    large_amount_amount: int
    #: 大病保险支出 · critical-illness insurance payment [minor unit of the ledger's currency (fen)] (hifmi_pay)
    critical_illness_amount: int
    #: 医疗救助支出（含倾斜救助） · medical assistance payment, tilt included [minor unit of the ledger's currency (fen)] (maf_pay)
    assistance_amount: int
    #: 其中倾斜救助 · of which tilt [minor unit of the ledger's currency (fen)]
    tilt_amount: int
    #: 其他支出 · other payment [minor unit of the ledger's currency (fen)] (oth_pay)
    other_fund_amount: int
    #: 其中惠民保等商业保险 · of which city supplementary and commercial insurance [minor unit of the ledger's currency (fen)]
    commercial_amount: int
    #: 其中慈善帮扶 · of which charity [minor unit of the ledger's currency (fen)]
    charity_amount: int
    #: 基金支付总额 · total paid by funds [minor unit of the ledger's currency (fen)] (fund_pay_sumamt)
    fund_amount: int
    #: 医院负担金额 · borne by the hospital [minor unit of the ledger's currency (fen)] (hosp_part_amt)
    hospital_amount: int
    #: 个人负担总金额 · total borne by the person [minor unit of the ledger's currency (fen)] (psn_part_amt)
    person_amount: int
    #: 个人账户支出 · paid from the personal account [minor unit of the ledger's currency (fen)] (acct_pay)
    account_amount: int
    #: 账户共济支付金额 · paid from a relative's account (contained in the account payment) [minor unit of the ledger's currency (fen)] (acct_mulaid_pay)
    family_account_amount: int
    #: 个人现金支出 · paid in cash [minor unit of the ledger's currency (fen)] (psn_cash_pay)
    cash_amount: int
    #: 结算后账户余额 · balance of the account afterwards [minor unit of the ledger's currency (fen)] (balc)
    account_balance: int
    #: 政策使其不成立的恒等式 · identities that the policy suspends on this bill
    suspended: str | None
    #: 原结算编号 · id of the settlement reversed (init_setl_id)
    reversed_settlement_id: str | None
    #: 与账面基金支付之差 · difference from the funds' payment in the books [minor unit of the ledger's currency (fen)]
    difference_amount: int | None


COLUMNS: tuple[str, ...] = (
    "settlement_id",
    "policy_id",
    "policy_version",
    "encounter_id",
    "person_id",
    "year",
    "benefit",
    "times",
    "total_amount",
    "not_covered_amount",
    "over_limit_amount",
    "first_share_amount",
    "eligible_amount",
    "deductible_amount",
    "above_cap_amount",
    "basic_fund_amount",
    "civil_servant_amount",
    "enterprise_amount",
    "large_amount_amount",
    "critical_illness_amount",
    "assistance_amount",
    "tilt_amount",
    "other_fund_amount",
    "commercial_amount",
    "charity_amount",
    "fund_amount",
    "hospital_amount",
    "person_amount",
    "account_amount",
    "family_account_amount",
    "cash_amount",
    "account_balance",
    "suspended",
    "reversed_settlement_id",
    "difference_amount",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("settlement_id", pa.string()),
        pa.field("policy_id", pa.string()),
        pa.field("policy_version", pa.string()),
        pa.field("encounter_id", pa.string()),
        pa.field("person_id", pa.string()),
        pa.field("year", pa.int64()),
        pa.field("benefit", pa.string()),
        pa.field("times", pa.int64()),
        pa.field("total_amount", pa.int64()),
        pa.field("not_covered_amount", pa.int64()),
        pa.field("over_limit_amount", pa.int64()),
        pa.field("first_share_amount", pa.int64()),
        pa.field("eligible_amount", pa.int64()),
        pa.field("deductible_amount", pa.int64()),
        pa.field("above_cap_amount", pa.int64()),
        pa.field("basic_fund_amount", pa.int64()),
        pa.field("civil_servant_amount", pa.int64()),
        pa.field("enterprise_amount", pa.int64()),
        pa.field("large_amount_amount", pa.int64()),
        pa.field("critical_illness_amount", pa.int64()),
        pa.field("assistance_amount", pa.int64()),
        pa.field("tilt_amount", pa.int64()),
        pa.field("other_fund_amount", pa.int64()),
        pa.field("commercial_amount", pa.int64()),
        pa.field("charity_amount", pa.int64()),
        pa.field("fund_amount", pa.int64()),
        pa.field("hospital_amount", pa.int64()),
        pa.field("person_amount", pa.int64()),
        pa.field("account_amount", pa.int64()),
        pa.field("family_account_amount", pa.int64()),
        pa.field("cash_amount", pa.int64()),
        pa.field("account_balance", pa.int64()),
        pa.field("suspended", pa.string()),
        pa.field("reversed_settlement_id", pa.string()),
        pa.field("difference_amount", pa.int64()),
    ]
)
