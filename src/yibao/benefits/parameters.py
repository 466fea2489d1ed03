"""Parameters of many profiles as columns, gathered for the bills of a wave.

A parameter that is the same for every profile stays one number: NumPy broadcasts it, and what is nought for all is left
out of the reckoning altogether. A policy without a floor payment costs nothing for floor payments.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from yibao.benefits.quantities import UNLIMITED
from yibao.benefits.resolve import Bands, Profile
from yibao.benefits.vocabulary import LAYERS
from yibao.engine.money import IntArray

#: A number for all bills, or one for each.
Value = IntArray | int


class Columns:
    """Named parameters of profiles; :meth:`at` gives those of some bills."""

    def __init__(self, rows: Sequence[dict[str, int]]) -> None:
        self._columns: dict[str, Value] = {}
        for name in rows[0]:
            column = np.array([row[name] for row in rows], dtype=np.int64)
            self._columns[name] = int(column[0]) if (column == column[0]).all() else column

    def at(self, which: IntArray) -> Gathered:
        return Gathered(self._columns, which)

    def always(self, name: str, value: int) -> bool:
        """Whether every profile has this value."""
        column = self._columns[name]
        return isinstance(column, int) and column == value


class Gathered:
    """Parameters of the bills of a wave, looked up when they are asked for."""

    __slots__ = ("_columns", "_found", "_which")

    def __init__(self, columns: dict[str, Value], which: IntArray) -> None:
        self._columns, self._which = columns, which
        self._found: dict[str, Value] = {}

    def __getitem__(self, name: str) -> Value:
        found = self._found.get(name)
        if found is None:
            column = self._columns[name]
            found = column if isinstance(column, int) else column[self._which]
            self._found[name] = found
        return found


class BandTable:
    """Bands of profiles, one row of edges and rates each; a profile with fewer bands has empty ones at the end."""

    def __init__(self, bands: Sequence[Bands]) -> None:
        most = max((len(b.edges) for b in bands), default=0)
        padded = [b.edges + (b.edges[-1:] or (0,)) * (most - len(b.edges)) for b in bands]
        rated = [b.rates + (0,) * (most - len(b.rates)) for b in bands]
        rows = [{f"edge_{k}": edges[k] for k in range(most)} for edges in padded]
        rates = [{f"rate_{k}": row[k] for k in range(most)} for row in rated]
        self.count = most
        self.columns = Columns([{"none": 0} | edge | rate for edge, rate in zip(rows, rates, strict=True)])
        self.endless = [self.columns.always(f"edge_{k}", UNLIMITED) for k in range(most)]

    def numerator(self, at: Gathered, low: Value, high: Value) -> Value:
        """Sum over the bands of rate times what of (low, high] lies in the band; fen times parts per million."""
        total: Value = 0
        for k, low_k, high_k in self._walk(at, low, high):
            rate = at[f"rate_{k}"]
            if isinstance(rate, int) and rate == 0:
                continue
            part = (high_k - low_k) * rate
            total = part if isinstance(total, int) else total + part
        return total

    def overlaps(self, at: Gathered, low: Value, high: Value) -> list[Value]:
        """What of (low, high] lies in each band."""
        return [high_k - low_k for _, low_k, high_k in self._walk(at, low, high)]

    def _walk(self, at: Gathered, low: Value, high: Value) -> Iterator[tuple[int, Value, Value]]:
        """For each band the ends of (low, high] within it, as positions clipped to the band."""
        for k in range(self.count):
            if self.endless[k]:
                yield k, low, high
                return
            edge = at[f"edge_{k}"]
            yield k, np.minimum(low, edge), np.minimum(high, edge)
            low, high = np.maximum(low, edge), np.maximum(high, edge)


class Tables:
    """All parameters of the profiles of a run."""

    def __init__(self, profiles: Sequence[Profile]) -> None:
        self.profiles = tuple(profiles)
        most = max(len(p.deductibles) for p in profiles)
        self.deductibles = np.array(
            [p.deductibles + p.deductibles[-1:] * (most - len(p.deductibles)) for p in profiles]
        )
        self.basic = Columns([p.basic for p in profiles])
        self.bands = BandTable([p.bands for p in profiles])
        names = [name for name in LAYERS if any(name in p.layers for p in profiles)]
        self.layers = {name: _stacked(profiles, name) for name in names}


def _stacked(profiles: Sequence[Profile], name: str) -> tuple[Columns, BandTable]:
    """A layer for all profiles; where it does not apply it looks at nothing and pays nothing."""
    idle = {key: 0 for p in profiles if name in p.layers for key in p.layers[name][0]}
    rows = [{"on": int(name in p.layers), **(p.layers[name][0] if name in p.layers else idle)} for p in profiles]
    return Columns(rows), BandTable([p.layers[name][1] if name in p.layers else Bands() for p in profiles])
