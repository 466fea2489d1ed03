"""One hospital's indicators beside its peers: values, intervals, spreads, months. Peers stay anonymous."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from yibao.service.console.hospital.estimate import (
    FEWEST,
    FEWEST_EXPECTED,
    Estimate,
    Spread,
    by_place,
    over_expected,
    proportion,
    ratio,
    reading,
    spread,
)  # fmt: skip
from yibao.service.console.hospital.indicators import Indicator
from yibao.service.console.hospital.stays import Floats, Stays
from yibao.service.console.suppression import INSTITUTION

#: An institution's month with fewer stays than this is a gap in a line.
FEWEST_IN_MONTH = INSTITUTION


@dataclass(frozen=True)
class Months:
    """A figure by month, oldest first; NaN is a gap. ``low`` and ``high`` are the peers' quartiles."""

    months: Sequence[date]
    own: Floats
    median: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True)
class Compared:
    """An indicator of the own hospital: ``own`` None when too few cases, ``peers`` None with fewer than five.

    ``n`` are the own stays that count, ``numerator`` and ``denominator`` their sums.
    """

    indicator: Indicator
    own: Estimate | None
    peers: Spread | None
    peer_values: Floats
    n: int
    numerator: float
    denominator: float

    @property
    def word(self) -> str:
        return reading(self.own, self.peers)

    @property
    def difference(self) -> float | None:
        return None if self.own is None or self.peers is None else self.own.value - self.peers.p50

    @property
    def unfavourable(self) -> bool:
        return (self.word, self.indicator.bad) in {("higher", 1), ("lower", -1)}

    @property
    def peers_below(self) -> int:
        """How many peers with a value lie below the own one."""
        return int((self.peer_values < self.own.value).sum()) if self.own else 0


class Comparison:
    """The own stays among all stays compared. ``adjust``: peers are of other levels, so shares allow for case mix."""

    def __init__(self, stays: Stays, own: str, peers: Sequence[str], *, adjust: bool) -> None:
        self.stays = stays.of([own, *peers])
        self.own, self.peers, self.adjust = own, list(peers), adjust

    def of(self, indicator: Indicator) -> Compared:
        """The indicator over the whole period."""
        stays, mine = self.stays, self._mine
        counts = indicator.of(stays)
        top, due = indicator.counted(stays, self.adjust)
        top, due = np.where(counts, np.nan_to_num(top), 0.0), np.where(counts, np.nan_to_num(due), 0.0)
        scale, at, places = self._scale(indicator), stays.place, len(stays.places)
        n = by_place(counts.astype(np.float64), at, places)
        peer_values = self._peer_values(indicator, by_place(top, at, places), by_place(due, at, places), n, scale)
        own = (at == mine) & counts
        size, hits, base = int(own.sum()), float(top[own].sum()), float(due[own].sum())
        return Compared(
            indicator, _estimate(indicator.kind, top[own], due[own], scale), spread(peer_values), peer_values, size,
            hits, base,
        )  # fmt: skip

    def of_months(self, indicator: Indicator) -> Months:
        """The indicator month by month. Months in which an institution has fewer than ten stays are gaps."""
        stays, count = self.stays, len(self.stays.months)
        counts = indicator.of(stays)
        top, due = indicator.counted(stays, self.adjust)
        cell = stays.place * count + stays.month
        size = len(stays.places) * count
        sums = [by_place(np.where(counts, np.nan_to_num(v), 0.0), cell, size) for v in (top, due)]
        n = by_place(counts.astype(np.float64), cell, size)
        least = sums[1] >= FEWEST_EXPECTED if indicator.kind == "oe" else n >= FEWEST_IN_MONTH
        with np.errstate(invalid="ignore", divide="ignore"):
            value = np.where(least & (sums[1] > 0), sums[0] / sums[1] * self._scale(indicator), np.nan)
        grid = value.reshape(-1, count)
        others = np.delete(grid, self._mine, axis=0) if self._mine >= 0 else grid
        spreads = [spread(others[:, m]) for m in range(count)]
        own = grid[self._mine] if self._mine >= 0 else np.full(count, np.nan)
        middle, low, high = (
            np.array([np.nan if s is None else getattr(s, name) for s in spreads]) for name in ("p50", "p25", "p75")
        )
        return Months(stays.months, own, middle, low, high)

    @property
    def _mine(self) -> int:
        return self.stays.places.index(self.own) if self.own in self.stays.places else -1

    def own_stays(self) -> Stays:
        return self.stays.where(self.stays.place == self._mine)

    def _scale(self, indicator: Indicator) -> float:
        """The overall figure that a ratio to the expected is multiplied by; a raw share is not scaled."""
        if indicator.unit == "percent" and indicator.kind == "ratio" and not self.adjust:
            return 1.0
        return indicator.scale(self.stays) if len(self.stays) else 1.0

    def _peer_values(self, indicator: Indicator, top: Floats, due: Floats, n: Floats, scale: float) -> Floats:
        least = {"ratio": n >= FEWEST, "proportion": n >= INSTITUTION, "oe": due >= FEWEST_EXPECTED}[indicator.kind]
        with np.errstate(invalid="ignore", divide="ignore"):
            value = np.where(least & (due > 0), top / due * scale, np.nan)
        others = np.delete(value, self._mine) if self._mine >= 0 else value
        known: Floats = others[np.isfinite(others)]
        return known


def _estimate(kind: str, top: Floats, due: Floats, scale: float) -> Estimate | None:
    if kind == "proportion":
        return proportion(int(top.sum()), len(top))
    if kind == "oe":
        return over_expected(int(top.sum()), float(due.sum()), len(top))
    return ratio(top, due, scale)
