"""Partial pooling of shares: units with few cases borrow from all, units with many keep their own share."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaincinv

from yibao.measures.poisson import Floats, tail_of

#: The strength of the common share where units differ by no more than chance.
STRONGEST = 1e6


class PooledShares(NamedTuple):
    """The common share, how many cases it is worth, and each unit's share with the ends of its interval."""

    mean: float
    strength: float
    share: Floats
    lower: Floats
    upper: Floats


def pooled_shares(successes: ArrayLike, trials: ArrayLike, level: float = 0.95) -> PooledShares:
    """Shares of units as draws from one beta distribution (beta-binomial empirical Bayes).

    `successes` of `trials`, one dimension; a unit without trials has the common share. The common share is that of all
    cases; its strength κ = 1/ρ − 1 comes from the moment estimate of the intra-class correlation ρ, weights n; a unit's
    share is (κ·mean + successes)/(κ + trials), its interval holds the middle of the posterior beta. Where the units
    differ by no more than chance, κ is 10^6. Raises ValueError when successes are negative or more than the trials.
    Source: J. C. Kleinman, Proportions with extraneous variance, JASA 68 (1973) 46-54.

    >>> found = pooled_shares([1, 40, 60], [2, 100, 100])
    >>> found.mean, [round(float(x), 3) for x in found.share]
    (0.5, [0.5, 0.414, 0.586])
    """
    hits, n = np.asarray(successes, dtype=np.float64), np.asarray(trials, dtype=np.float64)
    if np.any(hits < 0) or np.any(hits > n):
        raise ValueError("successes lie between 0 and the number of trials")
    total = float(n.sum())
    mean = float(hits.sum() / total) if total else float("nan")
    strength = _strength(hits, n, mean)
    alpha, beta = strength * mean + hits, strength * (1 - mean) + n - hits
    tail = tail_of(level)
    inside = (alpha > 0) & (beta > 0)
    a, b = np.where(inside, alpha, 1.0), np.where(inside, beta, 1.0)
    lower = np.where(inside, betaincinv(a, b, tail), mean)
    upper = np.where(inside, betaincinv(a, b, 1 - tail), mean)
    return PooledShares(mean, strength, alpha / (alpha + beta), lower, upper)


def _strength(hits: Floats, n: Floats, mean: float) -> float:
    units, total = int((n > 0).sum()), float(n.sum())
    within = mean * (1 - mean)
    if units < 2 or not within > 0:
        return STRONGEST
    share = np.divide(hits, n, out=np.full_like(hits, mean), where=n > 0)
    spread = float((n * (share - mean) ** 2).sum())
    free = total - float((n**2).sum()) / total - (units - 1)
    correlation = (spread - (units - 1) * within) / (within * free) if free > 0 else 0.0
    return STRONGEST if correlation <= 1 / (STRONGEST + 1) else max(1 / min(correlation, 1.0) - 1, 0.0)
