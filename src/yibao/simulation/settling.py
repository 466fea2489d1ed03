"""Settlement of every bill of a year by :mod:`yibao.simulation.policy`, everyone's next bill at once.

Bills are partitioned by household (a family shares its personal accounts) and ordered by time; wave ``k`` settles the
``k``-th bill of every household. What a person has used of deductibles, limits and accounts is state between waves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from yibao.engine.money import round_half_up_array
from yibao.simulation import policy
from yibao.simulation.frame import NONE, Array, Frame, full, rank_in_run, take

STAY, CHRONIC_CARE, VISIT, SHOP = range(4)
#: Results of a bill, in fen.
RESULTS = (
    "deductible", "above", "basic", "civil", "large", "critical", "assistance", "fund", "person_amount", "account",
    "family", "cash", "rate",
)  # fmt: skip
_STATE = ("stays", "deducted", "visit_paid", "chronic_paid", "shop_paid", "basic_paid", "stay_eligible", "above",
          "burden", "critical_paid", "aid_burden", "aid_out", "aid_stay", "spent")  # fmt: skip


@dataclass
class Covered:
    """One row per person: ``status`` 0 in service, 1 retired, 2 resident; ``payer`` whose account pays (-1 nobody)."""

    status: Array
    civil: Array
    assistance: Array
    payer: Array
    household: Array
    opening: Array
    credit_key: Array
    credit_sum: Array

    def credited(self, person: Array, on: Array) -> Array:
        """What the account of each person had been given by the day ``on``, opening balance included."""
        row = np.searchsorted(self.credit_key, person * 100_000 + on, side="right")
        start = np.searchsorted(self.credit_key, person * 100_000)
        return self.opening[person] + self.credit_sum[row] - self.credit_sum[start]


def settle(bills: Frame, covered: Covered) -> Frame:
    """Fund and personal shares of each bill, parallel to ``bills``.

    ``bills`` has person, at (seconds), care (0 stay, 1 chronic, 2 visit, 3 pharmacy), level, total, eligible (fen),
    elsewhere (0 local … 4 without filing), pooled (0: the person asked for the account only), share (basis points of
    the in-range rest that the account should pay) and reverses (row of the bill that is taken back or NONE).
    The result has the columns :data:`RESULTS`; those of a reversal are the negatives of its bill's.
    """
    n = len(bills["person"])
    result = {name: full(n, 0) for name in RESULTS}
    state = {name: full(len(covered.status), 0) for name in _STATE}
    household = covered.household[bills["person"]]
    order = np.lexsort((np.arange(n), bills["at"], household))
    wave = rank_in_run(household[order])
    by_wave = order[np.argsort(wave, kind="stable")]
    edges = np.searchsorted(np.sort(wave), np.arange(int(wave.max(initial=-1)) + 2))
    for k in range(len(edges) - 1):
        rows = by_wave[edges[k] : edges[k + 1]]
        back = bills["reverses"][rows] != NONE
        if back.any():
            _take_back(bills, rows[back], result, state, covered)
            rows = rows[~back]
        _pay(take(bills, rows), rows, result, state, covered)
    return result


def _pay(bill: Frame, rows: Array, result: Frame, state: Frame, covered: Covered) -> None:
    person, care = bill["person"], bill["care"]
    status = covered.status[person]
    pooled = bill["pooled"] == 1
    eligible = bill["eligible"]
    deductible = _deductible(bill, status, state)
    deductible = np.where(pooled, np.minimum(deductible, eligible), 0)
    above = np.where(pooled & (care == STAY) & (status < 2), _above(person, eligible, deductible, state), 0)
    basic, rate = _basic(bill, status, deductible, above, state)
    basic = np.where(pooled, basic, 0)
    civil = np.where((covered.civil[person] == 1) & (care == STAY), eligible - basic - above, 0)
    civil = round_half_up_array(civil * policy.CIVIL_RATE, 10_000)
    large = _large(person, status, above, state)
    counted = np.isin(care, (STAY, CHRONIC_CARE)) & pooled
    burden = eligible - basic - large - civil
    critical = _critical(person, status, counted, burden, state, covered)
    left = burden - critical
    aid = _assistance(person, care, pooled, left, state, covered)
    fund = basic + large + civil + critical + aid
    own = eligible - fund
    account, family = _account(bill, own, state, covered)
    paid = {
        "deductible": deductible,
        "above": above,
        "basic": basic,
        "civil": civil,
        "large": large,
        "critical": critical,
        "assistance": aid,
        "fund": fund,
        "person_amount": bill["total"] - fund,
        "account": account,
        "family": family,
        "cash": bill["total"] - fund - account,
        "rate": np.where(pooled, rate, 0),
    }
    for name, values in paid.items():
        result[name][rows] = values
    _remember(bill, paid, state, covered, 1)


def _deductible(bill: Frame, status: Array, state: Frame) -> Array:
    """By level and number of the admission for stays, what is left of the year's for visits."""
    person = bill["person"]
    scheme = np.where(status == 2, 1, 0)
    base = policy.STAY_DEDUCTIBLE[scheme, bill["level"]]
    again = round_half_up_array(base * policy.LATER_ADMISSION[scheme], 10_000)
    stay = np.where(state["stays"][person] > 0, again, base)
    visit = np.maximum(policy.VISIT_DEDUCTIBLE[status] - state["deducted"][person], 0)
    return np.select([bill["care"] == STAY, bill["care"] == VISIT], [stay, visit], 0)


