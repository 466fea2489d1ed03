"""Speed and memory, measured beside a limit or a peer in the same run; ships with the wheel so that it works anywhere.

A benchmark is a module with ``run(scale, work, data) -> dict``. It runs in a process of its own, so that its peak
memory is its own. Figures every benchmark gives: name, scale, seconds, limit_seconds, peer_seconds, ratio, rss_mb;
``details`` is a list of rows for people.
"""

from __future__ import annotations

import importlib
import multiprocessing
import resource
import tempfile
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from yibao.errors import YibaoError

#: Name -> (module, default scale: charge lines, or what the module says).
BENCHMARKS: Mapping[str, tuple[str, int]] = {
    "ingest": ("yibao.benchmarks.ingest", 10_000_000),
    "settle": ("yibao.benchmarks.settle", 10_000_000),
    "simulate": ("yibao.benchmarks.simulate", 10_000_000),
    "slice": ("yibao.benchmarks.slice", 10_000_000),
    "key-slice": ("yibao.benchmarks.key_slice", 10_000_000),
    "rules": ("yibao.benchmarks.rules", 10_000_000),
    "models": ("yibao.benchmarks.models", 10_000_000),
    "evaluate": ("yibao.benchmarks.evaluate", 0),
    "check-order": ("yibao.benchmarks.check_order", 10_000_000),
    "catalogue-map": ("yibao.benchmarks.catalogue_map", 30_000),
    "group": ("yibao.benchmarks.group", 1_000_000),
    "equity": ("yibao.benchmarks.equity", 1_000_000),
    "compact": ("yibao.benchmarks.compact", 10_000_000),
    "kills": ("yibao.benchmarks.kills", 20_000),
    "registry": ("yibao.benchmarks.registry", 6_000),
    "serve": ("yibao.benchmarks.serve", 10_000_000),
    "package": ("yibao.benchmarks.package", 10_000_000),
    "sources": ("yibao.benchmarks.sources", 1_000_000),
    "spark": ("yibao.benchmarks.spark", 1_000_000),
    "us-claims": ("yibao.benchmarks.us_claims", 0),
}


class BenchmarkError(YibaoError):
    """A benchmark could not be run."""


def run_benchmark(
    name: str, *, scale: int | None = None, work: Path | None = None, data: Path | None = None, **own: Any
) -> dict[str, Any]:
    """Run one benchmark in a process of its own and return its figures.

    ``work`` keeps generated raw files and ledgers for the next run; without it they go to a temporary folder. ``own``
    are arguments that only this benchmark has.
    """
    module, default = BENCHMARKS[name]
    with tempfile.TemporaryDirectory(prefix="yibao-bench-") as scratch:
        folder = work or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        context = multiprocessing.get_context("spawn")
        # An executor, not a pool: a pool's workers may have no children, and benchmarks measure peers in children.
        with ProcessPoolExecutor(1, mp_context=context) as executor:
            return executor.submit(_measure, name, module, scale or default, folder, data, own).result()


def _measure(
    name: str, module: str, scale: int, work: Path, data: Path | None, own: Mapping[str, Any]
) -> dict[str, Any]:
    figures: dict[str, Any] = importlib.import_module(module).run(scale=scale, work=work, data=data, **own)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return {"name": name, "scale": scale, "rss_mb": peak, **figures}
