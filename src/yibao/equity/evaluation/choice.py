"""Logistic models: odds ratios, one exposure's effect across strata of another, ordered outcomes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from scipy.stats import chi2, norm, rankdata

from yibao.equity.checks import Floats, Note, refusal, yes_no
from yibao.equity.evaluation.tables import Columns, Estimate, Missing, estimate, frame, heard, library


class OddsRatio(NamedTuple):
    """exp(coefficient) with its interval."""

    value: float
    low: float
    high: float


class LogitFit(NamedTuple):
    """Coefficients (constant first) with covariance, odds ratios, log likelihood; `penalised` says Firth was needed."""

    estimates: dict[str, Estimate]
    odds_ratios: dict[str, OddsRatio]
    covariance: Floats
    log_likelihood: float
    area_under_curve: float
    rows: int
    penalised: bool
    notes: tuple[Note, ...]


def logit(
    data: Columns,
    outcome: str,
    regressors: Sequence[str],
    *,
    errors: Literal["classical", "robust"] = "classical",
    missing: Missing = "refuse",
) -> LogitFit:
    """Logistic regression of a 0/1 outcome by statsmodels; a constant is added.

    Where the regressors separate the outcomes, maximum likelihood has no answer: Firth's penalised likelihood takes its
    place and the notes say so. "robust" is the sandwich (HC0), for unpenalised fits.
    Source of the penalty: D. Firth (1993), Biometrika 80:27.
    """
    read = frame(data, [outcome, *regressors], (), missing)
    y = yes_no(outcome, read.column(outcome))
    x = np.column_stack([np.ones(len(y)), *(read.column(name) for name in regressors)])
    return fit_logit(y, x, ["constant", *regressors], errors, list(read.notes))


def fit_logit(y: Floats, x: Floats, names: Sequence[str], errors: str, notes: list[Note]) -> LogitFit:
    """`logit` on arrays: `x` (n, k) with its constant first, `names` one a column."""
    if y.min() == y.max():
        raise refusal("outcome", "is the same for all rows", "取值全部相同")
    if len(y) <= x.shape[1] or np.linalg.matrix_rank(x) < x.shape[1]:
        raise refusal("regressors", "are collinear, constant, or more than the rows", "存在共线、常数变量或多于样本数")
    beta, covariance, likelihood, penalised = _maximum_likelihood(y, x, errors)
    if penalised:
        zh = "结局可被完全分离，改用 Firth 惩罚似然"
        notes.append(Note("separation", zh, "outcomes are separated: Firth's penalised likelihood is used"))
    found = {name: estimate(b, np.sqrt(v)) for name, b, v in zip(names, beta, np.diag(covariance), strict=True)}
    ratios = {name: OddsRatio(*np.exp([one.value, one.low, one.high]).tolist()) for name, one in found.items()}
    curve = area_under_curve(y, expit(x @ beta))
    return LogitFit(found, ratios, covariance, likelihood, curve, len(y), penalised, tuple(notes))


def area_under_curve(y: Floats, score: Floats) -> float:
    """The chance that a row with outcome 1 scores above one with outcome 0, ties half.

    >>> area_under_curve(np.array([0.0, 0.0, 1.0]), np.array([0.1, 0.4, 0.4]))
    0.75
    """
    ones = float(y.sum())
    zeros = len(y) - ones
    return float((rankdata(score)[y == 1].sum() - ones * (ones + 1) / 2) / (ones * zeros))


class OrderedFit(NamedTuple):
    """Ordered logit: coefficients, odds ratios of being higher, thresholds between levels, and Brant's test.

    `brant` maps each regressor, and "all", to (chi-squared, degrees of freedom, p) of parallel slopes; small p says the
    odds ratio is not the same across levels. None where some cut cannot be fitted, which the notes tell.
    """

    estimates: dict[str, Estimate]
    odds_ratios: dict[str, OddsRatio]
    thresholds: dict[str, Estimate]
    log_likelihood: float
    rows: int
    brant: dict[str, tuple[float, int, float]] | None
    notes: tuple[Note, ...]


def ordered_logit(data: Columns, outcome: str, regressors: Sequence[str], *, missing: Missing = "refuse") -> OrderedFit:
    """Proportional odds: logit P(y ≤ j) = ζ(j) − Xβ, by statsmodels; with Brant's test of proportionality.

    `outcome` holds ordered numbers, at least three levels. No constant is added: thresholds take its place.
    Source: P. McCullagh (1980), JRSS B 42:109; R. Brant (1990), Biometrics 46:1171.
    """
    read = frame(data, [outcome, *regressors], (), missing)
    notes = list(read.notes)
    levels, y = np.unique(read.column(outcome), return_inverse=True)
    x = np.column_stack([read.column(name) for name in regressors])
    if len(levels) < 3:
        raise refusal(
            outcome, f"has {len(levels)} levels; three are needed", f"只有 {len(levels)} 个等级，至少需要三个"
        )
    if np.linalg.matrix_rank(np.column_stack([np.ones(len(y)), x])) <= x.shape[1]:
        raise refusal("regressors", "are collinear or constant", "存在共线或常数变量")
    with heard(notes):
        model = library("statsmodels.miscmodels.ordinal_model").OrderedModel(y, x, distr="logit")
        fit = model.fit(method="bfgs", disp=0, maxiter=2000, gtol=1e-8)
        fit = model.fit(method="newton", start_params=fit.params, disp=0, maxiter=50)
    k = x.shape[1]
    covariance = np.asarray(fit.cov_params())
    found = {
        n: estimate(b, np.sqrt(v)) for n, b, v in zip(regressors, fit.params[:k], np.diag(covariance)[:k], strict=True)
    }
    ratios = {name: OddsRatio(*np.exp([one.value, one.low, one.high]).tolist()) for name, one in found.items()}
    return OrderedFit(found, ratios, _thresholds(fit.params[k:], covariance[k:, k:], levels), float(fit.llf), len(y),
                      _brant(y, x, regressors, notes), tuple(notes))  # fmt: skip


def _thresholds(raw: Floats, covariance: Floats, levels: Floats) -> dict[str, Estimate]:
    """statsmodels keeps the first threshold and logarithms of steps: turned back, errors by the delta method."""
    steps = np.concatenate([[raw[0]], np.exp(raw[1:])])
    jacobian = np.tril(np.ones((len(raw), len(raw))))
    jacobian[:, 1:] *= steps[1:]
    errors = np.sqrt(np.diag(jacobian @ covariance @ jacobian.T))
    names = [f"{low:g}|{high:g}" for low, high in pairwise(levels)]
    return {name: estimate(z, e) for name, z, e in zip(names, np.cumsum(steps), errors, strict=True)}


def _brant(y: Any, x: Floats, names: Sequence[str], notes: list[Note]) -> dict[str, tuple[float, int, float]] | None:
    """Binary logits of y > j, their slopes' joint covariance, and the Wald test that slopes do not differ."""
    design = np.column_stack([np.ones(len(y)), x])
    cuts, k = int(y.max()), x.shape[1]
    slopes, fitted, inverses = [], [], []
    for cut in range(cuts):
        beta, _, _, penalised = _maximum_likelihood((y > cut).astype(np.float64), design, "classical")
        if penalised:
            notes.append(
                Note("no_brant", "某一切点上结局可分离，无 Brant 检验", "outcomes separate at a cut: no Brant test")
            )
            return None
        p = expit(design @ beta)
        slopes.append(beta[1:])
        fitted.append(p)
        inverses.append(np.linalg.inv(design.T @ (design * (p * (1 - p))[:, None])))
    covariance = np.empty((cuts * k, cuts * k))
    for one in range(cuts):
        for two in range(one, cuts):
            shared = fitted[two] * (1 - fitted[one])  # P(y > two) − P(y > one)·P(y > two), two ≥ one
            block = (inverses[one] @ (design.T @ (design * shared[:, None])) @ inverses[two])[1:, 1:]
            covariance[one * k : one * k + k, two * k : two * k + k] = block
            covariance[two * k : two * k + k, one * k : one * k + k] = block.T
    contrast = np.hstack([-np.ones((cuts - 1, 1)), np.eye(cuts - 1)])
    tests = {"all": _parallel(np.kron(contrast, np.eye(k)), np.concatenate(slopes), covariance)}
    for place, name in enumerate(names):
        tests[name] = _parallel(np.kron(contrast, np.eye(k)[place : place + 1]), np.concatenate(slopes), covariance)
    return tests


