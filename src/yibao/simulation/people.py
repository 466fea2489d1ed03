"""Households, persons and their chronic illnesses, block by block."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincinv

from yibao.simulation.conditions import AGE_BANDS, age_band, load_conditions
from yibao.simulation.draws import choose, even, stream
from yibao.simulation.frame import NONE, YEAR_FIRST, Array, Frame, full, ints, rank_in_run, repeat_ranges
from yibao.simulation.geography import COUNTIES, COUNTY_SHARE, city_of, pool_code
from yibao.simulation.identity import citizen_numbers
from yibao.simulation.policy import EMPLOYEE
from yibao.simulation.protection import enrol
from yibao.simulation.write import data_rows

HEAD, SPOUSE, CHILD, PARENT = range(4)

#: Shares of chronic illnesses with a certificate, for employees and residents; the aided are helped to get theirs.
CERTIFIED_SHARE, CERTIFIED_AIDED = (0.73, 0.288), 0.37

#: Shape of the gamma distribution (mean one) by which people of one age differ in how often they lie in hospital.
FRAILTY_SHAPE = 0.42

#: Household types: share, youngest and oldest head, members after the head.
_TYPES: list[tuple[float, int, int, list[int]]] = [
    (0.14, 22, 60, []),
    (0.08, 62, 92, []),
    (0.16, 60, 88, [SPOUSE]),
    (0.05, 24, 36, [SPOUSE]),
    (0.17, 47, 63, [SPOUSE]),
    (0.17, 25, 60, [SPOUSE, CHILD]),
    (0.09, 30, 54, [SPOUSE, CHILD, CHILD]),
    (0.03, 30, 54, [CHILD]),
    (0.06, 32, 56, [SPOUSE, CHILD, PARENT]),
    (0.05, 32, 56, [SPOUSE, CHILD, PARENT, PARENT]),
]
#: Chance of death within the year by age band, about 7.5 per thousand over the city.
_MORTALITY = np.array([0.003, 0.0004, 0.0002, 0.0004, 0.0006, 0.001, 0.003, 0.007, 0.017, 0.06])


@dataclass
class People:
    """Persons as columns: sex (1, 2), birth and death (days), household, protection, names, illnesses.

    ``county`` is where they are registered and insured, ``lives`` where they seek care; those who took their insurance
    along did so on the day ``moved``.
    """

    rows: Frame
    chronic: Array
    certified: Array
    identity: Array
    names: list[str]

    @property
    def count(self) -> int:
        return len(self.rows["sex"])

    def insured_at(self, person: Array, on: Array) -> Array:
        """County whose pool covers each person on the day ``on``."""
        moved = self.rows["moved"][person]
        there = (moved != NONE) & (on >= moved)
        insured: Array = np.where(there, self.rows["lives"][person], self.rows["county"][person])
        return insured

    def elsewhere(self, person: Array, city: Array, on: Array) -> Array:
        """Is care in ``city`` outside the pooling region that covers the person on that day?"""
        away: Array = city_of(self.insured_at(person, on)) != city
        return away

    def pool(self, person: Array, on: Array) -> Array:
        """Six-digit code of the pooling region that covers each person on the day ``on``."""
        return pool_code(self.insured_at(person, on))

    @property
    def group(self) -> Array:
        """0 employees, 1 residents, 2 residents with medical assistance."""
        resident = np.where(self.rows["scheme"] == EMPLOYEE, 0, 1)
        return np.where(self.rows["assistance"] >= 0, 2, resident)

    def age(self, person: Array | int, on: Array | int) -> Array:
        """Completed years (to within a day) of ``person`` on the day ``on``."""
        return np.floor_divide((np.asarray(on) - self.rows["birth"][person]) * 100, 36_525)


def draw_people(n: int, seed: int, block: int = 0) -> People:
    """``n`` persons in households; every row is alive on the first day of the year or born during it."""
    rng = stream(seed, "people", block)
    kind = choose(rng, np.array([share for share, *_ in _TYPES]), n)
    members = ints([1 + len(others) for *_, others in _TYPES])
    household, place = repeat_ranges(members[kind])
    household, place = household[:n], place[:n]
    roles = np.zeros((len(_TYPES), 5), dtype=np.int64)
    for number, (*_, others) in enumerate(_TYPES):
        roles[number, 1 : 1 + len(others)] = others
    kind = kind[: household[-1] + 1]
    role = roles[kind[household], place]

    low, high = ints([t[1] for t in _TYPES])[kind], ints([t[2] for t in _TYPES])[kind]
    head_age = (low + (high - low + 1) * rng.random(len(kind))).astype(np.int64)
    age = head_age[household].astype(np.float64)
    age += np.select(
        [role == SPOUSE, role == CHILD, role == PARENT],
        [rng.integers(-5, 4, n), -rng.integers(24, 32, n), rng.integers(23, 30, n)],
        0,
    )
    # A second child is one to five years younger than the first.
    age -= np.where((role == CHILD) & (place == 3) & (roles[kind[household], 2] == CHILD), rng.integers(1, 6, n), 0)
    # Parents too young for the drawn distance have a small child instead.
    age = np.where(age < 0, rng.integers(0, 9, n), np.minimum(age, 97))
    birth = YEAR_FIRST + 364 - (age * 365.25).astype(np.int64) - rng.integers(0, 365, n)
    # Those who live on alone in old age are mostly widows.
    head_female = (rng.random(len(kind)) < np.where(low >= 62, 0.66, 0.3))[household]
    second_parent = (role == PARENT) & (place == 4)
    female = np.select(
        [role == HEAD, role == SPOUSE, second_parent], [head_female, ~head_female, True], rng.random(n) < 0.48
    )
    # The first of two grandparents living along is the grandfather.
    female &= ~((role == PARENT) & (place == 3) & (members[kind[household]] == 5))
    county = COUNTIES[choose(rng, COUNTY_SHARE, len(kind))][household]

    rows: Frame = {
        "sex": np.where(female, 2, 1).astype(np.int64),
        "birth": birth,
        "county": county,
        "household": household,
        "role": role,
        "death": full(n, NONE),
        "recorded_sex": np.where(female, 2, 1).astype(np.int64),
    }
    years = np.maximum((YEAR_FIRST + 182 - birth) / 365.25, 0)
    _migrate(rows, years, rng)
    enrol(rows, years, rng)
    band = age_band(years)
    dies = rng.random(n) < _MORTALITY[band]
    rows["death"] = np.where(dies & (birth < YEAR_FIRST - 30), YEAR_FIRST + rng.integers(10, 360, n), NONE)
    chronic = _chronic(rows["sex"], years, band, rng)
    people = People(
        rows,
        chronic,
        _certified(rows, chronic, rng),
        citizen_numbers(county, birth, female, block),
        _names(rows, years, rng),
    )
    # Thousandths; as many frail ones in every age and scheme as there should be.
    place = even(rng, people.group * len(AGE_BANDS) + band)
    rows["frailty"] = (1000 * gammaincinv(FRAILTY_SHAPE, place) / FRAILTY_SHAPE).astype(np.int64)
    return people


def _migrate(rows: Frame, years: Array, rng: np.random.Generator) -> None:
    """Workers in another city and retired parents with their children; most workers take their insurance along."""
    n = len(years)
    draw = even(rng, years.astype(np.int64) // 10)
    away = ((years >= 20) & (years < 50) & (draw < 0.02)) | ((years >= 60) & (draw < 0.010))
    target = COUNTIES[choose(rng, COUNTY_SHARE * np.array([3, 3, 1, 2, 1, 1, 1]), n)]
    away &= city_of(target) != city_of(rows["county"])
    rows["lives"] = np.where(away, target, rows["county"])
    takes = away & (years < 50) & (rng.random(n) < 0.8)
    rows["moved"] = np.where(takes, YEAR_FIRST + rng.integers(40, 330, n), NONE)


def _chronic(sex: Array, years: Array, band: Array, rng: np.random.Generator) -> Array:
    """persons × conditions: who lives with which chronic illness."""
    conditions = load_conditions()
    has = np.zeros((len(sex), len(conditions)), dtype=bool)
    for number, condition in enumerate(conditions):
        if condition.chronic:
            able = (years >= condition.age_from) & (years < condition.age_to) & np.isin(sex, [1, 2])
            able &= condition.sex in (0,) or (sex == condition.sex)
            has[:, number] = able & (rng.random(len(sex)) < condition.prevalence[band])
    return has


def _certified(rows: Frame, chronic: Array, rng: np.random.Generator) -> Array:
    """persons × conditions: whose chronic illness is recognised for the benefits of 门诊慢特病."""
    share = np.where(rows["scheme"] == EMPLOYEE, *CERTIFIED_SHARE)
    share = np.where(rows["assistance"] >= 0, CERTIFIED_AIDED, share)
    recognised: Array = chronic & (rng.random(chronic.shape) < share[:, None])
    return recognised


def _names(rows: Frame, years: Array, rng: np.random.Generator) -> list[str]:
    """Chinese names: children carry the head's surname, given names follow sex and generation."""
    lists = data_rows("names")
    surnames = [row["text"] for row in lists if row["part"] == "surname"]
    shares = np.array([float(row["weights_or_era"]) for row in lists if row["part"] == "surname"])
    given = {row["part"]: row["text"].split() for row in lists if row["part"] != "surname"}
    own = choose(rng, shares, len(years))
    head = np.searchsorted(rows["household"], rows["household"])
    surname = np.where(rows["role"] == CHILD, own[head], own)
    number = rng.integers(0, 20, len(years))
    era = np.select([years >= 55, years >= 22], ["old", "mid"], "new")
    sex = np.where(rows["sex"] == 2, "female_", "male_")
    return [
        surnames[s] + given[f"{x}{e}"][g]
        for s, x, e, g in zip(surname.tolist(), sex, era, number.tolist(), strict=True)
    ]


