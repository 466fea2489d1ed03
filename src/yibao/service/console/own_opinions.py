"""An institution's opinions: those it gave, how they were answered, and a form for another one."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from yibao.errors import YibaoError
from yibao.registry import opinions
from yibao.service.access.guard import GuardedRoute, Of, Who, needs
from yibao.service.access.scope import Caller
from yibao.service.console.listing import Column, Listing
from yibao.service.console.own import own_institution
from yibao.service.console.pages import lang_of, page
from yibao.service.state import Service

_QUESTION = {"zh": "我们提的意见答复了吗？", "en": "Were our opinions answered?"}
_TONES = {"open": ":clock", "answered": "good:check", "withdrawn": ":dash"}


def opinion_router(role: str) -> APIRouter:
    """The pages below ``/hospital/opinions`` or ``/pharmacy/opinions``."""
    router = APIRouter(prefix=f"/{role}/opinions", route_class=GuardedRoute, include_in_schema=False)

    @router.get("")
    @needs(f"{role}.read", anywhere=True)  # the opinions are those of the caller's own institution
    def listed(
        request: Request, caller: Who, service: Of, about: Annotated[str, Query(max_length=20)] = "",
        subject: Annotated[str, Query(max_length=80)] = "", done: Annotated[str, Query(max_length=40)] = "",
    ) -> Response:  # fmt: skip
        """The own opinions and the form."""
        zh = lang_of(request) == "zh"
        saved = (f"已提交 {done}。下一步：10 个工作日内书面答复。" if zh
                 else f"{done} was sent. Next: a written answer within 10 working days.") if done else ""  # fmt: skip
        said = {"about": about if about in opinions.ABOUT else "", "subject": subject, "words": ""}
        return _page(request, service, caller, role, said, saved=saved)

    @router.post("")
    @needs("opinion.give", anywhere=True)  # it is given for the caller's own institution
    def give(
        request: Request, caller: Who, service: Of, about: Annotated[str, Form(max_length=20)] = "",
        subject: Annotated[str, Form(max_length=80)] = "", words: Annotated[str, Form(max_length=5_000)] = "",
        cases: Annotated[str, Form(max_length=9_000)] = "",
    ) -> Response:  # fmt: skip
        """Send an opinion; its clock begins."""
        own, zh = own_institution(caller, service, role), lang_of(request) == "zh"
        said = {"about": about, "subject": subject.strip(), "words": words.strip(), "cases": cases}
        errors = {}
        if about not in opinions.ABOUT:
            errors["about"] = "请选择意见关于什么" if zh else "choose what it is about"
        if not said["words"]:
            errors["words"] = "请填写意见" if zh else "write your opinion"
        named = cases.replace(",", " ").replace("，", " ").split()
        strange = _not_ours(service, own.institution_id, named)
        if strange:
            errors["cases"] = f"第 {strange} 个病例编号不是本机构的" if zh else f"case {strange} is not one of yours"
        if errors:
            return _page(request, service, caller, role, said, errors=errors)
        try:
            given = service.registry.do(opinions.give, own.institution_id, about, said["words"],
                                        said["subject"] or None, named, by=caller.actor_id)  # fmt: skip
        except YibaoError as refused:
            return _page(request, service, caller, role, said, errors={"words": refused.zh if zh else refused.what})
        return RedirectResponse(f"/{role}/opinions?done={given['opinion_id']}", 303)

    return router


def _not_ours(service: Service, institution_id: str, cases: list[str]) -> int | None:
    """The place of the first named case that the institution has not treated; None when all are its own."""
    if not cases:
        return None
    found = service.ledger.rows("encounter", "encounter_id", sorted(set(cases))).to_pylist()
    own = {row["encounter_id"] for row in found if row["institution_id"] == institution_id}
    return next((number for number, case in enumerate(cases, start=1) if case not in own), None)


def _page(request: Request, service: Service, caller: Caller, role: str, said: dict[str, Any], **more: Any) -> Response:
    own, lang = own_institution(caller, service, role), lang_of(request)
    with service.registry.reading("opinion.read", caller.actor_id) as unit:
        rows = [dict(row) for row in opinions.opinions(unit, institution_id=own.institution_id)]
    table = Listing("opinions", "意见", "Opinions", (
        Column("matter", "意见", "Opinion", head=True, below=lambda row, _: str(row["opinion_id"])),
        Column("words", "内容", "What was said", "long"),
        Column("state", "状态", "State", "chip", words=opinions.STATES, tone=lambda row: _TONES[row["state"]]),
        Column("due_on", "答复期限", "Answer by", "date"),
        Column("outcome", "结果", "Outcome", words=opinions.OUTCOMES),
        Column("answer", "答复", "Answer", "long"),
    ), [{**row, "matter": tuple(f"{w} {row['subject'] or ''}".strip() for w in opinions.ABOUT[row["about"]])}
        for row in rows], caption=False)  # fmt: skip
    return page(
        request, "own/opinions.html", caller=caller, question=_QUESTION[lang], tables=(table,),
        said={"cases": "", **said}, abouts=opinions.ABOUT, prefix=f"/{role}",
        open=sum(row["state"] == "open" for row in rows), **more,
    )  # fmt: skip
