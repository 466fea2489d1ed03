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
    take,
)
from yibao.simulation.people import COUNTIES, EMPLOYEE, People, band_row
from yibao.simulation.providers import WOMEN_CHILDREN, Providers

OUTPATIENT, EMERGENCY, CHRONIC, INPATIENT, FROM_EMERGENCY, PURCHASE = 11, 13, 14, 21, 24, 41
STAYS = (INPATIENT, FROM_EMERGENCY)

#: Share of outpatient visits by tier of the condition: centre, clinic, secondary, tertiary.
_TIERS = np.array([[0.48, 0.12, 0.25, 0.15], [0.16, 0.03, 0.45, 0.36], [0.0, 0.0, 0.35, 0.65]])
#: Visits per year by age band, before chronic illness.
_VISITS = np.array([4.6, 4.8, 2.8, 1.8, 1.8, 1.9, 2.2, 2.5, 2.8, 2.8])
#: Illness of the airways follows the winter; weights by month.
_MONTHS = np.array([1.25, 1.0, 1.05, 1.0, 0.95, 0.9, 0.9, 0.85, 0.95, 1.0, 1.05, 1.15])
_MONTH_DAYS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])

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
    "account_only": 0,
    "bed_of": NONE,
    "tag": 0,
}


def encounters(n: int, **columns: Array) -> Frame:
    """A frame with every encounter column; those not given take the default."""
    return {name: columns.get(name, full(n, value)) for name, value in ENCOUNTER.items()}


def draw_days(rng: np.random.Generator, n: int) -> Array:
    """Days of the year: more in winter, half of the weekend's visits moved to the Monday after."""
    per_day = np.repeat(_MONTHS, _MONTH_DAYS)
    days = YEAR_FIRST + choose(rng, per_day, n)
    weekday = (days + 3) % 7
    return np.where((weekday >= 5) & (rng.random(n) < 0.5) & (days < YEAR_LAST - 2), days + 7 - weekday, days)


def draw_visits(people: People, providers: Providers, seed: int) -> Frame:
    """All background outpatient visits and purchases, one per person and day at most, sorted by person and time."""
    rng = stream(seed, "visits")
    n = people.count
    everyone = np.arange(n)
    illnesses = people.chronic.sum(axis=1)
    base = _VISITS[band_row(people, everyone, np.full(n, YEAR_FIRST + 182)) % len(_VISITS)]
    person = np.repeat(everyone, rng.poisson(base + 1.6 * np.minimum(illnesses, 4)))
    day = draw_days(rng, len(person))
    condition = _conditions(people, person, day, rng)
    purchase = rng.random(len(person)) < np.where(people.chronic[person, condition], 0.24, 0.16)
    purchase &= ints([len(c.shop) for c in load_conditions()])[condition] > 0
    known = condition >= 0
    keep = np.flatnonzero(known & (day > people.rows["birth"][person] + 3))
    order = keep[np.lexsort((day[keep], person[keep]))]
    order = order[~previous_same(person[order], day[order])]
    return _place(people, providers, take({"p": person, "d": day, "c": condition, "s": purchase}, order), rng)


def _conditions(people: People, person: Array, day: Array, rng: np.random.Generator) -> Array:
    """A chronic condition of the person (62 % of the visits of the chronically ill) or an acute one by age and sex."""
    acute = choose_by_group(rng, weights("out_weight", chronic=False), band_row(people, person, day))
    outpatient = ints([len(c.out) for c in load_conditions()]) > 0
    own = people.chronic[person] & outpatient
    which = (rng.random(len(person)) * own.sum(axis=1)).astype(np.int64)
    chronic = np.argmax(np.cumsum(own, axis=1) > which[:, None], axis=1)
    condition = np.where(own.any(axis=1) & (rng.random(len(person)) < 0.62), chronic, acute)
    return within_age(people, person, day, condition)


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
    where = np.zeros(n, dtype=np.int64)
    for t in (1, 2, 3):
        rows = np.flatnonzero(tier == t)
        where[rows] = choose(rng, _TIERS[t - 1], len(rows))
    county = np.searchsorted(COUNTIES, people.rows["county"][person])
    centre = providers.of_kind(3)[county]
    shop = providers.of_kind(2)[np.where(rng.random(n) < 0.85, county, rng.integers(0, 3, n))]
    clinic = providers.of_kind(4)[rng.integers(0, 2, n)]
    institution = np.select(
        [where == 0, where == 1], [centre, clinic], hospital_for(providers, department, where - 1, rng)
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
    chronic = people.chronic[person, condition] & (people.rows["scheme"][person] == EMPLOYEE)
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


def hospital_for(providers: Providers, department: Array, rank: Array, rng: np.random.Generator) -> Array:
    """A secondary (rank < 2) or tertiary hospital that has the department."""
    chosen = np.zeros(len(department), dtype=np.int64)
    share = np.where(providers.kind == 1, 1.0, 0.0)
    # Women and children prefer the hospital made for them.
    share[providers.index["maternity"]] = 3.0
    for d in np.unique(department).tolist():
        for tertiary in (False, True):
            rows = np.flatnonzero((department == d) & ((rank >= 2) == tertiary))
            weight = share * providers.has[:, d]
            matching = weight * ((providers.level == 3) == tertiary)
            chosen[rows] = choose(rng, matching if matching.any() else weight, len(rows)) if weight.any() else 0
    return chosen


def doctor_for(providers: Providers, institution: Array, department: Array, rng: np.random.Generator) -> Array:
    count = providers.doctor_count[institution, department]
    return providers.doctor_first[institution, department] + (rng.random(len(institution)) * count).astype(np.int64)


def antenatal(people: People, providers: Providers, births: Frame, seed: int) -> Frame:
    """Four to six check-ups, four weeks apart, before each birth of this year and of the first half of the next."""
    rng = stream(seed, "antenatal")
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
    return encounters(
        n,
        person=births["person"][row],
        institution=institution,
        condition=full(n, condition),
        department=department,
        staff=doctor_for(providers, institution, department, rng),
        begin=begin,
        end=begin + 3600,
    )
