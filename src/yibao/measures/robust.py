"""Scores that a few wild values cannot spoil."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from yibao.measures.poisson import Floats

NORMAL_MAD = 0.6745
"""The median absolute deviation of a standard normal variable."""
NORMAL_MEAN_DEVIATION = 1.253314
"""Standard deviation over mean absolute deviation, for a normal variable."""
OUTLIER = 3.5
"""Absolute scores above this are outliers by the rule of Iglewicz and Hoaglin."""


def median_absolute_deviation(values: ArrayLike) -> float:
    """The median distance from the median (unscaled). Raises ValueError when there is no value.

    >>> round(median_absolute_deviation([.30, .32, .31, .35, .29, .33, .55]), 3)
    0.02
    """
    x = np.asarray(values, dtype=np.float64)
    if x.size == 0:
        raise ValueError("there is no median of nothing")
    return float(np.median(np.abs(x - np.median(x))))


def robust_z(values: ArrayLike) -> Floats:
    """How far each value lies from the median, in robust standard deviations (same shape as `values`).

    When more than half of the values are equal the median deviation is 0 and the mean absolute deviation takes its
    place; when all are equal every score is 0.
    Source: B. Iglewicz, D. Hoaglin, How to Detect and Handle Outliers (ASQC 1993), modified z-score.

    >>> robust_z([.30, .32, .31, .35, .29, .33, .55]).round(2).tolist()
    [-0.67, 0.0, -0.34, 1.01, -1.01, 0.34, 7.76]
    """
    x = np.asarray(values, dtype=np.float64)
    mad = median_absolute_deviation(x)
    distance = x - np.median(x)
    if mad > 0:
        return NORMAL_MAD * distance / mad
    spread = NORMAL_MEAN_DEVIATION * float(np.mean(np.abs(distance)))
    return distance / spread if spread > 0 else np.zeros_like(distance)
