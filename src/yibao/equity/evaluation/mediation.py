"""Mediation: how much of an effect runs through a variable in between."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.stats import norm

from yibao.equity.checks import Floats, Note, codes_of, refusal, yes_no
from yibao.equity.evaluation.choice import fit_logit
from yibao.equity.evaluation.tables import Columns, Estimate, Missing, estimate, frame


class Mediation(NamedTuple):
    """`first` a: treatment → mediator; `second` b: mediator → outcome; indirect, direct and total effect.

    For a linear outcome total = direct + indirect = direct + a·b exactly. `sobel` has the error √(a²s_b² + b²s_a²).
    `percentile` and `bias_corrected` are bootstrap intervals of the indirect effect; `proportion` is indirect/total,
    None where they have different signs. For a 0/1 outcome the three effects are log odds by KHB.
    """

    first: Estimate
    second: Estimate
    indirect: float
    direct: Estimate
    total: Estimate
    sobel: Estimate
    percentile: tuple[float, float]
    bias_corrected: tuple[float, float]
    proportion: float | None
    method: str
    notes: tuple[Note, ...]


def mediation(
    data: Columns,
    outcome: str,
    treatment: str,
    mediator: str,
    covariates: Sequence[str] = (),
    *,
    binary: bool = False,
    cluster: str | None = None,
    draws: int = 1000,
    level: float = 0.95,
    seed: int = 1,
    missing: Missing = "refuse",
) -> Mediation:
    """The indirect effect of `treatment` on `outcome` through `mediator`, covariates held fixed.

    Linear (default): least squares of the mediator on the treatment and of the outcome on both. `binary`: a 0/1 outcome
    by logit; the total effect is then taken from the model with the mediator's residual in place of the mediator (KHB),
    because c − c′ mixes mediation with the change of scale. The bootstrap draws rows, or whole clusters of `cluster`.
    It says what runs through the mediator only if nothing unobserved moves both mediator and outcome.
    Source: M. E. Sobel (1982); K. B. Karlson, A. Holm and R. Breen (2012), Sociological Methodology 42:286.

    >>> x = np.tile([0.0, 1.0], 50); m = x + np.sin(np.arange(100)); y = 2 * m + x + np.cos(np.arange(100) ** 2)
    >>> found = mediation({"x": x, "m": m, "y": y}, "y", "x", "m", draws=50)
    >>> abs(found.total.value - found.direct.value - found.indirect) < 1e-9
    True
    """
    read = frame(data, [outcome, treatment, mediator, *covariates], [cluster] if cluster else [], missing)
    y, d, m = read.column(outcome), read.column(treatment), read.column(mediator)
    own = np.column_stack([np.ones(len(y)), *(read.column(name) for name in covariates)])
    if np.linalg.matrix_rank(np.column_stack([own, d, m])) < own.shape[1] + 2:
        raise refusal(
            mediator, "is a linear function of treatment and covariates, or is constant", "与处理变量、协变量共线"
        )
    if binary:
        y = yes_no(outcome, y)
    paths = _logit_paths if binary else _linear_paths
    notes = list(read.notes)
    first, second, direct, total = paths(y, d, m, own, notes)
    indirect = total.value - direct.value if binary else first.value * second.value
    drawn = _draws(y, d, m, own, binary, read.data[read.key[cluster]].to_numpy() if cluster else None, draws, seed)
    tails = np.array([(1 - level) / 2, (1 + level) / 2])
    low, high = np.quantile(drawn, tails)
    shift = norm.ppf(np.clip((drawn < indirect).mean(), 0.5 / draws, 1 - 0.5 / draws))
    moved_low, moved_high = np.quantile(drawn, norm.cdf(2 * shift + norm.ppf(tails)))
    proportion: float | None = indirect / total.value if indirect * total.value > 0 else None
    if proportion is None:
        zh = "间接效应与总效应符号相反（遮掩）或总效应为零，不报告占比"
        notes.append(Note("suppression", zh, "indirect and total effect differ in sign: no proportion"))
    error = float(np.sqrt((first.value * second.standard_error) ** 2 + (second.value * first.standard_error) ** 2))
    sobel = estimate(first.value * second.value, error, level)
    interval, corrected = (float(low), float(high)), (float(moved_low), float(moved_high))
    method = "logit, KHB" if binary else "linear"
    return Mediation(
        first, second, indirect, direct, total, sobel, interval, corrected, proportion, method, tuple(notes)
    )


def _linear_paths(
    y: Floats, d: Floats, m: Floats, own: Floats, _: list[Note]
) -> tuple[Estimate, Estimate, Estimate, Estimate]:
    with_treatment = np.column_stack([own, d])
    full = np.column_stack([with_treatment, m])
    first, total = _least_squares(with_treatment, m)[-1], _least_squares(with_treatment, y)[-1]
    direct, second = _least_squares(full, y)[-2:]
    return first, second, direct, total


def _logit_paths(
    y: Floats, d: Floats, m: Floats, own: Floats, notes: list[Note]
) -> tuple[Estimate, Estimate, Estimate, Estimate]:
    names = [*(f"w{place}" for place in range(own.shape[1])), "treatment", "mediator"]
    with_treatment = np.column_stack([own, d])
    residual = m - with_treatment @ np.linalg.lstsq(with_treatment, m, rcond=None)[0]
    full = fit_logit(y, np.column_stack([with_treatment, m]), names, "classical", notes)
    reduced = fit_logit(y, np.column_stack([with_treatment, residual]), names, "classical", [])
    first = _least_squares(with_treatment, m)[-1]
    return first, full.estimates["mediator"], full.estimates["treatment"], reduced.estimates["treatment"]


def _least_squares(x: Floats, y: Floats) -> list[Estimate]:
    beta = np.linalg.lstsq(x, y, rcond=None)[0]
    rest = y - x @ beta
    variance = float(rest @ rest) / (len(y) - x.shape[1])
    errors = np.sqrt(np.diag(np.linalg.inv(x.T @ x)) * variance)
    return [estimate(b, e, degrees=len(y) - x.shape[1]) for b, e in zip(beta, errors, strict=True)]


def _draws(
    y: Floats, d: Floats, m: Floats, own: Floats, binary: bool, cluster: np.ndarray | None, draws: int, seed: int
) -> Floats:
    """Indirect effects of resampled rows or clusters; a draw in which they cannot be told is drawn again."""
    random = np.random.default_rng(seed)
    members, code = len(y), np.arange(len(y))
    if cluster is not None:
        names, code = codes_of("cluster", cluster, len(y))
        members = len(names)
    full = np.column_stack([own, d, m])
    found: list[float] = []
    while len(found) < draws:
        # How often each row is drawn stands for the rows themselves: nothing is copied.
        times = np.bincount(random.integers(0, members, members), minlength=members)[code].astype(np.float64)
        indirect = _logit_draw(y, d, m, own, times) if binary else _linear_draw(y, full, times)
        if indirect is not None:
            found.append(indirect)
    return np.array(found)


def _linear_draw(y: Floats, full: Floats, times: Floats) -> float | None:
    """a·b from the normal equations of the weighted rows."""
    weighted = full * times[:, None]
    square = full.T @ weighted
    if np.linalg.matrix_rank(square) < len(square):
        return None
    second = np.linalg.solve(square, weighted.T @ y)[-1]
    first = np.linalg.solve(square[:-1, :-1], square[:-1, -1])[-1]
    return float(first * second)


def _logit_draw(y: Floats, d: Floats, m: Floats, own: Floats, times: Floats) -> float | None:
    rows = np.repeat(np.arange(len(y)), times.astype(np.int64))
    full = np.column_stack([own, d, m])[rows]
    if np.linalg.matrix_rank(full) < full.shape[1] or y[rows].min() == y[rows].max():
        return None
    _, _, direct, total = _logit_paths(y[rows], d[rows], m[rows], own[rows], [])
    return total.value - direct.value
