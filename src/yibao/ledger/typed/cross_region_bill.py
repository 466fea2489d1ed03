"""异地就医申报 · cross-region bill.

参保地或就医地一方就一笔跨区结算申报的金额；两方各报一行，据此对账。
What one side, the insured place or the place of care, reports of one settlement across regions. Each side reports its own row; they are compared.

Generated from ``ledger/tables/cross_region_bill.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

import pyarrow as pa

TABLE = "cross_region_bill"


class CrossRegionBill(TypedDict):
    """One row of ``cross_region_bill`` (异地就医申报 · cross-region bill)."""

    #: 申报方区划 · region that reports
    reported_by: str
    #: 申报方身份 · side of the one who reports
    side: str
    #: 结算编号 · settlement id (setl_id)
    settlement_id: str
    #: 就诊编号 · encounter id (mdtrt_id)
    encounter_id: str | None
    #: 人员编号 · person id (psn_no)
    person_id: str
    #: 机构编号 · institution id (fixmedins_code)
    institution_id: str | None
    #: 参保地医保区划 · insured region (insu_admdvs)
    insured_region: str | None
    #: 就医地区划 · region of care (mdtrtarea_admdvs)
    care_region: str | None
    #: 就诊（入院）时间 · time of the visit or admission (begntime)
    admitted_at: datetime | None
    #: 结算时间 · time of the settlement (setl_time)
    settled_at: datetime
    #: 医疗费总额 · total amount [minor unit of the ledger's currency (fen)] (medfee_sumamt)
    total_amount: int
    #: 基金支付总额 · paid by funds [minor unit of the ledger's currency (fen)] (fund_pay_sumamt)
    fund_amount: int | None
    #: 原结算编号 · id of the settlement reversed (init_setl_id)
    reversed_settlement_id: str | None
    #: 入库时间 · recorded at
    recorded_at: datetime
    #: 入库批次 · batch
    batch_id: str


COLUMNS: tuple[str, ...] = (
    "reported_by",
    "side",
    "settlement_id",
    "encounter_id",
    "person_id",
    "institution_id",
    "insured_region",
    "care_region",
    "admitted_at",
    "settled_at",
    "total_amount",
    "fund_amount",
    "reversed_settlement_id",
    "recorded_at",
    "batch_id",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("reported_by", pa.string()),
        pa.field("side", pa.string()),
        pa.field("settlement_id", pa.string()),
        pa.field("encounter_id", pa.string()),
        pa.field("person_id", pa.string()),
        pa.field("institution_id", pa.string()),
        pa.field("insured_region", pa.string()),
        pa.field("care_region", pa.string()),
        pa.field("admitted_at", pa.timestamp("us")),
        pa.field("settled_at", pa.timestamp("us")),
        pa.field("total_amount", pa.int64()),
        pa.field("fund_amount", pa.int64()),
        pa.field("reversed_settlement_id", pa.string()),
        pa.field("recorded_at", pa.timestamp("us")),
        pa.field("batch_id", pa.string()),
    ]
)
