"""Obstacle degree: which indicators hold an index back, and how much."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from yibao.equity.checks import Floats, matrix, non_negative
from yibao.equity.errors import MethodError


class Obstacles(NamedTuple):
    """Obstacle degrees in percent: `indicators` (rows, indicators), `systems` (rows, systems); each row sums to 100.

    A row without any obstacle (every indicator at 1, or weighted only where it is at 1) is NaN throughout.
    """

    indicators: Floats
    systems: Floats
    names: tuple[str, ...]


def obstacle_degree(standard: ArrayLike, weights: ArrayLike, systems: Sequence[str] | None = None) -> Obstacles:
    """Share of each indicator in what is lacking to the ideal: O = 100·F·(1 − z)/ΣF·(1 − z).

    `standard` (rows, indicators) in [0, 1]; `weights` F are global weights (system weight × weight within the system);
    `systems` names each indicator's system. Raises MethodError on values outside [0, 1].

    >>> obstacle_degree([[0.75, 0.25]], [0.5, 0.5]).indicators.tolist()
    [[25.0, 75.0]]
    """
    z, f = matrix(standard, "standardised values"), non_negative("weights", weights)
    if np.any((z < -1e-12) | (z > 1 + 1e-12)):
        raise MethodError("standardised values lie between 0 and 1", zh="标准化值应在 0 与 1 之间")
    if len(f) != z.shape[1]:
        raise MethodError(f"{len(f)} weights for {z.shape[1]} indicators", zh="权重与指标的个数不同")
    lack = f * np.clip(1 - z, 0, 1)
    total = lack.sum(axis=1, keepdims=True)
    degree = np.divide(100 * lack, total, out=np.full_like(lack, np.nan), where=total > 0)
    names = list(systems) if systems is not None else ["all"] * z.shape[1]
    order = tuple(dict.fromkeys(names))
    member = np.array([[name == system for name in names] for system in order], dtype=np.float64)
    return Obstacles(degree, degree @ member.T, order)


def frequent_obstacles(degree: ArrayLike, top: int = 5) -> tuple[Floats, Floats]:
    """How often each indicator is among the `top` obstacles (share of rows), and its mean degree in percent.

    Rows without obstacles are left out; with no row left both are NaN. Ties are taken in the order of indicators.
    """
    o = np.asarray(degree, dtype=np.float64)
    o = o[~np.isnan(o).any(axis=1)]
    if not len(o):
        return np.full(o.shape[1], np.nan), np.full(o.shape[1], np.nan)
    order = np.argsort(-o, axis=1, kind="stable")[:, : min(top, o.shape[1])]
    among = np.zeros_like(o)
    np.put_along_axis(among, order, 1.0, axis=1)
    return among.mean(axis=0), o.mean(axis=0)
