"""One clue on one page: what is alleged, on which evidence, what speaks against it, which law; and its decision."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import select

from yibao.errors import YibaoError
from yibao.registry import clues
from yibao.registry.clues.workflow import workflow
from yibao.registry.scopes import Place
from yibao.registry.tables.clues import CLUE
from yibao.service.access.guard import GuardedRoute, Of, Who, needs
from yibao.service.access.scope import Caller
from yibao.service.access.trail import look
from yibao.service.console import drafts
from yibao.service.console.audit import acts, decisions, dispose, finals, pack
from yibao.service.console.audit.evidence import Case
from yibao.service.console.audit.queue import place_in_queue
from yibao.service.console.audit.showing import history, shown
from yibao.service.console.confirming import NO_REASON, asked_once_more, why
from yibao.service.console.pages import lang_of, page, stylesheet
from yibao.service.problems import Problem, unknown
from yibao.service.reads import reads
from yibao.service.state import Service
from yibao.service.systems.types import Id

router = APIRouter(prefix="/audit/clues", route_class=GuardedRoute, include_in_schema=False)
PURPOSE = "clue_review"
View = Annotated[str, Query(alias="from", max_length=400)]
#: What a form said, what is wrong in it by field, and the page that asks once more.
Tried = tuple[Mapping[str, Any], Mapping[str, str], Response | None]
#: What was done, in the words of the line on top: act -> (zh, en), filled with the clock's end.
_NEXT: Mapping[str, tuple[str, str]] = {
    "begin": ("已开始初审。请在 {due} 前提出意见。", "The first review has begun; give your opinion by {due}."),
    "send": (
        "已提交初审。下一步：机构在 {due} 前答复。",
        "The first review is handed in. Next: the provider answers by {due}.",
    ),
    "part": (
        "已提交初审，金额已重算。下一步：机构在 {due} 前答复。",
        "The first review is handed in and the amount worked out again. Next: the provider answers by {due}.",
    ),
    "more": ("已要求补充材料。机构在 {due} 前补充。", "Material was asked for; the provider gives it by {due}."),
    "no": ("已判为不成立并关闭。", "The clue does not hold and is closed."),
    "resume_review": ("继续初审，期限 {due}。", "The first review goes on, until {due}."),
    "silence": (
        "机构逾期未答复，视为无异议。复审期限 {due}。",
        "No answer in time counts as assent. Second review until {due}.",
    ),
    "second": ("已开始复审。请在 {due} 前作出结论。", "The second review has begun; conclude it by {due}."),
    "uphold": ("已维持。下一步：作出处理决定。", "Upheld. Next: a decision on what follows."),
    "partly": (
        "已部分维持，金额已重算。下一步：作出处理决定。",
        "Upheld in part; the amount was worked out again. Next: a decision.",
    ),
    "withdraw": ("已撤销，疑点办结。", "Withdrawn; the clue is closed."),
    "decide_on": ("已作出处理决定。下一步：{due} 前送达。", "A decision was made. Next: serve it by {due}."),
    "serve": ("已送达。下一步：登记追回到账。", "Served. Next: record the money that comes back."),
    "recover": ("已登记追回。", "The recovery is recorded."),
    "close": ("已办结。", "Closed."),
    "verify": ("已登记现场核实。{due} 前作出决定。", "The look on site is recorded; decide by {due}."),
    "penalise": ("已作出行政处罚。下一步：{due} 前送达。", "A penalty was imposed. Next: serve it by {due}."),
    "transfer": ("已决定移送。下一步：{due} 前送达。", "The transfer was decided. Next: serve it by {due}."),
    "refuse_payment": ("已拒付。下一步：{due} 前送达。", "Payment was refused. Next: serve it by {due}."),
    "panel": ("已提交合议，期限 {due}。", "A panel was called; it concludes by {due}."),
    "opinion": ("意见已记录。", "Your opinion is recorded."),
    "extend": ("期限已延长至 {due}。", "The clock now ends on {due}."),
    "suspend": ("已中止，期限停止计算。", "Suspended; the clock stands still."),
    "resume": ("已恢复办理，期限 {due}。", "Resumed, until {due}."),
    "reopen": ("已重新办理，进入复审，期限 {due}。", "Reopened in the second review, until {due}."),
    "draft": ("草稿已存，下次打开仍在。", "The draft is kept; it will be here next time."),
}


@router.get("/{clue_id}")
@needs("clue.read")
def one(
    request: Request, clue_id: Id, caller: Who, service: Of, done: str = "", view: View = "",
    person: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> Response:  # fmt: skip
    """One clue, with all that a decision rests on."""
    case = opened(service, caller, clue_id, request)
    return _page(request, caller, case, done=done, view=view, person=person)


@router.get("/{clue_id}/pack.zip")
@needs("clue.read")
def download(request: Request, clue_id: Id, caller: Who, service: Of) -> Response:
    """The evidence pack."""
    case = opened(service, caller, clue_id, request)
    alone = page(request, "audit/clue.html", caller=caller, base="audit/alone.html", css=stylesheet()[0],
                 **shown(case, 1), wish=decisions.Wish(), draft=None, queue=None, options=())  # fmt: skip
    now = service.registry.clock()
    body = pack.pack(case, bytes(alone.body).decode(), history(service, case.clue), caller.actor_id, now)
    headers = {"content-disposition": f'attachment; filename="{clue_id}.zip"'}
    return Response(body, media_type="application/zip", headers=headers)


@router.post("/{clue_id}/decide")
@needs("clue.decide")
async def decide(request: Request, clue_id: Id, caller: Who, service: Of) -> Response:
    """The opinion of a review: kept as a draft, shown with its sum before it is final, or done."""
    form = await request.form()
    case = opened(service, caller, clue_id, request)
    options = decisions.offered(case, caller)
    wish = decisions.read_wish(form, case, options)
    view, subject = str(form.get("from", ""))[:400], f"clue:{clue_id}"
    if form.get("draft"):
        drafts.keep(service, caller, subject, wish.body)
        return _back(clue_id, "draft", view)
    if wish.errors:
        return _page(request, caller, case, wish=wish, errors=wish.errors, view=view)
    if not form.get("final"):
        chosen = next(one for one in options if one.name == wish.name)
        left = [party for party in case.parties if chosen.ticks and party.number not in wish.keep]
        return page(request, "audit/confirm.html", caller=caller, case=case, clue=case.clue, wish=wish, chosen=chosen,
                    claimed=decisions.claimed_after(case, wish), left=left, view=view)  # fmt: skip
    try:
        decisions.take(service, caller, case, wish)
    except YibaoError as refused:
        return _page(request, caller, case, wish=wish, refused=refused, view=view)
    drafts.drop(service, caller, subject)
    return _back(clue_id, wish.name, view)


@router.post("/{clue_id}/{act}")
@needs("clue.read")
async def act(request: Request, clue_id: Id, act: str, caller: Who, service: Of) -> Response:
    """A step without an opinion, a disposition, or money that came back; what is refused is said on the page."""
    form = await request.form()
    case = opened(service, caller, clue_id, request)
    view = str(form.get("from", ""))[:400]
    said: Mapping[str, Any] = dict(form)
    known = {**decisions.SIMPLE, **acts.ACTS, **dispose.FORMS}
    if act not in known:
        raise unknown("act", "办理")
    errors: Mapping[str, str] = {}
    try:
        if act in decisions.SIMPLE:
            asked = _step(request, caller, case, act, form, view)
        else:
            said, errors, asked = (_act if act in acts.ACTS else _money)(request, caller, case, act, form, view)
    except Problem:
        raise
    except YibaoError as refused:
        return _page(request, caller, case, refused=refused, said=said, tried=act, view=view)
    if asked is not None:
        return asked
    if errors:
        return _page(request, caller, case, errors=errors, said=said, tried=act, view=view)
    return _back(clue_id, act, view)


def _step(request: Request, caller: Caller, case: Case, act: str, form: Any, view: str) -> Response | None:
    """Do a step without an opinion; the page that asks once more while it is not sure."""
    verb, permission = decisions.SIMPLE[act]
    caller.require(permission)
    wanted, reason = finals.needs_reason(case, act), why(form)
    sure = bool(form.get("final"))
    if act in finals.STEPS and may_follow(case, act) and (not sure or (wanted and not reason)):
        missing = {"why": NO_REASON[0 if case.lang == "zh" else 1]} if sure else None
        return asked_once_more(request, caller, finals.step(case, act, view), {"from": view}, missing)
    given: dict[str, Any] = {"reason": reason} if wanted else {}
    case.service.registry.do(verb, case.clue["clue_id"], **given, by=caller.actor_id)
    return None


def _act(request: Request, caller: Caller, case: Case, act: str, form: Any, view: str) -> Tried:
    """Do an act that has words of its own."""
    chosen = acts.ACTS[act]
    caller.require(chosen.permission)
    said, errors = acts.read(chosen, form, case)
    if errors:
        return said, errors, None
    if form.get("again"):
        return said, {}, _page(request, caller, case, said=said, tried=act, view=view)
    if chosen.final and not form.get("final"):
        sure = finals.decision(case, chosen, said, view)
        return said, {}, asked_once_more(request, caller, sure, {**said, "from": view})
    acts.take(case.service, caller, case, chosen, said)
    return said, {}, None


def _money(request: Request, caller: Caller, case: Case, act: str, form: Any, view: str) -> Tried:
    """Decide what follows, or record money that came back."""
    caller.require(dispose.FORMS[act])
    said, errors = dispose.read(case, caller, act, form)
    if errors:
        return said, errors, None
    if form.get("again"):
        return said, {}, _page(request, caller, case, said=said, tried=act, view=view)
    if not form.get("final"):
        return said, {}, asked_once_more(request, caller, finals.money(case, act, said, view), {**said, "from": view})
    dispose.take(case.service, caller, case, act, said)
    return said, {}, None


def opened(service: Service, caller: Caller, clue_id: str, request: Request) -> Case:
    """A clue within scope with its evidence; that it was looked at is recorded. Raises :class:`Problem` 404."""
    with reads(service.registry) as connection:
        row = connection.execute(select(CLUE).where(CLUE.c.clue_id == clue_id)).mappings().one_or_none()
    place = Place(row["region_code"], row["institution_id"], row["person_id"]) if row else Place()
    if not caller.covers(place) or row is None:
        raise unknown("clue", "疑点")
    found = service.registry.do(clues.show, clue_id, by=caller.actor_id)
    # Facts as the registry holds them: what an act answers went through JSON, where days became texts.
    found = {**found, **{name: value for name, value in row.items() if name != "findings"}}
    persons = [one["person_id"] for one in found["findings"] if one["person_id"]]
    look(service.registry, caller, "", PURPOSE, {"finding": len(found["findings"])}, persons)
    return Case(service, found, lang_of(request))


def _page(
    request: Request, caller: Caller, case: Case, *, done: str = "", view: str = "", person: int = 1,
    wish: decisions.Wish | None = None, errors: Mapping[str, str] | None = None, refused: YibaoError | None = None,
    said: Mapping[str, Any] | None = None, tried: str = "",
) -> Response:  # fmt: skip
    service, zh = case.service, case.lang == "zh"
    draft = drafts.kept(service, caller, f"clue:{case.clue['clue_id']}") if wish is None else None
    if wish is None:
        body = draft.body if draft is not None else {}
        keep = frozenset(body["keep"]) if draft is not None else frozenset(p.number for p in case.parties if p.kept)
        wish = decisions.Wish(body.get("d", ""), body.get("reason", ""), body.get("note", ""), keep)
    saved = ""
    if done in _NEXT:
        saved = _NEXT[done][0 if zh else 1].format(due=case.fmt.day(case.clue["due_on"]))
    error = None if refused is None else _said(refused, zh)
    return page(
        request, "audit/clue.html", status=409 if refused is not None else 200, caller=caller, base="layout.html",
        error=error, errors=errors, saved=saved, wish=wish, draft=draft, said=said or {}, tried=tried, view=view,
        options=decisions.offered(case, caller), simple=_simple(case, caller),
        queue=place_in_queue(service, caller, view, case.clue["clue_id"]), disposing=dispose.offered(case, caller),
        acting=acts.offered(case, caller),
        purpose=("疑点复核 " if zh else "review of ") + str(case.clue["clue_id"]), **shown(case, person),
    )  # fmt: skip


def _said(refused: YibaoError, zh: bool) -> str:
    """A refusal in the registry's own words: what, and how to mend it."""
    what, mend = (refused.zh, refused.mend_zh) if zh else (refused.what, refused.mend)
    return f"{what}{('；' if zh else '; ') + mend if mend else ''}"


def may_follow(case: Case, act: str) -> bool:
    """Whether a clue is in a state that an act leads on from; what is refused is not asked once more."""
    return case.clue["state"] in workflow()["acts"][act]["from"]


def _simple(case: Case, caller: Caller) -> list[tuple[str, str]]:
    """The single steps that may follow now: (act, title)."""
    clue, rules, made = case.clue, workflow()["acts"], []
    today = case.service.registry.clock().date()
    for name, (_, permission) in decisions.SIMPLE.items():
        if not may_follow(case, name) or not caller.allows(permission):
            continue
        if name in ("silence", "resume_review") and clue["due_on"] is not None and today <= clue["due_on"]:
            continue
        if name == "begin" and clue["first_reviewer"] not in (None, caller.actor_id):
            continue
        if name == "second" and clue["first_reviewer"] == caller.actor_id:
            continue
        made.append((name, rules[name][case.lang]))
    return made


def _back(clue_id: str, done: str, view: str) -> Response:
    more = f"&from={quote(view)}" if view else ""
    return RedirectResponse(f"/audit/clues/{clue_id}?done={done}{more}", 303)
