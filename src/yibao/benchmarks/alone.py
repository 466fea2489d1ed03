"""One step of a benchmark in a process of its own, so that its time and its peak memory are its own."""

from __future__ import annotations

import multiprocessing
import resource
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Step:
    """What one step gave and took: seconds on the clock, seconds of all processors together, peak memory in MB."""

    result: Any
    seconds: float
    cpu: float
    rss_mb: int


def alone(step: Callable[[Path, Path], Any], source: Path, work: Path) -> Step:
    """Run ``step(source, work)``, a function of a module, in a process of its own."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as executor:
        return executor.submit(_measured, step, source, work).result()


def _measured(step: Callable[[Path, Path], Any], source: Path, work: Path) -> Step:
    started, cpu = time.perf_counter(), time.process_time()
    result = step(source, work)
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    return Step(result, seconds, cpu, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
