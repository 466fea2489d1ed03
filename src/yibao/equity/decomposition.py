"""Dagum's Gini and its three parts: within groups, between them, and where groups overlap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike

from yibao.equity.checks import Floats, Ints, non_negative, vector
from yibao.equity.errors import MethodError


@dataclass(frozen=True)
class Dagum:
    """Gini coefficient and its parts: `total` = `within` + `between` + `overlap`.

    `names` of the k groups, sorted; `pairs` (k, k) holds G_jj on the diagonal and G_jh elsewhere; `distance` (k, k)
    the relative economic affluence D_jh in [0, 1]; `population` and `share` are each group's part of rows (weights)
    and of the sum; `means` of groups.
    """

    total: float
    within: float
    between: float
    overlap: float
    names: tuple[str, ...]
    pairs: Floats
    distance: Floats
    population: Floats
    share: Floats
    means: Floats

    @property
    def rates(self) -> tuple[float, float, float]:
        """Shares of the three parts in the total; NaN where the total is 0."""
        parts = (self.within, self.between, self.overlap)
        return tuple(part / self.total if self.total > 0 else float("nan") for part in parts)  # type: ignore[return-value]


def dagum(
    values: ArrayLike,
    groups: Sequence[str] | ArrayLike,
    weights: ArrayLike | None = None,
    *,
    negative: Literal["refuse", "absolute"] = "refuse",
) -> Dagum:
    """Gini coefficient by groups (Dagum), exactly, in O(n log n + n·k) time and memory linear in n.

    `values` one a row, mean above 0; `groups` a label a row; `weights` above 0, default 1 each. No n − 1 correction.
    Negative values may lift the coefficient above 1 and are refused, unless `negative` is "absolute": then Gini's are
    taken over Σw|y| in place of Σwy (Raffinetti, Siletti and Vernizzi 2015). A group of one row has G_jj = 0; a pair
    with both means 0 has G_jh = 0; a pair without any difference has D_jh = 0.
    Raises MethodError where the mean is not above 0, on missing values, negative values, weights not above 0.
    Source: C. Dagum, Empirical Economics 22 (1997) 515-531. The parts follow from d − p = ȳ_j − ȳ_h and
    d + p = Δ_jh, so between is the Gini of group means and overlap the rest (Lambert and Aronson 1993).

    >>> found = dagum([1, 4, 2, 5, 3, 6], list("aabbcc"))
    >>> [round(x, 6) for x in (found.total, found.within, found.between, found.overlap)]
    [0.277778, 0.071429, 0.126984, 0.079365]
    >>> found.distance.round(3).tolist()
    [[0.0, 0.5, 0.8], [0.5, 0.0, 0.5], [0.8, 0.5, 0.0]]
    """
    y = vector(values, "values") if negative == "absolute" else non_negative("values", values)
    w = np.ones_like(y) if weights is None else vector(weights, "weights")
    if np.any(w <= 0):
        raise MethodError(
            "weights are above zero",
            mend="leave rows without weight out",
            zh="权重应大于零",
            mend_zh="请剔除权重为零的行",
        )
    names, member = _coded(groups)
    if not len(y) == len(member) == len(w):
        raise MethodError(f"{len(y)} values, {len(member)} groups, {len(w)} weights", zh="值、分组与权重的个数不同")
    k = len(names)
    count = np.bincount(member, w, k)
    amount = np.bincount(member, w * (np.abs(y) if negative == "absolute" else y), k)
    if not amount.sum() > 0:
        raise MethodError(
            "the mean is not above zero, so there is no Gini coefficient", zh="均值不大于零，基尼系数无定义"
        )
    gaps = _gaps(y, w, member, k)
    size, means = np.outer(count, count), np.bincount(member, w * y, k) / count
    scale = amount / count
    both = scale[:, None] + scale[None, :]
    delta = (gaps + gaps.T) / size
    pairs = np.divide(delta, both, out=np.zeros((k, k)), where=both > 0)
    apart = np.abs(means[:, None] - means[None, :])
    distance = np.divide(apart, delta, out=np.zeros((k, k)), where=delta > 1e-12 * both)
    np.fill_diagonal(distance, 0.0)
    population, share = count / count.sum(), amount / amount.sum()
    mixed = np.outer(population, share)
    across = np.tril(pairs * (mixed + mixed.T), -1)
    distance = np.minimum(distance, 1.0)
    within, between = float((np.diag(pairs) * np.diag(mixed)).sum()), float((across * distance).sum())
    overlap = float((across * (1 - distance)).sum())
    return Dagum(within + between + overlap, within, between, overlap, names, pairs, distance, population, share, means)


def _coded(groups: Sequence[str] | ArrayLike) -> tuple[tuple[str, ...], Ints]:
    """Sorted labels, and each row's place among them; Arrow codes a million labels without sorting them."""
    coded = pa.array(groups if isinstance(groups, (np.ndarray, pa.Array)) else list(groups)).dictionary_encode()  # type: ignore[arg-type]
    if coded.null_count:
        raise MethodError(f"{coded.null_count} rows have no group", zh=f"{coded.null_count} 行没有分组")
    labels = [str(label) for label in coded.dictionary.to_pylist()]
    order = sorted(range(len(labels)), key=labels.__getitem__)
    place = np.empty(len(labels), dtype=np.int64)
    place[order] = np.arange(len(labels))
    return tuple(labels[i] for i in order), place[coded.indices.to_numpy()]


def _gaps(y: Floats, w: Floats, member: Ints, k: int) -> Floats:
    """A[j, h] = Σ over i in j, r in h of w_i·w_r·(y_i − y_r)⁺, from one sort and k running sums."""
    order = np.argsort(y)
    # Only differences count; around the mean, the running sums keep their digits.
    y, w, member = y[order] - np.average(y, weights=w), w[order], member[order]
    gaps = np.zeros((k, k))
    for h in range(k):
        mine = np.where(member == h, w, 0.0)
        below = y * np.cumsum(mine)
        below -= np.cumsum(mine * y)
        below *= w
        gaps[:, h] = np.bincount(member, below, k)
    # A sum of differences above zero that rounding left below it is zero.
    return np.maximum(gaps, 0.0)
