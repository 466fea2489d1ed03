"""Opinions of institutions: who waits for our answer, and how long; one opinion with its answer."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import select

from yibao.errors import YibaoError
from yibao.presentation.fmt import Format, Lang
from yibao.registry import opinions as registry_opinions
from yibao.registry.scopes import Place
from yibao.registry.tables.opinions import OPINION
from yibao.service.access.guard import GuardedRoute, Of, Who, needs
from yibao.service.access.scope import Caller
from yibao.service.console import drafts
from yibao.service.console.audit.queue import left_words
from yibao.service.console.audit.queue_query import working_days_left
from yibao.service.console.confirming import Sure, asked_once_more
from yibao.service.console.filters import Filter, Option, read
from yibao.service.console.listing import Column, Listing
from yibao.service.console.pages import lang_of, page
from yibao.service.console.scoping import institution_name, region_filter, within
from yibao.service.problems import unknown
from yibao.service.reads import reads
from yibao.service.state import Service
from yibao.service.systems.types import Id

router = APIRouter(prefix="/bureau/opinions", route_class=GuardedRoute, include_in_schema=False)
ABOUT, OUTCOMES, STATES = registry_opinions.ABOUT, registry_opinions.OUTCOMES, registry_opinions.STATES
_TONES = {"open": "warn:clock", "answered": "good:check", "withdrawn": ":dash"}
Long = Annotated[str, Form(max_length=4_000)]
Short = Annotated[str, Form(max_length=40)]


@router.get("")
@needs("opinion.answer")
def queue(request: Request, caller: Who, service: Of) -> Response:
    """Who waits for our answer, and how long?"""
    lang = lang_of(request)
    zh, fmt = lang == "zh", Format(lang)
    chosen = read(request, [
        region_filter(caller, service),
        Filter("state", "状态", "State", options=[Option(k, *w) for k, w in STATES.items()], default="open"),
        Filter("about", "关于", "About", options=[Option(k, *w) for k, w in ABOUT.items()]),
    ])  # fmt: skip
    where = within(caller, service, chosen["region"])
    with service.registry.reading("opinion.read", caller.actor_id) as unit:
        every = [dict(row) for row in registry_opinions.opinions(unit) if row["region_code"] in where.regions]
    for row in every:
        row["left"] = working_days_left(service, row["due_on"]) if row["state"] == "open" else None
        row["institution"] = institution_name(service, row["institution_id"], lang)
    open_ = [row for row in every if row["state"] == "open"]
    late = sum(row["left"] < 0 for row in open_)
    shown = [row for row in every if (not chosen["state"] or row["state"] == chosen["state"])
             and (not chosen["about"] or row["about"] == chosen["about"])]  # fmt: skip
    says = [
        f"等我们答复的 *{fmt.count(len(open_))} 件*，已超期 *{fmt.count(late)} 件*；答复期限为收到后 10 个工作日。"
        if zh
        else f"*{fmt.count(len(open_))}* wait for our answer, *{fmt.count(late)}* are overdue; an answer is due "
        f"within 10 working days."
    ]
    table = Listing("opinions", "机构意见", "Opinions", [
        Column("opinion_id", "意见", "Opinion", head=True, href=lambda row: f"/bureau/opinions/{row['opinion_id']}"),
        Column("institution", "机构", "Provider"), Column("about", "关于", "About", words=ABOUT),
        Column("subject", "对象", "Subject"), Column("words", "内容", "What", "long"),
        Column("state", "状态", "State", "chip", words=STATES, tone=lambda row: _TONES[row["state"]]),
        Column("given_at", "提出", "Given", "time"),
        Column("due_on", "答复期限", "Answer due", "date", below=lambda row, fmt: left_words(row["left"], fmt.lang))],
        [{**row, "words": row["words"][:80]} for row in shown], order="due_on", caption=False)  # fmt: skip
    question = "谁在等我们答复，还有几天？" if zh else "Who waits for our answer, and how long?"
    return page(
        request, "bureau/opinions.html", caller=caller, question=question, filters=chosen, says=says, tables=(table,)
    )


@router.get("/{opinion_id}")
@needs("opinion.answer")
def one(request: Request, opinion_id: Id, caller: Who, service: Of, done: str = "") -> Response:
    """One opinion."""
    return _page(request, service, caller, seen(service, caller, opinion_id), done=done)


@router.post("/{opinion_id}")
@needs("opinion.answer")
def answer(
    request: Request, opinion_id: Id, caller: Who, service: Of, outcome: Short = "", words: Long = "",
    summary: Long = "", publish: Short = "", draft: Short = "", final: Short = "", again: Short = "",
) -> Response:  # fmt: skip
    """The answer: kept as a draft, shown once more, or given."""
    row = seen(service, caller, opinion_id)
    body = {"outcome": outcome, "words": words, "summary": summary, "publish": publish}
    if draft:
        drafts.keep(service, caller, f"opinion:{opinion_id}", body)
        return RedirectResponse(f"/bureau/opinions/{opinion_id}?done=draft", 303)
    zh, errors = lang_of(request) == "zh", {}
    if outcome not in OUTCOMES:
        errors["outcome"] = "请选择答复结果" if zh else "choose the outcome"
    if not words.strip():
        errors["words"] = "请写明答复内容和理由" if zh else "write the answer and its reasons"
    if publish and not summary.strip():
        errors["summary"] = "公开须有摘要，不写机构名称" if zh else "a published answer needs a summary without names"
    if errors:
        return _page(request, service, caller, row, errors=errors, body=body)
    if again:
        return _page(request, service, caller, row, body=body)
    if row["state"] == "open" and not final:
        return asked_once_more(request, caller, _answering(service, row, body, lang_of(request)), body)
    try:
        service.registry.do(registry_opinions.answer, opinion_id, outcome, words, summary=summary.strip() or None,
                            publish=bool(publish), by=caller.actor_id)  # fmt: skip
    except YibaoError as refused:
        return _page(request, service, caller, row, error=refused.zh if zh else refused.what, body=body)
    drafts.drop(service, caller, f"opinion:{opinion_id}")
    return RedirectResponse(f"/bureau/opinions/{opinion_id}?done=answered", 303)


def _answering(service: Service, row: dict[str, Any], body: dict[str, str], lang: Lang) -> Sure:
    """The answer to an opinion, before it is given."""
    zh, at = lang == "zh", f"/bureau/opinions/{row['opinion_id']}"
    summary = [("公开摘要" if zh else "Published summary", body["summary"])] if body["publish"] else []
    return Sure(
        ("答复机构意见", "answer an opinion"), institution_name(service, row["institution_id"], lang),
        ("机构立即可以看到，意见办结" + ("；摘要向社会公开" if summary else ""),
         "the provider sees it at once and the opinion is closed" + ("; the summary is public" if summary else "")),
        at, (at, ("返回意见", "Back to the opinion")),
        [("意见" if zh else "Opinion", row["words"][:400]),
         ("结果" if zh else "Outcome", OUTCOMES[body["outcome"]][0 if zh else 1]),
         ("答复" if zh else "Answer", body["words"]), *summary],
        verb=("提交答复", "Send the answer"), code=row["opinion_id"], edits=True,
        undone=("提交后不能更改。", "Once sent it cannot be changed."),
    )  # fmt: skip


def seen(service: Service, caller: Caller, opinion_id: str) -> dict[str, Any]:
    """The opinion within scope. Raises :class:`Problem` 404."""
    with reads(service.registry) as connection:
        row = connection.execute(select(OPINION).where(OPINION.c.opinion_id == opinion_id)).mappings().one_or_none()
    place = Place(row["region_code"], row["institution_id"]) if row else Place()
    if not caller.covers(place) or row is None:
        raise unknown("opinion", "意见")
    return dict(row)


def _page(
    request: Request, service: Service, caller: Caller, row: dict[str, Any], *, done: str = "",
    errors: dict[str, str] | None = None, error: str | None = None, body: dict[str, Any] | None = None,
) -> Response:  # fmt: skip
    lang = lang_of(request)
    zh = lang == "zh"
    draft = (
        drafts.kept(service, caller, f"opinion:{row['opinion_id']}")
        if body is None and row["state"] == "open"
        else None
    )
    left = working_days_left(service, row["due_on"]) if row["state"] == "open" else None
    saved = {
        "answered": "已答复，机构现在可以看到。" if zh else "Answered; the provider sees it now.",
        "draft": "草稿已存，下次打开仍在。" if zh else "The draft is kept; it will be here next time.",
    }.get(done, "")
    question = "机构说得对吗，我们怎么答复？" if zh else "Is the provider right, and what do we answer?"
    return page(
        request, "bureau/opinion.html", status=409 if error else 200, caller=caller, question=question, opinion=row,
        errors=errors, error=error, saved=saved, draft=draft, body=body or (draft.body if draft else {}), left=left,
        left_words=left_words(left, lang), about=ABOUT[row["about"]], outcomes=OUTCOMES, states=STATES,
        institution=institution_name(service, row["institution_id"], lang), cases=json.loads(row["cases"] or "[]"),
    )  # fmt: skip
