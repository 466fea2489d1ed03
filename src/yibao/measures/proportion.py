"""Intervals for proportions."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaincinv, ndtri

from yibao.measures.poisson import Floats, tail_of


def wilson_interval(successes: ArrayLike, trials: ArrayLike, level: float = 0.95) -> tuple[Floats, Floats]:
    """The Wilson score interval of a proportion (no continuity correction).

    `successes` of `trials`; shapes broadcast, results lie in [0, 1], NaN where there was no trial.
    Raises ValueError when successes are negative or more than the trials.
    Source: E. B. Wilson, JASA 22 (1927) 209-212; as in R. G. Newcombe, Stat. Med. 17 (1998) 857-872, method 3.

    >>> lower, upper = wilson_interval(81, 263)
    >>> round(float(lower), 4), round(float(upper), 4)
    (0.2553, 0.3662)
    """
    hits, n = np.broadcast_arrays(np.asarray(successes, dtype=np.float64), np.asarray(trials, dtype=np.float64))
    if np.any(hits < 0) or np.any(hits > n):
        raise ValueError("successes lie between 0 and the number of trials")
    total = np.where(n > 0, n, np.nan)
    z = float(ndtri(1 - tail_of(level)))
    share = hits / total
    middle = (share + z * z / (2 * total)) / (1 + z * z / total)
    half = z / (1 + z * z / total) * np.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    # Rounding noise must not push the end of 0 of n below 0 or that of n of n above 1.
    lower = np.where(hits == 0, np.where(n > 0, 0.0, np.nan), middle - half)
    upper = np.where(hits == n, np.where(n > 0, 1.0, np.nan), middle + half)
    return lower, upper


def clopper_pearson_interval(successes: ArrayLike, trials: ArrayLike, level: float = 0.95) -> tuple[Floats, Floats]:
    """The exact interval of a proportion.

    `successes` of `trials`; shapes broadcast, results lie in [0, 1], NaN where there was no trial.
    Raises ValueError when successes are negative or more than the trials.
    Source: C. J. Clopper, E. S. Pearson, Biometrika 26 (1934) 404-413; as in Newcombe (1998), method 5.

    >>> lower, upper = clopper_pearson_interval(81, 263)
    >>> round(float(lower), 4), round(float(upper), 4)
    (0.2527, 0.3676)
    """
    hits, n = np.broadcast_arrays(np.asarray(successes, dtype=np.float64), np.asarray(trials, dtype=np.float64))
    if np.any(hits < 0) or np.any(hits > n):
        raise ValueError("successes lie between 0 and the number of trials")
    tail = tail_of(level)
    known = n > 0
    lower = np.where(hits > 0, betaincinv(np.where(hits > 0, hits, 1.0), n - hits + 1, tail), 0.0)
    upper = np.where(hits < n, betaincinv(hits + 1, np.where(hits < n, n - hits, 1.0), 1 - tail), 1.0)
    return np.where(known, lower, np.nan), np.where(known, upper, np.nan)
