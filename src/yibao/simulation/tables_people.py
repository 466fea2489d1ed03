"""Raw tables of people: persons, households, family links and what registers say of deaths."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from yibao.simulation.city import City, random_for
from yibao.simulation.frame import NONE, Array, full, ints, previous_same
from yibao.simulation.geography import CITIES, COUNTY, county_row
from yibao.simulation.identity import check_characters
from yibao.simulation.ids import PERSONS
from yibao.simulation.people import RELATIONS, family_links, household_sizes
from yibao.simulation.planting.twins import misspelt, mistyped
from yibao.simulation.protection import assistance_kinds
from yibao.simulation.write import Column, running

Tables = dict[str, tuple[dict[str, Column], int]]

_STREETS = ["湖滨路", "南门大街", "清河路", "学府路", "解放街", "桃源巷", "建设路", "青石街"]
SOURCES = ["police", "civil_affairs", "cdc", "hospital"]


def texts(values: list[str]) -> Array:
    return np.array(values, dtype=object)


def people_tables(city: City) -> Tables:
    """person, household, family_link and death_source."""
    people, rows, n = city.people, city.people.rows, city.people.count
    everyone = np.arange(n)
    rng = random_for(city, "people details")
    lives = rows["lives"].astype("U6")
    towns = [CITIES[c.city][1] + c.name for c in COUNTY]
    address = [
        f"{towns[c]}{_STREETS[h % 8]}{h % 180 + 1}号"
        for c, h in zip(county_row(rows["lives"]).tolist(), rows["household"].tolist(), strict=True)
    ]
    person: dict[str, Column] = {
        "person_id": city.ids.person(everyone),
        "id_number": people.identity,
        "id_type": texts(["01"] * n),
        "name": texts(people.names),
        "sex": rows["recorded_sex"],
        "birth_date": rows["birth"],
        "death_date": rows["death"],
        "phone": running("199", (city.ids.block * PERSONS + rng.permutation(n) + 17) * 41 % 10**8, 8),
        "address": texts(address),
        "region_code": lives,
        "household_id": city.ids.household(rows["household"]),
    }
    person, count = _with_twins(city, person, n)
    first = np.flatnonzero(~previous_same(rows["household"]))
    aid = np.full(len(first), -1, dtype=np.int64)
    np.maximum.at(aid, rows["household"], rows["assistance"])
    household: dict[str, Column] = {
        "household_id": city.ids.household(np.arange(len(first))),
        "region_code": lives[first],
        "size": household_sizes(people),
        "yearly_income": rows["household_income"][first],
        "assistance_kind": (aid, assistance_kinds()),
    }
    links = family_links(people)
    family: dict[str, Column] = {
        "person_id": city.ids.person(links["person"]),
        "relative_id": city.ids.person(links["relative"]),
        "relation": (links["relation"], RELATIONS),
        "household_id": city.ids.household(rows["household"][links["person"]]),
    }
    return {
        "person": (person, count),
        "household": (household, len(first)),
        "family_link": (family, len(links["person"])),
        "death_source": _deaths(city, rng),
    }


def _with_twins(city: City, person: dict[str, Column], n: int) -> tuple[dict[str, Column], int]:
    """``person`` with the second rows of the scenes behind it."""
    people, twins = city.people, city.cast.twins
    row = ints([twin.person for twin in twins])
    count = len(twins)
    numbers = [mistyped(str(people.identity[twin.person]), twin.kind) for twin in twins]
    # A namesake has a number of the same day and sex that nobody else has.
    for k, twin in enumerate(twins):
        if twin.kind == "namesake":
            seventeen = int(numbers[k][:14]) * 1000 + 980 + (k * 2) % 18 + int(people.rows["sex"][twin.person] == 1)
            numbers[k] = f"{seventeen}{check_characters(ints([seventeen]))[0]}"
    second = {
        "person_id": city.ids.person(n + np.arange(count)),
        "id_number": texts(numbers),
        "name": texts([misspelt(people.names[twin.person], twin.kind) for twin in twins]),
        "phone": running("198", (city.ids.block * PERSONS + np.arange(count)) * 43 % 10**8, 8),
        "address": texts(
            [f"{COUNTY[int(county_row(ints([twin.county]))[0])].name}{_STREETS[k % 8]}" for k, twin in enumerate(twins)]
        ),
        "region_code": ints([twin.county for twin in twins]).astype("U6"),
        "household_id": pa.nulls(count, pa.string()),
    }
    both: dict[str, Column] = {}
    for name, column in person.items():
        other = second.get(name)
        if isinstance(column, pa.Array):
            both[name] = pa.concat_arrays([column, other])
        else:
            both[name] = np.concatenate([np.asarray(column), np.asarray(column)[row] if other is None else other])
    return both, n + count


def _deaths(city: City, rng: np.random.Generator) -> tuple[dict[str, Column], int]:
    """Two sources for most deaths (the hospital one of them where it happened there), one for the rest."""
    acting = np.isin(np.arange(city.people.count), sorted(city.cast.taken))
    dead = np.flatnonzero((city.people.rows["death"] != NONE) & ~acting)
    in_hospital = np.isin(dead, city.encounters["person"][city.encounters["way"] == 5])
    second = in_hospital | (rng.random(len(dead)) < 0.85)
    person = np.concatenate([dead, dead[second]])
    source = np.concatenate([full(len(dead), 0), np.where(in_hospital[second], 3, 1)])
    died = city.people.rows["death"][person]
    planted = [(p, SOURCES.index(s), d) for p, d, sources in city.cast.deaths for s in sources]
    person = np.concatenate([person, ints([p for p, _, _ in planted])])
    source = np.concatenate([source, ints([s for _, s, _ in planted])])
    died = np.concatenate([died, ints([d for _, _, d in planted])])
    n = len(person)
    return {
        "death_source_id": city.ids.event("Q", np.arange(n)),
        "person_id": city.ids.person(person),
        "source": (source, SOURCES),
        "death_date": died,
        "reported_on": died + rng.integers(2, 40, n),
    }, n
