"""Weights of indicators: from the data (entropy, CRITIC), from judgement (AHP), and of both.

Values are a matrix, one row an object (a region-year, an institution), one column an indicator; weights are one number
an indicator, none below zero, adding up to one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

#: Random consistency index by size of the matrix, 1 to 15, as Chinese texts print it (after Saaty 1980).
RANDOM_INDEX = (0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49, 1.51, 1.48, 1.56, 1.57, 1.59)
#: The same as Saaty recomputed it in 2004, 3 to 10.
RANDOM_INDEX_2004 = (0.0, 0.0, 0.52, 0.89, 1.11, 1.25, 1.35, 1.40, 1.45, 1.49)


class EntropyWeights(NamedTuple):
    """Each indicator's entropy in [0, 1] and weight; what carried no information, and what convention was used."""

    weights: Floats
    entropy: Floats
    constant: NDArray[np.bool_]
    equal: bool


class AhpWeights(NamedTuple):
    """Weights of a matrix of paired comparisons, its largest eigenvalue, and how far it contradicts itself.

    `consistency_ratio` below 0.10 is taken as consistent (Saaty 1980).
    """

    weights: Floats
    lambda_max: float
    consistency_index: float
    consistency_ratio: float


def standardised(
    values: ArrayLike,
    negative: Sequence[bool] | None = None,
    low: ArrayLike | None = None,
    high: ArrayLike | None = None,
) -> Floats:
    """Range standardisation to [0, 1]: (x − min)/(max − min), or (max − x)/(max − min) where less is better.

    `values` has shape (rows, indicators). `low` and `high` are one bound an indicator instead of its own extremes; what
    lies outside is set to the bound. A column whose bounds are equal carries no information and becomes 0. Raises
    ValueError on a value that is missing or not finite: how to fill a gap is the caller's to say.

    >>> standardised([[2.0, 5.0], [4.0, 1.0], [3.0, 3.0]], negative=[False, True]).tolist()
    [[0.0, 0.0], [1.0, 1.0], [0.5, 0.5]]
    """
    x = _matrix(values)
    less = _directions(x, negative)
    least = x.min(axis=0) if low is None else np.broadcast_to(np.asarray(low, dtype=np.float64), x.shape[1:])
    most = x.max(axis=0) if high is None else np.broadcast_to(np.asarray(high, dtype=np.float64), x.shape[1:])
    span = most - least
    if np.any(span < 0):
        raise ValueError("an indicator's upper bound lies below its lower bound")
    held = np.clip(x, least, most)
    return np.divide(np.where(less, most - held, held - least), span, out=np.zeros_like(x), where=span > 0)


def entropy_weights(values: ArrayLike, negative: Sequence[bool] | None = None, shift: float = 0.0) -> Floats:
    """Weights by entropy: an indicator that differs more between rows weighs more.

    `values` are raw, shape (rows, indicators), rows ≥ 2; `negative` marks indicators where less is better. Values are
    range-standardised over all rows, p = z/Σz, e = −Σ p·ln p / ln(rows) with 0·ln 0 = 0, w = (1 − e)/Σ(1 − e). `shift`
    adds a small δ to every z first, as some papers do (0.0001 is the commonest); it moves the fifth decimal. A
    constant indicator has weight 0; where every indicator is constant, all weigh the same. Raises ValueError on missing
    values and on fewer than two rows. See `entropy_of` for the entropies and for what was constant.
    Source: C. E. Shannon, A mathematical theory of communication (1948); as weights e.g. in Yang and Sun (2015).

    >>> rows = [[5.2, 2.4, 2.9, 35.6], [4.1, 1.9, 2.0, 38.2], [6.8, 3.1, 3.6, 29.9],
    ...         [4.7, 2.2, 2.5, 33.0], [5.9, 2.0, 2.8, 31.4], [7.4, 2.8, 3.3, 27.5]]
    >>> entropy_weights(rows, negative=[False, False, False, True]).round(6).tolist()
    [0.256652, 0.330411, 0.199987, 0.21295]
    """
    return entropy_of(standardised(values, negative), shift).weights


def entropy_of(standard: ArrayLike, shift: float = 0.0) -> EntropyWeights:
    """Entropies and weights of values that are already standardised to [0, 1], direction applied.

    `standard` has shape (rows, indicators). Raises ValueError on fewer than two rows, on values below 0, and on a
    negative shift.
    """
    z = _matrix(standard)
    if z.shape[0] < 2:
        raise ValueError("entropy needs at least two rows")
    if shift < 0 or np.any(z < 0):
        raise ValueError("entropy is taken of values and shifts that are not negative")
    constant: NDArray[np.bool_] = np.ptp(z, axis=0) == 0
    total = (z + shift).sum(axis=0)
    share = np.divide(z + shift, total, out=np.zeros_like(z), where=total > 0)
    logs = np.log(share, out=np.zeros_like(share), where=share > 0)
    entropy = np.where(constant, 1.0, np.clip(-(share * logs).sum(axis=0) / np.log(z.shape[0]), 0.0, 1.0))
    weights, equal = _shares(1.0 - entropy)
    return EntropyWeights(weights, entropy, constant, equal)


