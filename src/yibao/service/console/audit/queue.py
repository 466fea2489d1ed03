"""The clue queue: facets, order, batch assignment. Decisions are made one clue at a time, never here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import parse_qsl, quote

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import func, select

from yibao.presentation.fmt import Format, Lang
from yibao.registry import clues
from yibao.registry.clues.workflow import workflow
from yibao.registry.tables.clues import CLUE
from yibao.registry.tables.core import ACTOR, GRANT
from yibao.service.access.guard import GuardedRoute, Of, Who, needs
from yibao.service.access.scope import Caller
from yibao.service.console.audit import queue_query as asked
from yibao.service.console.filters import Chosen, Filter, Option, read, read_query
from yibao.service.console.listing import Column, Listing, Row, Stored, under
from yibao.service.console.pages import lang_of, page
from yibao.service.console.scoping import institution_name
from yibao.service.problems import Problem
from yibao.service.reads import reads
from yibao.service.state import Service

router = APIRouter(prefix="/audit/clues", route_class=GuardedRoute, include_in_schema=False)
RESULTS = {"violation": ("明确违规", "violation"), "suspect": ("可疑", "suspect"), "lead": ("线索", "lead")}
TONES = {"violation": "stop:violation", "suspect": "warn:suspect", "lead": ":lead"}
LEVELS = {"1": ("一级", "level 1"), "2": ("二级", "level 2"), "3": ("三级", "level 3")}
#: Clues that are given to a reviewer at once.
MOST = 50
Text = Annotated[str, Form(max_length=500)]


def filters(service: Service, counts: Mapping[str, Mapping[str, int]] | None = None) -> list[Filter]:
    """The queue's filters; ``counts`` says how many clues there are with each value."""
    said = counts or {}

    def options(name: str, words: Mapping[str, tuple[str, str]]) -> list[Option]:
        return [Option(v, zh, en, said[name].get(v, 0) if name in said else None) for v, (zh, en) in words.items()]

    states = {name: (one["zh"], one["en"]) for name, one in workflow()["states"].items()}
    laws = {law.id: (f"{law.id} {law.title['zh']}", f"{law.id} {law.title['en']}")
            for law in service.lawbook.laws.values() if law.kind == "rule"}  # fmt: skip
    due = {"over": ("已超期", "overdue"), "today": ("今天", "today"), "week": ("5 个工作日内", "within 5 working days")}
    bands = {"1": ("不足 1,000 元", "below ¥1,000"), "2": ("1,000 至 1 万元", "¥1,000 to ¥10K"),
             "3": ("1 万至 10 万元", "¥10K to ¥100K"), "4": ("10 万元以上", "¥100K and more")}  # fmt: skip
    return [
        Filter(
            "whose",
            "谁办",
            "Whose",
            options=options("whose", {"mine": ("我的", "mine"), "nobody": ("未分派", "unassigned")}),
        ),
        Filter("due", "期限", "Due", options=options("due", due)),
        Filter("state", "状态", "State", options=options("state", states)),
        Filter("result", "判断", "Judgement", options=options("result", RESULTS)),
        Filter("family", "类别", "Family", options=options("family", asked.FAMILIES)),
        Filter("rule", "规则", "Rule", options=options("rule", laws)),
        Filter("level", "机构级别", "Level", options=options("level", LEVELS)),
        Filter("amount", "净额", "Net amount", options=options("amount", bands)),
        Filter("q", "查找", "Search", kind="text"),
        Filter("ended", "含已办结", "With closed", kind="flag"),
    ]


