"""Objections to a draft assessment: which wait for an answer; one with the figures that it is about, and the answer."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import select

from yibao.errors import YibaoError
from yibao.presentation.fmt import Format, Lang, decimal
from yibao.registry import Unit
from yibao.registry.assessment import Indicator, Tree, answer_objection, points
from yibao.registry.assessment.flow import LONGEST
from yibao.registry.tables.assessments import OBJECTION, PLAN
from yibao.service.access.guard import GuardedRoute, Of, Who, needs
from yibao.service.access.scope import Caller
from yibao.service.console import drafts
from yibao.service.console.confirming import Sure, asked_once_more
from yibao.service.console.filters import Filter, Option, read
from yibao.service.console.hospital import objections
from yibao.service.console.hospital.assessment_page import Assessment, assessments
from yibao.service.console.listing import Column, Listing
from yibao.service.console.pages import lang_of, page
from yibao.service.console.scoping import institution_name, region_filter, within
from yibao.service.problems import unknown
from yibao.service.reads import reads
from yibao.service.state import Service
from yibao.service.systems.types import Id

router = APIRouter(prefix="/bureau/objections", route_class=GuardedRoute, include_in_schema=False)
OUTCOMES: Mapping[str, tuple[str, str]] = {
    "granted": ("成立，更正核定值", "upheld: the value is mended"),
    "refused": ("不成立，维持核定值", "rejected: the value stands"),
}  # fmt: skip
_LATER = ("按同类名次，重新计分后才知道", "by place among all, once scored anew")
#: A value as a person writes it: up to two decimals.
_VALUE = re.compile(r"\d{1,9}(\.\d{1,2})?")
_QUESTION = ("机构说得对吗，核定值要不要改？", "Is the provider right, and is the value to be mended?")
Long = Annotated[str, Form(max_length=LONGEST)]
Short = Annotated[str, Form(max_length=40)]


@dataclass(frozen=True)
class Raised:
    """An objection with the assessment it is about. ``row``: its indicator as the hospital's page shows it."""

    objection: Mapping[str, Any]
    found: Assessment
    indicator: Indicator
    row: Mapping[str, Any]

    @property
    def at(self) -> str:
        return f"/bureau/objections/{self.objection['objection_id']}"

    def value(self, hundredths: int | None, lang: Lang) -> str:
        """A value of the indicator in words."""
        return objections.value_words(self.indicator.said["unit"], hundredths)[lang == "en"]

    def points(self, hundredths: int) -> int | None:
        """What a value would bring, in millionths of a point; None where places among all decide."""
        if self.indicator.type == "peer":
            return None
        return round(float(points(self.indicator, np.array([float(hundredths)]))[0]) * 1_000_000)


@router.get("")
@needs("assessment.answer")
def queue(request: Request, caller: Who, service: Of, done: str = "") -> Response:
    """Which institutions object to their draft score, and what is not answered?"""
    lang = lang_of(request)
    zh, fmt = lang == "zh", Format(lang)
    chosen = read(request, [
        region_filter(caller, service),
        Filter("state", "状态", "State", options=[Option(k, *w) for k, w in objections.STATES.items()],
               default="raised"),
    ])  # fmt: skip
    where = within(caller, service, chosen["region"])
    every = raised(service, where.institutions, lang)
    open_ = sum(row["state"] == "raised" for row in every)
    shown = [row for row in every if chosen["state"] in ("", row["state"])]
    answered = fmt.count(len(every) - open_)
    says = [f"等我们答复的 *{open_} 件*，已答复 *{answered} 件*；全部答复之后才能定稿。" if zh else
            f"*{open_}* wait for our answer, *{answered}* are answered; a result is final once all are."]  # fmt: skip
    table = Listing("objections", "考核异议", "Objections to assessments", (
        Column("objection_id", "异议", "Objection", head=True,
               href=lambda row: f"/bureau/objections/{row['objection_id']}"),
        Column("institution", "机构", "Provider"), Column("indicator", "指标", "Indicator"),
        Column("words", "理由", "Reason", "long"),
        Column("state", "状态", "State", "chip", words=objections.STATES, tone=objections.tone),
        Column("raised_at", "提出", "Raised", "time"), Column("until", "异议期至", "Objections until", "date"),
    ), shown, order="raised_at", caption=False)  # fmt: skip
    question = (
        "谁对考核结果有异议，还有哪些没有答复？" if zh else "Who objects to the draft score, and what waits for us?"
    )
    saved = (
        ("已重新计分，机构现在看到新的初步结果。" if zh else "Scored anew; providers see the new draft now.")
        if done
        else ""
    )
    return page(
        request, "bureau/objections.html", caller=caller, question=question, filters=chosen, says=says, tables=(table,),
        saved=saved,
    )  # fmt: skip


