"""待遇累计 · benefit accumulator.

一个人一个待遇年度的一项累计，例如已付起付线、基金已支付、大病已计费用；为零的不列。
One running figure of a person in an insurance year, such as deductibles paid or paid by the fund; those at nought are left out.

Generated from ``ledger/tables/benefit_accumulator.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from typing import TypedDict

import pyarrow as pa

TABLE = "benefit_accumulator"


class BenefitAccumulator(TypedDict):
    """One row of ``benefit_accumulator`` (待遇累计 · benefit accumulator)."""

    #: 人员编号 · person id
    person_id: str
    #: 待遇年度 · insurance year
    year: int
    #: 险种类型 · insurance scheme
    scheme: str | None
    #: 参保地医保区划 · insured region
    region_code: str | None
    #: 累计项目 · running figure
    name: str
    #: 累计值（分；次数和取整分子除外） · value (fen; counts and numerators of rounding excepted)
    amount: int


COLUMNS: tuple[str, ...] = (
    "person_id",
    "year",
    "scheme",
    "region_code",
    "name",
    "amount",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("person_id", pa.string()),
        pa.field("year", pa.int64()),
        pa.field("scheme", pa.string()),
        pa.field("region_code", pa.string()),
        pa.field("name", pa.string()),
        pa.field("amount", pa.int64()),
    ]
)
