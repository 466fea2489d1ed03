"""The ledger that benchmarks run on: made once per scale in a process of its own, then used again."""

from __future__ import annotations

import multiprocessing
import shutil
from pathlib import Path

from yibao.benchmarks import BenchmarkError
from yibao.ledger import Ledger, open_ledger

SEED = 1


def raw_files(lines: int, work: Path) -> Path:
    """Folder with the raw national files of a city of ``lines`` charge lines."""
    folder = work / f"raw-{lines}"
    if not folder.exists():
        _apart(_simulate, lines, folder)
    return folder


def bench_ledger(lines: int, work: Path) -> Ledger:
    """A ledger of ``lines`` charge lines and what belongs to them."""
    folder = work / f"ledger-{lines}"
    if not (folder / "CURRENT").exists():
        shutil.rmtree(folder, ignore_errors=True)
        _apart(_ingest, raw_files(lines, work), folder)
    return open_ledger(folder)


def _apart(function: object, *args: object) -> None:
    """Run in another process: what it needs in memory is not this benchmark's."""
    process = multiprocessing.get_context("spawn").Process(target=function, args=args)  # type: ignore[arg-type]
    process.start()
    process.join()
    if process.exitcode:
        raise BenchmarkError("the benchmark's data could not be prepared", mend="see the message above")


def _simulate(lines: int, folder: Path) -> None:
    from yibao.simulation import simulate_lines

    unfinished = folder.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    simulate_lines(lines, SEED, unfinished / "charge_line.csv")
    unfinished.rename(folder)


def _ingest(raw: Path, folder: Path) -> None:
    from yibao.ledger.ingest import ingest

    ingest(raw, "national", folder, currency="CNY")
