"""Slices by other keys than the person: what an index gives is what a scan of the table gives."""

from __future__ import annotations

import random
import shutil
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from yibao.ledger import Ledger, open_ledger
from yibao.ledger.compact import compact
from yibao.ledger.ingest import ingest
from yibao.ledger.refusals import LedgerError
from yibao.ledger.snapshot import read_snapshot, write_snapshot
from yibao.ledger.verify import verify

CODES = [f"8{n:019d}" for n in range(400)]
MAY, JUNE = datetime(2025, 5, 1), datetime(2025, 6, 1)


def sales(folder: Path, chance: random.Random, first: int, count: int) -> Path:
    """Raw sales of traced packs; some without a person, none without a code."""
    folder.mkdir()
    rows = [
        f"M{n},{chance.choice(CODES)},H{n % 7},{chance.choice(['', 'P1', 'P2', 'P3'])},1,"
        f"2025-0{chance.randint(1, 4)}-{chance.randint(1, 28):02d} {chance.randint(0, 23):02d}:00:00"
        for n in range(first, first + count)
    ]
    head = "move_id,drug_trac_codg,fixmedins_code,psn_no,sel_retn_cnt,sel_retn_time"
    (folder / "drug_trace.csv").write_text("\n".join([head, *rows, ""]))
    beds = [
        f"E{n},P{n % 50},H1,21,2025-03-{n % 28 + 1:02d} 08:00:00,{f'B{n % 9}' if n % 3 else ''},D{n % 5}"
        for n in range(first, first + count // 10)
    ]
    head = "mdtrt_id,psn_no,fixmedins_code,med_type,begntime,bed_no,dr_code"
    (folder / "encounter.csv").write_text("\n".join([head, *beds, ""]))
    return folder


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """20 000 sales and 2 000 encounters in two batches a month apart."""
    folder, chance = tmp_path_factory.mktemp("shop"), random.Random(3)
    ingest(sales(folder / "a", chance, 0, 12_000), "national", folder / "led", recorded_at=MAY)
    ingest(sales(folder / "b", chance, 12_000, 8_000), "national", folder / "led", recorded_at=JUNE)
    return open_ledger(folder / "led")


def scanned(ledger: Ledger, table: str, column: str, value: str, as_of: datetime | None = None) -> pa.Table:
    whole = pa.concat_tables([pq.read_table(path) for path in ledger.files(table, as_of)])
    return whole.filter(pc.equal(whole[column], value))


@pytest.mark.parametrize(
    ("table", "column", "values"),
    [
        ("drug_trace", "trace_code", [*CODES[:40], "none such"]),
        ("encounter", "bed_id", [f"B{n}" for n in range(10)]),
        ("encounter", "staff_id", [f"D{n}" for n in range(6)]),
    ],
)
def test_an_index_gives_what_a_scan_gives(shop: Ledger, table: str, column: str, values: list[str]) -> None:
    key = shop.tables()[table].key[0]
    for value in values:
        for as_of in (None, MAY, datetime(2025, 4, 1)):
            found = shop.slice_by(table, column, value, as_of=as_of)
            files = shop.files(table, as_of)
            wanted = (
                scanned(shop, table, column, value, as_of).select(found.column_names) if files else found.slice(0, 0)
            )
            assert found.sort_by(key).to_pylist() == wanted.sort_by(key).to_pylist()


def test_an_index_can_be_bounded_in_time(shop: Ledger) -> None:
    since, until = datetime(2025, 2, 3, 4), datetime(2025, 3, 9, 17)
    for code in CODES[:40]:
        whole = shop.slice_by("drug_trace", "trace_code", code).to_pylist()
        both = shop.slice_by("drug_trace", "trace_code", code, since, until).to_pylist()
        assert both == [row for row in whole if since <= row["sold_at"] < until]
        after = shop.slice_by("drug_trace", "trace_code", code, since=since).to_pylist()
        assert after == [row for row in whole if row["sold_at"] >= since]


def test_bounds_skip_row_groups_that_lie_outside(tmp_path: Path) -> None:
    head = "setl_id,mdtrt_id,psn_no,fixmedins_code,setl_time,medfee_sumamt"
    rows = [f"S{n},E{n},P{n % 90},H{n // 25_000},2025-{n % 12 + 1:02d}-11 10:00:00,12.50" for n in range(50_000)]
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "settlement.csv").write_text("\n".join([head, *rows, ""]))
    ingest(raw, "national", tmp_path / "led")
    ledger = open_ledger(tmp_path / "led")
    found = ledger.slice_by("settlement", "institution_id", "H1", datetime(2025, 7, 1), datetime(2025, 8, 1))
    assert found.num_rows == sum(n % 12 == 6 for n in range(25_000, 50_000))
    assert set(found["institution_id"].to_pylist()) == {"H1"}


