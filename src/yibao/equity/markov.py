"""Markov chains of regions between classes, alone and by what their neighbours are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from yibao.equity.checks import Floats, Ints, matrix
from yibao.equity.errors import MethodError
from yibao.equity.neighbours import SpatialWeights


@dataclass(frozen=True)
class TransitionMatrix:
    """Transitions between k classes.

    `counts` and `rates` (k, k), rows sum to one; a class that nothing leaves has a row of NaN. `steady` (m, k) holds
    the ergodic distribution; where it is not unique (m > 1) one for each closed set of classes. `empty` classes.
    """

    counts: Ints
    rates: Floats
    steady: Floats
    empty: tuple[int, ...]


@dataclass(frozen=True)
class SpatialTransitions:
    """Transition matrices by the class of the neighbours' mean, and tests that they are all the same.

    `by_lag` one for each class of neighbours; `lr`, `lr_p` likelihood ratio, `q`, `q_p` Pearson's, `df` of both (NaN
    and 0 where fewer than two classes of neighbours occur).
    """

    pooled: TransitionMatrix
    by_lag: tuple[TransitionMatrix, ...]
    lr: float
    lr_p: float
    q: float
    q_p: float
    df: int


def markov_classes(
    values: ArrayLike, k: int = 4, *, cuts: Literal["pooled", "yearly"] | ArrayLike = "pooled"
) -> tuple[Ints, Floats]:
    """Classes 0 … k − 1 of a panel (regions, years), and the cut points (k − 1) or (years, k − 1).

    `pooled` quantiles of all region-years keep the classes fixed in time; `yearly` quantiles make them relative;
    numbers are cuts of one's own. Intervals are closed on the right. Raises MethodError on missing values and where
    cuts coincide (too few distinct values).

    >>> markov_classes([[1.0, 2.0], [3.0, 4.0]], 2)[0].tolist()
    [[0, 0], [1, 1]]
    """
    y = matrix(values, "values")
    shares = np.arange(1, k) / k
    if isinstance(cuts, str) and cuts == "yearly":
        bounds = np.quantile(y, shares, axis=0).T
        classes = np.column_stack(
            [np.searchsorted(b, column, side="left") for b, column in zip(bounds, y.T, strict=True)]
        )
    else:
        bounds = np.quantile(y, shares) if isinstance(cuts, str) else np.asarray(cuts, dtype=np.float64)
        classes = np.searchsorted(bounds, y, side="left")
    if np.any(np.diff(bounds, axis=-1) <= 0):
        raise MethodError(
            "cut points of classes coincide",
            mend="ask for fewer classes or give cuts of your own",
            zh="分类的分位点重合",
            mend_zh="请减少类数或自定分割点",
        )
    return classes, bounds


def transitions(classes: ArrayLike, k: int | None = None) -> TransitionMatrix:
    """Transition matrix of consecutive years: p_ij = n_ij/n_i.

    `classes` (regions, years ≥ 2) integers from 0, every year of every region. Raises MethodError on an unbalanced
    panel (a class below 0 stands for a gap).
    Source: D. Quah, European Economic Review 37 (1993) 426-434.

    >>> transitions([[0, 0, 1], [1, 1, 1]]).rates.tolist()
    [[0.5, 0.5], [0.0, 1.0]]
    """
    c = _balanced(classes)
    size = k or int(c.max()) + 1
    counts = np.zeros((size, size), dtype=np.int64)
    np.add.at(counts, (c[:, :-1].ravel(), c[:, 1:].ravel()), 1)
    return _matrix(counts)


def spatial_transitions(
    values: ArrayLike,
    weights: SpatialWeights,
    k: int = 4,
    *,
    cuts: Literal["pooled", "yearly"] | ArrayLike = "pooled",
    lag_cuts: Literal["same", "own"] = "same",
) -> SpatialTransitions:
    """Transitions conditioned on the class of the neighbours' mean in the year before.

    `values` (regions, years); `weights` of the same regions, row-standardised here. The neighbours' mean is classed by
    the cuts of the regions ("same"), or by pooled quantiles of its own ("own", giddy's default). Raises MethodError
    on missing values and on regions without neighbours.
    Source: S. J. Rey, Geographical Analysis 33 (2001) 195-214; F. Bickenbach and E. Bode, International Regional
    Science Review 26 (2003) 363-392.
    """
    y = matrix(values, "values")
    if weights.islands:
        raise MethodError(
            f"regions without neighbours: {', '.join(weights.islands)}",
            mend="link them to a region, or leave them out",
            zh=f"没有邻居的地区：{'、'.join(weights.islands)}",
            mend_zh="请指定相连的地区，或剔除",
        )
    if len(weights.ids) != len(y):
        raise MethodError(f"weights of {len(weights.ids)} regions for {len(y)} rows", zh="空间权重与地区的个数不同")
    classes, bounds = markov_classes(y, k, cuts=cuts)
    near = weights.standardised().matrix @ y
    if lag_cuts == "own":
        bounds = np.quantile(near, np.arange(1, k) / k)
    near_bounds = np.broadcast_to(bounds, (y.shape[1], bounds.shape[-1]))
    lags = np.column_stack([np.searchsorted(b, x, side="left") for b, x in zip(near_bounds, near.T, strict=True)])
    counts = np.zeros((k, k, k), dtype=np.int64)
    np.add.at(counts, (lags[:, :-1].ravel(), classes[:, :-1].ravel(), classes[:, 1:].ravel()), 1)
    return SpatialTransitions(_matrix(counts.sum(axis=0)), tuple(_matrix(c) for c in counts), *_homogeneity(counts))


def _balanced(classes: ArrayLike) -> Ints:
    c = np.asarray(classes)
    if c.ndim != 2 or c.shape[1] < 2 or not np.issubdtype(c.dtype, np.integer):
        raise MethodError("classes are regions × years, two years at least", zh="类别应为地区×年份，至少两年")
    if np.any(c < 0):
        raise MethodError(
            "the panel is not balanced: a region lacks a year",
            mend="fill the gap by a named rule",
            zh="面板不平衡：有地区缺年份",
            mend_zh="请按写明的规则插补",
        )
    return c


def _matrix(counts: Ints) -> TransitionMatrix:
    total = counts.sum(axis=1, keepdims=True)
    rates = np.divide(counts, total, out=np.full(counts.shape, np.nan), where=total > 0)
    empty = tuple(np.flatnonzero((counts.sum(axis=0) == 0) & (total[:, 0] == 0)).tolist())
    return TransitionMatrix(counts, rates, _steady(rates), empty)


def _steady(rates: Floats) -> Floats:
    """Stationary distributions: one for each closed communicating set of the classes that are ever left.

    A class that is entered and never seen leaving has no row, so no long run: its distribution is NaN.
    """
    k = len(rates)
    live = ~np.isnan(rates[:, 0])
    if not live.any() or np.nansum(rates[np.ix_(live, ~live)]) > 0:
        return np.full((1, k), np.nan)
    p = rates[np.ix_(live, live)]
    reach = np.linalg.matrix_power((p > 0) + np.eye(len(p)), len(p)) > 0
    closed = {
        tuple(np.flatnonzero(row)) for i, row in enumerate(reach) if all(reach[j, i] for j in np.flatnonzero(row))
    }
    found = []
    for members in sorted(closed):
        part = p[np.ix_(members, members)]
        system = np.vstack([part.T - np.eye(len(members)), np.ones(len(members))])
        share = np.linalg.lstsq(system, np.append(np.zeros(len(members)), 1.0), rcond=None)[0]
        row = np.zeros(k)
        row[np.flatnonzero(live)[list(members)]] = share
        found.append(row)
    return np.array(found)


def _homogeneity(counts: Ints) -> tuple[float, float, float, float, int]:
    """Likelihood ratio and Pearson's test that all matrices (lag, from, to) are one, with p and degrees of freedom.

    Written out because giddy, which has them, loads a compiler for five seconds; the two agree to 1e-12.
    """
    seen, pooled = counts.sum(axis=2, keepdims=True), counts.sum(axis=0)
    rates = np.divide(pooled, pooled.sum(axis=1, keepdims=True), out=np.zeros(pooled.shape), where=pooled > 0)
    # Degrees of freedom: a row counts by the lags in which it occurs and by the classes it ever moves to.
    df = int(((seen[:, :, 0] > 0).sum(axis=0) - 1) @ np.maximum((rates > 0).sum(axis=1) - 1, 0))
    if df <= 0:
        return float("nan"), float("nan"), float("nan"), float("nan"), 0
    expected = seen * rates
    logs = np.log(np.divide(counts, expected, out=np.ones(counts.shape), where=counts > 0))
    gaps = np.divide((counts - expected) ** 2, expected, out=np.zeros(counts.shape), where=expected > 0)
    lr, q = 2 * float((counts * logs).sum()), float(gaps.sum())
    return lr, float(stats.chi2.sf(lr, df)), q, float(stats.chi2.sf(q, df)), df
