"""From lines to bills: refunds, cancelled visits, settlements and their layers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from yibao.simulation.catalogue import load_catalogue
from yibao.simulation.draws import stream
from yibao.simulation.frame import DAY, NONE, YEAR_FIRST, YEAR_LAST, Array, Frame, concat, full, previous_same, take
from yibao.simulation.geography import city_of
from yibao.simulation.lines import AUTOMATIC, OPERATION, usual_days
from yibao.simulation.money import amounts, share_of_fund
from yibao.simulation.people import People
from yibao.simulation.policy import EMPLOYEE
from yibao.simulation.protection import opening_balances
from yibao.simulation.providers import Providers
from yibao.simulation.settling import RESULTS, Covered, settle
from yibao.simulation.visits import CHRONIC, EMERGENCY, FROM_EMERGENCY, OUTPATIENT, PURCHASE, STAYS

#: Shares of lines that are taken back one by one, and of outpatient visits that are cancelled as a whole.
REFUNDED_SHARE, CANCELLED_SHARE = 0.006, 0.0015
#: Shares of visits and of stays whose in-range rest the personal account pays as far as it reaches.
_ACCOUNT_VISITS, _ACCOUNT_STAYS = 0.97, 0.9
#: Purchases on the pooled fund (a prescription filled at a pharmacy); the others are paid from the account alone.
_POOLED_PURCHASES = 0.12
#: Care elsewhere that is neither long-term residence nor an emergency: with a referral, else without filing.
_REFERRED = 0.95
_SUMS = ("amount", "not_covered", "over_limit", "first_share", "eligible")


@dataclass
class Bills:
    """Lines sorted by person and time with their amounts, and settlements: one per encounter, then the reversals.

    ``lines`` gains ``line_settled`` (row of ``settlements``), ``reverses`` (row of the line taken back or NONE),
    ``undone`` (1 where a refund exists), the amounts and ``fund``.
    """

    lines: Frame
    settlements: Frame
    covered: Covered


def covered_people(people: People, paid: Frame, seed: int, block: int) -> Covered:
    """What the settlement must know of each person; ``paid`` are the contributions of the year."""
    rows, n = people.rows, people.count
    rng = stream(seed, "accounts", block)
    employee = rows["scheme"] == EMPLOYEE
    # A resident may use the account of the first employee in the household.
    holder = np.full(int(rows["household"].max()) + 1, -1, dtype=np.int64)
    members = np.flatnonzero(employee)[::-1]
    holder[rows["household"][members]] = members
    payer = np.where(employee, np.arange(n), holder[rows["household"]])
    credits = np.flatnonzero(paid["credit"] > 0)
    order = credits[np.lexsort((paid["paid_on"][credits], paid["person"][credits]))]
    years = np.maximum(people.age(np.arange(n), YEAR_FIRST), 0)
    return Covered(
        status=np.where(employee, (rows["person_class"] == 12).astype(np.int64), 2),
        civil=rows["civil_servant"],
        assistance=rows["assistance"],
        payer=payer,
        household=rows["household"],
        opening=opening_balances(rows, years, rng),
        credit_key=paid["person"][order] * 100_000 + paid["paid_on"][order],
        credit_sum=np.concatenate([[0], np.cumsum(paid["credit"][order])]),
    )


def bill(
    encounters: Frame, lines: Frame, people: People, providers: Providers, paid: Frame, seed: int, block: int
) -> Bills:
    """Price, refund, settle and number all lines; ``paid`` are the year's contributions."""
    rng = stream(seed, "billing", block)
    institution = encounters["institution"][lines["encounter"]]
    listed = load_catalogue().price_at(lines["item"], providers.level[institution], lines["at"])
    lines["price"] = np.where(lines["price"] == NONE, listed, lines["price"])
    lines = _sorted(lines, encounters)
    n, count = len(lines["item"]), len(encounters["person"])
    by_chance = (rng.random(n) < REFUNDED_SHARE) & (lines["tag"] == 0)
    by_chance &= (lines["kind"] != AUTOMATIC) & (lines["kind"] != OPERATION)
    cancelled = (encounters["kind"] == OUTPATIENT) & (encounters["tag"] == 0) & (rng.random(count) < CANCELLED_SHARE)
    cancelled[lines["encounter"][(lines["refund"] == 1) | by_chance]] = False
    cancelled &= ~_again_soon(encounters)
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
    covered = covered_people(people, paid, seed, block)
    settlements = _settlements(encounters, both, cancelled, covered, providers, rng)
    _share_fund(both, settlements)
    return Bills(both, settlements, covered)


