"""住户调查 · household survey.

一次住户调查中一个家庭的收入、消费与医疗支出。
Income, consumption and health spending of one household in one wave of a survey.

Generated from ``ledger/tables/survey_household.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TypedDict

import pyarrow as pa

TABLE = "survey_household"


class SurveyHousehold(TypedDict):
    """One row of ``survey_household`` (住户调查 · household survey)."""

    #: 调查编号（含年份） · survey and wave
    survey_id: str
    #: 调查户编号 · household of the survey
    household_id: str
    #: 所在区划 · region
    region_code: str | None
    #: 调查日期 · date surveyed
    surveyed_on: date | None
    #: 抽样权重 · sampling weight [thousandth of the unit]
    weight: int | None
    #: 家庭人口数 · members [person]
    size: int | None
    #: 65岁及以上人数 · members aged 65 and over [person]
    members_65: int | None
    #: 慢性病人数 · members with a chronic disease [person]
    members_chronic: int | None
    #: 城镇家庭 · urban household
    is_urban: bool | None
    #: 户主险种类型 · scheme of the head (insutype)
    scheme: str | None
    #: 困难类别 · hardship class
    assistance_kind: str | None
    #: 年收入 · yearly income [minor unit of the ledger's currency (fen)]
    income: int | None
    #: 年消费支出 · yearly consumption [minor unit of the ledger's currency (fen)]
    consumption: int | None
    #: 年食品支出 · yearly spending on food [minor unit of the ledger's currency (fen)]
    food_spending: int | None
    #: 年医疗费用总额 · yearly cost of care [minor unit of the ledger's currency (fen)]
    health_spending: int | None
    #: 年报销金额 · yearly reimbursement [minor unit of the ledger's currency (fen)]
    reimbursed_amount: int | None
    #: 年自付医疗支出 · yearly out-of-pocket spending on health [minor unit of the ledger's currency (fen)]
    out_of_pocket: int | None
    #: 入库时间 · recorded at
    recorded_at: datetime
    #: 入库批次 · batch
    batch_id: str


COLUMNS: tuple[str, ...] = (
    "survey_id",
    "household_id",
    "region_code",
    "surveyed_on",
    "weight",
    "size",
    "members_65",
    "members_chronic",
    "is_urban",
    "scheme",
    "assistance_kind",
    "income",
    "consumption",
    "food_spending",
    "health_spending",
    "reimbursed_amount",
    "out_of_pocket",
    "recorded_at",
    "batch_id",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("survey_id", pa.string()),
        pa.field("household_id", pa.string()),
        pa.field("region_code", pa.string()),
        pa.field("surveyed_on", pa.date32()),
        pa.field("weight", pa.int64()),
        pa.field("size", pa.int64()),
        pa.field("members_65", pa.int64()),
        pa.field("members_chronic", pa.int64()),
        pa.field("is_urban", pa.bool_()),
        pa.field("scheme", pa.string()),
        pa.field("assistance_kind", pa.string()),
        pa.field("income", pa.int64()),
        pa.field("consumption", pa.int64()),
        pa.field("food_spending", pa.int64()),
        pa.field("health_spending", pa.int64()),
        pa.field("reimbursed_amount", pa.int64()),
        pa.field("out_of_pocket", pa.int64()),
        pa.field("recorded_at", pa.timestamp("us")),
        pa.field("batch_id", pa.string()),
    ]
)
