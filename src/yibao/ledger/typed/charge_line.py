"""费用明细 · charge line.

一次就诊中收取的一条费用；退费是另一条负数明细，并写明冲的是哪一条。
One thing charged in an encounter; a refund is another line with negative figures that names the line it reverses.

Generated from ``ledger/tables/charge_line.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

import pyarrow as pa

TABLE = "charge_line"


class ChargeLine(TypedDict):
    """One row of ``charge_line`` (费用明细 · charge line)."""

    #: 费用明细流水号 · charge line id (feedetl_sn)
    line_id: str
    #: 结算编号 · settlement id (setl_id)
    settlement_id: str | None
    #: 就诊编号 · encounter id (mdtrt_id)
    encounter_id: str | None
    #: 人员编号 · person id (psn_no)
    person_id: str
    #: 定点医药机构编号 · institution id (fixmedins_code)
    institution_id: str
    #: 医保目录编码 · catalogue item code (med_list_codg)
    item_code: str
    #: 机构目录编码 · institution's own item code (medins_list_codg)
    local_code: str | None
    #: 机构目录名称 · item name at the institution (medins_list_name)
    item_name: str | None
    #: 目录类别 · catalogue list (list_type)
    list_type: str | None
    #: 医疗收费项目类别 · charge category (med_chrgitm_type)
    charge_type: str | None
    #: 收费项目等级 · payment class (chrgitm_lv)
    payment_class: str | None
    #: 数量 · quantity [thousandth of the unit] (cnt)
    quantity: int
    #: 单价 · unit price [millionth of the currency's major unit] (pric)
    unit_price: int | None
    #: 明细项目费用总额 · amount charged [minor unit of the ledger's currency (fen)] (det_item_fee_sumamt)
    amount: int
    #: 定价上限金额 · ceiling price per unit [millionth of the currency's major unit] (pric_uplmt_amt)
    ceiling_price: int | None
    #: 先行自付比例 · first-share rate [basis point, 1/10 000] (selfpay_prop)
    first_share_rate: int | None
    #: 全自费金额 · amount not covered [minor unit of the ledger's currency (fen)] (fulamt_ownpay_amt)
    not_covered_amount: int | None
    #: 超限价自费金额 · amount above the ceiling price [minor unit of the ledger's currency (fen)] (overlmt_amt)
    over_limit_amount: int | None
    #: 先行自付金额 · first-share amount [minor unit of the ledger's currency (fen)] (preselfpay_amt)
    first_share_amount: int | None
    #: 符合政策范围金额 · eligible amount [minor unit of the ledger's currency (fen)] (inscp_scp_amt)
    eligible_amount: int | None
    #: 基金支付金额 · amount paid by the fund [minor unit of the ledger's currency (fen)] (fund_amt)
    fund_amount: int | None
    #: 费用发生时间 · time charged (fee_ocur_time)
    charged_at: datetime
    #: 执行时间 · time carried out (exec_time)
    executed_at: datetime | None
    #: 医嘱号 · order id (drord_no)
    order_id: str | None
    #: 处方号 · prescription id (rxno)
    prescription_id: str | None
    #: 开单科室编码 · billing department (bilg_dept_codg)
    department: str | None
    #: 开单医师编码 · billing doctor id (bilg_dr_codg)
    staff_id: str | None
    #: 用药天数 · days of supply [day] (medc_days)
    days_supply: int | None
    #: 限制使用条件是否满足 · restricted-use condition met (lmt_used_flag)
    restriction_met: bool | None
    #: 原费用明细流水号 · id of the line reversed (init_feedetl_sn)
    reversed_line_id: str | None
    #: 入库时间 · recorded at
    recorded_at: datetime
    #: 入库批次 · batch
    batch_id: str


COLUMNS: tuple[str, ...] = (
    "line_id",
    "settlement_id",
    "encounter_id",
    "person_id",
    "institution_id",
    "item_code",
    "local_code",
    "item_name",
    "list_type",
    "charge_type",
    "payment_class",
    "quantity",
    "unit_price",
    "amount",
    "ceiling_price",
    "first_share_rate",
    "not_covered_amount",
    "over_limit_amount",
    "first_share_amount",
    "eligible_amount",
    "fund_amount",
    "charged_at",
    "executed_at",
    "order_id",
    "prescription_id",
    "department",
    "staff_id",
    "days_supply",
    "restriction_met",
    "reversed_line_id",
    "recorded_at",
    "batch_id",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("line_id", pa.string()),
        pa.field("settlement_id", pa.string()),
        pa.field("encounter_id", pa.string()),
        pa.field("person_id", pa.string()),
        pa.field("institution_id", pa.string()),
        pa.field("item_code", pa.string()),
        pa.field("local_code", pa.string()),
        pa.field("item_name", pa.string()),
        pa.field("list_type", pa.string()),
        pa.field("charge_type", pa.string()),
        pa.field("payment_class", pa.string()),
        pa.field("quantity", pa.int64()),
        pa.field("unit_price", pa.int64()),
        pa.field("amount", pa.int64()),
        pa.field("ceiling_price", pa.int64()),
        pa.field("first_share_rate", pa.int64()),
        pa.field("not_covered_amount", pa.int64()),
        pa.field("over_limit_amount", pa.int64()),
        pa.field("first_share_amount", pa.int64()),
        pa.field("eligible_amount", pa.int64()),
        pa.field("fund_amount", pa.int64()),
        pa.field("charged_at", pa.timestamp("us")),
        pa.field("executed_at", pa.timestamp("us")),
        pa.field("order_id", pa.string()),
        pa.field("prescription_id", pa.string()),
        pa.field("department", pa.string()),
        pa.field("staff_id", pa.string()),
        pa.field("days_supply", pa.int64()),
        pa.field("restriction_met", pa.bool_()),
        pa.field("reversed_line_id", pa.string()),
        pa.field("recorded_at", pa.timestamp("us")),
        pa.field("batch_id", pa.string()),
    ]
)
