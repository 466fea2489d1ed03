"""A snapshot is whole, or the file that is not is named; the hash of the facts does not depend on how they lie."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from rawfiles import HEADER, line, write

from yibao.ledger import open_ledger
from yibao.ledger.compact import compact
from yibao.ledger.history import rollback
from yibao.ledger.ingest import ingest
from yibao.ledger.refusals import LedgerError, NoSuchSnapshot
from yibao.ledger.snapshot import read_snapshot
from yibao.ledger.verify import verify

T = [datetime(2025, month, 1) for month in range(1, 8)]


@pytest.fixture
def city(tmp_path: Path) -> Path:
    """Facts with an extension, quarantined rows, duplicates and a correction, in three batches."""
    first = [line(n, psn_no=f"P{n}") for n in range(6)]
    second = [
        line(5, psn_no="P5") + ",",
        line(6) + ",b",
        line(7, cnt="x") + ",",
        line(8, det_item_fee_sumamt="?") + ",",
    ]
    ingest(write(tmp_path / "a", *first), "national", tmp_path / "city", recorded_at=T[0])
    ingest(write(tmp_path / "b", *second, header=HEADER + ",x_n'te"), "national", tmp_path / "city", recorded_at=T[1])
    fixes = write(tmp_path / "c", line(1, psn_no="P1", det_item_fee_sumamt="80.00"), line(9))
    ingest(fixes, "national", tmp_path / "city", recorded_at=T[2], corrections=True)
    return tmp_path / "city"


def test_a_whole_snapshot_is_whole_and_old_ones_too(city: Path) -> None:
    for number, rows, money in ((0, None, None), (1, 6, 7_500), (2, 7, 8_750), (3, 8, 16_750)):
        found = verify(city, number)
        assert found.whole, found.damages
        assert (found.snapshot, found.files) == (number, sum(len(g) for g in read_snapshot(city, number).groups()))
        if rows:
            assert found.tables["charge_line"] == (rows, money, open_ledger(city, number).content_hash("charge_line"))
    assert verify(city) == verify(city, 3)
    rollback(city, 1)
    assert verify(city).tables == verify(city, 1).tables
    with pytest.raises(NoSuchSnapshot):
        verify(city, 9)


@pytest.mark.parametrize("kind", ["files", "superseded"])
def test_a_damaged_file_is_named(city: Path, kind: str) -> None:
    file = getattr(read_snapshot(city), kind)["charge_line"][-1]
    content = bytearray((city / file.path).read_bytes())
    content[len(content) // 2] ^= 1
    (city / file.path).write_bytes(content)
    found = verify(city)
    assert [(d.where, d.what) for d in found.damages] == [
        (file.path, "the file is damaged: it is not what was written")
    ]
    assert found.tables["charge_line"][2] is None
    (city / file.path).unlink()
    assert [(d.where, d.what) for d in verify(city).damages] == [(file.path, "a file of the ledger is gone")]


def test_a_quarantine_that_lost_records_is_named(city: Path) -> None:
    path = city / "quarantine" / "b000002.parquet"
    rows = pq.read_table(path)
    pq.write_table(rows.slice(0, rows.num_rows - 1), path)
    (damage,) = verify(city).damages
    assert damage.where == "quarantine/b000002.parquet"
    assert damage.what.startswith("quarantined: (2, ")
    path.write_bytes(b"PAR1")
    assert verify(city).damages[0].what == "the file is damaged: it cannot be read"
    path.unlink()
    assert verify(city).damages[0].what == "a file of the ledger is gone"


@pytest.mark.parametrize(
    ("change", "where", "words"),
    [
        (lambda doc: _lines(doc, 0).update(rows_in=7), "snapshots/3.json", "of batch b000001"),
        (lambda doc: _lines(doc, 2).update(corrected=2), "snapshots/3.json", "superseded in"),
        (lambda doc: _lines(doc, 2).update(money_before=1), "snapshots/3.json", "superseded in"),
        (lambda doc: doc["tables"]["charge_line"].pop(), "snapshots/3.json", "accepted in charge_line"),
        (lambda doc: doc["tables"]["charge_line"][0].update(batches=["b000009"]), "tables/charge_line", "batches"),
        (lambda doc: doc["tables"]["charge_line"][0].update(money=1), "tables/charge_line", "rows, money, batches"),
        (lambda doc: doc["superseded"]["charge_line"].clear(), "snapshots/3.json", "superseded in"),
    ],
)
def test_a_snapshot_that_says_something_else_is_named(
    city: Path, change: Callable[[Any], object], where: str, words: str
) -> None:
    path = city / "snapshots" / "3.json"
    doc = json.loads(path.read_text(encoding="utf-8"))
    change(doc)
    path.write_text(json.dumps(doc), encoding="utf-8")
    damages = verify(city).damages
    assert any(d.where.startswith(where) and words in d.what for d in damages), damages


def _lines(doc: Any, batch: int) -> Any:
    """The receipt of a batch for the charge lines."""
    return doc["batches"][batch]["tables"]["charge_line"]


def test_the_hash_of_the_facts_depends_on_nothing_else(city: Path) -> None:
    ledger = open_ledger(city)
    facts, recorded = ledger.content_hash("charge_line"), ledger.content_hash("charge_line", recorded=True)
    early = ledger.content_hash("charge_line", T[0])
    compact(city)
    ledger.refresh()
    assert len(ledger.files("charge_line")) < len(open_ledger(city, 3).files("charge_line"))
    assert (ledger.content_hash("charge_line"), ledger.content_hash("charge_line", recorded=True)) == (facts, recorded)
    assert ledger.content_hash("charge_line", T[0]) == early
    assert verify(city).whole
    # The same facts, taken in one batch and in another order.
    rows = [line(9), line(1, psn_no="P1", det_item_fee_sumamt="80.00")]
    rows += [line(n, psn_no=f"P{n}") for n in (5, 4, 3, 2, 0)]
    raw = write(city.parent / "again", *[f"{row}," for row in rows], line(6) + ",b", header=HEADER + ",x_n'te")
    ingest(raw, "national", city.parent / "other")
    other = open_ledger(city.parent / "other")
    assert other.content_hash("charge_line") == facts
    assert other.content_hash("charge_line", recorded=True) != recorded
    assert other.content_hash("charge_line", T[0]) != early
    assert ledger.content_hash("settlement") == other.content_hash("settlement") != facts
    with pytest.raises(LedgerError, match="holds no facts"):
        ledger.content_hash("charge_reversal")
