"""Inequality with a stated dislike of it (Atkinson), and plain measures of spread."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from yibao.equity.checks import non_negative, refusal, vector, weights_of


def atkinson(values: ArrayLike, aversion: float, weights: ArrayLike | None = None) -> float:
    """A = 1 − [Σ P·x^(1−ε)]^(1/(1−ε))/μ, and 1 − exp(Σ P·ln x)/μ at ε = 1; in [0, 1].

    `values` ≥ 0 with a mean above zero, shape (n,); `aversion` ε > 0. A zero makes A = 1 from ε = 1 on: that is the
    limit, not an error.
    Source: A. B. Atkinson (1970), J. Economic Theory 2:244.

    >>> round(atkinson([1, 2, 3, 4], 0.5), 6), atkinson([0, 1], 1)
    (0.055586, 1.0)
    """
    x = non_negative("values", values)
    w = weights_of(weights, len(x))
    if not aversion > 0:
        raise refusal("aversion", f"is {aversion}; it must be above zero", f"为 {aversion}，应大于零")
    mean = float((w * x).sum())
    if mean <= 0:
        raise refusal("values", "have mean zero, so their inequality is undefined", "均值为零，不平等无定义")
    counted, share = x[w > 0] / mean, w[w > 0]
    if aversion >= 1 and np.any(counted == 0):
        return 1.0
    if aversion == 1:
        return 1 - float(np.exp((share * np.log(counted)).sum()))
    power = 1 - aversion
    return 1 - float((share * counted**power).sum() ** (1 / power))


def coefficient_of_variation(values: ArrayLike, weights: ArrayLike | None = None, *, ddof: int = 0) -> float:
    """Standard deviation over mean: of the population (`ddof` 0) or of a sample (1). The mean must be above zero.

    With weights only the population form exists.

    >>> round(coefficient_of_variation([1, 2, 3, 4]), 6), round(coefficient_of_variation([1, 2, 3, 4], ddof=1), 6)
    (0.447214, 0.516398)
    """
    x = vector(values, "values")
    if weights is not None and ddof:
        raise refusal("ddof", "has no meaning with weights", "加权时不适用")
    if ddof >= len(x):
        raise refusal("ddof", f"is {ddof} for {len(x)} values", f"为 {ddof}，但只有 {len(x)} 个值")
    w = weights_of(weights, len(x))
    mean = float((w * x).sum())
    if mean <= 0:
        raise refusal("values", "have a mean that is not above zero", "均值不大于零")
    variance = float((w * (x - mean) ** 2).sum()) * len(x) / (len(x) - ddof)
    return float(np.sqrt(variance)) / mean
