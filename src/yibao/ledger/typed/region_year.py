"""区域年度数据 · region and year.

一个地区一年的人口、经济与卫生资源。
Population, economy and health resources of a region in a year.

Generated from ``ledger/tables/region_year.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

import pyarrow as pa

TABLE = "region_year"


class RegionYear(TypedDict):
    """One row of ``region_year`` (区域年度数据 · region and year)."""

    #: 医保区划 · region (admdvs)
    region_code: str
    #: 年份 · year
    year: int
    #: 常住人口 · resident population [person]
    population: int | None
    #: 户籍人口 · registered population [person]
    registered_population: int | None
    #: 65岁及以上人口 · population aged 65 and over [person]
    population_65: int | None
    #: 城镇人口 · urban population [person]
    urban_population: int | None
    #: 出生人数 · births [person]
    births: int | None
    #: 死亡人数 · deaths [person]
    deaths: int | None
    #: 地区生产总值 · gross regional product [minor unit of the ledger's currency (fen)]
    gross_product: int | None
    #: 人均可支配收入 · disposable income per head [minor unit of the ledger's currency (fen)]
    disposable_income: int | None
    #: 平均工资 · average wage [minor unit of the ledger's currency (fen)]
    average_wage: int | None
    #: 卫生总费用 · total health expenditure [minor unit of the ledger's currency (fen)]
    health_spending: int | None
    #: 职工医保参保人数 · people in the employee scheme [person]
    insured_employee: int | None
    #: 居民医保参保人数 · people in the resident scheme [person]
    insured_resident: int | None
    #: 医疗卫生机构数 · health institutions
    institutions: int | None
    #: 床位数 · beds [bed]
    beds: int | None
    #: 执业（助理）医师数 · doctors [person]
    doctors: int | None
    #: 注册护士数 · nurses [person]
    nurses: int | None
    #: 来源 · source
    source: str | None
    #: 入库时间 · recorded at
    recorded_at: datetime
    #: 入库批次 · batch
    batch_id: str


COLUMNS: tuple[str, ...] = (
    "region_code",
    "year",
    "population",
    "registered_population",
    "population_65",
    "urban_population",
    "births",
    "deaths",
    "gross_product",
    "disposable_income",
    "average_wage",
    "health_spending",
    "insured_employee",
    "insured_resident",
    "institutions",
    "beds",
    "doctors",
    "nurses",
    "source",
    "recorded_at",
    "batch_id",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("region_code", pa.string()),
        pa.field("year", pa.int64()),
        pa.field("population", pa.int64()),
        pa.field("registered_population", pa.int64()),
        pa.field("population_65", pa.int64()),
        pa.field("urban_population", pa.int64()),
        pa.field("births", pa.int64()),
        pa.field("deaths", pa.int64()),
        pa.field("gross_product", pa.int64()),
        pa.field("disposable_income", pa.int64()),
        pa.field("average_wage", pa.int64()),
        pa.field("health_spending", pa.int64()),
        pa.field("insured_employee", pa.int64()),
        pa.field("insured_resident", pa.int64()),
        pa.field("institutions", pa.int64()),
        pa.field("beds", pa.int64()),
        pa.field("doctors", pa.int64()),
        pa.field("nurses", pa.int64()),
        pa.field("source", pa.string()),
        pa.field("recorded_at", pa.timestamp("us")),
        pa.field("batch_id", pa.string()),
    ]
)
