"""Rule results: what each rule found, and how often it was right; one rule with law, parameters, proofs and record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from yibao.lawbook.case_files import read_cases
from yibao.measures import wilson_interval
from yibao.presentation.charts.bars import Month, monthly
from yibao.presentation.fmt import Format, Lang
from yibao.presentation.messages import Messages
from yibao.presentation.report.law_parts import shown_params
from yibao.presentation.report.page import article
from yibao.service.access.guard import GuardedRoute, Of, Who, needs
from yibao.service.console.audit.queue import RESULTS, TONES
from yibao.service.console.audit.queue_query import FAMILIES
from yibao.service.console.audit.record import alarms, records
from yibao.service.console.bureau.columns import PROVIDER
from yibao.service.console.bureau.life import STATUS, life
from yibao.service.console.bureau.life_steps import making, may_step, next_steps
from yibao.service.console.bureau.overrides import followed, overridden
from yibao.service.console.drawing import Drawn, drawn
from yibao.service.console.filters import Filter, Option, read
from yibao.service.console.listing import Column, Listing, under
from yibao.service.console.pages import lang_of, page
from yibao.service.console.scoping import institution_name, region_filter, resting_on, within
from yibao.service.problems import unknown
from yibao.service.state import Service
from yibao.supervision.answers import reasons
from yibao.supervision.lifecycle.register import STAGES as STAGES_OF_LIFE
from yibao.supervision.lifecycle.register import Register

router = APIRouter(prefix="/bureau", route_class=GuardedRoute, include_in_schema=False)
STAGES = {"order": ("事前", "before"), "settlement": ("事中", "during"), "audit": ("事后", "after")}
#: Fewer concluded clues give no rate.
LEAST = 10
LawId = Annotated[str, Path(max_length=20, pattern=r"^[A-Za-z0-9_-]*$")]


@router.get("/rules")
@needs("rule.read")
def rules(request: Request, caller: Who, service: Of) -> Response:
    """What did each rule find, and how often was it right?"""
    lang = lang_of(request)
    zh, fmt = lang == "zh", Format(lang)
    chosen = read(request, [
        region_filter(caller, service),
        Filter("family", "类别", "Family", options=[Option(k, *w) for k, w in FAMILIES.items()]),
        Filter("result", "判断", "Judgement", options=[Option(k, *w) for k, w in RESULTS.items()]),
        Filter("stage", "环节", "Stage", options=[Option(k, *w) for k, w in STAGES.items()]),
        Filter("silent", "含未命中的", "With those that found nothing", kind="flag"),
    ])  # fmt: skip
    where = within(caller, service, chosen["region"])
    rows = summaries(service, where.institutions, lang)
    shown = [
        row
        for row in rows
        if (not chosen["family"] or row["law"].startswith(chosen["family"]))
        and (chosen.flag("silent") or row["findings"])
        and (not chosen["result"] or row["result"] == chosen["result"])
        and (not chosen["stage"] or chosen["stage"] in row["stages"])
    ]
    fired = sum(bool(row["findings"]) for row in rows)
    low = alarms(service)
    says = [
        f"{len(rows)} 条规则中 *{fired} 条*有命中，共 *{fmt.count(sum(r['findings'] for r in rows))} 件*，涉及基金 "
        f"*{fmt.short(sum(r['fund'] for r in rows))}*（不同规则可能指向同一笔费用）。"
        if zh
        else f"*{fired}* of {len(rows)} rules found something: *{fmt.count(sum(r['findings'] for r in rows))}* "
        f"findings over "
        f"*{fmt.short(sum(r['fund'] for r in rows))}* of fund money (several rules may point at the same charge).",
        f"近 30 天成立率低于 30% 的规则 *{len(low)} 条*。"
        if zh
        else f"*{len(low)}* rules had fewer than 30% upheld in 30 days.",
    ]
    total = {
        "findings": sum(r["findings"] for r in shown),
        "fund": sum(r["fund"] for r in shown),
        "clues": sum(r["clues"] for r in shown),
    }
    table = Listing("rules", "规则", "Rules", _columns(), shown, order="-fund", total=total)
    question = "规则查出了什么，查得准不准？" if zh else "What did each rule find, and how often was it right?"
    return page(
        request,
        "bureau/rules.html",
        caller=caller,
        question=question,
        filters=chosen,
        says=says,
        tables=(table,),
        alarms=low,
        foot=[resting_on(service, lang)],
    )


def _columns() -> list[Column]:
    return [
        Column(
            "title",
            "规则",
            "Rule",
            head=True,
            href=lambda row: f"/bureau/rules/{row['law']}",
            below=lambda row, fmt: " · ".join(
                STAGES[s][0 if fmt.lang == "zh" else 1] for s in row["stages"] if s in STAGES
            ),
        ),
        Column("result", "判断", "Judgement", "chip", words=RESULTS, tone=lambda row: TONES[row["result"]]),
        Column("status", "状态", "Status", words=STATUS),
        Column("findings", "命中", "Findings", "count"),
        Column("fund", "涉及基金，元", "Fund at stake, ¥", "money"),
        Column("clues", "疑点", "Clues", "count"),
        Column("reviewed", "审结", "Concluded", "count"),
        Column("rate", "成立", "Upheld", "percent", below=under("interval")),
        Column("overturned", "申诉改判", "Overturned", "count"),
        Column("seconds", "用时，秒", "Seconds", "ratio"),
    ]


def summaries(service: Service, institutions: frozenset[str], lang: Lang) -> list[dict[str, Any]]:
    """A row for each rule: what it found within scope, and its record in the whole registry."""
    found: dict[str, list[int]] = {}
    for row in service.figures.rows("finding_month"):
        if row["institution_id"] is None or row["institution_id"] in institutions:
            at = found.setdefault(row["law_id"], [0, 0])
            at[0], at[1] = at[0] + row["findings"], at[1] + row["fund_amount"]
    record, register, run = records(service), Register(service.ledger), service.figures.run
    rows = []
    for law in service.lawbook.laws.values():
        if law.kind != "rule":
            continue
        one, entry = record.get(law.id), run.laws.get(law.key) if run is not None else None
        reviewed = one.reviewed if one is not None else 0
        few = "例数不足" if lang == "zh" else "too few"
        low, high = wilson_interval(one.upheld, reviewed) if one is not None and reviewed >= LEAST else (None, None)
        rows.append(
            {
                "law": law.id,
                "title": f"{law.id} {law.title[lang]}",
                "result": law.result,
                "stages": list(law.stages),
                "status": register.standing(law).stage,
                "findings": found.get(law.id, (0, 0))[0],
                "fund": found.get(law.id, (0, 0))[1],
                "clues": one.clues if one is not None else 0,
                "reviewed": reviewed,
                "rate": one.upheld * 1_000_000 // reviewed
                if one is not None and reviewed >= LEAST
                else few
                if reviewed
                else None,
                "interval": f"{float(low) * 100:.0f}–{float(high) * 100:.0f}%"
                if low is not None and high is not None
                else "",
                "overturned": one.overturned if one is not None else 0,
                "seconds": round(entry.seconds * 1_000_000) if entry is not None else None,
            }
        )
    return rows


@router.get("/rules/{law_id}")
@needs("rule.read", anywhere=True)  # a rule is public law; what it found is summed over the caller's own scope
def rule(request: Request, law_id: LawId, caller: Who, service: Of, done: str = "") -> Response:
    """One rule: what it asks, on which law, how it is bound, what it found, how often it was right."""
    law = service.lawbook.laws.get(law_id)
    if law is None:
        raise unknown("rule", "规则")
    lang = lang_of(request)
    fmt, t = Format(lang), Messages(lang)
    reach = caller.reach()
    inside = frozenset(code for code, row in service.institutions.items() if row["region_code"] in reach.regions)
    answered = service.figures.rows("override", law_id=law_id)
    by_place: dict[str, list[int]] = {}
    months: dict[Any, int] = {}
    for row in service.figures.rows("finding_month", law_id=law_id):
        if row["institution_id"] is None or row["institution_id"] in inside:
            at = by_place.setdefault(row["institution_id"] or "", [0, 0])
            at[0], at[1] = at[0] + row["findings"], at[1] + row["fund_amount"]
            months[row["month"]] = months.get(row["month"], 0) + row["findings"]
    entry = service.figures.run.laws.get(law.key) if service.figures.run is not None else None
    bound = {name: (entry.params if entry is not None else {}).get(name, p.value) for name, p in law.params.items()}
    places = Listing(
        "places",
        "各机构命中",
        "Findings by provider",
        [
            PROVIDER if caller.allows("institution.read") else replace(PROVIDER, href=None),
            Column("findings", "命中", "Findings", "count"),
            Column("fund", "涉及基金，元", "Fund at stake, ¥", "money"),
            Column(
                "clues",
                "疑点",
                "Clues",
                sorts=False,
                filed=False,
                href=lambda row: f"/audit/clues?rule={law_id}&q={row['plain']}",
            ),
        ],
        [
            {
                "code": code,
                "plain": service.institutions[code]["name"] if code in service.institutions else "",
                "name": institution_name(service, code, lang),
                "findings": n,
                "fund": money,
                "clues": "看疑点" if lang == "zh" else "see clues",
            }
            for code, (n, money) in by_place.items()
        ],
        order="-fund",
        page=20,
    )
    lived, leads = life(service, law, inside, lang), may_step(caller, service)
    running, failed = making(law, service, lang)
    basis = [((b.law.zh if lang == "zh" else b.law.en), article(b.article, t),
              (b.gist.zh if lang == "zh" else b.gist.en) if b.gist is not None else "") for b in law.basis]  # fmt: skip
    question = (law.question.zh if lang == "zh" else law.question.en) if law.question is not None else ""
    return page(
        request,
        "bureau/rule.html",
        caller=caller,
        question=question,
        law=law,
        tables=(places, overridden(answered, inside, reasons(service.ledger)), lived.places, lived.steps),
        followed=followed(answered, inside, lang),
        basis=basis,
        params=shown_params(fmt, t, law, bound),
        sources={p.zh if lang == "zh" else p.en: p.source for p in law.params.values()},
        record=records(service, law_id).get(law_id),
        found=sum(n for n, _ in by_place.values()),
        money=sum(m for _, m in by_place.values()),
        figures=[one for one in (_trend(months, lang), lived.figure) if one is not None],
        life=lived,
        proofs=len(read_cases(law.cases_path)[1]),
        standing=lived.standing,
        stages=[STAGES[s][0 if lang == "zh" else 1] for s in law.stages if s in STAGES],
        may_clues=caller.allows("clue.read"),
        may_step=leads,
        next=[(to, STATUS[to]) for to in next_steps(law, service)] if leads else [],
        making=running,
        failed=failed,
        saved=_became(done, lang),
        exemptions=[t.word("exemption", one) for one in law.exemptions],
    )


def _became(stage: str, lang: Lang) -> str:
    """What was just done: the stage that the address names."""
    if stage not in STAGES_OF_LIFE:
        return ""
    name = STATUS[stage][0 if lang == "zh" else 1]
    return f"规则已转为{name}，已登记；几秒内生效。" if lang == "zh" else (
        f"The rule is “{name}” now, and the register says so; it holds within seconds.")  # fmt: skip


def _trend(months: Mapping[Any, int], lang: Lang) -> Drawn | None:
    """What the rule found month by month; nothing to draw below two months."""
    known = sorted(month for month in months if month is not None)[-24:]
    if len(known) < 2:
        return None
    fmt, total = Format(lang), sum(months[month] for month in known)
    most = max(known, key=lambda month: (months[month], month))
    title = (f"{len(known)} 个月命中 {fmt.count(total)} 件，最多的是 {fmt.month(most)}（{fmt.count(months[most])} 件）"
             if lang == "zh" else
             f"{fmt.count(total)} findings in {len(known)} months, most in {fmt.month(most)} "
             f"({fmt.count(months[most])})")  # fmt: skip
    bars = [
        Month(fmt.month(month), months[month], f"{fmt.month(month)}: {fmt.count(months[month])}") for month in known
    ]
    table = Listing("months", "逐月命中", "Findings by month", (
        Column("month", "月份", "Month", head=True), Column("findings", "命中", "Findings", "count"),
    ), [{"month": fmt.month(month), "findings": months[month]} for month in known])  # fmt: skip
    svg = drawn(["rule months", title, [(str(month), months[month]) for month in known]], lambda: monthly(bars, title))
    unit = "每月命中件数，按所指事项发生的月份" if lang == "zh" else "findings a month, by when the matter happened"
    return Drawn("months", title, unit, svg, (), table)
