"""Data envelopment analysis: how far each unit lies from the frontier of the best, by linear programmes.

Units (DMUs) are rows: `inputs` has shape (n, m), `outputs` (n, s), all above zero. Columns may have any unit: each is
scaled by its mean before the programme is solved, which changes no score.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import linprog

from yibao.equity.checks import Bools, Floats, Note, above_zero, as_many_rows, non_negative, refusal

Returns = Literal["ccr", "bcc", "nirs"]
Orientation = Literal["input", "output"]

#: Slacks and distances below this share of a column's mean are rounding of the solver.
TOLERANCE = 1e-7


class Efficiency(NamedTuple):
    """Farrell scores with what is left after the radial movement.

    `score` is θ in (0, 1] with orientation "input", φ ≥ 1 with "output"; `efficiency` is θ or 1/φ. `slack_inputs`
    (n, m) and `slack_outputs` (n, s) in the units of the data come from a second programme that makes them as large as
    possible. `weakly_efficient` marks units with score 1 and slacks. `intensity` (n, n) holds the
    weights on peers.
    """

    score: Floats
    efficiency: Floats
    slack_inputs: Floats
    slack_outputs: Floats
    weakly_efficient: Bools
    intensity: Floats
    notes: tuple[Note, ...]


class Scale(NamedTuple):
    """Technical efficiency under constant returns = pure efficiency under variable returns × scale efficiency."""

    overall: Floats
    pure: Floats
    scale: Floats
    returns: tuple[str, ...]


class SuperEfficiency(NamedTuple):
    """Scores of units measured against all others; NaN where no others can reach the unit, named in the notes."""

    score: Floats
    notes: tuple[Note, ...]


def dea(
    inputs: ArrayLike,
    outputs: ArrayLike,
    returns: Returns = "ccr",
    orientation: Orientation = "input",
    *,
    epsilon: float | None = None,
) -> Efficiency:
    """Radial efficiency of each unit: CCR (constant returns), BCC (variable), NIRS (not increasing).

    min θ: Xλ ≤ θx₀, Yλ ≥ y₀, λ ≥ 0 (Σλ = 1 for BCC, ≤ 1 for NIRS), or max φ the other way round. Zeros are refused
    unless `epsilon` says by what to replace them, which the notes repeat.
    Source: A. Charnes, W. W. Cooper and E. Rhodes (1978), EJOR 2:429; R. D. Banker, A. Charnes and W. W. Cooper (1984),
    Management Science 30:1078.

    >>> dea([[2.0], [4.0], [3.0]], [[2.0], [3.0], [1.5]]).score.round(6).tolist()
    [1.0, 0.75, 0.5]
    """
    x, y, notes = production(inputs, outputs, epsilon)
    scale_x, scale_y = x.mean(axis=0), y.mean(axis=0)
    x, y = x / scale_x, y / scale_y
    n = len(x)
    score, weights = np.empty(n), np.empty((n, n))
    slack_x, slack_y = np.empty_like(x), np.empty_like(y)
    for unit in range(n):
        score[unit] = distance(x[unit], y[unit], x, y, returns, orientation)
        weights[unit], slack_x[unit], slack_y[unit] = _largest_slacks(x, y, unit, score[unit], returns, orientation)
    weak = (np.abs(score - 1) < TOLERANCE) & ((slack_x.sum(axis=1) + slack_y.sum(axis=1)) > 10 * TOLERANCE)
    efficiency = score if orientation == "input" else 1 / score
    return Efficiency(score, efficiency, slack_x * scale_x, slack_y * scale_y, weak, weights, notes)


def scale_efficiency(
    inputs: ArrayLike, outputs: ArrayLike, orientation: Orientation = "input", *, epsilon: float | None = None
) -> Scale:
    """Scale efficiency CCR/BCC and the returns to scale at each unit.

    `returns` says "constant" where scale efficiency is 1, else "decreasing" where the score without increasing returns
    (NIRS) equals that with variable returns, else "increasing". Arguments as in `dea`.

    >>> scale_efficiency([[2.0], [4.0], [6.0]], [[1.0], [4.0], [5.0]]).returns
    ('increasing', 'constant', 'decreasing')
    """
    x, y, _ = production(inputs, outputs, epsilon)
    x, y = x / x.mean(axis=0), y / y.mean(axis=0)
    kinds: tuple[Returns, ...] = ("ccr", "bcc", "nirs")
    found = {kind: np.array([distance(x[k], y[k], x, y, kind, orientation) for k in range(len(x))]) for kind in kinds}
    if orientation == "output":
        found = {kind: 1 / score for kind, score in found.items()}
    scale = found["ccr"] / found["bcc"]
    words = np.where(np.abs(found["nirs"] - found["bcc"]) < TOLERANCE, "decreasing", "increasing")
    words = np.where(np.abs(scale - 1) < TOLERANCE, "constant", words)
    return Scale(found["ccr"], found["bcc"], scale, tuple(words.tolist()))


def super_efficiency(
    inputs: ArrayLike,
    outputs: ArrayLike,
    returns: Returns = "ccr",
    orientation: Orientation = "input",
    *,
    epsilon: float | None = None,
) -> SuperEfficiency:
    """Each unit against the frontier of the others, so that efficient units can be ranked: θ may exceed 1.

    Under variable returns the others may be unable to reach a unit: its score is NaN and a note names it.
    Source: P. Andersen and N. C. Petersen (1993), Management Science 39:1261.

    >>> super_efficiency([[2.0], [4.0], [3.0]], [[2.0], [3.0], [1.5]]).score.round(6).tolist()
    [1.333333, 0.75, 0.5]
    """
    x, y, notes = production(inputs, outputs, epsilon)
    if len(x) < 2:
        raise refusal("inputs", "one unit has no others to be measured against", "只有一个单元，无法与其他单元比较")
    x, y = x / x.mean(axis=0), y / y.mean(axis=0)
    others = ~np.eye(len(x), dtype=bool)
    score = np.array([distance(x[k], y[k], x[others[k]], y[others[k]], returns, orientation) for k in range(len(x))])
    lost = np.flatnonzero(np.isnan(score)).tolist()
    if lost:
        notes += (
            Note(
                "infeasible", f"其余单元无法达到的单元（无超效率值）：{lost}", f"no others reach units {lost}: no score"
            ),
        )
    return SuperEfficiency(score, notes)


def production(
    inputs: ArrayLike, outputs: ArrayLike, epsilon: float | None = None
) -> tuple[Floats, Floats, tuple[Note, ...]]:
    """Inputs and outputs as checked matrices, zeros replaced by `epsilon` where the user allows it, with a note."""
    if epsilon is None:
        mend, mend_zh = "leave the unit out, or give epsilon to stand for zero", "请剔除该单元，或以 epsilon 显式替代零"
        x = above_zero("inputs", inputs, dimensions=2, mend=mend, mend_zh=mend_zh)
        y = above_zero("outputs", outputs, dimensions=2, mend=mend, mend_zh=mend_zh)
        as_many_rows(len(x), outputs=y)
        return x, y, ()
    if not epsilon > 0:
        raise refusal("epsilon", f"is {epsilon}; it must be above zero", f"为 {epsilon}，应大于零")
    x, y = non_negative("inputs", inputs, dimensions=2), non_negative("outputs", outputs, dimensions=2)
    as_many_rows(len(x), outputs=y)
    zeros = int((x == 0).sum() + (y == 0).sum())
    note = Note("epsilon", f"{zeros} 个零以 {epsilon:g} 替代", f"{zeros} zeros stand as {epsilon:g}")
    return np.where(x == 0, epsilon, x), np.where(y == 0, epsilon, y), (note,) if zeros else ()


def distance(x0: Floats, y0: Floats, x: Floats, y: Floats, returns: Returns, orientation: Orientation) -> float:
    """θ (input) or φ (output) of one unit (x0, y0) against a reference set; NaN where the set cannot reach it."""
    n = len(x)
    bounds = np.zeros((x.shape[1] + y.shape[1], 1 + n))
    bounds[: x.shape[1], 1:], bounds[x.shape[1] :, 1:] = x.T, -y.T
    if orientation == "input":
        bounds[: x.shape[1], 0] = -x0
        limit, objective = np.concatenate([np.zeros(x.shape[1]), -y0]), 1.0
    else:
        bounds[x.shape[1] :, 0] = y0
        limit, objective = np.concatenate([x0, np.zeros(y.shape[1])]), -1.0
    cost = np.zeros(1 + n)
    cost[0] = objective
    solved = _solve(cost, bounds, limit, None, None, returns, n)
    return float(solved[0]) if solved is not None else float("nan")


def _largest_slacks(
    x: Floats, y: Floats, unit: int, score: float, returns: Returns, orientation: Orientation
) -> tuple[Floats, Floats, Floats]:
    """Weights on peers, and input and output slacks, once the radial movement is made."""
    n, m, s = len(x), x.shape[1], y.shape[1]
    x0 = x[unit] * (score if orientation == "input" else 1.0)
    y0 = y[unit] * (score if orientation == "output" else 1.0)
    equal = np.zeros((m + s, n + m + s))
    equal[:m, :n], equal[m:, :n] = x.T, y.T
    equal[:m, n : n + m], equal[m:, n + m :] = np.eye(m), -np.eye(s)
    cost = np.concatenate([np.zeros(n), -np.ones(m + s)])
    solved = _solve(cost, None, None, equal, np.concatenate([x0, y0]), returns, n, first=0)
    if solved is None:  # the score is rounded: a unit a hair beyond the frontier is moved inside it
        inside = np.concatenate([x0 * (1 + TOLERANCE), y0 * (1 - TOLERANCE)])
        solved = _solve(cost, None, None, equal, inside, returns, n, first=0)
    if solved is None:
        raise refusal(
            "inputs", "the second programme found no slacks; columns differ too much in scale", "第二阶段无解"
        )
    solved = np.where(solved < 10 * TOLERANCE, 0.0, solved)
    return solved[:n], solved[n : n + m], solved[n + m :]


def _solve(
    cost: Floats,
    bounds: Floats | None,
    limit: Floats | None,
    equal: Floats | None,
    target: Floats | None,
    returns: Returns,
    n: int,
    first: int = 1,
) -> Floats | None:
    """The least cost, the `n` intensities (from column `first`) adding up as returns to scale ask; None if none."""
    ones = np.zeros((1, len(cost)))
    ones[0, first : first + n] = 1.0
    if returns == "bcc":
        equal = ones if equal is None else np.vstack([equal, ones])
        target = np.ones(1) if target is None else np.append(target, 1.0)
    elif returns == "nirs":
        bounds = ones if bounds is None else np.vstack([bounds, ones])
        limit = np.ones(1) if limit is None else np.append(limit, 1.0)
    elif returns != "ccr":
        raise refusal(
            "returns", f"is {returns!r}; it must be ccr, bcc or nirs", f"为 {returns!r}，应为 ccr、bcc 或 nirs"
        )
    solved = linprog(cost, A_ub=bounds, b_ub=limit, A_eq=equal, b_eq=target, method="highs")
    return solved.x if solved.status == 0 else None
