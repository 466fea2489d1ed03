"""Two cities send up, the province sends back: nothing is doubled, nothing is lost, the money meets to the fen."""

from __future__ import annotations

from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from province import CITY_A, CITY_B, PROVINCE, Sent, add, made, person, regions, send, take, together, visit

from yibao.engine import DuckEngine, content_hash
from yibao.lawbook import bind, load_laws, run_body
from yibao.ledger import Ledger, create_ledger, open_ledger
from yibao.ledger.contracts import load_contracts
from yibao.ledger.history import rollback
from yibao.ledger.regions import RegionTree, bills_compared, region_figures
from yibao.sharing.journal import Journal
from yibao.sharing.keys import new_key, read_private
from yibao.sharing.make import Order, make_package
from yibao.sharing.refusals import NotMade, PackageRefused
from yibao.sharing.trust import set_own


def query(ledger: Ledger, sql: str, *tables: str) -> list[tuple[Any, ...]]:
    with DuckEngine(threads=1) as engine:
        ledger.attach(engine, only=tables)
        return [tuple(row.values()) for row in engine.execute(sql).to_pylist()]


def settlements(ledger: Ledger) -> dict[str, int]:
    return dict(query(ledger, "select settlement_id, fund_amount from settlement", "settlement"))


def test_the_province_holds_each_settlement_once(sent_up: Sent) -> None:
    ledgers, packages = sent_up
    assert settlements(ledgers[PROVINCE]) == {
        "s.a1.ha.1": 6_000, "s.x1.ha.1": 500, "s.a2.hx.1": 30_001,  # from A: care there, and beyond the province
        "s.b1.hb.1": 2_000, "s.a1.hb.1": 9_000, "s.a1.hb.2": 1_100, "s.a1.hb.3": 4_000,  # care in B, as B has it
    }  # fmt: skip
    left = packages[CITY_A].manifest.left
    assert (left["settlement"].rows, left["settlement"].money) == (3, 20_000 + 3_000 + 777)
    assert left["institution"].rows == 1  # hb; nobody below the province owns hx
    assert packages[CITY_B].manifest.left["person"].rows == 1  # a1 is A's
    lines = query(ledgers[PROVINCE], "select count(*), cast(sum(amount) as bigint) from charge_line", "charge_line")
    assert lines == [(7, 10_000 + 700 + 50_000 + 4_000 + 20_000 + 3_000 + 8_000)]
    assert ledgers[PROVINCE].row_count("region") == 7
    assert not any(batch.quarantine for batch in ledgers[PROVINCE].batches())


def test_the_two_sides_of_bills_across_the_border_are_compared(
    sent_up: Sent,
) -> None:
    ledgers, _ = sent_up
    outcomes = query(
        ledgers[PROVINCE], "select match_id, outcome, fund_difference from cross_region_match order by 1",
        "cross_region_match",
    )  # fmt: skip
    assert outcomes == [
        ("s.a1.hb.1", "matched", 0),
        ("s.a1.hb.2", "amount_differs", -100),
        ("s.a1.hb.3|care", "awaited", -4_000),  # A has reported until day 4 only
        ("s.a2.hb.1", "only_insured", 7),
        ("s.a2.hx.1", "awaited", 30_001),
        ("s.x1.ha.1|care", "awaited", -500),
    ]
    assert bills_compared(ledgers[PROVINCE])["amount_differs"] == (1, 1_000, 100)
    quality = Path(str(files("yibao.ledger") / "quality"))
    laws = list(load_laws(sorted(quality.glob("K2[0-3]_*")), load_contracts()).laws.values())
    assert len(laws) == 4
    with DuckEngine(threads=1) as engine:
        ledgers[PROVINCE].attach(engine, only={name for law in laws for name in law.tables})
        found = [row for law in laws for row in run_body(engine, law, bind(law, datetime(2026, 12, 31))).to_pylist()]
    assert sorted((row["ref_id"], row["value"], row["amount"]) for row in found) == [
        ("s.a1.hb.2", "amount_differs", 100), ("s.a2.hb.1", "only_insured", 7)
    ]  # fmt: skip


