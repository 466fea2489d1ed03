"""What each line costs, what of it is in range, and how much of a bill's fund payment falls on it, to the fen."""

from __future__ import annotations

import numpy as np

from yibao.engine.money import round_half_up_array
from yibao.simulation.catalogue import load_catalogue
from yibao.simulation.frame import NONE, Array, Frame


def amounts(lines: Frame) -> Frame:
    """The split of each line (I1): amount = not covered + over limit + first share + eligible, signed as quantity.

    ``lines`` has item, quantity (thousandths) and price (millionths of a yuan).
    """
    catalogue = load_catalogue()
    item, quantity, price = lines["item"], lines["quantity"], lines["price"]
    ceiling = catalogue.ceiling[item]
    per_fen = 1000 * 10_000
    amount = round_half_up_array(quantity * price, per_fen)
    excess = np.where(ceiling == NONE, 0, np.maximum(price - np.where(ceiling == NONE, 0, ceiling), 0))
    uncovered = catalogue.uncovered[item]
    not_covered = np.where(uncovered, amount, 0)
    over_limit = np.where(uncovered, 0, round_half_up_array(quantity * excess, per_fen))
    share = catalogue.first_share[item]
    first_share = np.where(uncovered, 0, round_half_up_array((amount - over_limit) * share, 10_000))
    return {
        "amount": amount,
        "not_covered": not_covered,
        "over_limit": over_limit,
        "first_share": first_share,
        "eligible": amount - not_covered - over_limit - first_share,
    }


def share_of_fund(eligible: Array, bill: Array, fund: Array, paired: Array) -> Array:
    """How much of each bill's fund payment falls on each line, in proportion to its eligible amount, to the fen.

    ``bill`` is each line's row in ``fund`` and must not decrease. A refunded line and its refund (``paired``) carry the
    same amount with opposite signs; the other lines share the whole by cumulative rounding, so the sum is exact.
    """
    counted = np.where(paired, 0, eligible)
    total = np.bincount(bill, weights=counted, minlength=len(fund)).astype(np.int64)
    running = np.cumsum(counted)
    before = running - counted
    start = np.zeros(len(fund), dtype=np.int64)
    first = np.flatnonzero(np.diff(bill, prepend=-1))
    start[bill[first]] = before[first]
    low, high = before - start[bill], running - start[bill]
    base = np.maximum(total[bill], 1)
    shared = high * fund[bill] // base - low * fund[bill] // base
    own = round_half_up_array(eligible * fund[bill], base)
    return np.where(total[bill] > 0, np.where(paired, own, shared), 0)
