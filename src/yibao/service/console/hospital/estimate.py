"""Estimates with their intervals, and the word that a comparison allows (console rules on honesty, 2, 3 and 10).

Proportions: Wilson; observed over expected: exact Poisson; ratios of sums (means among them): normal with the robust
variance from 200 stays on, a seeded bootstrap from 30, none below.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from yibao.measures import observed_expected, wilson_interval
from yibao.service.console.hospital.stays import Floats, Ints
from yibao.service.console.suppression import INSTITUTION

#: Stays from which a mean has an interval by bootstrap, and by its robust variance.
FEWEST, MANY = 30, 200
FEWEST_EXPECTED = 5.0
#: Peers from which there is a comparison, and from which the outer deciles are shown.
FEWEST_PEERS, MANY_PEERS = 5, 10
_DRAWS, _SEED, _Z = 1_000, 20_250_101, 1.959964


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95 % interval, in its own unit. ``n`` stays and ``events`` stand behind it."""

    value: float
    lower: float
    upper: float
    n: int
    events: int | None = None


@dataclass(frozen=True)
class Spread:
    """Where peers lie: quartiles from five peers on, outer deciles from ten on. No least, no greatest, no names."""

    n: int
    p25: float
    p50: float
    p75: float
    p10: float | None = None
    p90: float | None = None


def spread(values: Sequence[float] | Floats) -> Spread | None:
    """The spread of the peers that have a value; None with fewer than five."""
    known = np.asarray(values, dtype=np.float64)
    known = known[np.isfinite(known)]
    if len(known) < FEWEST_PEERS:
        return None
    p10, p25, p50, p75, p90 = (float(x) for x in np.quantile(known, [0.1, 0.25, 0.5, 0.75, 0.9]))
    return Spread(len(known), p25, p50, p75, *((p10, p90) if len(known) >= MANY_PEERS else ()))


def tells_nobody(cases: Sequence[float] | Floats) -> bool:
    """Whether a mean over the cases of peers may be shown: five peers or more have any, and none has more than half.

    ``cases`` by peer. A mean of which one peer makes up most is that peer's own, whoever stands beside it.

    >>> tells_nobody([10, 10, 10, 10, 10]), tells_nobody([10, 10, 10, 10]), tells_nobody([1, 1, 1, 1, 90])
    (True, False, False)
    """
    size = np.asarray(cases, dtype=np.float64)
    return bool((size > 0).sum() >= FEWEST_PEERS and 2 * size.max() <= size.sum())


def reading(own: Estimate | None, peers: Spread | None) -> str:
    """``higher``, ``lower``, ``similar``, ``few``, or ``alone`` where there are too few peers to compare with."""
    if own is None:
        return "few"
    if peers is None:
        return "alone"
    if own.lower > peers.p75:
        return "higher"
    return "lower" if own.upper < peers.p25 else "similar"


def ratio(numerator: Floats, denominator: Floats, scale: float = 1.0) -> Estimate | None:
    """``scale * sum / sum`` over stays; None below 30 stays."""
    n, due = len(numerator), float(denominator.sum())
    if n < FEWEST or due <= 0:
        return None
    value = float(numerator.sum()) / due
    if n >= MANY:
        error = float(np.sqrt(np.sum((numerator - value * denominator) ** 2))) / due
        low, high = value - _Z * error, value + _Z * error
    else:
        weights = _resamples(n)
        drawn = (weights @ numerator) / (weights @ denominator)
        low, high = (float(x) for x in np.quantile(drawn[np.isfinite(drawn)], [0.025, 0.975]))
    return Estimate(value * scale, low * scale, high * scale, n)


def proportion(hits: int, n: int) -> Estimate | None:
    """A share of cases; None below ten."""
    if n < INSTITUTION:
        return None
    low, high = wilson_interval(hits, n)
    return Estimate(hits / n, float(low), float(high), n, hits)


def over_expected(observed: int, expected: float, n: int) -> Estimate | None:
    """Observed over expected; None below five expected events or ten cases."""
    if n < INSTITUTION or expected < FEWEST_EXPECTED:
        return None
    found = observed_expected(observed, expected)
    return Estimate(float(found.ratio), float(found.lower), float(found.upper), n, observed)


def by_place(values: Floats, place: Ints, places: int) -> Floats:
    """Sums by institution."""
    return np.bincount(place, weights=values, minlength=places).astype(np.float64)


@lru_cache(maxsize=8)
def _resamples(n: int) -> Floats:
    """How often each of ``n`` stays is drawn in each resample: the same draws on every day."""
    return np.random.default_rng(_SEED).multinomial(n, np.full(n, 1 / n), size=_DRAWS).astype(np.float64)
