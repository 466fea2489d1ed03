"""Compaction: fewer files, the same facts; what it refuses."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from compacting import DAY, everything, named, on_disk, three_batches
from hypothesis import given, settings
from hypothesis import strategies as st
from rawfiles import line, write
from typer.testing import CliRunner

from yibao.cli.app import app
from yibao.engine import DuckEngine
from yibao.engine.schema import Table
from yibao.ledger import compact as compaction
from yibao.ledger import create_ledger, open_ledger
from yibao.ledger.compact import compact
from yibao.ledger.ingest import ingest
from yibao.ledger.merge import merge
from yibao.ledger.refusals import DamagedLedger, LedgerError, LedgerWriteFailed, MergeRefused
from yibao.ledger.snapshot import read_snapshot
from yibao.ledger.sortedfile import Layout, SortedFile, table_layout

KEYS = st.tuples(st.integers(0, 5), st.none() | st.text("ab", max_size=1))


@pytest.fixture(scope="module")
def batches(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return three_batches(tmp_path_factory.mktemp("batches"))


@pytest.fixture
def city(batches: Path, tmp_path: Path) -> Path:
    shutil.copytree(batches, tmp_path / "city")
    return tmp_path / "city"


def test_one_file_per_bucket_with_the_same_facts(city: Path) -> None:
    before, old = open_ledger(city), read_snapshot(city)
    instants = [None, *(DAY.replace(day=day) for day in (1, 2, 3))]
    facts = [everything(before, instant) for instant in instants]
    quarantined = before.quarantine()
    told: list[tuple[str, int, int]] = []
    done = compact(city, lambda *step: told.append(step))
    ledger, new = open_ledger(city), read_snapshot(city)
    assert (new.number, new.why, new.batches) == (old.number + 1, "compact", old.batches)
    assert new.files_per_bucket() == 1 < old.files_per_bucket()
    assert [everything(ledger, instant) for instant in instants] == facts
    assert ledger.quarantine().equals(quarantined)
    assert (done.files_before, done.files_after) == (
        len(old.files["charge_line"]) + 3,
        len(new.files["charge_line"]) + 1,
    )
    assert done.rows == 3 * 599 + 3 and done.money == sum(b.tables["charge_line"].money_accepted for b in old.batches)
    assert told[-1] == ("compact", done.written, done.written)
    assert "x_ward" in ledger.slice("P1", ["charge_line"])["charge_line"].column_names
    # The open reader of the old snapshot goes on reading its files.
    assert everything(before) == facts[0]


def test_merged_files_are_laid_out_as_new_ones(city: Path) -> None:
    compact(city)
    table = open_ledger(city).tables()["charge_line"]
    for file in read_snapshot(city).files["charge_line"]:
        rows = pq.read_table(city / file.path)
        assert table_layout(table).fits(pq.read_metadata(city / file.path))
        assert rows.num_rows == file.rows
        assert set(rows["batch_id"].to_pylist()) == set(file.batches)
        keys = list(zip(*(rows[name].to_pylist() for name in table_layout(table).keys), strict=True))
        assert keys == sorted(keys)


def test_nothing_to_do_makes_no_snapshot(city: Path) -> None:
    compact(city)
    again = compact(city)
    assert (again.merged, again.written, again.snapshot) == (0, 0, 4)
    result = CliRunner().invoke(app, ["compact", str(city)], env={"YIBAO_LANG": "en"})
    assert result.exit_code == 0 and result.stdout == "nothing to merge\n"


def test_only_what_changed_is_merged_again(city: Path, tmp_path: Path) -> None:
    compact(city)
    ingest(write(tmp_path / "more", line("late", psn_no="P3")), "national", city)
    done = compact(city)
    assert (done.merged, done.written) == (2, 1)
    assert {file.path.rpartition("/")[2] for file in read_snapshot(city).files["charge_line"]} == {
        "c000004.parquet", "c000006.parquet",
    }  # fmt: skip


def test_a_file_of_another_order_is_laid_out_anew(city: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As when a later version of a contract orders a table differently: such files are sorted in runs, then merged."""
    compact(city)
    facts = everything(open_ledger(city))

    def by_item(table: Table) -> Layout:
        layout = table_layout(table)
        return replace(layout, keys=("item_code", *layout.keys)) if table.name == "charge_line" else layout

    monkeypatch.setattr(compaction, "table_layout", by_item)
    done = compact(city)
    assert done.merged == done.written == len(read_snapshot(city).files["charge_line"])
    assert everything(open_ledger(city)) == facts
    assert compact(city).merged == 0


