"""The fund's months and the regions' year, summed over all blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from yibao.simulation.city import City
from yibao.simulation.frame import DAY, NONE, YEAR_FIRST, YEAR_LAST, Array, full, ints, repeat_ranges
from yibao.simulation.geography import CITIES, COUNTY, city_of, county_row
from yibao.simulation.policy import CONTRIBUTION, EMPLOYEE, RESIDENT
from yibao.simulation.protection import MONTHS
from yibao.simulation.providers import Providers
from yibao.simulation.tables_people import Tables
from yibao.simulation.write import Column

#: Sums by city, scheme (employees, residents) and month.
_FLOWS = ("insured", "in_service", "retired", "contribution", "subsidy", "spending", "credit", "account_spending",
          "account_opening")  # fmt: skip
#: Sums by county.
_COUNTS = ("population", "population_65", "births", "deaths", "income", "wage", "workers", "employees", "residents",
           "spending")  # fmt: skip
#: Months of pooled spending in the reserve before the year (at the end of 2024: employees 27.6, residents 9.2).
_RESERVE_MONTHS = (23.6, 9.3)
#: Interest and other income on the reserve in basis points a year.
_INTEREST = 180


@dataclass
class FundSums:
    """``flows[name]`` is [group, city, scheme, month] in fen or persons, ``counts[name]`` [county]."""

    flows: dict[str, Array]
    counts: dict[str, Array]

    @staticmethod
    def total(parts: Sequence[FundSums]) -> FundSums:
        return FundSums(
            {name: np.sum([part.flows[name] for part in parts], axis=0) for name in _FLOWS},
            {name: np.sum([part.counts[name] for part in parts], axis=0) for name in _COUNTS},
        )

    def of(self, groups: Array) -> dict[str, Array]:
        """Flows [city, scheme, month] of the ``groups`` of households (positions)."""
        return {name: values[groups].sum(axis=0) for name, values in self.flows.items()}


def fund_sums(city: City, group: Array, groups: int) -> FundSums:
    """What one block adds to the fund's months and the regions' year; ``group`` is each person's, of so many."""
    flows = {name: np.zeros((groups, len(CITIES), 2, 12), dtype=np.int64) for name in _FLOWS}
    rows, people = city.people.rows, city.people
    everyone = np.arange(people.count)
    scheme = np.where(rows["scheme"] == EMPLOYEE, 0, 1)
    for number, first in enumerate(MONTHS.tolist()):
        alive = (rows["birth"] <= first) & ((rows["death"] == NONE) | (rows["death"] >= first))
        where = city_of(people.insured_at(everyone, full(people.count, first)))
        for name, mask in (
            ("insured", alive),
            ("in_service", alive & (rows["person_class"] == 11)),
            ("retired", alive & (rows["person_class"] == 12)),
        ):
            np.add.at(flows[name][..., number], (group[mask], where[mask], scheme[mask]), 1)
    paid = city.contributions
    month = np.clip(np.searchsorted(MONTHS, paid["paid_on"], side="right") - 1, 0, 11)
    where = city_of(people.insured_at(paid["person"], np.maximum(paid["month"], YEAR_FIRST)))
    key = (group[paid["person"]], where, scheme[paid["person"]], month)
    pooled = np.where(rows["scheme"][paid["person"]] == RESIDENT, paid["own"], paid["employer"])
    np.add.at(flows["contribution"], key, pooled)
    np.add.at(flows["subsidy"], key, paid["subsidy"])
    np.add.at(flows["credit"], key, paid["credit"])
    s = city.bills.settlements
    month = np.clip(np.searchsorted(MONTHS, s["at"] // DAY, side="right") - 1, 0, 11)
    where = city_of(people.insured_at(s["person"], s["at"] // DAY))
    key = (group[s["person"]], where, scheme[s["person"]], month)
    np.add.at(flows["spending"], key, s["fund"] - s["assistance"])
    payer = city.bills.covered.payer[s["person"]]
    account = np.where(payer >= 0, s["account"], 0)
    np.add.at(flows["account_spending"], (key[0], where, np.zeros(len(month), dtype=np.int64), month), account)
    where = city_of(people.insured_at(everyone, full(people.count, YEAR_FIRST)))
    np.add.at(flows["account_opening"][..., 0], (group, where, scheme), city.bills.covered.opening)
    return FundSums(flows, _counts(city))


def _counts(city: City) -> dict[str, Array]:
    rows = city.people.rows
    county = county_row(rows["lives"])
    age = city.people.age(np.arange(city.people.count), YEAR_LAST)
    alive = rows["death"] == NONE
    s = city.bills.settlements
    spending = np.bincount(county[s["person"]], weights=s["total"], minlength=len(COUNTY))
    head = np.diff(rows["household"], prepend=-1) > 0
    weights = {
        "population": alive,
        "population_65": alive & (age >= 65),
        "births": rows["birth"] >= YEAR_FIRST,
        "deaths": ~alive,
        "income": np.where(head, rows["household_income"], 0),
        "wage": rows["wage"],
        "workers": rows["wage"] > 0,
        "employees": alive & (rows["scheme"] == EMPLOYEE),
        "residents": alive & (rows["scheme"] == RESIDENT),
    }
    sums = {name: np.bincount(county, weights=values, minlength=len(COUNTY)) for name, values in weights.items()}
    return {name: values.astype(np.int64) for name, values in (sums | {"spending": spending}).items()}


def fund_tables(sums: FundSums, providers: Providers) -> Tables:
    """fund_month (own accounts) and region_year."""
    whole = sums.of(np.arange(len(sums.flows["insured"])))
    return {"fund_month": _fund_months(whole), "region_year": _region_year(sums.counts, providers)}


def balances(flows: dict[str, Array]) -> dict[str, Array]:
    """Interest and income of each month, the pooled reserve and the personal accounts after it; fen by city and scheme.

    ``flows`` as :meth:`FundSums.of` gives them. The reserve earns interest; the accounts are the employees'.
    """
    mean = flows["spending"].sum(axis=2, keepdims=True) // 12
    opening = (mean * np.array(_RESERVE_MONTHS)[None, :, None]).astype(np.int64)
    interest = np.broadcast_to(opening * _INTEREST // 120_000, flows["insured"].shape)
    income = flows["contribution"] + flows["subsidy"] + interest
    accounts = flows["account_opening"] + flows["credit"] - flows["account_spending"]
    return {
        "interest": interest,
        "income": income,
        "reserve": opening + np.cumsum(income - flows["spending"], axis=2),
        "accounts": np.cumsum(accounts, axis=2),
    }


def _fund_months(flows: dict[str, Array]) -> tuple[dict[str, Column], int]:
    """One row per city, scheme and month."""
    shape, held = flows["insured"].shape, balances(flows)
    row, month = repeat_ranges(full(shape[0] * shape[1], shape[2]))
    city, scheme = row // shape[1], row % shape[1]
    employee = scheme == 0

    def flat(values: Array) -> Array:
        return values.reshape(-1)

    columns: dict[str, Column] = {
        "region_code": ints([code for code, *_ in CITIES])[city],
        "scheme": np.where(employee, EMPLOYEE, RESIDENT),
        "month": MONTHS[month],
        "source": np.full(len(row), "internal"),
        "insured": flat(flows["insured"]),
        "insured_in_service": np.where(employee, flat(flows["in_service"]), NONE),
        "insured_retired": np.where(employee, flat(flows["retired"]), NONE),
        "contribution_income": flat(flows["contribution"]),
        "subsidy_income": flat(flows["subsidy"]),
        "other_income": flat(held["interest"]),
        "pooled_income": flat(held["income"]),
        "pooled_spending": flat(flows["spending"]),
        "pooled_balance": flat(held["reserve"]),
        "account_income": np.where(employee, flat(flows["credit"]), NONE),
        "account_spending": np.where(employee, flat(flows["account_spending"]), NONE),
        "account_balance": np.where(employee, flat(held["accounts"]), NONE),
    }
    return columns, len(row)


def _region_year(counts: dict[str, Array], providers: Providers) -> tuple[dict[str, Column], int]:
    """One row per county for the simulated year."""
    n = len(COUNTY)
    beds = np.bincount(providers.county, weights=[int(r["beds"]) for r in providers.rows], minlength=n)
    staff_county = providers.county[providers.staff["institution"]]
    kind = providers.staff["kind"]
    return {
        "region_code": ints([county.code for county in COUNTY]),
        "year": full(n, 2025),
        "population": counts["population"],
        "population_65": counts["population_65"],
        "births": counts["births"],
        "deaths": counts["deaths"],
        "disposable_income": counts["income"] // np.maximum(counts["population"], 1),
        "average_wage": np.where(
            counts["workers"] > 0, counts["wage"] // np.maximum(counts["workers"], 1), CONTRIBUTION.average_wage
        ),
        "health_spending": counts["spending"],
        "insured_employee": counts["employees"],
        "insured_resident": counts["residents"],
        "institutions": np.bincount(providers.county, minlength=n),
        "beds": beds.astype(np.int64),
        "doctors": np.bincount(staff_county[kind == 0], minlength=n),
        "nurses": np.bincount(staff_county[kind == 1], minlength=n),
        "source": np.full(n, "simulated"),
    }, n
