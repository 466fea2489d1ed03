"""The whole chain once, on a synthetic city: raw files, ledger, laws, report, and one doctor's order."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from yibao.errors import YibaoError
from yibao.lawbook import Lawbook
from yibao.ledger import Ledger, open_ledger
from yibao.ledger.ingest import ingest
from yibao.ledger.report import IngestReport
from yibao.runs.run import RunResult, run
from yibao.simulation import simulate
from yibao.supervision.draft import read_draft
from yibao.supervision.order_check import OrderChecker
from yibao.supervision.reminders import Answer

Progress = Callable[[str, float, float], None]

#: A folder with this file was made by the demo and may be made again.
MARKER = ".yibao-demo"


#: The city's data count as recorded then, soon after the year they cover: the same seed gives the same results any day.
RECORDED = datetime(2026, 1, 15, 8)


class DemoError(YibaoError):
    """The demo cannot be made there."""


@dataclass(frozen=True)
class Demo:
    """What the demo made, with the seconds of each step."""

    folder: Path
    ledger: Ledger
    ingested: IngestReport
    run: RunResult
    order: Path
    answer: Answer
    seconds: dict[str, float]


def make_demo(folder: Path, persons: int, seed: int, lawbook: Lawbook, progress: Progress | None = None) -> Demo:
    """Simulate, ingest, run and check one order below ``folder``.

    A folder that an earlier demo made is made anew; any other folder with content is refused.
    """
    _clear(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARKER).touch()
    seconds: dict[str, float] = {}

    clock = time.perf_counter()
    simulate(persons, seed, folder / "city", progress=progress)
    clock = _lap(seconds, "simulate", clock)
    raw, ledger_path = folder / "city" / "raw", folder / "ledger"
    report = ingest(raw, "national", ledger_path, currency="CNY", progress=progress, recorded_at=RECORDED)
    clock = _lap(seconds, "ingest", clock)
    ledger = open_ledger(ledger_path)
    result = run(ledger, lawbook, progress=progress)
    clock = _lap(seconds, "run", clock)
    order = folder / "city" / "orders" / "thyroid_ultrasound.json"
    with OrderChecker(ledger, lawbook) as checker:
        answer = checker.check(read_draft(order))
    _lap(seconds, "check-order", clock)
    return Demo(folder, ledger, report, result, order, answer, seconds)


def _lap(seconds: dict[str, float], step: str, clock: float) -> float:
    now = time.perf_counter()
    seconds[step] = round(now - clock, 2)
    return now


def _clear(folder: Path) -> None:
    if not folder.exists() or not any(folder.iterdir()):
        return
    if not (folder / MARKER).exists():
        raise DemoError(
            "the folder has other content", where=str(folder), mend="give an empty or new folder with --out"
        )
    shutil.rmtree(folder)
