"""Published figures from public panels, and figures of the same panels agreed by two implementations."""

from __future__ import annotations

import numpy as np
import pytest

from yibao.equity import MethodError, agglomeration_degree, gini, theil


def column(table, name: str, **where: str) -> np.ndarray:
    return np.array([float(r[name]) for r in table if all(r[k] == v for k, v in where.items())])


@pytest.fixture(scope="module")
def beds(rows):
    table = [r for r in rows("provinces") if r["year"] == "2013"]
    names = ("pop_million", "area_10k_km2", "institutions", "beds_10k", "personnel_10k")
    return {name: column(table, name) for name in names} | {
        "zone": [r["zone"] for r in table], "names": [r["province"] for r in table]
    }  # fmt: skip


@pytest.mark.parametrize(
    ("resource", "people", "area", "printed"),
    [
        ("institutions", 0.18585, 0.61146, (0.190, 0.616)),
        ("beds_10k", 0.06742, 0.63537, (0.070, 0.639)),
        ("personnel_10k", 0.06864, 0.65270, (0.070, 0.650)),
    ],
)
def test_gini_of_31_provinces_2013(beds, resource: str, people: float, area: float, printed) -> None:
    """Jin et al. 2015 print .190/.070/.070 and .616/.639/.650, with slightly other populations and areas."""
    by_people, by_area = gini(beds[resource], beds["pop_million"]), gini(beds[resource], beds["area_10k_km2"])
    assert by_people == pytest.approx(people, abs=5e-6)
    assert by_area == pytest.approx(area, abs=5e-6)
    assert (by_people, by_area) == (pytest.approx(printed[0], abs=5e-3), pytest.approx(printed[1], abs=5e-3))


def test_sorted_by_amount_the_gini_is_another(beds) -> None:
    """Some papers say "sorted by amount": that gives .0899 for institutions, which is nobody's access."""
    order = np.argsort(beds["institutions"])
    p, y = (beds[k][order] / beds[k].sum() for k in ("pop_million", "institutions"))
    cumulative = np.append(0, np.cumsum(y))
    wrong = 1 - (p * (cumulative[1:] + cumulative[:-1])).sum()
    assert wrong == pytest.approx(0.0899, abs=5e-4)
    assert abs(gini(beds["institutions"], beds["pop_million"]) - wrong) > 0.05


def test_theil_of_beds_by_four_zones(beds) -> None:
    low = theil(beds["beds_10k"], beds["pop_million"], beds["zone"])
    assert (low.total, low.between, low.within) == pytest.approx((0.0074147761, 0.0016854245, 0.0057293516), rel=1e-7)
    top = theil(beds["beds_10k"], beds["pop_million"], beds["zone"], kind="T")
    assert (top.total, top.between, top.within) == pytest.approx((0.0073034074, 0.0017068804, 0.0055965270), rel=1e-7)


def test_theil_of_city_beds(rows) -> None:
    table = [r for r in rows("cities") if r["year"] == "2013"]
    found = theil(column(table, "beds"), column(table, "pop_hukou_10k"), [r["zone"] for r in table])
    assert (found.total, found.between) == pytest.approx((0.0600743546, 0.0038216458), rel=1e-7)


def test_agglomeration_of_beijing_and_tibet(beds) -> None:
    found = agglomeration_degree(beds["beds_10k"], beds["pop_million"], beds["area_10k_km2"])
    beijing, tibet = beds["names"].index("Beijing"), beds["names"].index("Tibet")
    assert [found.resource[beijing], found.population[beijing], found.ratio[beijing]] == pytest.approx(
        [9.702527, 9.000762, 1.077967], abs=5e-7
    )
    assert [found.resource[tibet], found.population[tibet], found.ratio[tibet]] == pytest.approx(
        [0.013975, 0.018081, 0.772895], abs=5e-7
    )
    area = beds["area_10k_km2"] / beds["area_10k_km2"].sum()
    assert (area * found.resource).sum() == pytest.approx(1)


def test_jiang_2019_outpatient_visits_of_cities(rows) -> None:
    """Jiang, Zheng and Zhao, IJERPH 16(2) 215: Gini, Theil-T, Theil-L of OUTP1M_RATIO, 126 cities."""
    y = column(rows("charls"), "OUTP1M_RATIO", YEAR="2011")
    assert gini(y) == pytest.approx(0.245191, abs=5e-7)
    assert theil(y, kind="T").total == pytest.approx(0.097030, abs=5e-7)
    assert theil(y).total == pytest.approx(0.114127, abs=5e-7)


def test_a_city_at_zero_makes_theil_l_infinite_and_a_tiny_number_makes_it_anything(rows) -> None:
    y = column(rows("charls"), "OUTP1M_RATIO", YEAR="2015")
    assert (y == 0).sum() == 1
    with pytest.raises(MethodError, match="infinite"):
        theil(y)
    assert theil(np.maximum(y, 1e-12)).total == pytest.approx(0.2875, abs=5e-4)
    assert theil(np.maximum(y, 1e-6)).total < 0.2
