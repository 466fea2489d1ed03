"""Stratified heterogeneity: how much of a variable's spread its strata explain (the geographical detector)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import f as f_distribution
from scipy.stats import ncf

from yibao.equity.checks import Floats, Note, codes_of, refusal, vector


class Geodetector(NamedTuple):
    """q in [0, 1], the share explained; `f` with (`strata` − 1, n − `strata`) degrees of freedom and noncentrality.

    `p` is the chance of so large an F under the non-central distribution; None where nothing varies within strata.
    """

    q: float
    f: float | None
    p: float | None
    noncentrality: float | None
    strata: int
    notes: tuple[Note, ...]


class Interaction(NamedTuple):
    """q of two factors and of both together, and the word of the geographical detector for how they work together."""

    first: float
    second: float
    both: float
    kind: str


def geodetector(values: ArrayLike, strata: Sequence[object]) -> Geodetector:
    """q = 1 − Σ N(h)·σ²(h)/(N·σ²), population variances.

    `values` shape (n,), `strata` one label a row, at least two strata; a numeric factor must be cut into classes first.
    Raises MethodError where the values do not vary.
    Source: J. F. Wang et al. (2010), Int. J. Geographical Information Science 24:107; test: J. F. Wang, T. L. Zhang
    and B. J. Fu (2016), Ecological Indicators 67:250.

    >>> round(geodetector([1, 2, 3, 4, 5, 6], list("aabbcc")).q, 6)
    0.914286
    """
    y = vector(values, "values")
    names, code = codes_of("strata", strata, len(y))
    count, n = len(names), len(y)
    if count < 2:
        raise refusal("strata", "hold one stratum; two are needed", "只有一层，至少需要两层")
    total = float(((y - y.mean()) ** 2).sum())
    if total == 0:
        raise refusal("values", "do not vary, so there is nothing to explain", "取值不变，无可解释的变异")
    size = np.bincount(code)
    mean = np.bincount(code, weights=y) / size
    within = float(((y - mean[code]) ** 2).sum())
    q = 1 - within / total
    single = [names[k] for k in np.flatnonzero(size == 1).tolist()]
    notes: tuple[Note, ...] = ()
    if single:
        notes += (
            Note("singleton", f"只有一个单元的层（方差为零）：{single}", f"strata of one row, variance 0: {single}"),
        )
    if n == count or within <= 1e-12 * total:
        notes += (Note("no_test", "层内无变异，无 F 检验", "nothing varies within strata: no F test"),)
        return Geodetector(q, None, None, None, count, notes)
    f = (n - count) / (count - 1) * q / (1 - q)
    offset = float((mean**2).sum()) - float((np.sqrt(size) * mean).sum()) ** 2 / n
    noncentrality = offset / (total / n)
    return Geodetector(q, f, float(_tail(f, count - 1, n - count, noncentrality)), noncentrality, count, notes)


def interaction_detector(values: ArrayLike, first: Sequence[object], second: Sequence[object]) -> Interaction:
    """q of the strata formed by both factors together, read against q of each.

    "nonlinear weakening" below both, "univariate weakening" between them, "bivariate enhancement" above both,
    "independent" at their sum, "nonlinear enhancement" above it.

    >>> interaction_detector([1, 2, 3, 4], list("aabb"), list("abab")).kind
    'independent'
    """
    y = vector(values, "values")
    _, one = codes_of("first", first, len(y))
    _, two = codes_of("second", second, len(y))
    q1, q2 = geodetector(y, one.tolist()).q, geodetector(y, two.tolist()).q
    both = geodetector(y, (one * (int(two.max()) + 1) + two).tolist()).q
    return Interaction(q1, q2, both, _kind(q1, q2, both))


def quantile_strata(values: ArrayLike, classes: int) -> Floats:
    """Classes 0, 1, … of a numeric factor by quantiles, closed on the right; fewer where values repeat.

    >>> quantile_strata([5, 1, 3, 2], 2).tolist()
    [1.0, 0.0, 1.0, 0.0]
    """
    x = vector(values, "values")
    if classes < 2:
        raise refusal("classes", f"is {classes}; two are needed", f"为 {classes}，至少需要两类")
    cuts = np.unique(np.quantile(x, np.arange(1, classes) / classes))
    return np.searchsorted(cuts, x, side="left").astype(np.float64)


def _tail(f: float, above: int, below: int, noncentrality: float) -> float:
    return f_distribution.sf(f, above, below) if noncentrality <= 0 else ncf.sf(f, above, below, noncentrality)


def _kind(q1: float, q2: float, both: float) -> str:
    rounding = 1e-9
    if both < min(q1, q2) - rounding:
        return "nonlinear weakening"
    if both <= max(q1, q2) + rounding:
        return "univariate weakening"
    if abs(both - q1 - q2) <= rounding:
        return "independent"
    return "nonlinear enhancement" if both > q1 + q2 else "bivariate enhancement"
