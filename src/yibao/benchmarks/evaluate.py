"""The ranker on labelled providers (``--data``: the folder of real test data): figures and time beside a limit."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from yibao.benchmarks import BenchmarkError
from yibao.supervision.models.evaluate import evaluate_providers

LIMIT_SECONDS = 600.0


def run(scale: int, work: Path, data: Path | None = None) -> dict[str, Any]:  # noqa: ARG001 - one signature for all
    """Five times five folds; fails when a leakage check does."""
    if data is None:
        raise BenchmarkError("the benchmark needs labelled providers", mend="--data DIR with fraud_us in it")
    started = time.perf_counter()
    found = evaluate_providers(data / "fraud_us")
    seconds = time.perf_counter() - started
    failed = [check.en for check in found.checks if not check.passed]
    if failed:
        raise BenchmarkError(f"a leakage check failed: {failed[0]}")
    return {
        "seconds": round(seconds, 1),
        "limit_seconds": LIMIT_SECONDS,
        "peer_seconds": None,
        "ratio": round(seconds / LIMIT_SECONDS, 2),
        "units": found.units,
        "positives": found.positives,
        "details": [
            {"method": m.method, "roc_auc": round(m.roc_auc.value, 4), "pr_auc": round(m.pr_auc.value, 4)}
            for m in found.methods
        ],
    }