def _again_soon(encounters: Frame) -> Array:
    """Where the person has another bill before a cancellation on the next day is through.

    What that bill is owed depends on whether the cancelled one ever counted, on which policies are silent.
    """
    follows = np.append(previous_same(encounters["person"])[1:], False)
    gap = np.append(encounters["begin"][1:], 0) - encounters["end"]
    return follows & (gap < DAY + 3600)


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
    encounters: Frame, lines: Frame, cancelled: Array, covered: Covered, providers: Providers, rng: np.random.Generator
) -> Frame:
    """One settlement per encounter and a negative one per cancelled visit."""
    count = len(encounters["person"])
    again = np.flatnonzero(cancelled)
    original = (lines["reversal"] == 0).astype(np.int64)
    sums = {name: _sum_by(lines["encounter"], lines[name] * original, count) for name in _SUMS}
    stay = np.isin(encounters["kind"], STAYS)
    shop = encounters["kind"] == PURCHASE
    wait = np.where(stay, rng.integers(900, 3 * 3600, count), rng.integers(60, 900, count))
    # The counters close the books of a year at midnight: a bill of the year is settled in it.
    soon = np.maximum(np.minimum(encounters["end"] + wait, (YEAR_LAST + 1) * DAY - 1), encounters["end"])
    at = np.where(encounters["delay"] == NONE, soon, encounters["end"] + encounters["delay"])
    wants = np.where(rng.random(count) < np.where(stay, _ACCOUNT_STAYS, _ACCOUNT_VISITS), 10_000, 0)
    employee = covered.status[encounters["person"]] < 2
    # Chance does not settle a scene from a relative's account: where that is the point of it, it says so.
    relative = (rng.random(count) < 0.05) & (encounters["tag"] == 0)
    only = (encounters["account_only"] == 1) | (
        shop & (encounters["tag"] == 0) & ~(rng.random(count) < _POOLED_PURCHASES)
    )
    wants = np.where(only | shop, 10_000, np.where(employee | relative, wants, 0))
    bills: Frame = {
        "person": encounters["person"],
        "at": at,
        "care": np.select([stay, encounters["kind"] == CHRONIC, shop], [0, 1, 3], 2),
        "level": providers.level[encounters["institution"]],
        "total": sums["amount"],
        "eligible": sums["eligible"],
        "elsewhere": encounters["elsewhere"],
        "pooled": (~only).astype(np.int64),
        "share": wants,
        "reverses": full(count, NONE),
    }
    reversals = take(bills, again) | {"at": at[again] + DAY, "reverses": again}
    both = concat([bills, reversals])
    encounter = np.concatenate([np.arange(count), again])
    paid = settle(both, covered)
    sign = np.where(both["reverses"] == NONE, 1, -1)
    of_lines = {name: sums[name][encounter] * sign for name in _SUMS}
    columns = {name: encounters[name][encounter] for name in ("person", "institution", "kind", "elsewhere")}
    money = {name: paid[name] for name in RESULTS}
    own = {"encounter": encounter, "at": both["at"], "reverses": both["reverses"], "total": of_lines.pop("amount")}
    own["account_only"] = 1 - both["pooled"]
    own["status"] = covered.status[columns["person"]]
    return columns | of_lines | money | own


def elsewhere(encounters: Frame, people: People, providers: Providers, rng: np.random.Generator) -> Array:
    """0 in the insured region, 1 long-term residence, 2 referred, 3 emergency, 4 without filing.

    A referral holds for all care of a person at one institution, an emergency for its day there, long-term residence in
    the city where the person lives: as the filings say.
    """
    person, institution, begin = encounters["person"], encounters["institution"], encounters["begin"] // DAY
    city = providers.city[institution]
    away = people.elsewhere(person, city, begin)
    lives = people.rows["lives"][person]
    settled = (lives != people.insured_at(person, begin)) & (city_of(lives) == city)
    pairs, pair = np.unique(person * len(providers.city) + institution, return_inverse=True)
    referred = (rng.random(len(pairs)) < _REFERRED)[pair]
    that_day = pair * 100_000 + begin
    emergency = np.isin(that_day, that_day[np.isin(encounters["kind"], (FROM_EMERGENCY, EMERGENCY))])
    return np.where(away, np.select([settled, emergency, referred], [1, 3, 2], 4), 0)


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
    """Days for which the drugs of visits last: as the line says, otherwise a plain guess."""
    drug = load_catalogue().drug[lines["item"]] & visits_only
    days = usual_days(lines["item"], lines["quantity"])
    return np.where(lines["days"] != NONE, lines["days"], np.where(drug, days, NONE))
