"""Groups in small invented worlds: what binds a group, and what looks like one without being one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from yibao.engine import DuckEngine
from yibao.supervision.models.groups import co_visit_groups, institution_communities

START = datetime(2025, 9, 1, 9)


class World:
    """Visits as the models see them, persons, institutions and lines, in an engine."""

    def __init__(self, engine: DuckEngine) -> None:
        self.engine = engine
        self.seen: list[dict[str, Any]] = []
        self.households: dict[str, str] = {}
        self.regions: dict[str, str] = {}

    def visit(self, person: str, place: str, at: datetime, *, kind: str = "11", fund: int = 100_000) -> None:
        self.seen.append(
            {"encounter_id": f"e{len(self.seen)}", "person_id": person, "institution_id": place, "began_at": at,
             "inpatient": False, "kind": kind, "fund": fund}
        )  # fmt: skip

    def together(self, persons: str, place: str, days: int, **how: Any) -> None:
        """``persons`` are single letters; they come five minutes apart on so many days."""
        for day in range(days):
            for i, person in enumerate(persons):
                self.visit(person, place, START + timedelta(days=7 * day, minutes=5 * i), **how)

    def ready(self) -> DuckEngine:
        people = sorted({v["person_id"] for v in self.seen})
        places = sorted({v["institution_id"] for v in self.seen})
        tables = {
            "seen": self.seen,
            "person": [{"person_id": p, "household_id": self.households.get(p)} for p in people],
            "institution": [{"institution_id": p, "region_code": self.regions.get(p, "r")} for p in places],
            "charge_line": [{"encounter_id": v["encounter_id"], "item_code": "drug"} for v in self.seen],
        }  # fmt: skip
        schemas = {"person": pa.schema([("person_id", pa.string()), ("household_id", pa.string())])}
        for name, rows in tables.items():
            self.engine.register(name, pa.Table.from_pylist(rows, schema=schemas.get(name)))
        return self.engine


@pytest.fixture
def world() -> Iterator[World]:
    with DuckEngine(threads=1) as engine:
        yield World(engine)


def test_strangers_who_keep_coming_together_are_one_group(world: World) -> None:
    world.together("abcde", "clinic", 6)
    for day in range(60):
        world.visit(f"other{day}", "clinic", START + timedelta(days=day, hours=3))
    (group,) = co_visit_groups(world.ready())
    assert group.members == tuple("abcde") and group.p > 0.5
    assert group.fund == 10 * 6 * 200_000  # each of ten pairs on six days, both bills
    assert "5 人" in group.zh and "5 persons" in group.en


def test_a_household_is_no_group(world: World) -> None:
    world.together("abc", "clinic", 6)
    world.households = dict.fromkeys("abc", "home")
    assert co_visit_groups(world.ready()) == []


@pytest.mark.parametrize(
    ("days", "minutes", "fund"), [(2, 5, 100_000), (6, 40, 100_000), (6, 5, 100)], ids=["rarely", "apart", "pennies"]
)
def test_what_is_rare_apart_or_cheap_is_no_group(world: World, days: int, minutes: int, fund: int) -> None:
    for day in range(days):
        for i, person in enumerate("abcd"):
            world.visit(person, "clinic", START + timedelta(days=7 * day, minutes=minutes * i), fund=fund)
    assert co_visit_groups(world.ready()) == []


def test_fixed_slots_of_chronic_treatment_count_for_nothing(world: World) -> None:
    world.together("abcde", "dialysis", 12, kind="14")
    assert all(group.p == 0 for group in co_visit_groups(world.ready()))


def test_meeting_in_a_crowd_says_nothing(world: World) -> None:
    world.together("abc", "hospital", 6)
    for day in range(6):
        for i in range(60):
            world.visit(f"crowd{day}-{i}", "hospital", START + timedelta(days=7 * day, minutes=i % 50))
    assert co_visit_groups(world.ready()) == []


def test_a_ring_across_regions_is_a_community_and_neighbours_are_not(world: World) -> None:
    number = 0
    for region, places in (("r1", ("a", "b", "c", "d")), ("r2", ("e", "f", "g", "h"))):
        for place in places:
            world.regions[place] = region
        for first in places:
            for second in places:
                if first < second:
                    for _ in range(20):  # neighbours share patients evenly
                        for place in (first, second):
                            world.visit(f"p{number}", place, START)
                        number += 1
    assert institution_communities(world.ready()) == []
    for place, region in (("x", "r1"), ("y", "r2"), ("z", "r3")):
        world.regions[place] = region
    for _ in range(40):  # the same forty persons at three places far from each other
        for place in ("x", "y", "z"):
            world.visit(f"p{number}", place, START)
        number += 1
    for place in "abcd":  # others travel too, evenly
        for other in "efgh":
            for _ in range(20):
                world.visit(f"p{number}", place, START)
                world.visit(f"p{number}", other, START)
                number += 1
    (found,) = institution_communities(world.ready())
    assert found.members == ("x", "y", "z") and 0 < found.p < 1
    assert "3 家机构" in found.zh and "3 institutions" in found.en
