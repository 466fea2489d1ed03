"""The store: what was put in comes out, by person, by key, as of a moment; one writer at a time."""

from __future__ import annotations

import fcntl
import json
import random
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from rawfiles import HEADER, line, write

from yibao.engine import DuckEngine
from yibao.ledger import Ledger, create_ledger, open_ledger
from yibao.ledger.ingest import ingest
from yibao.ledger.refusals import (
    LedgerError,
    LedgerLocked,
    LedgerWriteFailed,
    NotALedger,
    WrongCurrency,
)
from yibao.ledger.snapshot import read_snapshot
from yibao.ledger.typing_sql import bucket_of

PERSONS = [f"P{n}" for n in range(200)]


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """6 000 lines of 200 persons, in two batches a month apart; the second has an extension column."""
    folder = tmp_path_factory.mktemp("city")
    chance = random.Random(7)
    lines = [
        line(f"{n:05d}", psn_no=chance.choice(PERSONS), fee_ocur_time=f"2025-03-{chance.randint(1, 28):02d} 10:00:00")
        for n in range(6000)
    ]
    more = [f"{text},extra" for text in lines[5000:]]
    ingest(write(folder / "a", *lines[:5000]), "national", folder / "led", recorded_at=datetime(2025, 4, 1))
    ingest(
        write(folder / "b", *more, header=HEADER + ",x_note"),
        "national",
        folder / "led",
        recorded_at=datetime(2025, 5, 1),
    )
    return open_ledger(folder / "led")


def everything(ledger: Ledger, table: str) -> pa.Table:
    return pa.concat_tables([pq.read_table(path) for path in ledger.files(table)], promote_options="default")


def test_buckets_are_portable_and_files_sorted(city: Ledger) -> None:
    assert [bucket_of(person) for person in ("P0", "P1", "人", "")] == [22, 31, 6, 20]
    for path in city.files("charge_line"):
        rows = pq.read_table(path)
        assert {bucket_of(person) for person in rows["person_id"].to_pylist()} == {int(path.parent.name)}
        ordered = rows.sort_by([(name, "ascending") for name in ("person_id", "charged_at", "line_id")])
        assert rows.equals(ordered)
        assert pq.ParquetFile(path).metadata.row_group(0).num_rows <= 4096
        assert pq.ParquetFile(path).metadata.row_group(0).column(0).compression == "ZSTD"


def test_a_slice_is_what_a_filter_gives(city: Ledger) -> None:
    rows = everything(city, "charge_line")
    assert rows.num_rows == 6000
    for person in [*PERSONS[:40], "nobody", ""]:
        slices = city.slice(person, ["charge_line", "person", "encounter"])
        expected = rows.filter(pc.equal(rows["person_id"], person)).sort_by("line_id")
        found = slices["charge_line"].sort_by("line_id")
        assert found.select(["line_id", "amount"]).equals(expected.select(["line_id", "amount"]))
        assert slices["person"].schema == city.tables()["person"].arrow_schema()
        assert slices["encounter"].num_rows == 0
    few = city.slice("P1", ["charge_line"], columns={"charge_line": {"amount", "line_id"}})["charge_line"]
    assert few == city.slice("P1", ["charge_line"])["charge_line"].select(["line_id", "amount"])
    with pytest.raises(LedgerError, match="not kept by person"):
        city.slice("P1", ["institution"])
    with pytest.raises(LedgerError, match="no table 'charge_lines'"):
        city.slice("P1", ["charge_lines"])


def test_rows_by_key(city: Ledger) -> None:
    found = city.rows("charge_line", "line_id", ["L00010", "L05500", "L99999"])
    assert sorted(zip(found["line_id"].to_pylist(), found["x_note"].to_pylist(), strict=True)) == [
        ("L00010", None),
        ("L05500", "extra"),
    ]
    assert (
        city.rows("charge_line", "person_id", ["P1", "P1"]).num_rows
        == city.slice("P1", ["charge_line"])["charge_line"].num_rows
    )
    assert city.rows("settlement", "settlement_id", ["S1"]).num_rows == 0
    with pytest.raises(LedgerError, match="no column"):
        city.rows("charge_line", "nothing", ["x"])


