"""Raw files of each source into a ledger: records a second, beside the limit of that source.

The files are made here, ``scale`` records of each source, and read once before the clock starts. A record is one of the
raw files' (a claim, a line, a person, a segment), whatever it becomes; of FHIR it is a resource, and there are fewer.
Each ingest runs in a process of its own.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yibao.benchmarks.alone import alone
from yibao.benchmarks.claim_files import fhir, x12
from yibao.benchmarks.source_files import excel, national_parquet, omop, openimis, synpuf
from yibao.errors import UsageError
from yibao.ledger.ingest import ingest


@dataclass(frozen=True)
class Made:
    """How the files of one measurement are made: ``make(records, folder)`` returns how many there are."""

    source: str
    make: Callable[[int, Path], int]
    currency: str
    limit: int = 100_000  # records a second


MADE: Mapping[str, Made] = {
    "excel": Made("national", excel, "CNY"),
    "parquet": Made("national", national_parquet, "CNY"),
    "omop": Made("omop", omop, "USD"),
    "openimis": Made("openimis", openimis, "TZS"),
    "synpuf": Made("synpuf", synpuf, "USD"),
    "fhir": Made("fhir", fhir, "USD", limit=10_000),
    "x12": Made("x12", x12, "USD"),
}


def run(scale: int, work: Path, data: Path | None = None, source: str | None = None) -> dict[str, Any]:  # noqa: ARG001
    """Figures of every source, or of the one named; ``seconds`` is the sum, ``ratio`` the worst limit over figure."""
    if source is not None and source not in MADE:
        raise UsageError(f"there are no files for {source!r}", mend=f"known: {', '.join(MADE)}")
    rows = [_one(name, MADE[name], scale, work) for name in ([source] if source else MADE)]
    return {
        "seconds": round(sum(row["seconds"] for row in rows), 2),
        "limit_seconds": round(sum(row["records"] / MADE[row["files"]].limit for row in rows), 2),
        "peer_seconds": None,
        "ratio": max(round(MADE[row["files"]].limit / row["records_per_second"], 2) for row in rows),
        "details": rows,
    }


def _one(name: str, made: Made, scale: int, work: Path) -> dict[str, Any]:
    folder = work / f"source-{name}-{scale}"
    count = folder.with_suffix(".records")
    if not count.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        count.write_text(str(made.make(scale, folder)), encoding="utf-8")
    for path in folder.iterdir():
        with path.open("rb") as file:
            while file.read(1 << 24):
                pass
    records = int(count.read_text(encoding="utf-8"))
    step = alone(_take, folder, work)
    return {
        "files": name,
        "source": made.source,
        "records": records,
        "rows_in": step.result,
        "seconds": round(step.seconds, 2),
        "cpu_seconds": round(step.cpu, 2),
        "records_per_second": int(records / step.seconds),
        "limit": made.limit,
        "rss_mb": step.rss_mb,
    }


def _take(folder: Path, work: Path) -> int:
    made = MADE[folder.name.split("-")[1]]
    into = work / "sources-bench"
    shutil.rmtree(into, ignore_errors=True)
    report = ingest(folder, made.source, into, currency=made.currency)
    shutil.rmtree(into)
    if report.quarantined or report.duplicates:
        raise RuntimeError(f"{folder.name}: {report.quarantined} quarantined, {report.duplicates} duplicates")
    return report.rows_in
