"""What a comparison with peers may say: intervals, readings, suppression, funnels, signals, sums that add up."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hospital_stays import at, stays
from hypothesis import given
from hypothesis import strategies as st

from yibao.presentation.charts.bridge import Step, adds_up, bridge
from yibao.presentation.charts.own_funnel import coarse
from yibao.presentation.fmt import Format
from yibao.service.console.hospital import activity, cards
from yibao.service.console.hospital.compare import Comparison
from yibao.service.console.hospital.estimate import (
    Estimate,
    Spread,
    over_expected,
    proportion,
    ratio,
    reading,
    spread,
)
from yibao.service.console.hospital.group_page import compare_items
from yibao.service.console.hospital.indicators import indicators
from yibao.service.console.hospital.peers import parts, splits
from yibao.service.console.hospital.pictures import zone_words
from yibao.service.console.hospital.sentences import signal
from yibao.service.console.hospital.words import difference, interval, strip, written

PEERS = [f"H{n}" for n in range(2, 8)]


def compared(rows: list[dict[str, Any]], name: str, peers: list[str] = PEERS, adjust: bool = False) -> Any:
    comparison = Comparison(stays(rows), "H1", peers, adjust=adjust)
    found = next(one for one in indicators(comparison.stays, {}) if one.name == name)
    return comparison.of(found)


@pytest.mark.parametrize(
    ("own", "word"),
    [((0.30, 0.31, 0.29), "higher"), ((0.10, 0.09, 0.11), "lower"), ((0.24, 0.19, 0.29), "similar"),
     ((0.26, 0.25, 0.27), "similar")],
)  # fmt: skip
def test_a_reading_says_more_only_when_the_whole_interval_lies_outside_the_middle_half(
    own: tuple[float, float, float], word: str
) -> None:
    value, *ends = own
    assert reading(Estimate(value, min(ends), max(ends), 50), Spread(6, 0.2, 0.22, 0.25)) == word


def test_a_reading_of_too_few_cases_or_too_few_peers_says_so() -> None:
    assert reading(None, Spread(6, 1, 2, 3)) == "few"
    assert reading(Estimate(1, 0.9, 1.1, 50), None) == "alone"


def test_a_group_of_four_peers_shows_no_comparison_and_deciles_need_ten() -> None:
    assert spread([1.0, 2.0, 3.0, 4.0]) is None
    five = spread([1.0, 2.0, 3.0, 4.0, 5.0])
    assert five is not None and five.p50 == 3.0 and (five.p10, five.p90) == (None, None)
    ten = spread(np.arange(1.0, 11.0))
    assert ten is not None and ten.p10 == pytest.approx(1.9) and ten.p90 == pytest.approx(9.1)
    rows = [r for p in ("H1", *PEERS[:4]) for r in at(p, 40)]
    row = compared(rows, "drug", PEERS[:4])
    assert row.peers is None and row.word == "alone" and strip(row, Format("zh")) == ""
    assert difference(row, Format("zh")) == "—"


def test_intervals_are_those_that_the_definitions_name() -> None:
    assert ratio(np.ones(29), np.ones(29)) is None
    values = np.tile([90.0, 110.0], 100)
    many = ratio(values, np.ones(200))
    assert many is not None and (many.value, many.n) == (100.0, 200)
    assert many.upper - many.value == pytest.approx(1.959964 * 10 / 200**0.5)
    few = ratio(values[:60], np.ones(60))
    assert few is not None and few.lower < 100 < few.upper and few == ratio(values[:60], np.ones(60))  # a fixed seed
    assert proportion(1, 9) is None
    share = proportion(81, 263)
    assert share is not None and (round(share.lower, 4), round(share.upper, 4)) == (0.2553, 0.3662)  # Newcombe 1998
    assert over_expected(3, 4.9, 100) is None
    oe = over_expected(30, 20.0, 100)
    assert oe is not None and (round(oe.value, 2), round(oe.lower, 3), round(oe.upper, 3)) == (1.5, 1.012, 2.141)


def test_cost_is_compared_after_allowing_for_case_mix() -> None:
    """A hospital with dear groups only, at the price that everybody has for them, costs as much as its peers."""
    heavy, light = {"disease": "I21", "amount": 5_000_000}, {"disease": "J06", "amount": 500_000}
    rows = [r for p in PEERS for r in at(p, 20, **heavy) + at(p, 60, **light)] + at("H1", 80, **heavy)
    row = compared(rows, "cost")
    assert row.own.value == pytest.approx(row.peers.p50) and row.word == "similar"
    dearer = [r for r in rows if r["institution_id"] != "H1"] + at("H1", 80, **{**heavy, "amount": 7_000_000})
    row = compared(dearer, "cost")
    assert row.word == "higher" and row.unfavourable and row.peers_below == 6
    assert row.own.value / row.peers.p50 > 1.3


def test_shares_among_unlike_institutions_allow_for_case_mix_and_among_like_ones_do_not() -> None:
    surgery = {"disease": "K35", "drug": 100_000, "treatment": 500_000}
    rows = [r for p in PEERS for r in at(p, 30) + at(p, 10, **surgery)] + at("H1", 40, **surgery)
    raw, adjusted = compared(rows, "drug"), compared(rows, "drug", adjust=True)
    assert raw.word == "lower" and raw.own.value == pytest.approx(0.1)
    assert adjusted.word == "similar" and adjusted.own.value == pytest.approx(adjusted.peers.p50)


def test_fewer_than_ten_cases_are_suppressed_in_row_strip_and_groups() -> None:
    rows = [r for p in PEERS for r in at(p, 40)] + at("H1", 9)
    for name in ("drug", "cost", "high", "transferred"):
        row = compared(rows, name)
        assert row.own is None and row.word == "few" and strip(row, Format("en")) == ""
        assert interval(row.own, row.indicator.unit, Format("en")) == ""


def test_months_with_few_stays_are_gaps() -> None:
    rows = [r for p in PEERS for m in (1, 2) for r in at(p, 12, month=date(2025, m, 1))]
    rows += at("H1", 12, month=date(2025, 1, 1)) + at("H1", 9, month=date(2025, 2, 1))
    comparison = Comparison(stays(rows), "H1", PEERS, adjust=False)
    found = next(one for one in indicators(comparison.stays, {}) if one.name == "drug")
    months = comparison.of_months(found)
    assert months.own[0] == pytest.approx(0.4) and np.isnan(months.own[1]) and months.median[1] == pytest.approx(0.4)


def test_a_change_needs_twelve_points_and_eight_on_one_side() -> None:
    assert signal([1.0] * 4 + [2.0] * 7) is None  # eleven points
    assert signal([1.0, 1.1, 0.9, 1.0, 1.2, 1.0, 1.1, *[2.0] * 7]) is None  # seven at the end
    line = [1.0, 1.2, 0.8, 1.1, 0.9, 1.0, 1.05, 0.95, *np.linspace(2, 3, 8)]
    assert signal(line) == 8
    assert signal([np.nan, *line]) == 9


def test_peers_points_are_coarse() -> None:
    assert coarse(318.0, 1.184) == (325, 1.2)
    assert coarse(7.0, 0.93)[0] > 0
    said = [zone_words(zone, True, Format("zh")) for zone in (-2, -1, 0, 1, 2)]
    assert "还不足以下结论" in said[3] and "需要了解原因" in said[4] and "低于" in said[0]
    assert "不画控制限" in zone_words(0, False, Format("zh"))


@given(st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=5), st.integers(0, 10**9))
def test_a_bridge_adds_up_or_is_not_drawn(steps: list[int], start: int) -> None:
    parts = [Step("a", start, "", "total"), *(Step(str(i), v, "") for i, v in enumerate(steps))]
    assert adds_up([*parts, Step("z", start + sum(steps), "", "result")])
    assert not adds_up([*parts, Step("z", start + sum(steps) + 1, "", "result")])
    with pytest.raises(ValueError, match="add up"):
        bridge([*parts, Step("z", start + sum(steps) + 1, "", "result")], "x")


def test_items_of_few_cases_and_of_groups_with_few_peers_are_not_shown() -> None:
    rows = [
        {"institution_id": "H1", "item_code": "A", "item_name": "药甲", "stays": 12, "amount": 120_000},
        {"institution_id": "H1", "item_code": "B", "item_name": "药乙", "stays": 3, "amount": 90_000},
        *({"institution_id": p, "item_code": "A", "item_name": "药甲", "stays": 5, "amount": 25_000} for p in PEERS),
    ]
    cases = {"H1": 20, **dict.fromkeys(PEERS, 10)}
    rows.append({"institution_id": "H1", "item_code": "C", "item_name": "药丙", "stays": 15, "amount": 400_000})
    found = {row["item_code"]: row for row in compare_items(rows, "H1", set(PEERS), cases)}
    assert next(iter(found)) == "C" and (found["C"]["stays"], found["C"]["own"], found["C"]["peers"]) == (15, 20_000, 0)
    assert (found["B"]["stays"], found["B"]["own"], found["B"]["gap"]) == ("<10", "<10", "<10")
    # The smaller of the others is withheld too: the whole is known from the group's cost structure.
    assert (found["A"]["stays"], found["A"]["own"], found["A"]["peers"]) == ("*", "*", 2_500)
    alone = compare_items(rows, "H1", set(PEERS[:4]), cases)
    assert all(row["peers"] is None for row in alone)


def test_the_drugs_of_an_institution_beside_the_middle_half_of_its_peers() -> None:
    drug = {"item_name": "药", "payment_class": "02", "charge_type": "09", "visits": 20}
    rows = [
        {**drug, "institution_id": p, "item_code": c, "amount": a} for p in PEERS for c, a in (("A", 10), ("B", 90))
    ]
    rows += [{**drug, "institution_id": "H1", "item_code": "A", "amount": 60},
             {**drug, "institution_id": "H1", "item_code": "B", "amount": 40},
             {**drug, "institution_id": "H9", "item_code": "A", "amount": 10**9}]  # fmt: skip
    first, second = activity.drugs(rows, "H1", set(PEERS))
    assert (first["share"], first["low"], first["peers"]) == (600_000, 100_000, 100_000)
    assert second["share"] == 400_000


def test_a_reminder_that_comes_again_was_not_settled() -> None:
    start = datetime(2025, 6, 1, 9)
    card = {"law_id": "D01", "person_id": "P1", "item_code": "X", "amount": 100, "outcome": "accepted", "reason": None,
            "shown_at": start, "answered_at": start + timedelta(seconds=8)}  # fmt: skip
    again = {**card, "shown_at": start + timedelta(days=20), "outcome": "overridden", "reason": "HR19-1",
             "answered_at": start + timedelta(days=20, seconds=20)}  # fmt: skip
    open_ = {**card, "person_id": "P2", "outcome": None, "answered_at": None}
    (row,) = cards.by_law([card, again, open_])
    assert (row["shown"], row["accepted"], row["overridden"], row["ignored"]) == (3, 1, 1, 1)
    assert (row["rate"], row["repeats"], row["wait"], row["saved"]) == (500_000, 1, 14, 100)
    assert cards.why([card, again, open_], {"HR19-1": {"zh": "甲", "en": "a"}}) == [
        {"reason": ("甲", "a"), "cards": 1, "share": 1_000_000}
    ]


def test_values_are_written_in_their_unit() -> None:
    zh, en = Format("zh"), Format("en")
    assert written(0.2464, "percent", zh) == "24.6%" and written(1_342_000.0, "money", en) == "13,420"
    assert (
        written(1.184, "ratio", zh) == "1.18"
        and written(7.55, "days", zh) == "7.6"
        and written(None, "days", en) == "—"
    )


@given(st.lists(st.sets(st.integers(0, 29).map(lambda n: f"H{n:02d}")), max_size=8))
def test_sets_that_may_be_seen_leave_no_part_of_fewer_than_five(chosen: list[set[str]]) -> None:
    """Whichever sets somebody asks for one after another, those that are given tell of five or more by any sum."""
    everybody = [f"H{n:02d}" for n in range(30)]
    seen: list[set[str]] = []
    for one in chosen:
        if len(one) >= 5 and not any(splits(part, one) for part in parts(seen, everybody)):
            seen.append(one)
    assert all(len(part) >= 5 for part in parts(seen, everybody))
    for one in seen:
        for other in seen:
            assert len(one - other) not in range(1, 5)


def test_a_mean_that_is_mostly_one_peers_is_not_shown() -> None:
    cases = {"H1": 20, **dict.fromkeys(PEERS[:4], 1), PEERS[4]: 90}
    rows = [
        {"institution_id": p, "item_code": "A", "item_name": "药", "stays": n, "amount": n * 100}
        for p, n in cases.items()
    ]
    (row,) = compare_items(rows, "H1", set(PEERS), cases)
    assert row["peers"] is None and row["gap"] is None
    even = {"H1": 20, **dict.fromkeys(PEERS[:5], 12)}
    (row,) = compare_items(rows, "H1", set(PEERS), even)
    assert row["peers"] is not None
