"""Default deny: a route that does not say who may call it cannot be made, and none answers before scope was asked."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from yibao.service.access.keys import key_owner
from yibao.service.access.scope import Caller, caller_of, permissions, unauthenticated
from yibao.service.cds.clients import identify_client
from yibao.service.problems import Problem
from yibao.service.reads import reads
from yibao.service.state import Service

COOKIE = "yibao_session"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


@dataclass(frozen=True)
class Access:
    """Who may call a route. ``permission`` None: everybody, and ``why`` says why that is right.

    ``anywhere``: the matter lies in no place, so scope is not asked. ``half``: a session whose second factor is due.
    """

    permission: str | None
    why: str = ""
    anywhere: bool = False
    half: bool = False
    client: bool = False


def needs(permission: str, *, anywhere: bool = False, client: bool = False) -> Callable[[Endpoint], Endpoint]:
    """The route needs this permission, and asks the scope of what it touches unless the matter lies nowhere.

    ``client``: its callers are registered hospital systems with signed tokens (CDS Hooks).
    """
    assert permission in permissions(), permission
    return _marked(Access(permission, anywhere=anywhere, client=client))


def open_to_all(why: str) -> Callable[[Endpoint], Endpoint]:
    """The route is open to everybody, because ``why``."""
    return _marked(Access(None, why))


def own_session(*, half: bool = False) -> Callable[[Endpoint], Endpoint]:
    """The route concerns the caller's own sign-in only."""
    return _marked(Access("", "the caller's own session", anywhere=True, half=half))


def _marked(access: Access) -> Callable[[Endpoint], Endpoint]:
    def mark(endpoint: Endpoint) -> Endpoint:
        endpoint.__access__ = access  # type: ignore[attr-defined]
        return endpoint

    return mark


class GuardedRoute(APIRoute):
    """A route that knows its caller before anything of the request is read, and that scope was asked after."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **more: Any) -> None:
        access = getattr(endpoint, "__access__", None)
        if not isinstance(access, Access):
            raise AssertionError(f"{path} does not say who may call it")
        self.access = access
        super().__init__(path, endpoint, **more)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        inner = super().get_route_handler()
        access = self.access

        async def guarded(request: Request) -> Response:
            if access.permission is None:
                return await inner(request)
            caller = _remembered(request, access)
            if caller is None:
                caller = await run_in_threadpool(_identify, request, access)
            if access.permission:
                caller.require(access.permission)
            if caller.way == "session" and request.method not in SAFE:
                await _same_page(request, caller)
            request.state.caller = caller
            response = await inner(request)
            if not access.anywhere and not caller.asked:
                raise AssertionError(f"{request.url.path} never asked for the scope")
            return response

        return guarded


def _remembered(request: Request, access: Access) -> Caller | None:
    """The caller of a moment ago, for whom no thread and no database is needed."""
    token = _bearer(request)
    if access.client or token is None:
        return None
    service: Service = request.app.state.service
    return service.callers.known(token)


def _identify(request: Request, access: Access) -> Caller:
    if not access.client:
        return identify(request, half=access.half)
    caller, request.state.client = identify_client(request, request.app.state.key_sets)
    return caller


def identify(request: Request, *, half: bool = False) -> Caller:
    """The caller by his API key or his session. Raises :class:`Problem` 401."""
    service: Service = request.app.state.service
    now = service.registry.clock()
    token = _bearer(request)
    if token is not None:
        return service.callers.keep(token, _by_key(service, token, now))
    cookie = request.cookies.get(COOKIE)
    session = service.sign_in.session(cookie) if cookie else None
    if session is None:
        raise unauthenticated()
    said = {"csrf": session["csrf"], "factors": session["factors"]}
    with reads(service.registry) as connection:
        caller = caller_of(connection, session["actor_id"], now, "session", **said)
    if caller.needs_second_factor() and caller.factors < 2 and not half:
        raise Problem(
            401, "second_factor", "the second factor is due", "请先完成第二因素验证",
            mend="give the code at /sign-in/code", mend_zh="请在 /sign-in/code 输入验证码",
        )  # fmt: skip
    return caller


def _bearer(request: Request) -> str | None:
    """The key that was shown; None where none was. Raises :class:`Problem` 401 for anything else."""
    shown = request.headers.get("authorization", "")
    if not shown:
        return None
    scheme, _, token = shown.partition(" ")
    if scheme.lower() != "bearer":
        raise unauthenticated()
    return token.strip()


def _by_key(service: Service, token: str, now: datetime) -> Caller:
    with reads(service.registry) as connection:
        owner = key_owner(connection, token, now)
        if owner is None:
            raise unauthenticated()
        return caller_of(connection, owner, now, "key")


async def _same_page(request: Request, caller: Caller) -> None:
    """What changes something comes from our own page: it repeats the session's token. Raises :class:`Problem` 403."""
    given = request.headers.get("x-csrf-token")
    if given is None and request.headers.get("content-type", "").startswith(
        ("application/x-www-form-urlencoded", "multipart/form-data")
    ):
        field = (await request.form()).get("csrf")
        given = field if isinstance(field, str) else None
    if given is None or not hmac.compare_digest(given.encode(), caller.csrf.encode()):
        raise Problem(
            403, "csrf", "the request does not come from a page of this service", "请求不是来自本系统页面",
            mend="load the page again", mend_zh="请重新打开页面",
        )  # fmt: skip


# Both only hand on what is there: as plain functions they would each wait for a thread.
async def _caller(request: Request) -> Caller:
    caller: Caller = request.state.caller
    return caller


async def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


#: The caller of a guarded route, and the service, as arguments of an endpoint.
Who = Annotated[Caller, Depends(_caller)]
Of = Annotated[Service, Depends(_service)]
