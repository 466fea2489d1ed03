"""The draft of an assessment made anew, so that values mended after objections count: shown once more, then done."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import func, select

from yibao.presentation.fmt import Format
from yibao.registry.assessment import draft
from yibao.registry.scopes import Place
from yibao.registry.tables.assessments import ASSESSED_SCORE, OBJECTION, PLAN
from yibao.service.access.guard import GuardedRoute, Of, Who, needs
from yibao.service.access.scope import Caller
from yibao.service.console.confirming import Sure, asked_once_more
from yibao.service.console.pages import lang_of
from yibao.service.console.scoping import region_name
from yibao.service.problems import unknown
from yibao.service.reads import reads
from yibao.service.state import Service
from yibao.service.systems.types import Id

router = APIRouter(prefix="/bureau/assessments", route_class=GuardedRoute, include_in_schema=False)


@router.get("/{plan_id}/draft")
@needs("assessment.answer")
def asked(request: Request, plan_id: Id, caller: Who, service: Of) -> Response:
    """What making the draft anew means."""
    plan, scored, granted = _plan(service, caller, plan_id)
    at, fmt = 0 if lang_of(request) == "zh" else 1, Format(lang_of(request))
    days = json.loads(plan["tree"])["objection_days"]["value"]
    sure = Sure(
        ("重新出考核初步结果", "make the draft of an assessment anew"), str(plan["plan_id"]),
        (f"按现在的核定值重新计分，各机构的得分和名次都可能变；异议期从今天起再算 {days} 个工作日",
         f"all are scored by the values as they are now, and points and places may change; objections are open for "
         f"{days} working days from today"),
        request.url.path, ("/bureau/objections?state=", ("考核异议", "Objections to assessments")),
        [(("年度", "Year")[at], str(plan["year"])),
         (("地区", "Region")[at], region_name(service, plan["region_code"], fmt.lang)),
         (("机构", "Providers")[at], fmt.count(scored)), (("成立的异议", "Objections upheld")[at], fmt.count(granted))],
        verb=("重新出结果", "Make it anew"), code=plan_id,
        undone=("原来的初步结果由新的代替。", "The new draft takes the place of the old."),
    )  # fmt: skip
    return asked_once_more(request, caller, sure, {})


@router.post("/{plan_id}/draft")
@needs("assessment.answer")
def made(
    request: Request, plan_id: Id, caller: Who, service: Of, final: Annotated[str, Form(max_length=1)] = ""
) -> Response:
    """Make it. What the registry refuses is told in its words."""
    if not final:
        return asked(request, plan_id, caller, service)
    _plan(service, caller, plan_id)
    service.registry.do(draft, plan_id, by=caller.actor_id)
    return RedirectResponse("/bureau/objections?state=&done=draft", 303)


def _plan(service: Service, caller: Caller, plan_id: str) -> tuple[Any, int, int]:
    """A plan within scope, with its institutions and upheld objections. Raises :class:`Problem` 404."""
    with reads(service.registry) as connection:
        plan = connection.execute(select(PLAN).where(PLAN.c.plan_id == plan_id)).mappings().one_or_none()
        scored, granted = (
            connection.execute(select(func.count()).select_from(table).where(*where)).scalar_one()
            for table, where in ((ASSESSED_SCORE, [ASSESSED_SCORE.c.plan_id == plan_id]),
                                 (OBJECTION, [OBJECTION.c.plan_id == plan_id, OBJECTION.c.state == "granted"]))
        )  # fmt: skip
    if not caller.covers(Place(region=plan["region_code"]) if plan else Place()) or plan is None:
        raise unknown("assessment", "考核")
    return plan, int(scored), int(granted)
