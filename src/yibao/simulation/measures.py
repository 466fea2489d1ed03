"""What a block adds to the sums behind the calibration report: integers that add up over blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from yibao.simulation.catalogue import load_catalogue
from yibao.simulation.city import City
from yibao.simulation.conditions import condition_index
from yibao.simulation.frame import DAY, NONE, YEAR_FIRST, Array
from yibao.simulation.fund import FundSums, fund_sums
from yibao.simulation.geography import CITIES, city_of
from yibao.simulation.policy import EMPLOYEE
from yibao.simulation.seasons import AIRWAYS
from yibao.simulation.settling import CHRONIC_CARE, SHOP, STAY, VISIT
from yibao.simulation.visits import CHRONIC, PURCHASE, STAYS

#: Sums of bills by [scheme, care, level]; care as in :mod:`yibao.simulation.settling`.
BILL_SUMS = ("bills", "total", "eligible", "first_share", "not_covered", "fund", "basic", "assistance", "critical",
             "nights", "away", "away_total", "aided", "aided_inpatient")  # fmt: skip
#: Households fall into so many groups; sums by group say how far a figure depends on who happens to live here.
GROUPS = 20
#: Five-year age bands up to 90 and over, for the curves.
AGE_BANDS = 19
#: Bins of the cost distributions: twelve per power of ten from one yuan on.
COST_BINS, BINS_PER_DECADE = 72, 12


@dataclass
class Measures:
    """What the figures need, by group of households, and what the pictures need of the whole.

    ``bills[name]`` is [group, scheme, care, level] and ``people[name]`` [group, ...]; these and the other arrays say
    their shape in :func:`measure`.
    """

    bills: dict[str, Array]
    people: dict[str, Array]
    parts: dict[str, Array]
    fund: FundSums

    @staticmethod
    def total(parts: Sequence[Measures]) -> Measures:
        return Measures(
            {name: np.sum([part.bills[name] for part in parts], axis=0) for name in parts[0].bills},
            {name: np.sum([part.people[name] for part in parts], axis=0) for name in parts[0].people},
            {name: np.sum([part.parts[name] for part in parts], axis=0) for name in parts[0].parts},
            FundSums.total([part.fund for part in parts]),
        )


def measure(city: City) -> Measures:
    """Sums of one block.

    ``people`` by group: persons [group, scheme] (alive in the middle of the year), retired and in_service,
    residents_aided, critical_persons [group]; charge_types [group, care, charge type 0..14]. ``parts``: insured
    [scheme, age band, sex]; stay_ages, visit_ages and cost_ages likewise; stay_costs and visit_costs [level, bin];
    days [airways or not, day of the year]; stay_months [city, month, (stays, nights, fen)]; travel [city of the
    insurance, city of the stay, (stays, fen)].
    """
    group = city.people.rows["household"] % GROUPS
    alive = _alive(city)
    return Measures(
        _bills(city, group),
        _people(city, group, alive) | _charges(city, group),
        {"insured": _insured(city, alive)} | _distributions(city),
        fund_sums(city, group, GROUPS),
    )


def _scheme(city: City, person: Array) -> Array:
    return np.where(city.people.rows["scheme"][person] == EMPLOYEE, 0, 1)


def _care(kind: Array) -> Array:
    return np.select([np.isin(kind, STAYS), kind == CHRONIC, kind == PURCHASE], [STAY, CHRONIC_CARE, SHOP], VISIT)


def _bills(city: City, group: Array) -> dict[str, Array]:
    s, e = city.bills.settlements, city.encounters
    # A cancelled visit is none.
    gone = np.zeros(len(e["person"]), dtype=bool)
    gone[s["encounter"][s["reverses"] != NONE]] = True
    rows = np.flatnonzero(~gone[s["encounter"]])
    scheme, care = _scheme(city, s["person"][rows]), _care(s["kind"][rows])
    level = city.providers.level[s["institution"][rows]]
    encounter = s["encounter"][rows]
    away = e["elsewhere"][encounter] > 0
    aided = s["assistance"][rows] > 0
    values = {
        "bills": np.ones(len(rows), dtype=np.int64),
        "nights": e["end"][encounter] // DAY - e["begin"][encounter] // DAY,
        "away": away,
        "away_total": np.where(away, s["total"][rows], 0),
        "aided": aided,
        "aided_inpatient": np.where(care == STAY, aided, False),
    }
    sums, key = {}, (group[s["person"][rows]], scheme, care, level)
    for name in BILL_SUMS:
        sums[name] = np.zeros((GROUPS, 2, 4, 4), dtype=np.int64)
        np.add.at(sums[name], key, values[name] if name in values else s[name][rows])
    return sums


def _bands(city: City, person: Array) -> Array:
    return np.minimum(np.maximum(city.people.age(person, YEAR_FIRST + 182), 0) // 5, AGE_BANDS - 1)


def _alive(city: City) -> Array:
    """Persons alive in the middle of the year."""
    rows, middle = city.people.rows, YEAR_FIRST + 182
    alive: Array = np.flatnonzero((rows["birth"] <= middle) & ((rows["death"] == NONE) | (rows["death"] > middle)))
    return alive


def _insured(city: City, alive: Array) -> Array:
    insured = np.zeros((2, AGE_BANDS, 2), dtype=np.int64)
    np.add.at(insured, (_scheme(city, alive), _bands(city, alive), city.people.rows["sex"][alive] - 1), 1)
    return insured


def _people(city: City, group: Array, alive: Array) -> dict[str, Array]:
    rows, s = city.people.rows, city.bills.settlements
    persons = np.zeros((GROUPS, 2), dtype=np.int64)
    np.add.at(persons, (group[alive], _scheme(city, alive)), 1)
    critical = np.bincount(s["person"], weights=s["critical"], minlength=city.people.count)

    def number(some: Array) -> Array:
        return np.bincount(group[some], minlength=GROUPS)

    return {
        "persons": persons,
        "in_service": number(alive[rows["person_class"][alive] == 11]),
        "retired": number(alive[rows["person_class"][alive] == 12]),
        "residents_aided": number(np.flatnonzero(rows["assistance"] >= 0)),
        "critical_persons": number(np.flatnonzero(critical > 0)),
    }


def _distributions(city: City) -> dict[str, Array]:
    s, e = city.bills.settlements, city.encounters
    own = np.flatnonzero(s["reverses"] == NONE)
    person, care = s["person"][own], _care(s["kind"][own])
    level, total = city.providers.level[s["institution"][own]], s["total"][own]
    key = (_scheme(city, person), _bands(city, person), city.people.rows["sex"][person] - 1)
    ages = {name: np.zeros((2, AGE_BANDS, 2), dtype=np.int64) for name in ("stay_ages", "visit_ages", "cost_ages")}
    stay, outside = care == STAY, (care == VISIT) | (care == CHRONIC_CARE)
    np.add.at(ages["stay_ages"], tuple(k[stay] for k in key), 1)
    np.add.at(ages["visit_ages"], tuple(k[outside] for k in key), 1)
    np.add.at(ages["cost_ages"], key, total)
    bins = np.clip((np.log10(np.maximum(total, 1) / 100) * BINS_PER_DECADE).astype(np.int64), 0, COST_BINS - 1)
    costs = {name: np.zeros((4, COST_BINS), dtype=np.int64) for name in ("stay_costs", "visit_costs")}
    np.add.at(costs["stay_costs"], (level[stay], bins[stay]), 1)
    np.add.at(costs["visit_costs"], (level[outside], bins[outside]), 1)
    airways = np.isin(e["condition"], [condition_index()[name] for name in AIRWAYS]).astype(np.int64)
    days = np.zeros((2, 366), dtype=np.int64)
    np.add.at(days, (airways, np.clip(e["begin"] // DAY - YEAR_FIRST, 0, 365)), 1)
    in_hospital = np.flatnonzero(stay)
    encounter = s["encounter"][own[in_hospital]]
    day = (e["begin"][encounter] // DAY).astype("datetime64[D]")
    month = day.astype("datetime64[M]").astype(np.int64) % 12
    town = city.providers.city[s["institution"][own[in_hospital]]]
    months = np.zeros((len(CITIES), 12, 3), dtype=np.int64)
    nights = e["end"][encounter] // DAY - e["begin"][encounter] // DAY
    for k, values in enumerate((np.ones(len(nights), dtype=np.int64), nights, total[in_hospital])):
        np.add.at(months, (town, month, np.full(len(month), k)), values)
    home = city_of(city.people.insured_at(person[in_hospital], e["begin"][encounter] // DAY))
    travel = np.zeros((len(CITIES), len(CITIES), 2), dtype=np.int64)
    for k, values in enumerate((np.ones(len(nights), dtype=np.int64), total[in_hospital])):
        np.add.at(travel, (home, town, np.full(len(home), k)), values)
    return ages | costs | {"days": days, "stay_months": months, "travel": travel}


def _charges(city: City, group: Array) -> dict[str, Array]:
    lines, e, catalogue = city.bills.lines, city.encounters, load_catalogue()
    care = _care(e["kind"])[lines["encounter"]]
    kind = catalogue.charge_type.astype(np.int64)[lines["item"]]
    key = (group[e["person"]][lines["encounter"]] * 4 + care) * 15 + kind
    # Sums of a block stay far below the 2^53 that bincount adds exactly.
    types = np.bincount(key, weights=lines["amount"], minlength=GROUPS * 4 * 15).astype(np.int64)
    return {"charge_types": types.reshape(GROUPS, 4, 15)}
