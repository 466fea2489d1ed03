"""A writer that is killed leaves the old snapshot or the new one, never something between.

The same harness kills a hundred times each in `yibao bench kills`; here a few, on a small ledger.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from compacting import small_batch

from yibao.benchmarks.kill_operations import Operation, merging, taking
from yibao.benchmarks.kills import chosen, kill, rehearse
from yibao.ledger.ingest import ingest
from yibao.ledger.snapshot import Snapshot, read_snapshot

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two batches, each with a line in quarantine."""
    folder = tmp_path_factory.mktemp("crash")
    for number in (1, 2):
        ingest(small_batch(folder, number), "national", folder / "city")
    return folder / "city"


def ingesting(city: Path) -> Operation:
    return taking("ingest", city, small_batch(city.parent, 3))


def compacting(city: Path) -> Operation:
    return merging("compact", city, keep=1)


@pytest.mark.parametrize("operation", [ingesting, compacting])
def test_killed_it_leaves_old_or_new(city: Path, operation: Callable[[Path], Operation]) -> None:
    """Three moments and six steps; nothing lost, nothing doubled, and the same work again brings the new state."""
    moments, steps = kill(operation(city), 3, 6)
    for tally in (moments, steps):
        assert (tally.lost, tally.doubled, tally.half, tally.stuck) == (0, 0, 0, 0), tally
        assert tally.old + tally.new == tally.kills
    assert moments.kills == 3 and steps.kills == 6
    assert steps.old and steps.new, "there were kills before the switch and after it"


def test_steps_are_spread_and_lie_closest_around_the_switch() -> None:
    trace = [f"fsync\t/city/{n}" for n in range(100)]
    trace[59] = "rename\t/city/CURRENT.new\t/city/CURRENT"
    steps = chosen(trace, 12)
    assert len(steps) == 12 and {58, 59, 60, 61} <= set(steps)
    assert steps[0] == 1 and steps[-1] == 100
    trace[80] = "remove\t/city/snapshots/1.json"
    assert {80, 81, 82} <= set(chosen(trace, 12))


# --- an answer is a promise -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("operation", [ingesting, compacting])
def test_what_is_acknowledged_is_on_disk(city: Path, operation: Callable[[Path], Operation]) -> None:
    """Whatever the new snapshot names is forced to disk, and so are the directories that name it, before the switch.

    A kill cannot show this, since the operating system keeps what it was given; a power cut would.
    """
    trial = operation(city)
    with trial.fresh() as copy:
        before = read_snapshot(copy)
        trace = [step.split("\t") for step in rehearse(trial, copy)]
        after = read_snapshot(copy)
        new = _named(after) - _named(before)
        assert new
        steps = {tuple(step): number for number, step in enumerate(trace)}  # the last one of its kind
        switch = steps["rename", f"{copy}/CURRENT.new", f"{copy}/CURRENT"]
        for path in new:
            (moved,) = [n for n, step in enumerate(trace) if step[0] == "rename" and step[2] == f"{copy}/{path}"]
            assert steps["fsync", trace[moved][1]] < moved
            for folder in (copy / path).parents:
                assert moved < steps["fsync", str(folder)], f"{folder} names {path}"
                if folder == copy:
                    break
                assert steps["fsync", str(folder)] < switch
        listed = steps["rename", f"{copy}/snapshots/{after.number}.json.new", f"{copy}/snapshots/{after.number}.json"]
        assert steps["fsync", f"{copy}/snapshots/{after.number}.json.new"] < listed
        assert listed < _after(trace, "fsync", f"{copy}/snapshots", listed) < switch
        assert switch < steps["fsync", str(copy)]


def test_snapshots_are_dropped_for_good_before_their_files(city: Path) -> None:
    trial = compacting(city)
    with trial.fresh() as copy:
        trace = [step.split("\t") for step in rehearse(trial, copy)]
        removed = [(n, Path(step[1])) for n, step in enumerate(trace) if step[0] == "remove"]
        snapshots = [n for n, path in removed if path.parent.name == "snapshots"]
        files = [n for n, path in removed if path.is_relative_to(copy / "tables")]
        assert len(snapshots) == 3 and files
        switch = next(n for n, step in enumerate(trace) if step[-1] == f"{copy}/CURRENT" and step[0] == "rename")
        assert switch < min(snapshots) and max(snapshots) < _after(trace, "fsync", f"{copy}/snapshots", max(snapshots))
        assert _after(trace, "fsync", f"{copy}/snapshots", max(snapshots)) < min(files)


def _after(trace: list[list[str]], what: str, place: str, number: int) -> int:
    """The first such step after another."""
    return next(n for n, step in enumerate(trace) if n > number and step == [what, place])


def _named(snapshot: Snapshot) -> set[str]:
    return {file.path for files in snapshot.groups() for file in files} | {
        batch.quarantine for batch in snapshot.batches if batch.quarantine
    }
