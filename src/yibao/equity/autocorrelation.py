"""Spatial autocorrelation: whether like lies beside like, over all regions and around each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from yibao.equity.checks import Floats, Ints, vector
from yibao.equity.errors import LibraryMissing, MethodError
from yibao.equity.neighbours import SpatialWeights

#: Names of the quadrants of the Moran plot, by number.
QUADRANTS = {0: "–", 1: "HH", 2: "LH", 3: "LL", 4: "HL"}


class Moran(NamedTuple):
    """Moran's I, its expectation, variance and z under normality and randomisation, and the permutation p.

    `p_normal` and `p_randomised` are two-sided; `p_permuted` is one-sided, (r + 1)/(permutations + 1), NaN without
    permutations.
    """

    i: float
    expected: float
    variance_normal: float
    z_normal: float
    p_normal: float
    variance_randomised: float
    z_randomised: float
    p_randomised: float
    p_permuted: float
    permutations: int


class LocalMoran(NamedTuple):
    """Local I of each region, permutation p, quadrant (1 HH, 2 LH, 3 LL, 4 HL), and that where p is small, else 0."""

    i: Floats
    p: Floats
    quadrant: Ints
    cluster: Ints


def moran(
    values: ArrayLike,
    weights: SpatialWeights,
    *,
    permutations: int = 999,
    seed: int = 1,
    scale: Literal["row", "none"] = "row",
) -> Moran:
    """Moran's I = (n/S0)·z'Wz/z'z.

    `values` one a region, not constant. Weights are row-standardised unless `scale` is "none": then |I| may exceed 1.
    Regions without neighbours stay in n and add nothing to z'Wz. Raises MethodError on constant or missing values.
    Source: P. A. P. Moran (1950); A. D. Cliff and J. K. Ord, Spatial processes (1981); computed by esda.
    """
    y = _spread(values, weights)
    with _seeded(seed):
        found = _esda().Moran(
            y, weights.to_libpysal(), transformation="r" if scale == "row" else "o", permutations=permutations
        )
    return Moran(
        float(found.I),
        float(found.EI),
        float(found.VI_norm),
        float(found.z_norm),
        float(found.p_norm),
        float(found.VI_rand),
        float(found.z_rand),
        float(found.p_rand),
        float(found.p_sim) if permutations else float("nan"),
        permutations,
    )


def local_moran(
    values: ArrayLike, weights: SpatialWeights, *, permutations: int = 999, seed: int = 1, level: float = 0.05
) -> LocalMoran:
    """Local Moran's I (LISA) with conditional permutations; weights are row-standardised.

    A region without neighbours has I = 0, p = NaN and no quadrant. With many regions about `level` of them fall below
    `level` by chance alone. Raises MethodError as :func:`moran`.
    Source: L. Anselin, Geographical Analysis 27 (1995) 93-115; the statistics are esda's.
    """
    y = _spread(values, weights)
    w = weights.standardised().matrix
    found = _esda().Moran_Local(y, weights.to_libpysal(), transformation="r", permutations=0)
    alone = w.sum(axis=1) == 0
    p = np.where(alone, np.nan, _conditional(y, w, permutations, seed))
    quadrant = np.where(alone, 0, found.q).astype(np.int64)
    # esda divides by Σz²/(n − 1); with Σz²/n, as in R's spdep, the mean of the local indices is the global one.
    local = np.where(alone, 0.0, found.Is * len(y) / (len(y) - 1))
    return LocalMoran(local, p, quadrant, np.where(p <= level, quadrant, 0))


def _conditional(y: Floats, w: Floats, permutations: int, seed: int) -> Floats:
    """p of each region from permutations of all others' values around it, (r + 1)/(permutations + 1), one-sided.

    esda compiles these loops at every start, for half a minute; a matrix product for each region takes milliseconds.
    """
    z, n, random = y - y.mean(), len(y), np.random.default_rng(seed)
    orders = random.permuted(np.tile(np.arange(n - 1), (permutations, 1)), axis=1)
    p = np.empty(n)
    for i in range(n):
        near = np.flatnonzero(w[i])
        others = np.delete(z, i)
        lags = others[orders[:, : len(near)]] @ w[i, near]
        beyond = int((lags * z[i] >= z[i] * (w[i] @ z)).sum())
        p[i] = (min(beyond, permutations - beyond) + 1) / (permutations + 1)
    return p


def _spread(values: ArrayLike, weights: SpatialWeights) -> Floats:
    y = vector(values, "values")
    if len(y) != len(weights.ids):
        raise MethodError(f"weights of {len(weights.ids)} regions for {len(y)} values", zh="空间权重与地区的个数不同")
    if np.ptp(y) == 0:
        raise MethodError(
            "all regions have the same value, so there is no autocorrelation", zh="各地区取值相同，空间自相关无定义"
        )
    if not weights.matrix.any():
        raise MethodError(
            "no region has a neighbour",
            mend="check the file of neighbours",
            zh="没有任何邻接关系",
            mend_zh="请检查邻接文件",
        )
    return y


def _esda() -> Any:
    try:
        import esda
    except ImportError as error:
        raise LibraryMissing("esda") from error
    return esda


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """esda draws the permutations of the global I from NumPy's global state, which is put back afterwards."""
    before = np.random.get_state()
    np.random.seed(seed)
    try:
        yield
    finally:
        np.random.set_state(before)
