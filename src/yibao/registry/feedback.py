"""Feedback: what insured people and the public tell the bureau, and its answer before a clock runs out.

A report may come without a name: then nobody is kept, and a code given once finds the answer again.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from functools import cache
from typing import Any

from sqlalchemy import Connection, func, select

from yibao.registry.articles import Refused, facts
from yibao.registry.papers import numbered, written
from yibao.registry.scopes import Place
from yibao.registry.store import Answer, verb
from yibao.registry.tables.feedback import FEEDBACK
from yibao.registry.unit import Row, Unit

#: What it may be about, (zh, en).
ABOUT = {
    "bill": ("一张账单", "a bill"),
    "look": ("一次查看", "a look at my data"),
    "record": ("登记的资料", "what is on record"),
    "entitlement": ("待遇申请", "an entitlement"),
    "institution": ("一家机构", "a provider"),
    "other": ("其他", "other"),
}
STATES = {"open": ("待答复", "waits for an answer"), "answered": ("已答复", "answered"),
          "withdrawn": ("已撤回", "withdrawn")}  # fmt: skip
LONGEST = 2_000


@cache
def kinds() -> dict[str, dict[str, Any]]:
    """Kinds of feedback with their names and clocks, as ``facts/feedback.yaml`` says them."""
    return {str(name): dict(said) for name, said in facts("feedback.yaml").items()}


def new_code() -> str:
    """A code by which somebody without a name finds the answer: eight characters that cannot be mistaken."""
    return "".join(secrets.choice("23456789ABCDEFGHJKMNPQRSTUVWXYZ") for _ in range(8))


def digest(feedback_code: str) -> str:
    """What is kept of such a code."""
    return hashlib.sha256(feedback_code.strip().upper().encode()).hexdigest()


@verb("feedback.give", "feedback:{kind}", unsaid=("words", "contact", "receipt"))
def give(
    unit: Unit, kind: str, about: str, words: str, region_code: str, person_id: str | None = None,
    institution_id: str | None = None, subject: str | None = None, contact: str | None = None,
    receipt: str | None = None,
) -> Answer:  # fmt: skip
    """Somebody tells the bureau something; the clock of its kind begins.

    A person tells it in his own name (``person_id``); without one a ``receipt`` (the digest of a code) is kept instead.
    The event does not repeat the words. Raises :class:`Refused`: ``unknown_kind``, ``unknown_matter``, ``no_words``,
    ``too_long``, ``no_name`` (what may not be told without one).
    """
    unit.allow(Place(region=region_code) if person_id is None else Place(person=person_id))
    said = kinds().get(kind)
    if said is None or about not in ABOUT:
        wrong, known = (kind, kinds()) if said is None else (about, ABOUT)
        raise Refused(
            "unknown_kind" if said is None else "unknown_matter", "feedback_hotline", f"there is no {wrong!r}",
            f"没有 {wrong!r}", mend=f"one of: {', '.join(known)}", mend_zh=f"可选：{'、'.join(known)}",
        )  # fmt: skip
    if person_id is None and kind in ("question", "access"):
        raise Refused("no_name", str(said["article"]), "a question about your own data needs your name",
                      "关于本人信息的提问须实名", mend="sign in first", mend_zh="请先登录")  # fmt: skip
    due = unit.calendar.after(unit.today, int(said["days"]))
    row = unit.insert(
        FEEDBACK, feedback_id=numbered(unit, FEEDBACK.c.feedback_id, "FB"), kind=kind, about=about, subject=subject,
        person_id=person_id, institution_id=institution_id, region_code=region_code,
        words=written(words, "feedback_hotline", LONGEST), contact=contact or None,
        receipt=receipt if person_id is None else None, given_by=unit.actor_id, given_at=unit.at, due_on=due,
        state="open",
    )  # fmt: skip
    return {"feedback_id": row["feedback_id"], "due_on": due.isoformat()}


@verb("feedback.answer", "feedback:{feedback_id}", unsaid=("words",))
def answer(unit: Unit, feedback_id: str, words: str) -> Answer:
    """The bureau's answer. Raises :class:`Refused`: ``unknown``, ``answered_before``, ``no_words``, ``too_long``."""
    row = unit.get(FEEDBACK, "feedback", "来信", feedback_id=feedback_id)
    unit.allow(Place(region=row["region_code"]))
    _open(row)
    said = written(words, "feedback_hotline", LONGEST)
    unit.update(FEEDBACK, row, state="answered", answer=said, answered_by=unit.actor_id, answered_at=unit.at)
    late = unit.today > row["due_on"]
    unit.say(late=late)
    return {"feedback_id": feedback_id, "state": "answered", "late": late}


@verb("feedback.give", "feedback:{feedback_id}")
def withdraw(unit: Unit, feedback_id: str) -> Answer:
    """A person takes back what he told in his own name, before it is answered."""
    row = unit.get(FEEDBACK, "feedback", "来信", feedback_id=feedback_id)
    unit.allow(Place(person=row["person_id"] or "-"))
    _open(row)
    unit.update(FEEDBACK, row, state="withdrawn")
    return {"feedback_id": feedback_id, "state": "withdrawn"}


def of_person(unit: Unit, person_id: str) -> list[Row]:
    """What a person told, newest first. To be used in ``registry.reading("feedback.give", actor)``."""
    unit.allow(Place(person=person_id))
    mine = select(FEEDBACK).where(FEEDBACK.c.person_id == person_id)
    return unit.rows(mine.order_by(FEEDBACK.c.given_at.desc(), FEEDBACK.c.feedback_id.desc()))


def by_code(unit: Unit, feedback_id: str, feedback_code: str) -> Row | None:
    """What was told without a name, to whoever has its code; None for a wrong number or code alike."""
    row = unit.find(FEEDBACK, feedback_id=feedback_id)
    kept = (row["receipt"] if row else None) or digest("-")
    right = hmac.compare_digest(kept, digest(feedback_code))
    return row if row is not None and row["receipt"] is not None and right else None


def inbox(unit: Unit, *, state: str | None = None) -> list[Row]:
    """What waits within reach, the next due first. To be used in ``registry.reading("feedback.read", actor)``."""
    query = select(FEEDBACK).where(unit.reach("feedback.read").where(FEEDBACK))
    if state is not None:
        query = query.where(FEEDBACK.c.state == state)
    return unit.rows(query.order_by(FEEDBACK.c.due_on, FEEDBACK.c.feedback_id))


def complaints(connection: Connection, year: int) -> dict[str, int]:
    """Complaints of a year by institution: for figures, without any of their words."""
    at = FEEDBACK.c.given_at
    query = (
        select(FEEDBACK.c.institution_id, func.count())
        .where(FEEDBACK.c.kind == "complaint", FEEDBACK.c.institution_id.is_not(None), FEEDBACK.c.state != "withdrawn")
        .where(func.substr(at, 1, 4) == str(year))
        .group_by(FEEDBACK.c.institution_id)
    )
    return {str(name): int(count) for name, count in connection.execute(query)}


def _open(row: Row) -> None:
    if row["state"] != "open":
        state = STATES[row["state"]]
        raise Refused(
            "answered_before",
            "feedback_hotline",
            f"{row['feedback_id']} is {state[1]} already",
            f"{row['feedback_id']} {state[0]}",
            mend="nothing is left to do",
            mend_zh="无需再办理",
        )
