"""How well a score puts what is sought first: areas under curves, the head of the list, and intervals by bootstrap."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from yibao.measures.poisson import Floats, tail_of

Bools = NDArray[np.bool_]


class Ranking(NamedTuple):
    """ROC-AUC, PR-AUC (average precision), precision among the first k, and k; each in [0, 1] but k."""

    roc_auc: float
    pr_auc: float
    precision_at_k: float
    k: int


class Interval(NamedTuple):
    """A figure with the ends of its interval."""

    value: float
    lower: float
    upper: float


def ranking(label: ArrayLike, score: ArrayLike, k: int | None = None) -> Ranking:
    """The figures of one score; `k` is the number of positives unless said. Ties share their place.

    Raises ValueError unless there are both kinds. Source: J. Davis, M. Goadrich, ICML 2006, on the two curves.

    >>> ranking([1, 0, 1, 0], [0.9, 0.8, 0.7, 0.1])
    Ranking(roc_auc=0.75, pr_auc=0.8333333333333333, precision_at_k=0.5, k=2)
    """
    y, s = _checked(label, score)
    first = int(y.sum()) if k is None else min(k, y.size)
    ones = np.ones((1, y.size))
    return Ranking(
        float(weighted_roc_auc(y, s, ones)[0]),
        float(weighted_pr_auc(y, s, ones)[0]),
        precision_at(y, s, first),
        first,
    )


def precision_at(label: ArrayLike, score: ArrayLike, k: int) -> float:
    """The share of positives among the `k` highest scores; a tie at the edge counts by its share.

    >>> precision_at([1, 0, 0], [2, 1, 1], 2)
    0.5
    """
    y, s = np.asarray(label, dtype=bool), np.asarray(score, dtype=np.float64)
    edge = np.sort(s)[::-1][k - 1]
    above, at = s > edge, s == edge
    return float((y[above].sum() + (k - above.sum()) * y[at].mean()) / k)


def f1(label: ArrayLike, chosen: ArrayLike) -> float:
    """The harmonic mean of precision and recall of a choice; 0 where nothing right was chosen.

    >>> f1([1, 1, 0, 0], [1, 0, 1, 0])
    0.5
    """
    y, c = np.asarray(label, dtype=bool), np.asarray(chosen, dtype=bool)
    total = int(y.sum() + c.sum())
    return 2 * int((y & c).sum()) / total if total else 0.0


def best_cut(label: ArrayLike, score: ArrayLike) -> float:
    """The threshold (chosen is `score` ≥ threshold) at which F1 is greatest on these data.

    >>> best_cut([0, 1, 1], [0.1, 0.4, 0.8])
    0.4
    """
    y, s = _checked(label, score)
    order = np.argsort(-s, kind="stable")
    hits, taken = np.cumsum(y[order]), np.arange(1, y.size + 1)
    last = np.append(s[order][1:] != s[order][:-1], True)  # a tie is taken whole or not at all
    quality = np.where(last, 2 * hits / (taken + y.sum()), -1.0)
    return float(s[order][int(np.argmax(quality))])


def weighted_roc_auc(label: Bools, score: Floats, weights: Floats) -> Floats:
    """ROC-AUC for each row of `weights` (shape draws × units): the chance that a positive lies above a negative."""
    ones, nils = _tied(label, score, weights)
    below = np.cumsum(nils, axis=1) - nils / 2  # a tie counts half
    return (ones * below).sum(axis=1) / (ones.sum(axis=1) * nils.sum(axis=1))


def weighted_pr_auc(label: Bools, score: Floats, weights: Floats) -> Floats:
    """Average precision for each row of `weights` (shape draws × units)."""
    ones, nils = _tied(label, score, weights)
    ones, nils = ones[:, ::-1], nils[:, ::-1]
    hits, taken = np.cumsum(ones, axis=1), np.cumsum(ones + nils, axis=1)
    precision = np.divide(hits, taken, out=np.zeros_like(hits), where=taken > 0)
    return (ones * precision).sum(axis=1) / ones.sum(axis=1)


def bootstrap(
    label: ArrayLike,
    scores: ArrayLike,
    figure: Callable[[Bools, Floats, Floats], Floats],
    *,
    draws: int = 400,
    seed: int = 1,
    level: float = 0.95,
    less: ArrayLike | None = None,
) -> Interval:
    """A figure with its percentile interval over draws of units, positives and negatives drawn apart.

    `scores` has shape (repeats, units): the figure is the mean over repeats. With `less` (one score) it is the
    difference to that score on the same draws. Source: B. Efron, R. Tibshirani, An Introduction to the Bootstrap
    (1993), ch. 13.
    """
    y = np.asarray(label, dtype=bool)
    repeats = np.atleast_2d(np.asarray(scores, dtype=np.float64))
    drawn = np.vstack([np.ones((1, y.size)), _draws(y, draws, seed)])
    found = np.mean([figure(y, s, drawn) for s in repeats], axis=0)
    if less is not None:
        found = found - figure(y, np.asarray(less, dtype=np.float64), drawn)
    tail = tail_of(level)
    lower, upper = np.quantile(found[1:], [tail, 1 - tail])
    return Interval(float(found[0]), float(lower), float(upper))


def _draws(label: Bools, draws: int, seed: int) -> Floats:
    chance = np.random.default_rng(seed)
    counts = np.zeros((draws, label.size))
    for kind in (True, False):
        (place,) = np.nonzero(label == kind)
        counts[:, place] = chance.multinomial(place.size, np.full(place.size, 1 / place.size), size=draws)
    return counts


def _tied(label: Bools, score: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Weights of positives and of negatives by distinct score, ascending."""
    _, place = np.unique(score, return_inverse=True)
    order = np.argsort(place, kind="stable")
    starts = np.flatnonzero(np.append(True, np.diff(place[order]) > 0))
    ones = np.add.reduceat((weights * label)[:, order], starts, axis=1)
    nils = np.add.reduceat((weights * ~label)[:, order], starts, axis=1)
    return ones, nils


def _checked(label: ArrayLike, score: ArrayLike) -> tuple[Bools, Floats]:
    y, s = np.asarray(label, dtype=bool), np.asarray(score, dtype=np.float64)
    if y.shape != s.shape or y.all() or not y.any():
        raise ValueError("a ranking needs one score for each unit, and units of both kinds")
    return y, s
