"""Hospital stays: admissions by age, chemotherapy cycles, honest readmissions, deaths in hospital, beds."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from yibao.simulation.conditions import chronic_illnesses, condition_index, load_conditions, weights
from yibao.simulation.draws import choose, choose_by_group, counts, even, stream
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
from yibao.simulation.geography import STAY_FLOWS, city_of, county_row
from yibao.simulation.oncology import draw_courses
from yibao.simulation.people import People, band_row
from yibao.simulation.places import doctor_for, hospital_for
from yibao.simulation.policy import EMPLOYEE
from yibao.simulation.providers import Providers
from yibao.simulation.seasons import (
    AIRWAYS,
    PAYMENT_REFORM,
    REFORM_CITY,
    REFORM_INTENSITY,
    REFORM_NIGHTS,
    draw_days,
    with_season,
)
from yibao.simulation.visits import FROM_EMERGENCY, INPATIENT, department_of, encounters, within_age

#: Standard deviation of the logarithm of a stay's severity.
_SEVERITY = 0.64
#: Those who lie in hospital often are also more ill each time: the severity goes with this power of their frailty.
_FRAIL_SEVERITY = 0.40
#: Stays of somebody without a lasting illness against the average of the age, and what each illness adds.
_HEALTHY, _PER_ILLNESS = 0.6, 0.4
#: From this age on some illnesses do not occur any more.
_OLD = 75
#: So many people of about the same rate share their stays evenly.
_ALIKE = 50
#: Stays per person-year by age band.
_RATES = np.array([0.5, 0.20, 0.10, 0.11, 0.15, 0.12, 0.16, 0.22, 0.36, 0.50])
#: Women between 22 and 40 are in hospital more often than men, because of births.
_MOTHERS = 1.35
#: Factor of the rates above for employees and residents.
RATE_FACTOR = (0.888, 0.994)
#: Centre, secondary, tertiary: where employees and residents lie, and what the tier of the condition makes of it.
_PLACES = np.array([[0.138, 0.185, 0.80], [0.63, 0.387, 0.076]])
#: People with medical assistance stay near home, where less is left to pay.
_AIDED = np.array([16.0, 0.8, 0.04])
#: They also do with less of everything.
_FRUGAL = 0.735
_TIERS = np.array([[1.7, 1.0, 0.45], [0.5, 1.15, 0.9], [0.0, 0.27, 1.6]])
#: Nights against the protocol's by level of the institution (centre, secondary, tertiary).
_NIGHTS = np.array([1.43, 1.165, 1.12])
#: Nobody is admitted again within so many days by chance; honest readmissions are drawn on purpose.
SPACING = 35
READMITTED_SHARE, READMITTED_SHARE_HIGH = 0.035, 0.20
#: The hospital whose readmissions stand out.
HIGH_READMISSION = "second"
_URGENT = {"stroke", "angina_pci", "appendicitis", "fracture", "pneumonia_child", "pancreatitis", "concussion", "birth"}
#: Nobody needs intensive care for these.
_MILD = {"birth", "caesarean", "newborn_jaundice", "chemo", "cataract", "haemorrhoids", "colon_polyp", "neck_pain",
         "schizophrenia", "depression", "lumbar_disc"}  # fmt: skip
#: Severity from which a stay passes through intensive care, and the chance that a day there is the last one.
_WORST, _OUT_OF_DANGER = 2.35, 0.115
#: Share of the worst who are brought to a tertiary hospital, wherever they would have gone otherwise.
_BROUGHT = 0.8
_FATAL = ["stroke", "pneumonia", "heart_failure", "copd"]


def draw_stays(people: People, providers: Providers, seed: int, block: int) -> Frame:
    """All background stays, sorted by person and admission, at least :data:`SPACING` days apart unless on purpose."""
    rng = stream(seed, "stays", block)
    everyone = np.arange(people.count)
    cycles = _courses(people, providers, rng)
    rate = _RATES[band_row(people, everyone, np.full(people.count, YEAR_FIRST + 182)) % len(_RATES)].copy()
    rate *= np.array(RATE_FACTOR)[np.where(people.rows["scheme"] == EMPLOYEE, 0, 1)]
    rate *= people.rows["frailty"] / 1000 * _illness(people)
    age = people.age(everyone, YEAR_FIRST + 182)
    bearing = (age >= 22) & (age < 40)
    rate *= np.where(bearing, np.where(people.rows["sex"] == 2, _MOTHERS, 2 - _MOTHERS), 1.0)
    rate[cycles["person"]] = 0
    person = np.repeat(everyone, _numbers(people, rate, rng))
    day = draw_days(rng, len(person))
    condition = _conditions(people, person, day, rng)
    day = with_season(rng, day, np.isin(condition, [condition_index()[key] for key in AIRWAYS]))
    condition = within_age(people, person, day, condition)
    newborn = condition == condition_index()["newborn_jaundice"]
    birth = people.rows["birth"][person]
    day = np.where(newborn, birth + rng.integers(3, 8, len(person)), day)
    keep = (condition >= 0) & (day >= np.maximum(YEAR_FIRST, birth + 3))
    stays = _place(people, providers, person[keep], day[keep], condition[keep], rng)
    stays = _spaced(concat([stays, _last_stays(people, providers, rng)]))
    readmissions = _readmissions(people, providers, stays, rng)
    stays = concat([stays, cycles, readmissions])
    order = np.lexsort((stays["begin"], stays["person"]))
    stays = take(stays, order)
    return take(stays, stays["end"] // DAY < YEAR_LAST)


def _numbers(people: People, rate: Array, rng: np.random.Generator) -> Array:
    """Poisson numbers of stays, drawn evenly among people of one group who are about as likely to lie in."""
    order = np.lexsort((rate, people.group))
    alike = np.empty(len(order), dtype=np.int64)
    alike[order] = np.arange(len(order)) // _ALIKE
    return counts(rate, even(rng, alike))


def _illness(people: People) -> Array:
    """How much more (or less) often than others of the age and sex people with so many lasting illnesses lie in."""
    everyone = np.arange(people.count)
    usual = chronic_illnesses()[band_row(people, everyone, np.full(people.count, YEAR_FIRST + 182))]
    factor: Array = (_HEALTHY + _PER_ILLNESS * people.chronic.sum(axis=1)) / (_HEALTHY + _PER_ILLNESS * usual)
    return factor


def _conditions(people: People, person: Array, day: Array, rng: np.random.Generator) -> Array:
    """A chronic condition of the person in 45 % where there is one, else an acute one by age and sex."""
    acute = choose_by_group(rng, weights("stay_weight", chronic=False), band_row(people, person, day))
    own = people.chronic[person] * ints([int(c.stay_weight) for c in load_conditions()])
    total = own.sum(axis=1)
    chronic = np.argmax(np.cumsum(own, axis=1) > (rng.random(len(person)) * total)[:, None], axis=1)
    condition = np.where((total > 0) & (rng.random(len(person)) < 0.45), chronic, acute)
    condition = within_age(people, person, day, condition)
    # Who is too old for what was drawn falls ill of something else.
    again = np.flatnonzero((condition < 0) & (people.age(person, day) >= _OLD))
    row = band_row(people, person[again], day[again])
    other = choose_by_group(rng, weights("stay_weight", chronic=False), row)
    condition[again] = within_age(people, person[again], day[again], other)
    return condition


def _place(
    people: People, providers: Providers, person: Array, day: Array, condition: Array, rng: np.random.Generator
) -> Frame:
    """Hospital, doctor, admission and discharge of stays beginning on ``day``."""
    n = len(person)
    conditions = load_conditions()
    tier = ints([c.tier for c in conditions])[condition]
    department = department_of(condition)
    resident = np.where(people.rows["scheme"][person] == EMPLOYEE, 0, 1)
    group = people.group[person]
    places = np.vstack([_PLACES, _PLACES[1] * _AIDED])
    where = np.zeros(n, dtype=np.int64)
    for t in (1, 2, 3):
        for g in range(len(places)):
            rows = np.flatnonzero((tier == t) & (group == g))
            where[rows] = choose(rng, places[g] * _TIERS[t - 1], len(rows))
    # A centre neither operates nor takes in emergencies.
    for_hospitals = np.array([bool(c.surgery) or c.key in _URGENT for c in conditions])[condition]
    where = np.where(for_hospitals, np.maximum(where, 1), where)
    # The severe lie longer and get more of everything; a few of them very much more.
    severity = np.exp(-0.5 * _SEVERITY**2 + _SEVERITY * ndtri(even(rng, group * len(_TIERS) + where)))
    severity *= np.clip(people.rows["frailty"][person] / 1000, 0.2, 4.0) ** _FRAIL_SEVERITY
    severity *= np.where(group == 2, _FRUGAL, 1.0)
    where = np.where((severity > _WORST) & (rng.random(n) < _BROUGHT), 2, where)
    lives = people.rows["lives"][person]
    adult = people.age(person, day) >= 14
    centre = providers.of_kind(3)[county_row(lives)]
    at_centre = (where == 0) & adult
    institution = np.where(
        at_centre,
        centre,
        hospital_for(providers, department, where, city_of(lives), resident, STAY_FLOWS, rng, severity),
    )
    department = np.where(at_centre, 0, department)
    los = ints([c.los for c in conditions])[condition]
    reformed = (
        (providers.city[institution] == REFORM_CITY) & (providers.kind[institution] == 1) & (day >= PAYMENT_REFORM)
    )
    severity = severity * np.where(reformed, REFORM_INTENSITY, 1.0)
    los = los * _NIGHTS[np.clip(providers.level[institution] - 1, 0, 2)] * np.where(reformed, REFORM_NIGHTS, 1.0)
    drawn = los * np.clip(rng.gamma(9.0, 1 / 9.0, n), 0.5, 2.2) * np.clip(severity, 0.6, 2.5) ** 0.4
    nights = np.maximum(1, np.rint(drawn)).astype(np.int64)
    urgent = np.isin(condition, [condition_index()[key] for key in _URGENT]) | (rng.random(n) < 0.15)
    hour = np.where(urgent, rng.integers(0, 22, n), rng.integers(8, 16, n))
    begin = day * DAY + hour * 3600 + rng.integers(0, 3600, n)
    mild = np.isin(condition, [condition_index()[key] for key in _MILD]) | ~adult
    worst = (severity > _WORST) & (providers.level[institution] >= 2) & ~mild
    icu = full(n, 0)
    spread = even(rng, group[worst] * 2 + (providers.city[institution] != city_of(lives))[worst])
    icu[worst] = 2 + (np.log1p(-spread) / np.log1p(-_OUT_OF_DANGER)).astype(np.int64)
    # After intensive care there are some days on the ward.
    nights = np.maximum(nights, np.where(worst, icu + 1 + nights // 3, 1))
    end = (day + nights) * DAY + 9 * 3600 + rng.integers(0, 7200, n)
    return encounters(
        n,
        person=person,
        institution=institution,
        kind=np.where(urgent & ~at_centre, FROM_EMERGENCY, INPATIENT).astype(np.int64),
        condition=condition,
        department=department,
        staff=doctor_for(providers, institution, department, rng),
        begin=begin,
        end=end,
        way=choose(rng, np.array([0, 0.965, 0.008, 0.015, 0.012]), n),
        severity=(severity * 1000).astype(np.int64),
        icu=icu,
        ventilated=np.where(rng.random(n) < 0.55, (icu * 0.7).astype(np.int64), 0),
    )


def _courses(people: People, providers: Providers, rng: np.random.Generator) -> Frame:
    """Cycles of two or three nights, all of a patient at one oncology ward and by one regimen."""
    drawn = draw_courses(people, rng)
    person, n = drawn["person"], len(drawn["person"])
    stays = _place(people, providers, person, drawn["day"], full(n, condition_index()["chemo"]), rng)
    for column in ("institution", "staff", "department"):
        stays[column] = stays[column][drawn["first"]]
    stays["begin"] = stays["begin"] // DAY * DAY + 9 * 3600 + rng.integers(0, 3 * 3600, n)
    stays["end"] = (stays["begin"] // DAY + 2 + person % 2) * DAY + 10 * 3600
    stays["kind"], stays["way"] = full(n, INPATIENT), full(n, 1)
    stays["icu"] = stays["ventilated"] = full(n, 0)
    stays["treated"] = drawn["treated"]
    return stays


def _last_stays(people: People, providers: Providers, rng: np.random.Generator) -> Frame:
    """Half of those who die do so in hospital."""
    death = people.rows["death"]
    age = people.age(np.arange(people.count), YEAR_FIRST)
    person = np.flatnonzero((death != NONE) & (death > YEAR_FIRST + 20) & (age >= 62) & (rng.random(len(death)) < 0.5))
    condition = ints([condition_index()[key] for key in _FATAL])[rng.integers(0, len(_FATAL), len(person))]
    stays = _place(people, providers, person, death[person], condition, rng)
    nights = stays["end"] // DAY - stays["begin"] // DAY
    stays["begin"] -= nights * DAY
    stays["end"] = death[person] * DAY + rng.integers(1 * 3600, 23 * 3600, len(person))
    stays["way"] = full(len(person), 5)
    return stays


def _spaced(stays: Frame) -> Frame:
    """Drop stays that begin too soon after another one of the person, and second operations that happen once."""
    stays = take(stays, np.lexsort((stays["begin"], stays["person"])))
    fatal = stays["way"] == 5
    # The last stay wins over the ones that lead up to it.
    last = full(int(stays["person"].max(initial=0)) + 1, np.iinfo(np.int64).max)
    last[stays["person"][fatal]] = stays["begin"][fatal]
    stays = take(stays, fatal | (stays["end"] < last[stays["person"]] - SPACING * DAY))
    fatal = stays["way"] == 5
    follows = np.append(previous_same(stays["person"])[1:], False)
    gap_after = np.append(stays["begin"][1:], 0) - stays["end"]
    stays = take(stays, ~(follows & (gap_after < SPACING * DAY)) | fatal)
    once = np.array([c.once for c in load_conditions()])[stays["condition"]]
    births = np.isin(stays["condition"], [condition_index()["birth"], condition_index()["caesarean"]])
    kind = np.where(births, condition_index()["birth"], stays["condition"])
    order = np.lexsort((stays["begin"], kind, stays["person"]))
    again = np.zeros(len(order), dtype=bool)
    again[order] = previous_same(stays["person"][order], kind[order])
    return take(stays, ~(again & once) | (stays["way"] == 5))


def _readmissions(people: People, providers: Providers, stays: Frame, rng: np.random.Generator) -> Frame:
    """Unplanned returns to the same hospital after 17 to 29 days with another illness; one hospital has many."""
    n = len(stays["person"])
    share = np.where(stays["institution"] == providers.index[HIGH_READMISSION], READMITTED_SHARE_HIGH, READMITTED_SHARE)
    follows = np.append(previous_same(stays["person"])[1:], False)
    gap_after = np.where(follows, np.append(stays["begin"][1:], 0) - stays["end"], 400 * DAY)
    able = (stays["way"] == 1) & (providers.kind[stays["institution"]] == 1) & (gap_after > 130 * DAY)
    able &= people.age(stays["person"], stays["begin"] // DAY) >= 18
    rows = np.flatnonzero(able & (rng.random(n) < share))
    day = stays["end"][rows] // DAY + rng.integers(17, 30, len(rows))
    person = stays["person"][rows]
    condition = _conditions(people, person, day, rng)
    conditions = load_conditions()
    planned = np.array([c.once or c.key == "chemo" for c in conditions])
    other = department_of(condition) != department_of(stays["condition"][rows])
    fits = providers.has[stays["institution"][rows], department_of(condition)]
    death = people.rows["death"][person]
    alive = (death == NONE) | (death > day + 20)
    good = (condition >= 0) & ~planned[condition] & other & fits & alive
    again = _place(people, providers, person[good], day[good], condition[good], rng)
    again["institution"] = stays["institution"][rows][good]
    again["department"] = department_of(again["condition"])
    again["staff"] = doctor_for(providers, again["institution"], again["department"], rng)
    again["kind"] = full(len(again["person"]), FROM_EMERGENCY)
    return again
