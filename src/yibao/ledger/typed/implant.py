"""植入物使用记录 · implant.

手术中扫码登记的一件植入物或介入耗材：标签上的唯一标识（UDI）、目录编码，以及是否真正植入。
One implant or interventional device scanned into the record of an operation: the unique device identifier (UDI) of its label, the catalogue item, and whether it stayed in the patient.

Generated from ``ledger/tables/implant.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TypedDict

import pyarrow as pa

TABLE = "implant"


class Implant(TypedDict):
    """One row of ``implant`` (植入物使用记录 · implant)."""

    #: 使用记录流水号 · implant id
    implant_id: str
    #: 就诊编号 · encounter id (mdtrt_id)
    encounter_id: str
    #: 人员编号 · person id (psn_no)
    person_id: str
    #: 定点医药机构编号 · institution id (fixmedins_code)
    institution_id: str
    #: 使用时间 · time used
    implanted_at: datetime
    #: 标签对应的医保目录编码 · catalogue item code that the label stands for (med_list_codg)
    item_code: str | None
    #: 标签上的产品名称 · name of the product on the label
    item_name: str | None
    #: 产品标识（UDI-DI） · device identifier (UDI-DI)
    device_identifier: str | None
    #: 序列号（UDI-PI，批管理的产品为空） · serial number (UDI-PI; empty for products numbered by lot)
    serial_no: str | None
    #: 生产批号 · manufacturer's batch number
    batch_no: str | None
    #: 有效期止 · expiry date
    expires_on: date | None
    #: 数量 · quantity [thousandth of the unit]
    quantity: int
    #: 去向 · outcome
    outcome: str
    #: 手术编号 · surgery session id
    session_id: str | None
    #: 登记人编码 · staff id (dr_code)
    staff_id: str | None
    #: 入库时间 · recorded at
    recorded_at: datetime
    #: 入库批次 · batch
    batch_id: str


COLUMNS: tuple[str, ...] = (
    "implant_id",
    "encounter_id",
    "person_id",
    "institution_id",
    "implanted_at",
    "item_code",
    "item_name",
    "device_identifier",
    "serial_no",
    "batch_no",
    "expires_on",
    "quantity",
    "outcome",
    "session_id",
    "staff_id",
    "recorded_at",
    "batch_id",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("implant_id", pa.string()),
        pa.field("encounter_id", pa.string()),
        pa.field("person_id", pa.string()),
        pa.field("institution_id", pa.string()),
        pa.field("implanted_at", pa.timestamp("us")),
        pa.field("item_code", pa.string()),
        pa.field("item_name", pa.string()),
        pa.field("device_identifier", pa.string()),
        pa.field("serial_no", pa.string()),
        pa.field("batch_no", pa.string()),
        pa.field("expires_on", pa.date32()),
        pa.field("quantity", pa.int64()),
        pa.field("outcome", pa.string()),
        pa.field("session_id", pa.string()),
        pa.field("staff_id", pa.string()),
        pa.field("recorded_at", pa.timestamp("us")),
        pa.field("batch_id", pa.string()),
    ]
)
