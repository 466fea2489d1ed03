"""Feedback: a clock for every kind, one answer, no eyes but the bureau's, and no name where none was given."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
from named_refusals import RAISED, hold_against_the_trail, refused
from sqlalchemy import select

from yibao.registry import Registry, feedback
from yibao.registry.actors import add, found, grant, take_places
from yibao.registry.articles import Refused
from yibao.registry.database import connect
from yibao.registry.migrate import migrate
from yibao.registry.tables.core import EVENT
from yibao.registry.tables.feedback import FEEDBACK

DAY = date(2025, 1, 1)


class Clock:
    now = datetime(2025, 9, 26, 10)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    """A city with two districts, a bureau for each, a person, and the door of the public."""
    place = str(tmp_path / "registry.db")
    engine = connect(place)
    migrate(engine)
    made = Registry(place, engine, Clock())
    found(made, "admin", "admin", "990000", "province", "seed")
    regions = [
        {"region_code": code, "name": code, "parent_code": parent}
        for code, parent in (("990000", None), ("990100", "990000"), ("990200", "990000"))
    ]  # fmt: skip
    hospital = {"institution_id": "H1", "name": "H1", "kind": "1", "region_code": "990100"}
    made.do(take_places, regions, [hospital], by="admin")
    for name, role, kind, scope in (
        ("here", "bureau", "region", "990100"), ("there", "bureau", "region", "990200"),
        ("hospital", "hospital", "institution", "H1"),
        ("person", "insured", "person", "P1"), ("door", "public", "region", "990000"),
    ):  # fmt: skip
        made.do(add, name, name, kind="person", by="admin")
        made.do(grant, name, role, kind, scope, valid_from=DAY, by="admin")
    RAISED.clear()
    yield made
    hold_against_the_trail(made)
    made.close()


def _told(registry: Registry, **more: object) -> str:
    said = {"kind": "complaint", "about": "institution", "words": "等了两小时", "region_code": "990100",
            "institution_id": "H1", "person_id": "P1", **more}  # fmt: skip
    return str(registry.do(feedback.give, by="person", **said)["feedback_id"])


@pytest.mark.parametrize(("kind", "about", "due"), [
    ("question", "bill", date(2025, 10, 10)),  # five working days over the national holiday, the 28th being worked
    ("complaint", "institution", date(2025, 10, 16)), ("access", "look", date(2025, 10, 23)),
])  # fmt: skip
def test_each_kind_has_its_clock_in_working_days(registry: Registry, kind: str, about: str, due: date) -> None:
    number = _told(registry, kind=kind, about=about)
    with registry.reading("feedback.give", "person") as unit:
        assert [(row["feedback_id"], row["due_on"]) for row in feedback.of_person(unit, "P1")] == [(number, due)]


def test_the_bureau_of_the_place_answers_once_and_nobody_else_sees_it(registry: Registry) -> None:
    number = _told(registry)
    with registry.reading("feedback.read", "there") as unit:
        assert feedback.inbox(unit) == []
    with pytest.raises(Refused) as far:
        registry.do(feedback.answer, number, "好", by="there")
    assert far.value.name == "out_of_scope"
    with pytest.raises(Refused) as concerned:  # the provider that it is about has no way in
        registry.do(feedback.answer, number, "好", by="hospital")
    assert concerned.value.name == "no_role"
    with registry.reading("feedback.read", "here") as unit:
        assert [row["feedback_id"] for row in feedback.inbox(unit, state="open")] == [number]
    assert registry.do(feedback.answer, number, "已核实，医院已道歉。", by="here")["late"] is False
    with pytest.raises(Refused) as again:
        registry.do(feedback.answer, number, "再答", by="here")
    assert again.value.name == "answered_before"
    with registry.reading("feedback.give", "person") as unit:
        assert feedback.of_person(unit, "P1")[0]["answer"] == "已核实，医院已道歉。"


def test_a_report_without_a_name_keeps_nobody_and_is_found_again_by_its_code(registry: Registry) -> None:
    code = feedback.new_code()
    done = registry.do(
        feedback.give, "report", "institution", "挂床住院", "990100", institution_id="H1",
        receipt=feedback.digest(code), by="door",
    )  # fmt: skip
    number = str(done["feedback_id"])
    with registry.reading("feedback.give", "door") as unit:
        row = feedback.by_code(unit, number, code.lower())
        assert row is not None and row["person_id"] is None and row["given_by"] == "door"
        assert feedback.by_code(unit, number, "WRONG234") is None
        assert feedback.by_code(unit, "FB-2025-999999", code) is None
    with registry.engine.connect() as connection:
        bodies = connection.execute(select(EVENT.c.body).where(EVENT.c.action == "feedback.give")).scalars().all()
        kept = json.dumps([dict(row) for row in connection.execute(select(FEEDBACK)).mappings()], default=str)
    assert not any("挂床" in body or code in body for body in bodies)  # the trail tells that it came, not what it says
    assert code not in kept


def test_questions_about_ones_own_data_need_a_name(registry: Registry) -> None:
    refused(
        "no_name",
        lambda: registry.do(feedback.give, "question", "bill", "为什么", "990100", receipt="x", by="door"),
    )


def test_what_cannot_be_taken_is_refused_by_name(registry: Registry) -> None:
    refused("unknown_kind", lambda: _told(registry, kind="gossip"))
    refused("unknown_matter", lambda: _told(registry, about="weather"))
    refused("no_words", lambda: _told(registry, words="  "))
    refused("too_long", lambda: _told(registry, words="长" * 2_001))
    refused("out_of_scope", lambda: _told(registry, person_id="P2"))


def test_a_person_takes_back_what_is_not_answered_yet(registry: Registry) -> None:
    number = _told(registry)
    assert registry.do(feedback.withdraw, number, by="person")["state"] == "withdrawn"
    with pytest.raises(Refused):
        registry.do(feedback.answer, number, "好", by="here")


def test_complaints_are_counted_by_institution_for_figures(registry: Registry) -> None:
    _told(registry)
    _told(registry, kind="praise")
    with registry.engine.connect() as connection:
        assert feedback.complaints(connection, 2025) == {"H1": 1}
        assert feedback.complaints(connection, 2024) == {}
