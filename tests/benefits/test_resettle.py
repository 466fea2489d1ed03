"""A ledger settled anew: causes to the fen, care elsewhere, clearing between funds, moves within the year."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow.compute as pc
import pytest

from benefits.neighbours import FAR, HOME, NEAR, POLICIES, World, book
from yibao.benefits.resettle import Resettled, SettleError, resettle
from yibao.ledger import create_ledger

DAY = date(2025, 3, 1)


def settled(world: World, folder: Path, **changed: str) -> Resettled:
    return resettle(world.ledger(folder / "ledger"), book(folder / "policies", **changed))


def causes(told: Resettled) -> dict[str, dict[tuple[str, str], int]]:
    """Settlement -> (layer, cause) -> yuan."""
    out: dict[str, dict[tuple[str, str], int]] = {}
    for row in told.tables["settlement_difference"].to_pylist():
        assert row["difference_amount"] % 100 == 0
        out.setdefault(row["settlement_id"], {})[row["layer"], row["cause"]] = row["difference_amount"] // 100
    return out


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Resettled:
    """One bill for each cause; every person has one bill, so that no accumulator mixes them."""
    world = World()
    for name in ("right", "ded", "rate", "unpaid", "kind", "limit", "away", "far", "poor", "gift"):
        world.person(name)
    world.person("old", scheme="310", cls="12")
    world.add("assistance_status", person_id="poor", kind="low_income", begin_date=date(2025, 1, 1))
    world.bill("right", "right", DAY, 11_000, 6_000)
    world.bill("ded", "ded", DAY, 11_000, 6_300, deductible=500)
    world.bill("rate", "rate", DAY, 11_000, 7_000)
    world.bill("unpaid", "unpaid", DAY, 11_000, 0, deductible=0)
    world.bill("kind", "kind", DAY, 300, 100, deductible=0, kind="11")
    world.bill("limit", "limit", DAY, 51_000, 30_000)
    world.bill("away", "away", DAY, 11_000, 6_000, where=NEAR)
    world.bill("far", "far", DAY, 11_000, 4_000, where=FAR)
    world.bill("poor", "poor", DAY, 11_000, 6_000)
    world.bill("gift", "gift", DAY, 11_000, 6_000, assistance=500)
    world.bill("old", "old", DAY, 10_000, 8_000, deductible=0, scheme="310")
    return settled(world, tmp_path_factory.mktemp("causes"))


def test_each_cause_is_named_and_measured(told: Resettled) -> None:
    assert causes(told) == {
        "ded": {("basic", "deductible"): 300},
        "rate": {("basic", "rate"): 1_000},
        "unpaid": {("basic", "not_paid"): -6_000},
        "kind": {("basic", "no_benefit"): 100},
        "limit": {("basic", "limit"): 10_000},
        "away": {("basic", "place_ignored"): 2_000},  # 60 % instead of 40 %: not filed
        "poor": {("assistance", "status_ignored"): -3_500},  # 70 % of what is left of 11 000
        "gift": {("assistance", "not_due"): 500},
        "old": {("basic", "retired_ignored"): -1_000},
    }


def test_the_rows_of_a_settlement_add_up_to_its_difference(told: Resettled) -> None:
    results = told.tables["settlement_result"]
    by_bill = {k: sum(v.values()) * 100 for k, v in causes(told).items()}
    found = {r["settlement_id"]: r["difference_amount"] for r in results.to_pylist() if r["difference_amount"]}
    assert found == by_bill
    summary = told.summary
    assert summary.difference == sum(by_bill.values()) == pc.sum(results["difference_amount"]).as_py()
    assert summary.too_much - summary.too_little == summary.difference
    assert (summary.settlements, summary.reckoned, summary.aside, summary.differing) == (11, 11, 0, 9)


def test_a_difference_shows_the_figures_that_it_rests_on(told: Resettled) -> None:
    rows = {r["settlement_id"]: r for r in told.tables["settlement_difference"].to_pylist()}
    assert (rows["ded"]["booked_value"], rows["ded"]["due_value"]) == (50_000, 100_000)
    assert (rows["rate"]["booked_value"], rows["rate"]["due_value"]) == (700_000, 600_000)


def test_clearing_between_regional_funds_adds_up_to_nought(told: Resettled) -> None:
    lines = {(r["paying_region"], r["receiving_region"]): r for r in told.tables["clearing_line"].to_pylist()}
    assert {k: (r["bills"], r["fund_amount"], r["due_amount"]) for k, r in lines.items()} == {
        (HOME, NEAR): (1, 600_000, 400_000),
        (HOME, FAR): (1, 400_000, 400_000),
    }
    net = {r["region_code"]: r["net_amount"] for r in told.tables["clearing_balance"].to_pylist()}
    assert net == {HOME: -1_000_000, NEAR: 600_000, FAR: 400_000}
    assert pc.sum(told.tables["clearing_balance"]["due_net_amount"]).as_py() == 0


def test_rates_of_the_insured_place_and_catalogue_of_the_place_of_care(tmp_path: Path) -> None:
    world = World()
    for name in ("here", "there", "filed"):
        world.person(name)
    filing = {"person_id": "filed", "kind": "referral", "from_region": HOME, "to_region": NEAR}
    world.add("referral_filing", filing_id="F1", begin_date=date(2025, 1, 1), **filing)
    world.bill("here", "here", DAY, 11_000, 6_000, lines=True)
    world.bill("there", "there", DAY, 11_000, 6_000, where=NEAR, lines=True)
    world.bill("filed", "filed", DAY, 11_000, 5_000, where=FAR, lines=True)
    world.bill("plain", "filed", date(2025, 4, 1), 10_500, 5_000, deductible=500, where=NEAR)
    told = settled(world, tmp_path)
    rows = {r["settlement_id"]: r for r in told.tables["settlement_result"].to_pylist()}
    # The neighbour does not pay for K, home and far do; nobody but the insured place sets deductible and rate.
    assert {k: (r["eligible_amount"], r["basic_fund_amount"]) for k, r in rows.items()} == {
        "here": (1_100_000, 600_000),
        "there": (0, 0),
        "filed": (1_100_000, 400_000),  # filed for the neighbour, not for the far city
        "plain": (1_050_000, 500_000),  # its referral: ten points less; the second stay of the year
    }
    assert causes(told)["there"] == {("basic", "place_ignored"): 2_000, ("basic", "catalogue"): 4_000}
    assert (told.summary.with_lines, told.summary.lines_apart) == (3, 0)


def test_lines_that_differ_from_the_bill_leave_its_own_split(tmp_path: Path) -> None:
    world = World()
    world.person("p")
    world.bill("S", "p", DAY, 11_000, 6_000, where=NEAR, lines=True)
    world.rows["charge_line"][0]["amount"] -= 100
    told = settled(world, tmp_path)
    assert told.tables["settlement_result"]["eligible_amount"].to_pylist() == [1_100_000]
    assert (told.summary.with_lines, told.summary.lines_apart) == (1, 1)


def test_care_in_the_province_is_at_home_where_the_province_is_one_pool(tmp_path: Path) -> None:
    world = World()
    world.person("p")
    world.person("q")
    world.bill("near", "p", DAY, 11_000, 6_000, where=NEAR)
    world.bill("far", "q", DAY, 11_000, 4_000, where=FAR)
    wide = POLICIES["HOME-390"].replace("scheme: 390", "scheme: 390\npooling: province")
    assert causes(settled(world, tmp_path, HOME_390=wide)) == {}


@pytest.mark.parametrize(("carries", "second"), [("[]", 5_000), ("[basic]", 5_250)])
def test_enrolment_that_moves_within_the_year(tmp_path: Path, carries: str, second: int) -> None:
    """The new place decides what goes on: with its basic accumulators the second stay has half the deductible."""
    world = World()
    world.person("p")
    world.rows["enrolment"][0]["end_date"] = date(2025, 6, 30)
    world.enrol("p", NEAR, date(2025, 7, 1))
    world.bill("S1", "p", DAY, 11_000, 6_000)
    world.bill("S2", "p", date(2025, 9, 1), 11_000, second, where=NEAR, deductible=1_000 if carries == "[]" else 500)
    near = POLICIES["NEAR-390"].replace("region_change: []", f"region_change: {carries}")
    told = settled(world, tmp_path, NEAR_390=near)
    assert causes(told) == {}
    [move] = told.tables["continuity_move"].to_pylist()
    assert (move["settlement_id"], move["kind"], move["year"]) == ("S2", "region", 2025)
    assert (move["from_policy"], move["to_policy"]) == ("HOME-390@1", "NEAR-390@1")
    assert move["carried"] == carries.strip("[]")
    assert ("basic" in move["restarted"].split()) == (carries == "[]")
    assert told.tables["clearing_line"].num_rows == 0


def test_bills_that_cannot_be_settled_are_set_aside_and_counted(tmp_path: Path) -> None:
    world = World()
    world.person("p")
    world.person("q")
    world.bill("S1", "p", DAY, 11_000, 6_000)
    world.bill("S2", "q", DAY, 11_000, 6_000, scheme="510")
    world.rows["settlement"][0]["eligible_amount"] += 100
    world.rows["settlement"][0]["total_amount"] += 200
    world.rows["settlement"][0]["person_amount"] += 200
    world.rows["settlement"][0]["cash_amount"] += 200
    told = settled(world, tmp_path)
    assert told.summary.reasons == {"parts_do_not_add_up": 1, "unknown_scheme": 1}
    assert told.summary.aside + told.summary.reckoned == told.summary.settlements
    assert told.summary.aside_amount == 1_100_200 + 1_100_000


def test_reversed_bills_cancel_in_the_differences(tmp_path: Path) -> None:
    world = World()
    world.person("p")
    world.bill("S1", "p", DAY, 11_000, 7_000, lines=True)
    back = {k: -v if k.endswith("_amount") else v for k, v in world.rows["settlement"][0].items()}
    back |= {"settlement_id": "S2", "reversed_settlement_id": "S1", "settled_at": back["settled_at"].replace(day=2)}
    world.rows["settlement"].append(back)
    told = settled(world, tmp_path)
    assert {k: sum(v.values()) for k, v in causes(told).items()} == {"S1": 1_000, "S2": -1_000}


def test_a_ledger_without_bills_or_policies_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettleError, match="no settlements"):
        resettle(create_ledger(tmp_path / "empty"), book(tmp_path / "policies"))
    world = World()
    world.person("p")
    world.bill("S", "p", DAY, 11_000, 6_000, scheme="340")
    with pytest.raises(SettleError, match=f"region {HOME}, scheme 340, 2025-03-01"):
        resettle(world.ledger(tmp_path / "ledger"), book(tmp_path / "policies"))
