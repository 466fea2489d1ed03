"""The auditor's queue and one clue on one page: what is alleged, on which evidence, what speaks against, which law."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import select

from yibao.errors import YibaoError
from yibao.registry import Verb, clues
from yibao.registry.clues.workflow import state_name, workflow
from yibao.registry.scopes import Place
from yibao.registry.tables.clues import CLUE
from yibao.service.access.guard import GuardedRoute, Of, Who, needs
from yibao.service.access.scope import Caller
from yibao.service.access.trail import look
from yibao.service.console.pages import page
from yibao.service.problems import Problem, language, unknown
from yibao.service.reads import reads
from yibao.service.state import Service
from yibao.service.systems.types import Id

router = APIRouter(prefix="/audit/clues", route_class=GuardedRoute, include_in_schema=False)
PAGE = 50
#: Acts that are done on this page, and the name of the words that each takes.
ACTS: Mapping[str, tuple[Verb, str | None]] = {
    "begin": (clues.begin, None), "send": (clues.send, "note"), "ask_material": (clues.ask_material, "note"),
    "resume_review": (clues.resume_review, None), "close_false": (clues.close_false, "reason"),
    "silence": (clues.silence, None), "second": (clues.second, None), "uphold": (clues.uphold, "reason"),
    "withdraw": (clues.withdraw, "reason"),
}  # fmt: skip
_QUESTION = {
    "zh": "这条疑点成立吗？依据是什么，涉及多少基金？", "en": "Does it hold, on what grounds, how much money?",
}  # fmt: skip
#: The way of a clue, as the steps on its page.
STEPS = (("S0", "S1"), ("S2",), ("S3", "S3b"), ("S3c",), ("S4",), ("S5", "S6", "S7"), ("S8", "S9"), ("S10", "S3a"))
Text = Annotated[str, Form(max_length=500)]


@router.get("")
@needs("clue.read", anywhere=True)  # the rows are those that the registry's reach gives
def queue(
    request: Request, caller: Who, service: Of, state: Annotated[str, Query(max_length=12)] = "",
    mine: bool = False, page_number: Annotated[int, Query(ge=1, le=10_000, alias="page")] = 1,
) -> Response:  # fmt: skip
    """What is left, the most urgent first."""
    states = workflow()["states"]
    if state and state not in states:
        raise Problem(422, "form", f"there is no state {state!r}", f"没有状态 {state!r}", field="state")
    with service.registry.reading("clue.read", caller.actor_id) as unit:
        rows = clues.clues(unit, state=state or None)
    if mine:
        rows = [row for row in rows if caller.actor_id in (row["first_reviewer"], row["second_reviewer"])]
    lang = language(request)
    first = (page_number - 1) * PAGE
    question = "还有多少，哪条最急、最重？" if lang == "zh" else "What is left, most urgent, heaviest?"
    return page(
        request, "clues.html", caller=caller, question=question, rows=rows[first : first + PAGE], total=len(rows),
        money=sum(row["fund_amount"] for row in rows), state=state, mine=mine, number=page_number,
        last=max((len(rows) - 1) // PAGE + 1, 1), states={name: said[lang] for name, said in states.items()},
        places=service.institutions,
    )  # fmt: skip


@router.get("/{clue_id}")
@needs("clue.read")
def one(request: Request, clue_id: Id, caller: Who, service: Of, done: str = "") -> Response:
    """One clue, with all that a decision rests on."""
    _seen(service, caller, clue_id)
    return _page(request, service, caller, clue_id, done=done)


@router.post("/{clue_id}/{act}")
@needs("clue.read")
def act(request: Request, clue_id: Id, act: str, caller: Who, service: Of, words: Text = "") -> Response:
    """One step of the workflow; what the registry refuses is said on the page, with what was written."""
    _seen(service, caller, clue_id)
    if act not in ACTS:
        raise unknown("act", "办理")
    verb, name = ACTS[act]
    try:
        if name in ("reason", "note") and act != "send" and not words.strip():
            raise Problem(422, "form", "say why", "请写明理由", field="words")
        said: dict[str, Any] = {name: words.strip()} if name else {}
        service.registry.do(verb, clue_id, by=caller.actor_id, **said)
    except YibaoError as refused:
        why = refused.zh if language(request) == "zh" else refused.what
        return _page(request, service, caller, clue_id, error=why, words=words, status=409)
    return RedirectResponse(f"/audit/clues/{clue_id}?done={act}", 303)


def _seen(service: Service, caller: Caller, clue_id: str) -> None:
    """The clue is there and within scope: otherwise both look the same. Raises :class:`Problem` 404."""
    with reads(service.registry) as connection:
        row = connection.execute(select(CLUE).where(CLUE.c.clue_id == clue_id)).mappings().one_or_none()
    place = Place(row["region_code"], row["institution_id"], row["person_id"]) if row else Place()
    if not caller.covers(place) or row is None:
        raise unknown("clue", "疑点")


def _page(
    request: Request, service: Service, caller: Caller, clue_id: str, *, done: str = "", error: str | None = None,
    words: str = "", status: int = 200,
) -> Response:  # fmt: skip
    found = service.registry.do(clues.show, clue_id, by=caller.actor_id)
    lang = language(request)
    findings = found["findings"]
    persons = [row["person_id"] for row in findings if row["person_id"]]
    look(service.registry, caller, "", "clue_review", {"finding": len(findings)}, persons)
    laws = [service.lawbook.laws[law] for law in found["law_ids"].split(",") if law in service.lawbook.laws]
    may = [name for name in found["next"] if name in ACTS and caller.allows("clue.decide")]
    question = _QUESTION[lang]
    return page(
        request, "clue.html", status=status, caller=caller, question=question, clue=found, laws=laws, error=error,
        place=service.institutions.get(found["institution_id"], {}), state=state_name(found["state"], lang),
        steps=_steps(found, lang), acts={name: workflow()["acts"][name][lang] for name in may}, words=words,
        needs_words={name: ACTS[name][1] for name in may}, names=workflow()["acts"],
        done=workflow()["acts"][done][lang] if done in ACTS else "",
    )  # fmt: skip


def _steps(found: Mapping[str, Any], lang: str) -> list[tuple[str, str]]:
    """(name, done | now | open) of each step."""
    at = next((n for n, states in enumerate(STEPS) if found["state"] in states), 0)
    return [
        (state_name(states[0], lang), "now" if n == at else "done" if n < at else "open")
        for n, states in enumerate(STEPS)
    ]  # fmt: skip
