"""Simulated tables of rows for studies whose data are not public, with the effects that were put in.

What is put in is told in each function; where it is a published estimate, finding it again says that the method works,
not that the paper is right. Every table is labelled as simulated wherever a study shows it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa

from yibao.equity.checks import Floats
from yibao.equity.errors import StudyError

Random = np.random.Generator


def migrants(rows: int, seed: int) -> pa.Table:
    """Migrants' self-rated health in five levels: local enrolment multiplies the odds of better by 1.088, of which
    part runs through having a health record; employee insurance by 1.178 (Dong 2024)."""
    random = np.random.default_rng(seed)
    age, sex = random.uniform(16, 60, rows), _yes(random, 0.5, rows)
    schooling, ln_income = random.normal(10, 3, rows).clip(0, 19), random.normal(8.4, 0.6, rows)
    local = _yes(random, _logistic(-1.5 + 0.08 * schooling), rows)
    employee = _yes(random, 0.75 * local, rows)
    record = _yes(random, _logistic(-0.8 + 0.5 * local), rows)
    better = (
        np.log(1.088) * local + np.log(1.178) * employee + 0.10 * record - 0.03 * (age - 38) + 0.15 * (ln_income - 8.4)
    )
    level = np.searchsorted([-4.5, -3.0, -1.2, 0.4], better + random.logistic(size=rows)) + 1
    return _table(
        local=local,
        employee=employee,
        record=record,
        age=age,
        male=sex,
        schooling=schooling,
        ln_income=ln_income,
        health=level,
    )


def deliveries(rows: int, seed: int) -> pa.Table:
    """Deliveries and a yes/no outcome: pregnancy-related cover has odds 0.70 of continuous cover after caesarean and
    0.42 after vaginal birth; rural homes 0.83 (the shape of Okechukwu 2024)."""
    random = np.random.default_rng(seed)
    rural, vaginal, age = _yes(random, 0.2, rows), _yes(random, 0.7, rows), random.uniform(16, 44, rows)
    pregnancy = _yes(random, 0.4, rows)
    chance = _logistic(
        -1.2
        + np.log(0.70) * pregnancy
        + np.log(0.30) * vaginal
        + np.log(0.60) * pregnancy * vaginal
        + np.log(0.83) * rural
        + 0.02 * (age - 28)
    )
    return _table(pregnancy=pregnancy, vaginal=vaginal, rural=rural, age=age, outcome=_yes(random, chance, rows))


def households(rows: int, seed: int) -> pa.Table:
    """Households in four waves: illness moves the budget from food and schooling to care, the more so without insurance
    and with low income; sizes, weights, incomes and budgets as a survey has them (the shape of Qiu and Zhang 2024)."""
    random = np.random.default_rng(seed)
    homes = max(rows // 4, 2)
    home, wave = np.repeat(np.arange(homes), 4), np.tile(np.arange(2012, 2020, 2), homes)
    size = np.repeat(random.integers(1, 7, homes), 4)
    ability = np.repeat(random.normal(size=homes), 4)
    insured = np.repeat(_yes(random, 0.8, homes), 4)
    chronic = _yes(random, 0.25, 4 * homes)
    budget = np.exp(
        9.3 + 0.5 * ability + 0.6 * np.log(size) + 0.25 * random.normal(size=4 * homes) + 0.03 * (wave - 2012)
    )
    shock = random.normal(size=4 * homes)
    care = budget * np.clip(0.05 * np.exp(0.9 * shock + 0.4 * chronic) * np.where(insured == 1, 0.8, 1.0), 0, 0.9)
    pressed = np.where(insured == 1, 0.02, 0.05) * np.where(ability < 0, 1.5, 1.0) * np.maximum(shock, 0)
    food = (budget - care) * np.clip(0.42 - 0.05 * ability - pressed, 0.05, 0.9)
    schooling = (budget - care - food) * np.clip(0.18 - pressed, 0.01, 0.9)
    paid_in = 0.02 * budget + 60 * size
    columns = {
        "household": home,
        "wave": wave,
        "size": size,
        "weight": np.repeat(random.uniform(0.5, 2, homes), 4),
        "chronic": chronic,
        "schooling_years": np.repeat(random.normal(8, 3, homes).clip(0, 19), 4) + ability.clip(-1, 1),
        "income_group": np.where(ability < 0, "low", "high"),
        "insurance": np.where(insured == 1, "insured", "uninsured"),
        "consumption": np.round(budget),
        "food": np.round(food),
        "education": np.round(schooling),
        "out_of_pocket": np.round(care),
        "other": np.round(budget) - np.round(food) - np.round(schooling) - np.round(care),
        "contributions": np.round(paid_in),
        "per_head": np.round(budget) / size,
    }
    return _table(**columns)


def digital_provinces(_: int, seed: int) -> pa.Table:
    """Thirty provinces 2011-2020: a digital-health pilot starting in 2014, 2016 or never adds 0.09 to an index in the
    east, 0.045 elsewhere (the shape of Ding, Qu and Li 2024). The panel has 300 rows, whatever is asked."""
    random = np.random.default_rng(seed)
    province, year = np.repeat(np.arange(30), 10), np.tile(np.arange(2011, 2021), 30)
    first = np.repeat(np.array([2014, 2016, 0])[random.permutation(np.arange(30) % 3)], 10)
    east = np.repeat(np.arange(30) < 11, 10)
    treated = ((first > 0) & (year >= first)).astype(np.float64)
    income = 0.3 * np.repeat(random.normal(size=30), 10) + 0.06 * (year - 2011) + 0.02 * random.normal(size=300)
    index = 0.3 + np.repeat(0.1 * random.normal(size=30), 10) + 0.01 * (year - 2011) + 0.05 * income
    index += treated * np.where(east, 0.09, 0.045) + 0.02 * random.normal(size=300)
    names = np.array([f"P{n:02d}" for n in province])
    return _table(
        province=names,
        year=year,
        first=first,
        pilot=treated,
        income=income,
        index=index,
        zone=np.where(east, "east", "other"),
    )


def donation_provinces(_: int, seed: int) -> pa.Table:
    """Thirty provinces 1997-2019: accumulated donations widen the gap between towns and countryside, most in the east
    (the shape of Sun and Zhang 2024). The panel has 690 rows, whatever is asked."""
    random = np.random.default_rng(seed)
    province, year = np.repeat(np.arange(30), 23), np.tile(np.arange(1997, 2020), 30)
    zone = np.array(["east"] * 11 + ["central"] * 8 + ["west"] * 11)[province]
    growth = np.repeat(0.12 + 0.06 * random.normal(size=30), 23)
    current = np.exp(
        np.repeat(0.5 * random.normal(size=30), 23) + growth * (year - 1997) + 0.3 * random.normal(size=690)
    )
    stock = np.log(np.cumsum(current.reshape(30, 23), axis=1)).ravel()
    slope = np.select([zone == "east", zone == "central"], [0.10, 0.07], 0.06)
    gap = (
        1
        + np.repeat(0.2 * random.normal(size=30), 23)
        - 0.01 * (year - 1997)
        + slope * stock
        + 0.05 * random.normal(size=690)
    )
    names = np.array([f"P{n:02d}" for n in province])
    return _table(province=names, year=year, zone=zone, donations=np.log(current), accumulated=stock, gap=gap)


#: Kind -> what makes it.
TABLES: dict[str, Callable[[int, int], pa.Table]] = {
    "deliveries": deliveries,
    "digital_provinces": digital_provinces,
    "donation_provinces": donation_provinces,
    "households": households,
    "migrants": migrants,
}


def simulate_table(kind: str, rows: int, seed: int) -> pa.Table:
    """A table of a kind in `TABLES`; raises StudyError on another."""
    if kind not in TABLES:
        known = ", ".join(sorted(TABLES))
        raise StudyError(
            f"there is no simulated table {kind!r}",
            mend=f"kinds are: {known}",
            zh=f"没有模拟表 {kind}",
            mend_zh=f"可用：{known}",
        )
    return TABLES[kind](rows, seed)


def _yes(random: Random, chance: Floats | float, rows: int) -> Floats:
    return (random.random(rows) < chance).astype(np.float64)


def _logistic(x: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-x)), dtype=np.float64)


def _table(**columns: Any) -> pa.Table:
    return pa.table({name: pa.array(np.asarray(values)) for name, values in columns.items()})
