"""Who looked at my data, and the e-voucher."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from markupsafe import Markup

from yibao.presentation.fmt import Lang
from yibao.service.access.guard import GuardedRoute, Of, Who, needs
from yibao.service.access.trail import record
from yibao.service.console.insured.looks import Look, counted, looks
from yibao.service.console.insured.own import own_person
from yibao.service.console.listing import Column, Listing
from yibao.service.console.pages import lang_of, page
from yibao.service.problems import Problem
from yibao.service.vouchers import PAGE_LIFE, USES, make_voucher, qr_svg

router = APIRouter(prefix="/me", route_class=GuardedRoute, include_in_schema=False)
_QUESTION = {"zh": "谁、为什么看过我的信息？", "en": "Who looked at my data, and why?"}
_SHOW = {"zh": "给柜台扫这个码，一次有效。", "en": "Let the counter scan this; it counts once."}
_COLUMNS = (
    Column("organisation", "单位和岗位", "Organisation and post", head=True, below=lambda row, _: row["post"]),
    Column("at", "时间", "Time", "time"),
    Column("purpose", "用途", "Purpose"),
    Column("what", "看了什么", "What", "long", sorts=False),
    Column(
        "ask",
        "不对？",
        "Wrong?",
        sorts=False,
        filed=False,
        href=lambda row: f"/me/feedback/new?kind=access&about=look&subject={row['number']}",
    ),
)


@router.get("/access")
@needs("person.read", anywhere=True)  # looks at the caller's own person
def access(request: Request, caller: Who, service: Of) -> Response:
    """Every look of somebody else; one's own are counted below."""
    person, lang = own_person(caller), lang_of(request)
    found = looks(service, person)
    rows = [_row(one, lang) for one in found if not one.own]
    listed = Listing("looks", "查看记录", "Looks", _COLUMNS, rows, order="-at", caption=False)
    return page(
        request,
        "insured/access.html",
        caller=caller,
        question=_QUESTION[lang],
        tables=(listed,),
        counts=counted(found, service.registry.clock().date()),
        own=sum(one.own for one in found),
    )


def _row(one: Look, lang: Lang) -> dict[str, object]:
    en = lang == "en"
    return {
        "number": one.number, "at": one.at.replace(microsecond=0, second=0), "organisation": one.organisation[en],
        "post": one.post[en], "purpose": one.purpose[en], "what": one.what[en],
        "ask": "This look was not right" if en else "这次查看不对",
    }  # fmt: skip


@router.get("/voucher")
@needs("voucher.issue", anywhere=True)  # for the caller's own person
def voucher(
    request: Request, caller: Who, service: Of, use: Annotated[str, Query(max_length=20)] = "settlement"
) -> Response:
    """A fresh code for one use, good for a minute; the page is kept nowhere."""
    person, lang = own_person(caller), lang_of(request)
    if use not in USES:
        raise Problem(
            422,
            "form",
            f"there is no use {use!r}",
            f"没有用途 {use!r}",
            field="use",
            mend="choose one of the page",
            mend_zh="请在页面上选择",
        )
    text, ends = make_voucher(service, person, use, PAGE_LIFE)
    with service.registry.engine.begin() as connection:
        record(
            connection,
            service.registry.clock(),
            caller.actor_id,
            "voucher.issue",
            f"person:{person}",
            role="insured",
            use=use,
        )
    words = {name: pair[lang == "en"] for name, pair in USES.items()}
    title = f"医保码：{words[use]}" if lang == "zh" else f"e-Voucher: {words[use]}"
    response = page(
        request,
        "insured/voucher.html",
        caller=caller,
        question=_SHOW[lang],
        qr=Markup(qr_svg(text, title)),
        text=text,
        ends=ends.replace(microsecond=0),
        uses=words,
        use=use,
        seconds=int(PAGE_LIFE.total_seconds()),
    )
    response.headers["cache-control"] = "no-store"
    return response