def family_links(people: People) -> Frame:
    """Spouse and parent links, each in both directions, from the household roles (relation as a position in 0..2)."""
    role, household = people.rows["role"], people.rows["household"]
    head = np.searchsorted(household, household)
    spouse = np.flatnonzero(role == SPOUSE)
    child = np.flatnonzero(role == CHILD)
    parent = np.flatnonzero(role == PARENT)
    pairs = [
        (spouse, head[spouse], 0),
        (head[spouse], spouse, 0),
        (child, head[child], 1),
        (head[child], child, 2),
        (head[parent], parent, 1),
        (parent, head[parent], 2),
    ]
    return {
        "person": np.concatenate([a for a, _, _ in pairs]),
        "relative": np.concatenate([b for _, b, _ in pairs]),
        "relation": np.concatenate([full(len(a), r) for a, _, r in pairs]),
    }


RELATIONS = ["spouse", "parent", "child"]


def band_row(people: People, person: Array, on: Array) -> Array:
    """Row of a :func:`yibao.simulation.conditions.weights` table for each person on each day."""
    years = np.maximum(people.age(person, on), 0)
    return (people.rows["sex"][person] - 1) * len(AGE_BANDS) + age_band(years)


def household_sizes(people: People) -> Array:
    return rank_in_run(people.rows["household"])[np.append(np.flatnonzero(np.diff(people.rows["household"])), -1)] + 1
