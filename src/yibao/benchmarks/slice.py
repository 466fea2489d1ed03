"""One person's rows out of a large ledger. Limits at 10 M lines: p99 8 ms for one table, 20 ms for the full history.

Persons are drawn by their charge lines, so heavy users come up more often. The peer is the engine asked for the same
rows of the one bucket file.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from yibao.benchmarks.city import bench_ledger
from yibao.ledger import Ledger
from yibao.ledger.duck import connect
from yibao.ledger.typing_sql import bucket_of

PERSONS = 500
Key = TypeVar("Key")
LIMIT_ONE_TABLE, LIMIT_FULL_HISTORY = 0.008, 0.020


def run(scale: int, work: Path, data: Path | None = None) -> dict[str, Any]:  # noqa: ARG001 - one signature for all
    """p50 and p99 with footers read before, as in a service that is up; the cold round is the one that reads them."""
    ledger = bench_ledger(scale, work)
    persons = _drawn_by_lines(ledger)
    whole = [name for name, table in ledger.tables().items() if table.slice == "person_id" and ledger.row_count(name)]
    cold = timed(lambda person: ledger.slice(person, whole), persons)
    history = timed(lambda person: ledger.slice(person, whole), persons)
    one = timed(lambda person: ledger.slice(person, ["charge_line"]), persons)
    peer = _peer(ledger, persons)
    details = [
        {"slice": "charge_line", **_figures(one), "limit_ms": LIMIT_ONE_TABLE * 1000},
        {"slice": f"{len(whole)} tables", **_figures(history), "limit_ms": LIMIT_FULL_HISTORY * 1000},
        {"slice": f"{len(whole)} tables, cold", **_figures(cold), "limit_ms": None},
        {"slice": "charge_line by the engine", **_figures(peer), "limit_ms": None},
    ]
    return {
        "seconds": round(at_percent(history, 99), 4),
        "limit_seconds": LIMIT_FULL_HISTORY,
        "peer_seconds": round(at_percent(peer, 99), 4),
        "ratio": round(at_percent(one, 99) / at_percent(peer, 99), 2),
        "one_table_seconds": round(at_percent(one, 99), 4),
        "one_table_limit_seconds": LIMIT_ONE_TABLE,
        "rows": ledger.row_count("charge_line"),
        "details": details,
    }


def _drawn_by_lines(ledger: Ledger) -> list[str]:
    files = [str(path) for path in ledger.files("charge_line")]
    with connect() as connection:
        rows = connection.execute(
            "select person_id from (select person_id from read_parquet(?)) "
            f"using sample reservoir({PERSONS} rows) repeatable (1)",
            [files],
        ).fetchall()
    persons = sorted(row[0] for row in rows)
    random.Random(1).shuffle(persons)
    return persons


def _peer(ledger: Ledger, persons: Sequence[str]) -> list[float]:
    buckets: dict[int, list[str]] = {}
    for path in ledger.files("charge_line"):
        buckets.setdefault(int(path.parent.name), []).append(str(path))
    with connect() as connection:
        sql = "select * from read_parquet($files) where person_id = $person"

        def ask(person: str) -> object:
            return connection.execute(sql, {"files": buckets[bucket_of(person)], "person": person}).to_arrow_table()

        return timed(ask, persons)


def timed(ask: Callable[[Key], object], keys: Sequence[Key]) -> list[float]:
    """Seconds that each question took, shortest first."""
    taken = []
    for key in keys:
        started = time.perf_counter()
        ask(key)
        taken.append(time.perf_counter() - started)
    return sorted(taken)


def at_percent(taken: Sequence[float], percent: int) -> float:
    """The value below which ``percent`` of the sorted ``taken`` lie."""
    return taken[min(len(taken) - 1, len(taken) * percent // 100)]


def _figures(taken: Sequence[float]) -> dict[str, float]:
    return {"p50_ms": round(at_percent(taken, 50) * 1000, 1), "p99_ms": round(at_percent(taken, 99) * 1000, 1)}
