"""The Malmquist index: productivity from one year to the next, as catching up times the frontier's own movement."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from yibao.equity.checks import Floats, codes_of, refusal
from yibao.equity.efficiency import Orientation, Returns, distance, production


class Malmquist(NamedTuple):
    """Indices from each year to the next: arrays of shape (years − 1, units); above 1 is progress.

    productivity = efficiency_change × technical_change, efficiency_change = pure_change × scale_change. Rows are
    named by `periods`, columns by `units`.
    """

    units: tuple[str, ...]
    periods: tuple[tuple[str, str], ...]
    productivity: Floats
    efficiency_change: Floats
    technical_change: Floats
    pure_change: Floats
    scale_change: Floats
    reference: str


def malmquist(
    units: Sequence[object] | ArrayLike,
    years: Sequence[object] | ArrayLike,
    inputs: ArrayLike,
    outputs: ArrayLike,
    *,
    orientation: Orientation = "output",
    reference: Literal["adjacent", "global", "fixed"] = "adjacent",
    epsilon: float | None = None,
) -> Malmquist:
    """Malmquist indices of a balanced panel in long form: one row a unit and year, columns as in `dea`.

    "adjacent": the geometric mean over the frontiers of both years (Färe et al.), not transitive. "global": one
    frontier of all years (Pastor and Lovell), "fixed": that of the first year; both transitive. Scores under constant
    returns; the pure part under variable returns in its own year. Raises MethodError where a unit lacks a year or has
    it twice, naming the first such pairs.
    Source: R. Färe, S. Grosskopf, M. Norris and Z. Zhang (1994), American Economic Review 84:66; J. T. Pastor and
    C. A. K. Lovell (2005), Economics Letters 88:266.

    >>> found = malmquist(["a", "b", "a", "b"], [1, 1, 2, 2], [[1], [2], [1], [2]], [[1], [1], [2], [3]])
    >>> found.productivity.round(6).tolist(), found.technical_change.round(6).tolist()
    ([[2.0, 3.0]], [[2.0, 2.0]])
    """
    x, y, _ = production(inputs, outputs, epsilon)
    names, periods, order = balanced(units, years, len(x))
    x, y = (x / x.mean(axis=0))[order], (y / y.mean(axis=0))[order]  # (years, units, columns)
    own, pure = _own(x, y, "ccr", orientation), _own(x, y, "bcc", orientation)
    change, pure_change = own[1:] / own[:-1], pure[1:] / pure[:-1]
    if reference == "adjacent":
        ahead = np.array([_against(x[t + 1], y[t + 1], x[t], y[t], orientation) for t in range(len(x) - 1)])
        back = np.array([_against(x[t], y[t], x[t + 1], y[t + 1], orientation) for t in range(len(x) - 1)])
        index = np.sqrt(ahead / own[:-1] * own[1:] / back)
    elif reference in ("global", "fixed"):
        all_x, all_y = (x[0], y[0]) if reference == "fixed" else (x.reshape(-1, x.shape[2]), y.reshape(-1, y.shape[2]))
        level = np.array([_against(x[t], y[t], all_x, all_y, orientation) for t in range(len(x))])
        index = level[1:] / level[:-1]
    else:
        raise refusal(
            "reference",
            f"is {reference!r}; adjacent, global or fixed",
            f"为 {reference!r}，应为 adjacent、global 或 fixed",
        )
    steps = tuple(pairwise(periods))
    return Malmquist(tuple(names), steps, index, change, index / change, pure_change, change / pure_change, reference)


def balanced(
    units: Sequence[object] | ArrayLike, years: Sequence[object] | ArrayLike, length: int
) -> tuple[list[str], list[str], np.ndarray]:
    """Names of units and years, and the row of each (year, unit). Raises MethodError where unbalanced."""
    names, unit = codes_of("units", units, length)
    periods, year = codes_of("years", years, length)
    if len(periods) < 2:
        raise refusal("years", "hold one year; an index needs two", "只有一个年份，至少需要两个")
    count = np.zeros((len(periods), len(names)), dtype=np.int64)
    np.add.at(count, (year, unit), 1)
    wrong = [f"{names[u]} {periods[t]} ({count[t, u]}×)" for t, u in np.argwhere(count != 1)[:5].tolist()]
    if wrong:
        total = int((count != 1).sum())
        raise refusal(
            "units",
            f"the panel is not balanced: {total} unit-years do not stand exactly once: {', '.join(wrong)}",
            f"面板不平衡：{total} 个单元-年份不是恰好一行：{', '.join(wrong)}",
            "leave out years or units, or fill in explicitly",
            "请剔除年份或单元，或显式插补",
        )
    order = np.empty_like(count)
    order[year, unit] = np.arange(length)
    return names, periods, order


def _own(x: Floats, y: Floats, returns: Returns, orientation: Orientation) -> Floats:
    return np.array([_against(a, b, a, b, orientation, returns) for a, b in zip(x, y, strict=True)])


def _against(
    x: Floats, y: Floats, reference_x: Floats, reference_y: Floats, orientation: Orientation, returns: Returns = "ccr"
) -> Floats:
    """Efficiency (θ, or 1/φ) of each unit against a reference set."""
    score = np.array(
        [distance(a, b, reference_x, reference_y, returns, orientation) for a, b in zip(x, y, strict=True)]
    )
    return score if orientation == "input" else 1 / score
