"""Scores pairs of stays: how alike are diagnosis, department, treatment and doctor, and did money give a reason?

Each component gives points (basis points of 1) up to its weight; the strength is their sum. A component that the
ledger cannot judge (no department recorded, say) leaves both sides: the strength is then the points over the weights
that could be judged, and a pair of which too little can be judged is no finding.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

PARTITION = ["person_id"]
ORDER = ["readmitted_at", "second_id"]

ONE = 10_000
COMPONENTS = ("diagnosis", "department", "treatment", "doctor", "settlement")


def run(table: pa.Table, params: dict[str, Any]) -> pa.Table:
    """Evidence rows of the pairs that reach the threshold."""
    weights, points, known = _components(table, params)
    judged = sum(np.where(known[name], weight, 0) for name, weight in weights.items())
    total = sum(points.values())
    strength = np.where(judged > 0, total * ONE // np.maximum(judged, 1), 0)
    hit = (judged >= params["min_judged"]) & (strength >= params["threshold"])

    zero = np.zeros(table.num_rows, dtype=np.int64)
    gap = _int(table, "gap_days")
    unjudged = sum(weights.values()) - judged
    parts = [
        _rows(table, hit, "gap_days", gap, "first_id", zero, zero),
        _rows(table, hit, "strength", strength, "second_id", _int(table, "amount"), _int(table, "fund_amount")),
        _rows(table, hit & (unjudged > 0), "not_judged", unjudged, "second_id", zero, zero),
    ]
    parts += [_rows(table, hit & (p > 0), name, p, "first_id", zero, zero) for name, p in points.items()]
    return pa.concat_tables(parts)


def _components(
    table: pa.Table, params: dict[str, Any]
) -> tuple[dict[str, int], dict[str, np.ndarray], dict[str, np.ndarray]]:
    """By component: its weight, the points of each pair, and whether the pair could be judged on it."""
    weights = {name: params[f"weight_{name}"] for name in COMPONENTS}
    known = {
        "diagnosis": _both(table, "first_diagnosis", "second_diagnosis"),
        "department": _both(table, "first_department", "second_department"),
        "treatment": _both(table, "first_norm", "second_norm"),
        "doctor": _both(table, "first_staff", "second_staff"),
        "settlement": _bool(table, "first_settled"),
    }
    likeness = {
        "diagnosis": _diagnosis(table),
        "department": _same(table, "first_department", "second_department") * ONE,
        "treatment": _cosine(_int(table, "product"), _int(table, "first_norm"), _int(table, "second_norm")),
        "doctor": _same(table, "first_staff", "second_staff") * ONE,
        "settlement": (_bool(table, "settled_in_bed") | _bool(table, "near_cap")).astype(np.int64) * ONE,
    }
    points = {name: np.where(known[name], likeness[name] * weights[name] // ONE, 0) for name in weights}
    return weights, points, known


def _diagnosis(table: pa.Table) -> np.ndarray:
    """The same three-character category counts in full, the same block (its first two characters) half."""
    first, second = table["first_diagnosis"], table["second_diagnosis"]
    category, block = (
        _equal(pc.utf8_slice_codeunits(first, 0, n), pc.utf8_slice_codeunits(second, 0, n)) for n in (3, 2)
    )
    return np.where(category, ONE, np.where(block, ONE // 2, 0)).astype(np.int64)


def _cosine(product: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """The cosine of two vectors in basis points, rounded down, from their integer product and squared lengths."""
    lengths = np.sqrt(first.astype(np.float64)) * np.sqrt(second.astype(np.float64))
    cosine = np.divide(product * float(ONE), lengths, out=np.zeros(len(product)), where=lengths > 0)
    # A cosine of exactly 0.9 must not become 0.8999 by the last bit of a square root.
    return np.floor(cosine + 1e-6).astype(np.int64)


def _rows(
    table: pa.Table, keep: np.ndarray, signal: str, value: np.ndarray, ref: str, amount: np.ndarray, fund: np.ndarray
) -> pa.Table:
    chosen = table.filter(pa.array(keep))
    n = chosen.num_rows
    return pa.table(
        {
            "finding_key": chosen["second_id"],
            "person_id": chosen["person_id"],
            "institution_id": chosen["institution_id"],
            "encounter_id": chosen["second_id"],
            "staff_id": chosen["staff_id"],
            "occurred_at": chosen["readmitted_at"],
            "signal": pa.array([signal] * n, pa.string()),
            "value": pa.array(value[keep], pa.int64()),
            "ref_table": pa.array(["encounter"] * n, pa.string()),
            "ref_id": chosen[ref],
            "kp_id": pa.nulls(n, pa.string()),
            "amount": pa.array(amount[keep], pa.int64()),
            "fund_amount": pa.array(fund[keep], pa.int64()),
        }
    )


def _same(table: pa.Table, first: str, second: str) -> np.ndarray:
    return _equal(table[first], table[second]).astype(np.int64)


def _equal(first: pa.ChunkedArray, second: pa.ChunkedArray) -> np.ndarray:
    return pc.fill_null(pc.equal(first, second), False).to_numpy(zero_copy_only=False)


def _both(table: pa.Table, first: str, second: str) -> np.ndarray:
    return pc.and_(pc.is_valid(table[first]), pc.is_valid(table[second])).to_numpy(zero_copy_only=False)


def _int(table: pa.Table, name: str) -> np.ndarray:
    return pc.fill_null(table[name].cast(pa.int64()), 0).to_numpy(zero_copy_only=False)


def _bool(table: pa.Table, name: str) -> np.ndarray:
    return pc.fill_null(table[name], False).to_numpy(zero_copy_only=False)
