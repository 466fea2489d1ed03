"""A writer that is killed leaves the old snapshot or the new one, never something between."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from rawfiles import line, write

from yibao.ledger import open_ledger
from yibao.ledger.ingest import ingest
from yibao.ledger.snapshot import read_snapshot

pytestmark = pytest.mark.slow

LINES = 4_000
KILLS = 10

#: Says when it is about to start; dies by itself at the n-th rename when told to.
WRITER = """
import os, pathlib, sys
from yibao.ledger.ingest import ingest
renames = int(sys.argv[3])
rename = pathlib.Path.replace
def dying(self, target):
    global renames
    renames -= 1
    if renames == 0:
        os._exit(9)
    return rename(self, target)
pathlib.Path.replace = dying
print("ready", flush=True)
ingest(sys.argv[1], "national", sys.argv[2])
"""


def start(raw: Path, city: Path, renames: int = 0) -> subprocess.Popen[str]:
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(raw), str(city), str(renames)], stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    with writer.stdout:
        assert writer.stdout.readline() == "ready\n"
    return writer


def state(city: Path) -> tuple[int, int]:
    """Snapshot number and distinct lines; every named file is whole, and no row is there twice."""
    ledger = open_ledger(city)
    snapshot = read_snapshot(city)
    ids: Counter[str] = Counter()
    for file in snapshot.files.get("charge_line", ()):
        rows = pq.read_table(city / file.path, columns=["line_id"])
        assert rows.num_rows == file.rows
        ids.update(rows["line_id"].to_pylist())
    assert ledger.row_count("charge_line") == len(ids) == sum(ids.values())
    assert sum(batch.tables["charge_line"].accepted for batch in snapshot.batches) == len(ids)
    return snapshot.number, len(ids)


@pytest.fixture
def before(tmp_path: Path) -> tuple[Path, Path]:
    """A ledger with one line, and a file of many more with some that will be quarantined."""
    chance = random.Random(3)
    lines = [
        line(n, psn_no=f"P{chance.randrange(500)}", cnt="x" if n % 1000 == 0 else "1") for n in range(1, LINES + 1)
    ]
    ingest(write(tmp_path / "first", line("a")), "national", tmp_path / "city")
    return write(tmp_path / "raw", *lines), tmp_path / "city"


def finish(raw: Path, city: Path) -> None:
    """After whatever happened, the same command brings everything in exactly once and clears up."""
    ingest(raw, "national", city)
    assert state(city) == (2, 1 + LINES - 4)
    named = {file.path for files in read_snapshot(city).files.values() for file in files}
    assert {path.relative_to(city).as_posix() for path in (city / "tables").rglob("*.parquet")} == named
    assert [path.name for path in (city / "quarantine").iterdir()] == ["b000002.parquet"]
    assert not (city / "tmp").exists()


@pytest.mark.parametrize("rename", [1, 2, 40, 65, 66, 67, 68])
def test_killed_between_two_renames(before: tuple[Path, Path], rename: int) -> None:
    raw, city = before
    writer = start(raw, city, rename)
    assert writer.wait(60) in (9, 0)
    assert state(city) in ((1, 1), (2, 1 + LINES - 4))
    finish(raw, city)


def test_killed_at_any_moment(before: tuple[Path, Path]) -> None:
    raw, city = before
    writer = start(raw, city.with_name("timing"))
    started = time.monotonic()
    assert writer.wait(60) == 0
    whole = time.monotonic() - started
    chance = random.Random(11)
    for number in range(KILLS):
        fresh = city.with_name(f"city{number}")
        shutil.copytree(city, fresh)
        writer = start(raw, fresh)
        time.sleep(chance.uniform(0, whole))
        writer.kill()
        writer.wait(60)
        assert state(fresh) in ((1, 1), (2, 1 + LINES - 4))
        finish(raw, fresh)
