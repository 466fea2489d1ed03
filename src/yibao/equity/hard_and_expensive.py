"""看病难、看病贵: how hard care is to get and how much it burdens, in one plane, by region and by group of people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from yibao.equity.checks import Floats, Note, above_zero, as_many_rows, refusal, vector, weights_of
from yibao.equity.protection.capacity import weighted_quantile
from yibao.measures import entropy_of

#: Quarters of the plane, by (difficult, expensive).
QUARTERS: dict[tuple[bool, bool], tuple[str, str]] = {
    (True, False): ("difficult and not expensive", "难而不贵"),
    (True, True): ("difficult and expensive", "又难又贵"),
    (False, False): ("neither difficult nor expensive", "不难不贵"),
    (False, True): ("expensive but not difficult", "贵而不难"),
}


class Dimension(NamedTuple):
    """One indicator of a side: its values, one a row, and how to read them.

    `worse` says whether more or less is worse (catchment access: "less"; minutes of waiting: "more"). `bounds` are the
    values that count as best and worst possible in their order of size (policy targets); without them the extremes of
    the rows. A `proxy` stands for something that was not measured, and the notes say so.
    """

    name: str
    values: ArrayLike
    worse: Literal["more", "less"] = "more"
    bounds: tuple[float, float] | None = None
    proxy: bool = False


class Place(NamedTuple):
    """One region (and group) in the plane.

    `difficulty` and `burden` in [0, 1]. `hardship` √(difficulty·burden) is zero only where one side is best of all;
    `lean` burden − difficulty in [−1, 1] runs from difficult and not expensive to expensive but not difficult.
    """

    region: str
    group: str
    difficulty: float
    burden: float
    hardship: float
    lean: float
    quarter: str
    quarter_zh: str


class Plane(NamedTuple):
    """All places, where the plane is cut, each side's weights, and how far groups lie apart inside a region.

    `gaps` by region: the largest less the smallest difficulty and burden over its groups; empty without groups.
    """

    places: tuple[Place, ...]
    cut: tuple[float, float]
    difficulty_weights: dict[str, float]
    burden_weights: dict[str, float]
    gaps: dict[str, tuple[float, float]]
    notes: tuple[Note, ...]


def access_and_burden(
    regions: Sequence[object],
    difficulty: Sequence[Dimension],
    burden: Sequence[Dimension],
    *,
    groups: Sequence[object] | None = None,
    population: ArrayLike | None = None,
    weights: Literal["equal", "entropy"] = "equal",
    cut: Literal["median", "mean"] | tuple[float, float] = "median",
) -> Plane:
    """Place regions, or groups of people in regions, between hard to get and expensive.

    One row a region, or a region and group. `difficulty` holds indicators of access (distance or catchment access,
    waiting or spare capacity), `burden` of cost to people (out-of-pocket share, catastrophic share); each side is the
    weighted mean of its indicators standardised to [0, 1], 1 being worst. The plane is cut at the median or mean of
    each side, weighted by `population`, or at the numbers given; a place at the cut is not difficult, not expensive.
    With the median or mean a region is hard or expensive *among these*, which the notes say; with bounds and a fixed
    cut it is so against the target, and years can be compared. Constant indicators are set to 0 and noted.

    >>> plane = access_and_burden(["a", "b", "c"], [Dimension("access", [9, 5, 1], "less")],
    ...                           [Dimension("share paid", [0.6, 0.3, 0.2])])
    >>> [place.quarter for place in plane.places]
    ['expensive but not difficult', 'neither difficult nor expensive', 'difficult and not expensive']
    """
    names = [str(region) for region in regions]
    if not names or not difficulty or not burden:
        raise refusal("regions", "need rows, and at least one indicator of each side", "需有数据行，且每侧至少一个指标")
    people = ["" if groups is None else str(group) for group in (groups if groups is not None else names)]
    if len(people) != len(names) or len(set(zip(names, people, strict=True))) != len(names):
        raise refusal("groups", "each region and group stands once", "每个地区与人群组合应恰好一行")
    counted = weights_of(None if population is None else above_zero("population", population), len(names), "population")
    notes: list[Note] = []
    hard, hard_weights = _side(difficulty, len(names), weights, notes)
    dear, dear_weights = _side(burden, len(names), weights, notes)
    at = _cut(hard, dear, counted, cut, notes)
    places = tuple(
        Place(region, group, h, b, float(np.sqrt(h * b)), b - h, *QUARTERS[h > at[0] + 1e-12, b > at[1] + 1e-12])
        for region, group, h, b in zip(names, people, hard.tolist(), dear.tolist(), strict=True)
    )
    return Plane(places, at, hard_weights, dear_weights, _gaps(places) if groups is not None else {}, tuple(notes))


def _side(
    dimensions: Sequence[Dimension], length: int, rule: str, notes: list[Note]
) -> tuple[Floats, dict[str, float]]:
    """The weighted mean of one side's indicators, 1 being worst, and their weights."""
    if len({one.name for one in dimensions}) != len(dimensions):
        raise refusal("dimensions", "have the same name twice", "指标名称重复")
    columns = np.column_stack([_worst_is_one(one, length, notes) for one in dimensions])
    if rule not in ("equal", "entropy"):
        raise refusal("weights", f"is {rule!r}; equal or entropy", f"为 {rule!r}，应为 equal 或 entropy")
    flat = np.ptp(columns, axis=0) == 0
    if rule == "entropy" and length > 1:
        shares = entropy_of(columns).weights
    else:
        bounded = np.array([one.bounds is not None for one in dimensions])
        counted = (~flat | bounded).astype(np.float64)  # a target met by all alike still says how far it is missed
        shares = weights_of(counted, len(counted)) if counted.any() else np.full(len(flat), 1 / len(flat))
    return columns @ shares, {one.name: float(share) for one, share in zip(dimensions, shares, strict=True)}


