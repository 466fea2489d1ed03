"""Looks at data of persons: allowed by permit and consent, kept, alarming or not, and shown to whom they were about."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from yibao.registry.articles import Refused
from yibao.registry.rights.permits import handling, permit_of
from yibao.registry.scopes import Place
from yibao.registry.store import Answer, verb
from yibao.registry.tables.clues import CLUE, CLUE_FINDING
from yibao.registry.tables.consents import CONSENT, DATASET, LOOK, LOOK_PERSON, PURPOSE, RIGHTS_REQUEST
from yibao.registry.tables.core import ACTOR
from yibao.registry.unit import Row, Unit


@verb("data.look", "dataset:{dataset_id}", unsaid=("persons",))
def look(
    unit: Unit, look_id: str, dataset_id: str, purpose_id: str, columns: Sequence[str], predicate: str, rows: int,
    persons: Sequence[str], device: str | None = None,
) -> Answer:  # fmt: skip
    """Look at rows of persons. Only what is permitted is done, and all of it is kept.

    Raises :class:`Refused`: ``no_permit``, ``other_purpose``, ``no_consent`` (a purpose that is no duty by law).
    """
    unit.allow_anywhere()
    dataset = unit.get(DATASET, "data set", "数据集", dataset_id=dataset_id)
    purpose = unit.get(PURPOSE, "purpose", "用途", purpose_id=purpose_id)
    permit = permit_of(unit, dataset, purpose_id)
    if purpose["statutory"] == "no":
        _consented(unit, dataset_id, purpose_id, persons)
    return keep(
        unit, look_id, dataset_id=dataset_id, purpose_id=purpose_id, columns=columns, predicate=predicate, rows=rows,
        persons=persons, device=device, permit_id=None if permit is None else permit["permit_id"],
    )  # fmt: skip


def keep(
    unit: Unit, look_id: str, *, dataset_id: str, purpose_id: str, columns: Sequence[str], predicate: str, rows: int,
    persons: Sequence[str], device: str | None = None, permit_id: str | None = None,
) -> Answer:  # fmt: skip
    """Keep that the unit's actor looked at these persons, and each of them; tells what about it is alarming."""
    said = note(
        unit, look_id, dataset_id=dataset_id, purpose_id=purpose_id, columns=columns, predicate=predicate, rows=rows,
        persons=persons, device=device, permit_id=permit_id,
    )  # fmt: skip
    for person_id in sorted(set(persons)):
        unit.insert(LOOK_PERSON, look_id=look_id, person_id=person_id)
    return said


def note(
    unit: Unit, look_id: str, *, dataset_id: str, purpose_id: str, columns: Sequence[str], predicate: str, rows: int,
    persons: Sequence[str], device: str | None = None, permit_id: str | None = None,
) -> Answer:  # fmt: skip
    """Keep the look alone, where the trail itself names each person; tells what about it is alarming."""
    touched = sorted(set(persons))
    alerts = _alerts(unit, touched)
    unit.insert(
        LOOK, look_id=look_id, permit_id=permit_id, actor_id=unit.actor_id, role=unit.role,
        organisation=unit.actor["organisation"], dataset_id=dataset_id, purpose_id=purpose_id,
        columns=",".join(columns), predicate_digest=hashlib.sha256(predicate.encode()).hexdigest(), rows=rows,
        persons=len(touched), device=device, looked_at=unit.at, alerts=",".join(alerts) or None,
    )  # fmt: skip
    return {"look_id": look_id, "persons": len(touched), "alerts": alerts}


def who_looked(unit: Unit, person_id: str) -> list[dict[str, Any]]:
    """Who looked at a person's data, newest first: in what post, for which organisation, at what, for what, when.

    The name is withheld, as the person may ask for it by a request; the number of the look finds it.
    """
    unit.allow(Place(person=person_id))
    query = (
        select(LOOK.c.look_id, LOOK.c.looked_at, LOOK.c.role, LOOK.c.organisation, LOOK.c.columns, LOOK.c.dataset_id,
               DATASET.c.title_zh, DATASET.c.title_en, PURPOSE.c.title_zh.label("purpose_zh"),
               PURPOSE.c.title_en.label("purpose_en"))
        .join(LOOK_PERSON, LOOK_PERSON.c.look_id == LOOK.c.look_id)
        .outerjoin(DATASET, DATASET.c.dataset_id == LOOK.c.dataset_id)
        .outerjoin(PURPOSE, PURPOSE.c.purpose_id == LOOK.c.purpose_id)
        .where(LOOK_PERSON.c.person_id == person_id)
        .order_by(LOOK.c.looked_at.desc(), LOOK.c.look_id)
    )  # fmt: skip
    return [dict(row) for row in unit.rows(query)]


