"""From lines to bills: refunds, cancelled visits, settlements and their layers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from yibao.simulation.catalogue import load_catalogue
from yibao.simulation.content import AUTOMATIC, OPERATION
from yibao.simulation.draws import stream
from yibao.simulation.frame import DAY, NONE, Array, Frame, concat, full, take
from yibao.simulation.money import amounts, settle, share_of_fund
from yibao.simulation.people import People
from yibao.simulation.providers import Providers
from yibao.simulation.visits import OUTPATIENT, STAYS

#: Shares of lines that are taken back one by one, and of outpatient visits that are cancelled as a whole.
REFUNDED_SHARE, CANCELLED_SHARE = 0.006, 0.0015
_SUMS = ("amount", "not_covered", "over_limit", "first_share", "eligible")


@dataclass
class Bills:
    """Lines sorted by person and time with their amounts, and settlements: one per encounter, then the reversals.

    ``lines`` gains ``line_settled`` (row of ``settlements``), ``reverses`` (row of the line taken back or NONE),
    ``undone`` (1 where a refund exists), the amounts and ``fund``.
    """

    lines: Frame
    settlements: Frame


def bill(encounters: Frame, lines: Frame, people: People, providers: Providers, seed: int) -> Bills:
    """Refund, settle and number all lines."""
    rng = stream(seed, "billing")
    lines = _sorted(lines, encounters)
    n, count = len(lines["item"]), len(encounters["person"])
    by_chance = (rng.random(n) < REFUNDED_SHARE) & (lines["tag"] == 0)
    by_chance &= (lines["kind"] != AUTOMATIC) & (lines["kind"] != OPERATION)
    cancelled = (encounters["kind"] == OUTPATIENT) & (encounters["tag"] == 0) & (rng.random(count) < CANCELLED_SHARE)
    cancelled[lines["encounter"][(lines["refund"] == 1) | by_chance]] = False
    refunded = (lines["refund"] == 1) | by_chance
    whole = cancelled[lines["encounter"]]
    lines |= {"reverses": full(n, NONE), "undone": (refunded | whole).astype(np.int64), "reversal": full(n, 0)}
    lines |= {"line_settled": lines["encounter"].copy()}

    back = _taken_back(lines, encounters, np.flatnonzero(refunded), np.flatnonzero(whole), rng)
    number_of = np.cumsum(cancelled) - 1 + count
    both = concat([lines, back])
    both["line_settled"] = np.where(both["reversal"] == 1, number_of[both["encounter"]], both["encounter"])
    order = np.lexsort((np.arange(len(both["item"])), both["at"], encounters["person"][both["encounter"]]))
    position = np.empty(len(order), dtype=np.int64)
    position[order] = np.arange(len(order))
    both["reverses"] = np.where(both["reverses"] == NONE, NONE, position[np.maximum(both["reverses"], 0)])
    both = take(both, order)
    both |= amounts(both)
    settlements = _settlements(encounters, both, cancelled, people, providers, seed)
    _share_fund(both, settlements)
    return Bills(both, settlements)


def _sorted(lines: Frame, encounters: Frame) -> Frame:
    person = encounters["person"][lines["encounter"]]
    return take(lines, np.lexsort((lines["item"], lines["encounter"], lines["at"], person)))


def _taken_back(lines: Frame, encounters: Frame, refunded: Array, whole: Array, rng: np.random.Generator) -> Frame:
    """Negative twins: single refunds before the bill is settled, cancelled visits on the next day."""
    rows = np.concatenate([refunded, whole])
    back = take(lines, rows)
    n = len(rows)
    end = encounters["end"][back["encounter"]]
    stay = np.isin(encounters["kind"][back["encounter"]], STAYS)
    soon = np.minimum(back["at"] + rng.integers(300, 1500, n), np.maximum(end, back["at"] + 60))
    later = np.minimum(back["at"] + rng.integers(3600, DAY, n), np.maximum(end - 300, back["at"] + 60))
    cancelled = np.arange(n) >= len(refunded)
    back["at"] = np.select([cancelled, stay], [end + DAY - 3600, later], soon)
    back["quantity"] = -back["quantity"]
    back["reverses"] = rows
    back["reversal"] = cancelled.astype(np.int64)
    back["undone"] = full(n, 0)
    # The truth points at the line, not at its refund.
    back["tag"] = full(n, 0)
    return back


def _settlements(
    encounters: Frame, lines: Frame, cancelled: Array, people: People, providers: Providers, seed: int
) -> Frame:
    """One settlement per encounter and a negative one per cancelled visit."""
    rng = stream(seed, "settlements")
    count = len(encounters["person"])
    again = np.flatnonzero(cancelled)
    original = (lines["reversal"] == 0).astype(np.int64)
    bills = {name: encounters[name] for name in ("person", "institution", "kind", "account_only")}
    for name in _SUMS:
        bills["total" if name == "amount" else name] = _sum_by(lines["encounter"], lines[name] * original, count)
    paid = bills | settle(bills, people, providers, seed)
    stay = np.isin(encounters["kind"], STAYS)
    wait = np.where(stay, rng.integers(900, 3 * 3600, count), rng.integers(60, 900, count))
    at = encounters["end"] + np.where(encounters["delay"] == NONE, wait, encounters["delay"])
    money = [
        name
        for name in paid
        if name not in ("person", "institution", "kind", "account_only", "rate", "cap", "employee")
    ]
    reversals = take(paid, again)
    reversals |= {name: -reversals[name] for name in money}
    own = {"encounter": np.arange(count), "at": at, "reverses": full(count, NONE)}
    back = {"encounter": again, "at": at[again] + DAY, "reverses": again}
    return concat([paid | own, reversals | back])


def _sum_by(group: Array, values: Array, count: int) -> Array:
    """Exact integer sums per group; bills stay far below the 2^53 that ``bincount`` adds exactly."""
    return np.bincount(group, weights=values, minlength=count).astype(np.int64)


def _share_fund(lines: Frame, settlements: Frame) -> None:
    """Spread each bill's fund payment over its lines; cancelled visits mirror the lines they take back."""
    count = len(settlements["encounter"]) - int((settlements["reverses"] != NONE).sum())
    single = (lines["reverses"] != NONE) & (lines["reversal"] == 0)
    paired = single.copy()
    paired[lines["reverses"][single]] = True
    counted = np.where(lines["reversal"] == 1, 0, lines["eligible"])
    order = np.argsort(lines["encounter"], kind="stable")
    fund = np.empty(len(order), dtype=np.int64)
    fund[order] = share_of_fund(counted[order], lines["encounter"][order], settlements["fund"][:count], paired[order])
    mirrored = lines["reversal"] == 1
    fund[mirrored] = -fund[lines["reverses"][mirrored]]
    lines["fund"] = fund


def days_supply(lines: Frame, visits_only: Array) -> Array:
    """A plain guess for outpatient drugs: two pieces a day (3 to 30 days), a week where the box is the unit."""
    catalogue = load_catalogue()
    drug = catalogue.drug[lines["item"]] & visits_only
    pieces = np.abs(lines["quantity"]) // 1000
    days = np.where(catalogue.pack[lines["item"]] > 1, np.minimum(np.maximum(pieces // 2, 3), 30), 7)
    return np.where(drug, days, NONE)
