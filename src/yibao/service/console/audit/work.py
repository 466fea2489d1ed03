"""My work: what is due today and this week, what waits for others; and what an auditor does first."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from sqlalchemy import or_

from yibao.presentation.fmt import Format
from yibao.registry.tables.clues import CLUE
from yibao.service.access.guard import GuardedRoute, Of, Who, needs
from yibao.service.console.audit import queue_query as asked
from yibao.service.console.audit.queue import columns, left_words, shown_row
from yibao.service.console.listing import Listing
from yibao.service.console.pages import lang_of, page
from yibao.service.reads import reads

router = APIRouter(prefix="/audit", route_class=GuardedRoute, include_in_schema=False)
#: States in which the next act is the reviewer's own.
_MINE = ("S2", "S3", "S4", "S5", "S6")
_OTHERS = ("S3b", "S3c", "S7", "S8", "S9")


@router.get("")
@needs("clue.read", anywhere=True)  # the rows are the caller's own
def work(request: Request, caller: Who, service: Of) -> Response:
    """What do I do first today?"""
    lang, me = lang_of(request), caller.actor_id
    base = asked.seen_by(service, caller).where(
        or_(CLUE.c.first_reviewer == me, CLUE.c.second_reviewer == me, CLUE.c.team_lead == me),
        CLUE.c.closed_at.is_(None),
    )
    with reads(service.registry) as connection:
        rows = [dict(row) for row in connection.execute(asked.in_order(base, "")).mappings()]
        unassigned = connection.execute(
            asked.totals(asked.seen_by(service, caller), [CLUE.c.state.in_(("S0", "S1"))])
        ).one()[0]
        to_second = connection.execute(
            asked.totals(asked.seen_by(service, caller), [CLUE.c.state == "S4", CLUE.c.first_reviewer != me])
        ).one()[0]
    made = [shown_row(service, row, lang) for row in rows]
    mine = [
        row for row in made if row["state"] in _MINE and (row["first_reviewer"] == me or row["second_reviewer"] == me)
    ]
    today = [row for row in mine if row["left"] is not None and row["left"] <= 0]
    week = [row for row in mine if row not in today and row["left"] is not None and row["left"] <= 5]
    later = [row for row in mine if row not in today and row not in week]
    waiting = [row for row in made if row["state"] in _OTHERS]
    parts = [
        ("today", ("今天到期或已超期", "Due today or overdue"), today),
        ("week", ("5 个工作日内", "Within five working days"), week),
        ("later", ("之后", "Later"), later),
        ("waiting", ("等别人办", "Waiting for others"), waiting),
    ]
    fmt, zh = Format(lang), lang == "zh"
    first = next((row for row in (*today, *week, *later)), None)
    says = [
        f"要您办的 *{len(mine)} 条*，净额 *{fmt.money(sum(r['claimed'] for r in mine))}*；今天到期或已超期 "
        f"*{len(today)} 条*。"
        if zh
        else f"*{len(mine)}* wait for you, over *{fmt.money(sum(r['claimed'] for r in mine))}*; *{len(today)}* are "
        f"due or overdue."
    ]
    if first is not None:
        words = left_words(first["left"], lang)
        says.append(f"先办：*{first['title']}*，{first['institution']}，{words}。" if zh
                    else f"First: *{first['title']}*, {first['institution']}, {words}.")  # fmt: skip
    tables = [Listing(name, zh_, en, columns(""), rows_, caption=False) for name, (zh_, en), rows_ in parts]
    question = "今天先办哪几条？" if zh else "What do I do first today?"
    return page(
        request,
        "audit/work.html",
        caller=caller,
        question=question,
        says=says,
        tables=tables,
        lists=[one.name for one in tables],
        unassigned=unassigned,
        to_second=to_second,
        may_assign=caller.allows("clue.assign"),
        may_review=caller.allows("clue.decide"),
        may_points=caller.allows("points.read"),
    )
