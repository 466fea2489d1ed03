"""What institutions do besides the protocol of an illness, and how much more of everything: fitted once, as data."""

from __future__ import annotations

import functools
from collections.abc import Iterable

import numpy as np

from yibao.simulation.catalogue import load_catalogue
from yibao.simulation.conditions import Slot, slots
from yibao.simulation.frame import Array
from yibao.simulation.policy import RESIDENT
from yibao.simulation.write import data_rows

#: A drug is chosen more often by so much of what the habit adds to everything else.
_DRUG_HABIT = 0.3


@functools.cache
def intensity() -> dict[str, Array]:
    """How much more than the protocol is given: ``[employee, resident][level][quantity of drugs, chance of the rest]``.

    Fitted once so that costs by scheme and level come out as published (see the calibration report).
    """
    tables = {care: np.ones((2, 4, 2)) for care in ("visit", "stay")}
    for row in data_rows("intensity"):
        factors = (float(row["drug"]), float(row["share"]))
        tables[row["care"]][int(row["scheme"] == str(RESIDENT)), int(row["level"])] = factors
    return tables


@functools.cache
def habits(care: str, when: str) -> list[tuple[Slot, ...]]:
    """By level 0..3 what is done besides the protocol: in a stay ``daily`` or ``once``, at a visit ``once``."""
    tables: list[tuple[Slot, ...]] = [()] * 4
    for row in data_rows("habits"):
        if (row["care"], row["when"]) == (care, when):
            tables[int(row["level"])] = slots(row["items"])
    return tables


#: One hospital examines far more than its peers.
OUTLIER, OUTLIER_FACTOR = "binhai_hospital", 2.6
_EXAMINED = ("03", "04")


def habit_of(care: str, resident: Array, level: Array, institution: Array, outlier: int) -> Array:
    """The factors for each visit or stay: of drugs, of the rest, and of examinations, more at the place ``outlier``."""
    factors: Array = intensity()[care][resident, level]
    return np.column_stack([factors[:, 0], factors[:, 1], np.where(institution == outlier, OUTLIER_FACTOR, 1.0)])


def more(quantity: Array, factor: Array, rng: np.random.Generator) -> Array:
    """``quantity`` times ``factor`` in whole units, right on average, never less than one where it was one."""
    scaled = quantity * factor
    return np.maximum(np.floor(scaled + rng.random(len(scaled))).astype(np.int64), np.minimum(quantity, 1))


def draw(protocol: Iterable[Slot], habit: Array, rng: np.random.Generator) -> Iterable[tuple[Slot, Array]]:
    """Each slot with the positions that it falls on, more often where that is the habit."""
    catalogue = load_catalogue()
    for slot in protocol:
        extra = habit[:, 1] - 1
        chance = slot.share * (1 + extra * (_DRUG_HABIT if catalogue.drug[slot.item] else 1.0))
        if catalogue.charge_type[slot.item] in _EXAMINED:
            chance = chance * habit[:, 2]
        yield slot, np.flatnonzero(rng.random(len(habit)) < chance)


def by_need(habit: Array, severity: Array, age: Array) -> Array:
    """The habit's factors, the chance of extras also in proportion to how ill and how old somebody is."""
    need = np.clip(severity / 1000, 0.4, 3.0) * np.clip((age - 10) / 50, 0.15, 1.5)
    return np.column_stack([habit[:, 0], habit[:, 1] * need, habit[:, 2]])
