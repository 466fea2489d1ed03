"""Compaction of a ledger of five batches, beside a bare copy of the same Parquet rows.

Limit: four times the bare copy (DuckDB, one file for each table, nothing sorted, checked or forced to disk) and 8 GB of
memory at 100 M charge lines. In each batch everybody has some lines, so every file of a bucket spans the whole order.
``data`` may name a ledger to be compacted instead; it is copied by links and not changed.
"""

from __future__ import annotations

import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

from yibao.benchmarks import BenchmarkError
from yibao.benchmarks.alone import alone
from yibao.benchmarks.city import batch_ledger
from yibao.benchmarks.kill_states import link_copy
from yibao.ledger import open_ledger
from yibao.ledger.compact import Compacted, compact
from yibao.ledger.duck import connect, read_parquet

BATCHES = 5
TIMES_BARE_COPY = 4.0
LIMIT_MB = 8192


def run(scale: int, work: Path, data: Path | None = None) -> dict[str, Any]:
    """Figures of the module.

    The peer is measured before and after, since other work on the machine comes and goes; ``cpu_ratio`` compares
    processor time, which such work hardly touches.
    """
    ledger = data or batch_ledger(scale, BATCHES, work)
    before = alone(_copy, ledger, work)
    merged = alone(_compact, ledger, work)
    after = alone(_copy, ledger, work)
    done: Compacted = merged.result
    if not done.merged:
        raise BenchmarkError("there is nothing to merge", where=str(ledger), mend="name a ledger of several batches")
    peer = (before.seconds + after.seconds) / 2
    figures = asdict(done)
    wanted = ("merged", "written", "rows", "money", "files_before", "files_after", "bytes_before", "bytes_after")
    return {
        "seconds": round(merged.seconds, 2),
        "limit_seconds": round(TIMES_BARE_COPY * peer, 2),
        "peer_seconds": round(peer, 2),
        "ratio": round(merged.seconds / peer, 2),
        "cpu_ratio": round(2 * merged.cpu / (before.cpu + after.cpu), 2),
        "rss_mb": merged.rss_mb,
        "limit_mb": LIMIT_MB,
        **{name: figures[name] for name in wanted},
    }


def _compact(ledger: Path, work: Path) -> Compacted:
    city = work / "compact-bench"
    shutil.rmtree(city, ignore_errors=True)
    link_copy(ledger, city)
    done = compact(city)
    shutil.rmtree(city)
    return done


def _copy(ledger: Path, work: Path) -> None:
    """Every table that has several files into one."""
    target, source = work / "bare-copy.parquet", open_ledger(ledger)
    with connect(temp=work) as connection:
        for files in (source.files(name) for name in source.tables()):
            if len(files) > 1:
                rows = f"select * from {read_parquet(files)}"
                connection.execute(f"copy ({rows}) to '{target}' (format parquet, compression zstd)")
    target.unlink(missing_ok=True)
