"""Which policy holds for a bill: that of its insured region and scheme in force on the day."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from yibao.benefits.bills import has
from yibao.benefits.load import PolicyBook
from yibao.engine.money import IntArray


def bind(bills: pa.Table, book: PolicyBook) -> pa.Table:
    """Fill ``policy``, and ``reason`` where there is none or more than one, and ``year`` by the policy's year.

    Needs ``insured_region``, ``scheme`` and the time of settlement in ``ordered_at``. Where the policy orders its year
    by the end of care (``care_ended``), that takes the place of it: a late bill then counts at its day.
    A table that has ``policy`` is returned as it is.
    """
    if "policy" in bills.column_names:
        return bills
    table, keys, reasons, which = bills, *_found(bills, book)
    late = np.array([key is not None and book.policies[key].year.by == "discharged" for key in keys])[which]
    if late.any() and "care_ended" in bills.column_names:
        ended = pc.cast(bills["care_ended"], bills["ordered_at"].type)
        order = pc.if_else(
            pa.array(late & pc.is_valid(ended).combine_chunks().to_numpy(zero_copy_only=False)),
            ended,
            bills["ordered_at"],
        )
        table = bills.set_column(bills.column_names.index("ordered_at"), "ordered_at", order)
        keys, reasons, which = _found(table, book)
    at = pa.array(which)
    out = table.append_column("policy", pa.array(keys, pa.string()).take(at))
    said = pa.array(reasons, pa.string()).take(at)
    out = _with(out, "reason", pc.if_else(pc.is_null(out["ordered_at"]), "no_time", said))
    return out if "year" in out.column_names else _with_year(out, book, keys, which)


def _found(bills: pa.Table, book: PolicyBook) -> tuple[list[str | None], list[str | None], IntArray]:
    """For each combination of region, scheme and period its policy, or why there is none; and that of each row."""
    days = pc.cast(bills["ordered_at"], pa.date32()).combine_chunks()
    day = pc.fill_null(days.cast(pa.int32()), -(2**31)).to_numpy(zero_copy_only=False).astype(np.int64)
    region, regions = _codes(bills["insured_region"])
    scheme, schemes = _codes(bills["scheme"])
    edges = _edges(book)
    together = (region * len(schemes) + scheme) * (len(edges) + 1) + np.searchsorted(edges, day, side="right")
    found, which = np.unique(together, return_inverse=True)
    pairs = []
    for value in found.tolist():
        rest, span = divmod(value, len(edges) + 1)
        place, kind = divmod(rest, len(schemes))
        pairs.append(_one(book, regions[place], schemes[kind], int(edges[span - 1]) if span else None))
    return [key for key, _ in pairs], [reason for _, reason in pairs], which


def _one(book: PolicyBook, region: str, scheme: str, day: int | None) -> tuple[str | None, str | None]:
    if not any(w.policy.scheme == scheme for w in book.written):
        return None, "unknown_scheme"
    fits = [] if day is None else book.candidates(region, scheme, np.datetime64(day, "D").astype(object))
    if len(fits) == 1:
        return fits[0].key, None
    return None, "two_policies" if fits else "no_policy"


def _edges(book: PolicyBook) -> IntArray:
    """The days on which some policy begins or ends, as days since 1970."""
    days = {w.policy.effective.start for w in book.written} | {w.policy.effective.end for w in book.written}
    return np.array(sorted(np.datetime64(d, "D").astype(np.int64) for d in days if d is not None), dtype=np.int64)


def _with_year(bills: pa.Table, book: PolicyBook, keys: list[str | None], which: IntArray) -> pa.Table:
    """The insurance year: the calendar year in which it begins."""
    begins = [book.policies[key].year.begins if key else "01-01" for key in keys]
    month = np.array([int(text[:2]) * 100 + int(text[3:]) for text in begins])[which]
    at = bills["ordered_at"]
    year = pc.year(at).combine_chunks()
    day = pc.add(pc.multiply(pc.month(at), 100), pc.day(at)).combine_chunks()
    earlier = pc.less(day, pa.array(month))
    return bills.append_column("year", pc.subtract(year, pc.cast(earlier, pa.int64())))


def _codes(column: pa.ChunkedArray) -> tuple[IntArray, list[str]]:
    encoded = pc.fill_null(column, "").combine_chunks().dictionary_encode()
    return encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64), encoded.dictionary.to_pylist()


def _with(table: pa.Table, name: str, values: pa.ChunkedArray) -> pa.Table:
    if has(table, name):
        values = pc.coalesce(table[name], values)
        return table.set_column(table.column_names.index(name), name, values)
    return table.append_column(name, values)
