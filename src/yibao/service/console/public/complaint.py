"""A complaint or report in four short pages, with or without a name; and the answer, found again by its code.

What was said on earlier pages travels in the form itself: nothing is kept until the last page is sent.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request, Response
from sqlalchemy import select

from yibao.errors import YibaoError
from yibao.registry import feedback
from yibao.registry.tables.core import ACTOR, GRANT
from yibao.service.access.guard import GuardedRoute, Of, open_to_all
from yibao.service.console.feedbacks import institutions_offered, region_of, shown_row
from yibao.service.console.pages import lang_of, page
from yibao.service.problems import Problem, unknown
from yibao.service.reads import reads
from yibao.service.state import Service

router = APIRouter(prefix="/open/complaint", route_class=GuardedRoute, include_in_schema=False)
_WHY = "anybody may complain or report, without a name"
#: What may be told without signing in.
KINDS = ("complaint", "report", "praise")
FIELDS = ("kind", "institution", "words", "contact")
#: The field that each page asks for.
PAGES: tuple[tuple[str, ...], ...] = (("kind",), ("institution",), ("words",), ("contact",))
#: What a reader without a session repeats, so that no other site can send the form.
FORM = "yibao_letter"
_QUESTION = {
    "zh": ("要投诉，还是举报骗保？", "是哪家机构？", "发生了什么？", "怎么把答复告诉您？"),
    "en": (
        "A complaint, or a report of misuse?",
        "Which provider?",
        "What happened?",
        "How shall the answer reach you?",
    ),
}
Text = Annotated[str, Form(max_length=4_000)]


@router.get("")
@open_to_all(_WHY)
def first(request: Request, service: Of, institution: Annotated[str, Query(max_length=40)] = "") -> Response:
    """The first page."""
    return _page(request, service, 0, {"institution": institution})


@router.post("")
@open_to_all(_WHY)
def turned(
    request: Request, service: Of, step: Annotated[int, Form(ge=0, le=3)] = 0, kind: Text = "", institution: Text = "",
    words: Text = "", contact: Text = "", form: Text = "", back: Text = "",
) -> Response:  # fmt: skip
    """One page on, or one back; the last page sends it."""
    said = {"kind": kind, "institution": institution, "words": words, "contact": contact}
    kept = request.cookies.get(FORM, "")
    if not kept or not hmac.compare_digest(kept.encode(), form.encode()):
        return _page(request, service, step, said, {PAGES[step][0]: _OLD[lang_of(request)]})
    if back:
        return _page(request, service, max(step - 1, 0), said)
    for number in range(step + 1):
        errors = _wrong(service, said, PAGES[number], lang_of(request))
        if errors:
            return _page(request, service, number, said, errors)
    return _page(request, service, step + 1, said) if step < len(PAGES) - 1 else _send(request, service, said)


@router.get("/answer")
@open_to_all(_WHY)
def lookup(request: Request) -> Response:
    """Where the answer is looked up."""
    return _lookup(request)


@router.post("/answer")
@open_to_all("the code that was given is what shows whose it is")
def answer(request: Request, service: Of, number: Text = "", code: Text = "") -> Response:
    """The answer, for whoever has the number and the code."""
    lang = lang_of(request)
    with service.registry.reading("feedback.give", _door(service)) as unit:
        row = feedback.by_code(unit, number.strip(), code)
    if row is None:
        wrong = "没有找到：请核对编号和查询码" if lang == "zh" else "Not found: check the number and the code"
        return _lookup(request, {"number": number, "code": ""}, {"number": wrong}, 404)
    return page(request, "public/answer.html", row=shown_row(service, dict(row), lang))


_OLD = {"zh": "页面已过期，请再点一次", "en": "The page was open for too long; press again"}


def _lookup(
    request: Request, said: Mapping[str, str] | None = None, errors: Mapping[str, str] | None = None, status: int = 200
) -> Response:
    question = {"zh": "我的投诉举报答复了吗？", "en": "Was my complaint or report answered?"}[lang_of(request)]
    return page(request, "public/lookup.html", status=status, question=question, errors=errors,
                said=said or {"number": "", "code": ""})  # fmt: skip


def _page(
    request: Request, service: Service, step: int, said: Mapping[str, str], errors: Mapping[str, str] | None = None
) -> Response:
    lang, token = lang_of(request), request.cookies.get(FORM) or secrets.token_urlsafe(24)
    response = page(
        request, "public/complaint.html", question=_QUESTION[lang][step], errors=errors, step=step, last=len(PAGES),
        said={name: said.get(name, "") for name in FIELDS}, fields=PAGES[step], form=token,
        kinds={name: feedback.kinds()[name] for name in KINDS}, places=institutions_offered(service, lang),
        longest=feedback.LONGEST,
    )  # fmt: skip
    response.set_cookie(FORM, token, max_age=7_200, httponly=True, samesite="strict", secure=service.settings.secure)
    response.headers["cache-control"] = "no-store"
    return response


def _wrong(service: Service, said: Mapping[str, str], fields: tuple[str, ...], lang: str) -> dict[str, str]:
    """What is wrong with the fields of a page."""
    zh, wrong = lang == "zh", {}
    if "kind" in fields and said["kind"] not in KINDS:
        wrong["kind"] = "请选择一种" if zh else "Choose one"
    if "institution" in fields and said["institution"] and said["institution"] not in service.institutions:
        wrong["institution"] = "请从列表中选择机构" if zh else "Choose a provider of the list"
    if "words" in fields:
        if not said["words"].strip():
            wrong["words"] = "请写明情况" if zh else "Write what happened"
        elif len(said["words"]) > feedback.LONGEST:
            wrong["words"] = f"最多 {feedback.LONGEST} 字" if zh else f"At most {feedback.LONGEST} characters"
    if "contact" in fields and len(said["contact"]) > 100:
        wrong["contact"] = "最多 100 字" if zh else "At most 100 characters"
    return wrong


def _send(request: Request, service: Service, said: Mapping[str, str]) -> Response:
    """Keep it, and give its number and code once."""
    lang, code = lang_of(request), feedback.new_code()
    try:
        done = service.registry.do(
            feedback.give, said["kind"], "institution" if said["institution"] else "other", said["words"],
            region_of(service, said["institution"]), institution_id=said["institution"] or None,
            contact=said["contact"].strip() or None, receipt=feedback.digest(code), by=_door(service),
        )  # fmt: skip
    except Problem:
        raise
    except YibaoError as refused:
        return _page(request, service, 2, said, {"words": refused.zh if lang == "zh" else refused.what})
    with service.registry.reading("feedback.give", _door(service)) as unit:
        row = feedback.by_code(unit, str(done["feedback_id"]), code)
    if row is None:
        raise unknown("letter", "来信")
    response = page(request, "public/sent.html", row=shown_row(service, dict(row), lang), code=code)
    response.delete_cookie(FORM)
    response.headers["cache-control"] = "no-store"
    return response


def _door(service: Service) -> str:
    """The actor by whom letters without a name come in: one whom an administrator granted the role ``public``.

    Raises :class:`Problem` 503 where there is none.
    """
    now = service.registry.clock()
    query = (
        select(GRANT.c.actor_id)
        .join(ACTOR, ACTOR.c.actor_id == GRANT.c.actor_id)
        .where(
            GRANT.c.role == "public",
            GRANT.c.revoked_at.is_(None),
            ACTOR.c.state == "active",
            GRANT.c.valid_from <= now.date(),
        )
        .order_by(GRANT.c.actor_id)
    )
    with reads(service.registry) as connection:
        found: Any = connection.execute(query).scalars().first()
    if found is None:
        raise Problem(
            503, "no_door", "letters without a name are not taken in here", "这里暂不受理匿名来信",
            mend="call 12393, or sign in", mend_zh="请拨打 12393，或登录后提交",
        )  # fmt: skip
    return str(found)
