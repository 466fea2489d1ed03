"""医嘱 · order.

医师的一条医嘱；草稿在签署前接受审核提醒。
One doctor's order; a draft is checked before it is signed.

Generated from ``ledger/tables/medical_order.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

import pyarrow as pa

TABLE = "medical_order"


class MedicalOrder(TypedDict):
    """One row of ``medical_order`` (医嘱 · order)."""

    #: 医嘱号 · order id (drord_no)
    order_id: str
    #: 就诊编号 · encounter id (mdtrt_id)
    encounter_id: str | None
    #: 人员编号 · person id (psn_no)
    person_id: str
    #: 定点医药机构编号 · institution id (fixmedins_code)
    institution_id: str
    #: 医保目录编码 · catalogue item code (med_list_codg)
    item_code: str | None
    #: 医嘱名称 · order text (drord_name)
    item_name: str | None
    #: 长期医嘱标志 · standing order (long_drord_flag)
    is_long_term: bool | None
    #: 医嘱开始时间 · start of the order (drord_begn_date)
    begin_at: datetime
    #: 医嘱停止时间 · stop of the order (drord_stop_date)
    end_at: datetime | None
    #: 频次 · frequency
    frequency: str | None
    #: 每次用量 · dose
    dose: str | None
    #: 数量 · quantity [thousandth of the unit] (cnt)
    quantity: int | None
    #: 开立医师编码 · ordering doctor id (drord_dr_codg)
    staff_id: str | None
    #: 开立科室编码 · ordering department (drord_dept_codg)
    department: str | None
    #: 医嘱状态 · status
    status: str | None
    #: 不采纳提醒的理由 · reason for overriding a reminder
    override_reason: str | None
    #: 入库时间 · recorded at
    recorded_at: datetime
    #: 入库批次 · batch
    batch_id: str


COLUMNS: tuple[str, ...] = (
    "order_id",
    "encounter_id",
    "person_id",
    "institution_id",
    "item_code",
    "item_name",
    "is_long_term",
    "begin_at",
    "end_at",
    "frequency",
    "dose",
    "quantity",
    "staff_id",
    "department",
    "status",
    "override_reason",
    "recorded_at",
    "batch_id",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("order_id", pa.string()),
        pa.field("encounter_id", pa.string()),
        pa.field("person_id", pa.string()),
        pa.field("institution_id", pa.string()),
        pa.field("item_code", pa.string()),
        pa.field("item_name", pa.string()),
        pa.field("is_long_term", pa.bool_()),
        pa.field("begin_at", pa.timestamp("us")),
        pa.field("end_at", pa.timestamp("us")),
        pa.field("frequency", pa.string()),
        pa.field("dose", pa.string()),
        pa.field("quantity", pa.int64()),
        pa.field("staff_id", pa.string()),
        pa.field("department", pa.string()),
        pa.field("status", pa.string()),
        pa.field("override_reason", pa.string()),
        pa.field("recorded_at", pa.timestamp("us")),
        pa.field("batch_id", pa.string()),
    ]
)
