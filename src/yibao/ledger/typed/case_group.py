"""病例分组 · case group.

一个病例在一个分组方案一个版本下的分组结果与理由。
The group of one case under one version of a grouping scheme, and why.

Generated from ``ledger/tables/case_group.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from typing import TypedDict

import pyarrow as pa

TABLE = "case_group"


class CaseGroup(TypedDict):
    """One row of ``case_group`` (病例分组 · case group)."""

    #: 就诊编号 · encounter id
    encounter_id: str
    #: 分组方案 · grouping scheme
    system: str
    #: 分组版本 · version
    version: str
    #: 人员编号 · person id
    person_id: str | None
    #: 定点医药机构编号 · institution id
    institution_id: str | None
    #: 分组状态 · status
    status: str
    #: 主要诊断大类 · major diagnostic category
    major_category: str | None
    #: 核心组 · base group
    base_group: str | None
    #: 病组编码 · group code
    group_code: str | None
    #: 病组名称 · group name
    group_name: str | None
    #: 权重（百万分之一） · relative weight in parts per million [part per million]
    weight_ppm: int | None
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
    "person_id",
    "institution_id",
    "status",
    "major_category",
    "base_group",
    "group_code",
    "group_name",
    "weight_ppm",
    "score",
    "explanation_zh",
    "explanation_en",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("encounter_id", pa.string()),
        pa.field("system", pa.string()),
        pa.field("version", pa.string()),
        pa.field("person_id", pa.string()),
        pa.field("institution_id", pa.string()),
        pa.field("status", pa.string()),
        pa.field("major_category", pa.string()),
        pa.field("base_group", pa.string()),
        pa.field("group_code", pa.string()),
        pa.field("group_name", pa.string()),
        pa.field("weight_ppm", pa.int64()),
        pa.field("score", pa.int64()),
        pa.field("explanation_zh", pa.string()),
        pa.field("explanation_en", pa.string()),
    ]
)