def test_as_of_sees_what_was_recorded_until_then(city: Ledger) -> None:
    moments = {
        datetime(2025, 3, 31): 0,
        datetime(2025, 4, 1): 5000,
        datetime(2025, 4, 30): 5000,
        datetime(2026, 1, 1): 6000,
    }
    for moment, count in moments.items():
        assert city.row_count("charge_line", moment) == count
        with DuckEngine(threads=1) as engine:
            city.attach(engine, moment)
            assert engine.execute("select count(*) as n from charge_line").to_pylist() == [{"n": count}]
    early = sum(city.slice(person, ["charge_line"], datetime(2025, 4, 1))["charge_line"].num_rows for person in PERSONS)
    assert early == 5000
    with pytest.raises(LedgerError, match="the last one was at 2025-05-01"):
        ingest(city.path.parent / "a", "national", city.path, recorded_at=datetime(2025, 4, 15))


def test_every_contract_table_is_attached(city: Ledger) -> None:
    with DuckEngine(threads=1) as engine:
        city.attach(engine)
        for name, table in city.tables().items():
            described = engine.execute(f'describe "{name}"').to_pylist()
            found = [row["column_name"] for row in described if not row["column_name"].startswith("x_")]
            assert found == list(table.column_names)
            assert [row["column_type"] for row in described][: len(found)] == [c.sql_type for c in table.columns]


def test_a_large_table_that_is_read_often_is_copied_once_and_the_copy_goes_with_the_engine(
    city: Ledger, tmp_path: Path
) -> None:
    with DuckEngine(temp=tmp_path) as engine:
        city.attach(engine, only={"charge_line": {"line_id", "amount"}}, keep_cells=0, often=["charge_line"])
        copies = list(tmp_path.glob("kept-*/kept.duckdb"))
        assert len(copies) == 1
        plan = engine.explain("select sum(amount) from charge_line")
        assert "PARQUET" not in plan.upper()
        (told,) = engine.execute(
            "select count(*) as rows, count(distinct line_id) as lines from charge_line"
        ).to_pylist()
        assert told == {"rows": 6000, "lines": 6000}
    assert list(tmp_path.glob("kept-*")) == []


def test_receipts_and_snapshots_add_up(city: Ledger) -> None:
    first, second = city.batches()
    assert (first.batch_id, first.source, first.recorded_at) == ("b000001", "national", datetime(2025, 4, 1))
    assert (first.tables["charge_line"].accepted, second.tables["charge_line"].accepted) == (5000, 1000)
    assert second.files[0].file == "charge_line.csv"
    assert [snapshot.number for snapshot in city.snapshots()] == [0, 1, 2]
    files = city.snapshots()[-1].files["charge_line"]
    assert sum(file.rows for file in files) == 6000
    assert sum(file.money or 0 for file in files) == 6000 * 1250


def test_append_takes_all_or_nothing(tmp_path: Path) -> None:
    ledger = create_ledger(tmp_path / "led")
    answer = {
        "reminder_id": "R1", "law_id": "D01", "person_id": "P1", "outcome": "accepted", "institution_id": "H1",
    }  # fmt: skip
    at = pa.array([datetime(2025, 3, 1, 8, 30)], pa.timestamp("us"))
    rows = pa.Table.from_pylist([answer]).append_column("answered_at", at)
    receipt = ledger.append({"reminder_answer": rows}, "check-order")
    assert (receipt.source, receipt.tables["reminder_answer"].accepted) == ("check-order", 1)
    assert ledger.slice("P1", ["reminder_answer"])["reminder_answer"].to_pylist()[0]["reminder_id"] == "R1"
    with pytest.raises(LedgerError, match="has these rows already"):
        ledger.append({"reminder_answer": rows}, "check-order")
    bad = rows.set_column(3, "outcome", pa.array(["perhaps"])).set_column(0, "reminder_id", pa.array(["R2"]))
    with pytest.raises(LedgerError, match=r"reminder_answer.outcome = 'perhaps': unknown_code"):
        ledger.append({"reminder_answer": bad}, "check-order")
    with pytest.raises(LedgerError, match="no table of facts"):
        ledger.append({"finding": rows}, "check-order")
    assert ledger.snapshot_id == 1


