"""The settlement: published examples, a plain reference bill by bill, and what must never happen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yibao.simulation import billing, policy
from yibao.simulation.city import City, build_city
from yibao.simulation.frame import DAY, NONE, Frame, ints
from yibao.simulation.settling import CHRONIC_CARE, RESULTS, STAY, VISIT, Covered, settle

FIRST = 20_100 * DAY


def people(status: int, assistance: int = -1, n: int = 1) -> Covered:
    one = np.zeros(n, dtype=np.int64)
    return Covered(
        status=one + status,
        civil=one,
        assistance=one + assistance,
        payer=one - 1,
        household=np.arange(n),
        opening=one,
        credit_key=ints([]),
        credit_sum=ints([0]),
    )


def stays(*eligible: int, level: int = 3, care: int = STAY, elsewhere: int = 0) -> Frame:
    n = len(eligible)
    amounts = ints(list(eligible))
    return {
        "person": np.zeros(n, dtype=np.int64),
        "at": FIRST + np.arange(n) * 40 * DAY,
        "care": np.full(n, care),
        "level": np.full(n, level),
        "total": amounts,
        "eligible": amounts,
        "elsewhere": np.full(n, elsewhere),
        "pooled": np.ones(n, dtype=np.int64),
        "share": np.zeros(n, dtype=np.int64),
        "reverses": np.full(n, NONE),
    }


@pytest.mark.parametrize(
    ("eligible", "status", "number", "fund"),
    [
        (5_000_000, 0, 0, 4_289_500),  # Beijing, in service, 50 000 yuan
        (8_000_000, 0, 0, 7_139_500),
        (8_000_000, 0, 1, 7_194_750),  # second admission of the year
        (8_000_000, 1, 0, 7_650_850),  # retired
        (500_000, 0, 0, 314_500),
        (500_000, 0, 1, 369_750),
        (500_000, 1, 0, 353_350),
    ],
)
def test_published_parameters_of_beijing(eligible: int, status: int, number: int, fund: int) -> None:
    """The amounts are computed from the published rates by hand, third level."""
    bills = stays(*([1_000_000] * number), eligible)
    assert int(settle(bills, people(status))["basic"][-1]) == fund


def test_residents_critical_illness_and_assistance_follow_each_other() -> None:
    """A minimum-income recipient, 54 000 yuan in range at the third level."""
    paid = settle(stays(5_400_000), people(2, assistance=1))
    basic = (5_400_000 - 120_000) * 65 // 100
    burden = 5_400_000 - basic
    critical = (burden - 575_000) * 65 // 100
    assert int(paid["basic"][0]) == basic
    assert int(paid["critical"][0]) == critical
    assert int(paid["assistance"][0]) == (burden - critical) * 7 // 10
    assert int(paid["person_amount"][0]) == 5_400_000 - int(paid["fund"][0])


def test_the_yearly_limit_of_residents_binds() -> None:
    paid = settle(stays(12_000_000, 12_000_000, 12_000_000), people(2))
    assert int(paid["basic"].sum()) == policy.RESIDENT_CAP


def test_without_filing_twenty_points_less() -> None:
    home = int(settle(stays(1_000_000), people(2))["basic"][0])
    elsewhere = int(settle(stays(1_000_000, elsewhere=4), people(2))["basic"][0])
    assert home - elsewhere == (1_000_000 - 120_000) * 2 // 10


def test_a_reversal_gives_back_what_was_paid_and_what_was_used() -> None:
    visits = stays(60_000, 60_000, 60_000, level=2, care=VISIT)
    visits["reverses"][1] = 0
    paid = settle(visits, people(0))
    assert all(int(paid[name][1]) == -int(paid[name][0]) for name in RESULTS if name != "rate")
    # The deductible is open again.
    assert int(paid["deductible"][2]) == int(paid["deductible"][0]) > 0


@given(st.lists(st.tuples(st.integers(0, 30_000_000), st.integers(0, 3), st.integers(0, 2)), min_size=1, max_size=12))
def test_nobody_gets_more_than_the_bill(bills: list[tuple[int, int, int]]) -> None:
    frame = stays(*(amount for amount, _, _ in bills))
    frame["level"] = ints([level for _, level, _ in bills])
    frame["care"] = ints([(STAY, CHRONIC_CARE, VISIT)[care] for _, _, care in bills])
    for status, assistance in ((0, -1), (1, -1), (2, -1), (2, 0), (2, 2)):
        paid = settle(frame, people(status, assistance))
        assert all((paid[name] >= 0).all() for name in RESULTS)
        assert (paid["fund"] <= frame["eligible"]).all()
        assert (paid["basic"] <= frame["eligible"] - paid["deductible"]).all()
        layers = paid["basic"] + paid["civil"] + paid["large"] + paid["critical"] + paid["assistance"]
        assert (paid["fund"] == layers).all()


@pytest.fixture(scope="module")
def city() -> City:
    return build_city(1_500, 4)


def test_the_whole_ledger_settles_again_bill_by_bill(city: City) -> None:
    """A reference without arrays: one bill after the other, from the contracts of the policy; no fen may differ."""
    s, e = city.bills.settlements, city.encounters
    person_years: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    order = sorted(range(len(s["at"])), key=lambda k: (int(s["at"][k]), k))
    different = []
    for k in order:
        original = int(s["reverses"][k])
        person = int(s["person"][k])
        year = person_years[person]
        if original != NONE:
            for name, value in year.pop(f"of {original}", {}).items():  # type: ignore[union-attr, attr-defined]
                year[name] -= value
            continue
        expected, used = _one_bill(city, k, int(s["encounter"][k]), year, pooled=int(s["rate"][k]) > 0)
        for name, value in used.items():
            year[name] += value
        year[f"of {k}"] = used  # type: ignore[assignment]
        different += [(k, name) for name, value in expected.items() if value != int(s[name][k])]
    assert len(order) == len(s["at"]) > 3_000
    assert len(e["person"]) > 3_000
    assert different == []


def test_no_other_bill_lies_between_a_visit_and_its_cancellation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(billing, "CANCELLED_SHARE", 0.5)
    s = build_city(1_000, 4).bills.settlements
    back = np.flatnonzero(s["reverses"] != NONE)
    key = s["person"] * 10**11 + s["at"]
    first, last = key[s["reverses"][back]], key[back]
    ordered = np.sort(key)
    between = np.searchsorted(ordered, last) - np.searchsorted(ordered, first, side="right")
    assert len(back) > 300
    assert between.tolist() == [0] * len(back)


def half_up(value: int, denominator: int = 10_000) -> int:
    return (2 * value + denominator) // (2 * denominator)


def _one_bill(
    city: City, k: int, encounter: int, year: dict[str, int], *, pooled: bool
) -> tuple[dict[str, int], dict[str, int]]:
    s, covered = city.bills.settlements, city.bills.covered
    person, eligible = int(s["person"][k]), int(s["eligible"][k])
    status, level = int(covered.status[person]), int(city.providers.level[s["institution"][k]])
    off = int(policy.ELSEWHERE_OFF[city.encounters["elsewhere"][encounter]])
    kind = int(s["kind"][k])
    stay, chronic, shop = kind in (21, 24), kind == 14, kind == 41
    visit = not (stay or chronic or shop)
    deductible = large = above = 0
    if not pooled:
        return {"basic": 0, "fund": 0, "deductible": 0}, {}
    if stay:
        base = int(policy.STAY_DEDUCTIBLE[1 if status == 2 else 0, level])
        if year["stays"]:
            base = half_up(base * int(policy.LATER_ADMISSION[1 if status == 2 else 0]))
        deductible = min(base, eligible)
        if status == 2:
            basic = half_up((eligible - deductible) * (int(policy.RESIDENT_STAY[level]) - off))
            basic = min(basic, policy.RESIDENT_CAP - year["basic"])
        else:
            # The limit is one of the year's in-range expense, whichever stays it came from.
            before, last = year["stay eligible"], policy.BAND_EDGES[-1]
            above = max(before + eligible - last, 0) - max(before - last, 0)
            above = min(above, eligible - deductible)
            basic = half_up(sum(
                max(min(eligible - above, high) - max(deductible, low), 0) * (int(rate) - off)
                for (low, high), rate in zip(_bands(), policy.EMPLOYEE_STAY[status, level], strict=True)
            ))  # fmt: skip
            room = max(policy.LARGE_CAP - policy.BAND_EDGES[-1] - year["above"], 0)
            large = half_up(min(above, room) * int(policy.LARGE_RATE[status]))
    elif chronic:
        basic = half_up(eligible * (int(policy.CHRONIC_RATE[status, level]) - off))
        basic = min(basic, int(policy.CHRONIC_QUOTA[status]) - year["chronic"])
    elif visit:
        deductible = min(max(int(policy.VISIT_DEDUCTIBLE[status]) - year["deducted"], 0), eligible)
        basic = half_up((eligible - deductible) * (int(policy.VISIT_RATE[status, level]) - off))
        basic = min(basic, int(policy.VISIT_CAP[status]) - year["visit"])
    else:
        basic = half_up(eligible * max(int(policy.PHARMACY_RATE[status]) - off, 0))
        basic = min(basic, int(policy.PHARMACY_CAP[status]) - year["shop"])
    burden = eligible - basic - large
    # What lies above the limit belongs to the large-amount supplement alone.
    civil = half_up((eligible - basic - above) * policy.CIVIL_RATE) if stay and covered.civil[person] else 0
    burden -= civil
    category = int(covered.assistance[person])
    critical = _critical(year, burden, category) if status == 2 and (stay or chronic) else 0
    aid = _aid(year, burden - critical, category, visit=visit) if category >= 0 and not shop else 0
    fund = basic + large + civil + critical + aid
    used = {
        "stays": int(stay), "basic": basic if stay else 0, "above": above,
        "stay eligible": eligible if stay else 0,
        "chronic": basic if chronic else 0, "visit": basic if visit else 0, "shop": basic if shop else 0,
        "deducted": deductible if visit else 0, "burden": burden if stay or chronic else 0, "critical": critical,
        "aid burden": 0 if shop else burden - critical, "aid out": aid if visit else 0, "aid stay": 0 if visit else aid,
    }  # fmt: skip
    paid = {"deductible": deductible, "basic": basic, "large": large, "civil": civil, "critical": critical}
    return paid | {"assistance": aid, "fund": fund}, used


def _bands() -> Iterator[tuple[int, int]]:
    return zip(policy.BAND_EDGES[:-1], policy.BAND_EDGES[1:], strict=True)


def _critical(year: dict[str, int], burden: int, category: int) -> int:
    poor = category >= 0 and bool(policy.POOR[category])
    lower = policy.CRITICAL_FROM_POOR if poor else policy.CRITICAL_FROM
    numerator = 0
    for edge, rate in zip(policy.CRITICAL_EDGES, policy.CRITICAL_RATE, strict=True):
        part = max(min(year["burden"] + burden, edge) - max(year["burden"], lower), 0)
        numerator += part * (rate + (policy.CRITICAL_POOR_MORE if poor else 0))
        lower = max(lower, edge)
    pay = half_up(numerator)
    return pay if poor else min(pay, policy.CRITICAL_CAP - year["critical"])


def _aid(year: dict[str, int], left: int, category: int, *, visit: bool) -> int:
    start, before = int(policy.AID_FROM[category]), year["aid burden"]
    base = max(before + left - start, 0) - max(before - start, 0)
    pay = half_up(base * int(policy.AID_RATE[category]))
    room = policy.AID_LIMIT_OUTPATIENT - year["aid out"] if visit else policy.AID_LIMIT_STAY - year["aid stay"]
    return min(pay, max(room, 0))
