"""病组绩效指标 · casemix index.

一家机构一个期间的一项病组指标（CMI、费用与时间消耗指数、组数、入组率、死亡与再入院），写明口径；例数不足的不出数值。
One figure of an institution and period by groups (CMI, cost and time indices, groups, deaths, readmissions), with its variant; no value where cases are too few.

Generated from ``ledger/tables/casemix_index.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import date
from typing import TypedDict

import pyarrow as pa

TABLE = "casemix_index"


class CasemixIndex(TypedDict):
    """One row of ``casemix_index`` (病组绩效指标 · casemix index)."""

    #: 定点医药机构编号 · institution id
    institution_id: str
    #: 指标 · measure
    measure: str
    #: 口径 · variant
    variant: str
    #: 期间起 · period from
    period_from: date
    #: 期间止（不含） · period until (exclusive)
    period_to: date | None
    #: 病例数 · cases
    cases: int | None
    #: 分子 · numerator
    numerator: int | None
    #: 分母 · denominator
    denominator: int | None
    #: 期望值（百万分之一） · expected number in parts per million [part per million]
    expected_ppm: int | None
    #: 指标值（百万分之一） · value in parts per million [part per million]
    value_ppm: int | None
    #: 95% 区间下限（百万分之一） · lower end of the 95 % interval in parts per million [part per million]
    lower_ppm: int | None
    #: 95% 区间上限（百万分之一） · upper end of the 95 % interval in parts per million [part per million]
    upper_ppm: int | None
    #: 说明 · note
    note: str | None


COLUMNS: tuple[str, ...] = (
    "institution_id",
    "measure",
    "variant",
    "period_from",
    "period_to",
    "cases",
    "numerator",
    "denominator",
    "expected_ppm",
    "value_ppm",
    "lower_ppm",
    "upper_ppm",
    "note",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("institution_id", pa.string()),
        pa.field("measure", pa.string()),
        pa.field("variant", pa.string()),
        pa.field("period_from", pa.date32()),
        pa.field("period_to", pa.date32()),
        pa.field("cases", pa.int64()),
        pa.field("numerator", pa.int64()),
        pa.field("denominator", pa.int64()),
        pa.field("expected_ppm", pa.int64()),
        pa.field("value_ppm", pa.int64()),
        pa.field("lower_ppm", pa.int64()),
        pa.field("upper_ppm", pa.int64()),
        pa.field("note", pa.string()),
    ]
)
