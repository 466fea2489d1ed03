"""Spatial regression on one cross-section: which model the residuals ask for, and what each says."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from yibao.equity.checks import Floats, matrix, vector
from yibao.equity.effects import Effects, spatial_effects
from yibao.equity.errors import LibraryMissing, MethodError
from yibao.equity.neighbours import SpatialWeights

ModelKind = Literal["sar", "sem", "sdm"]


class Test(NamedTuple):
    """A test statistic, its degrees of freedom and p."""

    statistic: float
    df: int
    p: float


@dataclass(frozen=True)
class SpatialModel:
    """A fitted spatial model.

    `names` of all coefficients, constant first, then regressors, their spatial lags (`W·name`), then rho or lambda;
    `coefficients`, `errors`, `p` in that order; `parameter` ρ or λ; `errors` from the information
    matrix; `effects` of the regressors (None for sem, where they are the coefficients); `tests` by name.
    """

    kind: str
    names: tuple[str, ...]
    coefficients: Floats
    errors: Floats
    p: Floats
    parameter: float
    log_likelihood: float
    n: int
    effects: Effects | None
    tests: dict[str, Test]


def diagnose(y: ArrayLike, x: ArrayLike, weights: SpatialWeights) -> dict[str, Test]:
    """Lagrange-multiplier tests on OLS residuals: lag, error, both robust, and both together (SARMA).

    Shapes and errors as in :func:`spatial_regression`. Source: L. Anselin et al., Regional Science and Urban Economics
    26 (1996) 77-104; computed by spreg.
    """
    target, design = _data(y, x, weights)
    found = _spreg().OLS(target[:, None], design, _w(weights), spat_diag=True)
    pairs = {
        "LM lag": found.lm_lag,
        "LM error": found.lm_error,
        "robust LM lag": found.rlm_lag,
        "robust LM error": found.rlm_error,
        "SARMA": found.lm_sarma,
    }
    return {name: Test(float(s), 2 if name == "SARMA" else 1, float(p)) for name, (s, p) in pairs.items()}


def spatial_regression(
    y: ArrayLike,
    x: ArrayLike,
    weights: SpatialWeights,
    kind: ModelKind = "sdm",
    *,
    names: Sequence[str] | None = None,
    draws: int = 1000,
    seed: int = 1,
) -> SpatialModel:
    """Fit a spatial lag (sar), error (sem) or Durbin (sdm) model by maximum likelihood.

    `y` one a region; `x` (regions, regressors) without a constant; weights are row-standardised, and a region without
    neighbours is refused. sdm carries tests that it reduces to sar (θ = 0) or to sem (θ + ρβ = 0), Wald and LR.
    Raises MethodError on missing values, too few regions, and regressors that depend on each other. The lag model by
    instruments is :func:`yibao.equity.evaluation.spillover.spatial_two_stage`.
    Source: as in :func:`yibao.equity.effects.spatial_effects`; sar and sem by spreg; effects of sdm by ourselves,
    because a library that counts all of WX as indirect gives other numbers.
    """
    target, design = _data(y, x, weights)
    labels = tuple(names or [f"x{i + 1}" for i in range(design.shape[1])])
    if kind == "sem":
        return _error_model(target, design, weights, labels)
    w = weights.standardised().matrix
    lagged = w @ design if kind == "sdm" else np.zeros((len(target), 0))
    found = _lag_model(target, np.column_stack([design, lagged]), weights)
    k = design.shape[1]
    coefficients, covariance = found.betas.ravel(), np.asarray(found.vm)[: len(found.betas), : len(found.betas)]
    theta = coefficients[1 + k : 1 + 2 * k] if kind == "sdm" else np.zeros(k)
    effects = spatial_effects(
        w,
        float(coefficients[-1]),
        coefficients[1 : 1 + k],
        theta,
        _ordered(covariance, k, kind),
        draws=draws,
        seed=seed,
    )
    every = ("constant", *labels, *(f"W·{name}" for name in labels if kind == "sdm"), "rho")
    logll = float(found.logll)
    tests = _reductions(target, design, weights, coefficients, covariance, logll) if kind == "sdm" else {}
    return _fitted(kind, every, coefficients, covariance, logll, len(target), effects, tests)


def _data(y: ArrayLike, x: ArrayLike, weights: SpatialWeights) -> tuple[Floats, Floats]:
    target, design = vector(y, "the outcome"), matrix(x, "regressors")
    if not len(target) == len(design) == len(weights.ids):
        raise MethodError(
            f"{len(target)} outcomes, {len(design)} rows of regressors, weights of {len(weights.ids)}",
            zh="因变量、解释变量与空间权重的个数不同",
        )
    if weights.islands:
        raise MethodError(
            f"regions without neighbours: {', '.join(weights.islands)}",
            mend="link them to a region, or leave them out",
            zh=f"没有邻居的地区：{'、'.join(weights.islands)}",
            mend_zh="请指定相连的地区，或剔除",
        )
    full = np.column_stack([np.ones(len(target)), design])
    if len(target) <= 2 * full.shape[1] or np.linalg.matrix_rank(full) < full.shape[1]:
        raise MethodError(
            "regressors depend on each other, or regions are too few",
            mend="leave a regressor out",
            zh="解释变量完全共线，或地区太少",
            mend_zh="请去掉一个解释变量",
        )
    return target, design


def _lag_model(target: Floats, design: Floats, weights: SpatialWeights) -> Any:
    with _quiet():
        return _spreg().ML_Lag(target[:, None], design, _w(weights), method="full", spat_diag=False, spat_impacts=None)


def _error_fit(target: Floats, design: Floats, weights: SpatialWeights) -> Any:
    with _quiet():
        return _spreg().ML_Error(target[:, None], design, _w(weights), method="full")


def _error_model(target: Floats, design: Floats, weights: SpatialWeights, labels: Sequence[str]) -> SpatialModel:
    found = _error_fit(target, design, weights)
    size = len(found.betas)
    # spreg keeps the covariance of λ apart from that of β, to which it is orthogonal.
    return _fitted(
        "sem",
        ("constant", *labels, "lambda"),
        found.betas.ravel(),
        np.asarray(found.vm)[:size, :size],
        float(found.logll),
        len(target),
        None,
        {},
    )


def _fitted(
    kind: str,
    names: tuple[str, ...],
    b: Floats,
    covariance: Floats,
    logll: float,
    n: int,
    effects: Effects | None,
    tests: dict[str, Test],
) -> SpatialModel:
    errors = np.sqrt(np.diag(covariance))
    p = 2 * stats.norm.sf(np.abs(b / errors))
    return SpatialModel(kind, names, b, errors, p, float(b[-1]), logll, n, effects, tests)


def _ordered(covariance: Floats, k: int, kind: str) -> Floats:
    """Covariance of (ρ, β, θ) from that of (constant, β, θ, ρ); without θ its place is zero."""
    last = len(covariance) - 1
    place = [last, *range(1, last)]
    inner = covariance[np.ix_(place, place)]
    return inner if kind == "sdm" else np.pad(inner, ((0, k), (0, k)))


def _reductions(
    target: Floats, design: Floats, weights: SpatialWeights, b: Floats, covariance: Floats, logll: float
) -> dict[str, Test]:
    k = design.shape[1]
    beta, theta, rho = b[1 : 1 + k], b[1 + k : 1 + 2 * k], float(b[-1])
    to_lag = np.hstack([np.zeros((k, 1 + k)), np.eye(k), np.zeros((k, 1))])
    to_error = np.hstack([np.zeros((k, 1)), rho * np.eye(k), np.eye(k), beta[:, None]])
    sar = _lag_model(target, design, weights)
    sem = _error_fit(target, design, weights)
    return {
        "Wald SDM → SAR": wald(theta, to_lag @ covariance @ to_lag.T),
        "Wald SDM → SEM": wald(theta + rho * beta, to_error @ covariance @ to_error.T),
        "LR SDM → SAR": ratio(logll, float(sar.logll), k),
        "LR SDM → SEM": ratio(logll, float(sem.logll), k),
    }


def wald(difference: Floats, covariance: Floats) -> Test:
    """Wald test that all differences are zero."""
    statistic = float(difference @ np.linalg.solve(covariance, difference))
    return Test(statistic, len(difference), float(stats.chi2.sf(statistic, len(difference))))


def ratio(full: float, restricted: float, df: int) -> Test:
    """Likelihood-ratio test of `df` restrictions."""
    statistic = max(2 * (full - restricted), 0.0)
    return Test(statistic, df, float(stats.chi2.sf(statistic, df)))


def _w(weights: SpatialWeights) -> Any:
    w = weights.to_libpysal()
    w.transform = "r"
    return w


@contextmanager
def _quiet() -> Iterator[None]:
    """spreg prints the names of its models and warns of an option of SciPy's; neither is our reader's business."""
    with redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        yield


def _spreg() -> Any:
    try:
        import spreg
    except ImportError as error:
        raise LibraryMissing("spreg") from error
    return spreg
