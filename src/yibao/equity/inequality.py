"""Inequality of a resource over population or area: Lorenz curve, Gini, Theil with zones, weighted variation.

Regions are sorted by resource per head (or per area), never by amount: sorted by amount, a populous region with few
beds a head counts as rich, and the coefficient is not that of anybody's access.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from yibao.equity.checks import Floats, above_zero, as_many_rows, non_negative
from yibao.equity.errors import MethodError

#: Readings of a Gini coefficient by upper end, as health papers use them; others cut at 0.3, 0.4, 0.6.
BANDS: tuple[tuple[float, str, str], ...] = (
    (0.2, "高度平均", "highly equal"),
    (0.3, "比较平均", "fairly equal"),
    (0.4, "相对合理", "reasonable"),
    (0.6, "差距较大", "unequal"),
    (1.0, "差距悬殊", "very unequal"),
)


@dataclass(frozen=True)
class Theil:
    """Theil index and its exact parts by groups: `total` = `between` + `within`.

    `names` sorted; `group` the index inside each; `weight` of each group's index in `within` (its share of the base
    for L, of the resource for T); `between_rate` and `within_rates` are shares in the total, NaN where it is 0.
    """

    total: float
    between: float
    within: float
    names: tuple[str, ...]
    group: Floats
    weight: Floats

    @property
    def between_rate(self) -> float:
        return self.between / self.total if self.total > 0 else float("nan")

    @property
    def within_rates(self) -> Floats:
        return self.weight * self.group / self.total if self.total > 0 else np.full(len(self.names), np.nan)


def lorenz(resource: ArrayLike, base: ArrayLike | None = None) -> tuple[Floats, Floats]:
    """Points of the Lorenz curve from (0, 0) to (1, 1): cumulative shares of the base and of the resource.

    `resource` is an amount a region, not below 0; `base` its population or area, above 0, default 1 each. Regions are
    in ascending order of resource/base. Raises MethodError on negative or missing numbers and where nothing is there.

    >>> [x.tolist() for x in lorenz([1, 3], [2, 2])]
    [[0.0, 0.5, 1.0], [0.0, 0.25, 1.0]]
    """
    y, p = _shares(resource, base)
    # Equal ratios lie on one straight piece of the curve in whatever order they come.
    order = np.argsort(y / p, kind="stable")
    return np.append(0.0, np.cumsum(p[order])), np.append(0.0, np.cumsum(y[order]))


def gini(resource: ArrayLike, base: ArrayLike | None = None) -> float:
    """Gini coefficient of a resource over a base, in [0, 1): 1 − Σ(P_i − P_{i−1})(L_i + L_{i−1}).

    Arguments and errors as in :func:`lorenz`. There is no n − 1 correction.

    >>> gini([1, 3], [2, 2]), round(gini([1, 1, 4, 4]), 6)
    (0.25, 0.3)
    """
    p, y = lorenz(resource, base)
    return max(float(1 - (np.diff(p) * (y[1:] + y[:-1])).sum()), 0.0)


def equality_band(coefficient: float) -> tuple[str, str]:
    """The reading of a Gini coefficient, zh and en; a cut belongs to the upper band.

    >>> equality_band(0.31)[1], equality_band(0.2)[1]
    ('reasonable', 'fairly equal')
    """
    return next(((zh, en) for end, zh, en in BANDS if coefficient < end), BANDS[-1][1:])


def theil(
    resource: ArrayLike,
    base: ArrayLike | None = None,
    groups: Sequence[str] | None = None,
    *,
    kind: Literal["L", "T"] = "L",
    log_base: float = np.e,
) -> Theil:
    """Theil index of a resource over a base, with its parts by groups.

    L = Σ P·ln(P/Y) weighs by the base (the form of Chinese health papers), T = Σ Y·ln(Y/P) by the resource. Between:
    the same formula over groups; within: ΣP_g·L_g or ΣY_g·T_g. `log_base` 10 where a paper uses common logarithms.
    T takes 0·ln 0 = 0; L is infinite where a region has nothing, and refused. Other errors as in :func:`lorenz`.
    Source: H. Theil, Economics and information theory (1967); A. F. Shorrocks, Econometrica 48 (1980) 613-625.

    >>> found = theil([1, 3, 2, 2], [1, 1, 1, 1], ["a", "a", "b", "b"])
    >>> [round(x, 6) for x in (found.total, found.between, found.within)]
    [0.071921, 0.0, 0.071921]
    """
    y, p = _shares(resource, base)
    if kind == "L" and np.any(y == 0):
        raise MethodError(
            f"Theil's L is infinite: {int((y == 0).sum())} regions have nothing",
            mend="use kind T, which is defined at zero; adding a tiny number makes the index mean that number",
            zh=f"泰尔 L 指数无穷大：有 {int((y == 0).sum())} 个地区为零",
            mend_zh="请用 T 指数；加一个极小数会使指数取决于这个小数",
        )
    labels = np.asarray(groups if groups is not None else ["all"] * len(y)).astype(str)
    if len(labels) != len(y):
        raise MethodError(f"{len(labels)} groups for {len(y)} regions", zh="分组与地区的个数不同")
    names, member = np.unique(labels, return_inverse=True)
    gy, gp = (np.asarray(np.bincount(member, share), dtype=np.float64) for share in (y, p))
    inside = np.array(
        [_index(y[member == g] / gy[g], p[member == g] / gp[g], kind) if gy[g] > 0 else 0.0 for g in range(len(names))]
    ) / np.log(log_base)
    weight = gp if kind == "L" else gy
    between, total = _index(gy, gp, kind) / float(np.log(log_base)), _index(y, p, kind) / float(np.log(log_base))
    return Theil(total, between, float(weight @ inside), tuple(str(n) for n in names), inside, weight)


def williamson(resource: ArrayLike, base: ArrayLike) -> float:
    """Williamson's index: coefficient of variation of resource per base, weighted by the base, √ΣP(x − μ)²/μ.

    >>> round(williamson([1, 3], [2, 2]), 6)
    0.5
    """
    y, p = _shares(resource, base)
    return float(np.sqrt((p * (y / p - 1) ** 2).sum()))


def _index(y: Floats, p: Floats, kind: str) -> float:
    first, second = (p, y) if kind == "L" else (y, p)
    there = first > 0
    return float((first[there] * np.log(first[there] / second[there])).sum())


def _shares(resource: ArrayLike, base: ArrayLike | None) -> tuple[Floats, Floats]:
    """Shares of the resource and of the base."""
    y = non_negative("resource", resource)
    p = np.ones_like(y) if base is None else above_zero("base", base)
    as_many_rows(len(y), base=p)
    if not y.sum() > 0:
        raise MethodError("no region has any of the resource", zh="所有地区该资源均为零")
    return y / y.sum(), p / p.sum()