def _above(person: Array, eligible: Array, deductible: Array, state: Frame) -> Array:
    """What of a stay, its deductible apart, lies above the limit of the year's in-range expense."""
    before, last = state["stay_eligible"][person], policy.BAND_EDGES[-1]
    beyond = np.maximum(before + eligible - last, 0) - np.maximum(before - last, 0)
    return np.minimum(beyond, eligible - deductible)


def _large(person: Array, status: Array, above: Array, state: Frame) -> Array:
    """Employees' large-amount supplement on what lies above the limit, up to its own limit in the year."""
    room = np.maximum(policy.LARGE_CAP - policy.BAND_EDGES[-1] - state["above"][person], 0)
    return round_half_up_array(np.minimum(above, room) * policy.LARGE_RATE[np.minimum(status, 1)], 10_000)


def _basic(bill: Frame, status: Array, deductible: Array, above: Array, state: Frame) -> tuple[Array, Array]:
    """Basic fund and the rate (of the first band) in basis points."""
    person, care, level, eligible = bill["person"], bill["care"], bill["level"], bill["eligible"]
    off = policy.ELSEWHERE_OFF[bill["elsewhere"]]
    base = eligible - deductible
    bands = policy.EMPLOYEE_STAY[np.minimum(status, 1), level] - off[:, None]
    low, high = np.array(policy.BAND_EDGES[:-1]), np.array(policy.BAND_EDGES[1:])
    end = (eligible - above)[:, None]
    within = np.clip(np.minimum(end, high) - np.maximum(deductible[:, None], low), 0, None)
    employee = round_half_up_array((within * bands).sum(axis=1), 10_000)

    resident_rate = policy.RESIDENT_STAY[level] - off
    resident = round_half_up_array(base * resident_rate, 10_000)
    resident = np.minimum(resident, np.maximum(policy.RESIDENT_CAP - state["basic_paid"][person], 0))
    stay = np.where(status == 2, resident, employee)

    chronic_rate = policy.CHRONIC_RATE[status, level] - off
    chronic = round_half_up_array(base * chronic_rate, 10_000)
    chronic = np.minimum(chronic, np.maximum(policy.CHRONIC_QUOTA[status] - state["chronic_paid"][person], 0))
    visit_rate = policy.VISIT_RATE[status, level] - off
    visit = round_half_up_array(base * visit_rate, 10_000)
    visit = np.minimum(visit, np.maximum(policy.VISIT_CAP[status] - state["visit_paid"][person], 0))
    shop_rate = np.maximum(policy.PHARMACY_RATE[status] - off, 0)
    shop = round_half_up_array(base * shop_rate, 10_000)
    shop = np.minimum(shop, np.maximum(policy.PHARMACY_CAP[status] - state["shop_paid"][person], 0))
    stay_rate = np.where(status == 2, resident_rate, bands[:, 0])
    rates = [stay_rate, chronic_rate, visit_rate, shop_rate]
    return np.choose(care, [stay, chronic, visit, shop]), np.choose(care, rates)


