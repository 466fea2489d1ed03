"""提醒答复 · answer to a reminder.

医师对一条事前提醒的答复：采纳，或写明理由后继续。
What a doctor answered to a reminder before signing: accepted, or went on with a reason.

Generated from ``ledger/tables/reminder_answer.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

import pyarrow as pa

TABLE = "reminder_answer"


class ReminderAnswer(TypedDict):
    """One row of ``reminder_answer`` (提醒答复 · answer to a reminder)."""

    #: 提醒编号 · reminder id
    reminder_id: str
    #: 规则编号 · law id
    law_id: str
    #: 人员编号 · person id (psn_no)
    person_id: str
    #: 定点医药机构编号 · institution id (fixmedins_code)
    institution_id: str
    #: 医师编码 · doctor id (dr_code)
    staff_id: str | None
    #: 就诊编号 · encounter id (mdtrt_id)
    encounter_id: str | None
    #: 医嘱号 · order id (drord_no)
    order_id: str | None
    #: 医保目录编码 · catalogue item code (med_list_codg)
    item_code: str | None
    #: 答复时间 · time answered
    answered_at: datetime
    #: 答复 · answer
    outcome: str
    #: 理由编码 · reason
    reason_code: str | None
    #: 说明 · comment
    comment: str | None
    #: 依据所在表 · table of the evidence shown
    ref_table: str | None
    #: 依据主键 · key of the evidence shown
    ref_id: str | None
    #: 入库时间 · recorded at
    recorded_at: datetime
    #: 入库批次 · batch
    batch_id: str


COLUMNS: tuple[str, ...] = (
    "reminder_id",
    "law_id",
    "person_id",
    "institution_id",
    "staff_id",
    "encounter_id",
    "order_id",
    "item_code",
    "answered_at",
    "outcome",
    "reason_code",
    "comment",
    "ref_table",
    "ref_id",
    "recorded_at",
    "batch_id",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("reminder_id", pa.string()),
        pa.field("law_id", pa.string()),
        pa.field("person_id", pa.string()),
        pa.field("institution_id", pa.string()),
        pa.field("staff_id", pa.string()),
        pa.field("encounter_id", pa.string()),
        pa.field("order_id", pa.string()),
        pa.field("item_code", pa.string()),
        pa.field("answered_at", pa.timestamp("us")),
        pa.field("outcome", pa.string()),
        pa.field("reason_code", pa.string()),
        pa.field("comment", pa.string()),
        pa.field("ref_table", pa.string()),
        pa.field("ref_id", pa.string()),
        pa.field("recorded_at", pa.timestamp("us")),
        pa.field("batch_id", pa.string()),
    ]
)
