"""People whose illness sets their calendar: dialysis on fixed shifts, cancer tablets every month."""

from __future__ import annotations

import numpy as np

from yibao.simulation.conditions import condition_index
from yibao.simulation.draws import sample, stream
from yibao.simulation.frame import DAY, NONE, YEAR_FIRST, YEAR_LAST, Array, Frame, concat, full, repeat_ranges
from yibao.simulation.geography import CITIES, VISIT_FLOWS, city_of
from yibao.simulation.people import People
from yibao.simulation.places import doctor_for, hospital_for
from yibao.simulation.policy import EMPLOYEE
from yibao.simulation.providers import Providers
from yibao.simulation.visits import CHRONIC, department_of, encounters

#: Shares of those between 40 and 80 (about 700 on dialysis per million people in all).
DIALYSIS_SHARE, CANCER_SHARE = 0.0015, 0.0022
#: Shifts of a dialysis centre: hours at which they begin.
SHIFTS = (7, 12, 17)


def draw_cohorts(people: People, providers: Providers, seed: int, block: int) -> Frame:
    """Outpatient visits of the dialysis patients and of those on targeted cancer drugs."""
    rng = stream(seed, "cohorts", block)
    age = people.age(np.arange(people.count), YEAR_FIRST)
    able = (age >= 40) & (age < 80)
    alike = people.group * len(CITIES) + city_of(people.rows["lives"])
    on_dialysis = sample(rng, able * DIALYSIS_SHARE, alike)
    with_cancer = np.setdiff1d(sample(rng, able * CANCER_SHARE, alike), on_dialysis)
    return concat([_dialysis(people, providers, on_dialysis, rng), _tablets(people, providers, with_cancer, rng)])


def _dialysis(people: People, providers: Providers, patient: Array, rng: np.random.Generator) -> Frame:
    """Monday, Wednesday, Friday or Tuesday, Thursday, Saturday, always on the patient's shift at one hospital."""
    offset, shift = patient % 2, (patient // 2) % len(SHIFTS)
    weeks = np.arange(YEAR_FIRST - 2, YEAR_LAST + 1, 7)
    days = (weeks[:, None] + np.array([0, 2, 4])).ravel()
    who = np.repeat(np.arange(len(patient)), len(days))
    day = np.tile(days, len(patient)) + offset[who]
    # A session in thirty is missed or done elsewhere.
    keep = (day >= YEAR_FIRST) & (day <= YEAR_LAST) & (rng.random(len(day)) > 0.03)
    who, day = who[keep], day[keep]
    begin = day * DAY + np.array(SHIFTS)[shift[who]] * 3600 + rng.integers(0, 1200, len(who))
    return _cohort(people, providers, "esrd", patient, who, begin, 4 * 3600 + 900, rng)


def _tablets(people: People, providers: Providers, patient: Array, rng: np.random.Generator) -> Frame:
    """A box of thirty tablets every 28 to 31 days from the beginning of the therapy."""
    start = np.where(patient % 3 == 0, rng.integers(20, 280, len(patient)), rng.integers(0, 28, len(patient)))
    who, number = repeat_ranges(np.maximum((360 - start) // 30, 1))
    begin = (YEAR_FIRST + start[who] + number * 30) * DAY + rng.integers(8 * 3600, 16 * 3600, len(who))
    return _cohort(people, providers, "lung_cancer", patient, who, begin, 3600, rng)


def _cohort(
    people: People,
    providers: Providers,
    key: str,
    patient: Array,
    who: Array,
    begin: Array,
    seconds: int,
    rng: np.random.Generator,
) -> Frame:
    condition = condition_index()[key]
    city = city_of(people.rows["lives"][patient])
    rank = full(len(patient), 2 if key == "lung_cancer" else 1)
    resident = (people.rows["scheme"][patient] != EMPLOYEE).astype(np.int64)
    department = department_of(full(len(patient), condition))
    # Nobody travels three times a week.
    flows = np.zeros_like(VISIT_FLOWS) + np.eye(len(CITIES)) if key == "esrd" else VISIT_FLOWS
    place = hospital_for(providers, department, rank, city, resident, flows, rng)[who]
    n = len(who)
    department = department_of(full(n, condition))
    death = people.rows["death"][patient[who]]
    frame = encounters(
        n,
        person=patient[who],
        institution=place,
        kind=full(n, CHRONIC),
        condition=full(n, condition),
        department=department,
        staff=doctor_for(providers, place, department, rng),
        begin=begin,
        end=begin + seconds,
    )
    keep = (death == NONE) | (begin // DAY < death)
    return {name: column[keep] for name, column in frame.items()}
