"""Snapshots beside each other, and going back to one: nothing is deleted, no number is used twice."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from rawfiles import line, write

from yibao.ledger import open_ledger
from yibao.ledger.history import clock_of, parts, rollback, steps
from yibao.ledger.ingest import append, ingest
from yibao.ledger.refusals import LedgerError, NoSuchSnapshot
from yibao.ledger.snapshot import read_snapshot

APRIL, MAY, JUNE = datetime(2025, 4, 1), datetime(2025, 5, 1), datetime(2025, 6, 1)


@pytest.fixture
def city(tmp_path: Path) -> Path:
    """Two batches: ten lines of March, then five of April and one of February that comes late."""
    march = [line(f"m{n}", fee_ocur_time=f"2025-03-1{n} 08:00:00") for n in range(10)]
    april = [line(f"a{n}", fee_ocur_time=f"2025-04-1{n} 08:00:00") for n in range(5)]
    late = line("f", fee_ocur_time="2025-02-11 08:00:00")
    ingest(write(tmp_path / "march", *march), "national", tmp_path / "city", recorded_at=APRIL)
    ingest(write(tmp_path / "april", *april, late), "national", tmp_path / "city", recorded_at=MAY)
    return tmp_path / "city"


def test_each_batch_shows_when_its_events_were_and_what_came_late(city: Path) -> None:
    ledger = open_ledger(city)
    brought = parts(ledger)
    (march,), (april,) = brought["b000001"], brought["b000002"]
    assert (march.clock, march.first, march.last, march.late) == (
        "charged_at", datetime(2025, 3, 10, 8), datetime(2025, 3, 19, 8), 0,
    )  # fmt: skip
    assert (april.tally.accepted, april.first, april.late) == (6, datetime(2025, 2, 11, 8), 1)


def test_only_tables_of_events_have_a_clock(city: Path) -> None:
    tables = open_ledger(city).tables()
    clocks = {name: clock_of(tables[name]) for name in ("person", "staff", "procedure", "encounter", "contribution")}
    assert clocks == {
        "person": None, "staff": None, "procedure": "begin_at", "encounter": "admitted_at", "contribution": "month",
    }  # fmt: skip


def test_a_rollback_is_a_step_that_can_be_taken_back(city: Path) -> None:
    before = {path: path.read_bytes() for path in (city / "tables").rglob("*.parquet")}
    back = rollback(city, 1)
    assert (back.number, back.why) == (3, "rollback to 1")
    ledger = open_ledger(city)
    assert ledger.row_count("charge_line") == len(ledger.rows("charge_line", "institution_id", ["H1"])) == 10
    assert ledger.last_recorded() == APRIL
    assert open_ledger(city, snapshot=2).row_count("charge_line") == 16
    assert rollback(city, 2).number == 4
    ledger.refresh()
    assert ledger.row_count("charge_line") == 16
    found = [(s.snapshot.number, s.rows, s.money, s.added, s.withdrawn) for s in steps(ledger.snapshots())]
    assert found == [
        (0, 0, 0, (), ()),
        (1, 10, 12_500, ("b000001",), ()),
        (2, 16, 20_000, ("b000002",), ()),
        (3, 10, 12_500, (), ("b000002",)),
        (4, 16, 20_000, ("b000002",), ()),
    ]
    assert before.items() <= {path: path.read_bytes() for path in (city / "tables").rglob("*.parquet")}.items()


def test_what_was_withdrawn_comes_in_again_under_a_new_number_and_time(city: Path) -> None:
    rollback(city, 1)
    with pytest.raises(LedgerError, match="the last one was at 2025-05-01"):
        ingest(city.parent / "april", "national", city, recorded_at=datetime(2025, 4, 15))
    report = ingest(city.parent / "april", "national", city, recorded_at=JUNE)
    assert (report.batch_id, report.accepted) == ("b000003", 6)
    snapshot = read_snapshot(city)
    assert [batch.batch_id for batch in snapshot.batches] == ["b000001", "b000003"]
    assert open_ledger(city).row_count("charge_line", MAY) == 10
    assert open_ledger(city, snapshot=2).row_count("charge_line", MAY) == 16
    assert ingest(city.parent / "march", "national", city).duplicates == 10
    rollback(city, 0)
    assert open_ledger(city).batches() == []
    assert ingest(city.parent / "march", "national", city).batch_id == "b000004"


def test_what_cannot_be_gone_back_to(city: Path) -> None:
    for number in (-1, 3, 99):
        with pytest.raises(NoSuchSnapshot, match=f"there is no snapshot {number}.*0 to 2"):
            rollback(city, number)
        with pytest.raises(NoSuchSnapshot):
            open_ledger(city, snapshot=number)
    with pytest.raises(LedgerError, match="is the current one"):
        rollback(city, 2)
    lost = city / read_snapshot(city, 1).files["charge_line"][0].path
    lost.rename(city.parent / "lost.parquet")
    with pytest.raises(LedgerError, match=f"{lost.name}.*is gone"):
        rollback(city, 1)
    assert read_snapshot(city).number == 2
    assert not (city / "tmp").exists()


def test_a_chosen_snapshot_is_read_only(city: Path) -> None:
    chosen = open_ledger(city, snapshot=1)
    chosen.refresh()
    assert chosen.snapshot_id == 1
    with pytest.raises(LedgerError, match="snapshot 1 is read only"):
        append(chosen, {}, "test")
