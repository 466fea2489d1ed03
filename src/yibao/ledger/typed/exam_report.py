"""检查检验报告 · examination report.

一次检查或检验的报告，含互认标识和影像（或结果面板）指纹。
The report of one examination or laboratory panel, with its mutual-recognition mark and the fingerprint of its images or results.

Generated from ``ledger/tables/exam_report.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

import pyarrow as pa

TABLE = "exam_report"


class ExamReport(TypedDict):
    """One row of ``exam_report`` (检查检验报告 · examination report)."""

    #: 报告单号 · report id
    report_id: str
    #: 人员编号 · person id (psn_no)
    person_id: str
    #: 就诊编号 · encounter id (mdtrt_id)
    encounter_id: str | None
    #: 定点医药机构编号 · institution id (fixmedins_code)
    institution_id: str
    #: 医保目录编码 · catalogue item code (med_list_codg)
    item_code: str
    #: 医嘱号 · order id (drord_no)
    order_id: str | None
    #: 检查部位 · body part
    body_part: str | None
    #: 检查时间 · time examined
    examined_at: datetime
    #: 报告时间 · time reported
    reported_at: datetime | None
    #: 设备编号 · device id
    device_id: str | None
    #: 报告医师编码 · reporting doctor id (dr_code)
    staff_id: str | None
    #: 报告状态 · status
    status: str | None
    #: 结论 · conclusion
    conclusion: str | None
    #: 互认标识 · mutual-recognition mark
    recognition_mark: str | None
    #: 互认范围（区划前缀） · recognition scope (region code prefix)
    recognition_scope: str | None
    #: 影像或结果指纹 · fingerprint of the images or results
    content_hash: str | None
    #: 质量合格 · quality sufficient
    quality_ok: bool | None
    #: 入库时间 · recorded at
    recorded_at: datetime
    #: 入库批次 · batch
    batch_id: str


COLUMNS: tuple[str, ...] = (
    "report_id",
    "person_id",
    "encounter_id",
    "institution_id",
    "item_code",
    "order_id",
    "body_part",
    "examined_at",
    "reported_at",
    "device_id",
    "staff_id",
    "status",
    "conclusion",
    "recognition_mark",
    "recognition_scope",
    "content_hash",
    "quality_ok",
    "recorded_at",
    "batch_id",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("report_id", pa.string()),
        pa.field("person_id", pa.string()),
        pa.field("encounter_id", pa.string()),
        pa.field("institution_id", pa.string()),
        pa.field("item_code", pa.string()),
        pa.field("order_id", pa.string()),
        pa.field("body_part", pa.string()),
        pa.field("examined_at", pa.timestamp("us")),
        pa.field("reported_at", pa.timestamp("us")),
        pa.field("device_id", pa.string()),
        pa.field("staff_id", pa.string()),
        pa.field("status", pa.string()),
        pa.field("conclusion", pa.string()),
        pa.field("recognition_mark", pa.string()),
        pa.field("recognition_scope", pa.string()),
        pa.field("content_hash", pa.string()),
        pa.field("quality_ok", pa.bool_()),
        pa.field("recorded_at", pa.timestamp("us")),
        pa.field("batch_id", pa.string()),
    ]
)
