"""Catastrophic expenditure in all its denominators, impoverishment, fairness, wealth: the twelve households."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from twelve_households import CONSUMPTION, FOOD, LINE, OOP, PER_HEAD, PREPAID, SIZE, WEIGHT

from yibao.equity.concentration import concentration_index
from yibao.equity.errors import MethodError
from yibao.equity.protection.capacity import capacity_to_pay, non_food, poverty_line_rule, societal_line
from yibao.equity.protection.expenditure import catastrophic_expenditure, financial_hardship
from yibao.equity.protection.fairness import fairness_of_contribution
from yibao.equity.protection.impoverishment import below_subsistence, impoverishment
from yibao.equity.protection.wealth import wealth_inequality, wealth_sources

#: Headcount, overshoot, mean positive overshoot by denominator, threshold and what is counted.
EXPECTED = {
    ("budget", 0.1, "households"): (0.49458483754512633, 0.08148315282791817, 0.1647506082725061),
    ("budget", 0.25, "households"): (0.148014440433213, 0.02414259927797834, 0.16310975609756098),
    ("budget", 0.4, "households"): (0.07942238267148015, 0.007942238267148013, 0.09999999999999998),
    ("food", 0.25, "households"): (0.4223826714801444, 0.11917281431486423, 0.28214418431809735),
    ("food", 0.4, "households"): (0.20577617328519857, 0.05581541359284257, 0.27124332570556825),
    ("budget", 0.1, "individuals"): (0.5127551020408163, 0.08190901360544217, 0.159742951907131),
    ("budget", 0.25, "individuals"): (0.18112244897959184, 0.027104591836734693, 0.14964788732394366),
    ("budget", 0.4, "individuals"): (0.08418367346938775, 0.008418367346938774, 0.09999999999999999),
    ("food", 0.25, "individuals"): (0.4362244897959184, 0.12951974267968056, 0.2969107551487414),
    ("food", 0.4, "individuals"): (0.28316326530612246, 0.0640860692102928, 0.22632197414806107),
    ("capacity", 0.4, "households"): (0.20577617328519857, 0.05491319931693123, 0.26685888089105175),
    ("capacity", 0.4, "individuals"): (0.28316326530612246, 0.06281100107545894, 0.22181903082504417),
}


def _denominator(name: str) -> np.ndarray:
    capacity = capacity_to_pay(CONSUMPTION, FOOD, SIZE, WEIGHT).capacity
    return {"budget": CONSUMPTION, "food": non_food(CONSUMPTION, FOOD), "capacity": capacity}[name]


@pytest.mark.parametrize("case", EXPECTED)
def test_catastrophic_expenditure(case: tuple[str, float, str]) -> None:
    name, threshold, unit = case
    size = SIZE if unit == "individuals" else None
    found = catastrophic_expenditure(OOP, _denominator(name), threshold, WEIGHT, size=size)
    assert (found.headcount, found.overshoot, found.mean_positive_overshoot) == pytest.approx(EXPECTED[case], rel=1e-9)
    assert found.unit == unit and found.notes[0].code == "unit"


def test_at_the_threshold_is_the_readers_choice() -> None:
    """Household 1 pays exactly 40 % of its capacity: WHO counts it, a strict reading does not."""
    capacity = _denominator("capacity")
    strict = catastrophic_expenditure(OOP, capacity, 0.4, WEIGHT)
    inclusive = catastrophic_expenditure(OOP, capacity, 0.4, WEIGHT, inclusive=True)
    assert not strict.flags[0] and inclusive.flags[0]
    assert inclusive.headcount - strict.headcount == pytest.approx(100 / WEIGHT.sum())
    assert "≥" in inclusive.notes[1].en and ">" in strict.notes[1].en


def test_capacity_to_pay_of_who() -> None:
    found = capacity_to_pay(CONSUMPTION, FOOD, SIZE, WEIGHT)
    assert (found.low_food_share, found.high_food_share) == pytest.approx((0.3769230769230769, 0.4523809523809524))
    assert found.poverty_line == pytest.approx(5716.07807830137)
    assert found.subsistence[6] == pytest.approx(5716.07807830137)
    assert found.capacity[[0, 6, 7, 11]] == pytest.approx(
        [3000.0, 18283.92192169863, 17572.96204552782, 51572.96204552782]
    )
    poor, impoverished = below_subsistence(CONSUMPTION, OOP, found.subsistence, WEIGHT)
    assert (poor, impoverished) == pytest.approx((0.21660649819494585, 0.07942238267148015))


def test_nothing_to_pay_out_of() -> None:
    """A household that pays with nothing left is catastrophic and counted in the notes."""
    found = catastrophic_expenditure([5, 0, 1], [0, -2, 100], 0.4)
    assert found.flags.tolist() == [True, False, False]
    assert found.overshoot == pytest.approx(0.2)
    assert [note.en for note in found.notes if note.code == "no_capacity"] == [
        "1 households pay with nothing to pay out of: catastrophic, share 1"
    ]


def test_nobody_catastrophic_has_no_mean_overshoot_and_says_so() -> None:
    found = catastrophic_expenditure([0, 1], [10, 100], 0.4, rank_by=[1, 2])
    assert found.mean_positive_overshoot is None and found.concentration is None
    assert "nobody" in [note.code for note in found.notes]


def test_catastrophic_payments_by_rank() -> None:
    found = catastrophic_expenditure(OOP, CONSUMPTION, 0.1, WEIGHT, size=SIZE, rank_by=PER_HEAD)
    assert found.concentration == pytest.approx(-0.10771398111483378)
    assert found.rank_weighted_headcount == pytest.approx(0.5679859954185754)
    bounded = concentration_index(found.flags.astype(float), PER_HEAD, WEIGHT * SIZE, bounds=(0, 1))
    assert bounded.erreygers == pytest.approx(-0.22092357351103664)
    assert bounded.wagstaff == pytest.approx(-0.22106743768070597)


def test_hardship_as_the_goals_define_it_since_2025() -> None:
    line = societal_line(CONSUMPTION, SIZE, WEIGHT, floor=2900, fixed=1500, share=0.5)
    assert (line.median, line.line) == (7200.0, 5100.0)
    found = financial_hardship(OOP, CONSUMPTION, SIZE, line.line, WEIGHT)
    assert found.hardship == pytest.approx(0.5688775510204082)
    assert found.impoverishing == pytest.approx(0.4719387755102041)
    assert found.large == pytest.approx(0.09693877551020408)


def test_under_the_line_any_payment_is_hardship() -> None:
    found = financial_hardship([1, 0], [5, 5], [1, 1], 10)
    assert found.flags.tolist() == [True, False] and found.impoverishing == 0.5


def test_lines_are_data() -> None:
    assert poverty_line_rule()["floor"] == 2.15
    with pytest.raises(MethodError, match="sdg_2025_ppp2017"):
        poverty_line_rule("sdg_1990")


def test_impoverishment() -> None:
    found = impoverishment(CONSUMPTION, OOP, LINE, SIZE, WEIGHT)
    gross = (0.20408163265306123, 183.67346938775512, 0.059249506254114556, 900.0000000000001, 0.018050924844443504)
    net = (0.38010204081632654, 276.78571428571433, 0.0892857142857143, 728.1879194630874, 0.03620006795642294)
    assert tuple(found.gross) == pytest.approx(gross) and tuple(found.net) == pytest.approx(net)
    assert found.headcount_increase == pytest.approx(0.1760204081632653)
    assert found.gap_increase == pytest.approx(93.11224489795921)
    assert found.groups["further_impoverished"] == pytest.approx(0.20408163265306123)


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100), st.integers(1, 5)), min_size=1, max_size=20))
def test_groups_of_impoverishment_are_everybody(rows: list[tuple[float, float, int]]) -> None:
    x, paid, size = (np.array([row[i] for row in rows], dtype=float) for i in range(3))
    found = impoverishment(x, paid, 20.0, size)
    assert sum(found.groups.values()) == pytest.approx(1)
    assert found.net.headcount >= found.gross.headcount - 1e-12


def test_nobody_poor_has_no_mean_gap_and_says_so() -> None:
    found = impoverishment([50, 60], [1, 1], 10)
    assert found.gross.mean_positive_gap is None and "nobody" in [note.code for note in found.notes]


def test_fairness() -> None:
    found = fairness_of_contribution(OOP + PREPAID, _denominator("capacity"), WEIGHT)
    assert found.common_share == pytest.approx(0.31420199808168486)
    assert found.value == pytest.approx(0.6492798218517124)
    assert [note.code for note in found.notes] == ["above_capacity"]
    with pytest.raises(MethodError, match="capacity"):
        fairness_of_contribution([1, 1], [0, 1])


def test_wealth_with_debts() -> None:
    with pytest.raises(MethodError, match="negative"):
        wealth_inequality([-1, 2, 5])
    assert wealth_inequality([-5, 1, 5], negatives="plain").gini > 1
    held = wealth_inequality([-5, 1, 5], negatives="normalise")
    assert 0 <= held.gini <= 1 and held.notes[0].code == "negatives"
    assert wealth_inequality([2, 2, 2, 2], top=(0.5,)).top_shares[0.5] == pytest.approx(0.5)


def test_sources_of_wealth_add_up_to_the_gini() -> None:
    housing, savings, debt = np.array([1.0, 3, 9]), np.array([2.0, 2, 2]), np.array([0.0, -1, -2])
    parts = wealth_sources({"housing": housing, "savings": savings, "debt": debt})
    whole = wealth_inequality(housing + savings + debt)
    assert sum(part.contribution for part in parts.values()) == pytest.approx(whole.gini)
    assert sum(part.elasticity for part in parts.values()) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("threshold", [0, 1, -0.1])
def test_a_threshold_is_a_share(threshold: float) -> None:
    with pytest.raises(MethodError, match="threshold"):
        catastrophic_expenditure([1], [2], threshold)


def test_food_above_consumption_is_refused() -> None:
    with pytest.raises(MethodError, match="exceeds consumption in 1"):
        non_food([1, 2], [2, 1])
