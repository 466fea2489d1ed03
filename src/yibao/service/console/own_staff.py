"""An institution's own staff: payment-qualification points of a year, what was decided, and an appeal against it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response, UploadFile
from fastapi.responses import RedirectResponse
from sqlalchemy import or_, select

from yibao.errors import YibaoError
from yibao.presentation.fmt import Format
from yibao.registry import Unit, points
from yibao.registry.laws import registry_law
from yibao.registry.points import STATUS_WORDS
from yibao.registry.points.staff import LAW
from yibao.registry.tables.points import POINTS_EVENT, QUALIFIED_STAFF
from yibao.service.access.guard import GuardedRoute, Of, Who, needs
from yibao.service.access.scope import Caller
from yibao.service.console import filters, materials
from yibao.service.console.audit.points import ENDS, SUSPENDS, bullet
from yibao.service.console.codes import codes
from yibao.service.console.confirming import asked_once_more
from yibao.service.console.filters import Filter, Option
from yibao.service.console.listing import Column, Listing, under
from yibao.service.console.own import Own, own_institution
from yibao.service.console.own_appeal import appealing
from yibao.service.console.own_sections import Section, sectioned
from yibao.service.console.pages import lang_of, page
from yibao.service.problems import Problem, unknown
from yibao.service.state import Service
from yibao.service.systems.types import Id

_QUESTION = {"zh": "谁接近 9 分、12 分？哪一次要申诉？", "en": "Who nears 9 or 12 points, and what is to be appealed?"}
_ONE = {"zh": "记了什么、记了几分？还能申诉吗？", "en": "What was decided, how many points, and may it be appealed?"}
_TONES = {"normal": "", "suspended": "warn:clock", "terminated": "stop:x"}
#: States of a decision's points: words and look.
STATES = {
    "decided": ("待通知", "notice to follow"),
    "noticed": ("可以申诉", "open to appeal"),
    "appealed": ("申诉中", "under appeal"),
    "active": ("已生效", "in effect"),
    "revoked": ("已撤销", "revoked"),
}
_LOOKS = {"decided": ":clock", "noticed": "warn:clock", "appealed": "you:clock", "active": ":check", "revoked": ":dash"}
_SHARES = {"general": ("一般责任", "general"), "important": ("重要责任", "important"), "main": ("主要责任", "main")}
#: So many points below nine are near it.
NEAR = 3


def staff_router(role: str) -> APIRouter:
    """The pages below ``/hospital/staff`` or ``/pharmacy/staff``."""
    prefix = f"/{role}/staff"
    router = APIRouter(prefix=prefix, route_class=GuardedRoute, include_in_schema=False)

    @router.get("")
    @needs(f"{role}.read", anywhere=True)  # the staff are those of the caller's own institution
    def listed(request: Request, caller: Who, service: Of) -> Response:
        """The own staff with points of a year, and the decisions."""
        own, lang = own_institution(caller, service, role), lang_of(request)
        with service.registry.reading("points.read", caller.actor_id) as unit:
            staff, events = _read(unit, own)
        now = service.registry.clock().year
        years = sorted({row["year"] for row in events} | {now}, reverse=True)
        chosen = filters.read(request, [
            Filter("year", "年度", "Year", options=[Option(str(y), str(y), str(y)) for y in years], default=str(now),
                   every=None)])  # fmt: skip
        of_year = [row for row in events if str(row["year"]) == chosen["year"]]
        people = standings(staff, of_year)
        decided = [_said(row, staff, own) for row in of_year]
        return sectioned(
            request, caller, ("支付资格记分", "Payment-qualification points"), (_QUESTION["zh"], _QUESTION["en"]), (
                Section(("本机构人员", "Your staff"), ("按自然年度累计；满 9 分暂停，满 12 分终止。修复的分已减去。",
                        "Summed over a calendar year; 9 suspend, 12 end. Repaired points are taken off."),
                        _people_table(people, prefix),
                        empty=("这一年没有人被记分。", "Nobody was given points in this year.")),
                Section(("记分决定", "Decisions"), ("通知之日起 10 个工作日内可以申诉；点开人员提交。",
                        "Open to appeal for ten working days after the notice; open the person to send one."),
                        _decision_table(decided, with_name=True),
                        empty=("这一年没有记分决定。", "No decision was made in this year.")),
            ), filters=chosen, says=_says(staff, people, of_year, Format(lang)),
        )  # fmt: skip

    @router.get("/{staff_id}")
    @needs(f"{role}.read", anywhere=True)  # the person is of the caller's own institution, or unknown
    def one(request: Request, staff_id: Id, caller: Who, service: Of, done: str = "") -> Response:
        """One of the own staff: all decisions, and the form of an appeal."""
        return _page(request, service, caller, role, staff_id, done=done == "appeal")

    @router.post("/{staff_id}")
    @needs("points.appeal", anywhere=True)  # the person is of the caller's own institution, or unknown
    def appeal(
        request: Request, staff_id: Id, caller: Who, service: Of, file: UploadFile | None = None,
        decision: Annotated[str, Form(max_length=80)] = "", words: Annotated[str, Form(max_length=4_000)] = "",
        material: Annotated[str, Form(max_length=64)] = "", final: Annotated[str, Form(max_length=1)] = "",
        again: Annotated[str, Form(max_length=1)] = "",
    ) -> Response:  # fmt: skip
        """Appeal against the points of one decision: shown once more, then sent."""
        own, zh = own_institution(caller, service, role), lang_of(request) == "zh"
        with service.registry.reading("points.read", caller.actor_id) as unit:
            staff, events = _read(unit, own)
        if staff_id not in staff:
            raise unknown("member of staff", "人员")
        said, errors = {"decision": decision, "words": words.strip()}, {}
        against = [
            one for one in events
            if one["staff_id"] == staff_id and one["decision_no"] == decision and one["state"] == "noticed"
        ]  # fmt: skip
        if not decision:
            errors["decision"] = "请选择对哪一次决定申诉" if zh else "choose the decision"
        elif not against:
            errors["decision"] = "这次记分现在不能申诉" if zh else "these points are not open to appeal now"
        if not said["words"]:
            errors["words"] = "请写明理由" if zh else "say why"
        kept, sha256 = f"staff-{staff_id}", None
        if not errors:
            try:
                if file is not None and file.filename:
                    sha256 = materials.take_in(service, kept, file.file)
                elif material and materials.is_there(service, kept, material):
                    sha256 = material
                if final and not again:
                    service.registry.do(points.appeal, staff_id, decision, said["words"], sha256, by=caller.actor_id)
            except Problem as refused:
                errors["file"] = refused.zh if zh else refused.what
            except YibaoError as refused:
                errors["decision"] = refused.zh if zh else refused.what
        if errors or again:
            return _page(request, service, caller, role, staff_id, said=said, errors=errors)
        if not final:
            sure = appealing(prefix, staff[staff_id], against, said, sha256, Format("zh" if zh else "en"))
            return asked_once_more(request, caller, sure, {**said, "material": sha256 or ""})
        return RedirectResponse(f"{prefix}/{staff_id}?done=appeal", 303)

    return router


def _read(unit: Unit, own: Own) -> tuple[dict[str, Mapping[str, Any]], list[Mapping[str, Any]]]:
    """The staff registered at the institution, first or further site, by id; and all their decisions."""
    here = json.dumps(own.institution_id)
    mine = select(QUALIFIED_STAFF).where(
        or_(
            QUALIFIED_STAFF.c.institution_id == own.institution_id,
            QUALIFIED_STAFF.c.sites.contains(here, autoescape=True),
        )
    )
    staff = {str(row["staff_id"]): row for row in unit.rows(mine)}
    events = unit.rows(select(POINTS_EVENT).where(POINTS_EVENT.c.staff_id.in_(list(staff)))) if staff else []
    return staff, sorted(events, key=lambda row: (row["decided_on"], row["event_id"]), reverse=True)


def waiting(service: Service, actor_id: str, own: Own, prefix: str, lang: str) -> list[dict[str, Any]]:
    """Decisions that may still be appealed, as things to do: until when, about whom."""
    zh = lang == "zh"
    with service.registry.reading("points.read", actor_id) as unit:
        staff, events = _read(unit, own)
        open_ = [row for row in events if row["state"] == "noticed" and row["appeal_by"] >= unit.today
                 and row["site"] == own.institution_id]  # fmt: skip
    return [
        {"due": row["appeal_by"], "act": "记分可以申诉" if zh else "Appeal points, if you dispute them", "money": "",
         "what": f"{staff[row['staff_id']]['name']}，{row['points']} 分" if zh
         else f"{staff[row['staff_id']]['name']}, {row['points']} point{'s' * (row['points'] != 1)}",
         "href": f"{prefix}/{row['staff_id']}"}
        for row in open_
    ]  # fmt: skip


def standings(
    staff: Mapping[str, Mapping[str, Any]], events: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:  # fmt: skip
    """What the decisions come to for each person: points less repair, revoked ones left out; the heaviest first."""
    made: dict[str, dict[str, Any]] = {}
    for event in events:
        if event["state"] == "revoked":
            continue
        who = staff[event["staff_id"]]
        row = made.setdefault(event["staff_id"], {
            "staff_id": event["staff_id"], "name": who["name"], "kind": who["kind"], "points": 0, "decisions": 0,
            "appealed": 0, "appeal_by": None, "status": who["status"], "status_to": who["status_to"],
        })  # fmt: skip
        row["points"] += event["points"] - event["repaired"]
        row["decisions"] += 1
        row["appealed"] += event["state"] == "appealed"
        if event["state"] == "noticed":
            row["appeal_by"] = min(filter(None, (row["appeal_by"], event["appeal_by"])))
    return sorted(made.values(), key=lambda row: (-row["points"], row["staff_id"]))


def _says(
    staff: Mapping[str, Any], people: Sequence[Mapping[str, Any]], events: Sequence[Mapping[str, Any]], fmt: Format
) -> list[str]:
    zh = fmt.lang == "zh"
    near = sum(SUSPENDS - NEAR <= row["points"] < SUSPENDS for row in people)
    over, ended = sum(SUSPENDS <= r["points"] < ENDS for r in people), sum(r["points"] >= ENDS for r in people)
    says = [
        f"登记 *{fmt.count(len(staff))}* 人，有记分的 *{len(people)}* 人：*{near}* 人离 9 分不到 3 分，"
        f"*{over}* 人达到 9 分，*{ended}* 人达到 12 分。" if zh else
        f"Of *{fmt.count(len(staff))}* registered *{len(people)}* have points: *{near}* within 3 of nine, *{over}* "
        f"have reached nine, *{ended}* twelve."
    ]  # fmt: skip
    open_ = sorted(row["appeal_by"] for row in events if row["state"] == "noticed" and row["appeal_by"])
    if open_:
        says.append(f"*{len(open_)}* 次决定还可以申诉，最早 {fmt.day(open_[0])}截止。" if zh else
                    f"*{len(open_)}* decisions are open to appeal, the first until {fmt.day(open_[0])}.")  # fmt: skip
    return says


def _people_table(rows: Sequence[Mapping[str, Any]], prefix: str) -> Listing:
    return Listing("people", "本机构人员", "Your staff", (
        Column("name", "人员", "Person", head=True, below=under("staff_id"),
               href=lambda row: f"{prefix}/{row['staff_id']}"),
        Column("kind", "类别", "Kind", words=codes("staff", "kind")),
        Column("points", "本年度累计", "This year", "count", mark=bullet),
        Column("decisions", "记分次数", "Decisions", "count"),
        Column("appealed", "申诉中", "Under appeal", "count"),
        Column("appeal_by", "申诉截止", "Appeal until", "date"),
        Column("status", "资格", "Qualification", "chip", words=STATUS_WORDS, tone=lambda row: _TONES[row["status"]]),
        Column("status_to", "至", "Until", "date"),
    ), rows, caption=False)  # fmt: skip


def _said(event: Mapping[str, Any], staff: Mapping[str, Mapping[str, Any]], own: Own) -> dict[str, Any]:
    """A decision in words; another site of the person is not named, nor the decision there."""
    situation, here = registry_law(LAW).said["situations"][event["situation"]], event["site"] == own.institution_id
    return {
        **event, "name": staff[event["staff_id"]]["name"], "why": (situation["zh"], situation["en"]),
        "left": event["points"] - event["repaired"] if event["state"] != "revoked" else 0,
        "where": ("本机构", "here") if here else ("其他执业机构", "another site"),
        "decision": event["decision_no"] if here else ("其他执业机构的决定", "decision at another site"),
    }  # fmt: skip


def _decision_table(rows: Sequence[Mapping[str, Any]], *, with_name: bool) -> Listing:
    who = (Column("name", "人员", "Person", below=under("staff_id")),) if with_name else ()
    elsewhere = (Column("where", "执业机构", "Site"),) if len({row["where"] for row in rows}) > 1 else ()
    mended = (Column("repaired", "已修复", "Repaired", "count"),) if any(row["repaired"] for row in rows) else ()
    return Listing("decisions", "记分决定", "Decisions", (
        Column("decision", "决定", "Decision", head=True), *who,
        Column("decided_on", "日期", "Date", "date"), Column("why", "情形", "Situation", "long"),
        Column("responsibility", "责任", "Responsibility", words=_SHARES), *elsewhere,
        Column("points", "记分", "Points", "count"), *mended,
        Column("state", "状态", "State", "chip", words=STATES, tone=lambda row: _LOOKS[row["state"]]),
        Column("appeal_by", "申诉截止", "Appeal until", "date"),
    ), rows, order="-decided_on", caption=False)  # fmt: skip


def _page(
    request: Request, service: Service, caller: Caller, role: str, staff_id: str, *,
    said: Mapping[str, str] | None = None, done: bool = False, errors: Mapping[str, str] | None = None,
) -> Response:  # fmt: skip
    own, lang = own_institution(caller, service, role), lang_of(request)
    with service.registry.reading("points.read", caller.actor_id) as unit:
        staff, events = _read(unit, own)
        today = unit.today
    if staff_id not in staff:
        raise unknown("member of staff", "人员")
    mine = [_said(row, staff, own) for row in events if row["staff_id"] == staff_id]
    open_ = {
        row["decision_no"]: row for row in mine
        if row["state"] == "noticed" and row["appeal_by"] >= today and row["site"] == own.institution_id
    }  # fmt: skip
    zh = lang == "zh"
    saved = "已提交申诉。下一步：20 个工作日内核查并答复。" if zh else (
        "Your appeal was sent. Next: it is verified and answered within 20 working days.")  # fmt: skip
    year = sum(row["left"] for row in mine if row["year"] == today.year)
    return page(
        request, "own/staff.html", caller=caller, question=_ONE[lang], prefix=f"/{role}/staff", person=staff[staff_id],
        tables=(_decision_table(mine, with_name=False),), open=list(open_.values()), year=today.year, points=year,
        bullet=bullet({"points": year}, lang), standing=STATUS_WORDS[staff[staff_id]["status"]][lang == "en"],
        tone=_TONES[staff[staff_id]["status"]], kinds=codes("staff", "kind"), errors=errors,
        saved=saved if done else "",
        said=said or {"decision": next(iter(open_), ""), "words": ""},
    )  # fmt: skip
