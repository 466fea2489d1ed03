"""Observed over expected readmissions of each institution with its exact 95 % interval."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from yibao.measures import observed_expected

PARTITION = ["institution_id"]
ORDER: list[str] = []

MILLION = 1_000_000


def run(table: pa.Table, params: dict[str, Any]) -> pa.Table:
    """One row per institution. ``value_ppm`` is O/E, ``expected_ppm`` the expected number, both in millionths."""
    observed = table["observed"].to_numpy()
    discharges = table["discharges"].to_numpy()
    expected = table["expected_ppm"].to_numpy() / MILLION
    ratio = observed_expected(observed, expected)

    few = (discharges < params["min_discharges"]) | (expected < params["min_expected"])
    high = ~few & (ratio.lower > params["flag_above"] / 10_000)
    note = np.select([few, high], ["too few", "above limit"], "")
    n = table.num_rows
    return pa.table(
        {
            "subject_kind": pa.array(["institution"] * n, pa.string()),
            "subject_id": table["institution_id"],
            "period_from": table["period_from"],
            "period_to": table["period_to"],
            "numerator": pa.array(observed),
            "denominator": pa.array(discharges),
            "expected_ppm": table["expected_ppm"],
            "value_ppm": _ppm(ratio.ratio),
            "lower_ppm": _ppm(ratio.lower),
            "upper_ppm": _ppm(ratio.upper),
            "note": pa.array(note, pa.string()),
        }
    )


def _ppm(value: np.ndarray) -> pa.Array:
    """Millionths, rounded to the nearest (halves to even); nothing expected is null."""
    known = np.isfinite(value)
    return pa.array(np.rint(np.where(known, value, 0.0) * MILLION).astype(np.int64), pa.int64(), mask=~known)