@router.get("")
@needs("clue.read", anywhere=True)  # the rows are those that the registry's reach gives
def queue(request: Request, caller: Who, service: Of, assigned: str = "") -> Response:
    """What is left, most urgent, heaviest."""
    lang = lang_of(request)
    plain = read(request, filters(service))
    base, fits = asked.seen_by(service, caller), asked.fitting(service, caller, plain)
    with reads(service.registry) as connection:
        count, money = connection.execute(asked.totals(base, list(fits.values()))).one()
        over = connection.execute(
            asked.totals(base.where(asked.due_in("over", service.registry.clock().date(), service)), [*fits.values()])
        ).one()[0]  # fmt: skip
        counts = _counts(connection, base, fits)
        reviewers = _reviewers(connection) if caller.allows("clue.assign") else []
    chosen = read(request, filters(service, counts))
    table = listing(service, caller, plain, count, lang, bool(reviewers))
    fmt = Format(lang)
    question = "还有多少，哪条最急、最重？" if lang == "zh" else "What is left, most urgent, heaviest?"
    says = [
        f"共 *{fmt.count(count)} 条*，净额 *{fmt.money(money)}*；已超期 *{fmt.count(over)} 条*。" if lang == "zh"
        else f"*{fmt.count(count)} clues* over a net *{fmt.money(money)}*; *{fmt.count(over)}* are overdue."
    ]  # fmt: skip
    saved = ""
    if assigned.isdecimal():
        saved = f"已分派 {assigned} 条。" if lang == "zh" else f"{assigned} clues were assigned."
    return page(
        request, "audit/queue.html", caller=caller, question=question, filters=chosen, tables=(table,), says=says,
        reviewers=reviewers, saved=saved, most=MOST,
    )  # fmt: skip


@router.post("")
@needs("clue.assign", anywhere=True)  # the registry asks the scope of each clue
async def assign(request: Request, caller: Who, service: Of) -> Response:
    """Give several clues to a reviewer."""
    form = await request.form()
    chosen = [str(one) for one in form.getlist("clue")][:MOST]
    to, back = str(form.get("to", ""))[:64], _query_only(str(form.get("back", "")))
    if not chosen or not to:
        raise Problem(422, "form", "tick clues and choose a reviewer", "请勾选疑点并选择审核员",
                      field="to" if chosen else "clue")  # fmt: skip
    for clue_id in chosen:
        service.registry.do(clues.assign, clue_id, to, by=caller.actor_id)
    return RedirectResponse(f"/audit/clues{back}{'&' if back else '?'}assigned={len(chosen)}", 303)


def listing(service: Service, caller: Caller, chosen: Chosen, count: int, lang: Lang, ticks: bool) -> Listing:
    """The queue as a table whose rows stay in the database."""
    base, fits = asked.seen_by(service, caller), list(asked.fitting(service, caller, chosen).values())
    view = chosen.query(sort=chosen.kept.get("sort")).removeprefix("?")

    def fetch(sort: str, first: int, number: int | None) -> list[Row]:
        query = asked.in_order(base.where(*fits), sort).offset(first)
        with reads(service.registry) as connection:
            rows = connection.execute(query.limit(number) if number is not None else query).mappings().all()
        return [shown_row(service, dict(row), lang) for row in rows]

    return Listing("clues", "疑点", "Clues", columns(view, ticks), Stored(count, fetch), caption=False)


def columns(view: str, ticks: bool = False) -> list[Column]:
    """The queue's columns. ``view`` is the queue's own query, which goes along to the clue's page."""
    come_from = f"?from={quote(view)}" if view else ""
    first = [Column("tick", "选", "Tick", sorts=False, filed=False)] if ticks else []
    return [
        *first,
        Column(
            "title",
            "疑点",
            "Clue",
            head=True,
            href=lambda row: f"/audit/clues/{row['clue_id']}{come_from}",
            below=under("clue_id"),
        ),
        Column(
            "result", "判断", "Judgement", "chip", words=RESULTS, tone=lambda row: TONES[row["result"]], sorts=False
        ),
        Column("institution", "机构", "Provider"),
        Column("persons", "人数", "Persons", "count"),
        Column("claimed", "净额（基金），元", "Net (fund), ¥", "money"),
        Column("strength_ppm", "强度", "Strength", "ratio"),
        Column("state", "状态", "State", words={n: (s["zh"], s["en"]) for n, s in workflow()["states"].items()}),
        Column("due_on", "期限", "Due", "date", below=_left),
        Column("owner", "审核员", "Reviewer"),
    ]


