"""Composite indices: indicators of one or several systems, weighed and added up, with every decision kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from yibao.equity.checks import Floats, non_negative
from yibao.equity.errors import MethodError
from yibao.equity.scaling import Direction, standardise
from yibao.measures import critic_weights, entropy_of

WeightMethod = Literal["entropy", "critic", "equal"]


@dataclass(frozen=True)
class CompositeIndex:
    """What a composite index is made of.

    `standard` (rows, indicators) in [0, 1]; `weights` one an indicator, summing to one over all (the global weights);
    `local` the same within each system; `entropy` of each indicator (NaN for other methods); `scores` (rows, systems)
    in [0, 1]; `total` (rows); `system_weights`; `systems` in order of first appearance; `constant` indicators without
    information; `clipped` values outside outer bounds; `shift` and `floor` as used.
    """

    standard: Floats
    weights: Floats
    local: Floats
    entropy: Floats
    systems: tuple[str, ...]
    system_weights: Floats
    scores: Floats
    total: Floats
    constant: tuple[int, ...]
    clipped: int
    shift: float
    floor: float


def composite_index(
    values: ArrayLike,
    directions: Sequence[Direction] | None = None,
    *,
    systems: Sequence[str] | None = None,
    weights: WeightMethod | ArrayLike = "entropy",
    separate: bool = False,
    shift: float = 0.0,
    floor: float = 0.0,
    within: ArrayLike | None = None,
    low: ArrayLike | None = None,
    high: ArrayLike | None = None,
) -> CompositeIndex:
    """Standardise, weigh and add up.

    `values` (rows, indicators) raw, rows are region-years (pooled) or regions. `systems` names each indicator's system.
    `weights` is a method or given weights (one an indicator, scaled to one). Weights are taken once over all
    indicators, and a system's weight is the sum of its indicators'; with `separate` they are taken within each system,
    each summing to one, and systems weigh the same. Weights are taken on z + `shift`, scores on z itself (not shifted).
    A constant indicator has weight 0; where all are constant all weigh the same. Raises MethodError on missing values,
    fewer than two rows, weights that are negative or all zero.
    Source: Shannon (1948); CRITIC: Diakoulaki, Mavrotas and Papayannakis (1995).

    >>> found = composite_index([[1, 9], [2, 7], [4, 5], [8, 6]], ["positive", "negative"])
    >>> found.total.round(3).tolist()
    [0.0, 0.279, 0.647, 0.904]
    """
    z = standardise(values, directions, within=within, low=low, high=high, floor=floor)
    if len(z.values) < 2:
        raise MethodError("an index needs at least two rows", zh="综合指数至少需要两行")
    names = list(systems) if systems is not None else ["all"] * z.values.shape[1]
    if len(names) != z.values.shape[1]:
        raise MethodError(f"{len(names)} systems for {z.values.shape[1]} indicators", zh="系统与指标的个数不同")
    order = tuple(dict.fromkeys(names))
    member = np.array([[name == system for name in names] for system in order])
    local, entropy, given = _local(z.values, member, weights, separate, shift)
    system_weights = np.full(len(order), 1 / len(order)) if separate else member @ given
    scores = z.values @ local.T
    overall = (system_weights @ local).ravel()
    return CompositeIndex(
        z.values,
        overall,
        local.sum(axis=0),
        entropy,
        order,
        system_weights,
        scores,
        scores @ system_weights,
        tuple(np.flatnonzero(z.constant).tolist()),
        z.clipped,
        shift,
        floor,
    )


def game_weights(sets: Sequence[ArrayLike], negative: Literal["keep", "clip"] = "keep") -> tuple[Floats, bool]:
    """Several sets of weights combined so that the result deviates least from all of them (game theory).

    Solves [w_p·w_q] a = [w_p·w_p] and scales a to sum one. A share a may come out below zero: it is kept as long as no
    weight of the result is negative, or set to zero with `negative` "clip" (and always where a weight would be
    negative); the second value says that a share was below zero. Raises MethodError on sets of different length.

    >>> game_weights([[0.5, 0.3, 0.2], [0.2, 0.3, 0.5]])[0].round(3).tolist()
    [0.35, 0.3, 0.35]
    """
    given = [non_negative("weights", one) for one in sets]
    if len({len(one) for one in given}) != 1:
        raise MethodError("sets of weights have different lengths", zh="各组权重的个数不同")
    w = np.array(given)
    if np.allclose(w, w[0]):
        return w[0], False
    shares = np.linalg.lstsq(w @ w.T, (w * w).sum(axis=1), rcond=None)[0]
    below = bool(np.any(shares < 0))
    if below and (negative == "clip" or np.any(shares @ w < 0)):
        shares = np.maximum(shares, 0)
    return shares / shares.sum() @ w, below


def _local(
    z: Floats, member: np.ndarray, weights: WeightMethod | ArrayLike, separate: bool, shift: float
) -> tuple[Floats, Floats, Floats]:
    """Weights within each system (systems, indicators), entropies, and the weights over all."""
    entropy = np.full(z.shape[1], np.nan)
    if separate:
        local = np.zeros(member.shape)
        for row, mine in enumerate(member):
            local[row, mine], entropy[mine] = _weigh(z[:, mine], _part(weights, mine), shift)
        return local, entropy, local.sum(axis=0) / len(member)
    given, entropy = _weigh(z, weights, shift)
    total = member @ given
    equal = member / member.sum(axis=1, keepdims=True)
    local = np.where(total[:, None] > 0, member * given / np.where(total > 0, total, 1)[:, None], equal)
    return local, entropy, given


def _part(weights: WeightMethod | ArrayLike, mine: np.ndarray) -> WeightMethod | ArrayLike:
    return weights if isinstance(weights, str) else np.asarray(weights)[mine]


def _weigh(z: Floats, weights: WeightMethod | ArrayLike, shift: float) -> tuple[Floats, Floats]:
    none = np.full(z.shape[1], np.nan)
    if isinstance(weights, str):
        if weights == "entropy":
            found = entropy_of(z, shift)
            return found.weights, found.entropy
        if weights == "critic":
            return critic_weights(z), none
        if weights == "equal":
            return np.full(z.shape[1], 1 / z.shape[1]), none
        raise MethodError(
            f"no way of weighing is called {weights!r}",
            mend="entropy, critic, equal, or numbers",
            zh=f"没有名为 {weights} 的赋权方法",
            mend_zh="可用 entropy、critic、equal 或给出权重",
        )
    given = non_negative("weights", weights)
    if len(given) != z.shape[1]:
        raise MethodError(f"{len(given)} weights for {z.shape[1]} indicators", zh="权重与指标的个数不同")
    if not given.sum() > 0:
        raise MethodError(
            "all weights are zero",
            mend="give at least one indicator a weight",
            zh="权重全为零",
            mend_zh="至少一个指标应有权重",
        )
    return given / given.sum(), none