def _critical(person: Array, status: Array, counted: Array, burden: Array, state: Frame, covered: Covered) -> Array:
    """Critical-illness insurance of residents on the year's in-range burden: F(after) - F(before), rounded once."""
    poor = np.where(covered.assistance[person] >= 0, policy.POOR[covered.assistance[person]], False)
    start = np.where(poor, policy.CRITICAL_FROM_POOR, policy.CRITICAL_FROM)
    before = state["burden"][person]
    after = before + np.where(counted, burden, 0)
    numerator = full(len(person), 0)
    lower = start
    for edge, rate in zip(policy.CRITICAL_EDGES, policy.CRITICAL_RATE, strict=True):
        share = np.clip(np.minimum(after, edge) - np.maximum(before, lower), 0, None)
        numerator += share * (rate + np.where(poor, policy.CRITICAL_POOR_MORE, 0))
        lower = np.maximum(lower, edge)
    pay = round_half_up_array(numerator, 10_000)
    room = np.where(poor, pay, np.maximum(policy.CRITICAL_CAP - state["critical_paid"][person], 0))
    return np.where(status == 2, np.minimum(pay, room), 0)


def _assistance(person: Array, care: Array, pooled: Array, left: Array, state: Frame, covered: Covered) -> Array:
    """Medical assistance on what is left, above the category's yearly deductible and below its limits."""
    category = covered.assistance[person]
    aided = (category >= 0) & pooled & (care != SHOP)
    start = policy.AID_FROM[category]
    before = state["aid_burden"][person]
    base = np.maximum(before + left - start, 0) - np.maximum(before - start, 0)
    pay = round_half_up_array(base * policy.AID_RATE[category], 10_000)
    room = np.where(
        care == VISIT,
        policy.AID_LIMIT_OUTPATIENT - state["aid_out"][person],
        policy.AID_LIMIT_STAY - state["aid_stay"][person],
    )
    return np.where(aided, np.minimum(pay, np.maximum(room, 0)), 0)


def _account(bill: Frame, own: Array, state: Frame, covered: Covered) -> tuple[Array, Array]:
    """What the own account or a relative's pays of the in-range rest, as far as the balance reaches."""
    payer = covered.payer[bill["person"]]
    someone = np.maximum(payer, 0)
    balance = covered.credited(someone, bill["at"] // 86_400) - state["spent"][someone]
    wanted = round_half_up_array(own * bill["share"], 10_000)
    account = np.where(payer >= 0, np.clip(np.minimum(wanted, balance), 0, None), 0)
    return account, np.where(payer != bill["person"], account, 0)


def _remember(bill: Frame, paid: Frame, state: Frame, covered: Covered, sign: int) -> None:
    """Add the bills' amounts to the year's sums (``sign`` -1 takes them back); one bill per household at a time."""
    person, care = bill["person"], bill["care"]
    stay, chronic, visit, shop = (care == k for k in range(4))
    burden = bill["eligible"] - paid["basic"] - paid["large"] - paid["civil"]
    counted = (stay | chronic) & (bill["pooled"] == 1)
    aided = (bill["pooled"] == 1) & ~shop
    moves = {
        "stays": stay,
        "deducted": np.where(visit, paid["deductible"], 0),
        "visit_paid": np.where(visit, paid["basic"], 0),
        "chronic_paid": np.where(chronic, paid["basic"], 0),
        "shop_paid": np.where(shop, paid["basic"], 0),
        "basic_paid": np.where(stay, paid["basic"], 0),
        "stay_eligible": np.where(stay, bill["eligible"], 0),
        "above": paid["above"],
        "burden": np.where(counted, burden, 0),
        "critical_paid": paid["critical"],
        "aid_burden": np.where(aided, burden - paid["critical"], 0),
        "aid_out": np.where(visit, paid["assistance"], 0),
        "aid_stay": np.where(stay | chronic, paid["assistance"], 0),
    }
    for name, values in moves.items():
        state[name][person] += sign * values
    payer = covered.payer[person]
    some = payer >= 0
    state["spent"][payer[some]] += sign * paid["account"][some]


def _take_back(bills: Frame, rows: Array, result: Frame, state: Frame, covered: Covered) -> None:
    original = bills["reverses"][rows]
    paid = {name: result[name][original] for name in RESULTS}
    for name in RESULTS:
        result[name][rows] = paid[name] if name == "rate" else -paid[name]
    _remember(take(bills, original), paid, state, covered, -1)
