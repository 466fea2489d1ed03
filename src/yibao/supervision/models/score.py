"""Scores of subjects against their peers: families of measures become models, models become one risk.

A model is a family of measures (cost, structure, timing, drift, relations). Its strength is the root of the summed
squares of what each |z| exceeds 2 by (from 12 on, by its logarithm); p = 1 − exp(−strength/6), so that nothing unusual
is 0 and nobody is first by rank alone. Risk = 1 − Π(1 − w·p): no model alone lifts it above its weight w ≤ 0.6.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from yibao.measures import peer_scores
from yibao.measures.poisson import Floats
from yibao.supervision.models.frame import Frame, Measure, measures

#: A score within this many deviations is not unusual; beyond ``FULL`` a measure counts with its logarithm only: one
#: alone does not drown the others, and still the more extreme of two comes first.
QUIET, FULL, SCALE = 2.0, 12.0, 6.0
#: Models by family: id, and the weight in the fused risk (none above 0.6: no model decides alone).
FAMILIES: Mapping[str, tuple[str, float]] = {
    "cost": ("M01", 0.6),
    "structure": ("M02", 0.5),
    "timing": ("M03", 0.5),
    "drift": ("M04", 0.4),
    "relations": ("M05", 0.5),
}
FUSED = "M00"


@dataclass(frozen=True)
class Scores:
    """Of one frame: z and the peers' median per measure (NaN without peers), p per family, and the fused risk."""

    frame: Frame
    z: Mapping[str, Floats]
    usual: Mapping[str, Floats]
    p: Mapping[str, Floats]
    risk: Floats

    def reasons(self, unit: int, family: str | None = None, most: int = 3) -> list[str]:
        """The measures that make a subject unusual, the strongest first: all with z beyond the quiet zone."""
        own = [m for m in measures(self.frame.kind) if family in (None, m.family)]
        loud = [m.id for m in own if counted(m, self.z[m.id])[unit] > QUIET]
        return sorted(loud, key=lambda name: -abs(self.z[name][unit]))[:most]


def score(frame: Frame) -> Scores:
    """Score every subject of a frame within its peer group."""
    groups = np.array(frame.peers, dtype=object)
    z = {name: np.zeros(len(frame.ids)) for name in frame.columns}
    usual = {name: np.full(len(frame.ids), np.nan) for name in frame.columns}
    for label in np.unique(groups):
        if label == "":
            continue
        (inside,) = np.nonzero(groups == label)
        for name, column in frame.columns.items():
            found = peer_scores(column.scaled[inside], column.variance[inside])
            z[name][inside] = found.z
            known = column.natural[inside]
            usual[name][inside] = np.nanmedian(known) if np.isfinite(known).any() else np.nan
    p = {family: _strength(frame, z, family) for family in FAMILIES}
    risk = 1 - np.prod([1 - FAMILIES[family][1] * values for family, values in p.items()], axis=0)
    return Scores(frame, z, usual, p, risk)


def counted(measure: Measure, z: Floats) -> Floats:
    """How far a score counts as unusual: either way, or only above where less is no reason for a look."""
    return np.maximum(z, 0) if measure.side == "high" else np.abs(z)


def _strength(frame: Frame, z: Mapping[str, Floats], family: str) -> Floats:
    own = [counted(m, z[m.id]) for m in measures(frame.kind) if m.family == family]
    if not own:
        return np.zeros(len(frame.ids))
    counting = np.minimum(own, FULL) + np.log(np.maximum(own, FULL) / FULL)
    excess = np.maximum(counting - QUIET, 0)
    return np.asarray(1 - np.exp(-np.sqrt((excess**2).sum(axis=0)) / SCALE))
