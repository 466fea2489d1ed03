"""The slacks-based measure: an efficiency that counts every slack, also with outputs that nobody wants."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import linprog

from yibao.equity.checks import Bools, Floats, Note, above_zero, as_many_rows, refusal
from yibao.equity.efficiency import TOLERANCE, SuperEfficiency, production

SbmReturns = Literal["ccr", "bcc"]


class SlacksBased(NamedTuple):
    """ρ in (0, 1], one only without any slack; slacks in the data's units, `slack_bad` None without bad outputs."""

    score: Floats
    slack_inputs: Floats
    slack_outputs: Floats
    slack_bad: Floats | None
    efficient: Bools
    notes: tuple[Note, ...]


def sbm(
    inputs: ArrayLike,
    outputs: ArrayLike,
    returns: SbmReturns = "ccr",
    orientation: Literal["none", "input", "output"] = "none",
    *,
    bad_outputs: ArrayLike | None = None,
    epsilon: float | None = None,
) -> SlacksBased:
    """ρ = min (1 − mean(s⁻/x₀)) / (1 + mean(s⁺/y₀)), solved as one linear programme (Charnes–Cooper).

    Shapes as in `dea`; constant ("ccr") or variable ("bcc") returns. `orientation` "input" leaves out the denominator,
    "output" the numerator. `bad_outputs` (n, b) > 0 are to be made smaller: their slacks join those of the good outputs
    in the denominator, the mean being over both. Zeros are refused unless `epsilon` says by what to replace them.
    Source: K. Tone (2001), EJOR 130:498; bad outputs: K. Tone (2003), GRIPS Discussion Paper I-2003-0005.

    >>> x = [[4, 3], [6, 3], [8, 1], [8, 1], [2, 4]]
    >>> y = [[2, 3], [2, 3], [6, 2], [6, 1], [1, 4]]
    >>> sbm(x, y).score.round(3).tolist()
    [0.798, 0.568, 1.0, 0.667, 1.0]
    """
    x, y, notes = production(inputs, outputs, epsilon)
    n, m, s = len(x), x.shape[1], y.shape[1]
    b = np.empty((n, 0)) if bad_outputs is None else above_zero("bad_outputs", bad_outputs, dimensions=2)
    as_many_rows(n, bad_outputs=b)
    _known(returns, ("ccr", "bcc"), "returns")
    _known(orientation, ("none", "input", "output"), "orientation")
    scale = np.concatenate([x.mean(axis=0), y.mean(axis=0), b.mean(axis=0)])
    data = np.hstack([x, y, b]) / scale
    sign = np.concatenate([np.ones(m), -np.ones(s), np.ones(b.shape[1])])
    score, slack = np.empty(n), np.empty_like(data)
    for unit in range(n):
        score[unit], slack[unit] = _sbm_of(data, unit, m, sign, returns, orientation)
    slack = slack * scale
    efficient = score > 1 - 10 * TOLERANCE
    bad = slack[:, m + s :] if b.shape[1] else None
    return SlacksBased(score, slack[:, :m], slack[:, m : m + s], bad, efficient, notes)


def super_sbm(
    inputs: ArrayLike, outputs: ArrayLike, returns: SbmReturns = "ccr", *, epsilon: float | None = None
) -> SuperEfficiency:
    """δ ≥ 1 for units that are SBM-efficient: the least average worsening that puts them on the frontier of the others.

    It ranks efficient units only; the others get NaN here (their rank is their SBM score), and a note names them.
    Source: K. Tone (2002), EJOR 143:32.

    >>> super_sbm([[2.0], [4.0], [3.0]], [[2.0], [3.0], [1.5]]).score.round(6).tolist()
    [1.333333, nan, nan]
    """
    x, y, notes = production(inputs, outputs, epsilon)
    if len(x) < 2:
        raise refusal("inputs", "one unit has no others to be measured against", "只有一个单元，无法与其他单元比较")
    efficient = sbm(x, y, returns).efficient
    x, y = x / x.mean(axis=0), y / y.mean(axis=0)
    score = np.array([_super_of(x, y, k, returns) if efficient[k] else np.nan for k in range(len(x))])
    lost = np.flatnonzero(efficient & np.isnan(score)).tolist()
    rest = np.flatnonzero(~efficient).tolist()
    if rest:
        notes += (
            Note("not_efficient", f"非 SBM 有效、不计超效率的单元：{rest}", f"not SBM-efficient, no score: {rest}"),
        )
    if lost:
        notes += (Note("infeasible", f"无可行解的单元：{lost}", f"no feasible programme for units {lost}"),)
    return SuperEfficiency(score, notes)


