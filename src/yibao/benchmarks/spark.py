"""All laws over one ledger on the cluster engine, on this machine, beside the embedded one; both must return the same.

The seconds of an engine include its start and the reading of the small tables. The limit is a promise about the answer
to "how much slower": no more than 14 times the embedded engine, the upper end of what was measured law by law.
"""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path
from typing import Any

from yibao.benchmarks import BenchmarkError
from yibao.benchmarks.city import bench_ledger
from yibao.engine import EngineChoice, EngineError
from yibao.engine.content import require_equal
from yibao.engine.portable import columns_read
from yibao.lawbook import Lawbook, Outcome, run_law
from yibao.ledger import Ledger
from yibao.runs.laws import load_lawbook

LIMIT_RATIO = 14.0
MEMORY = "2GB"


def run(scale: int, work: Path, data: Path | None = None) -> dict[str, Any]:  # noqa: ARG001 - one signature for all
    """Figures of the module; ``java_mb`` is the peak memory of Spark's own process, ``rss_mb`` that of Python."""
    ledger, lawbook = bench_ledger(scale, work), load_lawbook()
    embedded, peer = _judge(ledger, lawbook, EngineChoice("duckdb"))
    cluster, seconds = _judge(ledger, lawbook, EngineChoice("spark", MEMORY))
    _require_equal(embedded, cluster)
    details = [
        {"law": one.law.id, "spark": round(one.seconds, 2), "duckdb": round(two.seconds, 2), "rows": one.rows}
        for one, two in zip(cluster, embedded, strict=True)
    ]
    return {
        "seconds": round(seconds, 2),
        "limit_seconds": round(LIMIT_RATIO * peer, 2),
        "peer_seconds": round(peer, 2),
        "ratio": round(seconds / peer, 2),
        "java_mb": _java_mb(),
        "details": details,
    }


def _judge(ledger: Ledger, lawbook: Lawbook, choice: EngineChoice) -> tuple[list[Outcome], float]:
    started = time.perf_counter()
    laws = lawbook.of()
    as_of = ledger.last_recorded() or datetime(2026, 12, 31)
    with choice.open() as engine:
        ledger.attach(engine, only=columns_read((body for law in laws for body in law.bodies), ledger.tables()))
        outcomes = [run_law(engine, law, as_of) for law in laws]
    return outcomes, time.perf_counter() - started


def _require_equal(embedded: list[Outcome], cluster: list[Outcome]) -> None:
    for one, two in zip(embedded, cluster, strict=True):
        for outcome in (one, two):
            if outcome.status == "failed":
                raise BenchmarkError(outcome.message, where=outcome.law.id)
        for name in one.tables:
            try:
                require_equal({"duckdb": one.tables[name], "spark": two.tables[name]})
            except EngineError as error:
                raise BenchmarkError(str(error), where=f"{one.law.id}, {name}") from None


def _java_mb() -> int:
    from pyspark import SparkContext

    status = Path(f"/proc/{SparkContext._gateway.proc.pid}/status").read_text(encoding="utf-8")
    return int(status.split("VmHWM:")[1].split()[0]) // 1024
