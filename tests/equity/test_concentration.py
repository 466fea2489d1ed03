"""The concentration family: the worked example with ties, Australians' visits to doctors, and invariances."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yibao.equity.concentration import (
    concentration_index,
    concentration_interval,
    decompose_concentration,
    extended_concentration_index,
    fractional_rank,
)
from yibao.equity.dispersion import atkinson, coefficient_of_variation
from yibao.equity.errors import MethodError

#: V13 of the methods' worked examples: yes/no health, ranks with ties, weights.
HEALTH, RANK, WEIGHT = [1, 0, 1, 1, 0, 1, 0, 0, 1, 0], [1, 2, 2, 3, 4, 5, 6, 6, 7, 8], [2, 1, 1, 3, 2, 1, 1, 2, 1, 1]


def test_worked_example_with_ties_and_weights() -> None:
    found = concentration_index(HEALTH, RANK, WEIGHT, bounds=(0, 1))
    assert found.value == pytest.approx(-0.2583333333333333)
    assert found.erreygers == pytest.approx(-0.551111111111111)
    assert found.wagstaff == pytest.approx(-0.5535714285714285)
    assert found.mean == pytest.approx(0.5333333333333333)
    assert found.generalised == pytest.approx(-0.13777777777777775)
    assert concentration_index(HEALTH, RANK).value == pytest.approx(-0.2)


@given(st.permutations(range(10)))
def test_order_of_rows_does_not_matter_under_ties(order: list[int]) -> None:
    """A known implementation gives tied rows sequential ranks: -0.132, -0.127, -0.131 for three orders of one file."""
    moved = [[column[i] for i in order] for column in (HEALTH, RANK, WEIGHT)]
    for rule in ("robust", "newey-west"):
        here, there = (concentration_index(*columns, se=rule) for columns in ((HEALTH, RANK, WEIGHT), moved))
        assert there.value == pytest.approx(here.value, abs=1e-12)
        assert there.standard_error == pytest.approx(here.standard_error, abs=1e-12)


def test_ranks_of_ties_are_shared() -> None:
    assert fractional_rank([3, 1, 3], [1, 2, 1]).tolist() == [0.75, 0.25, 0.75]


def test_doctor_visits_by_income(doctor_aus: dict[str, np.ndarray]) -> None:
    """DoctorAUS (Ecdat): visits ranked by income, 14 values of income; own code twice, independently."""
    determinants = {name: doctor_aus[name] for name in ("age", "sex", "illness", "income")}
    found = decompose_concentration(
        doctor_aus["doctorco"], doctor_aus["income"], determinants, need=("age", "sex", "illness")
    )
    assert found.value == pytest.approx(-0.1302314, abs=5e-8)
    expected = {"age": -0.0342555, "sex": -0.0108100, "illness": -0.0487852, "income": -0.0300166}
    assert found.contribution == pytest.approx(expected, abs=5e-8)
    assert found.residual == pytest.approx(-0.0063642, abs=5e-8)
    assert found.horizontal_inequity == pytest.approx(-0.1302314 + 0.0342555 + 0.0108100 + 0.0487852, abs=2e-7)
    product = {name: found.elasticity[name] * found.concentration[name] for name in determinants}
    assert product == pytest.approx(found.contribution)


def test_extended_index_is_the_index_at_two() -> None:
    h, r = [3.0, 1.0, 4.0, 1.5], [1, 2, 3, 4]
    assert extended_concentration_index(h, r, 2) == pytest.approx(concentration_index(h, r).value)
    with pytest.raises(MethodError, match="above 1"):
        extended_concentration_index(h, r, 1)


def test_standard_error_is_near_the_bootstrap() -> None:
    random = np.random.default_rng(3)
    income = random.normal(size=400)
    visits = random.poisson(np.exp(0.2 * income)).astype(float)
    found = concentration_index(visits, income)
    low, high = concentration_interval(visits, income, draws=300)
    assert found.standard_error == pytest.approx((high - low) / 3.92, rel=0.25)
    assert low < found.value < high


def test_clusters_are_drawn_whole() -> None:
    random = np.random.default_rng(4)
    village = np.repeat(np.arange(20), 20)
    income = random.normal(size=20)[village] + 0.01 * random.normal(size=400)
    health = np.exp(0.5 * random.normal(size=20))[village]
    plain = np.diff(concentration_interval(health, income, draws=200))[0]
    clustered = np.diff(concentration_interval(health, income, clusters=village.tolist(), draws=200))[0]
    assert clustered > 2 * plain


@pytest.mark.parametrize(
    ("health", "said"),
    [
        ([0, 0], "zero for everyone"),
        ([-1, 2], "are negative"),
        ([1, float("nan")], "lack 1"),
        ([1], "2 are needed|1 rows|2 rows"),
    ],
)
def test_what_has_no_index_is_refused_by_name(health: list[float], said: str) -> None:
    with pytest.raises(MethodError, match=said):
        concentration_index(health, [1, 2])


def test_all_zero_weights_and_wrong_bounds_are_refused() -> None:
    with pytest.raises(MethodError, match="weights: are all zero"):
        concentration_index([1, 2], [1, 2], [0, 0])
    with pytest.raises(MethodError, match="bounds"):
        concentration_index([1, 2], [1, 2], bounds=(0, 1))


def test_everyone_at_a_bound_has_no_wagstaff_index_and_says_so() -> None:
    found = concentration_index([1, 1, 1], [1, 2, 3], bounds=(0, 1))
    assert found.wagstaff is None and [note.code for note in found.notes] == ["at_bound"]


def test_one_rank_has_no_standard_error_and_says_so() -> None:
    found = concentration_index([1, 2, 3], [5, 5, 5])
    assert found.value == pytest.approx(0) and found.standard_error is None
    assert [note.code for note in found.notes] == ["one_rank"]


def test_collinear_determinants_are_refused() -> None:
    with pytest.raises(MethodError, match="collinear"):
        decompose_concentration([1, 2, 3, 5], [1, 2, 3, 4], {"a": [1, 2, 3, 4], "b": [2, 4, 6, 8]})
    with pytest.raises(MethodError, match="wealth"):
        decompose_concentration([1, 2, 3, 5], [1, 2, 3, 4], {"a": [1, 2, 3, 1]}, need=("wealth",))


def test_atkinson_and_variation() -> None:
    """Atkinson (1970): the equally distributed equivalent, and its limits."""
    x, w = [1.0, 2.0, 4.0], [1, 2, 1]
    assert atkinson(x, 1, w) == pytest.approx(1 - np.exp((0 + 2 * np.log(2) + np.log(4)) / 4) / 2.25)
    assert atkinson(x, 2, w) == pytest.approx(1 - 1 / ((1 + 2 * 0.5 + 0.25) / 4) / 2.25)
    assert atkinson(x, 0.999999) == pytest.approx(atkinson(x, 1), abs=1e-6)
    assert atkinson([0, 1, 2], 1) == 1.0 and 0 < atkinson([0, 1, 2], 0.5) < 1
    assert atkinson([5, 5, 5], 2) == pytest.approx(0)
    assert coefficient_of_variation([2, 2]) == 0
    for refused in (
        lambda: atkinson([0, 0], 1),
        lambda: atkinson([1, 2], 0),
        lambda: coefficient_of_variation([1], ddof=1),
    ):
        with pytest.raises(MethodError):
            refused()
