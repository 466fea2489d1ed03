"""Each institution's share of cases with complications in a base group, drawn towards that of its peers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from yibao.measures import pooled_shares

PARTITION = ["scheme", "base_group"]
ORDER = ["institution_id"]

MILLION = 1_000_000
BASIS_POINTS = 10_000


def run(table: pa.Table, params: dict[str, Any]) -> pa.Table:
    """One row per institution and base group, in millionths: ``value_ppm`` is its share over the common share.

    ``expected_ppm`` is the number of cases with complications that the common share lets expect.
    """
    cases, raised = table["cases"].to_numpy(), table["raised"].to_numpy()
    share, lower, upper = (np.zeros(len(cases)) for _ in range(3))
    common = np.zeros(len(cases))
    for first, last in _partitions(table):
        pooled = pooled_shares(raised[first:last], cases[first:last])
        common[first:last] = pooled.mean
        share[first:last], lower[first:last], upper[first:last] = pooled.share, pooled.lower, pooled.upper
    subject = pc.binary_join_element_wise(
        table["institution_id"].cast(pa.string()), table["base_group"].cast(pa.string()), "|"
    )
    return pa.table(
        {
            "subject_kind": pa.array(["institution_base_group"] * len(cases), pa.string()),
            "subject_id": subject,
            "period_from": table["period_from"],
            "period_to": table["period_to"],
            "numerator": table["raised"],
            "denominator": table["cases"],
            "expected_ppm": _ppm(common * cases),
            "value_ppm": _ratio(share, common),
            "lower_ppm": _ratio(lower, common),
            "upper_ppm": _ratio(upper, common),
            "note": pa.array(_notes(table, params, common, lower), pa.string()),
        }
    )


def _notes(table: pa.Table, params: dict[str, Any], common: np.ndarray, lower: np.ndarray) -> np.ndarray:
    cases, raised = table["cases"].to_numpy(), table["raised"].to_numpy()
    cases_before, raised_before = table["cases_before"].to_numpy(), table["raised_before"].to_numpy()
    few = cases < params["fewest_cases"]
    high = ~few & (lower * BASIS_POINTS > common * params["above_peers"])
    # raised/cases >= (1 + jump) * raised_before/cases_before, in whole numbers; nothing is said of few cases before.
    grown = raised * cases_before * BASIS_POINTS >= (BASIS_POINTS + params["jump"]) * raised_before * cases
    jumped = high & grown & (cases_before >= params["fewest_cases"])
    return np.select([few, jumped, high], ["too few", "above peers, jump", "above peers"], "")


def _partitions(table: pa.Table) -> list[tuple[int, int]]:
    """First row and end of each base group; rows come sorted."""
    coded = [table[name].combine_chunks().dictionary_encode().indices.to_numpy() for name in PARTITION]
    begins = np.flatnonzero(np.any([np.diff(code, prepend=-1) != 0 for code in coded], axis=0)).tolist()
    return list(zip(begins, [*begins[1:], table.num_rows], strict=True))


def _ppm(value: np.ndarray) -> pa.Array:
    """Millionths, rounded to the nearest (halves to even)."""
    return pa.array(np.rint(value * MILLION).astype(np.int64), pa.int64())


def _ratio(share: np.ndarray, common: np.ndarray) -> pa.Array:
    """A share over the common one; null in a base group without any complication in the period."""
    known = common > 0
    ratio = np.divide(share, common, out=np.zeros_like(share), where=known)
    return pa.array(np.rint(ratio * MILLION).astype(np.int64), pa.int64(), mask=~known)
