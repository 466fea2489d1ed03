"""Pooling level: each unit alone, with an adjustment fund (调剂金), or fully pooled.

With share k of income paid into the common fund and the fund given out by each unit's share of cost:

    paid in_r = R(k x income_r)      received_r = sum(paid in) x cost_r / sum(cost)
    balance_r = income_r - cost_r - paid in_r + received_r

k = 0 is each unit alone, k = 1 fully pooled (统收统支). What is received adds up to what is paid in, to the fen: each
unit gets its whole part, and the fen that remain go to the largest remainders.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from yibao.engine.money import round_half_up
from yibao.ledger.typed import SCHEMAS

ONE = 1_000_000


@dataclass(frozen=True)
class Unit:
    """A pooling unit of a period and scheme: insured persons, income and cost in fen."""

    scheme: str
    region: str
    insured: int
    income: int
    cost: int


def apportion(amount: int, weights: Sequence[int]) -> list[int]:
    """An amount (fen, not negative) split by whole weights; the parts add up to it. Equal parts where all weigh nought.

    >>> apportion(100, [1, 1, 1]), apportion(7, [0, 0])
    ([34, 33, 33], [4, 3])
    """
    if not any(weights):
        weights = [1] * len(weights)
    whole = sum(weights)
    parts = [amount * w // whole for w in weights]
    order = sorted(range(len(weights)), key=lambda i: (-(amount * weights[i] % whole), i))
    for i in order[: amount - sum(parts)]:
        parts[i] += 1
    return parts


def equal_income(insured: Sequence[int], cost: int) -> list[int]:
    """The income where contributions are equal per head and just cover the cost: what is not known from the books."""
    return apportion(cost, insured)


def arrangement(units: Sequence[Unit], share_ppm: int) -> list[dict[str, Any]]:
    """Of each unit of one scheme what it pays in, receives and keeps; ``share_ppm`` of income goes into the fund."""
    paid = [round_half_up(u.income * share_ppm, ONE) for u in units]
    received = apportion(sum(paid), [max(u.cost, 0) for u in units])
    return [
        {
            "scheme": u.scheme, "region_code": u.region, "insured": u.insured, "income_amount": u.income,
            "cost_amount": u.cost,
            "paid_in_amount": p, "received_amount": r, "balance_amount": u.income - u.cost - p + r,
        }
        for u, p, r in zip(units, paid, received, strict=True)
    ]  # fmt: skip


def pooling_table(sides: Mapping[str, Sequence[Unit]], share_ppm: int) -> pa.Table:
    """Rows of ``reform_pooling``; ``sides`` are the units before and after. The funds of schemes are kept apart."""
    shares = {"adjustment": share_ppm, "alone": 0, "pooled": ONE}
    rows = [
        {"side": side, "arrangement": name, **row}
        for side, units in sorted(sides.items())
        for name, share in shares.items()
        for scheme in sorted({u.scheme for u in units})
        for row in arrangement([u for u in units if u.scheme == scheme], share)
    ]
    return pa.Table.from_pylist(rows, schema=SCHEMAS["reform_pooling"])
