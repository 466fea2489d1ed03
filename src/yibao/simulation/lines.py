"""Charge lines in the making: their columns, and frames of them."""

from __future__ import annotations

import numpy as np

from yibao.simulation.catalogue import load_catalogue
from yibao.simulation.frame import NONE, Array, Frame, full

#: Kinds of line: taken down by the ward itself, an order, an operation.
AUTOMATIC, ORDERED, OPERATION = 0, 1, 2

LINE = {
    "encounter": 0,
    "item": 0,
    "price": NONE,
    "quantity": 1000,
    "at": 0,
    "kind": ORDERED,
    "tag": 0,
    "report": 1,
    "report_item": NONE,
    "report_after": NONE,
    "report_copy": NONE,
    "report_device": NONE,
    "report_mark": NONE,
    "reason": NONE,
    "refund": 0,
    "ordered": 1,
    "ordered_item": NONE,
    "local": NONE,
    "days": NONE,
    "trace_of": NONE,
    "trace_item": NONE,
}


def lines(n: int, **columns: Array) -> Frame:
    """A frame with every line column; those not given take the default."""
    return {name: columns.get(name, full(n, value)) for name, value in LINE.items()}


def lines_at(rows: Array, item: int, quantity: Array) -> Frame:
    """One line of ``item`` for each of ``rows``, ``quantity`` in whole units."""
    n = len(rows)
    return lines(n, encounter=rows, item=full(n, item), quantity=quantity.astype(np.int64) * 1000)


def usual_days(item: Array, quantity: Array) -> Array:
    """How long an outpatient's drugs last: two pieces a day (3 to 30 days), a week where the box is the unit."""
    pieces = np.abs(quantity) // 1000
    return np.where(load_catalogue().pack[item] > 1, np.minimum(np.maximum(pieces // 2, 3), 30), 7)
