"""The institution's pages of its clues: the list, one clue, and the answer: accept, accept in part, appeal.

An answer is said twice: what was ticked and written first, then a page that repeats it with the sum that the server
reckons. Nothing counts before that page is confirmed; until then it is a draft.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response, UploadFile
from fastapi.responses import RedirectResponse

from yibao.errors import YibaoError
from yibao.presentation.fmt import Format, Lang
from yibao.presentation.messages import Messages
from yibao.presentation.report.page import article
from yibao.registry import clues
from yibao.registry.clues.workflow import state_name
from yibao.service.access.guard import GuardedRoute, Of, Who, needs
from yibao.service.access.scope import Caller
from yibao.service.console import drafts, filters, materials, own_clues
from yibao.service.console.filters import Filter, Option
from yibao.service.console.own import own_institution
from yibao.service.console.own_clues import Shown
from yibao.service.console.own_evidence import evidence
from yibao.service.console.pages import lang_of, page
from yibao.service.problems import Problem
from yibao.service.state import Service
from yibao.service.systems.types import Id

KINDS = ("accept", "part", "appeal")
Text = Annotated[str, Form(max_length=4_000)]
Ticked = Annotated[list[str], Form(max_length=2_000)]
_QUESTIONS = {
    "list": {"zh": "指出了什么，我认可还是申诉？", "en": "What is alleged, and do I accept or appeal?"},
    "one": {"zh": "说的对吗？认可、部分认可，还是申诉？", "en": "Is it right? Accept, accept in part, or appeal?"},
}
_DONE = {
    "accept": ("已认可。下一步：经办机构复审。", "Accepted. Next: the second review."),
    "appeal": ("已提交申诉。下一步：由另一名审核人员复审，10 个工作日内。",
               "Your appeal was sent. Next: another reviewer looks at it, within 10 working days."),
    "material": ("材料已提交。下一步：继续初审。", "The material was handed in. Next: the first review goes on."),
}  # fmt: skip


def answer_router(role: str) -> APIRouter:
    """The pages below ``/hospital/clues`` or ``/pharmacy/clues``."""
    prefix = f"/{role}"
    router = APIRouter(prefix=f"{prefix}/clues", route_class=GuardedRoute, include_in_schema=False)

    @router.get("")
    @needs(f"{role}.read", anywhere=True)  # the rows are those of the caller's own institution
    def listed(request: Request, caller: Who, service: Of) -> Response:
        """The clues that were sent, those that wait for an answer first."""
        own, lang = own_institution(caller, service, role), lang_of(request)
        chosen = filters.read(request, [
            Filter("state", "状态", "State", options=[
                Option("waiting", "待我方答复", "Waiting for us"), Option("others", "其他", "Others")])])  # fmt: skip
        rows = own_clues.own_clues(service, own.institution_id)
        open_ = [row for row in rows if row["state"] in own_clues.WAITING]
        shown = {"waiting": open_, "others": [r for r in rows if r not in open_]}.get(chosen["state"], rows)
        return page(request, "own/clues.html", caller=caller, question=_QUESTIONS["list"][lang], filters=chosen,
                    tables=(own_clues.listing(shown, prefix, lang),), total=len(rows), waiting=open_)  # fmt: skip

    @router.get("/{clue_id}")
    @needs(f"{role}.read")
    def one(request: Request, clue_id: Id, caller: Who, service: Of, done: str = "") -> Response:
        """One clue, with the evidence about the own cases and the panel to answer."""
        own_clues.seen(service, caller, clue_id)
        return _page(request, service, caller, role, clue_id, saved=_DONE[done][lang_of(request) == "en"]
                     if done in _DONE else "")  # fmt: skip

    @router.post("/{clue_id}/answer")
    @needs("clue.answer")
    def answer(
        request: Request, clue_id: Id, caller: Who, service: Of, file: UploadFile | None = None,
        kind: Annotated[str, Form(max_length=10)] = "", words: Text = "", disputed: Ticked = [],  # noqa: B006
        material: Annotated[str, Form(max_length=64)] = "", sure: Annotated[str, Form(max_length=5)] = "",
    ) -> Response:  # fmt: skip
        """Look the answer over; it counts when it comes again with ``sure``."""
        own_clues.seen(service, caller, clue_id)
        said = {"kind": kind, "words": words.strip(), "disputed": disputed, "material": material}
        try:
            if file is not None and file.filename:
                said["material"] = materials.take_in(service, clue_id, file.file) or ""
            errors = _wrong(service, clue_id, said, request)
        except Problem as refused:
            errors = {"file": refused.zh if lang_of(request) == "zh" else refused.what}
        if errors:
            return _page(request, service, caller, role, clue_id, said=said, errors=errors)
        if sure != "true":
            drafts.keep(service, caller, f"clue:{clue_id}", said)
            return _page(request, service, caller, role, clue_id, said=said, template="own/confirm.html")
        return _done(request, service, caller, role, clue_id, said)

    @router.post("/{clue_id}/material")
    @needs("clue.answer")
    def material(
        request: Request, clue_id: Id, caller: Who, service: Of, file: UploadFile, words: Text = ""
    ) -> Response:
        """Hand in what the reviewer asked for."""
        own_clues.seen(service, caller, clue_id)
        zh = lang_of(request) == "zh"
        try:
            sha256 = materials.take_in(service, clue_id, file.file)
            if sha256 is None or not words.strip():
                errors = {"file": "请选择文件" if zh else "choose a file"} if sha256 is None else {
                    "words": "请写明是什么材料" if zh else "say what it is"}  # fmt: skip
                return _page(request, service, caller, role, clue_id, errors=errors)
            service.registry.do(clues.give_material, clue_id, words.strip()[:80], sha256, by=caller.actor_id)
        except YibaoError as refused:
            return _page(request, service, caller, role, clue_id, errors={"file": refused.zh if zh else refused.what})
        return RedirectResponse(f"{prefix}/clues/{clue_id}?done=material", 303)

    return router


def _done(
    request: Request, service: Service, caller: Caller, role: str, clue_id: str, said: Mapping[str, Any]
) -> Response:
    try:
        if said["kind"] == "accept":
            service.registry.do(clues.accept, clue_id, words=said["words"] or None, by=caller.actor_id)
        else:
            shown = service.registry.do(clues.show, clue_id, by=caller.actor_id)
            money = disputed_sum(shown, said)
            service.registry.do(clues.appeal, clue_id, said["words"], disputed=money, sha256=said["material"] or None,
                                by=caller.actor_id)  # fmt: skip
    except YibaoError as refused:
        why = refused.zh if lang_of(request) == "zh" else refused.what
        return _page(request, service, caller, role, clue_id, said=said, error=why, status=409)
    drafts.drop(service, caller, f"clue:{clue_id}")
    done = "accept" if said["kind"] == "accept" else "appeal"
    return RedirectResponse(f"/{role}/clues/{clue_id}?done={done}", 303)


def disputed_sum(clue: Mapping[str, Any], said: Mapping[str, Any]) -> int:
    """Fund money in fen that the answer disputes: all of it, the ticked findings, or none."""
    if said["kind"] == "accept":
        return 0
    wanted = {row["finding_id"] for row in clue["findings"]} if said["kind"] == "appeal" else set(said["disputed"])
    return sum(row["fund_amount"] for row in clue["money"] if row["finding_id"] in wanted)


def _wrong(service: Service, clue_id: str, said: Mapping[str, Any], request: Request) -> dict[str, str]:
    """What is wrong with an answer, by field."""
    zh, found = lang_of(request) == "zh", {}
    if said["kind"] not in KINDS:
        found["kind"] = "请选择认可、部分认可或申诉" if zh else "choose to accept, accept in part, or appeal"
    if said["kind"] in ("part", "appeal") and not said["words"]:
        found["words"] = "请写明理由" if zh else "say why"
    if said["kind"] == "part" and not said["disputed"]:
        found["disputed"] = "部分认可时，请勾选有异议的命中" if zh else "tick the findings that you dispute"
    if said["material"] and not materials.is_there(service, clue_id, said["material"]):
        found["file"] = "文件已不在，请重新选择" if zh else "the file is gone; choose it again"
    return found


def _page(
    request: Request, service: Service, caller: Caller, role: str, clue_id: str, *,
    said: Mapping[str, Any] | None = None, template: str = "own/clue.html", **more: Any,
) -> Response:  # fmt: skip
    own, lang = own_institution(caller, service, role), lang_of(request)
    fmt = Format(lang, service.ledger.currency)
    shown = own_clues.show(service, caller, own, clue_id, fmt)
    said_by = evidence(service, shown.clue, lang)
    draft = None if said is not None else drafts.kept(service, caller, f"clue:{clue_id}")
    written = said or (draft.body if draft else None) or {"kind": "", "words": "", "disputed": [], "material": ""}
    zh = lang == "zh"
    return page(
        request, template, caller=caller, question=_QUESTIONS["one"][lang], shown=shown, clue=shown.clue, own=own,
        prefix=f"/{role}", said=written, draft=draft, state=state_name(shown.clue["state"], lang),
        tables=(own_clues.line_table(shown),) if shown.lines else (), disputed=disputed_sum(shown.clue, written),
        purpose="答复疑点" if zh else "answering a clue", laws=_laws(shown, lang), figures=said_by.figures,
        beside=said_by.beside, queue=own_clues.place_in_list(service, own, clue_id),
        shapes=[one.name for one in said_by.peers], **more,
    )  # fmt: skip


def _laws(shown: Shown, lang: Lang) -> list[Mapping[str, Any]]:
    """The law, what usually explains it, and what to hand in, in the reader's language."""

    def words(texts: Sequence[Any]) -> list[str]:
        return [one.zh if lang == "zh" else one.en for one in texts]

    t = Messages(lang)
    return [
        {"id": law.id, "version": law.version, "title": words([law.text.title])[0],
         "basis": [(words([b.law])[0], article(b.article, t), words([b.gist])[0] if getattr(b, "gist", None) else "")
                   for b in law.text.basis],
         "looks_like": words(law.text.looks_like), "missing": words(law.text.missing)}
        for law in shown.laws
    ]  # fmt: skip
