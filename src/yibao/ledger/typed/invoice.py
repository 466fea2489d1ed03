"""票据 · invoice.

一张医疗收费票据。
One invoice for medical charges.

Generated from ``ledger/tables/invoice.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TypedDict

import pyarrow as pa

TABLE = "invoice"


class Invoice(TypedDict):
    """One row of ``invoice`` (票据 · invoice)."""

    #: 票据流水号 · invoice id
    invoice_id: str
    #: 票据代码 · bill code (bill_code)
    bill_code: str | None
    #: 票据号码 · bill number (bill_no)
    bill_no: str | None
    #: 票据类型 · kind
    kind: str | None
    #: 结算编号 · settlement id (setl_id)
    settlement_id: str | None
    #: 就诊编号 · encounter id (mdtrt_id)
    encounter_id: str | None
    #: 人员编号 · person id (psn_no)
    person_id: str
    #: 定点医药机构编号 · institution id (fixmedins_code)
    institution_id: str
    #: 开票日期 · date issued
    issued_on: date
    #: 票据金额 · amount [minor unit of the ledger's currency (fen)] (medfee_sumamt)
    amount: int
    #: 已作废 · cancelled
    cancelled: bool | None
    #: 入库时间 · recorded at
    recorded_at: datetime
    #: 入库批次 · batch
    batch_id: str


COLUMNS: tuple[str, ...] = (
    "invoice_id",
    "bill_code",
    "bill_no",
    "kind",
    "settlement_id",
    "encounter_id",
    "person_id",
    "institution_id",
    "issued_on",
    "amount",
    "cancelled",
    "recorded_at",
    "batch_id",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("invoice_id", pa.string()),
        pa.field("bill_code", pa.string()),
        pa.field("bill_no", pa.string()),
        pa.field("kind", pa.string()),
        pa.field("settlement_id", pa.string()),
        pa.field("encounter_id", pa.string()),
        pa.field("person_id", pa.string()),
        pa.field("institution_id", pa.string()),
        pa.field("issued_on", pa.date32()),
        pa.field("amount", pa.int64()),
        pa.field("cancelled", pa.bool_()),
        pa.field("recorded_at", pa.timestamp("us")),
        pa.field("batch_id", pa.string()),
    ]
)
