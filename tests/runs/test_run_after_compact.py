"""Compaction rewrites the files of a ledger and nothing that a law can see."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from yibao.ledger import open_ledger
from yibao.ledger.compact import compact
from yibao.ledger.ingest import ingest
from yibao.runs.demo import Demo
from yibao.runs.laws import load_lawbook
from yibao.runs.run import run

pytestmark = pytest.mark.slow


def test_a_run_is_unchanged_by_compaction_and_by_nothing_else(demo: Demo, tmp_path: Path) -> None:
    """Two batches of people merge into one file; a third makes the laws that read people run again."""
    city, raw = tmp_path / "city", tmp_path / "raw"
    shutil.copytree(demo.ledger.path, city, ignore=shutil.ignore_patterns("results"))
    raw.mkdir()

    def person(number: int) -> None:
        (raw / "person.csv").write_text(f"psn_no,psn_name,gend\nN{number},甲,1\n", encoding="utf-8")
        ingest(raw, "national", city)

    person(1)
    lawbook = load_lawbook()
    first = run(open_ledger(city), lawbook, only=["quality"])
    assert compact(city).merged > 0
    again = run(open_ledger(city), lawbook, only=["quality"])
    assert again.unchanged and again.folder == first.folder
    person(2)
    after = run(open_ledger(city), lawbook, only=["quality"])
    assert not after.unchanged
    status = {entry.status for entry in after.manifest.laws.values()}
    assert status == {"ran", "skipped"}
    compact(city)
    assert run(open_ledger(city), lawbook, only=["quality"]).unchanged
