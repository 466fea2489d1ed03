"""Audit figures: how often clues were right, how fast each step went, how much money went which way."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from statistics import median

from fastapi import APIRouter, Request, Response
from markupsafe import Markup
from sqlalchemy import select

from yibao.measures import wilson_interval
from yibao.presentation import micro
from yibao.presentation.charts.bridge import Step
from yibao.presentation.fmt import Format, Lang
from yibao.registry.clues.workflow import workflow
from yibao.registry.tables.clues import CLUE_EVENT
from yibao.service.access.guard import GuardedRoute, Of, Who, needs
from yibao.service.access.scope import Caller
from yibao.service.console.audit import months
from yibao.service.console.audit import queue_query as asked
from yibao.service.console.audit.money import totals
from yibao.service.console.audit.record import Record, records
from yibao.service.console.bridge import bridge_figure
from yibao.service.console.drawing import Drawn
from yibao.service.console.listing import Column, Listing, Row, under
from yibao.service.console.pages import lang_of, page
from yibao.service.reads import reads
from yibao.service.state import Service

router = APIRouter(prefix="/audit", route_class=GuardedRoute, include_in_schema=False)
#: At least so large a part of the clues of suspicion is to be upheld (issue of the bureau's own target).
TARGET = 50
#: Fewer concluded clues give no rate.
LEAST = 10


@router.get("/figures")
@needs("clue.read", anywhere=True)  # counts of what the registry's reach gives, and of rules as a whole
def figures(request: Request, caller: Who, service: Of) -> Response:
    """Are we right, and fast?"""
    lang = lang_of(request)
    zh, fmt = lang == "zh", Format(lang)
    every = records(service)
    sums = totals(service, caller)
    reviewed, upheld = sum(r.reviewed for r in every.values()), sum(r.upheld for r in every.values())
    rate = f"{fmt.percent(upheld, reviewed)}" if reviewed >= LEAST else ("例数不足" if zh else "too few")
    says = [
        f"已审结 *{fmt.count(reviewed)} 条*，成立 *{fmt.count(upheld)} 条*（{rate}，目标不低于 {TARGET}%）。"
        if zh
        else f"*{fmt.count(reviewed)}* clues are concluded, *{fmt.count(upheld)}* of them upheld ({rate}; target "
        f"{TARGET}% or more).",
        f"查出涉及基金 *{fmt.short(sums['found'])}*，维持 *{fmt.short(sums['upheld'])}*，到账 "
        f"*{fmt.short(sums['recovered'])}*。"
        if zh
        else f"*{fmt.short(sums['found'])}* of fund money was found, *{fmt.short(sums['upheld'])}* upheld, "
        f"*{fmt.short(sums['recovered'])}* came back.",
    ]
    steps = _bridge(sums, lang)
    each = months.by_month(service, caller)
    panels = months.figures(each, lang)
    tables = (_rules(service, every, lang), _speed(service, caller, lang), months.table(each))
    question = "我们查得准吗，快吗？" if zh else "Are we right, and fast?"
    return page(request, "audit/figures.html", caller=caller, question=question, says=says, tables=tables,
                figures=(steps, *panels), panels=[one.name for one in panels])  # fmt: skip


def _bridge(sums: dict[str, int], lang: Lang) -> Drawn:
    zh, fmt = lang == "zh", Format(lang)

    def total(words: str, fen: int, kind: str = "total") -> Step:
        return Step(words, fen, fmt.short(fen), kind)

    def change(words: str, fen: int) -> Step:
        return Step(words, fen, ("+" if fen > 0 else "") + fmt.short(fen))

    steps = [
        total("查出" if zh else "Found", sums["found"]),
        change("初审不计入" if zh else "Left out", sums["claimed"] - sums["found"]),
        change("尚未审结" if zh else "Not concluded", -(sums["claimed"] - sums["upheld"])),
        total("维持" if zh else "Upheld", sums["upheld"]),
        change("尚未处理" if zh else "Undecided", sums["decided"] - sums["upheld"]),
        change("未到账" if zh else "Not yet back", sums["recovered"] - sums["decided"]),
        total("到账" if zh else "Recovered", sums["recovered"], "result"),
    ]
    title = "从查出到到账" if zh else "From found to recovered"
    unit = "元；灰色为减去的部分" if zh else "¥; grey is what is taken off"
    return bridge_figure("bridge", ("从查出到到账", "From found to recovered"), title, unit, steps)


def _rules(service: Service, every: dict[str, Record], lang: Lang) -> Listing:
    rows = []
    for law_id, one in every.items():
        law = service.lawbook.laws.get(law_id)
        low, high = wilson_interval(one.upheld, one.reviewed) if one.reviewed >= LEAST else (None, None)
        rows.append(
            {
                "law": law_id,
                "title": f"{law_id} {law.title[lang]}" if law is not None else law_id,
                "clues": one.clues,
                "reviewed": one.reviewed,
                "appealed": one.appealed,
                "claimed": one.claimed,
                "money": one.upheld_money,
                "rate": one.upheld * 1_000_000 // one.reviewed
                if one.reviewed >= LEAST
                else (("例数不足" if lang == "zh" else "too few") if one.reviewed else None),
                "interval": f"{float(low) * 100:.0f}–{float(high) * 100:.0f}%"
                if low is not None and high is not None
                else "",
                "overturned": one.overturned,
            }
        )
    return Listing(
        "rules", "各规则的成绩", "Record of each rule",
        [
            Column("title", "规则", "Rule", head=True, href=lambda row: f"/bureau/rules/{row['law']}"),
            Column("clues", "疑点", "Clues", "count"), Column("reviewed", "审结", "Concluded", "count"),
            Column("rate", "成立", "Upheld", "percent", below=under("interval")),
            Column("appealed", "申诉", "Appeals", "count"), Column("overturned", "改判", "Overturned", "count"),
            Column("claimed", "主张基金，元", "Claimed, ¥", "money"), Column("money", "维持，元", "Upheld, ¥", "money"),
        ],
        rows, order="-claimed",
    )  # fmt: skip


def _spent(row: Row, lang: Lang) -> Markup | str:  # noqa: ARG001 - the signature of a mark
    return "" if row["days"] is None else micro.share(row["days"], row["limit"] * 1_000_000, width=80)


def _speed(service: Service, caller: Caller, lang: Lang) -> Listing:
    """Median days of each step against its clock."""
    seen = asked.seen_by(service, caller).subquery()
    query = (
        select(CLUE_EVENT.c.clue_id, CLUE_EVENT.c.from_state, CLUE_EVENT.c.to_state, CLUE_EVENT.c.acted_at)
        .join(seen, seen.c.clue_id == CLUE_EVENT.c.clue_id)
        .order_by(CLUE_EVENT.c.clue_id, CLUE_EVENT.c.sequence)
    )
    spent: dict[str, list[float]] = defaultdict(list)
    came: dict[str, datetime] = {}
    with reads(service.registry) as connection:
        for clue_id, old, new, at in connection.execute(query):
            if old != new:
                if clue_id in came and old in workflow()["states"]:
                    spent[old].append((at - came[clue_id]).total_seconds() / 86_400)
                came[clue_id] = at
    rows = []
    for state, said in workflow()["states"].items():
        clock = said.get("clock")
        if clock is None:
            continue
        days = spent.get(state, [])
        rows.append({"step": said[lang], "number": len(days), "limit": int(clock["days"]),
                     "unit": ("工作日" if clock["unit"] == "working" else "天") if lang == "zh" else
                     ("working days" if clock["unit"] == "working" else "days"),
                     "days": round(median(days) * 1_000_000) if days else None})  # fmt: skip
    return Listing(
        "speed",
        "各步用时的中位数与期限",
        "Median time of each step against its limit",
        [
            Column("step", "环节", "Step", head=True),
            Column("number", "走完的疑点", "Clues that left it", "count"),
            Column(
                "days",
                "中位数，天",
                "Median, days",
                "ratio",
                mark=_spent,
            ),
            Column("limit", "期限", "Limit", "count", below=under("unit")),
        ],
        rows,
        page=60,
    )
