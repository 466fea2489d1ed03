"""The account: language, appearance and size of text for everybody; second factor and sessions of whoever signed in."""

from __future__ import annotations

import hmac
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import delete, select

from yibao.service.access.guard import COOKIE, GuardedRoute, Of, Who, identify, open_to_all, own_session
from yibao.service.access.keys import digest
from yibao.service.access.scope import Caller
from yibao.service.access.trail import record
from yibao.service.console.pages import lang_of, page
from yibao.service.problems import Problem
from yibao.service.reads import reads
from yibao.service.state import Service
from yibao.service.tables import CREDENTIAL, SESSION

router = APIRouter(prefix="/account", route_class=GuardedRoute, include_in_schema=False)
_YEAR = 365 * 86_400
#: What each preference may be; the first is the default and needs no cookie.
CHOICES: dict[str, tuple[str, ...]] = {"lang": ("zh", "en"), "theme": ("", "light", "dark"), "size": ("", "large")}
_QUESTION = {
    "zh": "用什么语言、什么样子看？谁在用我的账号？",
    "en": "In which language and look? Who is using my account?",
}
Text = Annotated[str, Form(max_length=200)]


@router.get("")
@open_to_all("language and appearance are the reader's own")
def account(request: Request, service: Of, done: str = "") -> Response:
    """The page; without sign-in it holds what a cookie can hold."""
    caller, lang = _caller(request), lang_of(request)
    said: dict[str, Any] = {"sessions": [], "second": None}
    if caller is not None:
        said = _own(request, service, caller)
    saved = {"saved": ("已保存。", "Saved."), "ended": ("已让该会话退出。", "That session was ended.")}.get(
        done, ("", "")
    )
    return page(
        request,
        "shared/account.html",
        caller=caller,
        question=_QUESTION[lang],
        saved=saved[lang == "en"],
        now={name: request.cookies.get(name, "") for name in CHOICES},
        **said,
    )


@router.post("/look")
@open_to_all("it sets cookies of the reader's own browser")
def appearance(lang: Text = "", theme: Text = "", size: Text = "") -> Response:
    """Language, appearance and size of text, kept in the browser."""
    response = RedirectResponse("/account?done=saved", 303)
    for name, value in (("lang", lang), ("theme", theme), ("size", size)):
        _keep(response, name, value)
    return response


@router.post("/size")
@open_to_all("it sets a cookie of the reader's own browser")
def size(size: Text = "", back: Text = "/") -> Response:
    """Large text on or off, and back to the page."""
    local = back.startswith("/") and not back.startswith(("//", "/\\")) and "\n" not in back and "\r" not in back
    response = RedirectResponse(back if local else "/", 303)
    _keep(response, "size", size)
    return response


@router.post("/sessions/end")
@own_session()
def end_session(request: Request, caller: Who, service: Of, session: Text) -> Response:
    """End another session of one's own."""
    mine = (SESSION.c.actor_id == caller.actor_id) & (SESSION.c.digest == session)
    current = digest(request.cookies.get(COOKIE, ""))
    if hmac.compare_digest(session.encode(), current.encode()):
        raise Problem(
            422,
            "form",
            "this is the session you are using: sign out instead",
            "这是您正在用的会话，请用“退出”",
            field="session",
        )
    with service.registry.engine.begin() as connection:
        if connection.execute(delete(SESSION).where(mine)).rowcount:
            record(
                connection, service.registry.clock(), caller.actor_id, "service.session_end", f"actor:{caller.actor_id}"
            )
    return RedirectResponse("/account?done=ended", 303)


def _caller(request: Request) -> Caller | None:
    try:
        return identify(request)
    except Problem:
        return None


def _own(request: Request, service: Service, caller: Caller) -> dict[str, Any]:
    current = digest(request.cookies.get(COOKIE, ""))
    with reads(service.registry) as connection:
        mine = select(SESSION).where(SESSION.c.actor_id == caller.actor_id).order_by(SESSION.c.seen_at.desc())
        rows = [dict(row) for row in connection.execute(mine).mappings()]
        credential = (
            connection.execute(select(CREDENTIAL).where(CREDENTIAL.c.actor_id == caller.actor_id)).mappings().first()
        )
    now = service.registry.clock()
    sessions = [
        {
            "digest": row["digest"],
            "made": row["made_at"].replace(microsecond=0),
            "seen": row["seen_at"].replace(microsecond=0),
            "mine": row["digest"] == current,
        }
        for row in rows
        if row["ends_at"] > now
    ]
    second = (
        None
        if credential is None
        else ("confirmed" if credential["totp_confirmed_at"] else "due" if credential["totp_secret"] else "none")
    )
    return {"sessions": sessions, "second": second}


def _keep(response: Response, name: str, value: str) -> None:
    if value not in CHOICES[name]:
        return
    if value:
        response.set_cookie(name, value, max_age=_YEAR, samesite="lax")
    else:
        response.delete_cookie(name)
