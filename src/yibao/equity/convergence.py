"""Convergence: whether differences between regions shrink (σ), and whether those behind grow faster (β)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from yibao.equity.checks import Floats, above_zero
from yibao.equity.errors import MethodError


@dataclass(frozen=True)
class SigmaConvergence:
    """Dispersion in each year, and the slope of its line over time with p; a slope below 0 is convergence."""

    dispersion: Floats
    slope: float
    p: float


@dataclass(frozen=True)
class BetaConvergence:
    """Result of a growth regression on the logarithm of the start.

    `coefficient` is b, what Chinese papers print as β; `speed` λ a period and `half_life` follow from it, NaN where
    1 + b·T is not above 0 or there is no convergence. `error`, `p`, `r_squared` and `rows`; `errors_kind` says which
    standard errors.
    """

    coefficient: float
    error: float
    p: float
    speed: float
    half_life: float
    r_squared: float
    rows: int
    errors_kind: str
    controls: tuple[tuple[float, float, float], ...] = ()


def sigma_convergence(values: ArrayLike, kind: Literal["cv", "cv_sample", "sd_log"] = "cv") -> SigmaConvergence:
    """Dispersion of regions in each year: coefficient of variation (population or sample) or sd of logarithms.

    `values` (regions ≥ 2, years), above 0. The line over years needs three years, else slope and p are NaN.
    Raises MethodError on missing values and values not above 0.

    >>> sigma_convergence([[1.0, 1.5], [3.0, 2.5]]).dispersion.tolist()
    [0.5, 0.25]
    """
    y = _levels(values)
    if kind == "sd_log":
        spread = np.log(y).std(axis=0, ddof=1)
    else:
        spread = y.std(axis=0, ddof=1 if kind == "cv_sample" else 0) / y.mean(axis=0)
    if y.shape[1] < 3:
        return SigmaConvergence(spread, float("nan"), float("nan"))
    line = stats.linregress(np.arange(y.shape[1]), spread)
    return SigmaConvergence(spread, float(line.slope), float(line.pvalue))


def beta_convergence(values: ArrayLike, span: float | None = None) -> BetaConvergence:
    """Absolute β: mean yearly growth of each region on the logarithm of its start, OLS.

    `values` (regions ≥ 3, moments ≥ 2) above 0; `span` T is the time between the first and the last, by default the
    number of columns less one. (1/T)·ln(y_T/y_0) = a + b·ln y_0;
    λ = −ln(1 + b·T)/T, half-life ln 2/λ. Raises MethodError as :func:`sigma_convergence`.
    Source: R. J. Barro and X. Sala-i-Martin, Journal of Political Economy 100 (1992) 223-251.

    >>> found = beta_convergence([[1.0, 2.0, 4.0], [2.0, 3.0, 5.0], [4.0, 5.0, 6.0], [8.0, 9.0, 10.0]])
    >>> round(found.coefficient, 4), round(found.speed, 4)
    (-0.2886, 0.4303)
    """
    y = _levels(values)
    if y.shape[0] < 3 or y.shape[1] < 2:
        raise MethodError("β convergence needs three regions and two years", zh="β 收敛至少需要三个地区、两个年份")
    span = y.shape[1] - 1 if span is None else span
    start = np.log(y[:, 0])
    if np.ptp(start) == 0:
        raise MethodError("every region starts from the same level", zh="各地区起点相同，β 收敛无定义")
    line = stats.linregress(start, np.log(y[:, -1] / y[:, 0]) / span)
    b = float(line.slope)
    return BetaConvergence(
        b, float(line.stderr), float(line.pvalue), *_speed(b, span), float(line.rvalue) ** 2, len(y), "OLS"
    )


def panel_convergence(
    values: ArrayLike, controls: ArrayLike | None = None, *, effects: Literal["region", "two-way"] = "two-way"
) -> BetaConvergence:
    """Conditional β in a panel: ln(y_t/y_{t−1}) = α_i (+ τ_t) + b·ln y_{t−1} + γ·X_{t−1}, within estimator.

    `values` (regions, years ≥ 3) above 0; `controls` (regions, years, number) of the same years, lagged here. Standard
    errors are clustered by region with the factor G/(G − 1)·(N − 1)/(N − k), k without the absorbed effects. In a
    fixed-effects panel b is biased downwards by order 1/T (Nickell 1981); read it with that in mind.

    Raises MethodError as :func:`sigma_convergence`, and on a control that does not vary within regions.
    """
    y = np.log(_levels(values))
    if y.shape[1] < 3:
        raise MethodError("a panel of growth needs three years", zh="面板收敛至少需要三个年份")
    growth, regressors = np.diff(y, axis=1), [y[:, :-1]]
    if controls is not None:
        x = np.asarray(controls, dtype=np.float64)
        if x.ndim != 3 or x.shape[:2] != y.shape or not np.all(np.isfinite(x)):
            raise MethodError(
                "controls are regions × years × number, without gaps", zh="控制变量应为地区×年份×个数且无缺失"
            )
        regressors += [x[:, :-1, j] for j in range(x.shape[2])]
    within = [_within(r, effects) for r in (growth, *regressors)]
    target, design = within[0].ravel(), np.column_stack([r.ravel() for r in within[1:]])
    if np.linalg.matrix_rank(design) < design.shape[1]:
        raise MethodError(
            "a regressor does not vary within regions",
            mend="leave out controls that are constant in time",
            zh="有解释变量在地区内不变",
            mend_zh="请去掉不随时间变化的控制变量",
        )
    coefficients, *_ = np.linalg.lstsq(design, target, rcond=None)
    rest = target - design @ coefficients
    errors = _clustered(design, rest, np.repeat(np.arange(len(y)), growth.shape[1]))
    p = 2 * stats.t.sf(np.abs(coefficients / errors), len(y) - 1)
    fit = 1 - float(rest @ rest) / float(target @ target)
    table = tuple(zip(coefficients[1:].tolist(), errors[1:].tolist(), p[1:].tolist(), strict=True))
    b = float(coefficients[0])
    return BetaConvergence(
        b, float(errors[0]), float(p[0]), *_speed(b, 1), fit, len(target), "clustered by region (CRV1)", table
    )


def _levels(values: ArrayLike) -> Floats:
    y = above_zero("values", values, dimensions=2)
    if len(y) < 2:
        raise MethodError("dispersion needs two regions", zh="离散程度至少需要两个地区")
    return y


def _speed(b: float, span: float) -> tuple[float, float]:
    rest = 1 + b * span
    speed = -float(np.log(rest)) / span if rest > 0 else float("nan")
    return speed, float(np.log(2)) / speed if speed > 0 else float("nan")


def _within(x: Floats, effects: str) -> Floats:
    """A balanced panel without the means of regions, and of years where both are held."""
    out = x - x.mean(axis=1, keepdims=True)
    return out - x.mean(axis=0, keepdims=True) + x.mean() if effects == "two-way" else out


def _clustered(design: Floats, rest: Floats, cluster: np.ndarray) -> Floats:
    groups = int(cluster.max()) + 1
    bread = np.linalg.inv(design.T @ design)
    scores = np.zeros((groups, design.shape[1]))
    np.add.at(scores, cluster, design * rest[:, None])
    n, k = design.shape
    factor = groups / (groups - 1) * (n - 1) / (n - k)
    return np.sqrt(np.diag(factor * bread @ scores.T @ scores @ bread))
