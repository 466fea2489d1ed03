"""Steps of a rule's life, taken at the console: the report that a step needs is shown, why is asked, then it is done.

What may be done, and what lacks, is decided where `yibao law move` has it decided.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from concurrent.futures import Future
from datetime import datetime
from pathlib import Path as FolderPath
from typing import Annotated, Any, get_args

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from yibao.errors import YibaoError
from yibao.lawbook import Law
from yibao.presentation.fmt import Format, Lang
from yibao.registry.scopes import Place
from yibao.runs.lifecycle import Kind, make_report, sentences
from yibao.service.access.guard import GuardedRoute, Of, Who, needs
from yibao.service.access.scope import Caller
from yibao.service.access.trail import record
from yibao.service.console.bureau.life import STATUS, WHAT
from yibao.service.console.confirming import REASON_MOST, Sure, Words, asked_once_more
from yibao.service.console.pages import lang_of
from yibao.service.problems import unknown
from yibao.service.state import Service
from yibao.service.systems.types import Id
from yibao.supervision.lifecycle.register import LifecycleError, Register, Stage
from yibao.supervision.lifecycle.steps import ALLOWED, NEEDS, move
from yibao.supervision.lifecycle.watch import DAYS, LEAST_DECIDED, watch

router = APIRouter(prefix="/bureau/rules", route_class=GuardedRoute, include_in_schema=False)
log = logging.getLogger("yibao.service.life")
STEP = "rule.move"
#: What follows from each step.
_AFTER: Mapping[Stage, Words] = {
    "grey": ("从下次运行起在旁试算，命中只进灰度结果，不提醒医生，也不形成疑点",
             "from the next run on it runs in the shadow: nobody is reminded, and nothing it finds becomes a clue"),
    "on": ("几秒内开始用于医嘱提醒和结算审核；从下次运行起，命中形成疑点",
           "within seconds it speaks at orders and settlements; from the next run on its findings become clues"),
    "off": ("几秒内不再提醒；从下次运行起不再命中；已有的疑点照常办理",
            "within seconds it reminds nobody; from the next run on it finds nothing; clues that exist go on"),
    "draft": ("回到草稿：运行中不再使用，要再用须重新回测",
              "it is a draft again: no run uses it, and it starts from its back-test"),
}  # fmt: skip
_UNDONE: Words = ("以后可以再转，每一步都留在登记簿里。", "Later steps stay possible; each is kept in the register.")
Text = Annotated[str, Form(max_length=REASON_MOST)]

#: Reports in the making, or that failed, by ledger, text of the rule and kind.
_asked: dict[tuple[FolderPath, str, Kind], Future[None]] = {}


def may_step(caller: Caller, service: Service) -> bool:
    """Whether a caller may take steps: a rule speaks in the whole ledger, so his scope has to be the whole of it."""
    return all(place.region in caller.reach(STEP).regions for place in _whole(service))


def next_steps(law: Law, service: Service) -> list[Stage]:
    """The stages that a rule may go to now, as far as their reports are there."""
    register = Register(service.ledger)
    return [to for to in ALLOWED[register.standing(law).stage] if to not in NEEDS or register.report(law, NEEDS[to])]


def making(law: Law, service: Service, lang: Lang) -> tuple[str, str]:
    """(which report is being made, why the last one was not): words, empty where there is nothing to say."""
    running = failed = ""
    for kind in get_args(Kind):
        one = _asked.get((service.ledger.path, law.hash, kind))
        if one is None:
            continue
        name = WHAT[kind][0 if lang == "zh" else 1]
        if not one.done():
            running = name
        elif (error := one.exception()) is not None:
            said = (error.zh if lang == "zh" else error.what) if isinstance(error, YibaoError) else ""
            failed = f"{name}{'没有做成' if lang == 'zh' else ' failed'}{'：' if lang == 'zh' else ': '}{said or '500'}"
    return running, failed


@router.post("/{law_id}/reports/{kind}")
@needs(STEP)
def report(law_id: Id, kind: Kind, caller: Who, service: Of) -> Response:
    """Have a report made, behind requests; the rule's page shows it when it is there."""
    law, role = _rule(law_id, service), caller.over(*_whole(service))
    key = (service.ledger.path, law.hash, kind)
    if key not in _asked or _asked[key].done():
        with service.registry.engine.begin() as connection:
            record(connection, service.registry.clock(), caller.actor_id, "rule.report", f"law:{law.key}", role=role,
                   report=kind)  # fmt: skip
        _asked[key] = service.work.submit(_make, service, law, kind)
    return RedirectResponse(f"/bureau/rules/{law_id}#life", 303)


def _make(service: Service, law: Law, kind: Kind) -> None:
    try:
        with service.ledger.reading():
            make_report(service.ledger, law, kind)
    except YibaoError:
        raise  # the page tells it
    except Exception:
        log.exception("a rule's report could not be made")
        raise


