"""What the segments of an 837 stand under: its hierarchy, claims, service lines, other payers.

The loops of the guides have no brackets. A segment belongs to the last claim above it, a name to the last level or
claim above it, an address to the last name. Of a segment that may stand once the first counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from yibao.ledger.sources.x12.segments import Mask, Places, Segments, first_under, joined, latest


class Loops:
    """Scopes of the segments of a piece: for each segment the place of its set, level, claim, line, …; -1 for none."""

    def __init__(self, segments: Segments) -> None:
        s = self.segments = segments
        self._attached: dict[str, Places] = {}
        # A set ends with its trailer: what follows before the next one is in none.
        ended = np.append(-1, s.last(s.named("SE"))[:-1]) if len(s) else np.empty(0, np.int64)
        self.set = self._within(s.last(s.named("ST")), ended)
        level = s.named("HL") & (self.set >= 0)
        self.level = self._within(s.last(level), self.set)
        codes = self._where("HL", 3)
        self.billing = self._within(s.last(level & codes("20")), self.set)
        self.subscriber = self._within(s.last(level & codes("22")), self.billing)
        self.patient = self._within(s.last(level & codes("23")), self.subscriber)
        claim = self._within(s.last(s.named("CLM")), latest(self.set, self.level))
        self.claim = np.where(self.set >= 0, claim, -1)
        self.other = self._within(s.last(s.named("SBR")), self.claim, inside=True)
        number = s.last(s.named("LX"))
        line = self._within(s.last(s.named("SV1", "SV2")), latest(self.claim, number))
        self.line = np.where(self.claim >= 0, line, -1)
        self.number = self._within(number, self.claim, inside=True)
        self.other = np.where(latest(self.line, self.number) > self.other, -1, self.other)
        self.name = self._within(s.last(s.named("NM1")), latest(self.level, self.claim, self.number, self.line))

    def _within(self, inner: Places, outer: Places, inside: bool = False) -> Places:
        """``inner`` where it began after ``outer``; with ``inside`` only where there is an ``outer`` at all."""
        holds = inner > outer
        return np.where(holds & (outer >= 0) if inside else holds, inner, -1)

    def _where(self, name: str, element: int) -> Qualified:
        places = np.flatnonzero(self.segments.named(name))
        return Qualified(len(self.segments), places, self.segments.element(places, element))

    @cached_property
    def names(self) -> Qualified:
        return self._where("NM1", 1)

    @cached_property
    def dates(self) -> Qualified:
        return self._where("DTP", 1)

    @cached_property
    def references(self) -> Qualified:
        return self._where("REF", 1)

    @cached_property
    def amounts(self) -> Qualified:
        return self._where("AMT", 1)

    @cached_property
    def claims(self) -> Places:
        """Places of the claims."""
        own = np.arange(len(self.segments))
        return np.flatnonzero(self.segments.named("CLM") & (self.claim == own))

    @cached_property
    def lines(self) -> Places:
        """Places of the service lines."""
        own = np.arange(len(self.segments))
        return np.flatnonzero(self.segments.named("SV1", "SV2") & (self.line == own))

    def under(self, mask: Mask, scope: Places) -> Places:
        """For each place the first segment of ``mask`` whose ``scope`` it is."""
        places = np.flatnonzero(mask)
        return first_under(scope[places], places, len(self.segments))

    def attached(self, name: str, names: Places) -> Places:
        """For each of some NM1 segments the first N3, N4, DMG … that follows it."""
        if name not in self._attached:
            self._attached[name] = self.under(self.segments.named(name), self.name)
        return through(self._attached[name], names)

    def texts_under(self, mask: Mask, scope: Places, owners: Places, elements: Sequence[int]) -> pa.Array:
        """For each owner all segments of ``mask`` under it as one text ``a:b;a:b``; null where there is none."""
        places = np.flatnonzero(mask & (scope >= 0))
        if not len(places):
            return pa.nulls(len(owners), pa.string())
        parts = joined([self.segments.element(places, number) for number in elements], ":")
        # Owners of segments in file order never decrease, so each owner's segments stand side by side.
        found, starts = np.unique(scope[places], return_index=True)
        lists = pa.ListArray.from_arrays(pa.array(np.append(starts, len(places)), pa.int32()), pc.fill_null(parts, ""))
        texts = pc.binary_join(lists, ";")
        at = np.minimum(np.searchsorted(found, owners), len(found) - 1)
        return texts.take(pa.array(at, mask=found[at] != owners))


def through(found: Places, scopes: Places) -> Places:
    """What ``found`` has for each scope, -1 for the scope -1."""
    return np.where(scopes < 0, -1, found[scopes]) if len(found) else scopes


class Qualified:
    """Segments of one name by one of their elements: call with values for a mask over all segments."""

    def __init__(self, size: int, places: Places, values: pa.Array) -> None:
        self._size, self._places, self._values = size, places, values

    def __call__(self, *values: str) -> Mask:
        mask = np.zeros(self._size, bool)
        chosen = pc.is_in(self._values, pa.array(values)).to_numpy(zero_copy_only=False)
        mask[self._places[chosen]] = True
        return mask
