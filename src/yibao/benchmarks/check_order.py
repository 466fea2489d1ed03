"""One draft order against a large ledger, in process: the time a doctor waits. Limit: p99 60 ms at 10 M lines.

Persons are drawn by their charge lines, so heavy users come up more often; every draft orders a code that at least one
law knows, so that laws run each time.
"""

from __future__ import annotations

import random
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from yibao.benchmarks import BenchmarkError
from yibao.benchmarks.city import bench_ledger
from yibao.engine import DuckEngine
from yibao.ledger.typing_sql import BUCKETS, nobody_in
from yibao.runs.laws import load_lawbook
from yibao.supervision.draft import Draft, OrderLine
from yibao.supervision.order_check import OrderChecker

CHECKS = 500
LIMIT_SECONDS = 0.060


def run(scale: int, work: Path, data: Path | None = None) -> dict[str, Any]:  # noqa: ARG001 - one signature for all
    """p50 and p99 over 500 drafts (the first ten only warm up), and how many met a law and a reminder."""
    ledger, chance = bench_ledger(scale, work), random.Random(1)
    with DuckEngine() as engine:
        ledger.attach(engine, only=["charge_line"])
        rows = engine.execute(
            "select person_id, institution_id, max(charged_at) as last "
            f"from (select person_id, institution_id, charged_at from charge_line using sample {CHECKS + 10} rows) "
            "group by person_id, institution_id order by person_id"
        ).to_pylist()
    chance.shuffle(rows)
    with OrderChecker(ledger, load_lawbook()) as checker:
        checker.plan()
        for bucket in range(BUCKETS):  # as the service does at its start
            ledger.slice(nobody_in(bucket), sorted(checker.read))
        checker.settle()
        codes = sorted(checker.candidates)
        taken, laws, reminders = [], 0, 0
        for number, row in enumerate(rows):
            draft = _draft(row, chance.choice(codes))
            started = time.perf_counter()
            answer = checker.check(draft)
            if number >= 10:
                taken.append(time.perf_counter() - started)
                laws += len(answer.laws)
                reminders += len(answer.reminders)
            if answer.failures:
                raise BenchmarkError(f"a law failed on a draft: {answer.failures[0]}")
    taken.sort()
    p50, p99 = taken[len(taken) // 2], taken[min(len(taken) - 1, len(taken) * 99 // 100)]
    return {
        "seconds": round(p99, 4),
        "limit_seconds": LIMIT_SECONDS,
        "peer_seconds": None,
        "ratio": round(p99 / LIMIT_SECONDS, 2),
        "p50_ms": round(p50 * 1000, 1),
        "p99_ms": round(p99 * 1000, 1),
        "checks": len(taken),
        "laws_per_check": round(laws / len(taken), 1),
        "reminders": reminders,
    }


def _draft(row: dict[str, Any], code: str) -> Draft:
    last: datetime = row["last"]
    return Draft(
        person_id=row["person_id"], institution_id=row["institution_id"], staff_id="", encounter_id="draft:encounter",
        department=None, ordered_at=last.replace(hour=23, minute=0), encounter_kind=None,
        orders=(OrderLine("1", code, 1000),),
    )  # fmt: skip