def raised(service: Service, institutions: frozenset[str], lang: Lang, state: str = "") -> list[dict[str, Any]]:
    """Objections of these institutions, the oldest first."""
    query = select(OBJECTION, PLAN.c.tree, PLAN.c.objections_by).join(PLAN, PLAN.c.plan_id == OBJECTION.c.plan_id)
    if state:
        query = query.where(OBJECTION.c.state == state)
    with reads(service.registry) as connection:
        found = connection.execute(query.order_by(OBJECTION.c.raised_at)).mappings().all()
    return [
        {"objection_id": row["objection_id"], "institution": institution_name(service, row["institution_id"], lang),
         "indicator": _named(row)[lang == "en"], "words": row["words"][:80], "state": row["state"],
         "raised_at": row["raised_at"].replace(microsecond=0), "until": row["objections_by"]}
        for row in found if row["institution_id"] in institutions
    ]  # fmt: skip


def _named(row: Any) -> tuple[str, str]:
    one = Tree.of(json.loads(row["tree"])).get(row["indicator"])
    return one.zh, one.en


@router.get("/{plan_id}/{number}")
@needs("assessment.answer")
def one(request: Request, plan_id: Id, number: Id, caller: Who, service: Of, done: str = "") -> Response:
    """One objection with its figures."""
    return _page(request, service, caller, seen(service, caller, f"{plan_id}/{number}"), done=done)


@router.post("/{plan_id}/{number}")
@needs("assessment.answer")
def answer(
    request: Request, plan_id: Id, number: Id, caller: Who, service: Of, outcome: Short = "", mended: Short = "",
    words: Long = "", draft: Short = "", final: Short = "", again: Short = "",
) -> Response:  # fmt: skip
    """The answer: kept as a draft, shown once more, or given."""
    objection_id, lang = f"{plan_id}/{number}", lang_of(request)
    this = seen(service, caller, objection_id)
    body = {"outcome": outcome, "mended": mended.strip() if outcome == "granted" else "", "words": words.strip()}
    if draft:
        drafts.keep(service, caller, f"objection:{objection_id}", body)
        return RedirectResponse(f"{this.at}?done=draft", 303)
    errors = _wrong(body, lang == "zh")
    if errors or again:
        return _page(request, service, caller, this, errors=errors, body=body)
    value = _hundredths(body["mended"]) if outcome == "granted" else None
    if this.objection["state"] == "raised" and not final:
        return asked_once_more(request, caller, _answering(service, this, body, value, Format(lang)), body)
    try:
        service.registry.do(answer_objection, objection_id, outcome == "granted", value, body["words"],
                            by=caller.actor_id)  # fmt: skip
    except YibaoError as refused:
        why = refused.zh if lang == "zh" else refused.what
        return _page(request, service, caller, this, error=why, body=body)
    drafts.drop(service, caller, f"objection:{objection_id}")
    return RedirectResponse(f"{this.at}?done={outcome}", 303)


def _wrong(body: Mapping[str, str], zh: bool) -> dict[str, str]:
    """What is wrong in an answer, by field."""
    errors = {}
    if body["outcome"] not in OUTCOMES:
        errors["outcome"] = "请选择成立或不成立" if zh else "choose upheld or rejected"
    if body["outcome"] == "granted" and not _VALUE.fullmatch(body["mended"]):
        errors["mended"] = "请写更正后的值，最多两位小数，如 72.5" if zh else "give the mended value, such as 72.5"
    if not body["words"]:
        errors["words"] = "请写明理由" if zh else "say why"
    return errors


def _hundredths(said: str) -> int:
    whole, _, part = said.partition(".")
    return int(whole) * 100 + int((part + "00")[:2])


