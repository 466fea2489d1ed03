"""Kernel density: the shape of a distribution over regions, its peaks, and how it moves from year to year."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from yibao.equity.checks import Floats, vector
from yibao.equity.errors import MethodError


@dataclass(frozen=True)
class KernelDensity:
    """Density on a grid; `peaks` are (location, height, width at half height), highest first."""

    grid: Floats
    density: Floats
    bandwidth: float
    rule: str
    peaks: tuple[tuple[float, float, float], ...]


def kernel_density(
    values: ArrayLike,
    grid: ArrayLike | None = None,
    *,
    bandwidth: Literal["silverman", "normal_reference"] | float = "silverman",
    kernel: Literal["gaussian", "epanechnikov"] = "gaussian",
    reflect_at: float | None = None,
) -> KernelDensity:
    """Density of values by kernel smoothing.

    `values` at least two, not all the same. `bandwidth`: silverman 0.9·min(sd, IQR/1.34)·n^(−1/5) (R's nrd0; Stata's
    kdensity with the Epanechnikov kernel), normal_reference 1.06·sd·n^(−1/5), or a number above 0; the rule is part of
    the result, for they differ. `grid` defaults to 200 points three bandwidths beyond the values. `reflect_at` folds
    what lies below a natural lower bound, such as 0, back above it. Raises MethodError on constant or missing values.
    Source: B. W. Silverman, Density estimation (1986), 3.4.2.

    >>> found = kernel_density([0.3, 0.35, 0.45, 0.48, 0.63, 0.75], [0.5])
    >>> round(found.bandwidth, 6), round(float(found.density[0]), 6)
    (0.102086, 1.855485)
    """
    x = vector(values, "values")
    h, rule = _bandwidth(x, bandwidth)
    low = x.min() - 3 * h if reflect_at is None else max(reflect_at, float(x.min() - 3 * h))
    points = np.linspace(low, x.max() + 3 * h, 200) if grid is None else vector(grid, "grid")
    density = _smooth(points, x, h, kernel)
    if reflect_at is not None:
        folded = density + _smooth(2 * reflect_at - points, x, h, kernel)
        density = np.where(points >= reflect_at, folded, 0.0)
    return KernelDensity(points, density, h, rule, _peaks(points, density))


def _bandwidth(x: Floats, wanted: str | float) -> tuple[float, str]:
    if isinstance(wanted, (int, float)):
        if not wanted > 0:
            raise MethodError("a bandwidth is above zero", zh="带宽应大于零")
        return float(wanted), f"h = {wanted:g}"
    if len(x) < 2 or np.ptp(x) == 0:
        raise MethodError(
            "all values are the same, so there is no bandwidth",
            mend="name a bandwidth as a number",
            zh="所有值相同，带宽无定义",
            mend_zh="请给出带宽的数值",
        )
    sd, n = float(x.std(ddof=1)), len(x)
    if wanted == "normal_reference":
        return 1.06 * sd * n**-0.2, "1.06·sd·n^(−1/5)"
    spread = float(np.subtract(*np.percentile(x, [75, 25]))) / 1.34
    # Where half of the values are the same, the quartiles say nothing of the spread.
    return 0.9 * (min(sd, spread) or sd) * n**-0.2, "0.9·min(sd, IQR/1.34)·n^(−1/5)"


def _smooth(points: Floats, x: Floats, h: float, kernel: str) -> Floats:
    u = (points[:, None] - x) / h
    if kernel == "gaussian":
        mass = np.exp(-0.5 * u**2) / np.sqrt(2 * np.pi)
    else:
        # Stata's form: variance one, so that one bandwidth means the same for both kernels.
        mass = np.where(np.abs(u) < np.sqrt(5), 0.75 * (1 - u**2 / 5) / np.sqrt(5), 0.0)
    return mass.mean(axis=1) / h


def _peaks(grid: Floats, density: Floats) -> tuple[tuple[float, float, float], ...]:
    """Local maxima above a fiftieth of the highest; their width is that of the stretch above half their height."""
    if len(grid) < 3:
        return ()
    inner = np.flatnonzero((density[1:-1] > density[:-2]) & (density[1:-1] >= density[2:])) + 1
    found = []
    for i in inner[density[inner] > 0.02 * density.max()]:
        above = density >= density[i] / 2
        left, right = i, i
        while left > 0 and above[left - 1]:
            left -= 1
        while right < len(grid) - 1 and above[right + 1]:
            right += 1
        found.append((float(grid[i]), float(density[i]), float(grid[right] - grid[left])))
    return tuple(sorted(found, key=lambda peak: -peak[1]))
