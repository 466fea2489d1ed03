"""Fairness of financial contribution: does everybody pay the same share of what they can pay?"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from yibao.equity.checks import Floats, Note, above_zero, as_many_rows, non_negative, weights_of


class Fairness(NamedTuple):
    """`value` FFC, 1 where all pay the same share; each household's share and the common one it is held against."""

    value: float
    common_share: float
    shares: Floats
    notes: tuple[Note, ...]


def fairness_of_contribution(payment: ArrayLike, capacity: ArrayLike, weights: ArrayLike | None = None) -> Fairness:
    """FFC = 1 − (Σ w·|HFC − HFC₀|³/Σ w)^⅓ with HFC = payment/capacity and HFC₀ = Σ w·payment/Σ w·capacity.

    `payment` ≥ 0 is all that a household pays for care (out of pocket, contributions, taxes), `capacity` > 0 what it
    can pay out of, shape (n,); `weights` of households. In [0, 1] while no household pays more than its capacity;
    shares above 1 are kept and counted in the notes, for the index may then fall below 0.
    Source: C. J. L. Murray and K. Xu, in WHO (2003) Health systems performance assessment, ch. 38; Xu (2005).

    >>> fairness_of_contribution([1, 2, 4], [10, 20, 40]).value
    1.0
    """
    paid = non_negative("payment", payment)
    can = above_zero(
        "capacity", capacity, mend="leave out households that can pay nothing", mend_zh="请剔除无支付能力的家庭"
    )
    as_many_rows(len(paid), capacity=can)
    w = weights_of(weights, len(paid))
    shares = paid / can
    common = float((w * paid).sum() / (w * can).sum())
    index = 1 - float(np.cbrt((w * np.abs(shares - common) ** 3).sum()))
    more = int((shares > 1).sum())
    notes = (
        (Note("above_capacity", f"{more} 户支付超过支付能力", f"{more} households pay more than they can"),)
        if more
        else ()
    )
    return Fairness(index, common, shares, notes)
