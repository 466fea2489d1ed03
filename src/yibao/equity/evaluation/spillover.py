"""Spatial spillover of a policy in a panel: the spatial lag model by generalised spatial two-stage least squares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from yibao.equity.checks import Floats, Note, matrix, refusal
from yibao.equity.evaluation.tables import Columns, Estimate, Missing, estimate, frame, heard, library
from yibao.equity.evaluation.within import balanced_order, within_two_way


class Spillover(NamedTuple):
    """ρ of the spatial lag, coefficients, and each regressor's mean direct, indirect and total effect.

    `first_stage_f` is the partial F of the instruments of W·y; effects are 1/n·tr(S), the rest, and the sum, with S =
    (I − ρW)⁻¹β. Errors of effects by draws from the joint normal of the estimates.
    """

    rho: Estimate
    coefficients: dict[str, Estimate]
    direct: dict[str, Estimate]
    indirect: dict[str, Estimate]
    total: dict[str, Estimate]
    first_stage_f: float
    errors: Note
    units: int
    years: int
    notes: tuple[Note, ...]


def spatial_two_stage(
    data: Columns,
    outcome: str,
    regressors: Sequence[str],
    unit: str,
    year: str,
    weights: ArrayLike,
    unit_order: Sequence[object],
    *,
    effects: Literal["two-way", "unit", "none"] = "two-way",
    lags: int = 2,
    errors: Literal["clustered", "classical"] = "clustered",
    draws: int = 1000,
    seed: int = 1,
    missing: Missing = "refuse",
) -> Spillover:
    """y = ρ·W·y + X·β + α(unit) + τ(year) + ε, W·y instrumented by W·X … W^`lags`·X (GS2SLS).

    `weights` (units, units) in the order of `unit_order` is row-standardised; units without neighbours are refused.
    The panel must be balanced (one year is allowed with effects "none"). Fixed effects are taken out of y, X and their
    spatial lags before estimation by linearmodels; "clustered" by unit.
    Source: H. H. Kelejian and I. R. Prucha (1998), J. Real Estate Finance and Economics 17:99; effects: J. LeSage and
    R. K. Pace (2009), Introduction to Spatial Econometrics, ch. 2.
    """
    read = frame(data, [outcome, year, *regressors], [unit], missing)
    w = _standardised(weights, unit_order)
    labels, times = read.data[read.key[unit]].to_numpy(), read.column(year)
    names = [str(name) for name in unit_order]
    if set(labels) != set(names) or len(set(names)) != len(names):
        raise refusal("unit_order", "does not hold the units of the table, each once", "与表中单元不一致")
    years = len(np.unique(times))
    if years > 1:
        balanced_order(labels, times)
    elif effects != "none":
        raise refusal("effects", "need more than one year", "固定效应需要多于一个年份")
    place = {name: number for number, name in enumerate(names)}
    order = np.lexsort((np.array([place[label] for label in labels]), times))  # years stacked, units in the order of W
    columns = [read.column(name)[order] for name in [outcome, *regressors]]
    lagged = [_lag(w, column, years) for column in columns]
    instruments = lagged[1:]
    for _ in range(lags - 1):
        instruments += [_lag(w, column, years) for column in instruments[-len(regressors) :]]
    data_columns = [columns[0], lagged[0], *columns[1:], *instruments]
    stacked = [_cleared(column, labels[order], times[order], effects) for column in data_columns]
    y, wy = stacked[0], stacked[1]
    own, z = np.column_stack(stacked[2 : 2 + len(regressors)]), np.column_stack(stacked[2 + len(regressors) :])
    own = np.column_stack([own, np.ones(len(y))]) if effects == "none" else own
    notes = list(read.notes)
    options: dict[str, object] = {"cov_type": "unadjusted", "debiased": errors == "classical" and years == 1}
    if errors == "clustered" and years > 1:
        options = {"cov_type": "clustered", "debiased": False, "clusters": np.array([place[x] for x in labels[order]])}
    z = _independent(own, z)
    with heard(notes):
        fit = library("linearmodels.iv").IV2SLS(y, own, wy, z).fit(**options)
    found = ["(constant)"] if effects == "none" else []
    titles = [*regressors, *found, "rho"]
    beta, covariance = fit.params.to_numpy(), fit.cov.to_numpy()
    estimates = {t: estimate(b, np.sqrt(v)) for t, b, v in zip(titles, beta, np.diag(covariance), strict=True)}
    if abs(beta[-1]) >= 1:
        raise refusal(outcome, f"spatial lag {beta[-1]:.3f} is explosive", f"空间滞后系数 {beta[-1]:.3f} 不平稳")
    spread = _effects(beta, covariance, w, len(regressors), draws, seed)
    direct, indirect, total = ({n: estimate(*spread[k][i]) for i, n in enumerate(regressors)} for k in range(3))
    by = ("按单元聚类", "clustered by unit") if "clusters" in options else ("同方差", "homoskedastic")
    rule = Note("errors", f"标准误：{by[0]}", f"errors: {by[1]}")
    strength = _partial_f(wy, own, z)
    slopes = {name: estimates[name] for name in [*regressors, *found]}
    return Spillover(estimates["rho"], slopes, direct, indirect, total, strength, rule, len(names), years, tuple(notes))


def _standardised(weights: ArrayLike, unit_order: Sequence[object]) -> Floats:
    w = matrix(weights, "weights")
    if w.shape != (len(unit_order), len(unit_order)) or np.any(w < 0) or np.any(np.diag(w) != 0):
        raise refusal(
            "weights", "are square, not negative, zero on the diagonal, one row a unit", "应为非负方阵且对角为零"
        )
    alone = [str(unit_order[i]) for i in np.flatnonzero(w.sum(axis=1) == 0).tolist()]
    if alone:
        said = ", ".join(alone)
        raise refusal(
            "weights", f"units without neighbours: {said}", f"没有邻接单元：{said}", "link them", "请指定邻接关系"
        )
    return w / w.sum(axis=1, keepdims=True)


def _lag(w: Floats, column: Floats, years: int) -> Floats:
    return (column.reshape(years, -1) @ w.T).ravel()


def _cleared(column: Floats, units: np.ndarray, times: Floats, effects: str) -> Floats:
    if effects == "two-way":
        return within_two_way(column, units.tolist(), times.tolist())
    if effects == "unit":
        _, code = np.unique(units, return_inverse=True)
        return column - (np.bincount(code, weights=column) / np.bincount(code))[code]
    return column


def _independent(own: Floats, z: Floats) -> Floats:
    """Instruments that are not linear functions of regressors and other instruments."""
    kept: list[int] = []
    for place in range(z.shape[1]):
        if np.linalg.matrix_rank(np.column_stack([own, z[:, [*kept, place]]])) == own.shape[1] + len(kept) + 1:
            kept.append(place)
    if not kept:
        raise refusal(
            "weights", "give no instruments: neighbours' regressors add nothing", "邻居的自变量不提供额外信息"
        )
    return z[:, kept]


def _partial_f(wy: Floats, own: Floats, z: Floats) -> float:
    left = [c - own @ np.linalg.lstsq(own, c, rcond=None)[0] for c in np.column_stack([wy, z]).T]
    x, rest = left[0], np.column_stack(left[1:])
    residual = x - rest @ np.linalg.lstsq(rest, x, rcond=None)[0]
    free = len(x) - own.shape[1] - rest.shape[1]
    return float((x @ x - residual @ residual) / rest.shape[1] / (residual @ residual / free))


def _effects(
    beta: Floats, covariance: Floats, w: Floats, k: int, draws: int, seed: int
) -> list[list[tuple[float, float]]]:
    """(value, error) of direct, indirect and total effects of each regressor."""
    random = np.random.default_rng(seed)
    drawn = random.multivariate_normal(beta, covariance, size=draws, method="svd")
    drawn = np.vstack([beta, drawn[np.abs(drawn[:, -1]) < 1]])
    roots = np.linalg.eigvals(w)
    own = np.real((1 / (1 - drawn[:, -1:] * roots[None, :])).mean(axis=1))  # 1/n · trace of (I − ρW)⁻¹
    whole = 1 / (1 - drawn[:, -1])  # rows of W sum to one
    parts = own[:, None] * drawn[:, :k], (whole - own)[:, None] * drawn[:, :k], whole[:, None] * drawn[:, :k]
    return [[(float(part[0, i]), float(part[1:, i].std(ddof=1))) for i in range(k)] for part in parts]
