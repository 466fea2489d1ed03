"""Exact intervals for counts and for observed/expected ratios."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaincinv

Floats = NDArray[np.float64]


class RatioInterval(NamedTuple):
    """An observed/expected ratio and the ends of its interval (arrays of one shape)."""

    ratio: Floats
    lower: Floats
    upper: Floats


def poisson_interval(count: ArrayLike, level: float = 0.95) -> tuple[Floats, Floats]:
    """The exact (Garwood) interval for the mean of a Poisson count.

    `count` is any shape of whole numbers ≥ 0; both results have that shape. A count of nought has the lower end 0.
    Raises ValueError for a negative or fractional count or a level outside (0, 1).
    Source: F. Garwood, Fiducial limits for the Poisson distribution, Biometrika 28 (1936) 437-442.

    >>> lower, upper = poisson_interval([0, 30])
    >>> lower.round(3).tolist(), upper.round(3).tolist()
    ([0.0, 20.241], [3.689, 42.827])
    """
    observed = np.asarray(count, dtype=np.float64)
    if np.any(observed < 0) or np.any(observed != np.floor(observed)):
        raise ValueError("a Poisson count must be a whole number of 0 or more")
    tail = tail_of(level)
    # The chi-square quantile with 2k degrees of freedom, halved, is the gamma quantile of shape k. There is none of
    # shape 0; the lower end of a count of nought is 0 by definition.
    safe = np.where(observed == 0, 1.0, observed)
    lower = np.where(observed == 0, 0.0, gammaincinv(safe, tail))
    upper = gammaincinv(observed + 1, 1 - tail)
    return lower, upper


def observed_expected(observed: ArrayLike, expected: ArrayLike, level: float = 0.95) -> RatioInterval:
    """Observed over expected with an exact Poisson interval; the expected number is taken as known.

    `observed` are whole numbers ≥ 0, `expected` any numbers; shapes broadcast. Where nothing is expected
    the ratio and its interval are NaN, because there is nothing to compare with.
    Source: N. E. Breslow, N. E. Day, Statistical Methods in Cancer Research II (IARC 1987), §2.3.

    >>> r = observed_expected(30, 20)
    >>> round(float(r.ratio), 2), round(float(r.lower), 3), round(float(r.upper), 3)
    (1.5, 1.012, 2.141)
    """
    seen, due = np.broadcast_arrays(np.asarray(observed, dtype=np.float64), np.asarray(expected, dtype=np.float64))
    if np.any(due < 0):
        raise ValueError("an expected number cannot be negative")
    divisor = np.where(due > 0, due, np.nan)
    lower, upper = poisson_interval(seen, level)
    return RatioInterval(seen / divisor, lower / divisor, upper / divisor)


def tail_of(level: float) -> float:
    """The probability beyond each end of a two-sided interval of this level.

    >>> round(tail_of(0.95), 3)
    0.025
    """
    if not 0 < level < 1:
        raise ValueError(f"the level of an interval lies between 0 and 1, not {level}")
    return (1 - level) / 2
