"""Ranking of objects over several indicators: nearness to the ideal (TOPSIS) and rank-sum ratios (RSR)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from yibao.equity.checks import Floats, Ints, matrix, non_negative
from yibao.equity.errors import MethodError
from yibao.measures import standardised

#: Probit cuts of the grades, by how many grades there are; a grade is closed on its left.
PROBIT_CUTS = {
    3: (4.0, 6.0),
    4: (3.5, 5.0, 6.5),
    5: (3.2, 4.4, 5.6, 6.8),
}


def topsis(
    values: ArrayLike,
    negative: Sequence[bool] | None = None,
    weights: ArrayLike | None = None,
    *,
    scale: Literal["vector", "range"] = "vector",
) -> Floats:
    """Relative nearness to the ideal object, in [0, 1], one number a row.

    `values` (rows, indicators); `weights` equal by default. `vector` divides each indicator by its length √Σx²,
    `range` standardises it to [0, 1]. C = D⁻/(D⁺ + D⁻), distances to the worst and the best of every weighted
    indicator. Where all rows are equal, nearness is not defined and NaN. Raises MethodError on missing values.
    Source: C. L. Hwang and K. Yoon, Multiple attribute decision making (1981).

    >>> topsis([[3.0, 10.0], [1.0, 30.0], [2.0, 20.0]], negative=[False, True]).round(3).tolist()
    [1.0, 0.0, 0.5]
    """
    x = matrix(values, "indicators")
    less = np.zeros(x.shape[1], dtype=bool) if negative is None else np.asarray(negative, dtype=bool)
    w = np.full(x.shape[1], 1 / x.shape[1]) if weights is None else non_negative("weights", weights)
    if scale == "range":
        r, less = standardised(x, list(less)), np.zeros_like(less)
    else:
        length = np.sqrt((x**2).sum(axis=0))
        r = np.divide(x, length, out=np.zeros_like(x), where=length > 0)
    v = w * r
    best, worst = np.where(less, v.min(axis=0), v.max(axis=0)), np.where(less, v.max(axis=0), v.min(axis=0))
    to_best, to_worst = (np.sqrt(((v - point) ** 2).sum(axis=1)) for point in (best, worst))
    reach = to_best + to_worst
    return np.divide(to_worst, reach, out=np.full(len(v), np.nan), where=reach > 0)


@dataclass(frozen=True)
class RankSum:
    """Rank-sum ratios and their grades.

    `ranks` (rows, indicators), 1 the worst; `ratio` in (0, 1] one a row; `values`, `counts`, `cumulative`, `probit` of
    the distinct ratios in ascending order; the line ratio = `intercept` + `slope`·probit with `r_squared`, `f`, `p`
    (NaN where the line is not defined); `fitted` and `grade` (1 the lowest) one a row.
    """

    ranks: Floats
    ratio: Floats
    values: Floats
    counts: Ints
    cumulative: Floats
    probit: Floats
    intercept: float
    slope: float
    r_squared: float
    f: float
    p: float
    fitted: Floats
    grade: Ints


def rank_sum_ratio(
    values: ArrayLike,
    negative: Sequence[bool] | None = None,
    weights: ArrayLike | None = None,
    *,
    whole_ranks: bool = True,
    grades: int = 3,
) -> RankSum:
    """Rank-sum ratio (秩和比法): ranks in goodness, their weighted mean over the number of rows, graded by probits.

    `values` (rows, indicators); ties share their mean rank; `whole_ranks` False uses 1 + (n − 1)·z instead of ranks.
    Equal ratios are grouped exactly: unweighted whole ranks are compared as doubled integers, others to 1e-12. The
    cumulative share of a group is its mean rank over n, that of the last 1 − 1/(4n); probit = 5 + Φ⁻¹(share). With all
    rows equal there is no line: it is NaN and every grade 0. Raises MethodError on fewer than 3 rows, missing values,
    and a number of grades other than 3, 4, 5.
    Source: Tian Fengtiao (1988), rank-sum ratio and its uses.

    >>> found = rank_sum_ratio([[99, 60], [96, 59], [93, 44], [85, 81]], negative=[False, True])
    >>> found.ratio.tolist()
    [0.75, 0.75, 0.75, 0.25]
    """
    x = matrix(values, "indicators")
    n, m = x.shape
    if n < 3:
        raise MethodError("rank-sum ratios need at least three rows", zh="秩和比法至少需要三行")
    if grades not in PROBIT_CUTS:
        raise MethodError(
            f"there are no probit cuts for {grades} grades",
            mend="choose 3, 4 or 5",
            zh=f"没有 {grades} 档的分档表",
            mend_zh="可选 3、4、5 档",
        )
    less = np.zeros(m, dtype=bool) if negative is None else np.asarray(negative, dtype=bool)
    goodness = np.where(less, -x, x)
    ranks = stats.rankdata(goodness, axis=0) if whole_ranks else 1 + (n - 1) * standardised(goodness)
    w = np.full(m, 1 / m) if weights is None else non_negative("weights", weights)
    ratio = ranks @ (w / w.sum()) / n
    # Sums of ranks are halves of whole numbers: compared as such, equal ratios never differ by a rounding error.
    exact = np.rint(2 * ranks.sum(axis=1)) if whole_ranks and weights is None else np.round(ratio, 12)
    _, first, member, counts = np.unique(exact, return_index=True, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    cumulative = (ends - (counts - 1) / 2) / n
    cumulative[-1] = 1 - 1 / (4 * n)
    probit = 5 + stats.norm.ppf(cumulative)
    distinct = ratio[first]
    line = _line(probit, distinct)
    fitted = line[0] + line[1] * probit
    cuts = line[0] + line[1] * np.array(PROBIT_CUTS[grades])
    grade = np.searchsorted(cuts, fitted, side="right") + 1 if len(first) > 1 else np.zeros(1, dtype=np.int64)
    return RankSum(ranks, ratio, distinct, counts, cumulative, probit, *line, fitted[member], grade[member])


def _line(x: Floats, y: Floats) -> tuple[float, float, float, float, float]:
    """Intercept, slope, r², F and its p of the least-squares line; NaN where there are not two points."""
    if len(x) < 2:
        return (float("nan"),) * 5
    found = stats.linregress(x, y)
    square, rest = float(found.rvalue) ** 2, len(x) - 2
    f = square / (1 - square) * rest if rest > 0 and square < 1 else float("inf")
    return float(found.intercept), float(found.slope), square, f, float(found.pvalue)
