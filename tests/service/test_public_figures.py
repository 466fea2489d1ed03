"""Small cells stay out of sight however one subtracts; spreads tell what peers allow; situations are checked."""

from __future__ import annotations

from datetime import date
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yibao.benefits import load_policies
from yibao.presentation.fmt import Format
from yibao.service.console.law.text import parameters
from yibao.service.console.public.cube import ALL, Key, cube, protected
from yibao.service.console.public.measured import SUMS, Indicator, indicators, measured, months_between
from yibao.service.console.public.situation import DEFAULTS, changed, offered, read_situation
from yibao.service.console.public.spread import placed

K = 20


def _whole(cells: dict[tuple[str, str, str], int]) -> dict[Key, int]:
    """Counts with all their totals."""
    found: dict[Key, int] = {}
    for key, count in cells.items():
        for chosen in product(*((value, ALL) for value in key)):
            found[chosen] = found.get(chosen, 0) + count
    return found


_axes = st.dictionaries(
    st.tuples(st.sampled_from("ABCD"), st.sampled_from("xy"), st.sampled_from(["m1", "m2", "m3"])), st.integers(0, 90),
    max_size=24,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(_axes)
def test_no_hidden_cell_can_be_had_by_subtraction(cells: dict[tuple[str, str, str], int]) -> None:
    counts = _whole(cells)
    hidden = protected(counts, K)
    assert all(key in hidden for key, count in counts.items() if 0 < count < K)
    for key in hidden:
        for axis in range(len(key)):
            line = [k for k in counts if (*k[:axis], *k[axis + 1 :]) == (*key[:axis], *key[axis + 1 :])]
            others = [k for k in line if k in hidden and k != key]
            # Alone in its line only where there is nothing else with a count that could be hidden beside it.
            assert others or len(line) == 1 or all(counts[k] == 0 for k in line if k != key)


def test_one_small_cell_takes_its_smallest_neighbour_along_and_the_total_stays() -> None:
    counts = _whole({("A", "x", "m1"): 5, ("B", "x", "m1"): 60, ("C", "x", "m1"): 30})
    hidden = protected(counts, K)
    assert ("A", "x", "m1") in hidden and ("C", "x", "m1") in hidden
    assert ("B", "x", "m1") not in hidden and (ALL, ALL, ALL) not in hidden


def _sums(**said: int) -> dict[str, int]:
    return {**dict.fromkeys(SUMS, 0), **said}


def _one(name: str) -> Indicator:
    return indicators()[name]


def test_values_are_ratios_of_sums_with_the_interval_that_their_definition_names() -> None:
    cost = measured(_one("stay_cost"), _sums(bills=400, total_amount=40_000_000, total_squared=400 * 1_100_000), False)
    assert cost.value == 100_000 and cost.text("money", Format("zh")) == "1,000.00 元"
    assert cost.low is not None and cost.high is not None and cost.low < 100_000 < cost.high
    assert cost.high - cost.low == pytest.approx(2 * 1.959964 * (100_000 * 400 / 399 / 400) ** 0.5 * 100, abs=2)
    few = measured(_one("stay_cost"), _sums(bills=150, total_amount=15_000_000), False)
    assert (few.low, few.high) == (None, None)  # too few cases for the interval of a mean
    away = measured(_one("stay_away"), _sums(bills=263, away=81), False)
    assert (round(away.low or 0, -2), round(away.high or 0, -2)) == (255_300, 366_200)  # Newcombe 1998, method 3
    hidden = measured(_one("stay_cost"), _sums(bills=7, total_amount=700), True)
    assert (hidden.value, hidden.count, hidden.text("money", Format("en"))) == (None, "<20", "too few")
    beside = measured(_one("stay_cost"), _sums(bills=70, total_amount=700), True)
    assert beside.count == "*"


def test_a_cube_adds_over_every_axis() -> None:
    rows = [(("A", "310", "2025-01"), _sums(bills=30, days=3)), (("B", "310", "2025-01"), _sums(bills=25, days=4))]
    found = cube(rows, SUMS, "bills", K)
    assert found.sums["*", "310", "2025-01"]["days"] == 7 and found.hidden == set()
    assert found.axis(0) == ["A", "B"]


def test_months_have_no_gaps() -> None:
    found = months_between(date(2024, 11, 1), date(2025, 2, 1))
    assert found == [date(2024, 11, 1), date(2024, 12, 1), date(2025, 1, 1), date(2025, 2, 1)]
    assert len(months_between(date(2020, 1, 1), date(2025, 1, 1))) == 24


@pytest.mark.parametrize(("value", "peers", "word"), [
    (90.0, [70, 72, 74, 76], "alone"), (90.0, [70, 72, 74, 76, 90], "above"), (74.0, [70, 72, 74, 76, 90], "similar"),
    (70.0, [70, 72, 74, 76, 90], "below"), (None, [70, 72, 74, 76, 90], "few"),
])  # fmt: skip
def test_the_word_follows_the_peers_middle_half(value: float | None, peers: list[float], word: str) -> None:
    found = placed(value, peers)
    assert found.word == word
    assert (found.quartiles is None) == (word in ("alone", "few"))


def test_below_ten_peers_only_the_middle_half_is_told() -> None:
    nine, ten = placed(5.0, list(range(9))), placed(5.0, list(range(10)))
    assert nine.quartiles is not None and nine.quartiles[0] == nine.quartiles[1]
    assert ten.quartiles is not None and ten.quartiles[0] < ten.quartiles[1]
    assert 'role="img"' in str(nine.mark("价格：5.0"))


def test_a_situation_is_checked_field_by_field() -> None:
    policies = offered(load_policies(), ["990000"], date(2025, 12, 20))
    assert policies[0].id == "YUNHAI-390"  # the ledger's own region, residents first
    said, wrong = read_situation({}, policies, "zh")
    assert wrong == {} and said["class"] == "adult" and changed(said) is None
    bad = {"policy": "YUNHAI-310", "class": "minor", "total": "十", "level": "9", "status_b": "rich"}
    _, wrong = read_situation(bad, policies, "zh")
    assert set(wrong) == {"class", "total", "level", "status_b"} and "在职职工" in wrong["class"]
    _, wrong = read_situation({**DEFAULTS, "total": "100", "class": ""}, policies, "en")
    assert wrong == {"total": "The total is less than the parts below it"}
    said, _ = read_situation({"level_b": "2", "kind_b": "21"}, policies, "zh")
    assert changed(said) == {**said, "level": "2"}


def test_every_shipped_policy_is_told_with_its_conditions() -> None:
    book = load_policies()
    told = dict(parameters(book.get("YUNHAI-390"), "zh"))
    assert told["住院 · 起付线 · 数额（级别 3）"] == "1200 元"
    assert told["大病保险 · 倾斜 · 起付标准的倍数（特困、低保、监测对象）"] == "50%"
    assert told["医疗救助 · 待遇"] == "住院、普通门诊统筹、门诊慢特病"
    for policy in book.policies.values():
        for lang in ("zh", "en"):
            assert all(name and value for name, value in parameters(policy, lang))
