"""Equity: Dagum's Gini of a million values beside its definition, a whole study with a thousand bootstraps, the import.

The scale is the number of values. The peer is the definition itself, all pairs of 10,000 values in blocks; that it
agrees is part of the run. Memory is what the calculation allocates at its peak, at the scale and at a quarter of it: a
ratio of about four is linear. The study has 31 regions, 15 years and 40 indicators; its limit is that of the figures
and tables computed, and the time with every file written stands beside it.
"""

from __future__ import annotations

import subprocess
import sys
import time
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np

from yibao.equity import dagum, gini, run_study
from yibao.equity.checks import Floats
from yibao.equity.outputs import write_study

#: Seconds.
DAGUM_LIMIT, STUDY_LIMIT, IMPORT_LIMIT = 1.0, 20.0, 0.5
GROUPS, PAIRS_OF, BLOCK, SEED = 4, 10_000, 500, 1
STUDY = """study: bench
title: {zh: 测速, en: bench}
question: {zh: 一项完整研究要多久？, en: How long does a whole study take?}
data: {simulate: {system: security_resources, from_year: 2009, years: 15, seed: 1}}
indicators: security_resources
steps:
  - {step: composite, id: index}
  - {step: coupling, id: coordination, of: [index_security, index_resources]}
  - {step: obstacle, of: index}
  - {step: dagum, of: coordination}
  - {step: bootstrap, composite: index, replicates: 1000}
  - {step: density, of: coordination}
  - {step: convergence, of: coordination}
  - {step: markov, of: coordination, spatial: false}
"""


def run(scale: int, work: Path, data: Path | None = None) -> dict[str, Any]:  # noqa: ARG001
    """Figures of the module; ``peer_seconds`` is the definition at 10,000 values, ``ratio`` how many times quicker
    a value is here."""
    values, groups = _drawn(scale)
    seconds = min(_timed(values, groups) for _ in range(3))
    few, few_groups = _drawn(PAIRS_OF)
    clock = time.perf_counter()
    literal = _by_definition(few)
    peer = time.perf_counter() - clock
    found = dagum(few, few_groups)
    study = _study(work)
    return {
        "seconds": round(seconds, 3),
        "limit_seconds": DAGUM_LIMIT,
        "peer_seconds": round(peer, 2),
        "ratio": round((peer / PAIRS_OF) / (seconds / scale), 1),
        "peer_values": PAIRS_OF,
        "agrees_with_definition": bool(abs(found.total - literal) < 1e-12 and abs(gini(few) - literal) < 1e-12),
        "peak_mb": round(_peak(values, groups), 1),
        "peak_mb_of_a_quarter": round(_peak(*_drawn(scale // 4)), 1),
        **study,
        "import_seconds": round(_import_seconds(), 3),
        "import_limit": IMPORT_LIMIT,
    }


def _drawn(count: int) -> tuple[Floats, Any]:
    random = np.random.default_rng(SEED)
    return random.gamma(2.0, 1.0, count), random.choice(np.array(["E", "C", "W", "N"][:GROUPS]), count)


def _timed(values: Floats, groups: Any) -> float:
    clock = time.perf_counter()
    dagum(values, groups)
    return time.perf_counter() - clock


def _peak(values: Floats, groups: Any) -> float:
    tracemalloc.start()
    dagum(values, groups)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 2**20


def _by_definition(values: Floats) -> float:
    """Σ|y_i − y_r|/(2n²ȳ) over all pairs, a block of rows at a time so that memory is not what is measured."""
    total = sum(float(np.abs(values[i : i + BLOCK, None] - values).sum()) for i in range(0, len(values), BLOCK))
    return total / (2 * len(values) ** 2 * float(values.mean()))


def _study(work: Path) -> dict[str, Any]:
    path = work / "bench.yaml"
    path.write_text(STUDY, encoding="utf-8")
    clock = time.perf_counter()
    result = run_study(path)
    computed = time.perf_counter() - clock
    write_study(result, path, work / "bench-study")
    return {
        "study_seconds": round(computed, 2),
        "study_limit": STUDY_LIMIT,
        "study_written_seconds": round(time.perf_counter() - clock, 2),
    }


def _import_seconds() -> float:
    """The quickest of three fresh interpreters, without the interpreter's own start."""
    code = "import time; t = time.perf_counter(); import yibao.equity; print(time.perf_counter() - t)"
    command = [sys.executable, "-c", code]
    return min(float(subprocess.run(command, capture_output=True, check=True, text=True).stdout) for _ in range(3))
