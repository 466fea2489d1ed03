"""Simulated figures beside published ones: the same definition, the table, scheme, year and source of each.

``fitted`` figures are published, and the parameters were set so that they come out. One that few people carry may lie
further off than five per cent by the luck of who lives in the city; its sampling interval says so, and the verdict is
then ``chance``, not agreement. ``labelled`` figures are not published with this definition and have a
range instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from yibao.simulation.frame import Array
from yibao.simulation.fund import balances
from yibao.simulation.measures import GROUPS, Measures
from yibao.simulation.settling import CHRONIC_CARE, STAY, VISIT
from yibao.simulation.write import data_rows

#: A fitted figure agrees within so many parts per million of the published one.
TOLERANCE_PPM = 50_000
#: Student's t for 95 % with one degree of freedom less than there are groups of households.
_T = 2.093
_MILLION, _THOUSAND = 1_000_000, 1_000
#: Charge types of drugs, of examinations and laboratory, of material.
_DRUGS, _EXAMS, _MATERIAL = [9, 10, 11], [3, 4], [8]
_FIRST, _SECOND, _THIRD, _ALL, _HOSPITALS = [0, 1], [2], [3], [0, 1, 2, 3], [2, 3]
_EMPLOYEE, _RESIDENT, _BOTH = [0], [1], [0, 1]

#: ``within`` five per cent of what is published; further off but within ``chance`` of it, too few people to tell;
#: ``off`` beyond both; in the ``plausible`` range, where nothing is published.
Verdict = Literal["within", "chance", "off", "plausible"]


@dataclass(frozen=True)
class Comparison:
    """One figure; values are integers in ``unit`` (ppm, milli, fen), None where there is none.

    ``half_width`` is half the 95 % sampling interval: the delete-a-group jackknife over groups of households (Kott,
    Journal of Official Statistics 17, 2001). Draws that are spread evenly on purpose vary less than it says.
    """

    key: str
    zh: str
    en: str
    unit: str
    simulated: int
    half_width: int
    published: int | None
    low: int | None
    high: int | None
    year: str
    table_zh: str
    table_en: str
    source_zh: str
    source_en: str
    kind: str

    @property
    def deviation_ppm(self) -> int | None:
        """Simulated over published less one, in parts per million."""
        if self.published is None:
            return None
        return round((self.simulated - self.published) * _MILLION / self.published)

    @property
    def verdict(self) -> Verdict:
        """What the city says about the figure; the tolerance is the same for every published figure and city."""
        if self.published is None:
            inside = self.low is not None and self.high is not None and self.low <= self.simulated <= self.high
            return "plausible" if inside else "off"
        beyond = abs(self.simulated - self.published) - self.published * TOLERANCE_PPM / _MILLION
        if beyond <= 0:
            return "within"
        return "chance" if beyond <= self.half_width else "off"


def compare(measures: Measures) -> list[Comparison]:
    """Every published figure with the simulated one, in the order of the file."""
    everybody = np.arange(GROUPS)
    values = _Figures(measures, everybody).all()
    without = [_Figures(measures, np.delete(everybody, group)).all() for group in everybody]
    return [
        Comparison(
            key=row["key"],
            zh=row["zh"],
            en=row["en"],
            unit=row["unit"],
            simulated=values[row["key"]],
            half_width=_half_width([figures[row["key"]] for figures in without]),
            published=_number(row["published"]),
            low=_number(row["low"]),
            high=_number(row["high"]),
            year=row["year"],
            table_zh=row["table_zh"],
            table_en=row["table_en"],
            source_zh=row["source_zh"],
            source_en=row["source_en"],
            kind=row["kind"],
        )
        for row in data_rows("published")
    ]


def _half_width(without: list[int]) -> int:
    """Half the 95 % interval of a figure from its values ``without`` each group of households."""
    apart = np.array(without, dtype=np.float64)
    variance = (GROUPS - 1) / GROUPS * float(((apart - apart.mean()) ** 2).sum())
    return round(_T * variance**0.5)


def _number(text: str) -> int | None:
    return int(text) if text else None


def _ratio(part: int, whole: int, scale: int) -> int:
    return round(part * scale / whole) if whole else 0


class _Figures:
    """The figures of :data:`published.csv` from the sums over some groups of households."""

    def __init__(self, measures: Measures, groups: Array) -> None:
        self.bills = {name: values[groups].sum(axis=0) for name, values in measures.bills.items()}
        self.people = {name: values[groups].sum(axis=0) for name, values in measures.people.items()}
        self.flows = measures.fund.of(groups)
        self.insured = self.people["persons"]

    def sum(self, name: str, scheme: list[int], care: list[int], level: list[int]) -> int:
        return int(self.bills[name][np.ix_(scheme, care, level)].sum())

    def all(self) -> dict[str, int]:
        return self._people() | self._stays() | self._uses() | self._fund() | self._layers() | self._shares()

    def _people(self) -> dict[str, int]:
        return {
            "employee_share": _ratio(int(self.insured[0]), int(self.insured.sum()), _MILLION),
            "active_ratio": _ratio(int(self.people["in_service"]), int(self.people["retired"]), _THOUSAND),
        }

    def _stays(self) -> dict[str, int]:
        figures: dict[str, int] = {}
        for name, scheme in (("employee", _EMPLOYEE), ("resident", _RESIDENT)):
            stays = self.sum("bills", scheme, [STAY], _ALL)
            mean = _ratio(self.sum("total", scheme, [STAY], _ALL), stays, 1)
            figures[f"stay_rate_{name}"] = _ratio(stays, int(self.insured[scheme].sum()), _MILLION)
            figures[f"stay_mean_{name}"] = mean
            figures[f"inrange_{name}"] = self._in_range(scheme, _ALL)
            figures[f"eligible_{name}"] = _ratio(
                self.sum("eligible", scheme, [STAY], _ALL), self.sum("total", scheme, [STAY], _ALL), _MILLION
            )
            for level, which in ((3, _THIRD), (2, _SECOND), (1, _FIRST)):
                own = _ratio(self.sum("total", scheme, [STAY], which), self.sum("bills", scheme, [STAY], which), 1)
                figures[f"stay_ratio_{name}_{level}"] = _ratio(own, mean, _THOUSAND)
                figures[f"inrange_{name}_{level}"] = self._in_range(scheme, which)
        residents = self.sum("bills", _RESIDENT, [STAY], _ALL)
        hospital = self.sum("bills", _BOTH, [STAY], _HOSPITALS)
        figures["nights_resident"] = _ratio(self.sum("nights", _RESIDENT, [STAY], _ALL), residents, _THOUSAND)
        figures["nights_hospital"] = _ratio(self.sum("nights", _BOTH, [STAY], _HOSPITALS), hospital, _THOUSAND)
        figures["hospital_share"] = _ratio(hospital, self.sum("bills", _BOTH, [STAY], _ALL), _MILLION)
        figures["stay_mean_hospital"] = _ratio(self.sum("total", _BOTH, [STAY], _HOSPITALS), hospital, 1)
        return figures

    def _in_range(self, scheme: list[int], level: list[int]) -> int:
        """Insurance funds (not assistance) over what is in range."""
        paid = self.sum("fund", scheme, [STAY], level) - self.sum("assistance", scheme, [STAY], level)
        return _ratio(paid, self.sum("eligible", scheme, [STAY], level), _MILLION)

    def _uses(self) -> dict[str, int]:
        employees, residents = int(self.insured[0]), int(self.insured[1])
        outside = [VISIT, CHRONIC_CARE]
        every = [STAY, VISIT, CHRONIC_CARE]
        hospital = self.sum("bills", _BOTH, outside, _HOSPITALS)
        figures = {
            "visit_mean_hospital": _ratio(self.sum("total", _BOTH, outside, _HOSPITALS), hospital, 1),
            "uses_employee": _ratio(self.sum("bills", _EMPLOYEE, every, _ALL), employees, _THOUSAND),
            "uses_resident": _ratio(self.sum("bills", _RESIDENT, every, _ALL), residents, _THOUSAND),
            "visits_resident": _ratio(self.sum("bills", _RESIDENT, [VISIT], _ALL), residents, _THOUSAND),
            "chronic_resident": _ratio(self.sum("bills", _RESIDENT, [CHRONIC_CARE], _ALL), residents, _THOUSAND),
        }
        for name, scheme, insured in (("employee", _EMPLOYEE, employees), ("resident", _RESIDENT, residents)):
            figures[f"away_{name}"] = _ratio(self.sum("away", scheme, every, _ALL), insured, _MILLION)
            figures[f"away_cost_{name}"] = _ratio(self.sum("away_total", scheme, every, _ALL), insured, 1)
        return figures

    def _fund(self) -> dict[str, int]:
        """Pooled funds and personal accounts, from the months of the fund."""
        flows, held = self.flows, balances(self.flows)
        spent, income = flows["spending"].sum(axis=(0, 2)), held["income"].sum(axis=(0, 2))
        reserve, accounts = held["reserve"][:, :, -1].sum(axis=0), int(held["accounts"][:, 0, -1].sum())
        figures: dict[str, int] = {}
        for k, name in ((0, "employee"), (1, "resident")):
            figures[f"income_{name}"] = _ratio(int(income[k]), int(self.insured[k]), 1)
            figures[f"spending_{name}"] = _ratio(int(spent[k]), int(self.insured[k]), 1)
            figures[f"spent_share_{name}"] = _ratio(int(spent[k]), int(income[k]), _MILLION)
            figures[f"reserve_{name}"] = _ratio(int(reserve[k]) * 12, int(spent[k]), _THOUSAND)
        employees = int(self.insured[0])
        return figures | {
            "income_account": _ratio(int(flows["credit"].sum()), employees, 1),
            "spending_account": _ratio(int(flows["account_spending"].sum()), employees, 1),
            "balance_account": _ratio(accounts, employees, 1),
        }

    def _layers(self) -> dict[str, int]:
        """Medical assistance and critical-illness insurance."""
        residents = int(self.insured[1])
        cares = [0, 1, 2, 3]
        aided, aided_stays = self.sum("aided", _BOTH, cares, _ALL), self.sum("aided_inpatient", _BOTH, cares, _ALL)
        aid, aid_stay = self.sum("assistance", _BOTH, cares, _ALL), self.sum("assistance", _BOTH, [STAY], _ALL)
        persons = int(self.people["critical_persons"])
        return {
            "aided_share": _ratio(int(self.people["residents_aided"]), residents, _MILLION),
            "aided_uses": _ratio(aided, residents, _MILLION),
            "aid_stay": _ratio(aid_stay, aided_stays, 1),
            "aid_visit": _ratio(aid - aid_stay, aided - aided_stays, 1),
            "critical_persons": _ratio(persons, residents, _MILLION),
            "critical_mean": _ratio(self.sum("critical", _RESIDENT, cares, _ALL), persons, 1),
        }

    def _shares(self) -> dict[str, int]:
        types = self.people["charge_types"]
        stay, visit = types[STAY], types[VISIT] + types[CHRONIC_CARE]

        def share(of: Array, kinds: list[int]) -> int:
            return _ratio(int(of[kinds].sum()), int(of.sum()), _MILLION)

        return {
            "drug_share_stay": share(stay, _DRUGS),
            "exam_share_stay": share(stay, _EXAMS),
            "material_share_stay": share(stay, _MATERIAL),
            "drug_share_visit": share(visit, _DRUGS),
        }