def test_rows_without_the_key_are_not_indexed_and_a_column_without_index_is_refused(shop: Ledger) -> None:
    (first, second) = read_snapshot(shop.path).indexes["encounter.bed_id"]
    with_bed = pc.sum(pc.is_valid(pa.concat_tables(pq.read_table(p) for p in shop.files("encounter"))["bed_id"]))
    assert first.rows + second.rows == with_bed.as_py() < shop.row_count("encounter")
    with pytest.raises(LedgerError, match="no index by 'ward'") as refused:
        shop.slice_by("encounter", "ward", "W1")
    assert "bed_id, staff_id" in str(refused.value)


def test_merging_keeps_rows_and_order(shop: Ledger, tmp_path: Path) -> None:
    city = tmp_path / "city"
    shutil.copytree(shop.path, city)
    before = read_snapshot(city).indexes["drug_trace.trace_code"]
    old = pa.concat_tables(pq.read_table(city / file.path) for file in before)
    compact(city)
    (file,) = read_snapshot(city).indexes["drug_trace.trace_code"]
    assert file.batches == ("b000001", "b000002") and file.rows == 20_000
    rows = pq.read_table(city / file.path)
    assert rows.sort_by("move_id").equals(old.sort_by("move_id"))
    keys = list(zip(rows["trace_code"].to_pylist(), rows["sold_at"].to_pylist(), strict=True))
    assert keys == sorted(keys)


def without(root: Path, batches: int, column: str = "bed_id") -> None:
    """Make the ledger one that was written before this index of encounters was declared, for its first batches."""
    snapshot, name = read_snapshot(root), f"encounter.{column}"
    kept = tuple(file for file in snapshot.indexes[name] if int(file.batches[0][1:]) > batches)
    known = tuple(batch for batch in snapshot.indexed[name] if int(batch[1:]) > batches)
    indexes, indexed = {**snapshot.indexes, name: kept}, {**snapshot.indexed, name: known}
    write_snapshot(root, replace(snapshot, indexes=indexes, indexed=indexed))


@pytest.mark.parametrize("batches", [1, 2])
def test_an_index_that_was_declared_later_is_refused_until_compaction_builds_it(
    shop: Ledger, tmp_path: Path, batches: int
) -> None:
    city = tmp_path / "city"
    shutil.copytree(shop.path, city)
    wanted = shop.slice_by("encounter", "bed_id", "B1").sort_by("encounter_id")
    without(city, batches)
    ledger = open_ledger(city)
    with pytest.raises(LedgerError, match=r"was not built for .* from b000001 on.*yibao compact"):
        ledger.slice_by("encounter", "bed_id", "B1")
    assert compact(city).indexes == ("encounter.bed_id",)
    ledger.refresh()
    assert ledger.slice_by("encounter", "bed_id", "B1").sort_by("encounter_id").equals(wanted)
    (file,) = read_snapshot(city).indexes["encounter.bed_id"]
    assert file.batches == ("b000001", "b000002")
    again = compact(city)
    assert (again.indexes, again.snapshot) == ((), ledger.snapshot_id)
    assert not verify(city).damages


def test_an_index_whose_columns_changed_is_made_anew(shop: Ledger, tmp_path: Path) -> None:
    """Filled with nulls by a merge, a column that the contract's index got later would say what the table does not."""
    city = tmp_path / "city"
    shutil.copytree(shop.path, city)
    for file in read_snapshot(city).indexes["encounter.bed_id"]:
        rows = pq.read_table(city / file.path)
        pq.write_table(rows.drop_columns(["person_id"]), city / file.path)
    assert compact(city).indexes == ("encounter.bed_id",)
    found = open_ledger(city).slice_by("encounter", "bed_id", "B1").sort_by("encounter_id")
    assert found.equals(shop.slice_by("encounter", "bed_id", "B1").sort_by("encounter_id"))


def test_a_batch_without_any_key_lacks_no_index(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    head = "mdtrt_id,psn_no,fixmedins_code,med_type,begntime"
    (raw / "encounter.csv").write_text(f"{head}\nE1,P1,H1,11,2025-03-01 08:00:00\n")
    ingest(raw, "national", tmp_path / "led")
    ledger = open_ledger(tmp_path / "led")
    assert ledger.slice_by("encounter", "bed_id", "B1").num_rows == 0
    done = compact(ledger.path)
    assert (done.indexes, done.snapshot) == ((), 1)
    # A ledger of before such batches were noted: there is nothing to build, and that is then noted.
    write_snapshot(ledger.path, replace(read_snapshot(ledger.path), indexed={}))
    assert set(compact(ledger.path).indexes) == {"encounter.bed_id", "encounter.staff_id"}
    assert compact(ledger.path).indexes == ()
