"""结算 · settlement.

一次就诊的一次结算：总费用怎样分给各层保障、个人和医院；冲正是另一条负数记录，并写明所冲的结算。
One settlement of an encounter — how its cost falls on each layer of protection, the person and the hospital; a reversal is another record with negative figures that names the settlement it reverses.

Generated from ``ledger/tables/settlement.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

import pyarrow as pa

TABLE = "settlement"


class Settlement(TypedDict):
    """One row of ``settlement`` (结算 · settlement)."""

    #: 结算编号 · settlement id (setl_id)
    settlement_id: str
    #: 就诊编号 · encounter id (mdtrt_id)
    encounter_id: str
    #: 人员编号 · person id (psn_no)
    person_id: str
    #: 定点医药机构编号 · institution id (fixmedins_code)
    institution_id: str
    #: 险种类型 · insurance scheme (insutype)
    scheme: str | None
    #: 医疗类别 · kind of care (med_type)
    kind: str | None
    #: 结算时间 · time settled (setl_time)
    settled_at: datetime
    #: 医疗费总额 · total cost [minor unit of the ledger's currency (fen)] (medfee_sumamt)
    total_amount: int
    #: 全自费金额 · amount not covered [minor unit of the ledger's currency (fen)] (fulamt_ownpay_amt)
    not_covered_amount: int | None
    #: 超限价自费费用 · amount above ceiling prices [minor unit of the ledger's currency (fen)] (overlmt_selfpay)
    over_limit_amount: int | None
    #: 先行自付金额 · first-share amount [minor unit of the ledger's currency (fen)] (preselfpay_amt)
    first_share_amount: int | None
    #: 符合政策范围金额 · eligible amount [minor unit of the ledger's currency (fen)] (inscp_scp_amt)
    eligible_amount: int | None
    #: 实际支付起付线 · deductible paid [minor unit of the ledger's currency (fen)] (act_pay_dedc)
    deductible_amount: int | None
    #: 统筹基金支付比例 · rate paid by the pooled fund [basis point, 1/10 000] (pool_prop_selfpay)
    pooled_rate: int | None
    #: 基本医疗保险统筹基金支出 · basic pooled fund payment [minor unit of the ledger's currency (fen)] (hifp_pay)
    basic_fund_amount: int | None
    #: 公务员医疗补助支出 · civil-servant supplement payment [minor unit of the ledger's currency (fen)] (cvlserv_pay)
    civil_servant_amount: int | None
    #: 企业补充医疗保险支出 · enterprise supplement payment [minor unit of the ledger's currency (fen)] (hifes_pay)
    enterprise_amount: int | None
    #: 居民大病保险支出 · critical-illness insurance payment [minor unit of the ledger's currency (fen)] (hifmi_pay)
    critical_illness_amount: int | None
    #: 职工大额医疗费用补助支出 · large-amount supplement payment [minor unit of the ledger's currency (fen)] (hifob_pay)
    large_amount_amount: int | None
    #: 医疗救助支出 · medical assistance payment [minor unit of the ledger's currency (fen)] (maf_pay)
    assistance_amount: int | None
    #: 其他基金支出 · other fund payment [minor unit of the ledger's currency (fen)] (oth_pay)
    other_fund_amount: int | None
    #: 基金支付总额 · total paid by funds [minor unit of the ledger's currency (fen)] (fund_pay_sumamt)
    fund_amount: int | None
    #: 个人负担总金额 · total borne by the person [minor unit of the ledger's currency (fen)] (psn_part_amt)
    person_amount: int | None
    #: 个人账户支出 · paid from the personal account [minor unit of the ledger's currency (fen)] (acct_pay)
    account_amount: int | None
    #: 账户共济支付金额 · paid from a relative's account (contained in the account payment) [minor unit of the ledger's currency (fen)] (acct_mulaid_pay)
    family_account_amount: int | None
    #: 个人现金支出 · paid in cash [minor unit of the ledger's currency (fen)] (psn_cash_pay)
    cash_amount: int | None
    #: 医院负担金额 · borne by the hospital [minor unit of the ledger's currency (fen)] (hosp_part_amt)
    hospital_amount: int | None
    #: 医保支付方式 · payment method (hi_paymtd)
    payment_method: str | None
    #: 病组编码 · case group code at settlement (drg_code)
    drg_code: str | None
    #: 参保地医保区划 · insured region code (insu_admdvs)
    insured_region: str | None
    #: 仅用个人账户（未申请统筹待遇） · paid from the account and in cash alone; no pooled benefit was asked for
    account_only: bool | None
    #: 清算方式 · way of clearing (clr_way)
    clearing_way: str | None
    #: 清单申报（上传）时间 · time the settlement list was declared (dcla_time)
    declared_at: datetime | None
    #: 原结算编号 · id of the settlement reversed (init_setl_id)
    reversed_settlement_id: str | None
    #: 入库时间 · recorded at
    recorded_at: datetime
    #: 入库批次 · batch
    batch_id: str


COLUMNS: tuple[str, ...] = (
    "settlement_id",
    "encounter_id",
    "person_id",
    "institution_id",
    "scheme",
    "kind",
    "settled_at",
    "total_amount",
    "not_covered_amount",
    "over_limit_amount",
    "first_share_amount",
    "eligible_amount",
    "deductible_amount",
    "pooled_rate",
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
    "family_account_amount",
    "cash_amount",
    "hospital_amount",
    "payment_method",
    "drg_code",
    "insured_region",
    "account_only",
    "clearing_way",
    "declared_at",
    "reversed_settlement_id",
    "recorded_at",
    "batch_id",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("settlement_id", pa.string()),
        pa.field("encounter_id", pa.string()),
        pa.field("person_id", pa.string()),
        pa.field("institution_id", pa.string()),
        pa.field("scheme", pa.string()),
        pa.field("kind", pa.string()),
        pa.field("settled_at", pa.timestamp("us")),
        pa.field("total_amount", pa.int64()),
        pa.field("not_covered_amount", pa.int64()),
        pa.field("over_limit_amount", pa.int64()),
        pa.field("first_share_amount", pa.int64()),
        pa.field("eligible_amount", pa.int64()),
        pa.field("deductible_amount", pa.int64()),
        pa.field("pooled_rate", pa.int64()),
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
        pa.field("family_account_amount", pa.int64()),
        pa.field("cash_amount", pa.int64()),
        pa.field("hospital_amount", pa.int64()),
        pa.field("payment_method", pa.string()),
        pa.field("drg_code", pa.string()),
        pa.field("insured_region", pa.string()),
        pa.field("account_only", pa.bool_()),
        pa.field("clearing_way", pa.string()),
        pa.field("declared_at", pa.timestamp("us")),
        pa.field("reversed_settlement_id", pa.string()),
        pa.field("recorded_at", pa.timestamp("us")),
        pa.field("batch_id", pa.string()),
    ]
)
