"""`kill -9` of the real command line at a hundred points each of ingest, compaction and whatever else writes a ledger.

Half of the points are moments spread over the whole time in which the command works; half are steps on disk (making,
forcing, renaming, removing), those around the switch to the new snapshot each by itself. After each kill the ledger is
opened: it must be the old one or the new one, to the row, the fen and the content. Then the same work, done again, must
bring the new one and leave nothing over.
"""

from __future__ import annotations

import random
import subprocess
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from yibao.benchmarks import BenchmarkError
from yibao.benchmarks.kill_operations import Operation, operations
from yibao.benchmarks.kill_states import State, found_after_kill, nothing_left_over, state_of
from yibao.errors import YibaoError

KILLS = 100
#: Steps before and after the switch to the new snapshot that are each killed at, when there are kills enough.
BEFORE, AFTER = 9, 6
SEED = 7


@dataclass
class Tally:
    """What came of the kills of one operation at one kind of point.

    ``old`` and ``new`` count the states found; ``finished`` the commands that were done before they could be killed
    (then the state must be new). ``lost`` and ``doubled`` count rows, ``half`` states that are neither, ``stuck``
    ledgers that the same work did not bring to the new state, clean.
    """

    operation: str
    points: str
    kills: int = 0
    old: int = 0
    new: int = 0
    finished: int = 0
    lost: int = 0
    doubled: int = 0
    half: int = 0
    stuck: int = 0


def run(scale: int, work: Path, data: Path | None = None) -> dict[str, Any]:  # noqa: ARG001 - one signature for all
    """Figures of the module: each operation is killed :data:`KILLS` times; ``scale`` is lines of the batch."""
    clock = time.perf_counter()
    tallies = [tally for operation in operations(work, scale) for tally in kill(operation, KILLS // 2, KILLS // 2)]
    total = {name: sum(getattr(tally, name) for tally in tallies) for name in COUNTS}
    return {
        "seconds": round(time.perf_counter() - clock, 1),
        "limit_seconds": None,
        "peer_seconds": None,
        "ratio": None,
        **total,
        "details": [asdict(tally) for tally in tallies],
    }


COUNTS = ("kills", "old", "new", "finished", "lost", "doubled", "half", "stuck")


def kill(operation: Operation, moments: int, steps: int) -> list[Tally]:
    """Kill one operation at so many moments and before so many steps, each time on a fresh copy of its ledger."""
    old = state_of(operation.ledger, operation.times)
    whole, trace, new = _rehearsed(operation)
    trial = _Trial(operation, old, new)
    by_moment, by_step = Tally(operation.name, "moments"), Tally(operation.name, "steps")
    chance = random.Random(SEED)
    for number in range(moments):
        with operation.fresh() as city:
            code = _killed_after(operation.command(city), city, whole * (number + chance.random()) / moments)
            trial.judge(by_moment, city, code)
    for step in chosen(trace, steps):
        with operation.fresh() as city:
            code = subprocess.run(operation.dying(city, step), capture_output=True, check=False).returncode
            trial.judge(by_step, city, code)
    return [by_moment, by_step]


def chosen(trace: Sequence[str], wanted: int) -> list[int]:
    """Steps to be killed at: a third around the switch one by one, the others spread evenly."""
    count = len(trace)
    switch = next((n for n in range(count, 0, -1) if _is_switch(trace[n - 1])), count)
    near = [n for n in range(switch - BEFORE, switch + AFTER) if 1 <= n <= count]
    near = sorted(near, key=lambda n: abs(n - switch))[: wanted // 3 + 1]
    spread = np.linspace(1, count, wanted - len(near)).round().astype(int).tolist()
    return sorted([*spread, *near])


def rehearse(operation: Operation, city: Path) -> list[str]:
    """Run the command to its end on ``city``; its steps on disk, see :mod:`yibao.benchmarks.dying`."""
    done = subprocess.run(operation.dying(city, 0), capture_output=True, text=True, check=False)
    if done.returncode:
        raise BenchmarkError(f"{operation.name} failed before anything was killed: {done.stderr}")
    trace = city.with_suffix(".trace")
    steps = trace.read_text(encoding="utf-8").splitlines()
    trace.unlink()
    return steps


def _rehearsed(operation: Operation) -> tuple[float, list[str], State]:
    """Seconds from the first sign of work to the end, steps on disk, and the state afterwards."""
    with operation.fresh() as city:
        trace = rehearse(operation, city)
        new = state_of(city, operation.times)
    with operation.fresh() as city:
        process = _started(operation.command(city), city)
        clock = time.perf_counter()
        process.wait()
        return time.perf_counter() - clock, trace, new


def _is_switch(step: str) -> bool:
    """The step that makes another snapshot current, or, when none is made, drops an old one."""
    what, *places = step.split("\t")
    place = Path(places[-1])
    return (what, place.name) == ("rename", "CURRENT") or (what, place.parent.name) == ("remove", "snapshots")


def _started(command: Sequence[str], city: Path) -> subprocess.Popen[bytes]:
    """The running command, once it has taken the ledger's lock: what comes before is an interpreter that starts."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None and not (city / "writer.lock").exists():
        time.sleep(0.0005)
    return process


def _killed_after(command: Sequence[str], city: Path, seconds: float) -> int:
    process = _started(command, city)
    time.sleep(seconds)
    process.kill()
    return process.wait()


class _Trial:
    """Judges what a kill left: counts it, then does the same work again."""

    def __init__(self, operation: Operation, old: State, new: State) -> None:
        self._operation = operation
        self._old = old
        self._new = new

    def judge(self, tally: Tally, city: Path, code: int) -> None:
        """``code`` is what the killed process ended with."""
        found = found_after_kill(city, self._operation.times)
        tally.kills += 1
        tally.finished += code == 0
        is_old = found is not None and found.snapshot == self._old.snapshot and found.same_facts(self._old)
        is_new = found is not None and found.snapshot == self._new.snapshot and found.same_facts(self._new)
        # Where only old snapshots are dropped, the two are one.
        is_new = is_new and not is_old
        tally.old += is_old
        tally.new += is_new
        tally.half += not (is_old or is_new)
        # What was acknowledged must be there, whatever the snapshot says.
        expected = self._new if code == 0 or (found and found.snapshot == self._new.snapshot) else self._old
        there = found.lines if found else {}
        tally.lost += sum(line not in there for line in expected.lines)
        tally.doubled += sum(there.values()) - len(there)
        tally.stuck += not self._recovers(city)

    def _recovers(self, city: Path) -> bool:
        """Whether the same work again brings the new state and clears up."""
        try:
            self._operation.again(city)
        except YibaoError:
            return False
        found = found_after_kill(city, self._operation.times)
        return found is not None and found.same_facts(self._new) and nothing_left_over(city)
