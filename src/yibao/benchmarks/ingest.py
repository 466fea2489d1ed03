"""Raw charge lines into a validated, bucketed, sorted ledger, beside a bare copy of the same CSV into Parquet.

Limit: four times the bare copy (DuckDB, types sniffed, nothing checked or sorted) and 6 GB of memory at 10 M lines.
Both read files that the operating system has in memory, and each runs in a process of its own.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from yibao.benchmarks.alone import alone
from yibao.benchmarks.city import raw_files
from yibao.ledger.duck import connect
from yibao.ledger.ingest import ingest

TIMES_BARE_COPY = 4.0


def run(scale: int, work: Path, data: Path | None = None) -> dict[str, Any]:  # noqa: ARG001 - one signature for all
    """Figures of the module.

    The peer is measured before and after, since other work on the machine comes and goes; ``cpu_ratio`` compares
    processor time, which such work hardly touches. ``growth`` is processor time per line at ``scale`` over the same at
    a tenth of it.
    """
    small = alone(_take, _lines_only(scale // 10, work), work)
    raw = _lines_only(scale, work)
    before = alone(_copy, raw, work)
    taken = alone(_take, raw, work)
    after = alone(_copy, raw, work)
    if not taken.result == before.result == after.result:
        raise RuntimeError(f"{before.result} lines were copied but {taken.result} taken in")
    peer = (before.seconds + after.seconds) / 2
    return {
        "seconds": round(taken.seconds, 2),
        "limit_seconds": round(TIMES_BARE_COPY * peer, 2),
        "peer_seconds": round(peer, 2),
        "ratio": round(taken.seconds / peer, 2),
        "cpu_ratio": round(2 * taken.cpu / (before.cpu + after.cpu), 2),
        "rss_mb": taken.rss_mb,
        "growth": round(taken.cpu / taken.result / (small.cpu / small.result), 2),
        "rows": taken.result,
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


def _take(raw: Path, work: Path) -> int:
    into = work / "ingest-bench"
    shutil.rmtree(into, ignore_errors=True)
    report = ingest(raw, "national", into)
    shutil.rmtree(into)
    return report.rows_in


def _copy(raw: Path, work: Path) -> int:
    target = work / "bare-copy.parquet"
    with connect(temp=work) as connection:
        rows = connection.execute(f"copy (from read_csv('{raw}/*.csv*')) to '{target}' (format parquet)").fetchone()
    target.unlink()
    return int(rows[0]) if rows else 0
