"""Who is whose neighbour: spatial weights by shared borders, by distance, or by nearness, always without itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from yibao.equity.access import great_circle
from yibao.equity.checks import Floats
from yibao.equity.errors import LibraryMissing, MethodError


@dataclass(frozen=True)
class SpatialWeights:
    """Weights of neighbours, (n, n), zero diagonal.

    `ids` of regions in the order of rows; `kind` in words zh and en; `row_standardised` when each row sums to one;
    `linked` lists the links that were added by hand for regions without a border, `islands` what is left without any.
    """

    ids: tuple[str, ...]
    matrix: Floats
    kind: tuple[str, str]
    row_standardised: bool
    linked: tuple[tuple[str, str], ...] = ()

    @property
    def islands(self) -> tuple[str, ...]:
        return tuple(i for i, total in zip(self.ids, self.matrix.sum(axis=1), strict=True) if total == 0)

    def standardised(self) -> SpatialWeights:
        """Rows that sum to one; an island's row stays zero."""
        total = self.matrix.sum(axis=1, keepdims=True)
        rows = np.divide(self.matrix, total, out=np.zeros_like(self.matrix), where=total > 0)
        return SpatialWeights(self.ids, rows, self.kind, True, self.linked)

    def among(self, ids: Sequence[str]) -> SpatialWeights:
        """The weights of these regions only, in this order; raises MethodError on one that is not there."""
        place = {name: i for i, name in enumerate(self.ids)}
        lacking = [name for name in ids if name not in place]
        if lacking:
            raise MethodError(
                f"no neighbours are given for {', '.join(lacking[:5])}",
                mend="add them to the file of neighbours",
                zh=f"未给出 {'、'.join(lacking[:5])} 的邻接关系",
                mend_zh="请在邻接文件中补上",
            )
        rows = [place[name] for name in ids]
        return SpatialWeights(tuple(ids), self.matrix[np.ix_(rows, rows)], self.kind, False, self.linked)

    def to_libpysal(self) -> Any:
        """The same as a `libpysal.weights.W`, for libraries; needs the extra `evaluate`."""
        try:
            from libpysal.weights import W
        except ImportError as error:
            raise LibraryMissing("libpysal") from error
        rows = {i: np.flatnonzero(row) for i, row in enumerate(self.matrix)}
        return W(
            {i: found.tolist() for i, found in rows.items()},
            {i: self.matrix[i, found].tolist() for i, found in rows.items()},
            id_order=list(rows),
            silence_warnings=True,
        )


def contiguity(
    ids: Sequence[str], pairs: Iterable[tuple[str, str]], links: Mapping[str, Sequence[str]] | None = None
) -> SpatialWeights:
    """0/1 weights of shared borders. Each pair counts in both directions.

    `links` adds neighbours by hand for regions without any, such as Hainan to Guangdong; they are recorded. Pairs that
    name a region outside `ids` are left out. Raises MethodError on a link to an unknown region, or of one to itself.

    >>> found = contiguity(["a", "b", "c"], [("a", "b")], {"c": ["b"]})
    >>> found.matrix.tolist(), found.linked
    ([[0.0, 1.0, 0.0], [1.0, 0.0, 1.0], [0.0, 1.0, 0.0]], (('c', 'b'),))
    """
    place = {name: i for i, name in enumerate(ids)}
    borders = np.zeros((len(place), len(place)))
    for one, other in pairs:
        if one in place and other in place and one != other:
            borders[place[one], place[other]] = borders[place[other], place[one]] = 1
    linked = tuple((one, other) for one, others in (links or {}).items() for other in others if one in place)
    for one, other in linked:
        if other not in place or other == one:
            raise MethodError(
                f"{one} is linked to {other}, which is not another region", zh=f"{one} 不能与 {other} 相连"
            )
        borders[place[one], place[other]] = borders[place[other], place[one]] = 1
    return SpatialWeights(tuple(ids), borders, ("邻接", "shared borders"), False, linked)


def distance_weights(
    ids: Sequence[str],
    longitude: ArrayLike,
    latitude: ArrayLike,
    *,
    power: float = 1.0,
    within_km: float | None = None,
) -> SpatialWeights:
    """Inverse great-circle distance to a power, optionally within a radius.

    Degrees; distances in km. Two regions at one place are refused: their weight would be infinite.
    """
    apart = distances(longitude, latitude)
    off = ~np.eye(len(apart), dtype=bool)
    if np.any(apart[off] == 0):
        raise MethodError("two regions lie at the same place", zh="有两个地区坐标相同")
    near = off if within_km is None else off & (apart <= within_km)
    weights = np.divide(1.0, apart**power, out=np.zeros_like(apart), where=near)
    reach = "" if within_km is None else f", ≤ {within_km:g} km"
    kind = (f"距离的 {power:g} 次方倒数{reach}", f"inverse distance to the power {power:g}{reach}")
    return SpatialWeights(tuple(ids), weights, kind, False)


def nearest_neighbours(ids: Sequence[str], longitude: ArrayLike, latitude: ArrayLike, k: int = 4) -> SpatialWeights:
    """0/1 weights of the `k` nearest; not symmetric. Ties are taken in the order of rows."""
    apart = distances(longitude, latitude)
    if not 0 < k < len(apart):
        raise MethodError(f"{k} neighbours among {len(apart)} regions", zh=f"{len(apart)} 个地区中取 {k} 个近邻不可行")
    np.fill_diagonal(apart, np.inf)
    weights = np.zeros_like(apart)
    np.put_along_axis(weights, np.argsort(apart, axis=1, kind="stable")[:, :k], 1.0, axis=1)
    return SpatialWeights(tuple(ids), weights, (f"最近 {k} 个", f"{k} nearest"), False)


def distances(longitude: ArrayLike, latitude: ArrayLike) -> Floats:
    """Great-circle distances in km, (n, n); degrees in."""
    return great_circle(latitude, longitude, latitude, longitude)


def lag(weights: SpatialWeights, values: ArrayLike) -> Floats:
    """Spatial lag: the weighted sum of neighbours' values, the mean when rows sum to one."""
    return weights.matrix @ np.asarray(values, dtype=np.float64)


#: Kinds of weights a study file may name.
Kind = Literal["contiguity", "distance", "nearest"]
