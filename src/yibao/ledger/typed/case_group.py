"""病例分组 · case group.

一个病例在一个分组方案一个版本下的分组结果：状态、大类、核心组、病组、命中的条件，以及不计合并症并发症时的病组。
The group of one case under one version of a grouping scheme: status, category, base group, group, the condition that took it, and the group it would have without complications.

Generated from ``ledger/tables/case_group.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

import pyarrow as pa

TABLE = "case_group"


class CaseGroup(TypedDict):
    """One row of ``case_group`` (病例分组 · case group)."""

    #: 就诊（病例）编号 · encounter (case) id
    encounter_id: str
    #: 分组方案 · grouping scheme
    system: str
    #: 分组版本 · version
    version: str
    #: 适用地区 · region
    region: str
    #: 人员编号 · person id
    person_id: str | None
    #: 定点医药机构编号 · institution id
    institution_id: str | None
    #: 分组状态 · status
    status: str
    #: 原因 · reason
    reason: str | None
    #: 主要诊断大类（MDC） · major diagnostic category (MDC)
    major_category: str | None
    #: 核心组（ADRG） · base group (ADRG)
    base_group: str | None
    #: 病组编码 · group code
    group_code: str | None
    #: 病组名称 · group name
    group_name: str | None
    #: 命中的条件 · condition that took the case
    matched: str | None
    #: 计入的合并症并发症级别（排除后） · level of the complications that count (after exclusions)
    complication: str | None
    #: 仅有一个计入的合并症并发症时的编码 · its code, where exactly one counts at that level
    complication_code: str | None
    #: 不计合并症并发症时的病组 · group without complications
    plain_group: str | None
    #: 权重（百万分之一） · relative weight in parts per million [part per million]
    weight_ppm: int | None
    #: 不计合并症并发症时的权重 · weight of the group without complications [part per million]
    plain_weight_ppm: int | None
    #: 支付标准 · payment standard [minor unit of the ledger's currency (fen)]
    standard_amount: int | None
    #: 不计合并症并发症时的支付标准 · payment standard of the group without complications [minor unit of the ledger's currency (fen)]
    plain_standard_amount: int | None
    #: 住院总费用 · cost of the stay [minor unit of the ledger's currency (fen)]
    amount: int | None
    #: 住院天数 · length of stay [day]
    los_days: int | None
    #: 出院时间 · time of discharge
    discharged_at: datetime | None
    #: 离院方式 · way of discharge
    discharge_way: str | None
    #: 分组前检查（检查项:编码，空格分隔） · checks before grouping (check:code, separated by spaces)
    checks: str | None
    #: 分值 · score [thousandth of the unit]
    score: int | None
    #: 中文说明 · explanation in Chinese
    explanation_zh: str | None
    #: 英文说明 · explanation in English
    explanation_en: str | None


COLUMNS: tuple[str, ...] = (
    "encounter_id",
    "system",
    "version",
    "region",
    "person_id",
    "institution_id",
    "status",
    "reason",
    "major_category",
    "base_group",
    "group_code",
    "group_name",
    "matched",
    "complication",
    "complication_code",
    "plain_group",
    "weight_ppm",
    "plain_weight_ppm",
    "standard_amount",
    "plain_standard_amount",
    "amount",
    "los_days",
    "discharged_at",
    "discharge_way",
    "checks",
    "score",
    "explanation_zh",
    "explanation_en",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("encounter_id", pa.string()),
        pa.field("system", pa.string()),
        pa.field("version", pa.string()),
        pa.field("region", pa.string()),
        pa.field("person_id", pa.string()),
        pa.field("institution_id", pa.string()),
        pa.field("status", pa.string()),
        pa.field("reason", pa.string()),
        pa.field("major_category", pa.string()),
        pa.field("base_group", pa.string()),
        pa.field("group_code", pa.string()),
        pa.field("group_name", pa.string()),
        pa.field("matched", pa.string()),
        pa.field("complication", pa.string()),
        pa.field("complication_code", pa.string()),
        pa.field("plain_group", pa.string()),
        pa.field("weight_ppm", pa.int64()),
        pa.field("plain_weight_ppm", pa.int64()),
        pa.field("standard_amount", pa.int64()),
        pa.field("plain_standard_amount", pa.int64()),
        pa.field("amount", pa.int64()),
        pa.field("los_days", pa.int64()),
        pa.field("discharged_at", pa.timestamp("us")),
        pa.field("discharge_way", pa.string()),
        pa.field("checks", pa.string()),
        pa.field("score", pa.int64()),
        pa.field("explanation_zh", pa.string()),
        pa.field("explanation_en", pa.string()),
    ]
)
