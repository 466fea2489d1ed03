"""Is a good or an ill concentrated among the poor or the rich: the concentration index and its family.

Rows are people or households, `rank_by` is what orders them (income, consumption), `health` what is spread over them.
People with equal rank variable share their mean rank, so no result depends on the order of rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from yibao.equity.checks import Floats, Note, as_many_rows, codes_of, non_negative, refusal, vector, weights_of


class Concentration(NamedTuple):
    """The index and its corrected forms.

    `value` in [−1, 1], below zero where `health` is concentrated among those that rank low. `generalised` is mean ×
    index. `wagstaff` and `erreygers` need bounds of `health`, else they are None. `standard_error` is of `value`.
    """

    value: float
    mean: float
    generalised: float
    wagstaff: float | None
    erreygers: float | None
    standard_error: float | None
    rule: str
    notes: tuple[Note, ...]


class Decomposition(NamedTuple):
    """What each determinant contributes to an index: elasticity × the determinant's own index, and the residual."""

    value: float
    elasticity: dict[str, float]
    concentration: dict[str, float | None]
    contribution: dict[str, float]
    residual: float
    horizontal_inequity: float | None


def fractional_rank(rank_by: ArrayLike, weights: ArrayLike | None = None) -> Floats:
    """Each row's place in (0, 1) among all, by weight: the weight below it plus half of the weight at its own value.

    >>> fractional_rank([10, 20, 20, 30]).tolist()
    [0.125, 0.5, 0.5, 0.875]
    """
    r = vector(rank_by, "rank_by")
    w = weights_of(weights, len(r))
    _, group = np.unique(r, return_inverse=True)
    size = np.bincount(group, weights=w)
    return (np.cumsum(size) - size / 2)[group]


def concentration_index(
    health: ArrayLike,
    rank_by: ArrayLike,
    weights: ArrayLike | None = None,
    *,
    bounds: tuple[float, float] | None = None,
    se: Literal["robust", "newey-west", "none"] = "robust",
) -> Concentration:
    """The concentration index C = 2·cov(h, R)/μ with its Wagstaff, Erreygers and generalised forms.

    `health` ≥ 0 with a mean above zero, shape (n,), in any unit; R is the weighted fractional rank by `rank_by`. With
    `bounds` (a, b) of a bounded variable, Wagstaff's is (b−a)·μ·C/((b−μ)(μ−a)) and Erreygers' 4·μ·C/(b−a); for a
    yes/no variable give (0, 1). A variable at its bound for everyone has no Wagstaff index, and the result says so. The
    standard error is that of the slope in 2·σ²(R)·h/μ = α + C·R + u, White's (HC1) or Newey-West's with one lag in
    the order of ranks; it leaves out that μ and R are estimated. Raises MethodError on negatives and on a zero mean.
    Source: N. Kakwani, A. Wagstaff and E. van Doorslaer (1997), J. Econometrics 77:87; A. Wagstaff (2005), Health
    Econ. 14:429; G. Erreygers (2009), J. Health Econ. 28:504.

    >>> found = concentration_index([1, 0, 1, 1, 0, 1, 0, 0, 1, 0], [1, 2, 2, 3, 4, 5, 6, 6, 7, 8],
    ...                             [2, 1, 1, 3, 2, 1, 1, 2, 1, 1], bounds=(0, 1))
    >>> round(found.value, 6), round(found.erreygers, 6), round(found.wagstaff, 6)
    (-0.258333, -0.551111, -0.553571)
    """
    h, rank, w = _inputs(health, rank_by, weights)
    mean = _mean(h, w)
    index = 2 * float((w * (h - mean) * (rank - 0.5)).sum()) / mean
    wagstaff, erreygers, notes = _bounded(h, mean, index, bounds)
    error = None if se == "none" else _standard_error(h, rank, w, mean, se)
    if error is not None and np.isnan(error):
        error = None
        notes += (
            Note("one_rank", "排序变量只有一个取值，无标准误", "all rows share one rank; there is no standard error"),
        )
    return Concentration(index, mean, mean * index, wagstaff, erreygers, error, se, notes)


def extended_concentration_index(
    health: ArrayLike, rank_by: ArrayLike, aversion: float, weights: ArrayLike | None = None
) -> float:
    """C(ν) = 1 − (ν/μ)·Σ w·h·(1−R)^(ν−1): the larger `aversion` ν > 1, the more the poorest count; C(2) is the index.

    Source: A. Wagstaff (2002), J. Health Econ. 21:627.

    >>> round(extended_concentration_index([1, 2, 3, 4], [1, 2, 3, 4], 2), 6)
    0.25
    """
    if not aversion > 1:
        raise refusal("aversion", f"is {aversion}; it must be above 1", f"为 {aversion}，应大于 1")
    h, rank, w = _inputs(health, rank_by, weights)
    return 1 - aversion / _mean(h, w) * float((w * h * (1 - rank) ** (aversion - 1)).sum())


