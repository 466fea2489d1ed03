"""Signing in and out, the second factor, and who one is: the only routes that a half signed-in person reaches."""

from __future__ import annotations

import hmac
import secrets
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import StringConstraints
from starlette.concurrency import run_in_threadpool

from yibao.service.access.guard import COOKIE, GuardedRoute, Of, Who, open_to_all, own_session
from yibao.service.access.scope import caller_of
from yibao.service.access.signin import WHOLE
from yibao.service.console.pages import page
from yibao.service.problems import Problem, language
from yibao.service.reads import reads
from yibao.service.state import Service

router = APIRouter(tags=["sign-in"], route_class=GuardedRoute)
#: What the sign-in form repeats: there is no session yet whose token it could.
FORM = "yibao_form"
Text = Annotated[str, StringConstraints(max_length=200)]


@router.get("/sign-in", include_in_schema=False)
@open_to_all("it is where one shows who one is")
def sign_in_page(request: Request, service: Of) -> Response:
    """The form."""
    return _form(request, service)


@router.post("/sign-in", include_in_schema=False)
@open_to_all("it is where one shows who one is")
def sign_in(
    request: Request, service: Of, name: Annotated[Text, Form()], password: Annotated[Text, Form()],
    form: Annotated[Text, Form()] = "",
) -> Response:  # fmt: skip
    """Name and password; on to the code, or to the overview."""
    kept = request.cookies.get(FORM, "")
    if not kept or not hmac.compare_digest(kept.encode(), form.encode()):
        return _form(request, service, _FORM_OLD)
    try:
        signed = service.sign_in.sign_in(name.strip(), password)
    except Problem as wrong:
        return _form(request, service, {"zh": wrong.zh, "en": wrong.what}, name, 401)
    with reads(service.registry) as connection:
        caller = caller_of(connection, signed.actor_id, service.registry.clock(), "session")
    response = RedirectResponse("/sign-in/code" if caller.needs_second_factor() else "/", 303)
    _cookie(response, service, COOKIE, signed.cookie, int(WHOLE.total_seconds()))
    response.delete_cookie(FORM)
    return response


@router.get("/sign-in/code", include_in_schema=False)
@own_session(half=True)
def code_page(request: Request, caller: Who) -> Response:
    """The form for the second factor."""
    return page(request, "code.html", caller=caller, question=_CODE_QUESTION[language(request)])


@router.post("/sign-in/code", include_in_schema=False)
@own_session(half=True)
def code(request: Request, caller: Who, service: Of, code: Annotated[Text, Form()]) -> Response:
    """The six digits."""
    try:
        service.sign_in.confirm(request.cookies.get(COOKIE, ""), code.replace(" ", ""))
    except Problem as wrong:
        said = wrong.zh if language(request) == "zh" else wrong.what
        question = _CODE_QUESTION[language(request)]
        return page(request, "code.html", status=401, caller=caller, error=said, question=question)
    return RedirectResponse("/", 303)


@router.post("/sign-out", include_in_schema=False)
@own_session(half=True)
async def sign_out(request: Request, service: Of) -> Response:
    """End the session."""
    await run_in_threadpool(service.sign_in.sign_out, request.cookies.get(COOKIE, ""))
    response = RedirectResponse("/sign-in", 303)
    response.delete_cookie(COOKIE)
    return response


@router.get("/api/v1/me", summary="Who I am 当前身份", tags=["sign-in"])
@own_session()
def me(caller: Who) -> dict[str, Any]:
    """The caller, and what he was granted."""
    grants = [{name: grant[name] for name in ("role", "scope_kind", "scope")} for grant in caller.grants]
    return {"actor_id": caller.actor_id, "kind": caller.kind, "way": caller.way, "grants": grants}


_FORM_OLD = {"zh": "页面已过期，请重新填写", "en": "The page was open for too long; fill it in again"}
_QUESTION = {"zh": "请用您的账号登录。", "en": "Sign in with your account."}
_CODE_QUESTION = {
    "zh": "请输入验证器应用中的 6 位验证码。",
    "en": "Give the six digits that your authenticator app shows.",
}


def _form(
    request: Request, service: Service, error: dict[str, str] | None = None, name: str = "", status: int = 200
) -> Response:
    token, lang = secrets.token_urlsafe(24), language(request)
    said = error[lang] if error else None
    response = page(request, "sign_in.html", status=status, form=token, error=said, name=name, question=_QUESTION[lang])
    _cookie(response, service, FORM, token, 3_600)
    return response


def _cookie(response: Response, service: Service, name: str, value: str, seconds: int) -> None:
    response.set_cookie(
        name, value, max_age=seconds, httponly=True, samesite="strict", secure=service.settings.secure, path="/"
    )
