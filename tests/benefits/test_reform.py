"""The reform workbench: both sides by hand, sums that must hold, pooling, catastrophic expenditure."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benefits.neighbours import FAR, HOME, NEAR, POLICIES, World, book
from yibao.benefits import load_policies
from yibao.benefits.load import Written
from yibao.benefits.pooling import ONE, Unit, apportion, arrangement
from yibao.benefits.reform import Reform, compare
from yibao.benefits.resettle import SettleError
from yibao.runs.demo import Demo

DAY = date(2025, 3, 1)
RICHER = POLICIES["HOME-390"].replace("60%", "80%").replace("amount: 1000", "amount: 2000")


def rich(folder: Path, text: str = RICHER) -> Written:
    """The reform: a policy of the same id and version in a directory of its own."""
    return book(folder / "reform", HOME_390=text).find("HOME-390")


def world() -> World:
    """Three households: one for which 10 % of income is passed, one that a smaller deductible keeps below, one rich."""
    w = World()
    for name, income in (("a", 40_000), ("b", 20_000), ("c", 900_000)):
        w.person(name, income=income)
    w.bill("A", "a", DAY, 11_000, 6_000)
    w.bill("B", "b", DAY, 2_500, 900)
    w.bill("C", "c", DAY, 11_000, 4_000, where=FAR)
    return w


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Reform:
    folder = tmp_path_factory.mktemp("reform")
    return compare(world().ledger(folder / "ledger"), book(folder / "policies"), after=[rich(folder)])


def rows(told: Reform, table: str, **where: Any) -> list[dict[str, Any]]:
    return [r for r in told.tables[table].to_pylist() if all(r[k] == v for k, v in where.items())]


def test_persons_before_and_after_by_hand(told: Reform) -> None:
    """60 % above 1000 against 80 % above 2000; elsewhere unfiled twenty points less on both sides."""
    found = {r["person_id"]: (r["person_before"], r["person_after"]) for r in rows(told, "reform_person")}
    assert found == {"a": (500_000, 380_000), "b": (160_000, 210_000), "c": (700_000, 560_000)}
    [whole] = rows(told, "reform_group", dimension="all")
    assert (whole["winners"], whole["losers"]) == (2, 1)
    assert (whole["gained_amount"], whole["lost_amount"]) == (260_000, 50_000)
    assert rows(told, "reform_layer", layer="basic")[0]["after_amount"] == 720_000 + 40_000 + 540_000


def test_catastrophic_expenditure_by_hand(told: Reform) -> None:
    [ten] = rows(told, "reform_catastrophic", threshold_ppm=100_000, income_group="all")
    assert {k: ten[k] for k in ("households", "before", "after", "relieved", "newly")} == {
        "households": 3, "before": 1, "after": 1, "relieved": 1, "newly": 1,
    }  # fmt: skip


def test_every_dimension_and_the_layers_add_up_to_the_whole(told: Reform) -> None:
    [whole] = rows(told, "reform_group", dimension="all")
    sums = ("bills", "total_amount", "fund_before", "fund_after", "person_before", "person_after")
    for dimension in {r["dimension"] for r in rows(told, "reform_group")}:
        for name in sums:
            assert sum(r[name] for r in rows(told, "reform_group", dimension=dimension)) == whole[name]
    layers = rows(told, "reform_layer")
    assert sum(r["before_amount"] for r in layers) == sum(r["after_amount"] for r in layers) == whole["total_amount"]


def test_a_scheme_that_the_reform_does_not_touch_counts_alike_on_both_sides(tmp_path: Path) -> None:
    w = world()
    w.person("e", scheme="310", cls="11")
    w.bill("E", "e", DAY, 10_000, 8_000, deductible=0, scheme="310")
    policies = book(tmp_path / "policies")
    told = compare(w.ledger(tmp_path / "ledger"), policies, after=[rich(tmp_path)])
    [employee] = rows(told, "reform_person", person_id="e")
    assert employee["person_before"] == employee["person_after"] == 200_000
    used = {scheme: [w.policy.key for w in found] for scheme, found in told.after.policies.items()}
    assert used == {"310": ["HOME-310@1"], "390": ["HOME-390@1"]}


def test_only_the_kinds_asked_for_and_only_bills_that_both_sides_can_settle(tmp_path: Path) -> None:
    w = world()
    w.bill("V", "a", date(2025, 5, 1), 300, 0, deductible=0, kind="11")
    w.bill("L", "b", date(2025, 6, 1), 2_000, 0, where=NEAR)
    strict = RICHER.replace("bands: [{rate: 80%}]", "bands: [{rate: [{area: local, value: 80%}]}]", 1)
    policies = book(tmp_path / "policies")
    told = compare(w.ledger(tmp_path / "ledger"), policies, after=[rich(tmp_path, strict)], kinds=["21"])
    assert (told.settlements, told.compared) == (4, 2)
    assert told.after.aside == {"no_rule": 2}
    assert told.before.aside == {}


def test_two_policies_for_one_scheme_are_refused(tmp_path: Path) -> None:
    policies = book(tmp_path / "policies")
    both = [rich(tmp_path), policies.find("HOME-390")]
    with pytest.raises(SettleError, match="several policies for the scheme 390"):
        compare(world().ledger(tmp_path / "ledger"), policies, after=both)


def test_pools_of_the_ledger_are_the_units_and_their_accounts_the_income(tmp_path: Path) -> None:
    w = world()
    w.person("n")
    w.rows["enrolment"][-1]["region_code"] = NEAR
    w.bill("N", "n", DAY, 11_000, 5_000, where=NEAR)
    for where, income in ((HOME, 20_000), (NEAR, 6_000)):
        w.add(
            "fund_month", region_code=where, scheme="390", month=date(2025, 1, 1), source="bureau",
            contribution_income=income * 100, pooled_spending=0,
        )  # fmt: skip
    policies = book(tmp_path / "policies")
    told = compare(w.ledger(tmp_path / "ledger"), policies, after=[rich(tmp_path)], adjustment_ppm=500_000)
    assert (told.units_by, told.income_by) == ("pool", "books")
    found = {r["region_code"]: r for r in rows(told, "reform_pooling", side="before", arrangement="adjustment")}
    # Half of 26 000 is shared out by cost, 10 900 to 5 000.
    assert {k: r["cost_amount"] for k, r in found.items()} == {HOME: 1_090_000, NEAR: 500_000}
    assert sum(r["received_amount"] for r in found.values()) == 1_300_000
    assert found[NEAR]["balance_amount"] == 600_000 - 500_000 - 300_000 + found[NEAR]["received_amount"]


def test_a_policy_against_itself_changes_nothing_on_the_simulated_city(demo: Demo) -> None:
    policies = load_policies()
    same = [policies.find("EXAMPLE-390")]
    told = compare(demo.ledger, policies, before=same, after=same)
    assert told.compared > 6_000
    assert all(r["change_amount"] == 0 for r in rows(told, "reform_person"))
    assert all(r["winners"] == r["losers"] == 0 for r in rows(told, "reform_group"))
    assert all(r["before"] == r["after"] for r in rows(told, "reform_catastrophic"))


amounts = st.integers(0, 10**12)


@given(st.lists(st.tuples(amounts, amounts), min_size=1, max_size=8), st.integers(0, ONE))
def test_a_common_fund_gives_out_what_it_takes_in(found: list[tuple[int, int]], share: int) -> None:
    units = [Unit("390", str(i), 1, income, cost) for i, (income, cost) in enumerate(found)]
    made = arrangement(units, share)
    assert sum(r["paid_in_amount"] for r in made) == sum(r["received_amount"] for r in made)
    assert sum(r["balance_amount"] for r in made) == sum(income - cost for income, cost in found)
    assert all(0 <= r["paid_in_amount"] <= r["income_amount"] for r in made)


@given(amounts, st.lists(st.integers(0, 10**9), min_size=1, max_size=8))
def test_apportioned_parts_are_whole_and_off_by_less_than_one(amount: int, weights: list[int]) -> None:
    parts = apportion(amount, weights)
    assert sum(parts) == amount
    whole = sum(weights)
    if whole:
        assert all(abs(p * whole - amount * w) < whole for p, w in zip(parts, weights, strict=True))
