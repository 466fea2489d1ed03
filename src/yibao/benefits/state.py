"""The accumulators of many persons at once: what the kernel remembers from one bill of a person to the next.

Rows of the arrays are accumulators, columns are persons. Persons are ranked by their number of bills, so that those who
have a k-th bill are the first m columns and a wave works on slices, not on copies.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from yibao.benefits.parameters import Value
from yibao.benefits.vocabulary import ALL_CARRIED
from yibao.benefits.vocabulary_basic import POTS
from yibao.engine.money import IntArray

#: Kept for each pot: how often it was used, deductibles paid; expense on the axis of the bands (whole, and after the
#: deductible), fund paid on the axis, numerator of the rounding; and what counts against the limit.
POT_FIELDS = (
    "times", "deductible", "axis_eligible", "axis_base", "axis_paid", "numerator", "cap_eligible", "cap_base",
    "cap_paid",
)  # fmt: skip
#: Kept for all benefits together, against the annual limit.
ANNUAL_FIELDS = ("eligible", "base", "paid")
#: Kept for each layer: what it has looked at, what it has paid (outpatients apart), numerator of the rounding.
LAYER_FIELDS = ("seen", "paid", "paid_outpatient", "numerator")
#: Which layers go on or restart together when the scheme or region changes.
GROUPS: dict[str, tuple[str, ...]] = {
    "basic": (), "large_amount": ("large_amount",), "supplements": ("civil_servant", "enterprise"),
    "critical_illness": ("critical_illness",), "assistance": ("assistance", "tilt"),
    "commercial": ("commercial_in_range", "commercial_out_of_range", "commercial_drugs"), "charity": ("charity",),
}  # fmt: skip


class Pots:
    """The pots in use: eight fixed ones and one for each chronic disease of a person that has its own."""

    def __init__(self, used: Iterable[int]) -> None:
        self.used = sorted(set(used))
        place = np.full(max(self.used, default=0) + 1, -1, dtype=np.int64)
        place[self.used] = np.arange(len(self.used))
        self._place = place

    def rows(self, pots: Value) -> Value:
        """Rows of the arrays for pots: one number when they are all the same."""
        if isinstance(pots, int):
            return int(self._place[pots])
        return self._place[pots]

    def __len__(self) -> int:
        return len(self.used)


class State:
    """Accumulators of ``persons`` persons; all nought at first."""

    def __init__(self, persons: int, pots: Pots, layers: Sequence[str]) -> None:
        self.pots = pots
        self.pot = {name: np.zeros((len(pots), persons), dtype=np.int64) for name in POT_FIELDS}
        self.annual = {name: np.zeros(persons, dtype=np.int64) for name in ANNUAL_FIELDS}
        self.layer = {name: {f: np.zeros(persons, dtype=np.int64) for f in LAYER_FIELDS} for name in layers}
        self.account, self.family = np.zeros(persons, dtype=np.int64), np.zeros(persons, dtype=np.int64)
        #: Of the bill before: its year, scheme and region; -1 before the first.
        self.year, self.scheme, self.region = (np.full(persons, -1, dtype=np.int64) for _ in range(3))
        #: How often the scheme or region has changed in the year.
        self.moves = np.zeros(persons, dtype=np.int64)
        self._columns = np.arange(persons)

    def read(self, name: str, row: Value, bills: int) -> IntArray:
        """An accumulator of the pot that each of the first ``bills`` persons uses now."""
        array = self.pot[name]
        return array[row, :bills] if isinstance(row, int) else array[row, self._columns[:bills]]

    def add(self, name: str, row: Value, bills: int, amount: Value) -> None:
        """Add to it; each person stands once in a wave."""
        array = self.pot[name]
        if isinstance(row, int):
            array[row, :bills] += amount
        else:
            array[row, self._columns[:bills]] += amount

    def arrays(self) -> Iterator[IntArray]:
        """Every array; persons are the last axis."""
        yield from self.pot.values()
        yield from self.annual.values()
        for rows in self.layer.values():
            yield from rows.values()
        yield from (self.account, self.family, self.year, self.scheme, self.region, self.moves)

    def remember(self, persons: IntArray) -> list[IntArray]:
        """What some persons have now, for :meth:`put_back`."""
        return [array[..., persons].copy() for array in self.arrays()]

    def put_back(self, persons: IntArray, remembered: list[IntArray]) -> None:
        """Undo what has happened to some persons since."""
        for array, values in zip(self.arrays(), remembered, strict=True):
            array[..., persons] = values

    def begin_year(self, persons: IntArray) -> None:
        """Start a new insurance year for some persons; the personal account goes on."""
        self.moves[persons] = 0
        for group in ALL_CARRIED:
            self.restart(group, persons)

    def restart(self, group: str, persons: IntArray) -> None:
        """Set the accumulators of a group back to nought for some persons."""
        if group == "basic":
            for rows in self.pot.values():
                rows[:, persons] = 0
            for row in self.annual.values():
                row[persons] = 0
        for name in GROUPS[group]:
            for row in self.layer.get(name, {}).values():
                row[persons] = 0


def disease_pot(slot: Value) -> Value:
    """The pot of a person's n-th chronic disease."""
    return slot + len(POTS)
