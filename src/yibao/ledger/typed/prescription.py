"""处方 · prescription.

处方中的一个药品：用量、频次与可用天数。
One drug of a prescription with dose, frequency and days of supply.

Generated from ``ledger/tables/prescription.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

import pyarrow as pa

TABLE = "prescription"


class Prescription(TypedDict):
    """One row of ``prescription`` (处方 · prescription)."""

    #: 处方号 · prescription id (rxno)
    prescription_id: str
    #: 医保目录编码 · catalogue item code (med_list_codg)
    item_code: str
    #: 就诊编号 · encounter id (mdtrt_id)
    encounter_id: str | None
    #: 人员编号 · person id (psn_no)
    person_id: str
    #: 定点医药机构编号 · institution id (fixmedins_code)
    institution_id: str
    #: 开方医师编码 · prescriber id (dr_code)
    staff_id: str | None
    #: 开方时间 · time issued
    issued_at: datetime
    #: 数量 · quantity [thousandth of the unit] (cnt)
    quantity: int | None
    #: 每次用量 · dose
    dose: str | None
    #: 频次 · frequency
    frequency: str | None
    #: 用药天数 · days of supply [day] (medc_days)
    days_supply: int | None
    #: 长期处方标志（空为未知） · long-term prescription (unknown when empty)
    is_long_prescription: bool | None
    #: 入库时间 · recorded at
    recorded_at: datetime
    #: 入库批次 · batch
    batch_id: str


COLUMNS: tuple[str, ...] = (
    "prescription_id",
    "item_code",
    "encounter_id",
    "person_id",
    "institution_id",
    "staff_id",
    "issued_at",
    "quantity",
    "dose",
    "frequency",
    "days_supply",
    "is_long_prescription",
    "recorded_at",
    "batch_id",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("prescription_id", pa.string()),
        pa.field("item_code", pa.string()),
        pa.field("encounter_id", pa.string()),
        pa.field("person_id", pa.string()),
        pa.field("institution_id", pa.string()),
        pa.field("staff_id", pa.string()),
        pa.field("issued_at", pa.timestamp("us")),
        pa.field("quantity", pa.int64()),
        pa.field("dose", pa.string()),
        pa.field("frequency", pa.string()),
        pa.field("days_supply", pa.int64()),
        pa.field("is_long_prescription", pa.bool_()),
        pa.field("recorded_at", pa.timestamp("us")),
        pa.field("batch_id", pa.string()),
    ]
)
