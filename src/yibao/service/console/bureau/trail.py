"""Audit of looks: who looked at data of persons, for what, off hours, outside assigned clues; the chains' check."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import date, timedelta
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import Text, and_, distinct, func, select, type_coerce

from yibao.presentation.charts.bars import Month, monthly
from yibao.presentation.fmt import Format, Lang
from yibao.registry.tables.clues import CLUE
from yibao.registry.tables.core import ACTOR, EVENT
from yibao.service.access.guard import GuardedRoute, Of, Who, needs
from yibao.service.access.trail import record
from yibao.service.console.audit.months import between
from yibao.service.console.drawing import Drawn, drawn
from yibao.service.console.filters import Filter, Option, read
from yibao.service.console.listing import Column, Listing, under
from yibao.service.console.pages import lang_of, page
from yibao.service.console.purposes import purposes
from yibao.service.console.suppression import BUREAU, suppressed
from yibao.service.reads import reads
from yibao.service.retention import verify_all
from yibao.service.state import Service

router = APIRouter(prefix="/bureau", route_class=GuardedRoute, include_in_schema=False)
#: Hours of the day within which looks are expected, on working days.
HOURS = (7, 20)
#: How somebody came.
WAYS = {"session": ("网页", "page"), "key": ("接口", "API key"), "client": ("提醒服务", "reminder service")}
DAYS = {"7": ("近 7 天", "7 days"), "30": ("近 30 天", "30 days"), "90": ("近 90 天", "90 days")}
#: Fewer months that may be shown are no figure.
FEWEST_MONTHS = 2
#: Looks are read from the trail up to this number; beyond it the page says so.
MOST = 200_000


@router.get("/access")
@needs("trail.read", anywhere=True)  # an overview of the whole trail, for those who answer for it
def access(request: Request, caller: Who, service: Of, verified: str = "") -> Response:
    """Who looked at personal data?"""
    lang = lang_of(request)
    zh, fmt = lang == "zh", Format(lang)
    chosen = read(request, [
        Filter("days", "期间", "Period", options=[Option(k, *w) for k, w in DAYS.items()], default="30", every=None),
        Filter("off", "只看非工作时间", "Off hours only", kind="flag"),
    ])  # fmt: skip
    rows, seen, outside = looks(service, int(chosen["days"]), only_off=chosen.flag("off"))
    persons, off = sum(row["persons"] for row in rows), sum(row["off"] for row in rows)
    says = [
        f"{DAYS[chosen['days']][0]}共查看 *{fmt.count(seen)} 次*，涉及参保人 *{fmt.count(persons)} 人次*；"
        f"非工作时间 *{fmt.count(off)} 次*，"
        f"审核员看未分派给自己的疑点 *{fmt.count(outside)} 次*。"
        if zh
        else f"*{fmt.count(seen)}* looks in {DAYS[chosen['days']][1]} at *{fmt.count(persons)}* persons (each "
        f"counted for each who looked); "
        f"*{fmt.count(off)}* off hours, *{fmt.count(outside)}* by reviewers at clues that are not theirs."
    ]
    table = Listing("looks", "谁看过个人信息", "Who looked", [
        Column("name", "谁", "Who", head=True, below=under("actor_id")),
        Column("purpose", "为什么", "Purpose", words=purposes()), Column("way", "方式", "Way", words=WAYS),
        Column("looks", "次数", "Looks", "count"), Column("persons", "参保人", "Persons", "count"),
        Column("off", "非工作时间", "Off hours", "count"), Column("outside", "未分派给本人", "Not assigned", "count"),
        Column("last", "最近一次", "Latest", "time")],
        suppressed(rows, BUREAU, "persons", by=("actor_id",)), order="-looks")  # fmt: skip
    months = monthly_figure(by_month(service), lang)
    saved = _said(verified, zh)
    question = "谁看过个人信息？" if zh else "Who looked at personal data?"
    return page(
        request,
        "bureau/access.html",
        caller=caller,
        question=question,
        filters=chosen,
        says=says,
        tables=(table,),
        figures=(months,) if months is not None else (),
        saved=saved if verified == "0" else "",
        error=saved if verified not in ("", "0") else None,
        full=seen >= MOST,
    )


@router.post("/access")
@needs("trail.read", anywhere=True)
def check(caller: Who, service: Of) -> Response:
    """Walk every chain and compare every row with what the last event told of it."""
    found = verify_all(service.registry)
    with service.registry.engine.begin() as connection:
        record(
            connection,
            service.registry.clock(),
            caller.actor_id,
            "service.verify",
            "registry",
            problems=found.count,
            events=found.events,
        )
    return RedirectResponse(f"/bureau/access?verified={found.count}", 303)


def looks(service: Service, days: int, *, only_off: bool) -> tuple[list[dict[str, Any]], int, int]:
    """Looks by actor and purpose: (rows, number of looks, looks of reviewers at clues that are not theirs)."""
    since = service.registry.clock() - timedelta(days=days)
    query = (
        select(EVENT.c.actor_id, EVENT.c.subject, EVENT.c.acted_at, EVENT.c.body, ACTOR.c.name)
        .outerjoin(ACTOR, ACTOR.c.actor_id == EVENT.c.actor_id)
        .where(EVENT.c.action == "data.look", EVENT.c.acted_at >= since).limit(MOST)
    )  # fmt: skip
    found: dict[tuple[str, str], dict[str, Any]] = {}
    persons: dict[tuple[str, str], set[str]] = defaultdict(set)
    calendar, seen = service.registry.calendar, 0
    with reads(service.registry) as connection:
        for actor, subject, at, body, name in connection.execute(query):
            off = not calendar.is_working(at.date()) or not HOURS[0] <= at.hour < HOURS[1]
            if only_off and not off:
                continue
            said = json.loads(body) if body else {}
            key = (actor, said.get("purpose", ""))
            row = found.setdefault(
                key,
                {
                    "actor_id": actor,
                    "name": name or actor,
                    "purpose": key[1],
                    "way": said.get("way", ""),
                    "looks": 0,
                    "off": 0,
                    "last": at,
                    "outside": 0,
                },
            )
            seen += 1
            row["looks"] += 1
            row["off"] += off
            row["last"] = max(row["last"], at)
            persons[key].add(subject)
        strays = strangers(connection, since)
    for key, row in found.items():
        row["persons"] = len(persons[key])
        row["last"] = row["last"].replace(microsecond=0)
        row["outside"] = strays.get(key[0], 0) if key[1] == "clue_review" else 0
    return list(found.values()), seen, sum(row["outside"] for row in found.values())


def by_month(service: Service) -> list[dict[str, Any]]:
    """Looks by month, up to 24: how many, off hours, at how many persons, by how many callers."""
    at = type_coerce(EVENT.c.acted_at, Text)
    month, hour = func.substr(at, 1, 7), func.substr(at, 1, 13)
    today = service.registry.clock()
    first = today.replace(year=today.year - 2, day=1, hour=0, minute=0, second=0, microsecond=0)
    mine = and_(EVENT.c.action == "data.look", EVENT.c.acted_at >= first)
    people = select(month, func.count(distinct(EVENT.c.subject)), func.count(distinct(EVENT.c.actor_id)))
    calendar, found = service.registry.calendar, defaultdict(lambda: [0, 0])  # type: Any, dict[str, list[int]]
    with reads(service.registry) as connection:
        for when, count in connection.execute(select(hour, func.count()).where(mine).group_by(hour)):
            day, clock = date.fromisoformat(when[:10]), int(when[11:13])
            found[when[:7]][0] += count
            found[when[:7]][1] += 0 if calendar.is_working(day) and HOURS[0] <= clock < HOURS[1] else count
        whom = {row[0]: (row[1], row[2]) for row in connection.execute(people.where(mine).group_by(month))}
    return [
        {"month": one, "looks": found[one][0], "off": found[one][1], "persons": whom.get(one, (0, 0))[0],
         "callers": whom.get(one, (0, 0))[1]}
        for one in between(found, today.date())
    ]  # fmt: skip


def monthly_figure(rows: list[dict[str, Any]], lang: Lang) -> Drawn | None:
    """Looks a month as bars, the numbers as a table. A month with fewer than five persons looked at is hidden; with
    fewer than two others there is nothing to draw."""
    zh, fmt = lang == "zh", Format(lang)
    shown = suppressed(rows, BUREAU, "persons", ["looks", "off"])
    if sum(isinstance(row["looks"], int) for row in shown) < FEWEST_MONTHS:
        return None
    total, off = sum(row["looks"] for row in rows), sum(row["off"] for row in rows)
    share = fmt.percent(off, max(total, 1))
    title = (f"{len(rows)} 个月查看 {fmt.count(total)} 次，非工作时间占 {share}" if zh
             else f"{fmt.count(total)} looks in {len(rows)} months, {share} off hours")  # fmt: skip
    bars = [Month(row["month"], row["looks"] if isinstance(row["looks"], int) else 0, f"{row['month']}: {row['looks']}")
            for row in shown]  # fmt: skip
    svg = drawn(["looks", title, lang, [(b.name, b.value) for b in bars]], lambda: monthly(bars, title))
    table = Listing("months", "逐月查看", "Looks by month", (
        Column("month", "月份", "Month", head=True), Column("looks", "次数", "Looks", "count"),
        Column("off", "非工作时间", "Off hours", "count"), Column("persons", "参保人", "Persons", "count"),
        Column("callers", "查看者", "Who looked", "count"),
    ), shown)  # fmt: skip
    return Drawn("months", title, "每月查看次数" if zh else "looks a month", svg, (), table)


def strangers(connection: Any, since: Any) -> dict[str, int]:
    """Looks of each actor at clues that were given to others, from the events of the clues themselves."""
    clue = func.substr(EVENT.c.subject, 6)
    query = (
        select(EVENT.c.actor_id, func.count())
        .join(CLUE, CLUE.c.clue_id == clue)
        .where(
            EVENT.c.action == "clue.read", EVENT.c.acted_at >= since, EVENT.c.role == "auditor",
            CLUE.c.first_reviewer.is_not(None), CLUE.c.first_reviewer != EVENT.c.actor_id,
            func.coalesce(CLUE.c.second_reviewer, "") != EVENT.c.actor_id,
        )
        .group_by(EVENT.c.actor_id)
    )  # fmt: skip
    return dict(connection.execute(query).all())


def _said(verified: str, zh: bool) -> str:
    if not verified.isdecimal():
        return ""
    if verified == "0":
        return (
            "记录逐条核对无误：没有一条被改动、缺失或移动。"
            if zh
            else "Every entry was checked: none was changed, is missing or was moved."
        )
    return (f"核对发现 {verified} 处不符，请立即报告。用 yibao registry verify 查看逐条结果。" if zh
            else f"The check found {verified} problems: report it now. yibao registry verify lists them.")  # fmt: skip
