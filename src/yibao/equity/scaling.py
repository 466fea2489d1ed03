"""Indicators on one scale from 0, worst, to 1, best."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from yibao.equity.checks import Floats, matrix
from yibao.equity.errors import MethodError
from yibao.measures import standardised

#: Better when more, when less, or within an interval [a, b].
Direction = Literal["positive", "negative"] | tuple[float, float]


class Standardised(NamedTuple):
    """Values in [0, 1], and which indicators were constant (0 everywhere, without information)."""

    values: Floats
    constant: NDArray[np.bool_]
    clipped: int


def standardise(
    values: ArrayLike,
    directions: Sequence[Direction] | None = None,
    *,
    within: ArrayLike | None = None,
    low: ArrayLike | None = None,
    high: ArrayLike | None = None,
    floor: float = 0.0,
) -> Standardised:
    """Range standardisation with a direction for each indicator.

    `values` has shape (rows, indicators). Extremes are those of all rows, which makes years comparable; `within` (one
    label a row, such as its year) takes them among rows of the same label, and then results are not comparable across
    labels. `low` and `high` are outer bounds an indicator (NaN: its own extreme); how many values lay outside is in
    `clipped`. A direction [a, b] is best inside the interval: 1 − (a − x)/M to its left, 1 − (x − b)/M to its right, M
    the farther of the two distances. `floor` f turns z into f + (1 − f)·z, so that no product is zero. A constant
    indicator is 0 everywhere. Raises MethodError on missing values.

    >>> standardise([[1.0, 30.0], [2.0, 20.0], [3.0, 10.0]], ["positive", "negative"]).values.tolist()
    [[0.0, 0.0], [0.5, 0.5], [1.0, 1.0]]
    >>> standardise([[5.0], [10.0], [20.0]], [(8.0, 12.0)]).values.round(3).tolist()
    [[0.625], [1.0], [0.0]]
    """
    x = matrix(values, "indicators")
    ways: list[Direction] = list(directions) if directions is not None else ["positive"] * x.shape[1]
    if len(ways) != x.shape[1]:
        raise MethodError(f"{len(ways)} directions for {x.shape[1]} indicators", zh="方向与指标的个数不同")
    if not 0 <= floor < 1:
        raise MethodError("the floor lies between 0 and 1", zh="下限应在 0 与 1 之间")
    turned, bounds_low, bounds_high, clipped = _turned(x, ways, low, high)
    less = [way == "negative" for way in ways]
    if within is None:
        z = standardised(turned, less, bounds_low, bounds_high)
        constant = np.asarray(bounds_high <= bounds_low)
    else:
        labels = np.asarray(within)
        if len(labels) != len(x):
            raise MethodError(f"{len(labels)} labels for {len(x)} rows", zh="分组标签与行数不同")
        z = np.zeros_like(x)
        constant = np.ones(x.shape[1], dtype=bool)
        for label in np.unique(labels):
            rows = labels == label
            z[rows] = standardised(turned[rows], less)
            constant &= np.ptp(turned[rows], axis=0) == 0
    return Standardised(floor + (1 - floor) * z, constant, clipped)


def _turned(
    x: Floats, ways: Sequence[Direction], low: ArrayLike | None, high: ArrayLike | None
) -> tuple[Floats, Floats, Floats, int]:
    """Values with intervals already turned into "more is better", their bounds, and how many were outside."""
    turned = x.copy()
    outer_low = np.full(x.shape[1], np.nan) if low is None else np.asarray(low, dtype=np.float64)
    outer_high = np.full(x.shape[1], np.nan) if high is None else np.asarray(high, dtype=np.float64)
    least = np.where(np.isnan(outer_low), x.min(axis=0), outer_low)
    most = np.where(np.isnan(outer_high), x.max(axis=0), outer_high)
    clipped = int(((x < least) | (x > most)).sum())
    for column, way in enumerate(ways):
        if isinstance(way, tuple):
            turned[:, column] = _inside(x[:, column], *way)
            least[column], most[column] = (0.0, 1.0) if np.ptp(turned[:, column]) > 0 else (0.0, 0.0)
    return turned, least, most, clipped


def _inside(x: Floats, a: float, b: float) -> Floats:
    if a > b:
        raise MethodError("an interval ends before it begins", zh="区间下限大于上限")
    farthest = max(a - float(x.min()), float(x.max()) - b, 0.0)
    if farthest == 0:
        return np.ones_like(x)
    return 1 - np.maximum(np.maximum(a - x, x - b), 0) / farthest
