"""Who is protected how: schemes, employers, wages, household income, assistance, contributions and accounts.

The amounts are those of :mod:`yibao.simulation.policy`. Wages and incomes are log-normal around the policy's averages.
"""

from __future__ import annotations

import numpy as np

from yibao.engine.money import round_half_up_array
from yibao.simulation.draws import choose, even, sample
from yibao.simulation.frame import NONE, YEAR_FIRST, YEAR_LAST, Array, Frame, concat, day, full, ints
from yibao.simulation.geography import rural
from yibao.simulation.policy import CONTRIBUTION as P
from yibao.simulation.policy import EMPLOYEE, RESIDENT

#: In the order of the numbers in ``rows["assistance"]``; the share among residents.
ASSISTANCE = [
    ("destitute", 0.005),
    ("low_income", 0.030),
    ("low_income_edge", 0.008),
    ("orphan", 0.0006),
    ("monitored", 0.0205),
    ("illness_poverty", 0.001),
    ("disabled", 0.008),
]
MONTHS = ints([day(f"2025-{month:02d}-01") for month in range(1, 13)])
#: Shares of workers who have a gap of some months, and of their employers that pay in arrears.
GAP_SHARE, ARREARS_SHARE = 0.035, 0.06
PERSONS_PER_EMPLOYER = 18


