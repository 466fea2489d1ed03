"""Letters of insured people and the public as pages show them, and the bureau's side: the queue and the answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from yibao.errors import YibaoError
from yibao.presentation.fmt import Format, Lang
from yibao.registry import feedback
from yibao.registry.calendar import working_calendar
from yibao.registry.scopes import Place
from yibao.registry.tables.feedback import FEEDBACK
from yibao.service.access.guard import GuardedRoute, Of, Who, needs
from yibao.service.access.scope import Caller
from yibao.service.access.trail import look
from yibao.service.console.confirming import Sure, asked_once_more
from yibao.service.console.filters import Filter, Option, read
from yibao.service.console.listing import Column, Listing
from yibao.service.console.pages import lang_of, page
from yibao.service.console.scoping import institution_name
from yibao.service.problems import unknown
from yibao.service.state import Service
from yibao.service.systems.types import Id

router = APIRouter(prefix="/bureau/feedback", route_class=GuardedRoute, include_in_schema=False)
_QUESTION = {"zh": "谁在等我们答复，还有几天？", "en": "Who waits for our answer, and how long?"}
_COLUMNS = (
    Column(
        "title",
        "来信",
        "Letter",
        head=True,
        href=lambda row: f"/bureau/feedback/{row['feedback_id']}",
        below=lambda row, _: row["feedback_id"],
    ),
    Column("from", "来自", "From"),
    Column("place", "涉及机构", "Provider"),
    Column("given_at", "提交", "Sent", "date"),
    Column("due_on", "答复期限", "Answer due", "date", below=lambda row, _: row["left"]),
    Column("said", "状态", "State", "chip", tone=lambda row: row["tone"]),
)


def shown_row(service: Service, row: Mapping[str, Any], lang: Lang) -> dict[str, Any]:
    """A letter with its words for a page."""
    fmt, en = Format(lang), lang == "en"
    kind = feedback.kinds()[row["kind"]]
    today = service.registry.clock().date()
    late = row["state"] == "open" and today > row["due_on"]
    about = feedback.ABOUT[row["about"]][en]
    tone = {"open": "warn:clock", "answered": "good:check", "withdrawn": ":dash"}[row["state"]]
    return {
        **row,
        "title": f"{kind['en'].capitalize()}: {about}" if en else f"{kind['zh']}：{about}",
        "kind_words": kind["en" if en else "zh"],
        "place": institution_name(service, row["institution_id"], lang),
        "due": fmt.day(row["due_on"]),
        "said": feedback.STATES[row["state"]][en],
        "tone": "stop:clock" if late else tone,
        "from": _from(row, en),
        "left": _left(today, row, en),
        "late": late,
        "given_at": row["given_at"].replace(microsecond=0),
    }


def _from(row: Mapping[str, Any], en: bool) -> str:
    if row["person_id"] is None:
        return "without a name" if en else "匿名"
    return "an insured person" if en else "参保人"


def _left(today: date, row: Mapping[str, Any], en: bool) -> str:
    if row["state"] != "open":
        return ""
    if today > row["due_on"]:
        return "overdue" if en else "已超期"
    calendar, days, at = working_calendar(), 0, today
    while at < row["due_on"]:
        at = calendar.after(at, 1)
        days += 1
    return f"{days} working days left" if en else f"剩 {days} 个工作日"


def institutions_offered(service: Service, lang: Lang) -> list[tuple[str, str]]:
    """All providers by name: (id, name)."""
    named = [(one, institution_name(service, one, lang)) for one in service.institutions]
    return sorted(named, key=lambda pair: pair[1])


def region_of(service: Service, institution_id: str, enrolment: Mapping[str, Any] | None = None) -> str:
    """Whose desk a letter lands on: the provider's region, or the person's own."""
    place = service.institutions.get(institution_id)
    if place is not None and place["region_code"]:
        return str(place["region_code"])
    if enrolment is not None and enrolment["region_code"]:
        return str(enrolment["region_code"])
    return next(code for code, row in service.regions.items() if row["parent_code"] is None)


@router.get("")
@needs("feedback.read", anywhere=True)  # the rows are those that the registry's reach gives
def inbox(request: Request, caller: Who, service: Of) -> Response:
    """What waits, the next due first."""
    lang = lang_of(request)
    state = Filter(
        "state",
        "状态",
        "State",
        options=[Option(name, *words) for name, words in feedback.STATES.items()],
        default="open",
    )
    kind = Filter(
        "kind",
        "类别",
        "Kind",
        options=[Option(name, said["zh"], said["en"]) for name, said in feedback.kinds().items()],
    )
    chosen = read(request, (state, kind))
    with service.registry.reading("feedback.read", caller.actor_id) as unit:
        rows = [shown_row(service, dict(row), lang) for row in feedback.inbox(unit, state=chosen["state"] or None)]
    rows = [row for row in rows if chosen["kind"] in ("", row["kind"])]
    table = Listing("letters", "来信", "Letters", _COLUMNS, rows, order="due_on", caption=False)
    return page(
        request,
        "bureau/feedback.html",
        caller=caller,
        question=_QUESTION[lang],
        filters=chosen,
        tables=(table,),
        waiting=sum(row["state"] == "open" for row in rows),
        late=sum(row["late"] for row in rows),
    )


@router.get("/{feedback_id}")
@needs("feedback.read")
def one(request: Request, feedback_id: Id, caller: Who, service: Of, done: str = "") -> Response:
    """One letter, with the answer to be given."""
    row = _seen(service, caller, feedback_id)
    said = (
        "已答复。来信人可以在自己的页面看到。" if lang_of(request) == "zh" else "Answered. Its writer sees the answer."
    )
    return _page(request, service, caller, row, saved=said if done == "answered" else "")


@router.post("/{feedback_id}/answer")
@needs("feedback.answer")
def answer(
    request: Request,
    feedback_id: Id,
    caller: Who,
    service: Of,
    words: Annotated[str, Form(max_length=4_000)] = "",
    final: Annotated[str, Form(max_length=1)] = "",
    again: Annotated[str, Form(max_length=1)] = "",
) -> Response:
    """The bureau's answer; it is final, and shown once more before."""
    row = _seen(service, caller, feedback_id)
    if again:
        return _page(request, service, caller, row, words=words)
    if words.strip() and row["state"] == "open" and not final:
        return asked_once_more(request, caller, _answering(row, words, lang_of(request) == "zh"), {"words": words})
    try:
        service.registry.do(feedback.answer, feedback_id, words, by=caller.actor_id)
    except YibaoError as refused:
        why = refused.zh if lang_of(request) == "zh" else refused.what
        return _page(request, service, caller, row, errors={"words": why}, words=words)
    return RedirectResponse(f"/bureau/feedback/{feedback_id}?done=answered", 303)