def alarming(unit: Unit) -> list[Row]:
    """Looks that raised an alert, newest first, with the actor's name: for the quarterly review."""
    query = select(LOOK, ACTOR.c.name).join(ACTOR, ACTOR.c.actor_id == LOOK.c.actor_id)
    return unit.rows(query.where(LOOK.c.alerts.is_not(None)).order_by(LOOK.c.looked_at.desc()))


@verb("data.own", "person:{person_id}")
def ask(unit: Unit, person_id: str, kind: str, words: str) -> Answer:
    """A person's request about his data; it is answered within fifteen working days."""
    unit.allow(Place(person=person_id))
    if kind not in handling()["rights"]:
        raise Refused(
            "unknown_right",
            "pipl_44",
            f"there is no request of the kind {kind!r}",
            f"没有此类请求：{kind!r}",
            mend=f"known: {', '.join(handling()['rights'])}",
            mend_zh=f"可用：{', '.join(handling()['rights'])}",
        )
    count = unit.connection.execute(select(func.count()).select_from(RIGHTS_REQUEST)).scalar_one()
    until = unit.calendar.after(unit.today, int(handling()["answer_days"]))
    unit.insert(
        RIGHTS_REQUEST,
        request_id=f"RQ-{count + 1:05d}",
        person_id=person_id,
        kind=kind,
        words=words,
        asked_at=unit.at,
        answer_by=until,
        state="asked",
    )
    return {"request_id": f"RQ-{count + 1:05d}", "answer_by": until.isoformat()}


@verb("data.answer", "request:{request_id}")
def answer(unit: Unit, request_id: str, words: str) -> Answer:
    """Answer a person's request; one that is late is answered all the same, and said to be late."""
    unit.allow_anywhere()
    row = unit.get(RIGHTS_REQUEST, "request", "请求", request_id=request_id)
    if row["state"] != "asked":
        raise Refused("answered_before", "pipl_44", f"{request_id} is answered already", f"{request_id} 已答复",
                      mend="nothing is left to do", mend_zh="无需再办理")  # fmt: skip
    unit.update(RIGHTS_REQUEST, row, state="answered", answer=words, answered_by=unit.actor_id, answered_at=unit.at)
    return {"request_id": request_id, "late": unit.today > row["answer_by"]}


def _consented(unit: Unit, dataset_id: str, purpose_id: str, persons: Sequence[str]) -> None:
    given = select(CONSENT.c.person_id).where(
        CONSENT.c.dataset_id == dataset_id, CONSENT.c.purpose_id == purpose_id, CONSENT.c.withdrawn_at.is_(None),
        CONSENT.c.valid_from <= unit.today, CONSENT.c.valid_to > unit.today,
    )  # fmt: skip
    without = set(persons) - set(unit.connection.execute(given).scalars())
    if without:
        raise Refused(
            "no_consent",
            "pipl_13",
            f"{len(without)} of the persons have not consented to {purpose_id}",
            f"{len(without)} 人未同意用于 {purpose_id}",
            mend="ask them, or leave them out",
            mend_zh="请取得同意或剔除",
        )


def _alerts(unit: Unit, persons: Sequence[str]) -> list[str]:
    """What a reviewer should see: too many in an hour, off hours, one person who is in no clue of the actor's."""
    found = []
    rules = handling()["alerts"]
    hour = select(func.coalesce(func.sum(LOOK.c.persons), 0)).where(
        LOOK.c.actor_id == unit.actor_id, LOOK.c.looked_at > unit.at - timedelta(hours=1), LOOK.c.looked_at <= unit.at
    )
    if unit.connection.execute(hour).scalar_one() + len(persons) > int(rules["persons_an_hour"]):
        found.append("many_persons")
    first, last = (int(h) for h in rules["working_hours"])
    if not unit.calendar.is_working(unit.today) or not first <= unit.at.hour < last:
        found.append("off_hours")
    if len(persons) == 1 and unit.actor["kind"] == "person" and not _has_clue(unit, persons[0]):
        found.append("single_person")
    return found


def _has_clue(unit: Unit, person_id: str) -> bool:
    mine = select(CLUE.c.clue_id).join(CLUE_FINDING, CLUE_FINDING.c.clue_id == CLUE.c.clue_id).where(
        CLUE_FINDING.c.person_id == person_id,
        (CLUE.c.first_reviewer == unit.actor_id) | (CLUE.c.second_reviewer == unit.actor_id)
        | (CLUE.c.team_lead == unit.actor_id),
    )  # fmt: skip
    return unit.connection.execute(mine.limit(1)).first() is not None