def test_what_a_city_s_people_had_elsewhere_comes_back_and_only_that(sent_up: Sent, tmp_path: Path) -> None:
    ledgers, _ = sent_up
    back = made(send(ledgers, PROVINCE, CITY_A, tmp_path / "post"))
    assert back.manifest.kind == "return"
    assert {n: t.rows for n, t in back.manifest.tables.items() if n in ("settlement", "person", "enrolment")} == {
        "settlement": 3
    }
    before = settlements(ledgers[CITY_A])
    received = take(ledgers, CITY_A, back.path)
    tally = received.receipt["tables"]["settlement"]
    # One was known as it is, one is new, one contradicts what A itself had recorded: that is for people to settle.
    assert (tally["duplicates"], tally["accepted"], tally["quarantined"]) == (1, 1, 1)
    assert settlements(ledgers[CITY_A]) == before | {"s.a1.hb.3": 4_000}
    assert received.receipt["reasons"] == {"key_conflict": 1}
    assert [row["value"] for row in received.receipt["aside"]] == ["s.a1.hb.2"]
    bills = query(
        ledgers[CITY_A], "select reported_by, settlement_id from cross_region_bill order by 2", "cross_region_bill"
    )
    assert bills == [(CITY_B, f"s.a1.hb.{n}") for n in (1, 2, 3)]
    # Nothing goes back up that came down.
    again = send(ledgers, CITY_A, PROVINCE, tmp_path / "post")
    assert again is None or set(again.manifest.tables) == {"cross_region_bill"}


def test_the_place_of_care_gets_back_what_others_recorded_there(sent_up: Sent, tmp_path: Path) -> None:
    ledgers, _ = sent_up
    back = made(send(ledgers, PROVINCE, CITY_B, tmp_path / "post"))
    take(ledgers, CITY_B, back.path)
    bills = query(ledgers[CITY_B], "select side, settlement_id from cross_region_bill order by 2", "cross_region_bill")
    assert bills == [("insured", "s.a1.hb.1"), ("insured", "s.a1.hb.2"), ("insured", "s.a2.hb.1")]
    assert "person" not in back.manifest.tables


def test_region_figures_add_up(sent_up: Sent) -> None:
    ledgers, _ = sent_up
    ledger = ledgers[PROVINCE]
    figures = region_figures(ledger, RegionTree.of(ledger))
    everything = sum(settlements(ledger).values())
    assert figures["100000"].fund_amount + figures[None].fund_amount == everything
    assert figures["100000"].settlements + figures[None].settlements == 7
    a = figures[CITY_A]
    assert (a.insured, a.settlements, a.fund_amount) == (2, 2, 6_000 + 9_000 + 1_100 + 4_000 + 30_001)
    assert (a.elsewhere, a.elsewhere_fund_amount) == (4, 9_000 + 1_100 + 4_000 + 30_001)
    assert (figures["980000"].settlements, figures["980000"].fund_amount) == (1, 500)


def test_later_batches_follow_in_order_and_a_gap_is_refused(sent_up: Sent, tmp_path: Path) -> None:
    ledgers, first = sent_up
    assert send(ledgers, CITY_A, PROVINCE, tmp_path / "post") is None
    later = []
    for number in (2, 3):
        add(ledgers[CITY_A], visit("a1", "ha", number, 100 * number, 10))
        later.append(made(send(ledgers, CITY_A, PROVINCE, tmp_path / "post")))
    assert [p.manifest.sequence for p in later] == [2, 3]
    assert later[0].manifest.previous == first[CITY_A].manifest.package
    assert later[1].manifest.tables["settlement"].rows == 1
    with pytest.raises(PackageRefused, match="this is package 3"):
        take(ledgers, PROVINCE, later[1].path)
    take(ledgers, PROVINCE, later[0].path)
    take(ledgers, PROVINCE, later[1].path)
    assert {"s.a1.ha.2": 10, "s.a1.ha.3": 10}.items() <= settlements(ledgers[PROVINCE]).items()


def test_a_gap_can_be_accepted_and_the_missing_package_received_after_it(sent_up: Sent, tmp_path: Path) -> None:
    ledgers, _ = sent_up
    add(ledgers[CITY_A], visit("a1", "ha", 2, 100, 10))
    lost = made(send(ledgers, CITY_A, PROVINCE, tmp_path / "post"))
    add(ledgers[CITY_A], visit("a1", "ha", 3, 100, 10))
    after = made(send(ledgers, CITY_A, PROVINCE, tmp_path / "post"))
    take(ledgers, PROVINCE, after.path, accept_gap=True)
    assert Journal(ledgers[PROVINCE]).entries[-1]["accept_gap"] is True
    take(ledgers, PROVINCE, lost.path, accept_gap=True)
    assert len(settlements(ledgers[PROVINCE])) == 9


def test_a_correction_travels_and_takes_the_place_of_what_was_sent_before(sent_up: Sent, tmp_path: Path) -> None:
    ledgers, _ = sent_up
    changed = visit("a1", "ha", 1, 10_000, 5_999)["settlement"]
    add(ledgers[CITY_A], {"settlement": changed}, corrections=True)
    package = made(send(ledgers, CITY_A, PROVINCE, tmp_path / "post"))
    assert package.manifest.corrections
    assert package.manifest.tables["settlement"].rows == 1
    assert take(ledgers, PROVINCE, package.path).receipt["reasons"] == {"key_conflict": 1}
    assert settlements(ledgers[PROVINCE])["s.a1.ha.1"] == 6_000
    assert not take(ledgers, PROVINCE, package.path, corrections=True).known
    assert settlements(ledgers[PROVINCE])["s.a1.ha.1"] == 5_999
    assert take(ledgers, PROVINCE, package.path, corrections=True).known
    assert take(ledgers, PROVINCE, package.path).known
    add(ledgers[CITY_A], visit("a1", "ha", 2, 100, 10))
    take(ledgers, PROVINCE, made(send(ledgers, CITY_A, PROVINCE, tmp_path / "post")).path)


