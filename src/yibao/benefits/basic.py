"""Basic insurance on the k-th bill of many persons: deductible, bands, limits, floor payment.

E eligible expense, d deductible paid, B = E - d, W the part of B within the limit on expense, P the payment:

    P = R(sum over bands of rate x what of (x0, x0 + W] lies in the band) + what items with a rate of their own pay,
        no more than the room under the limits, then no less than the floor payment

with x0 the place on the axis of the bands and R the declared rounding. Items with a rate of their own stay out of E, of
the deductible and of the bands. What of B is not paid for because of a limit is ``above``, the base of the large-amount
supplement.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from yibao.benefits.parameters import BandTable, Gathered, Tables, Value
from yibao.benefits.quantities import ONE, UNLIMITED
from yibao.benefits.state import State, disease_pot
from yibao.engine.money import IntArray


@dataclass
class Bills:
    """The k-th bills of a wave: money in fen, ``which`` profile, ``slot`` of the chronic disease."""

    which: IntArray
    total: IntArray
    eligible: IntArray
    slot: IntArray
    own_rate: Value = 0  # eligible expense of items with a rate of their own, and
    own_pay: Value = 0  # what that pays

    def __len__(self) -> int:
        return len(self.which)


@dataclass
class Basic:
    """What basic insurance gave, in fen; ``times`` counts the use of the deductible, ``start`` is x0."""

    times: IntArray
    deductible: IntArray
    within: IntArray
    above: Value
    start: Value
    by_rates: IntArray
    paid: IntArray


def pay_basic(bills: Bills, tables: Tables, state: State) -> Basic:
    """Reckon basic insurance and carry its accumulators on."""
    at, columns, n = tables.basic.at(bills.which), tables.basic, len(bills)
    ded_row = _row(at, state, "ded_pot", "ded_by_disease", bills)
    axis_row = state.pots.rows(at["axis_pot"])
    cap_row = _row(at, state, "cap_pot", "cap_by_disease", bills)
    times = state.read("times", ded_row, n) + 1
    deductible = _deductible(bills, tables, at, state.read("deductible", ded_row, n), times)
    shared, own_pay = bills.eligible - bills.own_rate, bills.own_pay * at["counts"]
    base = shared - deductible
    within = _within(shared, deductible, base, tables, at, state, cap_row)
    start: Value = 0
    if not columns.always("axis_year", 0):
        seen = np.where(at["axis_incl"], state.read("axis_eligible", axis_row, n), state.read("axis_base", axis_row, n))
        start = np.where(at["axis_year"], seen, 0)
    if not columns.always("axis_incl", 0):
        start = start + np.where(at["axis_incl"], deductible, 0)
    bands = tables.bands.columns.at(bills.which)
    if not columns.always("axis_fund", 0):
        start = np.where(at["axis_fund"], state.read("axis_paid", axis_row, n), start)
    parts = band_parts(tables, at, bands, start, within)
    numerator = sum((part * rate for part, rate in parts), start=np.zeros(n, dtype=np.int64))
    by_rates = rounded(numerator, at, columns.always("round_year", 0), state.read("numerator", axis_row, n)) + own_pay
    room = _room(tables, at, state, cap_row, n)
    paid = by_rates if room is None else np.minimum(by_rates, room)
    above: Value = base - within
    if room is not None and (paid < by_rates).any():
        above = above + np.where(paid < by_rates, within - _paid_for(parts, np.maximum(paid - own_pay, 0)), 0)
    if not columns.always("floor_rate", 0):
        least = np.minimum((bills.total * at["floor_rate"] + at["round_add"]) // ONE, bills.total)
        least = least if room is None else np.where(at["floor_within"], np.minimum(least, room), least)
        paid = np.maximum(paid, least)
    out = Basic(np.asarray(times * at["counts"]), deductible, within, above, start, by_rates, paid)
    _carry_on(bills, out, base, numerator, (ded_row, axis_row, cap_row), at, state)
    return out


def _row(at: Gathered, state: State, pot: str, by_disease: str, bills: Bills) -> Value:
    pots, own = at[pot], at[by_disease]
    if isinstance(own, int) and own == 0:
        return state.pots.rows(pots)
    return state.pots.rows(np.where(own, disease_pot(bills.slot), pots))


def _deductible(bills: Bills, tables: Tables, at: Gathered, paid: IntArray, times: IntArray) -> IntArray:
    columns, most = tables.basic, tables.deductibles.shape[1]
    nth = np.minimum(times - 1, most - 1) if most > 1 else 0
    asked: Value = tables.deductibles[bills.which, nth]
    if not columns.always("ded_year", 0):
        asked = np.where(at["ded_year"], np.maximum(tables.deductibles[bills.which, 0] - paid, 0), asked)
    if not columns.always("pct_rate", 0):
        of = np.where(at["pct_of_total"], bills.total, bills.eligible)
        share = (of * at["pct_rate"] + at["round_add"]) // ONE
        asked = np.where(np.asarray(at["pct_rate"]) > 0, np.clip(share, at["pct_min"], at["pct_max"]), asked)
    if not columns.always("ded_total", UNLIMITED):
        asked = np.minimum(asked, np.maximum(at["ded_total"] - paid, 0))
    return np.minimum(asked, bills.eligible - bills.own_rate)


def _within(
    eligible: IntArray, deductible: IntArray, base: IntArray, tables: Tables, at: Gathered, state: State, row: Value
) -> IntArray:
    """The part of the base that a limit on expense lets in."""
    n, within = len(eligible), base
    for name, seen in (("cap", _seen_pot), ("annual", _seen_annual)):
        if tables.basic.always(f"{name}_eligible", UNLIMITED):
            continue
        limit, whole = at[f"{name}_eligible"], np.asarray(at[f"{name}_incl"]) == 1
        room = np.maximum(limit - np.where(whole, seen(state, "eligible", row, n), seen(state, "base", row, n)), 0)
        room = np.where(whole, np.maximum(np.minimum(eligible, room) - deductible, 0), room)
        within = np.minimum(within, room)
    return within


def _seen_pot(state: State, name: str, row: Value, n: int) -> IntArray:
    return state.read(f"cap_{name}", row, n)


def _seen_annual(state: State, name: str, row: Value, n: int) -> IntArray:  # noqa: ARG001 - one signature
    return state.annual[name][:n]


def _room(tables: Tables, at: Gathered, state: State, cap_row: Value, n: int) -> Value | None:
    """What the limits on payment leave; None where there is none."""
    room: Value | None = None if tables.basic.always("cap_bill", UNLIMITED) else at["cap_bill"]
    if not tables.basic.always("cap_fund", UNLIMITED):
        left = np.maximum(at["cap_fund"] - state.read("cap_paid", cap_row, n), 0)
        room = left if room is None else np.minimum(room, left)
    if not tables.basic.always("annual_fund", UNLIMITED):
        annual = np.maximum(at["annual_fund"] - state.annual["paid"][:n], 0)
        room = annual if room is None else np.minimum(room, annual)
    return room


def band_parts(
    tables: Tables, at: Gathered, bands: Gathered, start: Value, within: IntArray
) -> list[tuple[Value, Value]]:
    """How much of the expense ``within`` falls into each band, with the band's rate.

    Bands lie on expense from ``start`` on, or on what the fund has paid. In the latter case a band that can still pay c
    takes ``c / rate`` fen of expense, cut off, so that a whole fen belongs to one band.
    """
    table, fund = tables.bands, at["axis_fund"]
    rates = [bands[f"rate_{k}"] for k in range(table.count)]
    if isinstance(fund, int):
        parts = _on_payment(table, bands, start, within) if fund else table.overlaps(bands, start, start + within)
    else:
        by_payment = _on_payment(table, bands, start, within)
        by_expense = table.overlaps(bands, start, start + within)
        by_expense += [0] * (len(by_payment) - len(by_expense))
        parts = [np.where(fund, one, two) for one, two in zip(by_payment, by_expense, strict=True)]
    return list(zip(parts, rates, strict=False))


def _on_payment(table: BandTable, bands: Gathered, start: Value, amount: IntArray) -> list[Value]:
    left, low = amount, np.asarray(start)
    parts: list[Value] = []
    for k in range(table.count):
        rate, edge = np.asarray(bands[f"rate_{k}"]), bands[f"edge_{k}"]
        free = np.maximum(edge - low, 0)
        taken = np.where(rate > 0, np.minimum(left, free * ONE // np.maximum(rate, 1)), np.where(free > 0, left, 0))
        parts.append(taken)
        left, low = left - taken, np.maximum(low, edge)
    return parts


def _paid_for(parts: list[tuple[Value, Value]], paid: IntArray) -> IntArray:
    """How much expense a payment that a limit cut stands for: the bands filled from below until it is used up."""
    left, reached = paid * ONE, np.zeros_like(paid)
    for part, given in parts:
        rate = np.asarray(given)
        taken = np.where(rate > 0, np.minimum(part, left // np.maximum(rate, 1)), np.where(left > 0, part, 0))
        reached, left = reached + taken, left - taken * rate
    return reached


def rounded(numerator: Value, at: Gathered, per_bill: bool, before: IntArray) -> IntArray:
    """Whole fen of a numerator: by itself, or as the step of the rounded running sum of the year."""
    add = at["round_add"]
    alone = (numerator + add) // ONE
    if per_bill:
        return np.asarray(alone)
    running = (before + numerator + add) // ONE - (before + add) // ONE
    return np.where(at["round_year"], running, alone)


def _carry_on(
    bills: Bills,
    out: Basic,
    base: IntArray,
    numerator: Value,
    rows: tuple[Value, Value, Value],
    at: Gathered,
    state: State,
) -> None:
    """Add the bill to the accumulators; care that no benefit covers does not count."""
    n, (ded_row, axis_row, cap_row), counts = len(bills), rows, at["counts"]
    state.add("times", ded_row, n, counts)
    state.add("deductible", ded_row, n, out.deductible)
    for name, amount in (
        ("eligible", (bills.eligible - bills.own_rate) * counts),
        ("base", base * counts),
        ("paid", out.paid),
    ):
        state.add(f"axis_{name}", axis_row, n, amount)
        state.add(f"cap_{name}", cap_row, n, amount)
        state.annual[name][:n] += amount
    if not (isinstance(at["round_year"], int) and at["round_year"] == 0):
        state.add("numerator", axis_row, n, numerator * at["round_year"])
