"""Spatial panel models with fixed effects of regions, and of years as well, by maximum likelihood."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, stats

from yibao.equity.checks import Floats, matrix
from yibao.equity.effects import Effects, spatial_effects
from yibao.equity.errors import MethodError
from yibao.equity.neighbours import SpatialWeights
from yibao.equity.spatial_models import Test, ratio, wald

PanelKind = Literal["sar", "sem", "sdm"]


@dataclass(frozen=True)
class PanelModel:
    """A fitted spatial panel model; fields as in `SpatialModel`, without a constant. `variance` is σ² (Lee and Yu)."""

    kind: str
    names: tuple[str, ...]
    coefficients: Floats
    errors: Floats
    p: Floats
    parameter: float
    variance: float
    log_likelihood: float
    n: int
    periods: int
    effects: Effects | None
    tests: dict[str, Test]


@dataclass(frozen=True)
class _Data:
    """Demeaned outcome and regressors with their spatial lags, and what the likelihood counts."""

    y: Floats
    wy: Floats
    x: Floats
    wx: Floats
    w: Floats
    eigen: np.ndarray
    count: int
    periods: int
    projected: bool

    def log_det(self, rho: float) -> float:
        """Of I − ρW for the periods that are left; held year effects take the eigenvalue 1 with them."""
        value = float(np.log(np.abs(1 - rho * self.eigen)).sum())
        return self.periods * (value - (float(np.log(1 - rho)) if self.projected else 0.0))


def spatial_panel(
    y: ArrayLike,
    x: ArrayLike,
    weights: SpatialWeights,
    kind: PanelKind = "sdm",
    *,
    effects: Literal["region", "two-way"] = "two-way",
    names: Sequence[str] | None = None,
    draws: int = 1000,
    seed: int = 1,
) -> PanelModel:
    """Spatial lag (sar), error (sem) or Durbin (sdm) model of a balanced panel with fixed effects.

    `y` (regions, years); `x` (regions, years, regressors), varying within regions; weights row-standardised, no region
    without neighbours. Effects are removed and the likelihood is that of the orthonormal transformation, whose
    estimates for region effects equal those of the within transformation and whose σ² is consistent: T − 1 periods,
    and with year effects N − 1 regions. Errors are asymptotic, from the information matrix. sdm carries Wald and LR
    tests of sar and sem. Raises MethodError on gaps, islands, and regressors that do not vary within regions.
    Source: L. Lee and J. Yu, Journal of Econometrics 154 (2010) 165-185; J. P. Elhorst, Spatial econometrics (2014).
    """
    data = _prepare(y, x, weights, effects)
    labels = tuple(names or [f"x{i + 1}" for i in range(data.x.shape[1])])
    design = np.column_stack([data.x, data.wx]) if kind == "sdm" else data.x
    every = (*labels, *(f"W·{name}" for name in labels if kind == "sdm"), "lambda" if kind == "sem" else "rho")
    b, covariance, variance, logll = _error(data) if kind == "sem" else _lag(data, design)
    k = data.x.shape[1]
    shown: Effects | None = None
    tests: dict[str, Test] = {}
    if kind != "sem":
        theta = b[k : 2 * k] if kind == "sdm" else np.zeros(k)
        order = [len(b) - 1, *range(len(b) - 1)]
        inner = covariance[np.ix_(order, order)]
        inner = inner if kind == "sdm" else np.pad(inner, ((0, k), (0, k)))
        shown = spatial_effects(data.w, float(b[-1]), b[:k], theta, inner, draws=draws, seed=seed)
    if kind == "sdm":
        tests = _reductions(data, b, covariance, logll)
    errors = np.sqrt(np.diag(covariance))
    p = 2 * stats.norm.sf(np.abs(b / errors))
    n, t = np.asarray(y).shape
    return PanelModel(kind, every, b, errors, p, float(b[-1]), variance, logll, n, t, shown, tests)


def _prepare(y: ArrayLike, x: ArrayLike, weights: SpatialWeights, effects: str) -> _Data:
    target, design = matrix(y, "the outcome"), np.asarray(x, dtype=np.float64)
    n, t = target.shape
    if design.ndim != 3 or design.shape[:2] != (n, t) or not np.all(np.isfinite(design)):
        raise MethodError(
            "regressors are regions × years × number, without gaps",
            mend="the panel is balanced: fill gaps",
            zh="解释变量应为地区×年份×个数且无缺失",
            mend_zh="空间面板须平衡，请先插补",
        )
    if t < 2 or len(weights.ids) != n or weights.islands:
        raise MethodError(
            "a spatial panel needs two years and a neighbour for every region",
            mend="link islands by hand",
            zh="空间面板至少两年，且每个地区有邻居",
            mend_zh="请为孤岛地区指定相连地区",
        )
    w = weights.standardised().matrix
    two_way = effects == "two-way"

    def held(values: Floats) -> Floats:
        out = values - values.mean(axis=1, keepdims=True)
        return (out - out.mean(axis=0, keepdims=True) if two_way else out).ravel()

    columns = [design[:, :, j] for j in range(design.shape[2])]
    inner = np.column_stack([held(c) for c in columns])
    if np.linalg.matrix_rank(inner) < inner.shape[1]:
        raise MethodError(
            "a regressor does not vary within regions, or depends on others",
            mend="leave it out",
            zh="有解释变量在地区内不变或完全共线",
            mend_zh="请去掉该变量",
        )
    count = (t - 1) * (n - 1 if two_way else n)
    return _Data(
        held(target),
        held(w @ target),
        inner,
        np.column_stack([held(w @ c) for c in columns]),
        w,
        np.linalg.eigvals(w),
        count,
        t - 1,
        two_way,
    )


def _lag(data: _Data, design: Floats) -> tuple[Floats, Floats, float, float]:
    """Estimates of (β, ρ), covariance, σ², log-likelihood of the lag model, concentrated over ρ."""
    projector = np.linalg.pinv(design)
    own, lagged = projector @ data.y, projector @ data.wy
    rest, lag_rest = data.y - design @ own, data.wy - design @ lagged

    def squares(rho: float) -> float:
        return float(((rest - rho * lag_rest) ** 2).sum())

    rho, logll = _best(data, squares)
    beta, variance = own - rho * lagged, squares(rho) / data.count
    covariance = _lag_information(data, design, beta, rho, variance)
    return np.append(beta, rho), covariance, variance, logll


def _error(data: _Data) -> tuple[Floats, Floats, float, float]:
    """The same for the error model: generalised least squares at each λ."""

    def fit(lam: float) -> tuple[Floats, float]:
        filtered, target = data.x - lam * data.wx, data.y - lam * data.wy
        beta = np.asarray(np.linalg.lstsq(filtered, target, rcond=None)[0], dtype=np.float64)
        return beta, float(((target - filtered @ beta) ** 2).sum())

    lam, logll = _best(data, lambda value: fit(value)[1])
    beta, left = fit(lam)
    variance = left / data.count
    filtered = data.x - lam * data.wx
    g = _multiplier(data, lam)
    information = np.array(
        [
            [data.periods * float(np.trace(g @ g + g.T @ g)), data.periods * float(np.trace(g)) / variance],
            [data.periods * float(np.trace(g)) / variance, data.count / (2 * variance**2)],
        ]
    )
    covariance = np.zeros((len(beta) + 1, len(beta) + 1))
    covariance[:-1, :-1] = variance * np.linalg.inv(filtered.T @ filtered)
    covariance[-1, -1] = np.linalg.inv(information)[0, 0]
    return np.append(beta, lam), covariance, variance, logll


def _best(data: _Data, squares: Callable[[float], float]) -> tuple[float, float]:
    """The spatial parameter of the highest likelihood, and that likelihood."""
    real = data.eigen.real[np.abs(data.eigen.imag) < 1e-12]
    lowest = 1 / float(real.min()) if real.min() < 0 else -0.999
    constant = -data.count / 2 * (np.log(2 * np.pi) + 1)

    def fall(rho: float) -> float:
        return data.count / 2 * float(np.log(squares(rho) / data.count)) - data.log_det(rho)

    found = optimize.minimize_scalar(
        fall, bounds=(max(lowest, -0.999), 0.999), method="bounded", options={"xatol": 1e-10}
    )
    return float(found.x), float(constant - found.fun)


def _multiplier(data: _Data, rho: float) -> Floats:
    """G = W(I − ρW)⁻¹, without the mean over regions where year effects are held."""
    g = data.w @ np.linalg.inv(np.eye(len(data.w)) - rho * data.w)
    return g - g.mean(axis=0, keepdims=True) if data.projected else g


def _lag_information(data: _Data, design: Floats, beta: Floats, rho: float, variance: float) -> Floats:
    g = _multiplier(data, rho)
    n = len(data.w)
    moved = (g @ (design @ beta).reshape(n, -1)).ravel()
    k = len(beta)
    information = np.zeros((k + 2, k + 2))
    information[:k, :k] = design.T @ design / variance
    information[:k, k] = information[k, :k] = design.T @ moved / variance
    information[k, k] = data.periods * float(np.trace(g @ g + g.T @ g)) + float(moved @ moved) / variance
    information[k, k + 1] = information[k + 1, k] = data.periods * float(np.trace(g)) / variance
    information[k + 1, k + 1] = data.count / (2 * variance**2)
    return np.asarray(np.linalg.inv(information)[: k + 1, : k + 1], dtype=np.float64)


def _reductions(data: _Data, b: Floats, covariance: Floats, logll: float) -> dict[str, Test]:
    k = data.x.shape[1]
    beta, theta, rho = b[:k], b[k : 2 * k], float(b[-1])
    to_lag = np.hstack([np.zeros((k, k)), np.eye(k), np.zeros((k, 1))])
    to_error = np.hstack([rho * np.eye(k), np.eye(k), beta[:, None]])
    return {
        "Wald SDM → SAR": wald(theta, to_lag @ covariance @ to_lag.T),
        "Wald SDM → SEM": wald(theta + rho * beta, to_error @ covariance @ to_error.T),
        "LR SDM → SAR": ratio(logll, _lag(data, data.x)[3], k),
        "LR SDM → SEM": ratio(logll, _error(data)[3], k),
    }


def hausman(y: ArrayLike, x: ArrayLike) -> Test:
    """Hausman's test of random against fixed region effects, without spatial terms.

    Shapes as in :func:`spatial_panel`. Random effects by Swamy and Arora. The difference of both estimates is weighed
    by the difference of their covariances, each with its own residual variance; in small samples that may be no
    covariance, and where the statistic comes out negative it is not defined: NaN. A small p speaks for fixed effects.
    Errors as :func:`spatial_panel`.
    Source: J. A. Hausman, Econometrica 46 (1978) 1251-1271.
    """
    target, design = matrix(y, "the outcome"), np.asarray(x, dtype=np.float64)
    n, t = target.shape
    k = design.shape[2]
    if n <= k + 1 or t < 2:
        raise MethodError(
            "more regions than regressors and two years are needed", zh="地区数应多于解释变量，且至少两年"
        )
    fixed, inner, within_left = _least(target - target.mean(axis=1, keepdims=True), _demeaned(design, 1.0))
    means = np.column_stack([np.ones(n), design.mean(axis=1)])
    between_left = target.mean(axis=1) - means @ np.linalg.lstsq(means, target.mean(axis=1), rcond=None)[0]
    own = within_left / (n * (t - 1) - k)
    common = max(float(between_left @ between_left) / (n - k - 1) - own / t, 0.0)
    theta = 1 - np.sqrt(own / (own + t * common))
    shrunk = np.concatenate([np.full((n, t, 1), 1 - theta), _demeaned(design, theta)], axis=2)
    random, outer, random_left = _least(target - theta * target.mean(axis=1, keepdims=True), shrunk)
    spread = own * np.linalg.inv(inner) - random_left / (n * t - k - 1) * np.linalg.inv(outer)[1:, 1:]
    found = wald(fixed - random[1:], spread)
    return found if found.statistic > 0 else Test(float("nan"), k, float("nan"))


def _demeaned(x: Floats, share: float) -> Floats:
    return np.asarray(x - share * x.mean(axis=1, keepdims=True))


def _least(y: Floats, x: Floats) -> tuple[Floats, Floats, float]:
    """Least squares of a panel: coefficients, X'X, sum of squared residuals."""
    flat, target = x.reshape(-1, x.shape[2]), y.ravel()
    b: np.ndarray = np.linalg.lstsq(flat, target, rcond=None)[0]
    return b, flat.T @ flat, float(((target - flat @ b) ** 2).sum())
