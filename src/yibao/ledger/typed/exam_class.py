"""检查检验归类 · examination class.

哪些检查检验等同（同一归类编号），哪些与之相关（同一器官或同一问题），各自的互认时限；每个项目与每个相关归类一行。
Which examinations are equal (one class id) and which are related (same organ or question), each with its window; one row per item and related class.

Generated from ``ledger/tables/exam_class.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TypedDict

import pyarrow as pa

TABLE = "exam_class"


class ExamClass(TypedDict):
    """One row of ``exam_class`` (检查检验归类 · examination class)."""

    #: 医保目录编码 · catalogue item code (med_list_codg)
    item_code: str
    #: 相关组 · related group
    related_group: str
    #: 等同归类编号 · equivalence class id
    exam_class: str
    #: 归类名称 · class name
    class_name: str | None
    #: 归类英文名称 · class name in English
    class_name_en: str | None
    #: 检查方式 · modality
    modality: str | None
    #: 部位 · body part
    body_part: str | None
    #: 增强方式 · contrast
    contrast: str | None
    #: 等同检查互认天数 · recognition window for equal examinations [day]
    equal_window_days: int | None
    #: 相关组名称 · related group name
    related_name: str | None
    #: 相关组英文名称 · related group name in English
    related_name_en: str | None
    #: 相关检查提醒天数（空为90） · window for related examinations (90 when empty) [day]
    related_window_days: int | None
    #: 报告允许滞后天数 · days a report may follow the charge [day]
    report_lag_days: int | None
    #: 生效日期 · valid from
    valid_from: date | None
    #: 失效日期（不含） · valid until (exclusive)
    valid_to: date | None
    #: 入库时间 · recorded at
    recorded_at: datetime
    #: 入库批次 · batch
    batch_id: str


COLUMNS: tuple[str, ...] = (
    "item_code",
    "related_group",
    "exam_class",
    "class_name",
    "class_name_en",
    "modality",
    "body_part",
    "contrast",
    "equal_window_days",
    "related_name",
    "related_name_en",
    "related_window_days",
    "report_lag_days",
    "valid_from",
    "valid_to",
    "recorded_at",
    "batch_id",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("item_code", pa.string()),
        pa.field("related_group", pa.string()),
        pa.field("exam_class", pa.string()),
        pa.field("class_name", pa.string()),
        pa.field("class_name_en", pa.string()),
        pa.field("modality", pa.string()),
        pa.field("body_part", pa.string()),
        pa.field("contrast", pa.string()),
        pa.field("equal_window_days", pa.int64()),
        pa.field("related_name", pa.string()),
        pa.field("related_name_en", pa.string()),
        pa.field("related_window_days", pa.int64()),
        pa.field("report_lag_days", pa.int64()),
        pa.field("valid_from", pa.date32()),
        pa.field("valid_to", pa.date32()),
        pa.field("recorded_at", pa.timestamp("us")),
        pa.field("batch_id", pa.string()),
    ]
)
