"""Who goes where, when and with what: outpatient visits and pharmacy purchases."""

from __future__ import annotations

import numpy as np

from yibao.simulation.conditions import condition_index, departments, load_conditions, weights
from yibao.simulation.draws import choose, choose_by_group, stream
from yibao.simulation.frame import (
    DAY,
    NONE,
    YEAR_FIRST,
    YEAR_LAST,
    Array,
    Frame,
    concat,
    full,
    ints,
    previous_same,
    rank_in_run,
    take,
)
from yibao.simulation.geography import CITIES, VISIT_FLOWS, city_of, county_row
from yibao.simulation.people import People, band_row
from yibao.simulation.places import doctor_for, hospital_for
from yibao.simulation.policy import EMPLOYEE
from yibao.simulation.providers import WOMEN_CHILDREN, Providers
from yibao.simulation.seasons import AIRWAYS, draw_days, with_season

OUTPATIENT, EMERGENCY, CHRONIC, INPATIENT, FROM_EMERGENCY, PURCHASE = 11, 13, 14, 21, 24, 41
STAYS = (INPATIENT, FROM_EMERGENCY)

#: Share of outpatient visits by tier of the condition: centre, clinic, secondary, tertiary.
_TIERS = np.array([[0.50, 0.12, 0.24, 0.14], [0.19, 0.0, 0.45, 0.36], [0.0, 0.0, 0.35, 0.65]])
#: Employees go to tertiary hospitals more often.
_EMPLOYEE_TIERS = np.array([[0.36, 0.05, 0.31, 0.28], [0.12, 0.0, 0.38, 0.50], [0.0, 0.0, 0.25, 0.75]])
#: Visits per year by age band before chronic illness, what each chronic illness adds, and the factor of residents.
_VISITS = np.array([4.6, 4.8, 2.8, 1.8, 1.8, 1.9, 2.2, 2.5, 2.8, 2.8])
_PER_ILLNESS = 1.6
#: Uses of the insurance per insured: visits and chronic care of employees and residents, purchases at a pharmacy.
VISIT_FACTOR, PURCHASES = (1.81, 0.652), (19.0, 4.3)
#: Share of residents' visits outside their city that are settled directly.
_SETTLED_ELSEWHERE = 0.02

ENCOUNTER = {
    "person": 0,
    "institution": 0,
    "kind": OUTPATIENT,
    "condition": -1,
    "department": 0,
    "staff": 0,
    "begin": 0,
    "end": 0,
    "way": NONE,
    "content": 1,
    "quiet_from": NONE,
    "quiet_to": NONE,
    "away_from": NONE,
    "away_to": NONE,
    "certificate": 1,
    "delay": NONE,
    "treated": NONE,
    "age": 40,
    "severity": 1000,
    "icu": 0,
    "ventilated": 0,
    "elsewhere": 0,
    "account_only": 0,
    "bed_of": NONE,
    "tag": 0,
}


def encounters(n: int, **columns: Array) -> Frame:
    """A frame with every encounter column; those not given take the default."""
    return {name: columns.get(name, full(n, value)) for name, value in ENCOUNTER.items()}


def draw_visits(people: People, providers: Providers, seed: int, block: int) -> Frame:
    """All background outpatient visits and purchases, one per person and day at most, sorted by person and time."""
    rng = stream(seed, "visits", block)
    n = people.count
    everyone = np.arange(n)
    illnesses = np.minimum(people.chronic.sum(axis=1), 4)
    base = _VISITS[band_row(people, everyone, np.full(n, YEAR_FIRST + 182)) % len(_VISITS)]
    resident = np.where(people.rows["scheme"] == EMPLOYEE, 0, 1)
    base = (base + _PER_ILLNESS * illnesses) * np.array(VISIT_FACTOR)[resident]
    # Residents are seen at a pharmacy where an account of the family pays.
    account = np.bincount(people.rows["household"], weights=1 - resident)[people.rows["household"]] > 0
    bought = np.array(PURCHASES)[resident] * (0.6 + 0.3 * illnesses) * account
    often, buys = rng.poisson(base), rng.poisson(bought)
    person = np.concatenate([np.repeat(everyone, often), np.repeat(everyone, buys)])
    purchase = np.arange(len(person)) >= often.sum()
    day = draw_days(rng, len(person))
    condition = _conditions(people, person, day, rng)
    # What is caught in an epidemic is caught then.
    day = with_season(rng, day, np.isin(condition, [condition_index()[key] for key in AIRWAYS]))
    day = _regular(people, person, condition, day, rng)
    condition = within_age(people, person, day, condition)
    known = (condition >= 0) & (~purchase | (ints([len(c.shop) for c in load_conditions()])[condition] > 0))
    keep = np.flatnonzero(known & (day > people.rows["birth"][person] + 3))
    order = keep[np.lexsort((day[keep], person[keep]))]
    order = order[~previous_same(person[order], day[order])]
    visits = _place(people, providers, take({"p": person, "d": day, "c": condition, "s": purchase}, order), rng)
    return _settled(people, providers, visits, rng)