def _sbm_of(data: Floats, unit: int, m: int, sign: Floats, returns: str, orientation: str) -> tuple[float, Floats]:
    """One unit. Columns: t, intensities Λ, slacks S, all multiplied by t > 0; then divided out."""
    n, k = data.shape
    own = data[unit]
    equal = np.zeros((k + 1, 1 + n + k))
    equal[:k, 0], equal[:k, 1 : 1 + n] = -own, data.T
    equal[:k, 1 + n :] = np.diag(sign)
    equal[k, 0] = 1.0
    if orientation != "input":
        equal[k, 1 + n + m :] = 1 / (own[m:] * (k - m))
    target = np.zeros(k + 1)
    target[k] = 1.0
    cost = np.zeros(1 + n + k)
    cost[0] = 1.0
    if orientation != "output":
        cost[1 + n : 1 + n + m] = -1 / (own[:m] * m)
    solved = _least(cost, None, None, equal, target, n, returns)
    if solved is None:
        raise refusal("inputs", f"no solution for unit {unit}: columns differ too much in scale", f"单元 {unit} 无解")
    slack = solved[1 + n :] / solved[0]
    return min(float(cost @ solved), 1.0), np.where(slack < 10 * TOLERANCE, 0.0, slack)


def _super_of(x: Floats, y: Floats, unit: int, returns: str) -> float:
    """One unit. Columns: t, intensities of the others, moved inputs, moved outputs, all multiplied by t."""
    n, m, s = len(x) - 1, x.shape[1], y.shape[1]
    others = np.arange(len(x)) != unit
    width = 1 + n + m + s
    bounds = np.zeros((2 * (m + s), width))
    bounds[:m, 1 : 1 + n], bounds[:m, 1 + n : 1 + n + m] = x[others].T, -np.eye(m)  # the others use no more input
    bounds[m : m + s, 1 : 1 + n], bounds[m : m + s, 1 + n + m :] = -y[others].T, np.eye(s)  # and make no less output
    bounds[m + s : 2 * m + s, 0], bounds[m + s : 2 * m + s, 1 + n : 1 + n + m] = x[unit], -np.eye(m)  # only worse
    bounds[2 * m + s :, 0], bounds[2 * m + s :, 1 + n + m :] = -y[unit], np.eye(s)
    cost, equal = np.zeros(width), np.zeros((1, width))
    cost[1 + n : 1 + n + m] = 1 / (x[unit] * m)
    equal[0, 1 + n + m :] = 1 / (y[unit] * s)
    solved = _least(cost, bounds, np.zeros(len(bounds)), equal, np.ones(1), n, returns)
    return float(cost @ solved) if solved is not None else float("nan")


def _least(
    cost: Floats,
    bounds: Floats | None,
    limit: Floats | None,
    equal: Floats,
    target: Floats,
    n: int,
    returns: str,
) -> Floats | None:
    """The least cost; with variable returns the intensities (from column 1) add up to t (column 0)."""
    if returns == "bcc":
        row = np.zeros((1, len(cost)))
        row[0, 0], row[0, 1 : 1 + n] = -1.0, 1.0
        equal, target = np.vstack([equal, row]), np.append(target, 0.0)
    solved = linprog(cost, A_ub=bounds, b_ub=limit, A_eq=equal, b_eq=target, method="highs")
    return solved.x if solved.status == 0 else None


def _known(value: str, allowed: tuple[str, ...], name: str) -> None:
    if value not in allowed:
        said = ", ".join(allowed)
        raise refusal(name, f"is {value!r}; it must be one of {said}", f"为 {value!r}，应为 {said} 之一")