def _parallel(contrast: NDArray[Any], slopes: Floats, covariance: Floats) -> tuple[float, int, float]:
    gap = contrast @ slopes
    statistic = float(gap @ np.linalg.solve(contrast @ covariance @ contrast.T, gap))
    return statistic, len(gap), float(chi2.sf(statistic, len(gap)))


def _maximum_likelihood(y: Floats, x: Floats, errors: str) -> tuple[Floats, Floats, float, bool]:
    """Coefficients, covariance and log likelihood by statsmodels; by Firth where outcomes are separated."""
    api = library("statsmodels.api")
    try:
        with heard([]):
            fit = api.Logit(y, x).fit(disp=0, maxiter=100, cov_type="HC0" if errors == "robust" else "nonrobust")
        far = np.abs(x @ fit.params).max() > 30
        if fit.mle_retvals["converged"] and not far and np.all(np.isfinite(fit.bse)):
            return np.asarray(fit.params), np.asarray(fit.cov_params()), float(fit.llf), False
    except (np.linalg.LinAlgError, library("statsmodels.tools.sm_exceptions").PerfectSeparationError):
        pass
    return (*_firth(y, x), True)


def _firth(y: Floats, x: Floats, rounds: int = 500) -> tuple[Floats, Floats, float]:
    """Newton steps on the score y − p + h·(½ − p), h the leverages; steps are kept below one half."""
    beta = np.zeros(x.shape[1])
    for _ in range(rounds):
        p = expit(x @ beta)
        weight = p * (1 - p)
        inverse = np.linalg.pinv(x.T @ (x * weight[:, None]))
        leverage = weight * np.einsum("ij,jk,ik->i", x, inverse, x)
        step = inverse @ (x.T @ (y - p + leverage * (0.5 - p)))
        beta = beta + step * min(1.0, 0.5 / max(float(np.abs(step).max()), 1e-300))
        if np.abs(step).max() < 1e-10:
            break
    p = np.clip(expit(x @ beta), 1e-15, 1 - 1e-15)
    inverse = np.linalg.inv(x.T @ (x * (p * (1 - p))[:, None]))
    return beta, inverse, float((y * np.log(p) + (1 - y) * np.log(1 - p)).sum())


def normal_quantile(level: float) -> float:
    """The half width of a two-sided normal interval, in standard errors.

    >>> round(normal_quantile(0.95), 4)
    1.96
    """
    return float(norm.ppf((1 + level) / 2))
