"""The bureau's first page: how the fund stands, what supervision found, what needs a decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Request, Response
from sqlalchemy import func, select

from yibao.presentation.charts.bars import Month, monthly
from yibao.presentation.fmt import Format, Lang
from yibao.service.access.guard import GuardedRoute, Of, Who, needs
from yibao.service.access.scope import Caller
from yibao.service.console.audit import queue_query as asked
from yibao.service.console.audit.money import totals
from yibao.service.console.bureau import care, fund
from yibao.service.console.bureau.alerts import findings_by_month, listed, of_clocks, of_courses, of_reserve, of_rules
from yibao.service.console.bureau.decisions import to_decide, waiting_opinions
from yibao.service.console.drawing import Drawn, drawn
from yibao.service.console.filters import read
from yibao.service.console.listing import Column, Listing
from yibao.service.console.pages import lang_of, page
from yibao.service.console.scoping import Within, region_filter, resting_on, within
from yibao.service.reads import reads
from yibao.service.state import Service

router = APIRouter(prefix="/bureau", route_class=GuardedRoute, include_in_schema=False)


@router.get("")
@needs("bureau.read")
def overview(request: Request, caller: Who, service: Of) -> Response:
    """How does the fund stand, and what needs my decision?"""
    lang = lang_of(request)
    zh, fmt = lang == "zh", Format(lang)
    chosen = read(request, [region_filter(caller, service)])
    where = within(caller, service, chosen["region"])
    found = fund.flows(service, where)
    tables = [fund.scheme_table(found, lang)] if found else []
    figures = [fund.year_to_date(scheme, months, lang) for scheme, months in sorted(found.items())]
    made = care.courses(service, where, "", care.FIRST)
    figures += care.figures(made, lang)
    findings = findings_by_month(service, where)
    supervised = supervision(findings, lang)
    figures += [supervised] if supervised is not None else []
    clues = clue_sums(service, caller, where)
    waiting = waiting_opinions(service, caller, where)
    decisions = to_decide(service, caller, where, waiting, lang)
    today = service.registry.clock().date()
    alerts = [
        *of_reserve(found, where.region), *of_courses(made, where.region), *of_rules(service, findings),
        *of_clocks(clues["over"], clues["oldest"], [row["due_on"] for row in waiting], today),
    ]  # fmt: skip
    tables += [decisions, listed(alerts)]
    last = max((m for months in found.values() for m in months), default=None)
    says = fund.sentences(tables[0].rows, lang) if found else []
    says.append(
        f"在办疑点 *{fmt.count(clues['open'])} 条*，净额 *{fmt.short(clues['money'])}*；已超期 "
        f"*{fmt.count(clues['over'])} 条*。"
        if zh
        else f"*{fmt.count(clues['open'])}* clues are open over *{fmt.short(clues['money'])}*; "
        f"*{fmt.count(clues['over'])}* are overdue."
    )
    run = service.figures.run
    meta = [f"{'数据至' if zh else 'data to'} {fmt.month(last)}" if last else "",
            (f"运行 {run.run_id}" if zh else f"run {run.run_id}") if run is not None else ""]  # fmt: skip
    question = "基金现在怎么样？有什么要我决定？" if zh else "How does the fund stand, and what needs my decision?"
    return page(
        request,
        "bureau/overview.html",
        caller=caller,
        question=question,
        filters=chosen,
        tables=tables,
        figures=figures,
        says=says,
        meta=[one for one in meta if one],
        waiting=len(waiting),
        has_fund=bool(found),
        has_found=supervised is not None,
        schemes=[f.name for f in figures if f.name.startswith("ytd-")],
        money=totals(service, caller),
        panels=[f.name for f in figures if f.name.startswith("care_")],
        warned=len(alerts),
        may_trail=caller.allows("trail.read"),
        may_objections=caller.allows("assessment.answer"),
        foot=[resting_on(service, lang)],
    )


def supervision(findings: Sequence[Mapping[str, Any]], lang: Lang) -> Drawn | None:
    """Findings by month with the fund money at stake; None where nothing was found."""
    months: dict[Any, list[int]] = {}
    for row in findings:
        at = months.setdefault(row["month"], [0, 0])
        at[0], at[1] = at[0] + row["findings"], at[1] + row["fund"]
    if len(months) < 2:
        return None
    zh, fmt = lang == "zh", Format(lang)
    rows = [(m, *months[m]) for m in sorted(months)[-24:]]
    total, money = sum(n for _, n, _ in rows), sum(f for _, _, f in rows)
    title = f"{len(rows)} 个月查出 {fmt.count(total)} 件，涉及基金 {fmt.short(money)}" if zh else (
        f"{fmt.count(total)} findings in {len(rows)} months, over {fmt.short(money)} of fund money")  # fmt: skip
    bars = [Month(fmt.month(m), n, f"{fmt.month(m)}: {fmt.count(n)}, {fmt.short(f)}") for m, n, f in rows]
    svg = drawn(["found", lang, [(str(m), n) for m, n, _ in rows], title], lambda: monthly(bars, title))
    table = Listing("found", title, title, [
        Column("month", "月份", "Month", head=True), Column("findings", "命中", "Findings", "count"),
        Column("fund", "涉及基金，元", "Fund at stake, ¥", "money")],
        [{"month": fmt.month(m), "findings": n, "fund": f} for m, n, f in rows])  # fmt: skip
    return Drawn("found", title, "每月命中件数" if zh else "findings a month", svg, (), table)


def clue_sums(service: Service, caller: Caller, where: Within) -> dict[str, Any]:
    """Open clues within a region: how many, over how much, how many overdue and since when the oldest."""
    rows = asked.seen_by(service, caller).subquery()
    today = service.registry.clock().date()
    query = select(
        func.count(), func.coalesce(func.sum(rows.c.claimed), 0), func.count().filter(rows.c.due_on < today),
        func.min(rows.c.due_on),
    ).where(rows.c.closed_at.is_(None), rows.c.region_code.in_(sorted(where.regions)))  # fmt: skip
    with reads(service.registry) as connection:
        count, money, over, oldest = connection.execute(query).one()
    return {"open": count, "money": money, "over": over, "oldest": oldest if over else None}