def concentration_interval(
    health: ArrayLike,
    rank_by: ArrayLike,
    weights: ArrayLike | None = None,
    *,
    clusters: Sequence[object] | None = None,
    level: float = 0.95,
    draws: int = 1000,
    seed: int = 1,
) -> tuple[float, float]:
    """The percentile interval of the index by drawing rows, or whole `clusters`, with replacement.

    Weights and ranks are worked out anew in each draw; draws in which nobody has any `health` are drawn again.

    >>> low, high = concentration_interval([1, 2, 3, 4, 9], [1, 2, 3, 4, 5], draws=200)
    >>> low < 0.37 < high
    True
    """
    h, r = non_negative("health", health), vector(rank_by, "rank_by")
    as_many_rows(len(h), rank_by=r)
    w = weights_of(weights, len(h))
    names, code = codes_of("clusters", np.arange(len(h)) if clusters is None else clusters, len(h))
    members = [np.flatnonzero(code == number) for number in range(len(names))] if clusters is not None else None
    _mean(h, w)
    random = np.random.default_rng(seed)
    found: list[float] = []
    while len(found) < draws:
        drawn = random.integers(0, len(names), len(names))
        rows = drawn if members is None else np.concatenate([members[number] for number in drawn])
        if (h[rows] * w[rows]).sum() > 0:
            found.append(concentration_index(h[rows], r[rows], w[rows], se="none").value)
    low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def decompose_concentration(
    health: ArrayLike,
    rank_by: ArrayLike,
    determinants: Mapping[str, ArrayLike],
    weights: ArrayLike | None = None,
    *,
    need: Sequence[str] = (),
) -> Decomposition:
    """C = Σ(β·x̄/μ)·C(x) + GC(ε)/μ from the weighted linear regression of `health` on the determinants.

    A determinant's own index is 2·cov(x, R)/x̄ and None where its mean is 0; its contribution 2·β·cov(x, R)/μ exists
    all the same. `need` names determinants of need (age, illness): horizontal inequity is C
    without their contributions.
    Raises MethodError on determinants that are collinear or named in `need` but absent.
    Source: A. Wagstaff, E. van Doorslaer and N. Watanabe (2003), J. Econometrics 112:207.

    >>> found = decompose_concentration([1, 2, 4, 4], [1, 2, 3, 4], {"age": [1, 2, 3, 3]})
    >>> round(found.contribution["age"] + found.residual - found.value, 12)
    0.0
    """
    h, rank, w = _inputs(health, rank_by, weights)
    mean, n = _mean(h, w), len(h)
    unknown = sorted(set(need) - set(determinants))
    if unknown or not determinants:
        said = ", ".join(unknown) or "none given"
        raise refusal("determinants", f"not among the determinants: {said}", f"缺少决定因素：{said}")
    columns = {name: vector(x, name) for name, x in determinants.items()}
    as_many_rows(n, **columns)
    matrix = np.column_stack([np.ones(n), *columns.values()])
    root = np.sqrt(w)[:, None]
    if np.linalg.matrix_rank(matrix * root) < matrix.shape[1]:
        raise refusal("determinants", "are collinear or constant", "存在共线或常数变量", "leave one out", "请剔除其一")
    beta = np.linalg.lstsq(matrix * root, h * root[:, 0], rcond=None)[0]
    elasticity: dict[str, float] = {}
    own: dict[str, float | None] = {}
    contribution: dict[str, float] = {}
    for b, (name, x) in zip(beta[1:], columns.items(), strict=True):
        average, covariance = float((w * x).sum()), float((w * x * (rank - 0.5)).sum())
        elasticity[name] = float(b) * average / mean
        own[name] = 2 * covariance / average if average else None
        contribution[name] = 2 * float(b) * covariance / mean
    index = 2 * float((w * h * (rank - 0.5)).sum()) / mean
    inequity = index - sum(contribution[name] for name in need) if need else None
    return Decomposition(index, elasticity, own, contribution, index - sum(contribution.values()), inequity)


def _inputs(health: ArrayLike, rank_by: ArrayLike, weights: ArrayLike | None) -> tuple[Floats, Floats, Floats]:
    h, r = non_negative("health", health), vector(rank_by, "rank_by")
    as_many_rows(len(h), rank_by=r)
    w = weights_of(weights, len(h))
    return h, fractional_rank(r, w), w


def _mean(h: Floats, w: Floats) -> float:
    mean = float((w * h).sum())
    if mean <= 0:
        raise refusal("health", "is zero for everyone, so its spread is undefined", "全部为零，集中指数无定义")
    return mean


def _bounded(
    h: Floats, mean: float, index: float, bounds: tuple[float, float] | None
) -> tuple[float | None, float | None, tuple[Note, ...]]:
    if bounds is None:
        return None, None, ()
    low, high = bounds
    if not low < high or h.min() < low or h.max() > high:
        raise refusal("bounds", f"({low}, {high}) do not hold all values", f"({low}, {high}) 未包含全部取值")
    erreygers = 4 * mean * index / (high - low)
    if mean in (low, high):
        note = Note(
            "at_bound", "人人取值相同且等于界限，Wagstaff 指数无定义", "everyone is at a bound: no Wagstaff index"
        )
        return None, erreygers, (note,)
    return (high - low) * mean * index / ((high - mean) * (mean - low)), erreygers, ()


def _standard_error(h: Floats, rank: Floats, w: Floats, mean: float, rule: str) -> float:
    """Of the slope of the convenient regression, weighted; NaN where ranks do not vary."""
    n = len(h)
    spread = float((w * (rank - 0.5) ** 2).sum())
    if spread == 0 or n < 3:
        return float("nan")
    y = 2 * spread * h / mean
    slope = float((w * (rank - 0.5) * y).sum()) / spread
    residual = y - float((w * y).sum()) - slope * (rank - 0.5)
    score = w * (rank - 0.5) * residual
    meat = float((score**2).sum())
    if rule == "newey-west":
        ordered = score[np.lexsort((w, h, rank))]
        meat += float((ordered[1:] * ordered[:-1]).sum())  # Bartlett weight of the first of one lag: 2 · ½
    return float(np.sqrt(max(meat, 0.0) * n / (n - 2))) / spread