def _settled(people: People, providers: Providers, visits: Frame, rng: np.random.Generator) -> Frame:
    """``visits`` less those that leave no bill: what residents pay for outside their city is rarely settled there."""
    city = providers.city[visits["institution"]]
    away = people.elsewhere(visits["person"], city, visits["begin"] // DAY)
    rare = away & (people.rows["scheme"][visits["person"]] != EMPLOYEE) & (rng.random(len(city)) > _SETTLED_ELSEWHERE)
    return take(visits, ~rare)


def _conditions(people: People, person: Array, day: Array, rng: np.random.Generator) -> Array:
    """A chronic condition of the person (62 % of the visits of the chronically ill) or an acute one by age and sex."""
    acute = choose_by_group(rng, weights("out_weight", chronic=False), band_row(people, person, day))
    outpatient = ints([len(c.out) for c in load_conditions()]) > 0
    own = people.chronic[person] & outpatient
    which = (rng.random(len(person)) * own.sum(axis=1)).astype(np.int64)
    chronic = np.argmax(np.cumsum(own, axis=1) > which[:, None], axis=1)
    condition = np.where(own.any(axis=1) & (rng.random(len(person)) < 0.62), chronic, acute)
    return within_age(people, person, day, condition)


def _regular(people: People, person: Array, condition: Array, day: Array, rng: np.random.Generator) -> Array:
    """``day`` with the visits for a lasting illness spread over the year: who takes tablets comes when they run out."""
    lasting = np.flatnonzero((condition >= 0) & people.chronic[person, np.maximum(condition, 0)])
    order = lasting[np.lexsort((day[lasting], condition[lasting], person[lasting]))]
    # A pharmacy takes turns with the clinic: who has just bought the tablets does not need them prescribed.
    rank = rank_in_run(person[order], condition[order])
    last = np.append(rank[1:] == 0, True)
    count = np.repeat(rank[last] + 1, rank[last] + 1)
    # Everybody's round begins on another day, and nobody is punctual to the day.
    phase = np.repeat(rng.random(int(last.sum())), rank[last] + 1)
    late = 0.25 * (rng.random(len(order)) - 0.5)
    spread = YEAR_FIRST + (np.clip((rank + phase + late) / count, 0, 1) * 363).astype(np.int64)
    # Not on a Sunday.
    spread = np.where((spread + 3) % 7 == 6, spread + 1, spread)
    regular = day.copy()
    regular[order] = np.minimum(spread, YEAR_LAST)
    return regular


def within_age(people: People, person: Array, day: Array, condition: Array) -> Array:
    """``condition``, or -1 where the person's exact age on that day does not allow it."""
    low = ints([c.age_from for c in load_conditions()])[condition]
    high = ints([c.age_to for c in load_conditions()])[condition]
    age = people.age(person, day)
    return np.where((condition >= 0) & (age >= low) & (age < np.maximum(high, 1)), condition, -1)


def _place(people: People, providers: Providers, drawn: Frame, rng: np.random.Generator) -> Frame:
    """Institution, department, doctor, hour and certificate of each visit."""
    person, condition, purchase, n = drawn["p"], drawn["c"], drawn["s"], len(drawn["p"])
    tier = ints([c.tier for c in load_conditions()])[condition]
    department = department_of(condition)
    employee = people.rows["scheme"][person] == EMPLOYEE
    where = np.zeros(n, dtype=np.int64)
    for t in (1, 2, 3):
        for insured, table in ((True, _EMPLOYEE_TIERS), (False, _TIERS)):
            rows = np.flatnonzero((tier == t) & (employee == insured))
            where[rows] = choose(rng, table[t - 1], len(rows))
    lives = people.rows["lives"][person]
    county, city = county_row(lives), city_of(lives)
    centre = providers.of_kind(3)[county]
    shop = np.where(rng.random(n) < 0.85, county, _another_of(providers, 2, city, rng))
    shop = providers.of_kind(2)[shop]
    clinic = providers.of_kind(4)[_another_of(providers, 4, city, rng)]
    institution = np.select(
        [where == 0, where == 1],
        [centre, clinic],
        hospital_for(providers, department, where - 1, city, (~employee).astype(np.int64), VISIT_FLOWS, rng),
    )
    institution = np.where(purchase, shop, institution)
    department = np.where(purchase | (providers.kind[institution] != 1), _counter(providers)[institution], department)

    sudden = ~people.chronic[person, condition]
    emergency = sudden & (providers.kind[institution] == 1) & (rng.random(n) < 0.08)
    hour = np.where(emergency, rng.integers(17, 23, n), 8 + (rng.beta(1.6, 2.2, n) * 9).astype(np.int64))
    hour = np.where(purchase, rng.integers(8, 21, n), hour)
    casualty = departments().index("急诊医学科")
    own_emergency = np.isin(department, [departments().index(name) for name in WOMEN_CHILDREN])
    department = np.where(emergency & providers.has[institution, casualty] & ~own_emergency, casualty, department)
    begin = drawn["d"] * DAY + hour * 3600 + rng.integers(0, 60, n) * 60 + rng.integers(0, 60, n)
    chronic = people.certified[person, condition]
    kind = np.select([purchase, emergency, chronic], [PURCHASE, EMERGENCY, CHRONIC], OUTPATIENT)
    return encounters(
        n,
        person=person,
        institution=institution,
        kind=kind.astype(np.int64),
        condition=condition,
        department=department,
        staff=doctor_for(providers, institution, department, rng),
        begin=begin,
        end=begin + np.where(purchase, rng.integers(4, 15, n), rng.integers(20, 110, n)) * 60,
        certificate=choose(rng, np.array([0.62, 0.08, 0.26, 0.04]), n),
    )


def department_of(condition: Array) -> Array:
    names = departments()
    return ints([names.index(c.department) for c in load_conditions()])[condition]


def _counter(providers: Providers) -> Array:
    """The one department of each shop, centre and clinic (the first one of a hospital)."""
    first: Array = np.argmax(providers.has, axis=1)
    return first


def _another_of(providers: Providers, kind: int, city: Array, rng: np.random.Generator) -> Array:
    """Position, among the institutions of a kind, of any one in each person's city."""
    own = providers.city[providers.of_kind(kind)]
    first, count = np.searchsorted(own, np.arange(len(CITIES))), np.bincount(own, minlength=len(CITIES))
    chosen: Array = first[city] + (rng.random(len(city)) * count[city]).astype(np.int64)
    return chosen


def antenatal(people: People, providers: Providers, births: Frame, seed: int, block: int) -> Frame:
    """Four to six check-ups, four weeks apart, before each birth of this year and of the first half of the next."""
    rng = stream(seed, "antenatal", block)
    condition = condition_index()["antenatal"]
    age = people.age(np.arange(people.count), YEAR_LAST)
    expecting = (people.rows["sex"] == 2) & (age >= 22) & (age <= 39) & (rng.random(people.count) < 0.03)
    expecting[births["person"]] = False
    due = np.flatnonzero(expecting)
    births = concat(
        [
            {name: births[name] for name in ("person", "institution", "begin")},
            {
                "person": due,
                "institution": full(len(due), providers.index["maternity"]),
                "begin": (YEAR_LAST + rng.integers(15, 180, len(due))) * DAY,
            },
        ]
    )
    count = rng.integers(4, 7, len(births["person"]))
    row = np.repeat(np.arange(len(count)), count)
    number = np.concatenate([np.arange(c) for c in count]) if len(count) else ints([])
    day = births["begin"][row] // DAY - 12 - 28 * number - rng.integers(0, 5, len(row))
    keep = (day >= YEAR_FIRST) & (day <= YEAR_LAST)
    row, day = row[keep], day[keep]
    n = len(row)
    department = department_of(full(n, condition))
    institution = births["institution"][row]
    begin = day * DAY + rng.integers(8, 12, n) * 3600 + rng.integers(0, 3600, n)
    visits = encounters(
        n,
        person=births["person"][row],
        institution=institution,
        condition=full(n, condition),
        department=department,
        staff=doctor_for(providers, institution, department, rng),
        begin=begin,
        end=begin + 3600,
    )
    return _settled(people, providers, visits, rng)
