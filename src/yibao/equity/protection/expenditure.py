"""Catastrophic health expenditure: payments that take too large a share of what a household can pay out of."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from yibao.equity.checks import Bools, Floats, Note, above_zero, as_many_rows, non_negative, refusal, vector
from yibao.equity.concentration import concentration_index
from yibao.equity.protection.capacity import persons

#: Shares closer than this to a threshold are at the threshold.
AT_THRESHOLD = 1e-12


class Catastrophic(NamedTuple):
    """Who pays catastrophically, how far beyond the threshold, and whether they are the poor.

    `headcount` H, `overshoot` O = mean(max(share − z, 0)) over all, `mean_positive_overshoot` O/H (None where H is 0).
    With a rank variable: `concentration` of being catastrophic, and `rank_weighted_headcount` H·(1 − C). `flags` and
    `shares` one a household; a share is infinite where nothing is left to pay out of and something is paid.
    """

    headcount: float
    overshoot: float
    mean_positive_overshoot: float | None
    concentration: float | None
    rank_weighted_headcount: float | None
    flags: Bools
    shares: Floats
    threshold: float
    inclusive: bool
    unit: str
    notes: tuple[Note, ...]


class Hardship(NamedTuple):
    """SDG 3.8.2 as of 2025: share of people with financial hardship = impoverishing + large, and each one's flag."""

    hardship: float
    impoverishing: float
    large: float
    line: float
    flags: Bools
    unit: str


def catastrophic_expenditure(
    payment: ArrayLike,
    denominator: ArrayLike,
    threshold: float,
    weights: ArrayLike | None = None,
    *,
    size: ArrayLike | None = None,
    inclusive: bool = False,
    rank_by: ArrayLike | None = None,
) -> Catastrophic:
    """Headcount and overshoot of out-of-pocket payments above a share of a denominator.

    `payment` T ≥ 0 and `denominator` (consumption: 10 %, 25 %; after food: 25 %, 40 %; WHO's capacity to pay: 40 %,
    with `inclusive`, for WHO counts from 40 % on) have shape (n,), one currency and period. With `size`, people are
    counted, as the SDG does; without, households, as WHO's tables do: the notes print which. Where the denominator is
    zero or negative, a household that pays anything is catastrophic and enters the overshoot as if it paid all it
    could (share 1); how many is in the notes. `rank_by` is consumption or income per head.
    Source: A. Wagstaff and E. van Doorslaer (2003), Health Economics 12:921; K. Xu (2005).

    >>> found = catastrophic_expenditure([1, 3, 0, 4], [10, 10, 10, 10], 0.25)
    >>> found.headcount, round(found.overshoot, 6), round(found.mean_positive_overshoot, 6)
    (0.5, 0.05, 0.1)
    """
    paid, budget = non_negative("payment", payment), vector(denominator, "denominator")
    as_many_rows(len(paid), denominator=budget)
    if not 0 < threshold < 1:
        raise refusal(
            "threshold", f"is {threshold}; it is a share between 0 and 1", f"为 {threshold}，应在 0 与 1 之间"
        )
    w, unit, note = persons(weights, size, len(paid))
    nothing = budget <= 0
    shares = np.divide(paid, budget, out=np.where(paid > 0, np.inf, 0.0), where=~nothing)
    beyond = np.where(nothing, np.where(paid > 0, 1.0, 0.0), shares) - threshold
    flags: Bools = (beyond >= -AT_THRESHOLD) & (paid > 0) if inclusive else beyond > AT_THRESHOLD
    headcount = float(w[flags].sum())
    overshoot = float((w * np.maximum(beyond, 0.0)).sum())
    notes = (note, _said(threshold, inclusive), *_without(nothing & (paid > 0)))
    concentration, weighted = None, None
    if rank_by is not None and headcount > 0:
        concentration = concentration_index(flags.astype(np.float64), rank_by, w, se="none").value
        weighted = headcount * (1 - concentration)
    mean = overshoot / headcount if headcount > 0 else None
    if mean is None:
        notes += (
            Note("nobody", "无灾难性支出，平均超出幅度无定义", "nobody is catastrophic: no mean positive overshoot"),
        )
    return Catastrophic(
        headcount, overshoot, mean, concentration, weighted, flags, shares, threshold, inclusive, unit, notes
    )


def financial_hardship(
    payment: ArrayLike,
    consumption: ArrayLike,
    size: ArrayLike,
    line: float,
    weights: ArrayLike | None = None,
    *,
    threshold: float = 0.4,
) -> Hardship:
    """SDG indicator 3.8.2 as adopted in March 2025: people whose payments exceed 40 % of their discretionary budget.

    The discretionary budget is consumption − size × `line`, the societal poverty line per person in the period and
    currency of consumption (`societal_line`). People in households at or under the line that pay anything count. The
    impoverishing part are payments above the whole discretionary budget; the large part the rest. Counts people.
    Source: WHO Global Health Observatory, indicator metadata registry 376.

    >>> found = financial_hardship([1, 5, 9, 0], [10, 20, 20, 2], [1, 1, 1, 1], 8)
    >>> found.hardship, found.impoverishing, found.large
    (0.75, 0.0, 0.75)
    """
    paid, x, members = (
        non_negative("payment", payment),
        non_negative("consumption", consumption),
        above_zero("size", size),
    )
    as_many_rows(len(paid), consumption=x, size=members)
    w, unit, _ = persons(weights, members, len(paid))
    budget = x - members * line
    flags: Bools = (paid > 0) & (paid > threshold * budget * (1 + AT_THRESHOLD))
    impoverishing = (paid > 0) & (paid > budget * (1 + AT_THRESHOLD))
    hardship, worst = float(w[flags].sum()), float(w[impoverishing].sum())
    return Hardship(hardship, worst, hardship - worst, line, flags, unit)


def _said(threshold: float, inclusive: bool) -> Note:
    sign = "≥" if inclusive else ">"
    return Note(
        "threshold", f"支出占比 {sign} {threshold:g} 计为灾难性", f"catastrophic is a share {sign} {threshold:g}"
    )


def _without(rows: Bools) -> tuple[Note, ...]:
    count = int(rows.sum())
    if not count:
        return ()
    zh = f"{count} 户分母不大于零而有支出：计为灾难性，超出幅度按占比 1 计"
    return (Note("no_capacity", zh, f"{count} households pay with nothing to pay out of: catastrophic, share 1"),)
