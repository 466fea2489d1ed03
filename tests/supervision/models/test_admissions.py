"""Check-up stays in an invented region: what makes one, and what looks like one without being one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from yibao.engine import DuckEngine
from yibao.supervision.models.admissions import CheckUp, CheckUpPlace, check_up_stays
from yibao.supervision.models.words import check_up_reasons

START = datetime(2026, 1, 5, 9)
#: Disease -> share of examinations, days, and the examinations that it calls for.
USUAL = {
    "M47.800": (0.40, 6, ["spine-mr", "blood"]),
    "J18.900": (0.20, 8, ["chest-ct", "blood"]),
    "I10.x00": (0.35, 5, ["ecg", "blood"]),
    # Worked up everywhere: for anaemia the examinations are the stay.
    "D50.900": (0.80, 4, ["marrow", "endoscopy"]),
}
PACKAGE = ["whole-body-ct", "tumour-markers", "gene-panel"]


class Region:
    """Stays at six hospitals as the models see them, with what was charged."""

    def __init__(self, engine: DuckEngine) -> None:
        self.engine, self.random = engine, np.random.default_rng(7)
        self.tables: dict[str, list[dict[str, Any]]] = {
            name: [] for name in ("seen", "encounter", "person", "procedure", "diagnosis", "charge_line")
        }

    def stay(
        self,
        place: str,
        diagnosis: str,
        share: float,
        days: int,
        exams: list[str],
        *,
        age: int = 60,
        way: str = "1",
        operated: bool = False,
        also: str | None = None,
        person: str | None = None,
        began: datetime | None = None,
    ) -> str:
        """One stay of ten thousand yuan; the name of it."""
        number = len(self.tables["seen"])
        name, person = f"e{number:04}", person or f"p{number}"
        began = began or START + timedelta(days=number % 200)
        total = 1_000_000
        exam = round(total * share)
        self.tables["seen"].append(
            {"encounter_id": name, "person_id": person, "institution_id": place, "began_at": began, "inpatient": True,
             "days": days, "diagnosis": diagnosis, "total": total, "exam": exam, "drug": (total - exam) // 2,
             "material": 0, "treatment": 0, "stay": total - exam - (total - exam) // 2}
        )  # fmt: skip
        self.tables["encounter"].append(
            {"encounter_id": name, "discharge_way": way, "discharged_at": began + timedelta(days=days)}
        )
        self.tables["person"].append(
            {"person_id": person, "birth_date": (began - timedelta(days=365 * age + 30)).date(), "sex": "1"}
        )
        codes = [diagnosis] + ([also] if also else [])
        self.tables["diagnosis"] += [{"encounter_id": name, "code": code} for code in codes]
        if operated:
            self.tables["procedure"].append({"encounter_id": name, "kind": "1"})
        self.tables["charge_line"] += [
            {"encounter_id": name, "charge_type": "03", "item_code": item, "amount": exam // len(exams)}
            for item in exams
        ]
        return name

    def everyday(self, each: int = 25) -> None:
        """Ordinary stays of every disease at every hospital."""
        for place in ("h1", "h2", "h3", "h4", "h5", "h6"):
            for diagnosis, (share, days, exams) in USUAL.items():
                for _ in range(each):
                    drawn = float(np.clip(self.random.normal(share, 0.05), 0.02, 0.98))
                    self.stay(place, diagnosis, drawn, max(1, days + int(self.random.integers(-2, 3))), exams)

    def check_up(self, **how: Any) -> str:
        """A stiff neck, two days, the package of the house."""
        return self.stay("h1", how.pop("diagnosis", "M47.800"), 0.9, 2, PACKAGE, **how)

    def found(self) -> tuple[list[CheckUp], list[CheckUpPlace]]:
        empty = {"procedure": pa.schema([("encounter_id", pa.string()), ("kind", pa.string())])}
        for name, rows in self.tables.items():
            self.engine.register(name, pa.Table.from_pylist(rows, schema=empty.get(name)))
        return check_up_stays(self.engine)


@pytest.fixture
def region() -> Iterator[Region]:
    with DuckEngine(threads=1) as engine:
        made = Region(engine)
        made.everyday()
        yield made


def test_a_package_of_examinations_for_a_stiff_neck_comes_first_with_its_reasons(region: Region) -> None:
    planted = {region.check_up(diagnosis=disease) for disease in ("M47.800", "I10.x00") for _ in range(15)}
    stays, places = region.found()
    assert {stay.id for stay in stays[:30]} == planted
    assert all(stay.z > 1.96 and stay.expected < 0.5 < stay.share for stay in stays[:30])
    measures = [reason.measure for reason in check_up_reasons(stays[0])]
    assert measures == ["exam_share", "exam_unlike", "exam_routine", "short_stay"]
    assert check_up_reasons(stays[0])[0].zh.startswith("检查检验占 90%")
    assert "of it for examinations that the disease hardly ever gets" in check_up_reasons(stays[0])[1].en
    assert [place.id for place in places] == ["h1"]
    assert places[0].seen >= 30 > places[0].expected


def test_ordinary_stays_are_no_leads_not_even_where_a_disease_needs_many_examinations(region: Region) -> None:
    stays, places = region.found()
    chance = len(region.tables["seen"]) * 0.025
    assert len(stays) <= chance and not places


@pytest.mark.parametrize(
    ("named", "how"),
    [
        ("an unclear disease", {"diagnosis": "R50.900"}),
        ("a growth of uncertain nature", {"diagnosis": "D48.900"}),
        ("observation for a suspected disease", {"diagnosis": "Z03.100"}),
        ("day surgery", {"operated": True}),
        ("the operation was called off", {"also": "Z53.000"}),
        ("transferred", {"way": "2"}),
        ("left against advice", {"way": "4"}),
        ("died", {"way": "5"}),
        ("a child", {"age": 9}),
    ],
)
def test_look_alikes_are_no_leads(region: Region, named: str, how: dict[str, Any]) -> None:
    planted = [region.check_up() for _ in range(6)]
    alike = region.check_up(**how)
    stays, _ = region.found()
    found = {stay.id for stay in stays}
    assert set(planted) <= found
    assert alike not in found, named


@pytest.mark.parametrize(("days_later", "excused"), [(0, True), (3, True), (4, False)])
def test_a_work_up_belongs_to_the_operation_that_follows_elsewhere(
    region: Region, days_later: int, excused: bool
) -> None:
    name = region.check_up(person="worked-up", began=START)
    region.stay("h2", "M47.800", 0.2, 7, ["blood"], operated=True, person="worked-up",
                began=START + timedelta(days=2 + days_later))  # fmt: skip
    stays, _ = region.found()
    assert (name not in {stay.id for stay in stays}) is excused


def test_a_fourteenth_birthday_ends_the_excuse_of_a_child(region: Region) -> None:
    grown, child = region.check_up(age=14), region.check_up(age=13)
    found = {stay.id for stay in region.found()[0]}
    assert grown in found and child not in found


def test_a_share_below_one_half_is_no_check_up_however_little_was_expected(region: Region) -> None:
    low = region.stay("h1", "J18.900", 0.49, 2, PACKAGE)
    high = region.stay("h1", "J18.900", 0.51, 2, PACKAGE)
    found = {stay.id for stay in region.found()[0]}
    assert high in found and low not in found


def test_a_hospital_does_not_set_its_own_yardstick(region: Region) -> None:
    """Hundreds of such stays at one hospital move nobody's expectation of that hospital."""
    before = region.check_up()
    (alone,) = (stay for stay in region.found()[0] if stay.id == before)
    for _ in range(300):
        region.check_up()
    (among,) = (stay for stay in region.found()[0] if stay.id == before)
    assert among.expected == pytest.approx(alone.expected, abs=0.05)


def test_too_few_stays_or_hospitals_say_nothing() -> None:
    with DuckEngine(threads=1) as engine:
        few = Region(engine)
        for place in ("h1", "h2"):
            for _ in range(80):
                few.stay(place, "M47.800", 0.4, 5, ["blood"])
        few.check_up()
        assert few.found() == ([], [])