def _answering(row: Mapping[str, Any], words: str, zh: bool) -> Sure:
    """The answer to a letter, before it is given."""
    at, kind = f"/bureau/feedback/{row['feedback_id']}", feedback.kinds()[row["kind"]]
    return Sure(
        ("答复来信", "answer a letter"), kind["zh" if zh else "en"],
        ("来信人立即可以看到；这封来信办结", "its writer sees it at once; the letter is closed"), f"{at}/answer",
        (at, ("返回来信", "Back to the letter")),
        (("来信" if zh else "The letter", row["words"][:400]), ("答复" if zh else "Answer", words)),
        verb=("提交答复", "Send the answer"), code=row["feedback_id"], edits=True,
        undone=("提交后不能更改。", "Once sent it cannot be changed."),
    )  # fmt: skip


def _seen(service: Service, caller: Caller, feedback_id: str) -> dict[str, Any]:
    """A letter within the caller's scope. Raises :class:`Problem` 404: what is elsewhere is not there."""
    with service.registry.reading("feedback.read", caller.actor_id) as unit:
        row = unit.find(FEEDBACK, feedback_id=feedback_id)
    if not caller.covers(Place(region=row["region_code"] if row else None)) or row is None:
        raise unknown("letter", "来信")
    if row["person_id"]:
        look(service.registry, caller, "", "feedback", {"feedback": 1}, [row["person_id"]])
    return dict(row)


def _page(
    request: Request, service: Service, caller: Caller, row: Mapping[str, Any], *, saved: str = "",
    errors: Mapping[str, str] | None = None, words: str = "",
) -> Response:  # fmt: skip
    lang = lang_of(request)
    shown = shown_row(service, row, lang)
    return page(
        request,
        "bureau/letter.html",
        caller=caller,
        row=shown,
        saved=saved,
        errors=errors,
        words=words,
        may=caller.allows("feedback.answer") and row["state"] == "open",
        purpose=("办理来信" if lang == "zh" else "handling a letter") if row["person_id"] else "",
    )
