"""Spatial access: supply within reach, shared among all who can reach it (two-step floating catchment areas).

`demand` has one number a place (people), `supply` one a site (beds, doctors), `distance` one row a place and one
column a site, in the unit of `reach` (minutes, kilometres).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from yibao.equity.checks import Floats, Note, non_negative, refusal

#: Mean radius of the earth.
EARTH_KM = 6371.0088

#: Weights of the enhanced method after Luo and Qi (2009) for three zones of equal width, from near to far.
LUO_QI = (1.0, 0.68, 0.22)


class Catchment(NamedTuple):
    """Access of each place (supply per head within reach) and supply per head at each site.

    `ratio` is NaN at sites that nobody reaches, listed in `unreached`; `without` lists places that reach no site, whose
    access is 0. `conserved` is Σ demand·access, which equals the supply of the sites that are reached.
    """

    access: Floats
    ratio: Floats
    unreached: tuple[int, ...]
    without: tuple[int, ...]
    conserved: float
    method: str
    notes: tuple[Note, ...]


def two_step_catchment(demand: ArrayLike, supply: ArrayLike, distance: ArrayLike, reach: float) -> Catchment:
    """2SFCA: R = S/Σ demand within `reach` of the site, access = Σ R of sites within `reach` of the place.

    Source: W. Luo and F. Wang (2003), Environment and Planning B 30:865.

    >>> two_step_catchment([100, 300], [8.0], [[5.0], [9.0]], 10).access.tolist()
    [0.02, 0.02]
    """
    people, sites, d = _inputs(demand, supply, distance)
    return _shared(people, sites, (d <= _reach(reach)).astype(np.float64), "2SFCA")


def enhanced_catchment(
    demand: ArrayLike,
    supply: ArrayLike,
    distance: ArrayLike,
    reach: float,
    zones: Sequence[float] | None = None,
    weights: Sequence[float] = LUO_QI,
) -> Catchment:
    """E2SFCA: zones of distance weigh less the farther they lie.

    `zones` are the outer ends of the zones, ascending, the last being `reach`; a distance at an end is
    in the nearer zone. Without them the zones have equal width. One weight in (0, 1] a zone, not growing with distance.
    Source: W. Luo and Y. Qi (2009), Health & Place 15:1100.

    >>> enhanced_catchment([100, 300], [8.0], [[5.0], [25.0]], 30).access.round(6).tolist()
    [0.048193, 0.010602]
    """
    people, sites, d = _inputs(demand, supply, distance)
    ends = np.linspace(0, _reach(reach), len(weights) + 1)[1:] if zones is None else np.asarray(zones, dtype=np.float64)
    return _shared(people, sites, _steps(d, reach, ends, np.asarray(weights, dtype=np.float64)), "E2SFCA")


def gaussian_catchment(demand: ArrayLike, supply: ArrayLike, distance: ArrayLike, reach: float) -> Catchment:
    """Ga2SFCA: weight (e^(−½(d/d₀)²) − e^(−½))/(1 − e^(−½)), which falls smoothly from 1 to 0 at `reach`.

    Source: D. Dai (2010), Health & Place 16:1038.

    >>> gaussian_catchment([100, 300], [8.0], [[0.0], [0.0]], 10).access.tolist()
    [0.02, 0.02]
    """
    people, sites, d = _inputs(demand, supply, distance)
    edge = np.exp(-0.5)
    decay = (np.exp(-0.5 * (np.minimum(d, reach) / _reach(reach)) ** 2) - edge) / (1 - edge)
    return _shared(people, sites, np.where(d <= reach, decay, 0.0), "Ga2SFCA")


def three_step_catchment(
    demand: ArrayLike,
    supply: ArrayLike,
    distance: ArrayLike,
    reach: float,
    zones: Sequence[float] | None = None,
    weights: Sequence[float] = LUO_QI,
) -> Catchment:
    """3SFCA: people choose among the sites they reach: place i goes to site j with G = w(i,j)/Σ w(i,·).

    R = S/Σ G·w·demand, access = Σ G·w·R: demand is not counted in full at every site. Arguments as in
    `enhanced_catchment`.
    Source: N. Wan, B. Zou and T. Sternberg (2012), Int. J. Geographical Information Science 26:1073.

    >>> three_step_catchment([100], [8.0, 8.0], [[5.0, 5.0]], 30).access.tolist()
    [0.16]
    """
    people, sites, d = _inputs(demand, supply, distance)
    ends = np.linspace(0, _reach(reach), len(weights) + 1)[1:] if zones is None else np.asarray(zones, dtype=np.float64)
    w = _steps(d, reach, ends, np.asarray(weights, dtype=np.float64))
    total = w.sum(axis=1, keepdims=True)
    choice = np.divide(w, total, out=np.zeros_like(w), where=total > 0)
    return _shared(people, sites, w * choice, "3SFCA")


def great_circle(latitude: ArrayLike, longitude: ArrayLike, to_latitude: ArrayLike, to_longitude: ArrayLike) -> Floats:
    """Distances in kilometres between places (rows) and sites (columns), degrees in, on a sphere of 6371.0088 km.

    It is no travel time: say so in a study. Raises MethodError on latitudes beyond ±90 or longitudes beyond ±360.

    >>> great_circle([39.9], [116.4], [31.2], [121.5]).round(0).tolist()
    [[1071.0]]
    """
    sides = []
    for name, values, most in (
        ("latitude", latitude, 90),
        ("longitude", longitude, 360),
        ("to_latitude", to_latitude, 90),
        ("to_longitude", to_longitude, 360),
    ):
        degrees = np.asarray(values, dtype=np.float64)
        if degrees.ndim != 1 or not np.all(np.abs(degrees) <= most):
            raise refusal(name, f"holds values that are no degrees up to {most}", f"含超出 ±{most} 度的值")
        sides.append(np.radians(degrees))
    north, east, other_north, other_east = sides[0][:, None], sides[1][:, None], sides[2], sides[3]
    half = np.sin((north - other_north) / 2) ** 2
    half = half + np.cos(north) * np.cos(other_north) * np.sin((east - other_east) / 2) ** 2
    return 2 * EARTH_KM * np.arcsin(np.sqrt(np.minimum(half, 1.0)))


def _inputs(demand: ArrayLike, supply: ArrayLike, distance: ArrayLike) -> tuple[Floats, Floats, Floats]:
    people, sites = non_negative("demand", demand), non_negative("supply", supply)
    d = non_negative("distance", distance, dimensions=2)
    if d.shape != (len(people), len(sites)):
        raise refusal(
            "distance",
            f"has shape {d.shape}; {len(people)} places by {len(sites)} sites are needed",
            f"形状为 {d.shape}，应为 {len(people)} 个需求点 × {len(sites)} 个供给点",
        )
    return people, sites, d


def _reach(reach: float) -> float:
    if not reach > 0:
        raise refusal("reach", f"is {reach}; it must be above zero", f"为 {reach}，应大于零")
    return reach


def _steps(d: Floats, reach: float, ends: Floats, weights: Floats) -> Floats:
    if len(ends) != len(weights) or not len(ends) or ends[0] <= 0 or np.any(np.diff(ends) <= 0) or ends[-1] != reach:
        raise refusal(
            "zones", "are ends that ascend to the reach, one a weight", "应为递增至搜索半径的界限，每区一个权重"
        )
    if np.any(weights <= 0) or np.any(weights > 1) or np.any(np.diff(weights) > 0):
        raise refusal("weights", "lie in (0, 1] and do not grow with distance", "应在 (0, 1] 内且不随距离增大")
    zone = np.searchsorted(ends, d, side="left")
    return np.append(weights, 0.0)[zone]


def _shared(people: Floats, sites: Floats, weight: Floats, method: str) -> Catchment:
    demand = weight.T @ people
    ratio = np.divide(sites, demand, out=np.full_like(sites, np.nan), where=demand > 0)
    access = weight @ np.nan_to_num(ratio)
    unreached = tuple(np.flatnonzero(demand <= 0).tolist())
    without = tuple(np.flatnonzero(weight.sum(axis=1) == 0).tolist())
    notes: tuple[Note, ...] = ()
    if unreached:
        said = list(unreached)
        notes += (
            Note("unreached", f"无人可及、不计入的供给点：{said}", f"sites that nobody reaches, left out: {said}"),
        )
    if without:
        said = list(without)
        notes += (
            Note("without", f"半径内无供给点、可及性为零的需求点：{said}", f"places without a site in reach: {said}"),
        )
    return Catchment(access, ratio, unreached, without, float(people @ access), method, notes)
