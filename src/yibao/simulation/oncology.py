"""Chemotherapy of the year: who has which cancer, by which regimen, on which days."""

from __future__ import annotations

import numpy as np

from yibao.simulation.conditions import condition_index
from yibao.simulation.draws import sample
from yibao.simulation.frame import YEAR_FIRST, Array, Frame
from yibao.simulation.people import People

#: Of employees, residents and the aided between 40 and 78: the share in chemotherapy; of them, with an antibody.
_PATIENTS, _ANTIBODY = (0.0070, 0.0070, 0.0030), (0.7, 0.7, 0.2)
#: A course is so many cycles, one every so many days.
CYCLES, EVERY = 6, 21
#: Regimens by cancer (of the lung, the colon, the breast), without and with an antibody.
REGIMENS = [
    ("chemo_lung", "chemo_lung_antibody"), ("chemo", "chemo_colon_antibody"), ("chemo_breast", "chemo_breast_antibody"),
]  # fmt: skip


def draw_courses(people: People, rng: np.random.Generator) -> Frame:
    """One row per cycle: person, day, ``treated`` (the regimen) and ``first`` (row of the patient's first cycle)."""
    age = people.age(np.arange(people.count), YEAR_FIRST)
    group = people.group
    patient = sample(rng, ((age >= 40) & (age < 78)) * np.array(_PATIENTS)[group], group)
    antibody = rng.random(len(patient)) < np.array(_ANTIBODY)[group[patient]]
    given = regimens()[cancer_of(people, patient), antibody.astype(np.int64)]
    start = YEAR_FIRST + rng.integers(5, 230, len(patient))
    return {
        "person": np.repeat(patient, CYCLES),
        "day": np.repeat(start, CYCLES) + np.tile(np.arange(CYCLES) * EVERY, len(patient)),
        "treated": np.repeat(given, CYCLES),
        "first": np.repeat(np.arange(len(patient)) * CYCLES, CYCLES),
    }


def regimens() -> Array:
    """Conditions that say what is given: [cancer, antibody or not]."""
    return np.array([[condition_index()[key] for key in pair] for pair in REGIMENS], dtype=np.int64)


def cancer_of(people: People, person: Array) -> Array:
    """Which cancer somebody in chemotherapy has: of the lung, of the colon or, women only, of the breast."""
    return np.where(people.rows["sex"][person] == 2, person % 3, person % 2)
