"""Inequality of wealth: a Gini that bears debts, shares of the top, and what each kind of wealth adds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from yibao.equity.checks import Floats, Note, as_many_rows, refusal, vector, weights_of
from yibao.equity.concentration import fractional_rank


class WealthInequality(NamedTuple):
    """Gini, and the share of all wealth that the richest fractions of people hold, by fraction."""

    gini: float
    top_shares: dict[float, float]
    bottom_half: float
    negative: float
    notes: tuple[Note, ...]


class WealthSource(NamedTuple):
    """One kind of wealth: its share, its concentration by total wealth, what it adds to the Gini, and the elasticity.

    `elasticity` is the change of the Gini, as a share of it, for one percent more of this kind: (share·C − share·G)/G.
    """

    share: float
    concentration: float | None
    contribution: float
    elasticity: float


def wealth_inequality(
    wealth: ArrayLike,
    weights: ArrayLike | None = None,
    *,
    top: tuple[float, ...] = (0.01, 0.1),
    negatives: Literal["refuse", "plain", "normalise"] = "refuse",
) -> WealthInequality:
    """Inequality of net wealth, shape (n,), whose mean is above zero.

    Debts make the plain Gini exceed 1: they are refused unless `negatives` says "plain" (2·cov(x, R)/μ as it is) or
    "normalise": over the mean of |x| in place of μ, which stays in [0, 1]. Shares split the person at the edge.
    Source: normalised form: E. Raffinetti, E. Siletti and A. Vernizzi (2015), Stat. Methods & Applications 24:507.

    >>> found = wealth_inequality([1, 2, 3, 4], top=(0.25,))
    >>> found.gini, found.top_shares, found.bottom_half
    (0.25, {0.25: 0.4}, 0.3)
    """
    x = vector(wealth, "wealth")
    w = weights_of(weights, len(x))
    mean = _mean(x, w)
    owing = float(w[x < 0].sum())
    if owing and negatives == "refuse":
        raise refusal(
            "wealth",
            f"is negative for {owing:.1%}",
            f"{owing:.1%} 为负",
            'say negatives="normalise" or "plain"',
            '请指定 negatives="normalise" 或 "plain"',
        )
    scale = float((w * np.abs(x)).sum()) if owing and negatives == "normalise" else mean
    gini = 2 * float((w * x * (fractional_rank(x, w) - 0.5)).sum()) / scale
    notes: tuple[Note, ...] = ()
    if owing:
        zh = f"{owing:.1%} 为负资产，基尼系数按 {negatives} 计算"
        notes += (Note("negatives", zh, f"{owing:.1%} are in debt; the Gini is {negatives}"),)
    held = {fraction: 1 - _held_below(x, w, 1 - fraction, mean) for fraction in top}
    return WealthInequality(gini, held, _held_below(x, w, 0.5, mean), owing, notes)


def wealth_sources(sources: Mapping[str, ArrayLike], weights: ArrayLike | None = None) -> dict[str, WealthSource]:
    """What each kind of wealth (housing, savings, debt as negatives) adds to the Gini of their sum.

    Contribution = share × concentration of the kind in the order of total wealth; contributions add up to the Gini.
    Source: R. I. Lerman and S. Yitzhaki (1985), Review of Economics and Statistics 67:151.

    >>> found = wealth_sources({"housing": [1, 2, 5], "savings": [1, 1, 1]})
    >>> round(sum(source.contribution for source in found.values()), 6)
    0.242424
    """
    columns = {name: vector(x, name) for name, x in sources.items()}
    if not columns:
        raise refusal("sources", "none are given", "未给出")
    as_many_rows(len(next(iter(columns.values()))), **columns)
    total = np.sum(list(columns.values()), axis=0)
    w = weights_of(weights, len(total))
    mean, rank = _mean(total, w), fractional_rank(total, w)
    gini = 2 * float((w * total * (rank - 0.5)).sum()) / mean
    found = {}
    for name, x in columns.items():
        own, spread = float((w * x).sum()), 2 * float((w * x * (rank - 0.5)).sum())
        share, adds = own / mean, spread / mean
        change = (adds - share * gini) / gini if gini else 0.0
        found[name] = WealthSource(share, spread / own if own else None, adds, change)
    return found


def _mean(x: Floats, w: Floats) -> float:
    mean = float((w * x).sum())
    if mean <= 0:
        raise refusal("wealth", "has a mean that is not above zero", "均值不大于零")
    return mean


def _held_below(x: Floats, w: Floats, fraction: float, mean: float) -> float:
    """The share of the poorest `fraction` of weight: the Lorenz curve, linear inside a person."""
    if not 0 <= fraction <= 1:
        raise refusal("top", f"holds {1 - fraction}; fractions lie in [0, 1]", f"含 {1 - fraction}，应在 [0, 1] 内")
    order = np.argsort(x, kind="stable")
    people = np.concatenate([[0.0], np.cumsum(w[order])])
    held = np.concatenate([[0.0], np.cumsum((w * x)[order])]) / mean
    return round(float(np.interp(fraction, people, held)), 12)