def _answering(service: Service, this: Raised, body: Mapping[str, str], value: int | None, fmt: Format) -> Sure:
    """The answer, before it is given."""
    lang, at = fmt.lang, 0 if fmt.lang == "zh" else 1
    facts = [(("指标", "Indicator")[at], this.row["name"][at]),
             (("机构的理由", "The provider's reason")[at], str(this.objection["words"])),
             (("结果", "Outcome")[at], OUTCOMES[body["outcome"]][at])]  # fmt: skip
    if value is not None:
        now, then = fmt.ppm(this.row["points"]), this.points(value)
        facts += [
            (("核定值", "Value")[at], f"{this.value(_found(this), lang)} → {this.value(value, lang)}"),
            (("得分", "Points")[at], f"{now} → {_LATER[at] if then is None else fmt.ppm(then)}"),
        ]
    facts.append((("答复", "Answer")[at], body["words"]))
    granted = body["outcome"] == "granted"
    return Sure(
        ("答复考核异议", "answer an objection"), institution_name(service, this.objection["institution_id"], lang),
        ("机构立即可以看到" + ("；核定值随即更正，重新计分后生效" if granted else ""),
         "the provider sees it at once" + ("; the value is mended and counts once scored anew" if granted else "")),
        this.at, (this.at, ("返回异议", "Back to the objection")), facts, verb=("提交答复", "Send the answer"),
        code=str(this.objection["objection_id"]), edits=True,
        undone=("提交后不能更改。", "Once sent it cannot be changed."),
    )  # fmt: skip


def _found(this: Raised) -> int | None:
    """The value as the bureau found it, else as it was declared."""
    row = this.found.values.get(this.indicator.id, {})
    value = row.get("verified") if row.get("verified") is not None else row.get("declared")
    return None if value is None else int(value)


def seen(service: Service, caller: Caller, objection_id: str) -> Raised:
    """The objection within scope. Raises :class:`Problem` 404."""
    with reads(service.registry) as connection:
        query = select(OBJECTION).where(OBJECTION.c.objection_id == objection_id)
        row = connection.execute(query).mappings().one_or_none()
    if not caller.covers(service.place_of(row["institution_id"] if row else "-")) or row is None:
        raise unknown("objection", "异议")
    with service.registry.reading("assess.read", caller.actor_id) as unit:
        return _raised(unit, dict(row))


def _raised(unit: Unit, row: Mapping[str, Any]) -> Raised:
    found = next(one for one in assessments(unit, row["institution_id"]) if one.plan["plan_id"] == row["plan_id"])
    indicator = Tree.of(json.loads(found.plan["tree"])).get(row["indicator"])
    return Raised(row, found, indicator, next(one for one in found.rows if one["id"] == indicator.id))


def _page(
    request: Request, service: Service, caller: Caller, this: Raised, *, done: str = "",
    errors: Mapping[str, str] | None = None, error: str | None = None, body: Mapping[str, Any] | None = None,
) -> Response:  # fmt: skip
    lang = lang_of(request)
    zh, open_ = lang == "zh", this.objection["state"] == "raised"
    subject = f"objection:{this.objection['objection_id']}"
    draft = drafts.kept(service, caller, subject) if body is None and open_ else None
    saved = {
        "granted": "已答复，机构现在可以看到。下一步：重新出初步结果，更正才计入得分。"
        if zh
        else "Answered; the provider sees it now. Next: make the draft anew, so that the mended value counts.",
        "refused": "已答复，机构现在可以看到。" if zh else "Answered; the provider sees it now.",
        "draft": "草稿已存，下次打开仍在。" if zh else "The draft is kept; it will be here next time.",
    }.get(done, "")
    values = this.found.values.get(this.indicator.id, {})
    return page(
        request, "bureau/objection.html", status=409 if error else 200, caller=caller, saved=saved, errors=errors,
        error=error, question=_QUESTION[0 if zh else 1],
        objection=this.objection, row=this.row, plan=this.found.plan, score=this.found.score, draft=draft,
        body=body or (draft.body if draft else {}), outcomes=OUTCOMES, states=objections.STATES,
        tone=objections.tone(this.objection).split(":"),
        institution=institution_name(service, this.objection["institution_id"], lang),
        declared=this.value(values.get("declared"), lang), verified=this.value(values.get("verified"), lang),
        mended=this.value(this.objection["mended"], lang), total=decimal(this.found.score["score_milli"], 1000, 1),
        yes_or_no=this.indicator.said["unit"] == "yes", scoring=objections.scoring(this.indicator, lang),
        longest=LONGEST,
    )  # fmt: skip
