"""Grey systems: a forecast from few points, and how closely series run beside a reference."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from yibao.equity.checks import Floats, Note, above_zero, matrix, non_negative, refusal, vector


class GreyForecast(NamedTuple):
    """GM(1,1): development coefficient a, grey input b, the fitted series and what follows.

    `variance_ratio` C = S(residual)/S(series), `small_error` P = share of |e − ē| < 0.6745·S(series); grade 1 (good: P
    > 0.95, C < 0.35) to 4 (not fit for use). `translated` is what was added to the series before and taken off after.
    """

    a: float
    b: float
    fitted: Floats
    forecast: Floats
    relative_error: float
    variance_ratio: float
    small_error: float
    grade: int
    translated: float
    notes: tuple[Note, ...]


class GreyRelation(NamedTuple):
    """Coefficients ξ (series, points) in (0, 1] and their means γ, one a series."""

    coefficients: Floats
    grades: Floats


def grey_forecast(
    series: ArrayLike, steps: int = 3, *, unfit: Literal["refuse", "translate"] = "refuse"
) -> GreyForecast:
    """GM(1,1) through at least four values above zero, equally spaced in time, and the next `steps` values.

    x1 the running sum, z its mid points, x0 = −a·z + b by least squares, x̂1(k+1) = (x0(1) − b/a)·e^(−ak) + b/a; as a
    goes to 0 the series is the constant b. Level ratios x(k−1)/x(k) must lie in (e^(−2/(n+1)), e^(2/(n+1))): else it is
    refused, or with "translate" a constant is added that makes it so. |a| ≥ 2 is refused; from |a| > 0.3 on a note
    warns of longer forecasts.
    Source: J. L. Deng (1982), Systems & Control Letters 1:288.

    >>> found = grey_forecast([2.67, 3.13, 3.25, 3.36, 3.56, 3.72])
    >>> round(found.a, 6), round(found.b, 6), found.forecast.round(6).tolist()
    (-0.043961, 2.925617, [3.875626, 4.049803, 4.231808])
    """
    x = above_zero("series", series)
    if len(x) < 4:
        raise refusal("series", f"has {len(x)} values; GM(1,1) needs four", f"只有 {len(x)} 个值，至少需要四个")
    if steps < 0:
        raise refusal("steps", f"is {steps}", f"为 {steps}，不应为负")
    added = _translation(x, unfit)
    shifted = x + added
    total = np.cumsum(shifted)
    middle = (total[1:] + total[:-1]) / 2
    slope, level = np.polyfit(middle, shifted[1:], 1)
    a, b = -float(slope), float(level)
    if abs(a) >= 2:
        raise refusal("series", f"develops too fast for GM(1,1): a = {a:.3f}", f"发展系数 a = {a:.3f}，不适用 GM(1,1)")
    curve = _curve(shifted[0], a, b, len(x) + steps) - added
    fitted = curve[: len(x)]
    residual = x - fitted
    spread = float(x.std())
    ratio = float(residual.std()) / spread if spread > 0 else 0.0
    small = float(np.mean(np.abs(residual - residual.mean()) < 0.6745 * spread)) if spread > 0 else 1.0
    notes: tuple[Note, ...] = ()
    if added:
        notes += (
            Note(
                "translated", f"原序列平移 {added:g} 后建模", f"{added:g} was added to the series and taken off after"
            ),
        )
    if spread == 0:
        notes += (Note("constant", "序列不变，预测即该常数", "the series is constant, so is its forecast"),)
    if abs(a) > 0.3:
        notes += (
            Note(
                "short_only",
                f"|a| = {abs(a):.2f} > 0.3，只宜短期预测",
                f"|a| = {abs(a):.2f} > 0.3: short forecasts only",
            ),
        )
    error = float(np.mean(np.abs(residual[1:] / x[1:])))
    return GreyForecast(a, b, fitted, curve[len(x) :], error, ratio, small, _grade(ratio, small), added, notes)


def grey_relation(reference: ArrayLike, series: ArrayLike, resolution: float = 0.5) -> GreyRelation:
    """ξ = (Δmin + ρ·Δmax)/(Δ + ρ·Δmax) with Δ = |reference − series|, least and largest over all series and points.

    `reference` has shape (t,), `series` (k, t), already made comparable (same unit or standardised); `resolution` ρ in
    (0, 1]. Where every series equals the reference all relations are 1.
    Source: J. L. Deng (1989), J. Grey System 1:1.

    >>> grey_relation([8, 9, 8.5, 9.2], [[7, 8.5, 8, 9], [5, 6, 7, 6.5], [8.2, 8.9, 8.6, 9.3]]).grades.round(6).tolist()
    [0.795294, 0.406349, 0.985294]
    """
    own, others = vector(reference, "reference"), matrix(series, "series")
    if others.shape[1] != len(own):
        raise refusal("series", f"have {others.shape[1]} points where {len(own)} are needed", f"应有 {len(own)} 个点")
    if not 0 < resolution <= 1:
        raise refusal("resolution", f"is {resolution}; it lies in (0, 1]", f"为 {resolution}，应在 (0, 1] 内")
    gap = non_negative("gap", np.abs(others - own), dimensions=2)
    least, most = gap.min(), gap.max()
    coefficients = np.ones_like(gap) if most == 0 else (least + resolution * most) / (gap + resolution * most)
    return GreyRelation(coefficients, coefficients.mean(axis=1))


def _translation(x: Floats, unfit: str) -> float:
    """What to add so that every level ratio lies in the band; nothing where it does already."""
    low, high = np.exp(-2 / (len(x) + 1)), np.exp(2 / (len(x) + 1))
    ratio = x[:-1] / x[1:]
    if np.all((ratio > low) & (ratio < high)):
        return 0.0
    if unfit != "translate":
        worst = float(ratio[np.argmax(np.abs(np.log(ratio)))])
        raise refusal(
            "series",
            f"has a level ratio of {worst:.3f} outside ({low:.3f}, {high:.3f})",
            f"级比 {worst:.3f} 超出可容覆盖 ({low:.3f}, {high:.3f})",
            'say unfit="translate" to add a constant, or use another model',
            '请指定 unfit="translate" 作平移变换，或改用其他模型',
        )
    # (x(k-1) + c)/(x(k) + c) lies in the band once c passes the larger of the two bounds, taken one percent further.
    above = (low * x[1:] - x[:-1]) / (1 - low)
    below = (x[:-1] - high * x[1:]) / (high - 1)
    return 1.01 * float(max(above.max(), below.max(), 0.0))


def _curve(first: float, a: float, b: float, length: int) -> Floats:
    """The series itself, differences of its running sum."""
    k = np.arange(1, length)
    rest = np.full(length - 1, b) if abs(a) < 1e-12 else (1 - np.exp(a)) * (first - b / a) * np.exp(-a * k)
    return np.concatenate([[first], rest])


def _grade(ratio: float, small: float) -> int:
    for grade, (most, least) in enumerate(((0.35, 0.95), (0.5, 0.8), (0.65, 0.7)), start=1):
        if ratio < most and small > least:
            return grade
    return 4
