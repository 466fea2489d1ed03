"""Coupling coordination of two or more systems: how evenly they stand, and how high."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from yibao.equity.checks import Floats, Ints, non_negative
from yibao.equity.errors import MethodError

#: Ten grades of coordination, lowest first: from 0 in steps of 0.1.
GRADES: tuple[tuple[str, str], ...] = (
    ("极度失调", "extreme imbalance"),
    ("严重失调", "serious imbalance"),
    ("中度失调", "moderate imbalance"),
    ("轻度失调", "mild imbalance"),
    ("濒临失调", "near imbalance"),
    ("勉强协调", "bare coordination"),
    ("初级协调", "primary coordination"),
    ("中级协调", "intermediate coordination"),
    ("良好协调", "good coordination"),
    ("优质协调", "high-quality coordination"),
)
#: Stages of coupling by their upper ends: low, antagonism, running-in, high.
STAGES: tuple[tuple[float, str, str], ...] = (
    (0.3, "低水平耦合", "low coupling"),
    (0.5, "拮抗", "antagonism"),
    (0.8, "磨合", "running-in"),
    (1.0, "高水平耦合", "high coupling"),
)


class Coupling(NamedTuple):
    """Coupling C, development T and coordination D, each in [0, 1], one number a row; C is NaN where all U are 0."""

    coupling: Floats
    development: Floats
    coordination: Floats


@dataclass(frozen=True)
class Development:
    """Ratio of two systems' scores and who lags: -1 the first, 0 neither, 1 the second, 9 not defined (0 over 0)."""

    ratio: Floats
    lag: Ints


def coupling_coordination(
    scores: ArrayLike, weights: ArrayLike | None = None, *, form: Literal["classical", "revised"] = "classical"
) -> Coupling:
    """Coupling coordination of K systems.

    `scores` (rows, K ≥ 2) in [0, 1]; `weights` α of the systems, equal by default, scaled to one. Classical:
    C = K·(ΠU)^(1/K)/ΣU. Revised: C = √{[1 − Σ_{i>j}|U_i − U_j|/(K(K−1)/2)]·(ΠU/max U)^(1/(K−1))}, the product over
    U/max U. T = Σα·U, D = √(C·T). A system at 0 gives C = D = 0; all at 0 give C = NaN, D = 0. Raises MethodError on
    scores outside [0, 1].
    Source: classical and revised forms as restated by Wang Shujia et al., Journal of Natural Resources 36(3) (2021)
    793-810.

    >>> found = coupling_coordination([[0.3, 0.6]])
    >>> found.coupling.round(6).tolist(), found.coordination.round(6).tolist()
    ([0.942809], [0.651356])
    >>> coupling_coordination([[0.3, 0.6]], form="revised").coupling.round(6).tolist()
    [0.591608]
    """
    u = np.asarray(scores, dtype=np.float64)
    if u.ndim != 2 or u.shape[1] < 2:
        raise MethodError("coupling needs the scores of at least two systems", zh="耦合协调至少需要两个系统")
    if not np.all((u >= 0) & (u <= 1)):
        raise MethodError(
            "scores lie between 0 and 1, without gaps",
            mend="standardise the indicators first",
            zh="系统得分应在 0 与 1 之间且无缺失",
            mend_zh="请先对指标做标准化",
        )
    k = u.shape[1]
    alpha = np.full(k, 1 / k) if weights is None else non_negative("weights", weights)
    if len(alpha) != k or not alpha.sum() > 0:
        raise MethodError(f"{len(alpha)} weights for {k} systems, or all zero", zh="系统权重个数不符或全为零")
    coupling = _classical(u) if form == "classical" else _revised(u)
    development = u @ (alpha / alpha.sum())
    return Coupling(coupling, development, np.sqrt(np.nan_to_num(coupling) * development))


def coordination_grade(
    coordination: ArrayLike, *, closed: Literal["left", "right"] = "left", cuts: ArrayLike | None = None
) -> Ints:
    """Grade of each D, from 0: with the default cuts 0.1, …, 0.9 an index of `GRADES`; −1 where D is NaN.

    `closed` says to which grade a cut itself belongs: left [0.5, 0.6) or right (0.5, 0.6]. Papers use both.

    >>> coordination_grade([0.05, 0.5, 1.0]).tolist(), coordination_grade([0.5], closed="right").tolist()
    ([0, 5, 9], [4])
    """
    d = np.asarray(coordination, dtype=np.float64)
    bounds = np.arange(1, 10) / 10 if cuts is None else np.asarray(cuts, dtype=np.float64)
    # 0.1 + 0.2 is not 0.3 in binary: a value within rounding of a cut is the cut.
    near = np.abs(d[..., None] - bounds) < 1e-12
    d = np.where(near.any(axis=-1), (near * bounds).sum(axis=-1), d)
    grade = np.searchsorted(bounds, d, side="right" if closed == "left" else "left")
    return np.where(np.isnan(d), -1, grade)


def relative_development(first: ArrayLike, second: ArrayLike, *, lags: float = 0.8, leads: float = 1.2) -> Development:
    """Ratio first/second and who lags: below `lags` the first, above `leads` the second, in between they go together.

    A second of 0 with a first above 0 gives ∞ (the second lags); both 0 are not defined: NaN and 9.

    >>> relative_development([0.2, 0.5, 0.9, 0.0], [0.4, 0.5, 0.3, 0.0]).lag.tolist()
    [-1, 0, 1, 9]
    """
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = a / b
    lag = np.where(ratio < lags, -1, np.where(ratio > leads, 1, 0))
    return Development(ratio, np.where(np.isnan(ratio), 9, lag))


def stage(coupling: ArrayLike) -> Ints:
    """Stage of each C, an index of `STAGES` (a bound belongs to the lower stage); −1 where C is NaN."""
    c = np.asarray(coupling, dtype=np.float64)
    return np.where(np.isnan(c), -1, np.searchsorted([s[0] for s in STAGES[:-1]], c, side="left"))


def _classical(u: Floats) -> Floats:
    k, total = u.shape[1], u.sum(axis=1)
    mean = np.prod(u, axis=1) ** (1 / k)
    return np.minimum(np.divide(k * mean, total, out=np.full(len(u), np.nan), where=total > 0), 1.0)


def _revised(u: Floats) -> Floats:
    k, top = u.shape[1], u.max(axis=1)
    gaps = sum(np.abs(u[:, i] - u[:, j]) for i in range(k) for j in range(i))
    relative = np.divide(u, top[:, None], out=np.full_like(u, np.nan), where=top[:, None] > 0)
    even = 1 - gaps / (k * (k - 1) / 2)
    return np.sqrt(np.maximum(even, 0.0) * np.prod(relative, axis=1) ** (1 / (k - 1)))
