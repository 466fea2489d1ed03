"""Earlier instants: a file that holds rows of several batches shows those that had been recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rawfiles import HEADER, line, write

from yibao.engine import DuckEngine
from yibao.ledger import Ledger, open_ledger
from yibao.ledger.ingest import ingest
from yibao.ledger.snapshot import DataFile, read_snapshot, write_snapshot

DAYS = [datetime(2025, 4, 1), datetime(2025, 5, 1), datetime(2025, 6, 1)]


def merge(city: Path) -> None:
    """All files of a bucket of charge lines as one, the slow and obvious way."""
    before = read_snapshot(city)
    groups: dict[int | None, list[DataFile]] = {}
    for file in before.files["charge_line"]:
        groups.setdefault(file.bucket, []).append(file)
    merged = tuple(_merged(city, files) for files in groups.values())
    write_snapshot(city, replace(before, number=before.number + 1, files={**before.files, "charge_line": merged}))


def _merged(city: Path, files: Sequence[DataFile]) -> DataFile:
    rows = pa.concat_tables([pq.read_table(city / file.path) for file in files], promote_options="default")
    path = city / files[0].path.replace("b0", "m0")
    pq.write_table(rows.sort_by([(c, "ascending") for c in ("person_id", "charged_at", "line_id")]), path)
    return DataFile(
        path.relative_to(city).as_posix(), tuple(b for file in files for b in file.batches), files[0].bucket,
        rows.num_rows, sum(file.money or 0 for file in files), sha256(path.read_bytes()).hexdigest(),
    )  # fmt: skip


@pytest.fixture(scope="module")
def cities(tmp_path_factory: pytest.TempPathFactory) -> list[Ledger]:
    """Ten lines of five persons a month for three months; the second ledger has them in merged files."""
    folder = tmp_path_factory.mktemp("cities")
    for name in ("plain", "merged"):
        for month, day in enumerate(DAYS):
            lines = [line(f"{month}{n}", psn_no=f"P{n % 5}") for n in range(10)]
            header = HEADER if month < 2 else HEADER + ",x_note"
            raw = write(folder / f"{name}{month}", *[text + ",n" * (month == 2) for text in lines], header=header)
            ingest(raw, "national", folder / name, recorded_at=day)
    merge(folder / "merged")
    return [open_ledger(folder / "plain"), open_ledger(folder / "merged")]


MOMENTS = [None, DAYS[0] - timedelta(seconds=1), *DAYS, DAYS[1] - timedelta(seconds=1), datetime.max]


@pytest.mark.parametrize("as_of", MOMENTS)
def test_a_merged_file_shows_what_the_single_ones_show(cities: list[Ledger], as_of: datetime | None) -> None:
    expected = 10 * sum(as_of is None or day <= as_of for day in DAYS)
    for ledger in cities:
        assert ledger.row_count("charge_line", as_of) == expected
        for keep in (0, 10**9):
            with DuckEngine(threads=1) as engine:
                ledger.attach(engine, as_of, only={"charge_line": {"line_id", "amount"}}, keep_cells=keep)
                assert engine.execute("select line_id, amount from charge_line").num_rows == expected
    plain, merged = ({key: _cells(rows) for key, rows in _reads(ledger, as_of).items()} for ledger in cities)
    assert plain == merged
    assert sum(len(rows) for key, rows in plain.items() if key.startswith("P")) == expected


def _cells(rows: pa.Table) -> list[str]:
    """Rows by what they say: an extension column of a later batch is a column without values."""
    return sorted(str({name: cell for name, cell in row.items() if cell is not None}) for row in rows.to_pylist())


def _reads(ledger: Ledger, as_of: datetime | None) -> dict[str, pa.Table]:
    few = {"charge_line": {"line_id", "amount"}}
    found = {p: ledger.slice(p, ["charge_line"], as_of)["charge_line"] for p in ("P0", "P1", "P2", "P3", "P4")}
    found["few"] = ledger.slice("P1", ["charge_line"], as_of, columns=few)["charge_line"]
    found["by key"] = ledger.rows("charge_line", "line_id", ["L00", "L11", "L22", "L33"], as_of)
    return found


def test_an_index_shows_what_had_been_recorded(tmp_path: Path) -> None:
    header = "mdtrt_id,psn_no,fixmedins_code,med_type,begntime,bed_id"
    for month, day in enumerate(DAYS):
        raw = write(
            tmp_path / f"{month}", f"E{month},P1,H1,21,2025-03-0{month + 1} 08:00:00,B1", name="encounter.csv",
            header=header,
        )  # fmt: skip
        ingest(raw, "national", tmp_path / "city", recorded_at=day)
    before = read_snapshot(tmp_path / "city")
    (files,) = [files for name, files in before.indexes.items() if name == "encounter.bed_id"]
    rows = pa.concat_tables([pq.read_table(tmp_path / "city" / file.path) for file in files])
    path = tmp_path / "city" / "indexes" / "encounter.bed_id" / "m.parquet"
    pq.write_table(rows, path)
    one = replace(files[0], path=path.relative_to(tmp_path / "city").as_posix(), rows=3)
    one = replace(one, batches=tuple(b for file in files for b in file.batches))
    write_snapshot(tmp_path / "city", replace(before, number=4, indexes={**before.indexes, "encounter.bed_id": (one,)}))
    city = open_ledger(tmp_path / "city")
    for moment, count in zip([DAYS[0], DAYS[1], None], [1, 2, 3], strict=True):
        assert city.slice_by("encounter", "bed_id", "B1", as_of=moment).num_rows == count
    assert city.slice_by("encounter", "bed_id", "B1", since=datetime(2025, 3, 2), as_of=DAYS[1]).num_rows == 1
