"""Dropping old snapshots: what goes, what stays, and what a reader of a dropped one is told."""

from __future__ import annotations

import json
import shutil
from datetime import datetime
from pathlib import Path

import pytest
from compacting import everything, named, on_disk, three_batches
from rawfiles import line, write
from typer.testing import CliRunner

from yibao.cli.app import app
from yibao.engine import DuckEngine
from yibao.ledger import open_ledger
from yibao.ledger.compact import compact
from yibao.ledger.history import rollback
from yibao.ledger.ingest import ingest
from yibao.ledger.refusals import SnapshotDropped
from yibao.ledger.snapshot import read_snapshot


@pytest.fixture(scope="module")
def batches(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return three_batches(tmp_path_factory.mktemp("batches"))


@pytest.fixture
def city(batches: Path, tmp_path: Path) -> Path:
    shutil.copytree(batches, tmp_path / "city")
    return tmp_path / "city"


def test_old_snapshots_keep_their_files_until_they_are_dropped(city: Path) -> None:
    old = read_snapshot(city)
    facts = everything(open_ledger(city))
    size = sum((city / path).stat().st_size for path in on_disk(city))
    compact(city)
    assert everything(open_ledger(city, snapshot=old.number)) == facts
    assert {file.path for files in old.groups() for file in files} < on_disk(city)
    result = CliRunner().invoke(app, ["compact", str(city), "--keep", "1", "--json"])
    done = json.loads(result.stdout)
    assert done["expired"]["snapshots"] == [0, 1, 2, 3] and done["merged"] == 0
    assert done["expired"]["bytes"] == size
    assert on_disk(city) == named(city)
    assert everything(open_ledger(city)) == facts
    assert len(list((city / "quarantine").iterdir())) == 3
    assert [path.name for path in (city / "snapshots").iterdir()] == ["4.json"]


def test_the_last_snapshots_or_those_since_a_moment_are_kept(city: Path) -> None:
    assert compact(city, keep=9).expired.snapshots == ()
    assert compact(city, keep=3).expired.snapshots == (0, 1)
    assert compact(city, before=datetime(2020, 1, 1)).expired.snapshots == ()
    assert compact(city, before=datetime(2100, 1, 1)).expired.snapshots == (2, 3)
    assert [snapshot.number for snapshot in open_ledger(city).snapshots()] == [4]
    assert on_disk(city) == named(city)


def test_a_reader_of_a_dropped_snapshot_is_told(city: Path) -> None:
    reader = open_ledger(city)
    facts = everything(reader)
    compact(city, keep=1)
    with DuckEngine() as engine:
        for read in (
            lambda: reader.slice("P1", ["charge_line"]),
            lambda: reader.attach(engine, only=["charge_line"]),
            lambda: reader.rows("charge_line", "line_id", ["L0-1"]),
        ):
            with pytest.raises(SnapshotDropped, match="snapshot 3 was dropped"):
                read()
    reader.refresh()
    assert everything(reader) == facts


def test_a_withdrawn_batch_stays_withdrawn_and_its_number_is_not_used_again(city: Path, tmp_path: Path) -> None:
    rollback(city, 2)
    facts = everything(open_ledger(city))
    compact(city, keep=1)
    assert everything(open_ledger(city)) == facts
    report = ingest(write(tmp_path / "next", line("next")), "national", city)
    assert report.batch_id == "b000004"
    assert not list((city / "quarantine").glob("b000003*"))


def test_a_rollback_over_a_compaction_reads_the_old_files(city: Path) -> None:
    facts = everything(open_ledger(city, snapshot=2))
    compact(city)
    rollback(city, 2)
    assert everything(open_ledger(city)) == facts
    compact(city)
    assert everything(open_ledger(city)) == facts and read_snapshot(city).files_per_bucket() == 1
