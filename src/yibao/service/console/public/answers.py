"""Answers to providers' opinions that the bureau published: what was asked, what came of it, without the provider."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from yibao.registry.opinions import ABOUT, OUTCOMES, published
from yibao.service.access.guard import GuardedRoute, Of, open_to_all
from yibao.service.console.filters import Filter, Option, read
from yibao.service.console.listing import Column, Listing
from yibao.service.console.pages import lang_of, page
from yibao.service.reads import reads

router = APIRouter(prefix="/open/answers", route_class=GuardedRoute, include_in_schema=False)
_COLUMNS = (
    Column("summary", "意见与答复摘要", "Summary", "long", head=True), Column("about", "关于", "About", words=ABOUT),
    Column("subject", "对象", "Subject"), Column("outcome", "结果", "Outcome", words=OUTCOMES),
    Column("day", "答复", "Answered", "date"),
)  # fmt: skip


@router.get("")
@open_to_all("summaries were published, without names")
def answers(request: Request, service: Of) -> Response:
    """What did providers ask, and what came of it?"""
    zh = lang_of(request) == "zh"
    chosen = read(request, (
        Filter("about", "关于", "About", options=[Option(code, *words) for code, words in ABOUT.items()]),
        Filter("outcome", "结果", "Outcome", options=[Option(code, *words) for code, words in OUTCOMES.items()]),
        Filter("q", "内容", "Words", kind="text"),
    ))  # fmt: skip
    with reads(service.registry) as connection:
        every = [{**row, "day": row["answered_at"].date()} for row in published(connection)]
    shown = [
        row for row in every
        if chosen["about"] in ("", row["about"]) and chosen["outcome"] in ("", row["outcome"])
        and chosen["q"] in f"{row['summary']} {row['subject'] or ''}"
    ]  # fmt: skip
    followed = sum(row["outcome"] != "declined" for row in every)
    says = [f"已公开 *{len(every)} 件*答复，其中采纳或部分采纳 *{followed} 件*。" if zh else
            f"*{len(every)}* answers are public; *{followed}* opinions were accepted, at least in part."]  # fmt: skip
    question = "医院和药店提了什么意见，怎么答复的？" if zh else "What did providers ask, and what came of it?"
    table = Listing("answers", "公开的答复", "Published answers", _COLUMNS, shown, order="-day", caption=False)
    return page(request, "public/answers.html", question=question, filters=chosen, tables=(table,),
                says=says if every else [])  # fmt: skip
