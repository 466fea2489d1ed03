"""What a ledger is at a moment, for telling the old state from the new one and both from anything else."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from yibao.engine import DuckEngine
from yibao.errors import YibaoError
from yibao.ledger import Ledger, open_ledger
from yibao.ledger.facts_hash import facts_hash
from yibao.ledger.snapshot import read_snapshot, snapshot_numbers
from yibao.ledger.verify import verify
from yibao.ledger.visible import Timeline

#: The table whose rows are told apart one by one.
LINES = "charge_line"


@dataclass(frozen=True)
class State:
    """Number of the current snapshot; of each table rows, money in minor units and content; the lines by their id.

    ``damages`` are what :func:`yibao.ledger.verify.verify` has against it, and files that older snapshots miss.
    """

    snapshot: int
    tables: Mapping[str, tuple[int, int, str | None]]
    lines: Mapping[str, int]
    recorded: str | None
    damages: tuple[str, ...]

    def same_facts(self, other: State) -> bool:
        """Whether both say the same, in whatever snapshot."""
        return (self.tables, self.recorded, self.damages) == (other.tables, other.recorded, other.damages)


def state_of(city: Path, times: bool) -> State:
    """Open a ledger and read everything; ``times`` says whether the times of recording must be the same too."""
    ledger, found = open_ledger(city), verify(city)
    damages = [f"{damage.where}: {damage.what}" for damage in found.damages]
    for number in snapshot_numbers(city):
        files = (file.path for group in read_snapshot(city, number).groups() for file in group)
        damages += [f"snapshot {number}: {path} is gone" for path in files if not (city / path).exists()]
    recorded = None
    if times:
        timeline = Timeline(city, read_snapshot(city))
        recorded = facts_hash(timeline.reading(ledger.tables()[LINES], None), recorded=True)
    return State(found.snapshot, found.tables, _lines(ledger), recorded, tuple(damages))


def found_after_kill(city: Path, times: bool) -> State | None:
    """The state that a kill left; None when the ledger cannot even be read."""
    try:
        return state_of(city, times)
    except (YibaoError, OSError):
        return None


def nothing_left_over(city: Path) -> bool:
    """Whether every file is one that a snapshot names, and nothing half-written lies about."""
    named: set[str] = set()
    for number in snapshot_numbers(city):
        snapshot = read_snapshot(city, number)
        named |= {file.path for group in snapshot.groups() for file in group}
        named |= {batch.quarantine for batch in snapshot.batches if batch.quarantine}
    there = {path.relative_to(city).as_posix() for path in city.rglob("*.parquet")}
    return there == named and not (city / "tmp").exists() and not list(city.rglob("*.new"))


def link_copy(ledger: Path, target: Path) -> None:
    """A ledger of its own without copying a byte: files of a ledger are never changed in place, only replaced."""
    left = shutil.ignore_patterns("writer.lock", "results", "tmp")
    shutil.copytree(ledger, target, copy_function=os.link, ignore=left)


def _lines(ledger: Ledger) -> Counter[str]:
    with DuckEngine() as engine:
        ledger.attach(engine, only={LINES: ("line_id",)})
        return Counter(engine.execute(f"select line_id from {LINES}")["line_id"].to_pylist())
