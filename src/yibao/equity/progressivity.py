"""Do the rich pay a larger share of their means than the poor, and what does paying do to inequality?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from yibao.equity.checks import Floats, above_zero, as_many_rows, non_negative, refusal, weights_of
from yibao.equity.concentration import fractional_rank


class Progressivity(NamedTuple):
    """Kakwani's index and what it is the difference of; above zero where payments are progressive."""

    kakwani: float
    concentration_of_payment: float
    gini_before: float


class Redistribution(NamedTuple):
    """What payments do to inequality: effect = Gini before − Gini after = vertical − horizontal − reranking.

    `reynolds_smolensky` is Gini before − concentration of what is left in the order of before, τ/(1−τ)·Kakwani with
    `average_rate` τ, payments over means; it is the vertical effect where equals are rows with exactly the same means.
    `horizontal` is what is lost by unequal treatment of equals, zero where no two rows are equals.
    """

    effect: float
    vertical: float
    horizontal: float
    reranking: float
    reynolds_smolensky: float
    average_rate: float
    gini_before: float
    gini_after: float
    concentration_after: float


def kakwani(payment: ArrayLike, means: ArrayLike, weights: ArrayLike | None = None) -> Progressivity:
    """K = C(payment, ranked by means) − G(means), in [−2, 1].

    `payment` ≥ 0 with a sum above zero, `means` (income, ability to pay) > 0 before payment, both shape (n,), one unit.
    Source: N. Kakwani (1977), Economic Journal 87:71.

    >>> round(kakwani([1, 1, 1, 1], [1, 2, 3, 4]).kakwani, 6)  # a lump sum is as regressive as means are unequal
    -0.25
    """
    x, w = _means(means, weights)
    t = non_negative("payment", payment)
    as_many_rows(len(x), payment=t)
    rank = fractional_rank(x, w)
    paid, gini = _index(t, rank, w, "payment"), _index(x, rank, w, "means")
    return Progressivity(paid - gini, paid, gini)


def kakwani_of_sources(
    payments: Mapping[str, ArrayLike], means: ArrayLike, weights: ArrayLike | None = None
) -> tuple[float, dict[str, tuple[float, float]]]:
    """The index of all payments together and, by source, (share of payments, index): K = Σ share·K of the source.

    >>> total, by_source = kakwani_of_sources({"tax": [0, 0, 1, 3], "fee": [1, 1, 1, 1]}, [1, 2, 3, 4])
    >>> round(total - sum(share * index for share, index in by_source.values()), 12)
    0.0
    """
    x, w = _means(means, weights)
    columns = {name: non_negative(name, t) for name, t in payments.items()}
    as_many_rows(len(x), **columns)
    sums = {name: float((w * t).sum()) for name, t in columns.items()}
    total = sum(sums.values())
    if total <= 0:
        raise refusal("payments", "nobody pays anything", "无任何支付")
    by_source = {
        name: (amount / total, kakwani(columns[name], x, w).kakwani) for name, amount in sums.items() if amount > 0
    }
    return kakwani(np.sum(list(columns.values()), axis=0), x, w).kakwani, by_source


def redistributive_effect(
    payment: ArrayLike, means: ArrayLike, weights: ArrayLike | None = None, *, band: float | None = None
) -> Redistribution:
    """Vertical, horizontal and reranking effects of payments on income inequality.

    Rows as in `kakwani`; payments may not take more than all means together. Equals are rows with the same means, or,
    with `band` (in the unit of means, > 0), rows whose means lie in the same band [k·band, (k+1)·band). Gini before is
    that of exact means. Within bands, H = Σ share(after)·population share·Gini(after within the band); V is the effect
    had all of a band paid its average; R = G after − C after, ranks of before with those of after inside a band.
    Source: M. Reynolds and E. Smolensky (1977); J. R. Aronson, P. Johnson and P. Lambert (1994), Economic J. 104:262.

    >>> found = redistributive_effect([0, 3, 1, 2], [2, 4, 6, 8])
    >>> round(found.effect - (found.vertical - found.horizontal - found.reranking), 12)
    0.0
    """
    x, w = _means(means, weights)
    t = non_negative("payment", payment)
    as_many_rows(len(x), payment=t)
    after = x - t
    left = float((w * after).sum())
    if left <= 0:
        raise refusal("payment", "takes all means or more", "支付总额不小于支付能力总额")
    rate = 1 - left / float((w * x).sum())
    rank = fractional_rank(x, w)
    before, rest = _index(x, rank, w, "means"), _index(after, rank, w, "means after payment")
    gini_after = _index(after, fractional_rank(after, w), w, "means after payment")
    group = _bands(x, band)
    within = _within(after, group, w, left)
    by_group = fractional_rank(group, w)
    between = _index(after, by_group, w, "means after payment")
    ordered = between + within
    vertical = before - between
    return Redistribution(
        before - gini_after, vertical, within, gini_after - ordered, before - rest, rate, before, gini_after, rest
    )


def _means(means: ArrayLike, weights: ArrayLike | None) -> tuple[Floats, Floats]:
    x = above_zero("means", means, mend="leave out households without means", mend_zh="请剔除无支付能力的家庭")
    return x, weights_of(weights, len(x))


def _index(values: Floats, rank: Floats, w: Floats, name: str) -> float:
    mean = float((w * values).sum())
    if mean <= 0:
        raise refusal(name, "sums to zero, so its spread is undefined", "合计为零，分布无定义")
    return 2 * float((w * values * (rank - 0.5)).sum()) / mean


def _bands(x: Floats, band: float | None) -> Floats:
    if band is None:
        return x
    if not band > 0:
        raise refusal("band", f"is {band}; it must be above zero", f"为 {band}，应大于零")
    return np.floor(x / band)


def _within(after: Floats, group: Floats, w: Floats, left: float) -> float:
    """Σ over groups of population share × share of what is left × Gini inside."""
    _, code = np.unique(group, return_inverse=True)
    size = np.bincount(code, weights=w)
    order = np.lexsort((after, code))
    inside = code[order]
    v, y = w[order], after[order]
    start = np.concatenate([[0.0], np.cumsum(size)[:-1]])[inside]
    rank = np.cumsum(v) - v / 2 - start  # weight below, inside the group
    mean = np.bincount(inside, weights=v * y) / size
    gaps = np.bincount(inside, weights=2 * v * (y - mean[inside]) * rank)
    return float(gaps.sum()) / left
