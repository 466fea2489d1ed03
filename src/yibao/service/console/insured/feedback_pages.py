"""Feedback of an insured person: praise, complaint, question; its clock and its answer."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from yibao.errors import YibaoError
from yibao.registry import feedback
from yibao.service.access.guard import GuardedRoute, Of, Who, needs
from yibao.service.console.feedbacks import institutions_offered, region_of, shown_row
from yibao.service.console.insured.home_pages import whose
from yibao.service.console.insured.own import own_person
from yibao.service.console.listing import Column, Listing
from yibao.service.console.pages import lang_of, page
from yibao.service.problems import unknown
from yibao.service.systems.types import Id

router = APIRouter(prefix="/me/feedback", route_class=GuardedRoute, include_in_schema=False)
#: What a person may choose; reports may also be made without a name at /open/complaint.
KINDS = ("question", "complaint", "praise", "access", "report")
_QUESTION = {"zh": "我提的意见答复了吗？", "en": "Was what I wrote answered?"}
_NEW = {"zh": "想问什么、反映什么？", "en": "What do you want to ask or tell?"}
_COLUMNS = (
    Column(
        "title",
        "内容",
        "Matter",
        head=True,
        href=lambda row: f"/me/feedback/{row['feedback_id']}",
        below=lambda row, _: row["feedback_id"],
    ),
    Column("given_at", "提交", "Sent", "date"),
    Column("due_on", "答复期限", "Answer due", "date"),
    Column("said", "状态", "State", "chip", tone=lambda row: row["tone"]),
)
Text = Annotated[str, Form(max_length=4_000)]


@router.get("")
@needs("feedback.give", anywhere=True)  # the caller's own letters
def listed(request: Request, caller: Who, service: Of) -> Response:
    """Everything the person wrote, the newest first."""
    person, lang = own_person(caller), lang_of(request)
    with service.registry.reading("feedback.give", caller.actor_id) as unit:
        rows = [shown_row(service, dict(row), lang) for row in feedback.of_person(unit, person)]
    table = Listing("feedback", "我的意见", "My feedback", _COLUMNS, rows, order="-given_at", caption=False)
    return page(
        request,
        "insured/feedback.html",
        caller=caller,
        question=_QUESTION[lang],
        tables=(table,),
        waiting=sum(row["state"] == "open" for row in rows),
    )


@router.get("/new")
@needs("feedback.give", anywhere=True)
def new(
    request: Request, caller: Who, service: Of, kind: Annotated[str, Query(max_length=20)] = "question",
    about: Annotated[str, Query(max_length=20)] = "other", subject: Annotated[str, Query(max_length=80)] = "",
    institution: Annotated[str, Query(max_length=40)] = "",
) -> Response:  # fmt: skip
    """The form, filled with what the page before it was about."""
    said = {"kind": kind, "about": about, "subject": subject, "institution": institution, "words": ""}
    return _form(request, caller, service, said)


@router.post("/new")
@needs("feedback.give", anywhere=True)
def send(
    request: Request, caller: Who, service: Of, kind: Text = "", about: Text = "other", subject: Text = "",
    institution: Text = "", words: Text = "",
) -> Response:  # fmt: skip
    """Send it in one's own name; what is missing is said at its field."""
    person, lang = own_person(caller), lang_of(request)
    said = {"kind": kind, "about": about, "subject": subject, "institution": institution, "words": words}
    errors = _wrong(said, lang, service)
    if errors:
        return _form(request, caller, service, said, errors)
    at = whose(service, person)
    try:
        done = service.registry.do(
            feedback.give,
            kind,
            about,
            words,
            region_of(service, institution, at.enrolment),
            person_id=person,
            institution_id=institution or None,
            subject=subject or None,
            by=caller.actor_id,
        )
    except YibaoError as refused:
        return _form(request, caller, service, said, {"words": refused.zh if lang == "zh" else refused.what})
    return RedirectResponse(f"/me/feedback/{done['feedback_id']}?done=sent", 303)


@router.get("/{feedback_id}")
@needs("feedback.give", anywhere=True)  # somebody else's letter is not found among one's own
def one(request: Request, feedback_id: Id, caller: Who, service: Of, done: str = "") -> Response:
    """One letter with its clock and its answer."""
    person, lang = own_person(caller), lang_of(request)
    with service.registry.reading("feedback.give", caller.actor_id) as unit:
        rows = [dict(row) for row in feedback.of_person(unit, person) if row["feedback_id"] == feedback_id]
    if not rows:
        raise unknown("feedback", "意见")
    row = shown_row(service, rows[0], lang)
    saved = ""
    if done == "sent":
        saved = (
            f"已提交，编号 {feedback_id}。下一步：{row['due']}前答复。"
            if lang == "zh"
            else f"Sent, number {feedback_id}. Next: an answer by {row['due']}."
        )
    if done == "withdrawn":
        saved = "已撤回。" if lang == "zh" else "Taken back."
    return page(request, "insured/letter.html", caller=caller, row=row, saved=saved)


@router.post("/{feedback_id}/withdraw")
@needs("feedback.give", anywhere=True)  # the registry asks whose it is
def withdraw(feedback_id: Id, caller: Who, service: Of) -> Response:
    """Take a letter back before it is answered."""
    own_person(caller)
    service.registry.do(feedback.withdraw, feedback_id, by=caller.actor_id)
    return RedirectResponse(f"/me/feedback/{feedback_id}?done=withdrawn", 303)


def _form(
    request: Request, caller: Any, service: Any, said: dict[str, str], errors: dict[str, str] | None = None
) -> Response:
    lang = lang_of(request)
    own_person(caller)
    kinds = {name: feedback.kinds()[name] for name in KINDS}
    chosen = said["kind"] if said["kind"] in kinds else "question"
    about = said["about"] if said["about"] in feedback.ABOUT else "other"
    return page(
        request,
        "insured/feedback_new.html",
        caller=caller,
        question=_NEW[lang],
        errors=errors,
        said={**said, "kind": chosen, "about": about},
        kinds=kinds,
        subject=feedback.ABOUT[about][lang == "en"],
        places=institutions_offered(service, lang),
    )


def _wrong(said: dict[str, str], lang: str, service: Any) -> dict[str, str]:
    zh, wrong = lang == "zh", {}
    if said["kind"] not in KINDS:
        wrong["kind"] = "请选择一种" if zh else "Choose one"
    if not said["words"].strip():
        wrong["words"] = "请写明情况" if zh else "Write what happened"
    elif len(said["words"]) > feedback.LONGEST:
        wrong["words"] = (
            f"最多 {feedback.LONGEST} 字，现在 {len(said['words'])} 字"
            if zh
            else (f"At most {feedback.LONGEST} characters; these are {len(said['words'])}")
        )
    if said["institution"] and said["institution"] not in service.institutions:
        wrong["institution"] = "请从列表中选择机构" if zh else "Choose a provider of the list"
    if said["kind"] in ("complaint", "praise", "report") and not said["institution"] and said["about"] == "institution":
        wrong["institution"] = "请选择是哪家机构" if zh else "Say which provider"
    return wrong
