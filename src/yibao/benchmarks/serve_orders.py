"""Order checks over HTTP against a large ledger: 20 a second, whether or not the service keeps up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from yibao.benchmarks import BenchmarkError
from yibao.benchmarks.serve_city import make_systems, orders
from yibao.benchmarks.serve_load import Answered, failed, milliseconds, open_loop
from yibao.benchmarks.serve_process import served
from yibao.ledger import Ledger
from yibao.runs.laws import load_lawbook
from yibao.supervision.order_check import OrderChecker

RATE, SECONDS, LIMIT_MS = 20.0, 300, 150.0
_WARM = 40


def run(ledger: Ledger, work: Path, seconds: int = SECONDS) -> dict[str, Any]:
    """Figures of one run of so many seconds. ``errors`` counts answers other than 200, and checks that failed open."""
    registry = str(work / "orders.db")
    systems = make_systems(registry, ledger)
    with OrderChecker(ledger, load_lawbook()) as checker:
        codes = sorted(checker.candidates)
    count = int(RATE * seconds)
    asked = orders(ledger, systems, codes, count + _WARM)
    with served(ledger.path, registry, work / "orders") as service:
        open_loop(service.port, lambda n: asked[n], RATE, _WARM)
        used = service.cpu_seconds()
        answers = open_loop(service.port, lambda n: asked[n + _WARM], RATE, count)
        used = service.cpu_seconds() - used
        memory = service.peak_mb()
    wrong = failed(answers)
    said = [answer.json() for answer in answers if answer.status == 200]
    if not said:
        raise BenchmarkError(f"no order was checked: {wrong}")
    return {
        "rate": RATE, "seconds": seconds, "checks": len(answers), **_percentiles(answers), "limit_ms": LIMIT_MS,
        "errors": sum(wrong.values()) + sum(not one["complete"] for one in said), "statuses": wrong or None,
        "reminders": sum(len(one["reminders"]) for one in said),
        "laws_per_check": round(sum(len(one["laws"]) for one in said) / len(said), 1), "server_mb": memory,
        "cpu_ms": round(1000 * used / count, 1),
    }  # fmt: skip


def _percentiles(answers: list[Answered]) -> dict[str, float]:
    named = {"p50_ms": 0.5, "p95_ms": 0.95, "p99_ms": 0.99, "max_ms": 1.0}
    return {name: milliseconds(answers, share) for name, share in named.items()}
