"""The benchmark of one view: indicators, months, the groups that lose and gain, the structure of one, readmission."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pyarrow.compute as pc

from yibao.engine.money import round_half_up
from yibao.presentation.charts.funnel import Funnel, Unit
from yibao.service.console.hospital.choice import View, all_stays
from yibao.service.console.hospital.compare import Compared, Comparison, Months
from yibao.service.console.hospital.conduct import conduct
from yibao.service.console.hospital.estimate import (
    FEWEST,
    FEWEST_EXPECTED,
    FEWEST_PEERS,
    by_place,
    spread,
    tells_nobody,
)
from yibao.service.console.hospital.indicators import Indicator, indicators
from yibao.service.console.hospital.stays import MILLION, PARTS, Floats, Group, Stays
from yibao.service.console.recent import Recent
from yibao.service.console.suppression import INSTITUTION
from yibao.service.state import Service

#: Months of the small multiples, and of the sparks in the table.
LONG, SHORT = 24, 12


@dataclass(frozen=True)
class GroupResult:
    """One group of the own hospital; money in fen of all its cases. ``due``: by the payment standard, or peers' cost.

    ``part`` is the part of the cost that differs most from the peers' mean, by ``part_gap`` fen a case.
    """

    group: Group
    cases: int
    cost: int
    due: int
    part: str | None
    part_gap: float

    @property
    def result(self) -> int:
        return self.due - self.cost


@dataclass(frozen=True)
class Structure:
    """Parts of a group's cost a case, in fen: own mean, peers' mean, peers' quartiles (None: too few peers)."""

    group: Group
    cases: int
    peer_cases: int
    own: Mapping[str, float]
    peers: Mapping[str, float] | None
    quartiles: Mapping[str, tuple[float, float]]
    standard: float | None


@dataclass(frozen=True)
class Readmission:
    """Own and others' readmissions. The last unit of the funnel is the own; ``kin`` says which others are peers."""

    own: Unit
    funnel: Funnel
    kin: Sequence[bool]
    zone: int
    peers_in: int
    peers_above: int
    peers_below: int


@dataclass
class Benchmark:
    """All that the page shows. ``adjusted`` says that shares allow for case mix."""

    view: View
    comparison: Comparison
    months: Comparison
    city: Stays
    wanted: list[Indicator]
    rows: dict[str, Compared] = field(default_factory=dict)
    series: dict[str, Months] = field(default_factory=dict)

    @cached_property
    def own(self) -> Stays:
        return self.comparison.own_stays()

    @cached_property
    def groups(self) -> list[GroupResult]:
        """Groups with thirty own cases or more, the largest loss first."""
        return sorted(_groups(self.comparison, self.own), key=lambda row: row.result)

    @cached_property
    def readmission(self) -> Readmission | None:
        return _readmission(self.city, self.view)

    def structure(self, code: str) -> Structure | None:
        """The parts of one group's cost; None where the own hospital has fewer than ten cases."""
        return structure_of(self.comparison, code)


#: A view takes about as much memory as the stays that it compares.
_made: Recent[Benchmark] = Recent(22)


def benchmark(service: Service, view: View) -> Benchmark:
    """The benchmark of a view, reckoned once while its figures stand."""
    return _made.get((service.figures.name, view), lambda: _make(service, view))


def _make(service: Service, view: View) -> Benchmark:
    stays = all_stays(service)
    if view.scheme:
        stays = stays.where(pc.equal(stays.table["scheme"], view.scheme))
    if view.department:
        stays = stays.where(pc.equal(stays.table["department"], view.department))
    if view.group:
        stays = stays.where(stays.group == stays.group_codes.index(view.group))
    levels = {place: row["level"] for place, row in service.institutions.items()}
    ends = [m for m in stays.months if m <= view.last]
    long = stays.from_month(ends[-LONG:][0], view.last) if ends else stays.where(np.zeros(len(stays), np.bool_))
    city = stays.from_month(view.first, view.last)
    comparison = Comparison(city, view.own, view.peers, adjust=view.unlike)
    wanted = indicators(comparison.stays, levels)
    made = Benchmark(view, comparison, Comparison(long, view.own, view.peers, adjust=view.unlike), city, wanted)
    made.rows = {one.name: comparison.of(one) for one in wanted}
    made.series = {one.name: made.months.of_months(one) for one in wanted}
    for row, months in conduct(service, view, made.months.stays.months):
        made.wanted.append(row.indicator)
        made.rows[row.indicator.name], made.series[row.indicator.name] = row, months
    return made


