"""Funnel limits: where a unit's figure would fall if only chance moved it away from the target.

They are prediction limits around the target, not confidence intervals of the unit. A chart draws no unit with fewer
than five expected events, and no limits at all when the over-dispersion factor is above four.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaincinv

from yibao.measures.poisson import Floats, tail_of

WARNING_LEVEL, ACTION_LEVEL = 0.95, 0.998
MIN_UNITS_FOR_DISPERSION = 10


class FunnelLimits(NamedTuple):
    """Lower and upper limits at the warning (95 %) and the action (99.8 %) level, all of one shape."""

    lower_warning: Floats
    upper_warning: Floats
    lower_action: Floats
    upper_action: Floats


def poisson_limits(expected: ArrayLike, target: float = 1.0, dispersion: float = 1.0) -> FunnelLimits:
    """Limits of observed/expected around `target` for units with these expected numbers (> 0).

    Exact Poisson quantiles, interpolated between neighbouring whole numbers so that the curves are smooth;
    with over-dispersion the distance from the target grows by √dispersion.
    Source: D. J. Spiegelhalter, Funnel plots for comparing institutional performance,
    Stat. Med. 24 (2005) 1185-1202, A.1.

    >>> [round(float(x), 3) for x in poisson_limits(20.0)]
    [0.56, 1.437, 0.358, 1.736]
    """
    from scipy.stats import poisson  # half a second to import, and only funnels need it

    due = np.asarray(expected, dtype=np.float64)
    if np.any(due <= 0):
        raise ValueError("funnel limits need an expected number above 0")
    mean = due * target

    def at(p: float) -> Floats:
        count = poisson.ppf(p, mean)
        return _interpolate(count, p, poisson.cdf(count, mean), poisson.pmf(count, mean)) / due

    return _limits(at, target, dispersion)


def binomial_limits(trials: ArrayLike, target: float, dispersion: float = 1.0) -> FunnelLimits:
    """Limits of a proportion around `target` (0 < target < 1) for units with this many cases (≥ 1); same method.

    >>> [round(float(x), 3) for x in binomial_limits(100, 0.1)]
    [0.04, 0.158, 0.014, 0.198]
    """
    from scipy.stats import binom

    n = np.asarray(trials, dtype=np.float64)
    if np.any(n < 1):
        raise ValueError("funnel limits need at least one case")

    def at(p: float) -> Floats:
        count = binom.ppf(p, n, target)
        return _interpolate(count, p, binom.cdf(count, n, target), binom.pmf(count, n, target)) / n

    return _limits(at, target, dispersion)


def overdispersion(z: ArrayLike) -> float:
    """The factor φ by which the units vary more than chance explains; 1.0 when that is not shown.

    `z` are the units' scores against the target. The outer tenth on each side is pulled in first (winsorised), so
    that the outliers a funnel looks for do not widen it; φ is the mean square of the rest. It counts only with
    ten units or more and when n·φ exceeds the 95 % point of χ² with n − 1 degrees of freedom.
    Source: D. J. Spiegelhalter, Handling over-dispersion of performance indicators,
    Qual. Saf. Health Care 14 (2005) 347-351.

    >>> overdispersion([0.1, -0.2, 0.3]), round(overdispersion([3.0, -3.0] * 10), 2)
    (1.0, 9.0)
    """
    scores = np.sort(np.asarray(z, dtype=np.float64).ravel())
    units = scores.size
    if units < MIN_UNITS_FOR_DISPERSION:
        return 1.0
    cut = units // 10
    scores = np.clip(scores, scores[cut], scores[units - 1 - cut])
    phi = float(np.mean(scores**2))
    return phi if units * phi > float(2 * gammaincinv((units - 1) / 2, 0.95)) else 1.0


def _interpolate(count: Floats, p: float, below: Floats, here: Floats) -> Floats:
    """The point between `count` − 1 and `count` where a smooth distribution function would reach `p`.

    A limit below 0 is no count: there the unit cannot fall below the limit, so it is 0.
    """
    return np.maximum(count - (below - p) / here, 0.0)


def _limits(at: Callable[[float], Floats], target: float, dispersion: float) -> FunnelLimits:
    if dispersion < 1:
        raise ValueError("over-dispersion widens limits; its factor is 1 or more")
    tails = [tail_of(WARNING_LEVEL), 1 - tail_of(WARNING_LEVEL), tail_of(ACTION_LEVEL), 1 - tail_of(ACTION_LEVEL)]
    width = np.sqrt(dispersion)
    return FunnelLimits(*(np.maximum(target + width * (at(p) - target), 0.0) for p in tails))
