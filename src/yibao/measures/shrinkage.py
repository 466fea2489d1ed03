"""Robust scores against peers in which small units are pulled to the middle: partial pooling of values with noise."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from yibao.measures.poisson import Floats
from yibao.measures.robust import NORMAL_MAD

#: A scale is never taken to be less than this share of the middle noise: peers who agree by chance are no measure.
LEAST_SPREAD = 0.25


class PeerScores(NamedTuple):
    """The peers' median, how far they differ (a standard deviation), and per unit its pooled value and its score."""

    median: float
    spread: float
    pooled: Floats
    z: Floats


def peer_scores(values: ArrayLike, variance: ArrayLike = 0.0) -> PeerScores:
    """Scores of units against their median, in robust standard deviations between units.

    `values` has one dimension, NaN where a unit has none; `variance` is the sampling variance of each value. The
    variance between units is τ² = max((MAD/0.6745)² − median(variance), (¼)²·median(variance)); a value is pulled to
    the median by the factor τ²/(τ² + variance), so that a unit with few cases is unusual only when it cannot be
    chance; z = (pooled − median)/τ. Where τ is 0 every score is 0; a missing value scores 0.
    Source: the normal-normal model with estimates of B. Efron, C. Morris, JASA 70 (1975) 311-319, its moments made
    robust by medians.

    >>> found = peer_scores([1.0, 2.0, 3.0, 4.0, 20.0], [0, 0, 0, 0, 1.1])
    >>> round(found.median, 1), found.z.round(2).tolist()
    (3.0, [-1.35, -0.67, 0.0, 0.67, 7.64])
    """
    x = np.asarray(values, dtype=np.float64)
    noise = np.broadcast_to(np.asarray(variance, dtype=np.float64), x.shape)
    known = np.isfinite(x)
    if not known.any():
        return PeerScores(float("nan"), 0.0, np.full_like(x, np.nan), np.zeros_like(x))
    middle = float(np.median(x[known]))
    raw = float(np.median(np.abs(x[known] - middle))) / NORMAL_MAD
    chance = float(np.median(noise[known]))
    between = max(raw**2 - chance, LEAST_SPREAD**2 * chance)
    if between <= 0:
        return PeerScores(middle, 0.0, x, np.zeros_like(x))
    pull = between / (between + noise)
    pooled = middle + pull * (x - middle)
    z = np.where(known, (pooled - middle) / between**0.5, 0.0)
    return PeerScores(middle, between**0.5, pooled, z)
