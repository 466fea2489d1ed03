"""指标值 · indicator value.

一个指标对一个对象一个时期的值，带分子、分母、期望与区间。
One indicator for one subject and period, with numerator, denominator, expectation and interval.

Generated from ``ledger/tables/indicator_value.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import date
from typing import TypedDict

import pyarrow as pa

TABLE = "indicator_value"


class IndicatorValue(TypedDict):
    """One row of ``indicator_value`` (指标值 · indicator value)."""

    #: 指标编号 · indicator's law id
    law_id: str
    #: 对象类别 · kind of subject
    subject_kind: str
    #: 对象编号 · subject id
    subject_id: str
    #: 期间起 · period from
    period_from: date
    #: 期间止（不含） · period until (exclusive)
    period_to: date | None
    #: 分子 · numerator
    numerator: int | None
    #: 分母 · denominator
    denominator: int | None
    #: 期望值（百万分之一） · expected value in parts per million [part per million]
    expected_ppm: int | None
    #: 指标值（百万分之一） · value in parts per million [part per million]
    value_ppm: int | None
    #: 区间下限（百万分之一） · lower limit in parts per million [part per million]
    lower_ppm: int | None
    #: 区间上限（百万分之一） · upper limit in parts per million [part per million]
    upper_ppm: int | None
    #: 说明 · note
    note: str | None


COLUMNS: tuple[str, ...] = (
    "law_id",
    "subject_kind",
    "subject_id",
    "period_from",
    "period_to",
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
        pa.field("law_id", pa.string()),
        pa.field("subject_kind", pa.string()),
        pa.field("subject_id", pa.string()),
        pa.field("period_from", pa.date32()),
        pa.field("period_to", pa.date32()),
        pa.field("numerator", pa.int64()),
        pa.field("denominator", pa.int64()),
        pa.field("expected_ppm", pa.int64()),
        pa.field("value_ppm", pa.int64()),
        pa.field("lower_ppm", pa.int64()),
        pa.field("upper_ppm", pa.int64()),
        pa.field("note", pa.string()),
    ]
)
