"""What a household can pay out of: its budget, its budget after food, its capacity to pay, what exceeds a line."""

from __future__ import annotations

from importlib.resources import files
from typing import NamedTuple

import numpy as np
import yaml
from numpy.typing import ArrayLike

from yibao.equity.checks import Bools, Floats, Note, above_zero, as_many_rows, non_negative, refusal, weights_of

#: Members count as this power of their number: two need less than twice as much (Xu 2005).
SCALE = 0.56


class Capacity(NamedTuple):
    """Capacity to pay after WHO: each household's `capacity`, the food line per equivalent, and who is poor by it.

    `poor` has consumption below its subsistence; `low_food_share`, `high_food_share` are the two percentiles between
    which the households lie whose food spending makes the line.
    """

    capacity: Floats
    subsistence: Floats
    poverty_line: float
    poor: Bools
    low_food_share: float
    high_food_share: float


class SocietalLine(NamedTuple):
    """A line that moves with the median: max(floor, fixed + share·median), in the unit of consumption per person."""

    line: float
    median: float
    rule: str


def weighted_quantile(values: ArrayLike, level: float, weights: ArrayLike | None = None) -> float:
    """The smallest value with at least `level` of the weight at or below it (no interpolation).

    >>> weighted_quantile([1, 2, 3, 4], 0.5), weighted_quantile([1, 2, 3, 4], 0.5, [1, 1, 1, 9])
    (2.0, 4.0)
    """
    x = np.asarray(values, dtype=np.float64)
    w = weights_of(weights, len(x))
    order = np.argsort(x, kind="stable")
    reached = np.cumsum(w[order])
    return float(x[order][min(int(np.searchsorted(reached, level - 1e-12)), len(x) - 1)])


def capacity_to_pay(
    consumption: ArrayLike, food: ArrayLike, size: ArrayLike, weights: ArrayLike | None = None
) -> Capacity:
    """WHO's capacity to pay: consumption less subsistence, or less food where a household spends less on food.

    Shape (n,), consumption > 0, 0 ≤ food, size ≥ 1, one currency and period; `weights` of households. Equivalents are
    size^0.56; the line is the weighted mean of food per equivalent over households whose food share lies between the
    weighted 45th and 55th percentiles; subsistence is line × equivalents. Where it exceeds food, capacity is
    consumption − food. Capacity may be zero or negative: `catastrophic_expenditure` says what it does then.
    Source: K. Xu (2005), Distribution of health payments and catastrophic expenditures: methodology, WHO DP.05.2.

    >>> capacity_to_pay([100, 200, 400], [60, 80, 100], [1, 1, 1]).capacity.tolist()
    [40.0, 120.0, 320.0]
    """
    x, f = above_zero("consumption", consumption), non_negative("food", food)
    members = above_zero("size", size)
    as_many_rows(len(x), food=f, size=members)
    w = weights_of(weights, len(x))
    equivalents = members**SCALE
    share = f / x
    low, high = weighted_quantile(share, 0.45, w), weighted_quantile(share, 0.55, w)
    middle = (share >= low) & (share <= high) & (w > 0)
    line = float(np.average((f / equivalents)[middle], weights=w[middle]))
    subsistence = line * equivalents
    capacity = np.where(subsistence <= f, x - subsistence, x - f)
    return Capacity(capacity, subsistence, line, x < subsistence, low, high)


def non_food(consumption: ArrayLike, food: ArrayLike) -> Floats:
    """Consumption less food, never below zero in itself but zero where all is spent on food.

    >>> non_food([100, 80], [60, 80]).tolist()
    [40.0, 0.0]
    """
    x, f = above_zero("consumption", consumption), non_negative("food", food)
    as_many_rows(len(x), food=f)
    more = int((f > x).sum())
    if more:
        raise refusal("food", f"exceeds consumption in {more} households", f"{more} 户食品支出大于总消费")
    return x - f


def societal_line(
    consumption: ArrayLike,
    size: ArrayLike,
    weights: ArrayLike | None = None,
    *,
    floor: float,
    fixed: float,
    share: float,
) -> SocietalLine:
    """The societal poverty line of this population: max(floor, fixed + share × median consumption per person).

    `consumption` of households and `floor`, `fixed` in one currency, price year and period. The median is over persons
    (weights × size). Take the three numbers from `poverty_line_rule`, converted into the data's currency.
    Source: D. Jolliffe and E. B. Prydz (2021), World Development 146:105573.

    >>> societal_line([10, 20, 40], [1, 1, 2], floor=5, fixed=2, share=0.5).line
    12.0
    """
    x, members = non_negative("consumption", consumption), above_zero("size", size)
    as_many_rows(len(x), size=members)
    median = weighted_quantile(x / members, 0.5, weights_of(weights, len(x)) * members)
    line = max(floor, fixed + share * median)
    return SocietalLine(line, median, f"max({floor:g}, {fixed:g} + {share:g} × {median:g})")


def poverty_line_rule(name: str = "sdg_2025_ppp2017") -> dict[str, float]:
    """`floor`, `fixed` and `share` of a line that the package knows, per person and day in the unit its file states.

    >>> poverty_line_rule()
    {'floor': 2.15, 'fixed': 1.15, 'share': 0.5}
    """
    text = files("yibao.equity.protection").joinpath("poverty_lines.yaml").read_text(encoding="utf-8")
    rules = yaml.load(text, Loader=yaml.BaseLoader)  # all scalars as text
    if name not in rules:
        known = ", ".join(rules)
        raise refusal("line", f"no line {name!r}; known: {known}", f"没有 {name!r}，可选：{known}")
    return {key: float(rules[name][key]) for key in ("floor", "fixed", "share")}


def persons(weights: ArrayLike | None, size: ArrayLike | None, length: int) -> tuple[Floats, str, Note]:
    """Weights of persons where sizes are given, else of households; which of them, as a word and as a note."""
    w = weights_of(weights, length)
    if size is None:
        return w, "households", Note("unit", "按家庭加权", "households count")
    members = above_zero("size", size)
    as_many_rows(length, size=members)
    return (
        weights_of(w * members, length),
        "individuals",
        Note("unit", "按人加权（权重×家庭人口）", "people count (weight × size)"),
    )
