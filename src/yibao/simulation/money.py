"""What each line and each bill costs, and who pays: one simple policy, to the fen.

The policy is made up: per bill a deductible, one rate by scheme, kind of care and level of institution, and a cap;
then critical illness, large amount, civil servants and assistance on what is left. Every rounding is half-up.
"""

from __future__ import annotations

import numpy as np

from yibao.engine.money import round_half_up_array
from yibao.simulation.catalogue import load_catalogue
from yibao.simulation.draws import stream
from yibao.simulation.frame import NONE, Array, Frame, full
from yibao.simulation.people import EMPLOYEE, People
from yibao.simulation.providers import Providers
from yibao.simulation.visits import CHRONIC, PURCHASE, STAYS

#: Basis points by level 0..3, deductible in fen by level 0..3, cap in fen, for employees and residents.
_RATES = {
    "stay": ([9500, 9500, 9200, 9000], [8800, 8800, 7800, 6800]),
    "chronic": ([8500, 8500, 8500, 8000], [6500, 6500, 6000, 5500]),
    "visit": ([7500, 7500, 6500, 5500], [6000, 6000, 4500, 3500]),
    "purchase": ([6000, 6000, 6000, 6000], [4000, 4000, 4000, 4000]),
}
_DEDUCTIBLES = {
    "stay": ([15_000, 15_000, 30_000, 50_000], [15_000, 15_000, 40_000, 60_000]),
    "chronic": ([0] * 4, [0] * 4),
    "visit": ([0, 0, 1_000, 2_000], [0, 0, 2_000, 4_000]),
    "purchase": ([0] * 4, [0] * 4),
}
_CAPS = {
    "stay": (5_000_000, 4_000_000),
    "chronic": (500_000, 300_000),
    "visit": (200_000, 80_000),
    "purchase": (30_000, 15_000),
}
_CARE = ["stay", "chronic", "visit", "purchase"]
CRITICAL_FROM, CRITICAL_RATE = 800_000, 6_000
LARGE_RATE, CIVIL_RATE, ASSISTANCE_RATE = 9_000, 5_000, 7_000


def amounts(lines: Frame) -> Frame:
    """The split of each line (I1): amount = not covered + over limit + first share + eligible, signed as quantity."""
    catalogue = load_catalogue()
    item, quantity = lines["item"], lines["quantity"]
    price, ceiling = catalogue.price[item], catalogue.ceiling[item]
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


def settle(bills: Frame, people: People, providers: Providers, seed: int) -> Frame:
    """Fund and personal shares of each bill.

    ``bills`` has person, institution, kind, account_only and the line sums total, not_covered, over_limit,
    first_share and eligible (fen); the result has deductible, rate (basis points), the fund layers and how the rest
    was paid, such that the identities I2 to I7 hold.
    """
    rng = stream(seed, "money")
    n = len(bills["person"])
    employee = people.rows["scheme"][bills["person"]] == EMPLOYEE
    stay, purchase = np.isin(bills["kind"], STAYS), bills["kind"] == PURCHASE
    care = np.select([stay, bills["kind"] == CHRONIC, purchase], [0, 1, 3], 2)
    scheme = np.where(employee, 0, 1)
    level = providers.level[bills["institution"]]
    account_only = bills["account_only"] == 1

    eligible = bills["eligible"]
    rate = np.where(account_only, 0, np.array([_RATES[c] for c in _CARE])[care, scheme, level])
    deductible = np.minimum(eligible, np.array([_DEDUCTIBLES[c] for c in _CARE])[care, scheme, level])
    deductible = np.where(account_only, 0, deductible)
    cap = np.array([_CAPS[c] for c in _CARE])[care, scheme]
    raw = round_half_up_array((eligible - deductible) * rate, 10_000)
    basic = np.minimum(raw, cap)

    burden = eligible - basic
    civil = np.where(
        employee & stay & (people.rows["civil_servant"][bills["person"]] == 1),
        round_half_up_array(burden * CIVIL_RATE, 10_000),
        0,
    )
    large = np.where(employee & stay, round_half_up_array((raw - basic) * LARGE_RATE, 10_000), 0)
    large = np.minimum(large, burden - civil)
    critical = np.where(
        ~employee & stay & (burden > CRITICAL_FROM),
        round_half_up_array((burden - CRITICAL_FROM) * CRITICAL_RATE, 10_000),
        0,
    )
    assisted = (people.rows["assisted"][bills["person"]] == 1) & ~purchase & ~account_only
    left = burden - civil - large - critical
    assistance = np.where(assisted, round_half_up_array(left * ASSISTANCE_RATE, 10_000), 0)
    fund = basic + civil + large + critical + assistance
    person = bills["total"] - fund

    # Employees pay what is in range from the account: outpatients nearly always, in hospital up to a third.
    in_range = eligible - fund
    share = np.where(stay, rng.integers(0, 3_400, n), np.where(rng.random(n) < 0.85, 10_000, 0))
    account = np.where(employee, round_half_up_array(in_range * share, 10_000), 0)
    relative = ~employee & ~stay & (rng.random(n) < 0.05)
    account = np.where(relative | account_only, in_range, account)
    family = np.where(relative | account_only, account, 0)
    return {
        "rate": rate,
        "deductible": deductible,
        "cap": cap,
        "basic": basic,
        "civil": civil,
        "large": large,
        "critical": critical,
        "assistance": assistance,
        "fund": fund,
        "person_amount": person,
        "account": account,
        "family": family,
        "cash": person - account,
        "employee": employee.astype(np.int64),
        "zero": full(n, 0),
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