@router.get("/{law_id}/steps/{to}")
@needs(STEP)
def asked(request: Request, law_id: Id, to: Stage, caller: Who, service: Of) -> Response:
    """What a step means, with the report that it rests on."""
    caller.over(*_whole(service))
    return asked_once_more(request, caller, _sure(_rule(law_id, service), to, service, lang_of(request)), {})


@router.post("/{law_id}/steps/{to}")
@needs(STEP)
def taken(
    request: Request, law_id: Id, to: Stage, caller: Who, service: Of, final: Text = "", why: Text = ""
) -> Response:  # fmt: skip
    """Take the step. What lacks is told where it can be mended: a reason on this page, all else in words."""
    law, role = _rule(law_id, service), caller.over(*_whole(service))
    now = service.registry.clock()
    said: dict[str, Any] = {"to": to, "reason": why.strip()}
    if not final:
        return asked(request, law_id, to, caller, service)
    try:
        # One at a time: each line of the register names the one before.
        with service.writing, service.registry.engine.begin() as connection:
            was = Register(service.ledger).standing(law).stage
            record(connection, now, caller.actor_id, STEP, f"law:{law.key}", role=role, was=was, **said)
            move(service.ledger, law, to, by=caller.actor_id, reason=why.strip())
    except LifecycleError as refused:
        with service.registry.engine.begin() as connection:
            record(connection, now, caller.actor_id, STEP, f"law:{law.key}", role=role, outcome="refused",
                   said=refused.what, **said)  # fmt: skip
        words = refused.zh if lang_of(request) == "zh" else refused.what
        sure = _sure(law, to, service, lang_of(request))
        return asked_once_more(request, caller, sure, {"why": why}, {"why": words})
    return RedirectResponse(f"/bureau/rules/{law_id}?done={to}", 303)


def _rule(law_id: str, service: Service) -> Law:
    law = service.lawbook.laws.get(law_id)
    if law is None or law.kind != "rule":
        raise unknown("rule", "规则")
    return law


def _whole(service: Service) -> list[Place]:
    """The regions above all others."""
    return [Place(region=code) for code, row in service.regions.items() if row["parent_code"] is None]


def _sure(law: Law, to: Stage, service: Service, lang: Lang) -> Sure:
    """A step, before it is taken: from where to where, its report, and the rates of what was decided."""
    register, at = Register(service.ledger), 0 if lang == "zh" else 1
    fmt, stage = Format(lang, service.ledger.currency), register.standing(law).stage
    facts = [(("现在", "Now")[at], STATUS[stage][at]), (("版本", "Version")[at], f"{law.version} ({law.hash[:8]})")]
    if to in NEEDS:
        found, name = register.report(law, NEEDS[to]), WHAT[NEEDS[to]][at]
        if found is None:
            facts.append((name, ("还没有，先做报告", "not there yet: have it made first")[at]))
        else:
            told = sentences(found.figures, lang, service.ledger.currency)
            told = [fmt.time(datetime.fromisoformat(found.at)), *(one.replace("*", "") for one in told)]
            facts.append((name, (" " if lang == "en" else "").join([told[0], ("：", ": ")[at].strip(), *told[1:]])))
    if to == "on":
        facts.append((("近 30 天认定", "Decided in 30 days")[at], _rates(law, service, fmt)))
    name = STATUS[to][at]
    return Sure(
        (f"把规则转为{STATUS[to][0]}", f"take a rule to “{STATUS[to][1]}”"), f"{law.id} {law.title[lang]}", _AFTER[to],
        f"/bureau/rules/{law.id}/steps/{to}", (f"/bureau/rules/{law.id}#life", ("返回规则", "Back to the rule")), facts,
        verb=(f"确认转为{STATUS[to][0]}", f"Make it “{STATUS[to][1]}”"), code=law.id, reason=True, undone=_UNDONE,
    )  # fmt: skip


def _rates(law: Law, service: Service, fmt: Format) -> str:
    """What people decided of it, against the limits."""
    found = next((one for one in watch(service.ledger, days=DAYS) if one.law_id == law.id), None)
    decided = found.decided if found is not None else 0
    if found is None or not found.enough:
        return (f"{decided} 条，不足 {LEAST_DECIDED} 条；转为启用须写明理由" if fmt.lang == "zh" else
                f"{decided}, fewer than {LEAST_DECIDED}: say why it goes on")  # fmt: skip
    right, wrong = (fmt.percent(n, decided) for n in (found.upheld, found.false_alarms))
    return (f"{decided} 条，成立 {right}，误报 {wrong}" if fmt.lang == "zh" else
            f"{decided}: {right} upheld, {wrong} false alarms")  # fmt: skip