def place_in_queue(service: Service, caller: Caller, view: str, clue_id: str) -> dict[str, Any] | None:
    """Where a clue stands in the queue that it was opened from: number, of how many, its neighbours."""
    query = dict(parse_qsl(view))
    chosen = read_query(query, filters(service), "zh")
    if chosen.errors:
        return None
    base, fits = asked.seen_by(service, caller), list(asked.fitting(service, caller, chosen).values())
    with reads(service.registry) as connection:
        found = connection.execute(asked.ids(base, fits, query.get("sort", ""))).scalars().all()
    if clue_id not in found:
        return None
    at = found.index(clue_id)
    return {"number": at + 1, "of": len(found), "previous": found[at - 1] if at else None,
            "next": found[at + 1] if at + 1 < len(found) else None, "query": f"?{view}",
            "words": [(one, chosen[one.name]) for one in chosen.fields if one.name in chosen.said]}  # fmt: skip


def shown_row(service: Service, row: dict[str, Any], lang: Lang) -> Row:
    """A clue of the registry as the queue's columns want it."""
    place = institution_name(service, row["institution_id"], lang)
    left = asked.working_days_left(service, row["due_on"])
    return {**row, "title": row["title_zh"] if lang == "zh" else row["title_en"], "institution": place, "left": left,
            "owner": row["second_reviewer"] or row["first_reviewer"]}  # fmt: skip


def _left(row: Row, fmt: Format) -> str:
    return left_words(row["left"], fmt.lang)


def left_words(left: int | None, lang: Lang) -> str:
    """A clock in words.

    >>> left_words(3, "zh"), left_words(1, "en"), left_words(-2, "en"), left_words(0, "zh")
    ('剩 3 个工作日', '1 working day left', '2 working days overdue', '今天到期')
    """
    if left is None:
        return ""
    days = abs(left)
    if left == 0:
        return "今天到期" if lang == "zh" else "due today"
    if lang == "zh":
        return f"剩 {days} 个工作日" if left > 0 else f"已超 {days} 个工作日"
    return f"{days} working day{'' if days == 1 else 's'} {'left' if left > 0 else 'overdue'}"


def _counts(connection: Any, base: Any, fits: Any) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for name, column in (("state", "state"), ("result", "result"), ("rule", "law_ids")):
        rows = connection.execute(asked.facets(base, fits, name, column)).all()
        found[name] = {str(value): int(count) for value, count in rows}
    families: dict[str, int] = {}
    for value, count in connection.execute(asked.facets(base, fits, "family", "law_ids")):
        families[str(value)[:1]] = families.get(str(value)[:1], 0) + count
    found["family"] = families
    return found


def _reviewers(connection: Any) -> list[tuple[str, str, int]]:
    """Auditors with the number of open clues that each has."""
    load = select(CLUE.c.first_reviewer, func.count()).where(CLUE.c.closed_at.is_(None)).group_by(CLUE.c.first_reviewer)
    has = dict(connection.execute(load).all())
    held = select(ACTOR.c.actor_id, ACTOR.c.name).join(GRANT, GRANT.c.actor_id == ACTOR.c.actor_id).where(
        GRANT.c.role == "auditor", GRANT.c.revoked_at.is_(None), ACTOR.c.state == "active"
    )  # fmt: skip
    rows = connection.execute(held.distinct().order_by(ACTOR.c.actor_id)).all()
    return [(actor, name, has.get(actor, 0)) for actor, name in rows]


def _query_only(text: str) -> str:
    """What may stand behind our own path: a query, nothing else."""
    return text if text.startswith("?") and "\n" not in text and "\r" not in text else ""
