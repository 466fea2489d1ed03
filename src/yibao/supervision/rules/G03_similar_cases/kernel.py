"""Clusters stays whose bills are alike: connected components of the pairs, and those that are large enough."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from yibao.measures import linked

PARTITION = ["institution_id"]
ORDER = ["disease", "one", "other"]


def run(table: pa.Table, params: dict[str, Any]) -> pa.Table:
    """Evidence rows: per cluster its size, the items of its bills, and its stays with their money."""
    one, other = (np.asarray(table.column(name).to_pylist(), dtype=object) for name in ("one", "other"))
    stays, position = np.unique(np.concatenate([one, other]).astype(str), return_inverse=True)
    cluster = linked(position[: len(one)], position[len(one) :], len(stays))
    size = np.bincount(cluster)[cluster]
    keep = np.flatnonzero(size >= params["min_members"])
    first = {name: _of_stay(table, position, name) for name in ("at", "amount", "fund")}
    place, items = _pair_column(table, position, "institution_id"), _pair_column(table, position, "items")
    head = keep[np.unique(cluster[keep], return_index=True)[1]]
    leader = dict(zip(cluster[head].tolist(), stays[head].tolist(), strict=True))
    last = {c: first["at"][cluster == c].max() for c in leader}
    order = np.concatenate([head, head, keep]).astype(np.int64)
    signals = ["members"] * len(head) + ["items"] * len(head) + ["stay"] * len(keep)
    values = [*size[head].tolist(), *items[head].tolist(), *first["fund"][keep].tolist()]
    zero = [0] * (2 * len(head))
    institutions = place[order].tolist()
    none = pa.nulls(len(order), pa.string())
    return pa.table(
        {
            "finding_key": pa.array(
                [f"{p}|{leader[c]}" for p, c in zip(institutions, cluster[order], strict=True)], pa.string()
            ),
            "person_id": none,
            "institution_id": pa.array(institutions, pa.string()),
            "encounter_id": none,
            "staff_id": none,
            "occurred_at": pa.array([int(last[c]) for c in cluster[order]], pa.int64()).cast(pa.timestamp("us")),
            "signal": pa.array(signals, pa.string()),
            "value": pa.array(values, pa.int64()),
            "ref_table": pa.array(["institution"] * (2 * len(head)) + ["encounter"] * len(keep), pa.string()),
            "ref_id": pa.array(place[head].tolist() * 2 + stays[keep].tolist(), pa.string()),
            "kp_id": none,
            "amount": pa.array(zero + first["amount"][keep].tolist(), pa.int64()),
            "fund_amount": pa.array(zero + first["fund"][keep].tolist(), pa.int64()),
        }
    )


def _of_stay(table: pa.Table, position: np.ndarray, name: str) -> np.ndarray:
    """A column of both sides of the pairs, by stay."""
    sides = [table.column(f"{side}_{name}") for side in ("one", "other")]
    given = np.concatenate([side.cast(pa.int64()).to_numpy() for side in sides])
    found = np.zeros(position.max(initial=-1) + 1, dtype=np.int64)
    found[position] = given
    return found


def _pair_column(table: pa.Table, position: np.ndarray, name: str) -> np.ndarray:
    """A column of the pair, by stay: both sides have the same institution and about the same number of items."""
    given = np.asarray(table.column(name).to_pylist() * 2, dtype=object)
    found = np.empty(position.max(initial=-1) + 1, dtype=object)
    found[position] = given
    return found
