"""请假与在院核验 · leave or presence check.

住院期间的一次请假，或一次人脸等在院核验。
One leave during a stay, or one check (by face, say) that the patient is present.

Generated from ``ledger/tables/leave_checkin.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

import pyarrow as pa

TABLE = "leave_checkin"


class LeaveCheckin(TypedDict):
    """One row of ``leave_checkin`` (请假与在院核验 · leave or presence check)."""

    #: 事件编号 · event id
    event_id: str
    #: 就诊编号 · encounter id (mdtrt_id)
    encounter_id: str
    #: 人员编号 · person id (psn_no)
    person_id: str
    #: 类别 · kind
    kind: str
    #: 开始（核验）时间 · begin (or time of the check)
    begin_at: datetime
    #: 结束时间 · end
    end_at: datetime | None
    #: 是否批准（请假） · approved (leave)
    approved: bool | None
    #: 是否核验通过（核验） · matched (check)
    matched: bool | None
    #: 入库时间 · recorded at
    recorded_at: datetime
    #: 入库批次 · batch
    batch_id: str


COLUMNS: tuple[str, ...] = (
    "event_id",
    "encounter_id",
    "person_id",
    "kind",
    "begin_at",
    "end_at",
    "approved",
    "matched",
    "recorded_at",
    "batch_id",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("event_id", pa.string()),
        pa.field("encounter_id", pa.string()),
        pa.field("person_id", pa.string()),
        pa.field("kind", pa.string()),
        pa.field("begin_at", pa.timestamp("us")),
        pa.field("end_at", pa.timestamp("us")),
        pa.field("approved", pa.bool_()),
        pa.field("matched", pa.bool_()),
        pa.field("recorded_at", pa.timestamp("us")),
        pa.field("batch_id", pa.string()),
    ]
)
