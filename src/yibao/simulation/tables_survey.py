"""Raw table of the household survey: a sample of households, asked after the year what they earned and spent.

What care cost is the households' own bills; consumption and food follow income by an Engel curve around the national
figures (own, from the yearbook's orders of magnitude: consumption 28 200 yuan a head, food three tenths of it).
"""

from __future__ import annotations

import numpy as np

from yibao.simulation.city import City, random_for
from yibao.simulation.frame import NONE, YEAR_LAST, Array, full
from yibao.simulation.geography import rural
from yibao.simulation.policy import CONTRIBUTION
from yibao.simulation.protection import assistance_kinds
from yibao.simulation.tables_people import Tables
from yibao.simulation.write import Column

SURVEY = "YH2025"
#: Share of the households asked in towns and in the country, where answers differ more.
_SAMPLED = (0.08, 0.125)
#: Consumption without health a head at the average income (fen), and how it follows income.
_CONSUMPTION, _ELASTICITY, _SPREAD = 2_570_000, 0.75, 0.25
#: Nobody lives on less a head in a year.
_SUBSISTENCE = 600_000
#: What a yuan paid for care takes from the rest of consumption, and the most that it takes.
_GIVEN_UP, _AT_MOST = 0.25, 0.35
#: Share of food at the average of consumption, how it falls as households get richer, its spread and its bounds.
_FOOD, _ENGEL, _FOOD_SPREAD, _FOOD_BOUNDS = 0.34, -0.09, 0.05, (0.15, 0.65)
#: Care outside the insurer's sight a head (cash at a shop, abroad, not insured): mean of it, spread of its logarithm.
_UNSEEN, _UNSEEN_SPREAD = 18_000, 1.1


def survey_tables(city: City) -> Tables:
    """survey_household."""
    return {"survey_household": survey(city)[0]}


def survey(city: City) -> tuple[tuple[dict[str, Column], int], Array]:
    """The table, and the row of each of its households among the households of the city."""
    rows, rng = city.people.rows, random_for(city, "survey")
    of, n = rows["household"], int(rows["household"][-1]) + 1
    alive = (rows["death"] == NONE) | (rows["death"] > YEAR_LAST)

    def members(mask: Array) -> Array:
        return np.bincount(of[alive & mask], minlength=n)

    everyone = np.ones(len(of), dtype=bool)
    size = members(everyone)
    # Who answers is the oldest role still alive.
    asked = np.full(n, len(of))
    np.minimum.at(asked, of[alive], np.flatnonzero(alive))
    country = rural(rows["lives"][np.searchsorted(of, np.arange(n))])
    chance = np.where(country, _SAMPLED[1], _SAMPLED[0])
    home = np.flatnonzero((size > 0) & (rng.random(n) < chance))
    head, people = asked[home], size[home]
    income = rows["household_income"][head]
    care = _care(city, n, home, people, rng)
    consumption, food = _spending(income, people, care["out_of_pocket"], rng)
    age = city.people.age(np.arange(len(of)), YEAR_LAST)
    k = len(home)
    columns: dict[str, Column] = {
        "survey_id": np.full(k, SURVEY),
        "household_id": city.ids.event("V", np.arange(k)),
        "region_code": rows["lives"][head],
        "surveyed_on": YEAR_LAST + rng.integers(8, 60, k),
        "weight": np.rint(1000 / chance[home]).astype(np.int64),
        "size": people,
        "members_65": members(age >= 65)[home],
        "members_chronic": members(city.people.chronic.sum(axis=1) > 0)[home],
        "is_urban": (~country[home]).astype(np.int64),
        "scheme": rows["scheme"][head],
        "assistance_kind": (_aid(rows["assistance"], of, n)[home], assistance_kinds()),
        "income": income,
        "consumption": consumption,
        "food_spending": food,
        **care,
    }
    return (columns, k), home


def _aid(assistance: Array, of: Array, n: int) -> Array:
    category = full(n, -1)
    np.maximum.at(category, of, assistance)
    return category


def _care(city: City, n: int, home: Array, size: Array, rng: np.random.Generator) -> dict[str, Array]:
    """Cost of the household's care, what funds and personal accounts paid of it, and the rest."""
    s = city.bills.settlements
    of = city.people.rows["household"][s["person"]]

    def total(amounts: Array) -> Array:
        # Sums of a household's year stay far below the 2^53 that ``bincount`` adds exactly.
        return np.bincount(of, weights=amounts, minlength=n).astype(np.int64)[home]

    drawn = _UNSEEN * np.exp(rng.normal(-0.5 * _UNSEEN_SPREAD**2, _UNSEEN_SPREAD, len(home)))
    unseen = (drawn * size).astype(np.int64) // 100 * 100
    paid = total(s["fund"] + s["account"])
    cost = total(s["total"]) + unseen
    return {"health_spending": cost, "reimbursed_amount": paid, "out_of_pocket": cost - paid}


def _spending(income: Array, size: Array, own: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """Consumption (care included) and food of each household, in whole yuan."""
    a_head = np.maximum(income / size, 1) / CONTRIBUTION.income_per_head
    other = _CONSUMPTION * a_head**_ELASTICITY * np.exp(rng.normal(-0.5 * _SPREAD**2, _SPREAD, len(size)))
    other = np.maximum(other, _SUBSISTENCE) * size
    other = other * (1 - np.minimum(_GIVEN_UP * own / other, _AT_MOST))
    share = _FOOD + _ENGEL * np.log(other / size / _CONSUMPTION) + rng.normal(0, _FOOD_SPREAD, len(size))
    food = other * np.clip(share, *_FOOD_BOUNDS)
    return other.astype(np.int64) // 100 * 100 + own, food.astype(np.int64) // 100 * 100
