"""The own yearly assessment: the score among its level, by domain, and where points were lost, by indicator."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import select

from yibao.errors import YibaoError
from yibao.presentation.fmt import Format, Lang, decimal, heading
from yibao.registry import Unit
from yibao.registry.assessment import object_to
from yibao.registry.tables.assessments import ASSESSED_SCORE, ASSESSED_VALUE, PLAN
from yibao.service.access.guard import GuardedRoute, Of, Who, needs
from yibao.service.access.scope import Caller
from yibao.service.console import filters
from yibao.service.console.confirming import asked_once_more
from yibao.service.console.filters import Filter, Option
from yibao.service.console.hospital import objections
from yibao.service.console.listing import Column, Listing, Row
from yibao.service.console.own import Own, own_institution
from yibao.service.console.own_sections import Section, sectioned
from yibao.service.console.pages import lang_of
from yibao.service.console.public.institutions import assessment
from yibao.service.console.public.spread import SIGNS, WORDS, Placed
from yibao.service.problems import unknown
from yibao.service.state import Service

router = APIRouter(prefix="/hospital/assessment", route_class=GuardedRoute, include_in_schema=False)
_QUESTION = ("今年考核得了多少分，分丢在哪里？", "What was our assessment, and where were points lost?")
_STATES = {"draft": ("初步结果，可以提出异议", "draft, open to objections"), "final": ("最终结果", "final")}
_SHORT = {"draft": ("（初步）", " (draft)"), "final": ("", "")}
_SENT = (
    "异议已提交。下一步：最终结果公布前答复。",
    "Your objection was sent. Next: it is answered before the result is final.",
)


@router.get("")
@needs("hospital.read", anywhere=True)  # the assessment is of the caller's own institution
def assessed(request: Request, caller: Who, service: Of, done: str = "") -> Response:
    """The newest assessment in which the institution has a score, or that of another year."""
    return _page(request, caller, service, done=done == "object")


@router.post("")
@needs("assessment.object", anywhere=True)  # it is sent for the caller's own institution
def object_(
    request: Request, caller: Who, service: Of, plan: Annotated[str, Form(max_length=80)] = "",
    indicator: Annotated[str, Form(max_length=40)] = "", words: Annotated[str, Form(max_length=objections.MOST)] = "",
    final: Annotated[str, Form(max_length=1)] = "", again: Annotated[str, Form(max_length=1)] = "",
) -> Response:  # fmt: skip
    """Object to one indicator of the draft: shown once more, then sent."""
    own, lang = own_institution(caller, service, "hospital"), lang_of(request)
    said = {"plan": plan, "indicator": indicator, "words": words.strip()}
    with service.registry.reading("assess.read", caller.actor_id) as unit:
        found = next((one for one in assessments(unit, own.institution_id) if one.plan["plan_id"] == plan), None)
    if found is None:
        raise unknown("assessment", "考核")
    open_ = found.objectable(service.registry.clock().date())
    errors = objections.wrong(said, open_, lang == "zh")
    if errors or again:
        return _page(request, caller, service, said=said, errors=errors)
    if not final:
        chosen = next(row for row in open_ if row["id"] == indicator)
        return asked_once_more(request, caller, objections.sure(found.plan, chosen, said, Format(lang)), said)
    try:
        service.registry.do(object_to, plan, own.institution_id, indicator, said["words"], by=caller.actor_id)
    except YibaoError as refused:
        why = refused.zh if lang == "zh" else refused.what
        return _page(request, caller, service, said=said, errors={"indicator": why})
    return RedirectResponse("/hospital/assessment?done=object", 303)


@dataclass(frozen=True)
class Assessment:
    """One plan with the institution's score, its values by indicator, and what was objected to."""

    plan: Row
    score: Row
    values: Mapping[str, Row]
    objections: Sequence[Mapping[str, Any]]

    @property
    def explained(self) -> Mapping[str, Any]:
        made: Mapping[str, Any] = json.loads(self.score["explanation"])
        return made

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Its indicators, the largest loss first."""
        return indicator_rows(json.loads(self.plan["tree"]), self.explained["indicators"], self.values)

    def objectable(self, today: date) -> list[dict[str, Any]]:
        """Indicators that may be objected to now: of a draft, in time, and not in question already."""
        until = self.plan["objections_by"]
        if self.plan["state"] != "drafted" or until is None or today > until:
            return []
        taken = {one["indicator"] for one in self.objections}
        return [row for row in self.rows if row["id"] not in taken]


def _page(
    request: Request, caller: Caller, service: Service, *, done: bool = False, said: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> Response:  # fmt: skip
    own, lang = own_institution(caller, service, "hospital"), lang_of(request)
    with service.registry.reading("assess.read", caller.actor_id) as unit:
        every = assessments(unit, own.institution_id)
    title = ("年度考核", "Annual assessment")
    if not every:
        nothing = Listing("indicators", "指标", "Indicators", (Column("name", "指标", "Indicator", head=True),), ())
        return sectioned(request, caller, title, _QUESTION, (
            Section(("考核结果", "Result"), ("", ""), nothing,
                    empty=("还没有本机构的考核结果。", "There is no assessment of yours yet.")),))  # fmt: skip
    named = [Option(one.plan["plan_id"], *(f"{one.plan['year']}{_SHORT[one.score['state']][n]}" for n in (0, 1)))
             for one in every]  # fmt: skip
    chosen = filters.read(request, (
        Filter("plan", "年度", "Year", options=named, default=named[0].value, every=None),))  # fmt: skip
    one = next((a for a in every if a.plan["plan_id"] == chosen["plan"]), every[0])
    domains, year = assessment(service, own.row)
    compared = domains if one.score["state"] == "final" and year == one.plan["year"] else []
    may = caller.allows("assessment.object")
    objected = [
        Section(("我们的异议", "Our objections"), ("", ""), objections.table(one.objections, one.rows))
    ] if one.objections else []  # fmt: skip
    return sectioned(
        request, caller, title, _QUESTION, (
            Section(("各方面在同级中的位置", "Each domain among its level"),
                    ("0 到 100 分；浅色块是同级同类机构的中间一半，竖线是中位数。同级不足 5 家不比较。",
                     "0 to 100 points; block: middle half of the same kind and level, line: median. "
                     "Fewer than 5 are not compared."), _domain_table(compared, lang),
                    empty=("结果公布后与同级比较。", "Compared with its level once the result is final.")),
            Section(("分丢在哪些指标", "Where points were lost"),
                    ("丢的分 =（100 − 得分）× 权重；丢得多的在前，加起来就是总分与 100 分的差。",
                     "Lost = (100 − points) × weight, the largest first; together they are what the score lacks to "
                     "100."), _indicator_table(one.rows)), *objected,
        ), template="hospital/assessment.html", filters=chosen if len(every) > 1 else None,
        says=_says(one.plan, one.score, one.explained, one.rows, own, Format(lang)),
        meta=[_STATES[one.score["state"]][lang == "en"], str(one.plan["plan_id"]), str(one.plan["law"])],
        objectable=one.objectable(service.registry.clock().date()) if may else [], plan_id=one.plan["plan_id"],
        until=one.plan["objections_by"], said={"indicator": "", "words": "", **(said or {})}, errors=errors,
        saved=_SENT[lang == "en"] if done else "",
    )  # fmt: skip


def assessments(unit: Unit, institution_id: str) -> list[Assessment]:
    """Every assessment that has a score of the institution, the newest first."""
    mine = select(ASSESSED_SCORE).where(ASSESSED_SCORE.c.institution_id == institution_id)
    scores = {row["plan_id"]: row for row in unit.rows(mine)}
    unit.allow(unit.place_of(institution_id))
    found: dict[str, dict[str, Row]] = {plan_id: {} for plan_id in scores}
    for row in unit.rows(select(ASSESSED_VALUE).where(ASSESSED_VALUE.c.institution_id == institution_id)):
        if row["plan_id"] in found:
            found[row["plan_id"]][str(row["indicator"])] = row
    plans = [row for row in unit.rows(select(PLAN)) if row["plan_id"] in scores]
    return [
        Assessment(plan, scores[plan["plan_id"]], found[plan["plan_id"]],
                   objections.raised(unit, plan["plan_id"], institution_id))
        for plan in sorted(plans, key=lambda row: (row["year"], row["plan_id"]), reverse=True)
    ]  # fmt: skip


def waiting(service: Service, actor_id: str, own: Own, lang: Lang) -> list[dict[str, Any]]:
    """Drafts that may be objected to, as things to do: until when, how many points; and objections just answered."""
    zh, today = lang == "zh", service.registry.clock().date()
    with service.registry.reading("assess.read", actor_id) as unit:
        every = assessments(unit, own.institution_id)
    drafts = [one for one in every if one.objectable(today)]
    answered = [
        {"due": None, "act": "看异议答复" if zh else "Read the answer to an objection", "money": "",
         "what": _news(one, said, 0 if zh else 1),
         "href": f"/hospital/assessment?plan={one.plan['plan_id']}"}
        for one in every for said in one.objections
        if said["decided_at"] is not None and (today - said["decided_at"].date()).days < objections.NEWS
    ]  # fmt: skip
    return answered + [
        {"due": one.plan["objections_by"], "act": "核对考核初步结果" if zh else "Check the draft assessment",
         "what": f"{one.plan['year']} 年度，{decimal(one.score['score_milli'], 1000, 1)} 分" if zh
         else f"{one.plan['year']}, {decimal(one.score['score_milli'], 1000, 1)} points", "money": "",
         "href": f"/hospital/assessment?plan={one.plan['plan_id']}"}
        for one in drafts
    ]  # fmt: skip


def _news(one: Assessment, said: Mapping[str, Any], at: int) -> str:
    """An answered objection in a few words."""
    name = next(row["name"] for row in one.rows if row["id"] == said["indicator"])
    return f"{name[at]}{('：', ': ')[at]}{objections.STATES[said['state']][at]}"


def indicator_rows(
    tree: Mapping[str, Any], steps: Sequence[Mapping[str, Any]], values: Mapping[str, Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Every indicator: value found (else declared), points, weight, and what was lost, the largest loss first."""
    said = {one["id"]: (domain, one) for domain in tree["domains"] for one in domain["indicators"]}
    rows = []
    for step in steps:
        domain, one = said[step["indicator"]]
        row = values.get(step["indicator"], {})
        value = row.get("verified") if row.get("verified") is not None else row.get("declared")
        rows.append({
            "id": step["indicator"], "name": (one["zh"], heading(one["en"])),
            "domain": (domain["zh"], heading(domain["en"])),
            "value": None if value is None else objections.value_words(one["unit"], value), "unit": one["unit"],
            "points": step["points_milli"] * 1000, "weight": step["weight_ppm"],
            "lost": (100_000 - step["points_milli"]) * step["weight_ppm"] // 1000,
        })  # fmt: skip
    return sorted(rows, key=lambda row: (-row["lost"], row["name"]))


