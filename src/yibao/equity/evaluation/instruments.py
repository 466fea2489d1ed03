"""Instrumental variables: two-stage least squares, how strong instruments are, and intervals that bear weak ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from scipy.stats import f as f_distribution

from yibao.equity.checks import Floats, Note, refusal
from yibao.equity.evaluation.tables import Columns, Estimate, Missing, estimate, frame, heard, library


class TestResult(NamedTuple):
    """A test statistic and its p."""

    statistic: float
    p: float


class Instrumented(NamedTuple):
    """Two-stage least squares by linearmodels.

    `first_stage_f` by endogenous variable: the classical partial F with residual degrees of freedom (what ivreg of R
    prints; linearmodels' Wald statistic is larger by n/(n − k) and the number of instruments); `effective_f` is the
    robust one of Montiel Olea and Pflueger, below 10 a warning, None with several endogenous variables. `sargan` is
    None when just identified, `wu_hausman` tests whether the variable is endogenous at all. `anderson_rubin` holds the
    intervals of the coefficient that stay valid with weak instruments: none, one, two rays, or the whole line.
    """

    estimates: dict[str, Estimate]
    errors: Note
    rows: int
    first_stage_f: dict[str, float]
    effective_f: float | None
    sargan: TestResult | None
    wu_hausman: TestResult
    anderson_rubin: tuple[tuple[float, float], ...] | None
    notes: tuple[Note, ...]


def instrumental_variables(
    data: Columns,
    outcome: str,
    endogenous: str | Sequence[str],
    instruments: Sequence[str],
    controls: Sequence[str] = (),
    *,
    errors: Literal["robust", "classical", "clustered"] = "robust",
    cluster: str | None = None,
    level: float = 0.95,
    missing: Missing = "refuse",
) -> Instrumented:
    """y = β·x + γ·w + u with x instrumented by z; a constant is added.

    "robust" is HC0 without small-sample correction. At least as many instruments as endogenous variables. For fixed
    effects take the columns' within deviations first (`within_two_way`).
    Source: two-stage least squares and tests by linearmodels; J. L. Montiel Olea and C. Pflueger (2013), J. Business &
    Economic Statistics 31:358; T. W. Anderson and H. Rubin (1949), Annals of Mathematical Statistics 20:46.
    """
    exposed = [endogenous] if isinstance(endogenous, str) else list(endogenous)
    if len(instruments) < len(exposed):
        raise refusal("instruments", "are fewer than the endogenous variables", "少于内生变量个数")
    if errors == "clustered" and cluster is None:
        raise refusal("cluster", "is needed for clustered errors", "聚类标准误需要指定聚类变量")
    read = frame(data, [outcome, *exposed, *instruments, *controls], [cluster] if cluster else [], missing)
    key, notes, table = read.key, list(read.notes), read.data
    own = table[[key[name] for name in controls]].assign(constant=1.0)
    x, z = table[[key[name] for name in exposed]], table[[key[name] for name in instruments]]
    if np.linalg.matrix_rank(np.column_stack([own, z])) < own.shape[1] + z.shape[1]:
        raise refusal("instruments", "are collinear with each other or the controls", "与其他工具变量或控制变量共线")
    options: dict[str, object] = {"cov_type": {"classical": "unadjusted"}.get(errors, errors), "debiased": False}
    if cluster and errors == "clustered":
        options["clusters"] = table[key[cluster]].astype("category").cat.codes
    with heard(notes):
        fit = library("linearmodels.iv").IV2SLS(table[key[outcome]], own, x, z).fit(**options)
    names = {key[name]: name for name in [*exposed, *controls]} | {"constant": "constant"}
    estimates = {names[k]: estimate(fit.params[k], fit.std_errors[k], level) for k in fit.params.index}
    out = np.column_stack([_left(own.to_numpy(), column) for column in np.column_stack([table[key[outcome]], x, z]).T])
    y_left, x_left, z_left = out[:, 0], out[:, 1 : 1 + len(exposed)], out[:, 1 + len(exposed) :]
    free = len(table) - own.shape[1] - z.shape[1]
    strengths = {name: _partial_f(x_left[:, i], z_left, free) for i, name in enumerate(exposed)}
    effective = _effective_f(x_left[:, 0], z_left) if len(exposed) == 1 else None
    if effective is not None and effective < 10:
        zh = f"有效 F = {effective:.1f} < 10：工具变量弱，请看 Anderson-Rubin 区间"
        notes.append(
            Note("weak", zh, f"effective F = {effective:.1f} < 10: weak instruments, read the Anderson-Rubin interval")
        )
    over = len(instruments) > len(exposed)
    sargan = TestResult(float(fit.sargan.stat), float(fit.sargan.pval)) if over else None
    hausman = fit.wu_hausman()
    rubin = _anderson_rubin(y_left, x_left[:, 0], z_left, free, level) if len(exposed) == 1 else None
    tested = TestResult(float(hausman.stat), float(hausman.pval))
    said = {
        "robust": ("HC0", "HC0"),
        "classical": ("同方差", "homoskedastic"),
        "clustered": (f"按 {cluster} 聚类", f"clustered by {cluster}"),
    }
    rule = Note("errors", f"标准误：{said[errors][0]}", f"errors: {said[errors][1]}")
    return Instrumented(estimates, rule, len(table), strengths, effective, sargan, tested, rubin, tuple(notes))


def _left(taken: Floats, column: Floats) -> Floats:
    return column - taken @ np.linalg.lstsq(taken, column, rcond=None)[0]


def _partial_f(x: Floats, z: Floats, free: int) -> float:
    rest = _left(z, x)
    return float((x @ x - rest @ rest) / z.shape[1] / (rest @ rest / free))


def _effective_f(x: Floats, z: Floats) -> float:
    """F of Montiel Olea and Pflueger with heteroskedastic errors, instruments made orthonormal."""
    basis = np.linalg.qr(z)[0]
    fitted, rest = basis.T @ x, _left(z, x)
    return float(fitted @ fitted / ((basis**2) * (rest**2)[:, None]).sum())


def _anderson_rubin(y: Floats, x: Floats, z: Floats, free: int, level: float) -> tuple[tuple[float, float], ...]:
    """All b that the test of no effect of z on y − b·x does not reject: a·b² + 2·h·b + c ≤ 0 solved."""
    bound = float(f_distribution.ppf(level, z.shape[1], free)) * z.shape[1] / free
    basis = np.linalg.qr(z)[0]

    def form(p: Floats, q: Floats) -> float:
        explained = float((basis.T @ p) @ (basis.T @ q))
        return explained - bound * (float(p @ q) - explained)

    a, h, c = form(x, x), -form(x, y), form(y, y)
    inside = h * h - a * c
    if inside < 0:
        return () if a > 0 else ((-np.inf, np.inf),)
    low, high = sorted(((-h - np.sqrt(inside)) / a, (-h + np.sqrt(inside)) / a))
    return ((low, high),) if a > 0 else ((-np.inf, low), (high, np.inf))
