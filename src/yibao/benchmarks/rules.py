"""All supervision laws over a large ledger: seconds together and each, memory, and how they grow from a tenth of it.

The seconds include reading the tables that a run keeps, once for all laws (row "(reading)").

The peer is a bare scan of the columns that the laws read, made to touch every value (a count is answered from
Parquet statistics). Limit: 90 s for 10 M charge lines, in proportion to the scale.
"""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path
from typing import Any

from yibao.benchmarks.city import bench_ledger
from yibao.engine import DuckEngine
from yibao.engine.portable import columns_read
from yibao.lawbook import Law, Lawbook, read_often, run_law
from yibao.ledger import Ledger
from yibao.runs.laws import load_lawbook

LIMIT_SECONDS_PER_10M = 90.0
MEMORY_LIMIT = "6GB"


def run(scale: int, work: Path, data: Path | None = None) -> dict[str, Any]:  # noqa: ARG001 - one signature for all
    """Figures of the module; ``growth`` is seconds per line at ``scale`` over seconds per line at a tenth of it."""
    lawbook = load_lawbook()
    small, _, _ = _judge(bench_ledger(scale // 10, work), lawbook)
    seconds, peer, details = _judge(bench_ledger(scale, work), lawbook)
    return {
        "seconds": round(seconds, 2),
        "limit_seconds": round(LIMIT_SECONDS_PER_10M * scale / 10_000_000, 2),
        "peer_seconds": round(peer, 2),
        "ratio": round(seconds / peer, 2),
        "growth": round(seconds / (10 * small), 2),
        "details": details,
    }


def _judge(ledger: Ledger, lawbook: Lawbook) -> tuple[float, float, list[dict[str, Any]]]:
    as_of = ledger.last_recorded() or datetime(2026, 12, 31)
    with DuckEngine(memory_limit=MEMORY_LIMIT) as engine:
        laws = [law for law in lawbook.of() if law.runs_in == "supervision"]
        columns = columns_read((body for law in laws for body in law.bodies), ledger.tables())
        ledger.attach(engine, only=columns, keep_cells=0)
        peers = {law.key: _scan(engine, law) for law in laws}
        started = time.perf_counter()
        ledger.attach(engine, only=columns, often=read_often(laws))
        read = time.perf_counter() - started
        outcomes = [run_law(engine, law, as_of) for law in laws]
    details: list[dict[str, Any]] = [{"law": "(reading)", "seconds": round(read, 2), "scan": None, "rows": None}]
    details += [
        {"law": o.law.id, "seconds": round(o.seconds, 2), "scan": round(peers[o.law.key], 2), "rows": o.rows}
        for o in outcomes
    ]
    return read + sum(o.seconds for o in outcomes), sum(peers.values()), details


def _scan(engine: DuckEngine, law: Law) -> float:
    """Seconds to read, and touch, the columns that a law uses of its tables."""
    started = time.perf_counter()
    for table, columns in law.columns.items():
        if columns:
            listed = ", ".join(f'"{c}"' for c in sorted(columns))
            engine.execute(f'select bit_xor(hash({listed})) as touched from "{table}"')
    return time.perf_counter() - started