def employer_count(persons: int) -> int:
    return max(12, persons // 5 // PERSONS_PER_EMPLOYER)


def enrol(rows: Frame, years: Array, rng: np.random.Generator) -> None:
    """Scheme, person class, employer, wage, household income and assistance; adds columns to ``rows``.

    About 28.6 % are in the employee scheme, 2.6 in service for each retired (2024 bulletin).
    """
    n = len(years)
    draw = even(rng, years.astype(np.int64) // 5)
    worker = (years >= 23) & (years < 60) & (draw < 0.354)
    retired = (years >= 60) & (draw < 0.320)
    rows["scheme"] = np.where(worker | retired, EMPLOYEE, RESIDENT).astype(np.int64)
    rows["person_class"] = np.select([worker, retired, years < 18, years >= 60], [11, 12, 14, 16], 15).astype(np.int64)
    rows["civil_servant"] = ((worker | retired) & (rng.random(n) < 0.09)).astype(np.int64)
    employers = employer_count(n)
    by_size = 1.0 / np.arange(1, employers + 1) ** 0.8
    rows["employer"] = np.where(worker, choose(rng, by_size, n), NONE)
    wage = np.clip(np.exp(rng.normal(-0.16, 0.55, n)), P.wage_floor, P.wage_ceiling) * P.average_wage
    rows["wage"] = np.where(worker, wage.astype(np.int64) // 100_000 * 100_000, 0)
    gap = worker & (rng.random(n) < GAP_SHARE)
    rows["gap_from"] = np.where(gap, rng.integers(0, 10, n), NONE)
    rows["gap_to"] = np.where(gap, rows["gap_from"] + rng.integers(1, 5, n), NONE)
    _households(rows, rng)


def _households(rows: Frame, rng: np.random.Generator) -> None:
    """Income per head of each household, and the assistance of the poorest: one category per household."""
    household = rows["household"]
    count = int(household[-1]) + 1
    size = np.bincount(household, minlength=count)
    per_head = np.exp(rng.normal(-0.12, 0.5, count)) * P.income_per_head
    per_head *= np.where(np.bincount(household, weights=rural(rows["county"])) > 0, 0.62, 1.16)
    working = np.bincount(household, weights=rows["scheme"] == EMPLOYEE)
    per_head *= np.where(working > 0, 1.15, 0.8)
    share = np.array([share for _, share in ASSISTANCE])
    # Nobody with an employee in the household is poor enough; the others are picked among the poorer third.
    able = (working == 0) & (per_head < np.quantile(per_head, 0.4))
    chance = min(share.sum() * 0.93 * count / max(able.sum(), 1), 1.0)
    aided = np.zeros(count, dtype=bool)
    aided[sample(rng, able * chance, size)] = True
    category = np.where(aided, choose(rng, share, count), -1)
    minor = np.bincount(household, weights=rows["person_class"] == 14, minlength=count)
    # An orphan is a child; elsewhere the category makes no sense.
    category = np.where((category == 3) & (minor == 0), 1, category)
    per_head = np.where(aided, np.minimum(per_head, P.income_per_head * 0.28), per_head)
    rows["assistance"] = np.where(rows["scheme"] == RESIDENT, category[household], -1)
    rows["household_income"] = (size * per_head).astype(np.int64)[household] // 100 * 100


def assistance_kinds() -> list[str]:
    return [name for name, _ in ASSISTANCE]


def enrolment_spans(rows: Frame, person: Array) -> Frame:
    """Enrolments of ``person``: one span, two for those who moved, two around a gap of paid months.

    Columns: person, county, begin, end (NONE while it lasts), status (1 normal, 2 paused, 4 ended).
    """
    begin = np.maximum(rows["birth"][person], day("2019-01-01"))
    moved, death = rows["moved"][person], rows["death"][person]
    first = {
        "person": person,
        "county": rows["county"][person],
        "begin": begin,
        "end": np.where(moved != NONE, moved - 1, np.where(death != NONE, death, NONE)),
    }
    movers = np.flatnonzero(moved != NONE)
    second = {
        "person": person[movers],
        "county": rows["lives"][person[movers]],
        "begin": moved[movers],
        "end": death[movers],
    }
    spans = concat([first, second])
    paused = (rows["gap_to"][spans["person"]] > 11) & (rows["gap_from"][spans["person"]] != NONE)
    spans["status"] = np.where(spans["end"] != NONE, 4, np.where(paused, 2, 1))
    order = np.lexsort((spans["begin"], spans["person"]))
    return {name: column[order] for name, column in spans.items()}


def contributions(rows: Frame, rng: np.random.Generator) -> Frame:
    """What was paid for the year: workers by the month, residents once, retired people nothing.

    Columns: person, month, base, employer, own, subsidy, credit (fen), paid_on, kind (0 regular, 1 arrears). Workers
    with a gap pay nothing for it; some employers pay months later; some residents do not pay at all.
    """
    worker = np.flatnonzero(rows["person_class"] == 11)
    person, month = np.repeat(worker, 12), np.tile(np.arange(12), len(worker))
    gap = (rows["gap_from"][person] != NONE) & (month >= rows["gap_from"][person]) & (month < rows["gap_to"][person])
    death = rows["death"][person]
    keep = ~gap & ((death == NONE) | (MONTHS[month] <= death))
    person, month = person[keep], month[keep]
    base = rows["wage"][person] // 12
    own = round_half_up_array(base * P.own_rate, 10_000)
    late = np.isin(rows["employer"][person] % 17, [3]) & (month % 6 < 4)
    monthly = {
        "person": person,
        "month": MONTHS[month],
        "base": base,
        "employer": round_half_up_array(base * P.employer_rate, 10_000),
        "own": own,
        "subsidy": full(len(person), 0),
        "credit": own,
        "paid_on": MONTHS[month] + np.where(late, 95, 9) + rng.integers(0, 12, len(person)),
        "kind": late.astype(np.int64),
    }
    pensioner = np.flatnonzero(rows["person_class"] == 12)
    credited, credit_month = np.repeat(pensioner, 12), np.tile(np.arange(12), len(pensioner))
    alive = (rows["death"][credited] == NONE) | (MONTHS[credit_month] <= rows["death"][credited])
    credited, credit_month = credited[alive], credit_month[alive]
    zero = full(len(credited), 0)
    pensions = {
        "person": credited,
        "month": MONTHS[credit_month],
        "base": zero,
        "employer": zero,
        "own": zero,
        "subsidy": zero,
        "credit": zero + P.retired_credit,
        "paid_on": MONTHS[credit_month] + 9,
        "kind": zero,
    }
    resident = np.flatnonzero((rows["scheme"] == RESIDENT) & (rng.random(len(rows["scheme"])) > P.unpaid_share))
    aided = rows["assistance"][resident] >= 0
    newborn = rows["birth"][resident] >= YEAR_FIRST
    # Residents pay for the coming year in autumn; newborns within ninety days of birth.
    paid_on = np.where(newborn, rows["birth"][resident] + 40, YEAR_FIRST - rng.integers(5, 110, len(resident)))
    yearly = {
        "person": resident,
        "month": full(len(resident), YEAR_FIRST),
        "base": full(len(resident), 0),
        "employer": full(len(resident), 0),
        "own": np.where(aided, 0, P.resident_own),
        "subsidy": P.resident_subsidy + np.where(aided, P.resident_own, 0),
        "credit": full(len(resident), 0),
        "paid_on": np.minimum(paid_on, YEAR_LAST),
        "kind": full(len(resident), 0),
    }
    return concat([monthly, pensions, yearly])


def opening_balances(rows: Frame, years: Array, rng: np.random.Generator) -> Array:
    """What the personal accounts of the employee scheme held on the first day of the year, in fen."""
    mean = np.where(rows["person_class"] == 12, 4_950, 1_550 + np.clip(years - 23, 0, 40) * 83) * 100
    drawn = (mean * np.exp(rng.normal(-0.35, 0.85, len(years)))).astype(np.int64)
    return np.where(rows["scheme"] == EMPLOYEE, drawn, 0)
