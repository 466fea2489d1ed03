"""工伤与第三方赔付 · compensation.

工伤保险基金、责任人或其保险人对一个人医疗费用的一次赔付（或已认定应付）。
What the work-injury fund, a liable party or its insurer paid (or was found to owe) for somebody's medical care.

Generated from ``ledger/tables/compensation.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TypedDict

import pyarrow as pa

TABLE = "compensation"


class Compensation(TypedDict):
    """One row of ``compensation`` (工伤与第三方赔付 · compensation)."""

    #: 赔付编号 · compensation id
    compensation_id: str
    #: 人员编号 · person id (psn_no)
    person_id: str
    #: 赔付方 · who pays
    payer: str
    #: 就诊编号 · encounter id (mdtrt_id)
    encounter_id: str | None
    #: 票据代码 · bill code (bill_code)
    bill_code: str | None
    #: 票据号码 · bill number (bill_no)
    bill_no: str | None
    #: 就医机构编号 · id of the institution that gave the care (fixmedins_code)
    institution_id: str | None
    #: 就医开始日期 · first day of the care
    care_from: date | None
    #: 就医结束日期 · last day of the care
    care_to: date | None
    #: 所涉医疗费用 · medical bill concerned [minor unit of the ledger's currency (fen)]
    bill_amount: int | None
    #: 赔付的医疗费用 · paid for medical care [minor unit of the ledger's currency (fen)]
    amount: int
    #: 已退回医保基金的金额 · amount that went back to the medical fund [minor unit of the ledger's currency (fen)]
    repaid_amount: int | None
    #: 认定（赔付）日期 · date decided
    decided_on: date
    #: 状态 · status
    status: str
    #: 信息来源 · department or insurer that reported it
    source: str | None
    #: 入库时间 · recorded at
    recorded_at: datetime
    #: 入库批次 · batch
    batch_id: str


COLUMNS: tuple[str, ...] = (
    "compensation_id",
    "person_id",
    "payer",
    "encounter_id",
    "bill_code",
    "bill_no",
    "institution_id",
    "care_from",
    "care_to",
    "bill_amount",
    "amount",
    "repaid_amount",
    "decided_on",
    "status",
    "source",
    "recorded_at",
    "batch_id",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("compensation_id", pa.string()),
        pa.field("person_id", pa.string()),
        pa.field("payer", pa.string()),
        pa.field("encounter_id", pa.string()),
        pa.field("bill_code", pa.string()),
        pa.field("bill_no", pa.string()),
        pa.field("institution_id", pa.string()),
        pa.field("care_from", pa.date32()),
        pa.field("care_to", pa.date32()),
        pa.field("bill_amount", pa.int64()),
        pa.field("amount", pa.int64()),
        pa.field("repaid_amount", pa.int64()),
        pa.field("decided_on", pa.date32()),
        pa.field("status", pa.string()),
        pa.field("source", pa.string()),
        pa.field("recorded_at", pa.timestamp("us")),
        pa.field("batch_id", pa.string()),
    ]
)
