"""改革前后的灾难性卫生支出 · catastrophic expenditure under two policies.

家庭一年的个人负担占家庭收入达到阈值的家庭数；收入未知的家庭不计入。
Households whose burden of a year reaches a share of their income; households of unknown income are left out.

Generated from ``ledger/tables/reform_catastrophic.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from typing import TypedDict

import pyarrow as pa

TABLE = "reform_catastrophic"


class ReformCatastrophic(TypedDict):
    """One row of ``reform_catastrophic`` (改革前后的灾难性卫生支出 · catastrophic expenditure under two policies)."""

    #: 待遇年度 · insurance year
    year: int
    #: 阈值（占家庭收入） · threshold as a share of income [ppm]
    threshold_ppm: int
    #: 家庭人均收入五等分（all 为全部） · fifth of household income per head (all: everybody)
    income_group: str
    #: 家庭数 · households
    households: int
    #: 改革前达到阈值 · at or above it before
    before: int
    #: 改革后达到阈值 · at or above it after
    after: int
    #: 改革后不再达到 · no longer at it after
    relieved: int
    #: 改革后新达到 · newly at it after
    newly: int


COLUMNS: tuple[str, ...] = (
    "year",
    "threshold_ppm",
    "income_group",
    "households",
    "before",
    "after",
    "relieved",
    "newly",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("year", pa.int64()),
        pa.field("threshold_ppm", pa.int64()),
        pa.field("income_group", pa.string()),
        pa.field("households", pa.int64()),
        pa.field("before", pa.int64()),
        pa.field("after", pa.int64()),
        pa.field("relieved", pa.int64()),
        pa.field("newly", pa.int64()),
    ]
)