def test_extensions_of_different_types_keep_the_type_that_readers_saw(tmp_path: Path) -> None:
    """A batch may say an extension as text, another as numbers; a query over both shows text."""
    ledger = create_ledger(tmp_path / "city")
    for number, values in enumerate((pa.array(["a", None]), pa.array([1.5, 20.0]), pa.array([True, False]))):
        rows = {"institution_id": [f"H{number}0", f"H{number}1"], "name": ["甲", "乙"], "kind": ["1", "1"]}
        ledger.append({"institution": pa.table(rows | {"x_note": values})}, "test")
    with DuckEngine() as engine:
        ledger.attach(engine, only=["institution"])
        sql = "select institution_id, x_note from institution order by 1"
        before = engine.execute(sql).to_pylist()
    facts = everything(ledger)
    compact(tmp_path / "city")
    with DuckEngine() as engine:
        open_ledger(tmp_path / "city").attach(engine, only=["institution"])
        assert engine.execute(sql).to_pylist() == before
    assert everything(open_ledger(tmp_path / "city")) == facts


def test_superseded_versions_stay_hidden(city: Path, tmp_path: Path) -> None:
    """Two corrections of lines, the second of one that was corrected: each instant shows the version of its time."""
    for day, amount in ((4, "25.00"), (5, "37.50")):
        raw = write(tmp_path / "raw", line("0-1", cnt=f"{float(amount) / 6.25:g}", det_item_fee_sumamt=amount))
        ingest(raw, "national", city, recorded_at=DAY.replace(day=day), corrections=True)
    instants = [None, *(DAY.replace(day=day) for day in range(1, 6))]
    ledger, old = open_ledger(city), read_snapshot(city)
    facts = [everything(ledger, instant) for instant in instants]
    amounts = [ledger.rows("charge_line", "line_id", ["L0-1"], instant)["amount"].to_pylist() for instant in instants]
    assert amounts == [[3750], [1250], [1250], [1250], [2500], [3750]]
    compact(city)
    ledger, new = open_ledger(city), read_snapshot(city)
    assert [everything(ledger, instant) for instant in instants] == facts
    assert len(old.superseded["charge_line"]) == 2
    (file,) = new.superseded["charge_line"]
    assert (file.rows, file.money, file.batches) == (2, 3750, ("b000004", "b000005"))
    compact(city, keep=1)
    assert [everything(open_ledger(city), instant) for instant in instants] == facts


def nulls_last(row: tuple[Any, ...]) -> list[tuple[bool, Any]]:
    """By which the first two cells of a row are sorted."""
    return [(cell is None, cell) for cell in row[:2]]


@settings(max_examples=40, deadline=None)
@given(
    files=st.lists(
        st.lists(st.tuples(st.integers(0, 9), st.text("ab", max_size=2)), min_size=1), min_size=1, max_size=7
    ),
    at_once=st.integers(1, 40),
    groups=st.integers(1, 5),
)
def test_a_merge_is_a_sort(
    tmp_path_factory: pytest.TempPathFactory, files: list[list[tuple[int, str]]], at_once: int, groups: int
) -> None:
    """However many files, rows held and row groups there are; sorted or not; the earlier file first among equals."""
    folder = tmp_path_factory.mktemp("merge")
    schema = pa.schema({"a": pa.int64(), "b": pa.string(), "place": pa.int64()})
    layout, paths, rows = Layout(schema, ("a", "b")), [], []
    for number, found in enumerate(files):
        # Every other file is in no order, as one of another layout.
        ordered = sorted(found, key=nulls_last) if number % 2 else found
        rows += [(*key, number * 1000 + place) for place, key in enumerate(ordered)]
        listed = [{"a": a, "b": b, "place": place} for a, b, place in rows[-len(ordered) :]]
        paths.append(folder / f"{number}.parquet")
        sorting = pq.SortingColumn.from_ordering(schema, layout.order) if number % 2 else None
        pq.write_table(pa.Table.from_pylist(listed, schema), paths[-1], row_group_size=groups, sorting_columns=sorting)
    target = SortedFile(folder / "merged.parquet", layout)
    merge(paths, target, layout, schema, folder / "spill", at_once)
    target.close("merged.parquet", (), None)
    merged = [tuple(row.values()) for row in pq.read_table(folder / "merged.parquet").to_pylist()]
    assert merged == sorted(rows, key=nulls_last)


