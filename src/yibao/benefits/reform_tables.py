"""The tables of the reform workbench, from bills that were settled under both policies (table ``both_sides``)."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from yibao.benefits.booked import LAYER_COLUMNS
from yibao.engine import DuckEngine

#: Shares of household income, in parts per million: SDG 3.8.2 has 10 % and 25 %, the WHO 40 % of capacity to pay, for
#: which income stands here.
THRESHOLDS = (100_000, 250_000, 400_000)

#: Dimension -> the column of ``both_sides``.
DIMENSIONS: Mapping[str, str] = {
    "all": "'all'", "scheme": "scheme", "age": "age_group", "income": "income_group", "person_class": "person_class",
    "status": "status", "level": "level", "kind": "kind", "place": "place", "region": "region_code",
}  # fmt: skip

_SUMS = (
    "cast(count(*) as bigint) as bills, cast(sum(total_amount) as bigint) as total_amount,"
    " cast(sum(fund_before) as bigint) as fund_before, cast(sum(fund_after) as bigint) as fund_after,"
    " cast(sum(person_before) as bigint) as person_before, cast(sum(person_after) as bigint) as person_after"
)


def persons(engine: DuckEngine) -> pa.Table:
    """Rows of ``reform_person``: a person-year, in the groups of its last bill."""
    last = ", ".join(
        f"max_by({name}, settlement_id) as {name}"
        for name in ("household_id", "scheme", "age_group", "income_group", "person_class", "status", "region_code")
    )
    return engine.execute(
        f"select person_id, year, {last}, {_SUMS}, cast(sum(person_after - person_before) as bigint) as change_amount"
        " from both_sides group by person_id, year order by person_id, year"
    )


def groups(engine: DuckEngine) -> pa.Table:
    """Rows of ``reform_group``; a person gains or loses by what its own bills in the group come to."""
    parts = " union all ".join(
        f"select '{dimension}' as dimension, {column} as group_code, person_id, year, {_SUMS}"
        f" from both_sides group by {column}, person_id, year"
        for dimension, column in DIMENSIONS.items()
    )
    sums = ", ".join(
        f"cast(sum({n}) as bigint) as {n}"
        for n in ("bills", "total_amount", "fund_before", "fund_after", "person_before", "person_after")
    )
    return engine.execute(
        f"""
        with one as ({parts})
        select
          dimension, coalesce(group_code, 'unknown') as group_code, count(distinct person_id) as persons, {sums},
          count(distinct case when person_after < person_before then person_id end) as winners,
          count(distinct case when person_after > person_before then person_id end) as losers,
          cast(sum(greatest(person_before - person_after, 0)) as bigint) as gained_amount,
          cast(sum(greatest(person_after - person_before, 0)) as bigint) as lost_amount
        from one group by 1, 2 order by 1, 2
        """
    )


def layers(engine: DuckEngine) -> pa.Table:
    """Rows of ``reform_layer``: what every layer pays; with ``hospital`` and ``person`` they add up to the total."""
    columns = {name: column for name, (_, column) in LAYER_COLUMNS.items()}
    columns |= {"hospital": "hospital_amount", "person": "person_amount"}
    parts = " union all ".join(
        f"select s.scheme, '{layer}' as layer, {turn} as turn, b.{column} as before_amount, a.{column} as after_amount"
        " from both_sides s join side_before b on b.settlement_id = s.settlement_id"
        " join side_after a on a.settlement_id = s.settlement_id"
        for turn, (layer, column) in enumerate(columns.items())
    )
    return engine.execute(
        f"""
        select scheme, layer, cast(sum(before_amount) as bigint) as before_amount,
          cast(sum(after_amount) as bigint) as after_amount
        from ({parts}) group by scheme, layer, turn order by scheme, turn
        """
    )


def catastrophic(engine: DuckEngine) -> pa.Table:
    """Rows of ``reform_catastrophic``: households of known income, whether they had bills or not."""
    parts = " union all ".join(
        f"select year, {threshold} as threshold_ppm, income_group,"
        f" burden_before * 1000000 >= yearly_income * {threshold} as was,"
        f" burden_after * 1000000 >= yearly_income * {threshold} as is_now from home"
        for threshold in THRESHOLDS
    )
    return engine.execute(
        f"""
        with spent as (
          select household_id, year, sum(person_before) as burden_before, sum(person_after) as burden_after
          from both_sides where household_id is not null group by household_id, year
        ),
        known as (
          select household_id, max(yearly_income) as yearly_income, min(income_group) as income_group
          from fifth where yearly_income > 0 group by household_id
        ),
        home as (
          select k.*, y.year, cast(coalesce(s.burden_before, 0) as hugeint) as burden_before,
            cast(coalesce(s.burden_after, 0) as hugeint) as burden_after
          from known k cross join (select distinct year from both_sides) y
          left join spent s on s.household_id = k.household_id and s.year = y.year
        ),
        tested as ({parts}),
        grouped as (
          select * from tested union all select year, threshold_ppm, 'all' as income_group, was, is_now from tested
        )
        select year, threshold_ppm, income_group, count(*) as households,
          count(*) filter (where was) as before, count(*) filter (where is_now) as after,
          count(*) filter (where was and not is_now) as relieved, count(*) filter (where is_now and not was) as newly
        from grouped group by 1, 2, 3 order by 1, 2, 3
        """
    )