def _domain_table(domains: Sequence[tuple[tuple[str, str], Placed]], lang: Lang) -> Listing:
    def words(row: Row) -> str:
        return str(row["label"])

    rows = [
        {"name": name, "own": None if one.value is None else round(one.value * 10**6), "reading": one.word,
         "median": None if one.quartiles is None else round(one.quartiles[2] * 10**6), "placed": one,
         "label": name[lang == "en"]}
        for name, one in domains
    ]  # fmt: skip
    return Listing("domains", "各方面", "Domains", (
        Column("name", "方面", "Domain", head=True), Column("own", "本院", "You", "ratio"),
        Column("mark", "在同级中的位置", "Among its level", sorts=False, filed=False,
               mark=lambda row, _: row["placed"].mark(words(row))),
        Column("median", "同级中位数", "Median", "ratio"),
        Column("reading", "判断", "Reading", "chip", words=WORDS, tone=lambda row: f":{SIGNS[row['reading']]}"),
    ), rows, caption=False)  # fmt: skip


def _indicator_table(rows: Sequence[Mapping[str, Any]]) -> Listing:
    return Listing("indicators", "指标", "Indicators", (
        Column("name", "指标", "Indicator", head=True), Column("domain", "方面", "Domain"),
        Column("value", "核定值", "Value found"), Column("points", "得分", "Points", "ratio"),
        Column("weight", "权重", "Weight", "percent"), Column("lost", "丢的分", "Lost", "ratio"),
    ), rows, page=60, caption=False)  # fmt: skip


def _says(
    plan: Row, score: Row, explained: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], own: Own, fmt: Format
) -> list[str]:
    zh = fmt.lang == "zh"
    total, paid = decimal(score["score_milli"], 1000, 1), explained["paid_pct"]
    says = [
        f"{own.name('zh')} {plan['year']} 年度考核 *{total} 分*，按此支付留存资金的 *{paid}%*。" if zh else
        f"{own.name('en')} was given *{total} points* for {plan['year']}; *{paid}%* of the retained money is paid."
    ]  # fmt: skip
    lost = [row for row in rows if row["lost"] > 0][:3]
    if lost:
        named = "、".join(row["name"][0] for row in lost) if zh else ", ".join(row["name"][1] for row in lost)
        share = fmt.ppm(sum(row["lost"] for row in lost))
        says.append(f"丢分最多的三项：{named}，共 *{share} 分*。" if zh
                    else f"Most was lost on {named}: *{share} points*.")  # fmt: skip
    if score["state"] == "draft" and plan["objections_by"]:
        until = fmt.day(plan["objections_by"])
        says.append(f"{until} 前可以向医保部门提出异议。" if zh else f"You may object until {until}.")
    return says
