"""Impoverishment: how many are poor, and how deeply, before and after paying for care."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from yibao.equity.checks import Floats, Note, as_many_rows, non_negative, refusal, weights_of
from yibao.equity.protection.capacity import persons

#: The four groups, by what paying does to a household.
GROUPS = ("not_poor", "impoverished", "further_impoverished", "poor_without_payment")


class Poverty(NamedTuple):
    """Poverty at one line: headcount, mean gap in currency, the same as a share of the line, gap of the poor, FGT(2).

    `mean_positive_gap` is None where nobody is poor.
    """

    headcount: float
    gap: float
    normalised_gap: float
    mean_positive_gap: float | None
    severity: float


class Impoverishment(NamedTuple):
    """Poverty gross (before) and net of payments, and the share of people in each of the four groups of `GROUPS`."""

    gross: Poverty
    net: Poverty
    headcount_increase: float
    gap_increase: float
    groups: dict[str, float]
    unit: str
    notes: tuple[Note, ...]


def impoverishment(
    consumption: ArrayLike,
    payment: ArrayLike,
    line: float,
    size: ArrayLike | None = None,
    weights: ArrayLike | None = None,
) -> Impoverishment:
    """Poverty of consumption per person before and after out-of-pocket payments.

    `consumption` and `payment` of households, shape (n,); with `size` both are taken per person and people are counted.
    `line` > 0 per person in the same currency and period. Poor is below the line, not at it. Payments above consumption
    leave less than nothing: the net gap is then larger than the line, as it is.
    Source: A. Wagstaff and E. van Doorslaer (2003), Health Economics 12:921; FGT: Foster, Greer and Thorbecke (1984).

    >>> found = impoverishment([5, 12, 30], [1, 4, 1], 10)
    >>> round(found.headcount_increase, 6), found.groups["impoverished"] == found.headcount_increase
    (0.333333, True)
    """
    x, paid = non_negative("consumption", consumption), non_negative("payment", payment)
    as_many_rows(len(x), payment=paid)
    if not line > 0:
        raise refusal("line", f"is {line}; it must be above zero", f"为 {line}，应大于零")
    w, unit, note = persons(weights, size, len(x))
    heads = np.ones(len(x)) if size is None else np.asarray(size, dtype=np.float64)
    before, after = x / heads, (x - paid) / heads
    gross, net = _poverty(before, line, w), _poverty(after, line, w)
    poor, poorer = before < line, after < line
    parts = (~poorer, poorer & ~poor, poor & (paid > 0), poor & (paid == 0))
    groups = {name: float(w[rows].sum()) for name, rows in zip(GROUPS, parts, strict=True)}
    notes: tuple[Note, ...] = (note,)
    nobody = [word for word, state in (("gross", gross), ("net", net)) if state.mean_positive_gap is None]
    if nobody:
        notes += (Note("nobody", f"无贫困人口，平均缺口无定义：{nobody}", f"nobody is poor, no mean gap: {nobody}"),)
    change = net.headcount - gross.headcount, net.gap - gross.gap
    return Impoverishment(gross, net, *change, groups, unit, notes)


def below_subsistence(
    consumption: ArrayLike, payment: ArrayLike, subsistence: ArrayLike, weights: ArrayLike | None = None
) -> tuple[float, float]:
    """WHO's shares of households that are poor and that payments make poor: x < subsistence; x ≥ it but x − T < it.

    `subsistence` is that of `capacity_to_pay`, one a household.
    Source: K. Xu (2005).

    >>> below_subsistence([5, 12, 30], [1, 4, 1], [10, 10, 10])
    (0.3333333333333333, 0.3333333333333333)
    """
    x, paid = non_negative("consumption", consumption), non_negative("payment", payment)
    least = non_negative("subsistence", subsistence)
    as_many_rows(len(x), payment=paid, subsistence=least)
    w = weights_of(weights, len(x))
    return float(w[x < least].sum()), float(w[(x >= least) & (x - paid < least)].sum())


def _poverty(x: Floats, line: float, w: Floats) -> Poverty:
    gap = np.maximum(line - x, 0.0)
    headcount, mean = float(w[x < line].sum()), float((w * gap).sum())
    severity = float((w * (gap / line) ** 2).sum())
    return Poverty(headcount, mean, mean / line, mean / headcount if headcount > 0 else None, severity)
