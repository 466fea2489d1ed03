"""知识点 · knowledge point.

两库规则的一条知识点：哪个编码受什么限制；一条知识点对应多个编码（或编码对）时每个一行。
One knowledge point of the official rule base — which code is bound by which limit; a point with several codes or pairs has one row each.

Generated from ``ledger/tables/knowledge_point.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TypedDict

import pyarrow as pa

TABLE = "knowledge_point"


class KnowledgePoint(TypedDict):
    """One row of ``knowledge_point`` (知识点 · knowledge point)."""

    #: 知识点编号 · knowledge point id
    kp_id: str
    #: 受限编码 · code bound by the point (med_list_codg)
    item_code: str
    #: 另一编码（无则为空） · the other code of a pair (empty when none)
    other_item_code: str | None
    #: 官方规则名称 · official rule class
    rule_class: str | None
    #: 官方规则编码 · official rule code
    official_code: str | None
    #: 逻辑原语 · logic primitive
    primitive: str
    #: 对象 · kind of code
    target: str | None
    #: 名称 · name
    item_name: str | None
    #: 限制原文 · wording of the limit
    constraint_text: str | None
    #: 限定性别 · sex allowed
    sex: str | None
    #: 年龄下限（天，含） · youngest age in days (inclusive) [day]
    age_from_days: int | None
    #: 年龄上限（天，不含） · oldest age in days (exclusive) [day]
    age_to_days: int | None
    #: 数量上限 · largest quantity [thousandth of the unit]
    quantity_limit: int | None
    #: 上限的单位 · unit of the limit
    limit_unit: str | None
    #: 时间窗 · time window
    time_window: str | None
    #: 最短间隔天数（P4b） · shortest interval between two uses (P4b) [day]
    interval_days: int | None
    #: 支付疗程天数（P5） · days of a paid course (P5) [day]
    course_days: int | None
    #: 计价单位 · pricing unit
    pricing_unit: str | None
    #: 公布批次 · published batch
    batch: str | None
    #: 生效日期 · valid from
    valid_from: date | None
    #: 失效日期（不含） · valid until (exclusive)
    valid_to: date | None
    #: 编译状态 · status
    status: str | None
    #: 来源 · source
    source: str | None
    #: 入库时间 · recorded at
    recorded_at: datetime
    #: 入库批次 · batch
    batch_id: str


COLUMNS: tuple[str, ...] = (
    "kp_id",
    "item_code",
    "other_item_code",
    "rule_class",
    "official_code",
    "primitive",
    "target",
    "item_name",
    "constraint_text",
    "sex",
    "age_from_days",
    "age_to_days",
    "quantity_limit",
    "limit_unit",
    "time_window",
    "interval_days",
    "course_days",
    "pricing_unit",
    "batch",
    "valid_from",
    "valid_to",
    "status",
    "source",
    "recorded_at",
    "batch_id",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("kp_id", pa.string()),
        pa.field("item_code", pa.string()),
        pa.field("other_item_code", pa.string()),
        pa.field("rule_class", pa.string()),
        pa.field("official_code", pa.string()),
        pa.field("primitive", pa.string()),
        pa.field("target", pa.string()),
        pa.field("item_name", pa.string()),
        pa.field("constraint_text", pa.string()),
        pa.field("sex", pa.string()),
        pa.field("age_from_days", pa.int64()),
        pa.field("age_to_days", pa.int64()),
        pa.field("quantity_limit", pa.int64()),
        pa.field("limit_unit", pa.string()),
        pa.field("time_window", pa.string()),
        pa.field("interval_days", pa.int64()),
        pa.field("course_days", pa.int64()),
        pa.field("pricing_unit", pa.string()),
        pa.field("batch", pa.string()),
        pa.field("valid_from", pa.date32()),
        pa.field("valid_to", pa.date32()),
        pa.field("status", pa.string()),
        pa.field("source", pa.string()),
        pa.field("recorded_at", pa.timestamp("us")),
        pa.field("batch_id", pa.string()),
    ]
)