def _sizes(stays: Stays) -> Floats:
    """Stays by institution."""
    return by_place(np.ones(len(stays)), stays.place, len(stays.places))


def _groups(comparison: Comparison, own: Stays) -> list[GroupResult]:
    stays = comparison.stays
    size = np.bincount(own.group[own.in_group], minlength=len(own.group_codes))
    found = []
    for number in np.flatnonzero(size >= FEWEST):
        code = own.group_codes[number]
        here = own.where(own.group == number)
        there = _others(stays, comparison, code)
        enough = tells_nobody(_sizes(there))
        standard = here["standard_amount"][np.isfinite(here["standard_amount"])] if own.priced else np.empty(0)
        measure = standard if standard.any() else there["amount"] if enough else np.empty(0)
        if not len(measure):
            continue
        due = round_half_up(int(measure.sum()) * len(here), len(measure))
        gaps = {name: float(here[name].mean() - there[name].mean()) for name, _, _ in PARTS} if enough else {}
        part = max(gaps, key=lambda name: abs(gaps[name])) if gaps else None
        gap = gaps[part] if part else 0.0
        found.append(GroupResult(own.groups[code], len(here), int(here["amount"].sum()), due, part, gap))
    return found


def _others(stays: Stays, comparison: Comparison, code: str) -> Stays:
    mine = stays.places.index(comparison.own) if comparison.own in stays.places else -1
    return stays.where((stays.place != mine) & (stays.group == stays.group_codes.index(code)))


def structure_of(comparison: Comparison, code: str) -> Structure | None:
    """The parts of a group's cost at the comparison's own institution and at its peers; None below ten own cases."""
    stays = comparison.stays
    if code not in stays.group_codes or code not in stays.groups:
        return None
    number = stays.group_codes.index(code)
    mine = stays.places.index(comparison.own) if comparison.own in stays.places else -1
    here = stays.where((stays.place == mine) & (stays.group == number))
    if len(here) < INSTITUTION:
        return None
    there = _others(stays, comparison, code)
    size = _sizes(there)
    full = size >= INSTITUTION  # a mean of a few cases is no peer's habit
    peers, quartiles = None, {}
    if tells_nobody(size):
        peers = {name: float(there[name].mean()) for name, _, _ in PARTS}
        for name, _, _ in PARTS:
            means = by_place(there[name], there.place, len(there.places))[full] / size[full]
            lies = spread(means)
            if lies is not None:
                quartiles[name] = (lies.p25, lies.p75)
    standard = here["standard_amount"]
    return Structure(
        stays.groups[code], len(here), len(there), {name: float(here[name].mean()) for name, _, _ in PARTS}, peers,
        quartiles, float(np.nanmean(standard)) if np.isfinite(standard).any() else None,
    )  # fmt: skip


def _readmission(stays: Stays, view: View) -> Readmission | None:
    """The funnel of all with stays; None where the own hospital has too few expected events or too few others are."""
    if view.own not in stays.places:
        return None
    judged = stays["judged"] > 0
    count = len(stays.places)
    observed = by_place(np.where(judged, stays["readmitted"], 0.0), stays.place, count)
    expected = by_place(np.where(judged, stays["expected_ppm"] / MILLION, 0.0), stays.place, count)
    units = {
        place: Unit("", int(observed[i]), float(expected[i]), "")
        for i, place in enumerate(stays.places)
        if expected[i] >= FEWEST_EXPECTED
    }
    own = units.pop(view.own, None)
    if own is None or len(units) < FEWEST_PEERS:
        return None
    kin = [place in view.peers for place in units]
    funnel = Funnel.of([*units.values(), own])
    peers = [zone for zone, peer in zip(funnel.zones, kin, strict=False) if peer]
    return Readmission(
        own, funnel, kin, funnel.zones[-1], sum(z == 0 for z in peers), sum(z > 0 for z in peers),
        sum(z < 0 for z in peers),
    )  # fmt: skip
