"""The layers after basic insurance, on the k-th bill of many persons.

Each looks at some of what is still the person's. With X the sum of that over the year, before and after this bill:

    pay = R(F(X after) - F(X before)), no more than the room under its limits
    absolute:        F(X) = sum over bands of rate x | (T, X] within the band |
    above_threshold: F(X) = sum over bands of rate x | (0, X - T] within the band |

A payment is taken off the in-range burden first, then off first share, over-limit and not covered, as far as the layer
looks at them; the next layer sees what is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from yibao.benefits.basic import Basic, Bills, rounded
from yibao.benefits.parameters import Columns, Gathered, Tables, Value
from yibao.benefits.quantities import UNLIMITED
from yibao.benefits.state import State
from yibao.engine.money import IntArray


@dataclass
class Left:
    """What is still the person's: in-range burden, first share, over-limit, not covered; then fixed facts."""

    burden: IntArray
    first_share: IntArray
    over_limit: IntArray
    not_covered: IntArray
    deductible: IntArray
    above_cap: Value
    special_drug: Value

    @classmethod
    def after(cls, basic: Basic, eligible: IntArray, outside: Sequence[IntArray], drug: Value) -> Left:
        """After basic insurance; a floor payment beyond the eligible expense pays for what is outside it."""
        first_share, over_limit, not_covered = outside
        left = cls(eligible, first_share, over_limit, not_covered, basic.deductible, basic.above, drug)
        left.take(basic.paid, ("burden", "first_share", "over_limit", "not_covered"))
        return left

    def take(self, paid: IntArray, parts: tuple[str, ...]) -> None:
        """Use up parts in this order; all of a payment but what exceeds them is taken off."""
        for index, part in enumerate(parts):
            have = getattr(self, part)
            if index == len(parts) - 1:
                setattr(self, part, have - paid)
                return
            used = np.minimum(have, paid)
            setattr(self, part, have - used)
            paid = paid - used
            if not paid.any():
                return

    @property
    def total(self) -> IntArray:
        return self.burden + self.first_share + self.over_limit + self.not_covered


@dataclass
class Paid:
    """What a layer looked at before (``seen``) and on this bill (``base``), and what it paid; fen."""

    seen: Value
    base: Value
    by_rates: IntArray
    paid: IntArray


_OUTSIDE = ("first_share", "over_limit", "not_covered")
#: The order in which a payment for special drugs is taken off: they are mostly outside the catalogue.
_DRUG_ORDER = ("not_covered", "over_limit", "first_share", "burden")


def pay_layer(name: str, left: Left, bills: Bills, tables: Tables, state: State) -> Paid:
    """Reckon one layer, take its payment off ``left`` and carry its accumulators on."""
    columns, table = tables.layers[name]
    at, n, kept = columns.at(bills.which), len(bills), state.layer[name]
    base = _base(columns, at, left)
    seen: Value = 0
    if not columns.always("year", 0):
        seen = np.asarray(kept["seen"][:n] * at["year"])
    low, high = positions(columns, at, seen, base)
    numerator = table.numerator(table.columns.at(bills.which), low, high) + np.zeros(n, dtype=np.int64)
    by_rates = rounded(
        numerator, tables.basic.at(bills.which), tables.basic.always("round_year", 0), kept["numerator"][:n]
    )
    paid = np.minimum(np.minimum(by_rates, base), at["cap_bill"])
    outpatient = at["outpatient"]
    if not columns.always("cap", UNLIMITED):
        before = np.where(outpatient, kept["paid_outpatient"][:n], kept["paid"][:n])
        paid = np.minimum(paid, np.maximum(at["cap"] - before, 0))
    _take(columns, at, left, paid)
    kept["seen"][:n] += base
    if not tables.basic.always("round_year", 0):
        kept["numerator"][:n] += numerator * tables.basic.at(bills.which)["round_year"]
    apart: IntArray = np.where(outpatient, paid, 0)
    kept["paid"][:n] += paid - apart
    kept["paid_outpatient"][:n] += apart
    return Paid(seen, base, by_rates, paid)


def _base(columns: Columns, at: Gathered, left: Left) -> IntArray:
    base: IntArray = np.zeros_like(left.burden)
    for part in ("burden", *_OUTSIDE, "special_drug"):
        if not columns.always(f"of_{part}", 0):
            base = base + getattr(left, part) * at[f"of_{part}"]
    if not columns.always("of_special_drug", 0):
        base = np.minimum(base, left.total)
    if not columns.always("of_above_cap", 0):
        above: IntArray = np.minimum(left.above_cap, left.burden)
        base = base + above * at["of_above_cap"]
    less: Value = 0
    if not columns.always("less_deductible", 0):
        less = left.deductible * at["less_deductible"]
    if not columns.always("less_above_cap", 0):
        less = less + left.above_cap * at["less_above_cap"]
    base = np.maximum(base - less, 0)
    return base if columns.always("on", 1) else np.asarray(base * at["on"])


def positions(columns: Columns, at: Gathered, seen: Value, base: IntArray) -> tuple[Value, Value]:
    """The ends of what is looked at on the axis of the bands, above the threshold."""
    threshold, absolute = at["threshold"], at["absolute"]
    low, high = np.maximum(seen, threshold), np.maximum(seen + base, threshold)
    if columns.always("absolute", 1) or columns.always("threshold", 0):
        return low, high
    off = threshold * (1 - np.asarray(absolute))
    return low - off, high - off


def _take(columns: Columns, at: Gathered, left: Left, paid: IntArray) -> None:
    """Take a payment off the parts that the layer looks at."""
    if columns.always("of_special_drug", 0):
        parts = tuple(part for part in ("burden", *_OUTSIDE) if _looks(columns, part))
        if len(parts) == 1:
            left.take(paid, parts)
            return
    _take_by_bill(at, left, paid)


def _looks(columns: Columns, part: str) -> bool:
    within = part == "burden" and not columns.always("of_above_cap", 0)
    return within or not columns.always(f"of_{part}", 0)


def _take_by_bill(at: Gathered, left: Left, paid: IntArray) -> None:
    """The same where profiles look at different parts: each bill's payment goes to the parts of its own profile."""
    drug = np.asarray(at["of_special_drug"]) == 1
    for part in ("burden", *_OUTSIDE):
        looks = np.asarray(at[f"of_{part}"]) == 1
        looks = looks | (np.asarray(at["of_above_cap"]) == 1) if part == "burden" else looks
        have = getattr(left, part)
        used = np.where(looks & ~drug, np.minimum(have, paid), 0)
        setattr(left, part, have - used)
        paid = paid - used
    if drug.any():
        left.take(np.where(drug, paid, 0), _DRUG_ORDER)