def test_a_package_whose_batch_was_rolled_back_is_missing_again(sent_up: Sent, tmp_path: Path) -> None:
    ledgers, _ = sent_up
    add(ledgers[CITY_A], visit("a1", "ha", 2, 100, 10))
    second = made(send(ledgers, CITY_A, PROVINCE, tmp_path / "post"))
    before = ledgers[PROVINCE].snapshot_id
    take(ledgers, PROVINCE, second.path)
    rollback(ledgers[PROVINCE].path, before)
    ledgers[PROVINCE] = open_ledger(ledgers[PROVINCE].path)
    add(ledgers[CITY_A], visit("a1", "ha", 3, 100, 10))
    third = made(send(ledgers, CITY_A, PROVINCE, tmp_path / "post"))
    with pytest.raises(PackageRefused, match="this is package 3"):
        take(ledgers, PROVINCE, third.path)
    assert not take(ledgers, PROVINCE, second.path).known
    take(ledgers, PROVINCE, third.path)
    assert len(settlements(ledgers[PROVINCE])) == 9


def test_the_same_package_twice_changes_nothing(sent_up: Sent) -> None:
    ledgers, packages = sent_up
    snapshot, lines = ledgers[PROVINCE].snapshot_id, len(Journal(ledgers[PROVINCE]).entries)
    again = take(ledgers, PROVINCE, packages[CITY_A].path)
    assert again.known
    assert again.receipt["tables"]["settlement"]["accepted"] == 3
    assert (ledgers[PROVINCE].snapshot_id, len(Journal(ledgers[PROVINCE]).entries)) == (snapshot, lines)


def test_everything_again_is_recognised_row_by_row(sent_up: Sent, tmp_path: Path) -> None:
    ledgers, packages = sent_up
    before = settlements(ledgers[PROVINCE])
    again = made(send(ledgers, CITY_A, PROVINCE, tmp_path / "post", everything=True))
    assert again.manifest.tables["settlement"].content == packages[CITY_A].manifest.tables["settlement"].content
    receipt = take(ledgers, PROVINCE, again.path).receipt
    assert sum(tally["accepted"] for tally in receipt["tables"].values()) == 0
    assert settlements(ledgers[PROVINCE]) == before
    # The next one follows it, so an empty-handed receipt is in the chain too.
    add(ledgers[CITY_A], visit("a1", "ha", 2, 100, 10))
    take(ledgers, PROVINCE, made(send(ledgers, CITY_A, PROVINCE, tmp_path / "post")).path)


def test_the_same_rows_give_the_same_bytes_whatever_batches_they_came_in(tmp_path: Path) -> None:
    parts = [{"region": regions()}, person("a1"), visit("a1", "ha", 1, 5, 2), visit("a1", "ha", 2, 7, 3)]
    key = new_key(tmp_path / "key", CITY_A, "A", None)
    found = []
    for number, batches in enumerate(([together(*parts)], [parts[0], *reversed(parts[1:])])):
        ledger = create_ledger(tmp_path / f"{number}")
        for rows in batches:
            add(ledger, rows)
        set_own(ledger, key)
        order, signer = Order(PROVINCE), read_private(tmp_path / "key")
        package = make_package(ledger, order, tmp_path / f"{number}.tar", signer, created_at=datetime(2026, 4, 1))
        assert package is not None
        found.append({name: table.sha256 for name, table in package.manifest.tables.items()})
    assert found[0] == found[1]


def test_only_above_or_below(sent_up: Sent, tmp_path: Path) -> None:
    ledgers, _ = sent_up
    with pytest.raises(NotMade, match="neither above nor below"):
        send(ledgers, CITY_A, CITY_B, tmp_path / "post")
    with pytest.raises(NotMade, match="not in the ledger's region tree"):
        send(ledgers, CITY_A, "000001", tmp_path / "post")


def test_the_content_hash_of_a_package_is_that_of_the_rows(
    sent_up: Sent,
) -> None:
    ledgers, packages = sent_up
    table = packages[CITY_B].manifest.tables["settlement"]
    columns = ", ".join(f'"{name}"' for name in sorted(table.columns))
    with DuckEngine(threads=1) as engine:
        ledgers[CITY_B].attach(engine, only=["settlement"])
        engine.materialise("sent", f"select {columns} from settlement")
        assert content_hash(engine, "sent") == table.content