def critic_weights(values: ArrayLike, negative: Sequence[bool] | None = None) -> Floats:
    """Weights by contrast and conflict (CRITIC): standard deviation × Σ(1 − correlation with each other indicator).

    `values` are raw, shape (rows, indicators), rows ≥ 2; they are range-standardised and turned to "more is better"
    first. A constant indicator has weight 0; where every indicator is constant, all weigh the same. A single indicator
    weighs 1. Raises ValueError on missing values.
    Source: D. Diakoulaki, G. Mavrotas and L. Papayannakis, Computers & Operations Research 22 (1995) 763-770.

    >>> rows = [[5.2, 2.4, 2.9, 35.6], [4.1, 1.9, 2.0, 38.2], [6.8, 3.1, 3.6, 29.9],
    ...         [4.7, 2.2, 2.5, 33.0], [5.9, 2.0, 2.8, 31.4], [7.4, 2.8, 3.3, 27.5]]
    >>> critic_weights(rows, negative=[False, False, False, True]).round(6).tolist()
    [0.196565, 0.330505, 0.18208, 0.29085]
    """
    z = standardised(values, negative)
    if z.shape[0] < 2:
        raise ValueError("CRITIC needs at least two rows")
    spread = z.std(axis=0)
    live = spread > 0
    weights = np.zeros(z.shape[1])
    if live.sum() == 1:
        weights[live] = 1.0
        return weights
    if live.any():
        weights[live] = spread[live] * (1.0 - np.corrcoef(z[:, live], rowvar=False)).sum(axis=0)
    return _shares(weights)[0]


def ahp_weights(
    comparisons: ArrayLike,
    method: Literal["eigenvector", "geometric", "column_mean"] = "eigenvector",
    random_index: Sequence[float] = RANDOM_INDEX,
) -> AhpWeights:
    """Weights from paired comparisons (analytic hierarchy process).

    `comparisons` is square, n × n, positive, reciprocal: how many times row's indicator matters as column's. `method`
    is the principal eigenvector, the geometric means of rows, or the means of normalised columns. The index is
    (λ − n)/(n − 1), the ratio index / `random_index`[n − 1]; up to n = 2 the ratio is 0. Raises ValueError when the
    matrix is not square, positive and reciprocal (to 1 %), or larger than the table of random indices.
    Source: T. L. Saaty, The analytic hierarchy process (1980).

    >>> found = ahp_weights([[1, 2, 4, 3], [1/2, 1, 3, 2], [1/4, 1/3, 1, 1/2], [1/3, 1/2, 2, 1]])
    >>> found.weights.round(6).tolist(), round(found.consistency_ratio, 6)
    ([0.467296, 0.277181, 0.095435, 0.160088], 0.011475)
    """
    a = np.asarray(comparisons, dtype=np.float64)
    if a.ndim != 2 or a.shape[0] != a.shape[1] or not a.size:
        raise ValueError("paired comparisons form a square matrix")
    if not np.all(np.isfinite(a)) or np.any(a <= 0) or np.any(np.abs(a * a.T - 1) > 0.01):
        raise ValueError("paired comparisons are positive, and a[j][i] is 1/a[i][j]")
    n = a.shape[0]
    if n > len(random_index):
        raise ValueError(f"the table of random indices ends at {len(random_index)} indicators")
    weights = _AHP_METHODS[method](a)
    largest = float(np.mean(a @ weights / weights)) if n > 1 else 1.0
    index = (largest - n) / (n - 1) if n > 1 else 0.0
    ratio = index / random_index[n - 1] if n > 2 else 0.0
    return AhpWeights(weights, largest, index, ratio)


def combined_weights(
    first: ArrayLike,
    second: ArrayLike,
    rule: Literal["multiplicative", "linear"] = "multiplicative",
    share: float = 0.5,
) -> Floats:
    """One set of weights out of two: their product scaled to one, or share·first + (1 − share)·second.

    Both have one weight an indicator, none negative. `share` in [0, 1] is read by the linear rule only. Raises
    ValueError on different lengths, on negative weights, and where the product is zero everywhere.

    >>> combined_weights([0.5, 0.3, 0.2], [0.2, 0.2, 0.6]).round(4).tolist()
    [0.3571, 0.2143, 0.4286]
    """
    one, two = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if one.shape != two.shape or one.ndim != 1 or np.any(one < 0) or np.any(two < 0):
        raise ValueError("two sets of weights have one weight an indicator each, none negative")
    if rule == "linear":
        if not 0 <= share <= 1:
            raise ValueError("the share of the first weights lies between 0 and 1")
        return share * one + (1 - share) * two
    product = one * two
    if not product.sum() > 0:
        raise ValueError("no indicator has weight in both sets")
    return product / product.sum()


def _matrix(values: ArrayLike) -> Floats:
    x = np.asarray(values, dtype=np.float64)
    if x.ndim != 2 or not x.size:
        raise ValueError("values are a matrix: rows are objects, columns are indicators")
    if not np.all(np.isfinite(x)):
        raise ValueError("a value is missing or not finite")
    return x


def _directions(x: Floats, negative: Sequence[bool] | None) -> NDArray[np.bool_]:
    less = np.zeros(x.shape[1], dtype=bool) if negative is None else np.asarray(negative, dtype=bool)
    if less.shape != (x.shape[1],):
        raise ValueError(f"{less.size} directions for {x.shape[1]} indicators")
    return less


def _shares(amounts: Floats) -> tuple[Floats, bool]:
    """Amounts as shares of their sum; where nothing is there to share, all are equal."""
    amounts = np.where(amounts > 1e-14, amounts, 0.0)
    total = float(amounts.sum())
    if total > 0:
        return amounts / total, False
    return np.full(amounts.shape, 1.0 / amounts.size), True


def _eigenvector(a: Floats) -> Floats:
    values, vectors = np.linalg.eig(a)
    principal = np.abs(vectors[:, int(np.argmax(values.real))].real)
    return principal / principal.sum()


def _geometric(a: Floats) -> Floats:
    means = np.exp(np.log(a).mean(axis=1))
    return means / means.sum()


def _column_mean(a: Floats) -> Floats:
    return (a / a.sum(axis=0)).mean(axis=1)


_AHP_METHODS = {"eigenvector": _eigenvector, "geometric": _geometric, "column_mean": _column_mean}