def _worst_is_one(one: Dimension, length: int, notes: list[Note]) -> Floats:
    x = vector(one.values, one.name)
    as_many_rows(length, **{one.name: x})
    low, high = (float(x.min()), float(x.max())) if one.bounds is None else one.bounds
    if one.worse not in ("more", "less") or (one.bounds is not None and not low < high):
        raise refusal(one.name, "says worse as more or less, and bounds ascend", "方向应为 more 或 less，界限应递增")
    if one.proxy:
        notes.append(Note("proxy", f"{one.name}：代理指标", f"{one.name}: proxy"))
    if low == high:
        notes.append(
            Note("constant", f"{one.name} 无差异，不计", f"{one.name} is the same everywhere and adds nothing")
        )
        return np.zeros(length)
    outside = int(((x < low) | (x > high)).sum())
    if outside:
        notes.append(
            Note("clipped", f"{one.name}：{outside} 个值超界，按界取值", f"{one.name}: {outside} values set to a bound")
        )
    z = (np.clip(x, low, high) - low) / (high - low)
    return z if one.worse == "more" else 1 - z


def _cut(
    hard: Floats, dear: Floats, w: Floats, cut: Literal["median", "mean"] | tuple[float, float], notes: list[Note]
) -> tuple[float, float]:
    if cut == "median":
        found = weighted_quantile(hard, 0.5, w), weighted_quantile(dear, 0.5, w)
    elif cut == "mean":
        found = float(w @ hard), float(w @ dear)
    elif isinstance(cut, tuple) and len(cut) == 2 and all(0 <= one <= 1 for one in cut):
        return cut
    else:
        raise refusal("cut", "is median, mean, or two numbers in [0, 1]", "应为 median、mean 或 [0, 1] 内的两个数")
    zh = f"以各地区{'中位数' if cut == 'median' else '均值'}为界：难与贵是相对的"
    notes.append(Note("relative", zh, f"cut at the {cut} of these places: difficult and expensive among them"))
    return found


def _gaps(places: Sequence[Place]) -> dict[str, tuple[float, float]]:
    by_region: dict[str, list[Place]] = {}
    for place in places:
        by_region.setdefault(place.region, []).append(place)
    return {
        region: (
            max(one.difficulty for one in own) - min(one.difficulty for one in own),
            max(one.burden for one in own) - min(one.burden for one in own),
        )
        for region, own in by_region.items()
    }
