"""The household survey and the bills across regions, beside the ledger that they come from."""

from __future__ import annotations

from collections import Counter

import duckdb
import numpy as np

from yibao.simulation.catalogue import load_catalogue
from yibao.simulation.city import build_city
from yibao.simulation.draws import sample
from yibao.simulation.tables_survey import survey
from yibao.simulation.write import data_rows

from .conftest import rows


def test_cost_of_a_household_is_its_bills_and_what_nobody_saw() -> None:
    city = build_city(1_500, 4)
    (columns, n), home = survey(city)
    s = city.bills.settlements
    of = city.people.rows["household"][s["person"]]
    assert n == len(home) > 30
    for k in range(0, n, 5):
        own = of == home[k]
        assert columns["reimbursed_amount"][k] == (s["fund"] + s["account"])[own].sum()
        assert columns["health_spending"][k] >= s["total"][own].sum()
    assert (columns["out_of_pocket"] == columns["health_spending"] - columns["reimbursed_amount"]).all()
    assert (columns["out_of_pocket"] >= 0).all()
    assert (columns["food_spending"] <= columns["consumption"] - columns["out_of_pocket"]).all()


def test_the_sample_weighs_as_much_as_all_households(db: duckdb.DuckDBPyConnection) -> None:
    ((weight,),) = rows(db, "select sum(cast(weight as decimal(12, 3))) from survey_household")
    ((households,),) = rows(db, "select count(*) from household")
    assert abs(float(weight) / int(households) - 1) < 0.35  # type: ignore[arg-type, call-overload]
    poor_eat = rows(
        db,
        """select avg(cast(food_spending as double) / cast(consumption as double)) from survey_household
        group by cast(income as double) / cast(size as double) > 30000 order by any_value(
            cast(income as double) / cast(size as double) > 30000)""",
    )
    assert poor_eat[0][0] > poor_eat[1][0]  # type: ignore[operator]


def test_both_sides_report_the_same_bill(db: duckdb.DuckDBPyConnection) -> None:
    sides = rows(db, "select side, count(*), count(distinct setl_id) from cross_region_bill group by 1 order by 1")
    assert [side for side, _, _ in sides] == ["care", "insured"]
    assert len({(n, ids) for _, n, ids in sides}) == 1
    wrong = """select b.setl_id from cross_region_bill b left join settlement s using (setl_id)
        where s.setl_id is null or b.insu_admdvs = b.mdtrtarea_admdvs
          or s.medfee_sumamt <> b.medfee_sumamt or s.fund_pay_sumamt <> b.fund_pay_sumamt"""
    assert rows(db, wrong) == []


def test_a_sample_has_the_numbers_that_its_chances_say() -> None:
    group = np.repeat([0, 1, 2], [1000, 3000, 50])
    drawn = sample(np.random.default_rng(3), np.full(len(group), 0.01), group)
    counts = Counter(group[drawn].tolist())
    assert counts[0] in (9, 10, 11) and counts[1] in (29, 30, 31) and counts[2] <= 1


def test_items_and_deviations_name_what_there_is() -> None:
    items = data_rows("items")
    assert {row["payment_class"] for row in items} == {"01", "02", "03"}
    assert all(float(row["price"]) > 0 for row in items)
    analytes = {(row["key"], row["analyte"]) for row in data_rows("analytes")}
    assert {(row["key"], row["analyte"]) for row in data_rows("deviations")} <= analytes
    assert load_catalogue().index["crrt"] > 0
