"""`/law/{kind}/{id}?at=DATE`: a rule, a policy or an indicator as it stood on a day."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from yibao.presentation.fmt import Format, Lang
from yibao.service.access.guard import GuardedRoute, Of, identify, open_to_all
from yibao.service.access.scope import Caller
from yibao.service.console.law.text import KINDS, Said, of_law, of_policy, proof_of_law, proof_of_policy
from yibao.service.console.listing import Column, Listing
from yibao.service.console.pages import lang_of, page
from yibao.service.console.public.measured import Indicator, indicators
from yibao.service.figures import NotYet
from yibao.service.problems import Problem, unknown
from yibao.service.state import Service

router = APIRouter(prefix="/law", route_class=GuardedRoute, include_in_schema=False)
_QUESTION = {"zh": "依据什么，怎么算，何时有效？", "en": "On what law, how computed, when in force?"}
#: Public indicators are defined from here on.
FIRST = date(2025, 1, 1)
_PARAMS = (
    Column("name", "参数", "Parameter", "long", head=True),
    Column("value", "数值", "Value"),
    Column("source", "来源", "Source", "long"),
)
_CASES = (
    Column("name", "案例", "Case", head=True),
    Column("kind", "类别", "Kind"),
    Column("about", "说明", "About", "long"),
)
#: (kind, id, version) -> cases that passed, of how many; worked out once, beside requests.
_PROOFS: dict[tuple[str, str, str], tuple[int, int]] = {}
_ASKED: set[tuple[str, str, str]] = set()
_LOCK = threading.Lock()


@router.get("/{kind}/{law_id}")
@open_to_all("what the law says is public")
def law(request: Request, kind: str, law_id: str, service: Of, at: Annotated[date | None, Query()] = None) -> Response:
    """One law: status, basis, dates, parameters, words, SQL, cases, history; where it fired, for who may see that."""
    lang, day = lang_of(request), at or service.registry.clock().date()
    said, prove = _found(service, kind, law_id, day, lang)
    rows = [{"name": name, "value": value, "source": source or None} for name, value, source in said.params]
    cases = [{"name": name, "kind": how, "about": about or None} for name, how, about in said.cases]
    tables = (
        Listing("parameters", "参数", "Parameters", _PARAMS, rows, caption=False, page=200),
        Listing("cases", "案例", "Cases", _CASES, cases, caption=False, page=200),
    )
    caller = _caller(request)
    return page(
        request, "law/law.html", caller=caller, question=_QUESTION[lang], said=said, tables=tables, day=day, at=at,
        kind=KINDS[kind][lang == "en"], meta=_meta(said, day, lang), proof=_proof(service, said, prove),
        fired=_fired(service, said, caller),
    )  # fmt: skip


def _found(
    service: Service, kind: str, law_id: str, day: date, lang: Lang
) -> tuple[Said, Callable[[], tuple[int, int]] | None]:
    """The law in the version of the day, or the nearest one. Raises :class:`Problem` 404."""
    if kind == "policy":
        policies = sorted(
            (p for p in service.book.policies.values() if p.id == law_id), key=lambda p: p.effective.start
        )
        if policies:
            held = next((one for one in reversed(policies) if one.in_force(day)), policies[-1])
            written = service.book.find(held.key)
            return of_policy(written, policies, lang), lambda: proof_of_policy(written)
    if kind == "indicator" and law_id in indicators():
        return _public(indicators()[law_id], lang), None
    if kind in ("rule", "quality", "indicator"):
        laws = sorted((one for one in service.lawbook.versions if one.id == law_id and one.text.kind == kind),
                      key=lambda one: one.text.effective.start)  # fmt: skip
        if laws:
            spans = [(one, one.text.effective) for one in laws]
            fits = [one for one, span in spans if span.start <= day and (span.end is None or day < span.end)]
            chosen = fits[-1] if fits else laws[-1]
            return of_law(chosen, laws, lang), lambda: proof_of_law(chosen)
    raise unknown("law", "规则、政策或口径")


def _public(one: Indicator, lang: Lang) -> Said:
    en = lang == "en"
    facts = [
        (("分子", "Numerator")[en], one.numerator[en]), (("分母", "Denominator")[en], one.denominator[en]),
        (("说明", "Note")[en], one.exclusions[en]), (("区间", "Interval")[en], one.method[en]),
        (("单位", "Unit")[en], one.unit(lang)),
    ]  # fmt: skip
    return Said("indicator", one.id, "2025.1", one.title[en], one.question[en], FIRST, None, facts=facts)


def _meta(said: Said, day: date, lang: Lang) -> list[str]:
    fmt, zh = Format(lang), lang == "zh"
    end = fmt.date(said.end) if said.end else ("另行通知" if zh else "further notice")
    held = said.in_force(day)
    state = (f"{fmt.date(day)} 有效" if held else f"{fmt.date(day)} 不适用") if zh else (
        f"in force on {fmt.date(day)}" if held else f"not in force on {fmt.date(day)}")  # fmt: skip
    return [said.id, f"版本 {said.version}" if zh else f"version {said.version}", state,
            f"自 {fmt.date(said.start)} 至 {end}" if zh else f"from {fmt.date(said.start)} to {end}"]  # fmt: skip


def _proof(service: Service, said: Said, prove: Callable[[], tuple[int, int]] | None) -> tuple[int, int] | None:
    """How many cases pass; None while that is being worked out, or where there are none."""
    if prove is None or not said.cases:
        return None
    name = (said.kind, said.id, said.version)

    def work() -> None:
        _PROOFS[name] = prove()

    with _LOCK:
        if name not in _PROOFS and name not in _ASKED:
            _ASKED.add(name)
            service.work.submit(work)
        return _PROOFS.get(name)


def _fired(service: Service, said: Said, caller: Caller | None) -> int | None:
    """How often it fired in the newest run; only for who reads results of rules."""
    if caller is None or not caller.allows("rule.read"):
        return None
    try:
        run = service.figures.name and service.figures.run
    except NotYet:
        return None
    entry = run.laws.get(f"{said.id}@{said.version}") if run else None
    return entry.rows if entry else None


def _caller(request: Request) -> Caller | None:
    try:
        return identify(request)
    except Problem:
        return None
