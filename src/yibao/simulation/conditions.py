"""What people suffer from, and what is usually done about it: the protocols behind every bill."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

import numpy as np

from yibao.simulation.catalogue import load_catalogue
from yibao.simulation.frame import Array, ints
from yibao.simulation.write import data_rows

#: Youngest age of each band in which illness is drawn.
AGE_BANDS = ints([0, 1, 4, 14, 25, 35, 45, 55, 65, 75])

_SLOT = re.compile(r"(?P<item>[a-z0-9_]+?)(?:x(?P<low>\d+)(?:-(?P<high>\d+))?)?(?:@(?P<share>[\d.]+))?")


@dataclass(frozen=True)
class Slot:
    """One item of a protocol: drawn with probability ``share``, in a quantity from ``low`` to ``high``."""

    item: int
    share: float
    low: int
    high: int


@dataclass(frozen=True)
class Condition:
    """A diagnosis with its protocols; ``prevalence`` is the chronic share by age band, empty for acute illness."""

    key: str
    code: str
    name: str
    name_en: str
    department: str
    sex: int
    age_from: int
    age_to: int
    tier: int
    out_weight: float
    stay_weight: float
    once: bool
    los: int
    prevalence: Array
    out: tuple[Slot, ...]
    shop: tuple[Slot, ...]
    admit: tuple[Slot, ...]
    daily: tuple[Slot, ...]
    surgery: tuple[Slot, ...]
    procedure_code: str
    procedure_name: str

    @property
    def chronic(self) -> bool:
        return bool(self.prevalence.any())

    def fits(self, sex: int) -> Array:
        """Which age bands of ``sex`` (1 male, 2 female) hold people who can have it."""
        upper = np.append(AGE_BANDS[1:], 120)
        in_age = (max(self.age_to, 1) > AGE_BANDS) & (upper > self.age_from)
        return in_age & (self.sex in (0, sex))


def slots(text: str) -> tuple[Slot, ...]:
    """``"amlodipinex1-2@.6 ecg"``: item, quantity (default 1), probability (default 1)."""
    index = load_catalogue().index
    parsed = []
    for word in text.split():
        match = _SLOT.fullmatch(word)
        if match is None:
            raise ValueError(f"conditions.csv: {word!r} is not item[xLOW[-HIGH]][@SHARE]")
        low = int(match["low"] or 1)
        parsed.append(Slot(index[match["item"]], float(match["share"] or 1), low, int(match["high"] or low)))
    return tuple(parsed)


def _prevalence(text: str) -> Array:
    """``"45:18;65:50"``: per cent from that age on, as a share by age band."""
    share = np.zeros(len(AGE_BANDS))
    for step in filter(None, text.split(";")):
        age, percent = step.split(":")
        share[int(age) <= AGE_BANDS + 4] = float(percent) / 100
    return share


@functools.cache
def load_conditions() -> tuple[Condition, ...]:
    """The shipped conditions, in file order."""
    return tuple(
        Condition(
            key=row["key"],
            code=row["code"],
            name=row["name"],
            name_en=row["name_en"],
            department=row["department"],
            sex=int(row["sex"]),
            age_from=int(row["age_from"]),
            age_to=int(row["age_to"]),
            tier=int(row["tier"]),
            out_weight=float(row["out_weight"]),
            stay_weight=float(row["stay_weight"]),
            once=row["once"] == "1",
            los=int(row["los"] or 0),
            prevalence=_prevalence(row["prevalence"]),
            out=slots(row["out"]),
            shop=slots(row["shop"]),
            admit=slots(row["admit"]),
            daily=slots(row["daily"]),
            surgery=slots(row["surgery"]),
            procedure_code=row["procedure_code"],
            procedure_name=row["procedure_name"],
        )
        for row in data_rows("conditions")
    )


@functools.cache
def condition_index() -> dict[str, int]:
    return {condition.key: i for i, condition in enumerate(load_conditions())}


@functools.cache
def departments() -> list[str]:
    """All departments, general practice and the pharmacy counter first."""
    named = sorted({condition.department for condition in load_conditions()})
    return ["全科医疗科", "药店", *named]


def weights(column: str, *, chronic: bool) -> Array:
    """Drawing weights of all conditions, one row per (sex - 1) * bands + band."""
    conditions = load_conditions()
    table = np.zeros((2 * len(AGE_BANDS), len(conditions)))
    for number, condition in enumerate(conditions):
        if condition.chronic == chronic:
            for sex in (1, 2):
                rows = slice((sex - 1) * len(AGE_BANDS), sex * len(AGE_BANDS))
                table[rows, number] = condition.fits(sex) * getattr(condition, column)
    return table


@functools.cache
def chronic_illnesses() -> Array:
    """Lasting illnesses that somebody has on average, by row of :func:`weights`."""
    count = np.zeros(2 * len(AGE_BANDS))
    for condition in load_conditions():
        count += np.concatenate([condition.prevalence * condition.fits(sex) for sex in (1, 2)])
    return count


def age_band(age: Array) -> Array:
    """Position of each age in :data:`AGE_BANDS`."""
    return np.searchsorted(AGE_BANDS, age, side="right") - 1
