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
    #: 另一编码（无则为空；诊断、手术为编码前缀） · the other code of a pair (empty when none; a category for diagnoses and procedures)
    other_item_code: str | None
    #: 另一编码的对象 · kind of the other code
    other_target: str | None
    #: 另一编码与受限编码的关系 · what the other code is to the bound one
    relation: str | None
    #: 另一编码的匹配方式（空为全码；诊断、手术总按前缀） · how the other code is matched (in full when empty; always as a prefix for diagnoses and procedures)
    other_match: str | None
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
    #: 周期天数（P4b，配合数量上限） · days of a cycle (P4b; with the quantity limit) [day]
    cycle_days: int | None
    #: 支付疗程天数（P5） · days of a paid course (P5) [day]
    course_days: int | None
    #: 疗程计数方式（P5；空为按用药天数） · how a course is counted (P5; days of use when empty)
    course_mode: str | None
    #: 允许的险种（多个以 | 分隔；P6） · schemes allowed (separated by a bar; P6)
    schemes: str | None
    #: 允许的医疗类别（多个以 | 分隔；P6、P7） · kinds of care allowed (separated by a bar; P6 and P7)
    care_kinds: str | None
    #: 互联网诊疗可否使用（空为不限；P7） · may it be given in an internet visit (no limit when empty; P7)
    online_allowed: bool | None
    #: 最低机构等级（P7） · lowest level of institution (P7)
    level_from: str | None
    #: 等级只限首次处方（P7） · the level binds the first prescription only (P7)
    first_fill_only: bool | None
    #: 允许的科室（多个以 | 分隔；P7） · departments allowed (separated by a bar; P7)
    departments: str | None
    #: 允许的专业技术职务（多个以 | 分隔；P7） · professional titles allowed (separated by a bar; P7)
    staff_titles: str | None
    #: 回看天数（P9；空用规则参数） · days looked back (P9; the law's parameter when empty) [day]
    look_back_days: int | None
    #: 需要几种另一编码（P9、P3b；空为 1） · how many different other codes are needed (P9 and P3b; one when empty)
    others_needed: int | None
    #: 开药天数上限（P10） · most days of supply (P10) [day]
    days_limit: int | None
    #: 每日最大用量（计价单位；P10） · largest daily quantity in pricing units (P10) [thousandth of the unit]
    daily_limit: int | None
    #: 常用日用量（计价单位；P10） · usual daily quantity in pricing units (P10) [thousandth of the unit]
    daily_quantity: int | None
    #: 单价上限（P11） · highest unit price (P11) [millionth of the currency's major unit]
    price_limit: int | None
    #: 时间窗内基金支付上限（P11） · most that the fund pays inside the time window (P11) [minor unit of the ledger's currency (fen)]
    fund_limit: int | None
    #: 饮片不予支付的情形（P12） · when decoction pieces are not paid (P12)
    combination: str | None
    #: 手术折价组（P13） · group of operations priced together (P13)
    surgery_group: str | None
    #: 第二及以后手术按几成计收（P13） · share of the price charged for a further operation (P13) [basis point, 1/10 000]
    discount_rate: int | None
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
    "other_target",
    "relation",
    "other_match",
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
    "cycle_days",
    "course_days",
    "course_mode",
    "schemes",
    "care_kinds",
    "online_allowed",
    "level_from",
    "first_fill_only",
    "departments",
    "staff_titles",
    "look_back_days",
    "others_needed",
    "days_limit",
    "daily_limit",
    "daily_quantity",
    "price_limit",
    "fund_limit",
    "combination",
    "surgery_group",
    "discount_rate",
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
        pa.field("other_target", pa.string()),
        pa.field("relation", pa.string()),
        pa.field("other_match", pa.string()),
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
        pa.field("cycle_days", pa.int64()),
        pa.field("course_days", pa.int64()),
        pa.field("course_mode", pa.string()),
        pa.field("schemes", pa.string()),
        pa.field("care_kinds", pa.string()),
        pa.field("online_allowed", pa.bool_()),
        pa.field("level_from", pa.string()),
        pa.field("first_fill_only", pa.bool_()),
        pa.field("departments", pa.string()),
        pa.field("staff_titles", pa.string()),
        pa.field("look_back_days", pa.int64()),
        pa.field("others_needed", pa.int64()),
        pa.field("days_limit", pa.int64()),
        pa.field("daily_limit", pa.int64()),
        pa.field("daily_quantity", pa.int64()),
        pa.field("price_limit", pa.int64()),
        pa.field("fund_limit", pa.int64()),
        pa.field("combination", pa.string()),
        pa.field("surgery_group", pa.string()),
        pa.field("discount_rate", pa.int64()),
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
