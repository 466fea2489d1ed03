"""A disk that is full, read only, or lost a file: the ledger stays as it was, and the message says what to do."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from compacting import LINES, small_batch

from yibao.benchmarks.dying import Steps
from yibao.benchmarks.kill_states import State, link_copy, nothing_left_over, state_of
from yibao.benchmarks.kills import chosen
from yibao.ledger import compact as compaction
from yibao.ledger.compact import compact
from yibao.ledger.ingest import ingest
from yibao.ledger.refusals import DamagedLedger, LedgerWriteFailed
from yibao.ledger.snapshot import read_snapshot

pytestmark = pytest.mark.slow

MB = 1 << 20
Work = Callable[[Path], object]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger of two batches, "city", and the files of a third."""
    folder = tmp_path_factory.mktemp("full")
    for number in (1, 2):
        ingest(small_batch(folder, number), "national", folder / "city")
    small_batch(folder, 3)
    return folder


@pytest.fixture(params=["ingest", "compact"])
def work(request: pytest.FixtureRequest, folder: Path) -> Work:
    """What is tried."""
    return compact if request.param == "compact" else lambda city: ingest(folder / "raw3", "national", city)


def fails_as_it_should(work: Work, city: Path, old: State) -> bool:
    """Whether the work failed; then the ledger must be as before and say so, with nothing left over."""
    try:
        work(city)
    except LedgerWriteFailed as error:
        assert "No space left" in error.what and error.zh and error.exit_code == 1
        assert "make room and run the same command again" in error.mend and error.mend_zh
        assert state_of(city, times=True) == old
        assert nothing_left_over(city)
        return True
    return False


def test_full_at_any_step(work: Work, folder: Path, tmp_path: Path) -> None:
    """From a chosen step on the disk takes nothing; up to the switch all is as before, and then the work succeeds."""

    def full(what: str) -> None:
        if what in ("mkdir", "write", "fsync", "rename"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def watched(step: int, city: Path) -> list[str]:
        steps = Steps(step, full)
        with steps.watched():
            work(city)
        return steps.seen

    old = state_of(folder / "city", times=True)
    link_copy(folder / "city", tmp_path / "whole")
    trace = watched(0, tmp_path / "whole")
    new = state_of(tmp_path / "whole", times=False)
    switch = next(n for n, step in enumerate(trace, 1) if step.endswith("/whole/CURRENT"))
    for step in chosen(trace, 9):
        city = tmp_path / f"city{step}"
        if city.exists() or step > switch:
            continue  # what fails after the switch is another test
        link_copy(folder / "city", city)
        assert fails_as_it_should(lambda city, step=step: watched(step, city), city, old), step
        work(city)
        assert state_of(city, times=False).same_facts(new)
        assert nothing_left_over(city)


def test_refused_after_the_switch_it_is_said_that_the_change_was_made(work: Work, folder: Path, tmp_path: Path) -> None:
    city = tmp_path / "city"
    link_copy(folder / "city", city)

    def failing(what: str) -> None:
        if read_snapshot(folder / "city").number != read_snapshot(city).number and what == "fsync":
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    with Steps(1, failing).watched(), pytest.raises(LedgerWriteFailed, match="the change was made") as error:
        work(city)
    assert "snapshot verify" in error.value.mend
    assert not state_of(city, times=False).damages


# --- real small disks -------------------------------------------------------------------------------------------------


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk in memory; only the superuser may mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "none", str(place)], capture_output=True)
    if mounted.returncode:
        pytest.skip("mounting a small disk needs the superuser")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_small_disk_full_at_every_stage(
    work: Work, folder: Path, disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The room that is needed is searched for by halving, so the work fails early, late and at the last kilobytes."""
    # Compaction looks before it begins; here it is made to meet the end of the disk on its way.
    monkeypatch.setattr(compaction, "enough_room", lambda *_: None)
    old = state_of(folder / "city", times=True)
    city = disk / "city"

    def tried(room: int) -> bool:
        shutil.rmtree(city, ignore_errors=True)
        shutil.copytree(folder / "city", city)
        _fill(disk, room)
        try:
            return not fails_as_it_should(work, city, old)
        finally:
            (disk / "filler").unlink()

    short, enough = 0, 12 * MB
    while enough - short > 4096:
        room = (short + enough) // 2
        short, enough = (short, room) if tried(room) else (room, enough)
        assert nothing_left_over(city)
    for quarter in range(4):
        assert not tried(quarter * short // 4)
    assert not tried(short)
    work(city)
    assert not state_of(city, times=False).damages and nothing_left_over(city)


def _fill(disk: Path, room: int) -> None:
    """Leave so many bytes free."""
    free = shutil.disk_usage(disk).free
    with (disk / "filler").open("wb") as filler:
        os.posix_fallocate(filler.fileno(), 0, free - room)


def command(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """The real command line, in English."""
    listed = [sys.executable, "-m", "yibao", *map(str, arguments)]
    return subprocess.run(listed, capture_output=True, text=True, check=False, env=os.environ | {"YIBAO_LANG": "en"})


def test_the_command_line_says_what_to_do(folder: Path, disk: Path) -> None:
    """A full disk, then one that may only be read: exit 1, two lines, no traceback; reading goes on."""
    city = disk / "city"
    shutil.copytree(folder / "city", city)
    (disk / "filler").write_bytes(b"")
    for arguments in (["ingest", folder / "raw3", "--into", city], ["compact", city]):
        _fill(disk, 64 << 10)
        told = command(*arguments)
        assert told.returncode == 1 and told.stdout == ""
        assert told.stderr.startswith("refused: ") and len(told.stderr.splitlines()) == 2, told.stderr
        assert "make room and run the same command again" in told.stderr
        (disk / "filler").unlink()
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    for arguments in (["ingest", folder / "raw3", "--into", city], ["compact", city], ["compact", city, "--keep", "1"]):
        told = command(*arguments)
        assert told.returncode == 1
        assert told.stderr.splitlines() == [
            f"refused: {city}: the ledger cannot be written: Read-only file system",
            "  mend: check that you may write there",
        ]
    assert command("query", city, "select count(*) as n from charge_line").stdout == f"n\n{2 * (LINES - 1)}\n"


def test_a_file_that_vanished_is_named_by_ingest_too(folder: Path, tmp_path: Path) -> None:
    city = tmp_path / "city"
    shutil.copytree(folder / "city", city)
    lost = city / read_snapshot(city).files["charge_line"][0].path
    lost.unlink()
    with pytest.raises(DamagedLedger, match="gone") as error:
        ingest(folder / "raw3", "national", city)
    assert error.value.where == str(lost)
    assert read_snapshot(city).number == 2


def test_a_damaged_file_is_named_by_whoever_reads_it(folder: Path, tmp_path: Path) -> None:
    city = tmp_path / "city"
    shutil.copytree(folder / "city", city)
    spoiled = city / read_snapshot(city).files["charge_line"][0].path
    with spoiled.open("rb+") as data:
        data.truncate(100)
    told = command("query", city, "select sum(amount) as fen from charge_line")
    assert told.returncode == 1
    assert told.stderr.splitlines() == [
        f"refused: {spoiled}: the file is damaged: it is not what was written",
        "  mend: restore it from a backup; the ledger was not changed",
    ]
