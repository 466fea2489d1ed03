"""All models over a ledger: measures of institutions, staff and persons, groups, scores. Limit: 60 s at 10 M lines."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from yibao.benchmarks.city import bench_ledger
from yibao.supervision.models.risk import assess

LIMIT_SECONDS = 60.0


def run(scale: int, work: Path, data: Path | None = None) -> dict[str, Any]:  # noqa: ARG001 - one signature for all
    """Seconds in all, and for each part beside the number of subjects."""
    ledger = bench_ledger(scale, work)
    laps: list[tuple[str, float]] = []
    started = time.perf_counter()
    found = assess(ledger, progress=lambda part, *_: laps.append((part, time.perf_counter())))
    seconds = time.perf_counter() - started
    ends = [at for _, at in laps[1:]] + [started + seconds]
    limit = LIMIT_SECONDS * max(scale, 1_000_000) / 10_000_000
    sizes = {kind: len(scores.frame.ids) for kind, scores in found.scores.items()}
    sizes["groups"] = len(found.groups)
    return {
        "seconds": round(seconds, 2),
        "limit_seconds": round(limit, 1),
        "peer_seconds": None,
        "ratio": round(seconds / limit, 2),
        "scores": found.tables["risk_score"].num_rows,
        "details": [
            {"part": part, "seconds": round(end - at, 2), "subjects": sizes.get(part)}
            for (part, at), end in zip(laps, ends, strict=True)
        ],
    }
