"""Opinions: an institution says what it thinks of a group, a price, a definition or its data; the bureau answers.

The law asks for a standing way to collect and answer them; within ten working days is this house's promise.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import Connection, select

from yibao.registry.articles import Refused
from yibao.registry.papers import numbered, written
from yibao.registry.store import Answer, verb
from yibao.registry.tables.opinions import OPINION
from yibao.registry.unit import Row, Unit

#: Working days in which an opinion is answered.
ANSWER_DAYS = 10
#: What an opinion may be about, (zh, en).
ABOUT = {
    "group": ("病组或病种", "case-mix group"), "price": ("价格与支付标准", "price or payment standard"),
    "definition": ("口径", "definition"), "data": ("数据", "data"), "other": ("其他", "other"),
}  # fmt: skip
OUTCOMES = {"accepted": ("采纳", "accepted"), "partly": ("部分采纳", "accepted in part"),
            "declined": ("未采纳", "declined")}  # fmt: skip
STATES = {"open": ("待答复", "waits for an answer"), "answered": ("已答复", "answered"),
          "withdrawn": ("已撤回", "withdrawn")}  # fmt: skip
LONGEST = 4_000
#: Cases that an opinion may name.
MOST_CASES = 200


@verb("opinion.give", "institution:{institution_id}")
def give(
    unit: Unit, institution_id: str, about: str, words: str, subject: str | None = None, cases: Sequence[str] = (),
) -> Answer:  # fmt: skip
    """An institution's opinion; its clock of ten working days begins. ``cases`` are ids of encounters.

    Raises :class:`Refused`: ``unknown_matter``, ``no_words``, ``too_long``.
    """
    place = unit.place_of(institution_id)
    unit.allow(place)
    if about not in ABOUT:
        raise Refused(
            "unknown_matter", "payment_opinions", f"an opinion is not about {about!r}", f"意见类别没有 {about!r}",
            mend=f"one of: {', '.join(ABOUT)}", mend_zh=f"可选：{'、'.join(ABOUT)}",
        )  # fmt: skip
    said = written(words, "payment_opinions", LONGEST)
    if len(cases) > MOST_CASES:
        raise Refused("too_long", "payment_opinions", f"{len(cases)} cases are too many", f"{len(cases)} 个病例过多",
                      mend=f"at most {MOST_CASES} cases", mend_zh=f"最多 {MOST_CASES} 个病例")  # fmt: skip
    due = unit.calendar.after(unit.today, ANSWER_DAYS)
    row = unit.insert(
        OPINION, opinion_id=numbered(unit, OPINION.c.opinion_id, "OP"), institution_id=institution_id,
        region_code=place.region, about=about,
        subject=subject, words=said, cases=json.dumps(list(cases)) if cases else None, given_by=unit.actor_id,
        given_at=unit.at, due_on=due, state="open", published=0,
    )  # fmt: skip
    return {"opinion_id": row["opinion_id"], "due_on": due.isoformat()}


@verb("opinion.answer", "opinion:{opinion_id}")
def answer(
    unit: Unit, opinion_id: str, outcome: str, words: str, summary: str | None = None, publish: bool = False
) -> Answer:
    """The bureau's answer. ``summary`` may be published: it says the matter without the institution.

    Raises :class:`Refused`: ``answered_before``, ``unknown_outcome``, ``no_words``, ``no_summary``.
    """
    row = _open(unit, opinion_id)
    if outcome not in OUTCOMES:
        raise Refused(
            "unknown_outcome", "payment_opinions", f"there is no outcome {outcome!r}", f"没有答复结果 {outcome!r}",
            mend=f"one of: {', '.join(OUTCOMES)}", mend_zh=f"可选：{'、'.join(OUTCOMES)}",
        )  # fmt: skip
    if publish and not (summary or "").strip():
        raise Refused("no_summary", "payment_opinions", "nothing is published without a summary", "公开须有摘要",
                      mend="write a summary without names", mend_zh="请写不含机构名称的摘要")  # fmt: skip
    said = written(words, "payment_opinions", LONGEST)
    made = unit.update(OPINION, row, state="answered", outcome=outcome, answer=said, summary=summary or None,
                       published=int(publish), answered_by=unit.actor_id, answered_at=unit.at)  # fmt: skip
    late = unit.today > row["due_on"]
    unit.say(late=late)
    return {"opinion_id": opinion_id, "state": made["state"], "outcome": outcome, "late": late}


@verb("opinion.give", "opinion:{opinion_id}")
def withdraw(unit: Unit, opinion_id: str) -> Answer:
    """The institution takes its opinion back before it is answered."""
    row = _open(unit, opinion_id)
    unit.update(OPINION, row, state="withdrawn")
    return {"opinion_id": opinion_id, "state": "withdrawn"}


def opinions(unit: Unit, *, state: str | None = None, institution_id: str | None = None) -> list[Row]:
    """The opinions within reach, the next due first. To be used in ``registry.reading("opinion.read", actor)``."""
    query = select(OPINION).where(unit.reach("opinion.read").where(OPINION))
    if state is not None:
        query = query.where(OPINION.c.state == state)
    if institution_id is not None:
        query = query.where(OPINION.c.institution_id == institution_id)
    return unit.rows(query.order_by(OPINION.c.due_on, OPINION.c.opinion_id))


def published(connection: Connection) -> list[Row]:
    """Answers whose summary is public, newest first, without the institution: anybody may read them."""
    columns = (OPINION.c.about, OPINION.c.subject, OPINION.c.outcome, OPINION.c.summary, OPINION.c.answered_at)
    query = select(*columns).where(OPINION.c.published == 1)
    found = connection.execute(query.order_by(OPINION.c.answered_at.desc())).mappings()
    return [dict(row) for row in found]


def _open(unit: Unit, opinion_id: str) -> Row:
    row = unit.get(OPINION, "opinion", "意见", opinion_id=opinion_id)
    unit.allow(unit.place_of(row["institution_id"], row["region_code"]))
    if row["state"] != "open":
        state = STATES[row["state"]]
        raise Refused("answered_before", "payment_opinions", f"{opinion_id} is {state[1]} already",
                      f"{opinion_id} {state[0]}", mend="nothing is left to do", mend_zh="无需再办理")  # fmt: skip
    return row