# --- refusals ---------------------------------------------------------------------------------------------------------


def unchanged(city: Path, number: int = 3) -> None:
    assert read_snapshot(city).number == number
    assert on_disk(city) == named(city)
    assert not (city / "tmp").exists()


def refused(city: Path, *options: str) -> str:
    result = CliRunner().invoke(app, ["compact", str(city), *options], env={"YIBAO_LANG": "en"})
    assert not isinstance(result.exception, SystemExit) or result.exit_code
    assert isinstance(result.exception, LedgerError), result.output
    return str(result.exception)


def test_a_damaged_file_is_named(city: Path) -> None:
    damaged = city / read_snapshot(city).files["charge_line"][5].path
    content = bytearray(damaged.read_bytes())
    content[len(content) // 3] ^= 1
    damaged.write_bytes(content)
    with pytest.raises(DamagedLedger, match="damaged") as error:
        compact(city)
    assert error.value.where == str(damaged) and error.value.exit_code == 1
    unchanged(city)


@pytest.mark.parametrize("merged", [False, True])
def test_a_vanished_file_is_named(city: Path, merged: bool) -> None:
    if merged:
        compact(city)
    lost = city / read_snapshot(city).files["charge_line"][2].path
    lost.unlink()
    with pytest.raises(DamagedLedger, match="gone") as error:
        compact(city)
    assert error.value.where == str(lost)
    assert read_snapshot(city).number == 3 + merged and not (city / "tmp").exists()


def test_a_merge_that_says_something_else_is_not_published(city: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row too few, or one that was changed: both are met before the snapshot is made."""

    def losing(sources: list[Path], target: SortedFile, *rest: object) -> None:
        rows = pa.concat_tables([pq.read_table(source) for source in sources], promote_options="default")
        target.write(rows.slice(1))

    def changing(sources: list[Path], target: SortedFile, layout: Layout, schema: pa.Schema, *rest: object) -> None:
        rows = pa.concat_tables([pq.read_table(source) for source in sources], promote_options="default")
        at = rows.column_names.index("quantity") if "quantity" in rows.column_names else 0
        swapped = rows[at].take(pa.array([*range(1, len(rows)), 0])) if at else rows[0].take(pa.array([0] * len(rows)))
        target.write(rows.set_column(at, rows.schema.field(at), swapped).select(schema.names))

    facts = everything(open_ledger(city))
    for broken in (losing, changing):
        monkeypatch.setattr(compaction, "merge", broken)
        with pytest.raises(MergeRefused):
            compact(city)
        unchanged(city)
    assert everything(open_ledger(city)) == facts


def test_too_little_room_is_said_before_anything_is_written(city: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(city)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=10_000))
    with pytest.raises(LedgerWriteFailed, match="1 MB are free") as error:
        compact(city)
    assert "--keep" in error.value.mend
    unchanged(city)


def test_what_is_no_ledger_is_refused(tmp_path: Path) -> None:
    assert "not a ledger" in refused(tmp_path / "nothing")
    result = CliRunner().invoke(app, ["compact", str(tmp_path), "--keep", "0"])
    assert result.exit_code == 2


# --- many small batches -----------------------------------------------------------------------------------------------


def test_ingest_says_when_compaction_would_help(tmp_path: Path) -> None:
    city = tmp_path / "city"
    for number in range(9):
        report = ingest(write(tmp_path / "raw", line(number)), "national", city)
        advised = [text for text in report.messages if "yibao compact" in text]
        assert bool(advised) == (number == 8), report.messages
    again = ingest(write(tmp_path / "raw", line(8)), "national", city)
    assert not [text for text in again.messages if "compact" in text]
    assert compact(city).merged == 9
