"""The queue as a question to the registry's database: what a filter means, in which order, and the facets' counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from yibao.registry.clues.view import visible
from yibao.registry.tables.clues import CLUE
from yibao.registry.tables.core import INSTITUTION
from yibao.service.access.scope import Caller
from yibao.service.console.filters import Chosen
from yibao.service.state import Service

#: Bands of fund money in fen: name -> (from, to).
BANDS: Mapping[str, tuple[int, int | None]] = {
    "1": (0, 100_000), "2": (100_000, 1_000_000), "3": (1_000_000, 10_000_000), "4": (10_000_000, None),
}  # fmt: skip
#: Families of laws by the first letter of their ids (supervision.md §2).
FAMILIES: Mapping[str, tuple[str, str]] = {
    "A": ("收费", "Charges"), "B": ("药品与诊疗", "Drugs and care"), "C": ("住院", "Stays"),
    "D": ("检查检验", "Examinations"), "E": ("参保人与身份", "Persons and identity"),
    "F": ("药店与追溯", "Pharmacies and traces"), "G": ("团伙", "Groups"), "H": ("机构与人员", "Capacity"),
}  # fmt: skip
_ENDED = ("S3a", "S10")
_SORTS: Mapping[str, Any] = {
    "title": CLUE.c.title_zh, "institution": CLUE.c.institution_id, "persons": CLUE.c.persons,
    "claimed": CLUE.c.claimed, "strength_ppm": CLUE.c.strength_ppm, "due_on": CLUE.c.due_on, "state": CLUE.c.state,
    "findings": CLUE.c.findings, "owner": CLUE.c.first_reviewer,
}  # fmt: skip


def seen_by(service: Service, caller: Caller) -> Select[Any]:
    """All clues that the caller may see."""
    with service.registry.reading("clue.read", caller.actor_id) as unit:
        return visible(unit)


def fitting(service: Service, caller: Caller, chosen: Chosen) -> dict[str, ColumnElement[bool]]:
    """One condition for each filter that is set."""
    today = service.registry.clock().date()
    made: dict[str, ColumnElement[bool]] = {}
    plain = {"rule": CLUE.c.law_ids, "result": CLUE.c.result, "state": CLUE.c.state}
    for name, column in plain.items():
        if chosen[name]:
            made[name] = column == chosen[name]
    if not chosen["state"] and not chosen.flag("ended"):
        made["ended"] = CLUE.c.state.not_in(_ENDED)
    if chosen["family"]:
        made["family"] = CLUE.c.law_ids.like(f"{chosen['family']}%")
    if chosen["level"]:
        made["level"] = CLUE.c.institution_id.in_(
            [code for code, row in service.institutions.items() if row["level"] == chosen["level"]]
        )
    if chosen["due"]:
        made["due"] = due_in(chosen["due"], today, service)
    if chosen["amount"]:
        low, high = BANDS[chosen["amount"]]
        made["amount"] = and_(CLUE.c.claimed >= low, CLUE.c.claimed < high) if high else CLUE.c.claimed >= low
    if chosen["whose"] == "mine":
        mine = caller.actor_id
        made["whose"] = or_(CLUE.c.first_reviewer == mine, CLUE.c.second_reviewer == mine, CLUE.c.team_lead == mine)
    elif chosen["whose"] == "nobody":
        made["whose"] = CLUE.c.first_reviewer.is_(None)
    if chosen["q"]:
        like = f"%{_literal(chosen['q'])}%"
        named = select(INSTITUTION.c.institution_id).where(INSTITUTION.c.name.like(like, escape="\\"))
        made["q"] = or_(
            *(column.like(like, escape="\\") for column in (CLUE.c.title_zh, CLUE.c.title_en, CLUE.c.clue_id)),
            CLUE.c.institution_id.in_(named),
        )  # fmt: skip
    return made


def due_in(word: str, today: date, service: Service) -> ColumnElement[bool]:
    """Over its clock, due today, or within five working days."""
    soon = service.registry.calendar.after(today, 5)
    return {
        "over": CLUE.c.due_on < today, "today": CLUE.c.due_on == today,
        "week": and_(CLUE.c.due_on >= today, CLUE.c.due_on <= soon),
    }[word]  # fmt: skip


def in_order(query: Select[Any], sort: str) -> Select[Any]:
    """Rows in an order; the next due first, then the heaviest, unless a column is named."""
    column = _SORTS.get(sort.removeprefix("-"))
    first = [] if column is None else [column.is_(None), column.desc() if sort.startswith("-") else column]
    return query.order_by(*first, CLUE.c.due_on.is_(None), CLUE.c.due_on, CLUE.c.claimed.desc(), CLUE.c.clue_id)


def facets(base: Select[Any], fits: Mapping[str, ColumnElement[bool]], name: str, column: Any) -> Select[Any]:
    """How many clues have each value of a column, under all filters but that column's own."""
    others = [condition for key, condition in fits.items() if key != name]
    rows = base.where(*others).subquery()
    return select(rows.c[column], func.count()).group_by(rows.c[column])


def totals(base: Select[Any], fits: Sequence[ColumnElement[bool]]) -> Select[Any]:
    """How many, and how much fund money they claim."""
    rows = base.where(*fits).subquery()
    return select(func.count(), func.coalesce(func.sum(rows.c.claimed), 0))


def ids(base: Select[Any], fits: Sequence[ColumnElement[bool]], sort: str) -> Select[Any]:
    """The clues' numbers in order, for previous and next."""
    return in_order(base.where(*fits), sort).with_only_columns(CLUE.c.clue_id)


def working_days_left(service: Service, due: date | None) -> int | None:
    """Working days until a clock ends; negative when it is over."""
    if due is None:
        return None
    today, step = service.registry.clock().date(), timedelta(days=1)
    calendar, day, left = service.registry.calendar, min(today, due), 0
    while day < max(today, due):
        day += step
        left += calendar.is_working(day)
    return left if due >= today else -left


def _literal(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
