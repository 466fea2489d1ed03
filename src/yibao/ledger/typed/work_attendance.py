"""考勤记录 · attendance at work.

用人单位、学校或工地实名制系统提供的一次打卡；用于核对住院期间是否在别处上班。
One clock-in from an employer, a school or the register of a building site; it tells whether somebody worked while in hospital.

Generated from ``ledger/tables/work_attendance.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

import pyarrow as pa

TABLE = "work_attendance"


class WorkAttendance(TypedDict):
    """One row of ``work_attendance`` (考勤记录 · attendance at work)."""

    #: 考勤编号 · attendance id
    attendance_id: str
    #: 人员编号 · person id (psn_no)
    person_id: str
    #: 打卡时间 · time of the clock-in
    clocked_at: datetime
    #: 单位编号 · employer id (emp_no)
    employer_id: str | None
    #: 提供单位或系统 · employer or system that reported it
    source: str | None
    #: 打卡方式 · how it was taken
    method: str | None
    #: 入库时间 · recorded at
    recorded_at: datetime
    #: 入库批次 · batch
    batch_id: str


COLUMNS: tuple[str, ...] = (
    "attendance_id",
    "person_id",
    "clocked_at",
    "employer_id",
    "source",
    "method",
    "recorded_at",
    "batch_id",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("attendance_id", pa.string()),
        pa.field("person_id", pa.string()),
        pa.field("clocked_at", pa.timestamp("us")),
        pa.field("employer_id", pa.string()),
        pa.field("source", pa.string()),
        pa.field("method", pa.string()),
        pa.field("recorded_at", pa.timestamp("us")),
        pa.field("batch_id", pa.string()),
    ]
)
