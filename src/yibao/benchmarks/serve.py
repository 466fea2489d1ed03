"""`yibao bench serve`: order checks, settlement and pages over HTTP, the load from another process on the same machine.

``scale`` is the ledger's charge lines. ``seconds`` shortens every part (for a first look, and for tests); ``part`` is
one of them alone. Limits: order check p99 150 ms at 20 a second for five minutes; settlement at least 100 a second, p99
250 ms, nothing lost or doubled by kills; pages p95 300 ms with 100 sessions, first page 1.2 MB, next 150 KB.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from yibao.benchmarks import BenchmarkError, serve_orders, serve_pages, serve_settlements
from yibao.benchmarks.city import bench_ledger
from yibao.benchmarks.serve_city import fresh_folder

PARTS = ("orders", "settlements", "pages")
#: Below so many seconds everything is small: a few kills, a small city.
_SHORT = 30


def run(
    scale: int, work: Path, data: Path | None = None, part: str | None = None, seconds: int | None = None,  # noqa: ARG001 - one signature for all
) -> dict[str, Any]:  # fmt: skip
    """Figures by part; ``ratio`` is the worst of figure and limit. What the services write goes away afterwards."""
    if part is not None and part not in PARTS:
        raise BenchmarkError(f"there is no part {part!r}", mend=f"known: {', '.join(PARTS)}")
    short = seconds is not None and seconds < _SHORT
    folder = fresh_folder(work, "serve")
    parts: Mapping[str, Callable[[], dict[str, Any]]] = {
        "orders": lambda: serve_orders.run(bench_ledger(scale, work), folder, seconds or serve_orders.SECONDS),
        "settlements": lambda: serve_settlements.run(
            bench_ledger(scale, work), folder, seconds or serve_settlements.SECONDS,
            kills=2 if short else serve_settlements.KILLS,
        ),
        "pages": lambda: serve_pages.run(
            folder, 2_000 if short else serve_pages.PERSONS, seconds or serve_pages.SECONDS,
            looks=(0.1, 0.5) if short else serve_pages.LOOKS,
        ),
    }  # fmt: skip
    load = os.getloadavg()[0]
    try:
        found = {name: parts[name]() for name in PARTS if part in (None, name)}
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return {
        "seconds": round(max(one.get("p99_ms", one.get("p95_ms", 0.0)) for one in found.values()) / 1000, 4),
        "limit_seconds": None, "peer_seconds": None, "ratio": _worst(found), "load_before": round(load, 2),
        **{f"{name}_{key}": value for name, one in found.items() for key, value in one.items() if value is not None},
        "details": [_row(name, one) for name, one in found.items()],
    }  # fmt: skip


def _worst(found: Mapping[str, Mapping[str, Any]]) -> float:
    """The largest of the measured figures over their limits; above 1 something is too slow or too heavy."""
    ratios = []
    for one in found.values():
        ratios.append(one.get("p99_ms", one.get("p95_ms")) / one["limit_ms"])
        if "a_second" in one and "rate" in one:
            ratios.append(one["rate"] / max(one["a_second"], 1e-9))
        if "first_page_bytes" in one:
            ratios += [one["first_page_bytes"] / one["first_limit"], one["next_page_bytes"] / one["next_limit"]]
    return round(max(ratios), 3)


def _row(name: str, figures: Mapping[str, Any]) -> dict[str, Any]:
    return {"part": name, "figures": ", ".join(f"{key} {value}" for key, value in figures.items() if value is not None)}
