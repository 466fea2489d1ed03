"""Raw charge lines into a validated, bucketed, sorted ledger, beside a bare copy of the same CSV into Parquet.

Limit: four times the bare copy (DuckDB, types sniffed, nothing checked or sorted) and 6 GB of memory at 10 M lines.
Both read files that the operating system has in memory, and each runs in a process of its own.
"""

from __future__ import annotations

import multiprocessing
import resource
import shutil
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from yibao.benchmarks.city import raw_files
from yibao.ledger.duck import connect
from yibao.ledger.ingest import ingest

TIMES_BARE_COPY = 4.0


def run(scale: int, work: Path, data: Path | None = None) -> dict[str, Any]:  # noqa: ARG001 - one signature for all
    """Figures of the module; ``growth`` is seconds per line at ``scale`` over seconds per line at a tenth of it."""
    few, small, _ = _alone(_take, _lines_only(scale // 10, work), work)
    raw = _lines_only(scale, work)
    copied, peer, _ = _alone(_copy, raw, work)
    rows, seconds, peak = _alone(_take, raw, work)
    if rows != copied:
        raise RuntimeError(f"{copied} lines were copied but {rows} taken in")
    return {
        "seconds": round(seconds, 2),
        "limit_seconds": round(TIMES_BARE_COPY * peer, 2),
        "peer_seconds": round(peer, 2),
        "ratio": round(seconds / peer, 2),
        "rss_mb": peak,
        "growth": round(seconds / rows / (small / few), 2),
        "rows": rows,
        "csv_mb": sum(path.stat().st_size for path in raw.iterdir()) >> 20,
    }


def _lines_only(scale: int, work: Path) -> Path:
    """A folder of nothing but charge lines, read once so that whoever comes first does not pay for it."""
    folder = work / f"lines-{scale}"
    folder.mkdir(exist_ok=True)
    for path in raw_files(scale, work).glob("charge_line*.csv*"):
        link = folder / path.name
        if not link.exists():
            link.symlink_to(path.resolve())
        with path.open("rb") as file:
            while file.read(1 << 24):
                pass
    return folder


def _alone(step: Callable[[Path, Path], tuple[int, float, int]], raw: Path, work: Path) -> tuple[int, float, int]:
    """Rows, seconds and peak memory of a step in a process of its own."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as executor:
        return executor.submit(step, raw, work).result()


def _take(raw: Path, work: Path) -> tuple[int, float, int]:
    into = work / "ingest-bench"
    shutil.rmtree(into, ignore_errors=True)
    started = time.perf_counter()
    report = ingest(raw, "national", into)
    seconds = time.perf_counter() - started
    shutil.rmtree(into)
    if report.accepted != report.rows_in:
        raise RuntimeError(f"the generated lines should all be accepted: {report.to_dict()}")
    return report.rows_in, seconds, _peak()


def _copy(raw: Path, work: Path) -> tuple[int, float, int]:
    target = work / "bare-copy.parquet"
    with connect(temp=work) as connection:
        started = time.perf_counter()
        rows = connection.execute(f"copy (from read_csv('{raw}/*.csv*')) to '{target}' (format parquet)").fetchone()
        seconds = time.perf_counter() - started
    target.unlink()
    return int(rows[0]) if rows else 0, seconds, _peak()


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