def test_a_reader_keeps_its_snapshot_until_it_refreshes(tmp_path: Path) -> None:
    ingest(write(tmp_path / "a", line(1)), "national", tmp_path / "led")
    reader = open_ledger(tmp_path / "led")
    ingest(write(tmp_path / "b", line(2)), "national", tmp_path / "led")
    assert reader.row_count("charge_line") == 1
    reader.refresh()
    assert reader.row_count("charge_line") == 2


def test_what_is_no_ledger(tmp_path: Path) -> None:
    with pytest.raises(NotALedger, match="this is not a ledger"):
        open_ledger(tmp_path)
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(NotALedger, match="taken"):
        create_ledger(tmp_path)
    with pytest.raises(NotALedger, match="taken"):
        create_ledger(tmp_path / "notes.txt")
    with pytest.raises(WrongCurrency, match="no currency"):
        create_ledger(tmp_path / "led", "yuan")
    ledger = create_ledger(tmp_path / "led", "USD")
    assert open_ledger(tmp_path / "led").currency == ledger.currency == "USD"
    with pytest.raises(LedgerError, match="a ledger already"):
        create_ledger(tmp_path / "led")
    about = json.loads((ledger.path / "ledger.json").read_text())
    (ledger.path / "ledger.json").write_text(json.dumps(about | {"layout": 99}))
    with pytest.raises(NotALedger, match="layout 99"):
        open_ledger(ledger.path)
    (ledger.path / "ledger.json").write_text("{")
    with pytest.raises(NotALedger, match=r"ledger\.json cannot be read"):
        open_ledger(ledger.path)


def test_one_writer_at_a_time_and_a_dead_one_does_not_count(tmp_path: Path) -> None:
    raw = write(tmp_path / "raw", line(1))
    ledger = create_ledger(tmp_path / "led")
    lock = ledger.path / "writer.lock"
    lock.write_text("4242")
    with lock.open("r+") as holder:
        fcntl.flock(holder, fcntl.LOCK_EX)
        with pytest.raises(LedgerLocked, match="process 4242 is writing"):
            ingest(raw, "national", ledger.path)
    # The file and its text are still there, as after a crash; the lock is not.
    assert ingest(raw, "national", ledger.path).accepted == 1


@contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    """The operating system refuses to let any file grow further: what a full disk does, without one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("size", [0, 1_000, 7_000, 40_000, 200_000])
def test_a_full_disk_is_refused_and_leaves_the_old_snapshot(tmp_path: Path, size: int) -> None:
    ingest(write(tmp_path / "a", line("a")), "national", tmp_path / "led")
    before = sorted(path for path in (tmp_path / "led").rglob("*") if path.is_file())
    chance = random.Random(1)
    lines = [line(n, psn_no="P1", medins_list_name=chance.randbytes(40).hex()) for n in range(9_000)]
    raw = write(tmp_path / "b", *lines)
    with files_no_larger_than(size), pytest.raises(LedgerWriteFailed, match="make room") as refused:
        ingest(raw, "national", tmp_path / "led")
    assert "writing failed" in str(refused.value)
    assert sorted(path for path in (tmp_path / "led").rglob("*") if path.is_file()) == before
    assert read_snapshot(tmp_path / "led").number == 1
    assert ingest(raw, "national", tmp_path / "led").accepted == 9_000
