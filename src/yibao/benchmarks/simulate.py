"""A province with everything in it, from nothing to raw files: seconds, memory, rows, and the rate of the writer alone.

Limit: 90 s and 6 GB for 10 M charge lines, in proportion to the scale. The peer copies the finished files byte by byte,
which is what the storage itself takes. ``cpu_seconds`` is processor time, which other work on the machine hardly
touches.
"""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Any

from yibao.benchmarks.city import persons_for
from yibao.simulation import simulate

LIMIT_SECONDS_PER_10M, LIMIT_MB = 90.0, 6_000
SEED = 1


def run(scale: int, work: Path, data: Path | None = None) -> dict[str, Any]:  # noqa: ARG001 - one signature for all
    """Figures of the module; ``rows`` counts charge lines, ``all_rows`` those of every table."""
    folder = work / "simulate-bench"
    shutil.rmtree(folder, ignore_errors=True)
    started, busy = time.perf_counter(), time.process_time()
    report = simulate(persons_for(scale), SEED, folder)
    seconds, cpu = time.perf_counter() - started, time.process_time() - busy
    files = sorted((folder / "raw").iterdir())
    size = sum(path.stat().st_size for path in files)
    started = time.perf_counter()
    shutil.copytree(folder / "raw", work / "simulate-copy")
    peer = time.perf_counter() - started
    shutil.rmtree(work / "simulate-copy")
    shutil.rmtree(folder)
    lines = report.tables["charge_line"]
    details = [{"table": name, "rows": rows} for name, rows in sorted(report.tables.items(), key=lambda t: -t[1])[:12]]
    return {
        "seconds": round(seconds, 2),
        "limit_seconds": round(LIMIT_SECONDS_PER_10M * lines / 10_000_000, 2),
        "cpu_seconds": round(cpu, 2),
        "limit_mb": LIMIT_MB,
        "peer_seconds": round(peer, 2),
        "ratio": round(seconds / peer, 2),
        "persons": report.persons,
        "rows": lines,
        "all_rows": sum(report.tables.values()),
        "csv_mb": size >> 20,
        "details": details,
    }
