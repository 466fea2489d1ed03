"""Around every request: its number, its limits, the headers of its answer, one line in the log."""

from __future__ import annotations

import json
import logging
import re
import secrets
import time
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from yibao.service.access.guard import COOKIE
from yibao.service.access.keys import digest
from yibao.service.access.rates import Buckets
from yibao.service.console import pages
from yibao.service.metrics import Metrics
from yibao.service.problems import Problem, answer, of_error
from yibao.service.settings import Settings
from yibao.service.traffic import Traffic

log = logging.getLogger("yibao.service.requests")
#: Nothing runs or loads in our pages but our own files; no other site may frame them or be posted to.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "content-security-policy": POLICY, "x-content-type-options": "nosniff", "referrer-policy": "same-origin",
    "x-frame-options": "DENY", "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=()", "cache-control": "no-store",
}  # fmt: skip
_KNOWN_NUMBER = re.compile(r"[A-Za-z0-9-]{8,64}")


class _TooLarge(Exception):
    """More came than a request may have."""


class Frame:
    """The outermost layer of the service (pure ASGI, so that answers stream through it)."""

    def __init__(self, app: ASGIApp, settings: Settings, metrics: Metrics, traffic: Traffic) -> None:
        self.app, self.settings, self.metrics, self.traffic = app, settings, metrics, traffic
        self.callers, self.addresses = Buckets(*settings.caller_rate), Buckets(*settings.address_rate)
        self.headers = dict(_HEADERS)
        if settings.secure:
            self.headers["strict-transport-security"] = "max-age=31536000; includeSubDomains"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, request = time.perf_counter(), Request(scope)
        given = request.headers.get("x-request-id", "")
        request.state.request_id = given if _KNOWN_NUMBER.fullmatch(given) else secrets.token_hex(8)
        status = 500

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._dress(message, request.state.request_id)
            await send(message)

        try:
            with self.traffic.request():
                await self._limited(request, receive, sending)
        finally:
            self._tell(scope, request, status, time.perf_counter() - started)

    async def _limited(self, request: Request, receive: Receive, send: Send) -> None:
        wait = self._wait(request)
        if wait:
            retry = {"Retry-After": str(int(wait) + 1)}
            response = answer(request, 429, "too_many", headers=retry)
            await response(request.scope, receive, send)
            return
        limit = self._most(request.url.path)
        length = request.headers.get("content-length", "0")
        if not length.isdigit() or int(length) > limit:
            await _too_large(request, limit, length)(request.scope, receive, send)
            return
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.app(request.scope, _counted(receive, limit), sending)
        except _TooLarge:
            if not begun:
                await _too_large(request, limit)(request.scope, receive, send)

    def _most(self, path: str) -> int:
        """Bytes that a request may have there."""
        if path == "/api/v1/uploads":
            return self.settings.upload_limit
        handed_in = path.startswith(("/hospital/clues/", "/pharmacy/clues/"))
        return self.settings.material_limit if handed_in else self.settings.body_limit

    def _wait(self, request: Request) -> float:
        """Seconds to wait before this request may be made; 0 when it may be made now."""
        shown = request.headers.get("authorization") or request.cookies.get(COOKIE)
        if shown and not request.url.path.startswith("/sign-in"):
            return self.callers.take(digest(shown))
        return self.addresses.take(request.client.host if request.client else "-")

    def _dress(self, message: Message, request_id: str) -> None:
        there = {name.lower() for name, _ in message["headers"]}
        said = {**self.headers, "x-request-id": request_id}
        more = [(k.encode(), v.encode()) for k, v in said.items() if k.encode() not in there]
        message["headers"] = [*message["headers"], *more]

    def _tell(self, scope: Scope, request: Request, status: int, seconds: float) -> None:
        """One line: the route's pattern, not its path, since paths and queries may name persons."""
        route = scope.get("route")
        pattern = getattr(route, "path", "-")
        caller = getattr(request.state, "caller", None)
        self.metrics.request(request.method, pattern, status, seconds)
        said: dict[str, Any] = {
            "request": request.state.request_id, "method": request.method, "route": pattern, "status": status,
            "ms": round(seconds * 1000, 1), "way": caller.way if caller else "-",
        }  # fmt: skip
        log.info("request", extra={"said": said})


def _too_large(request: Request, limit: int, length: str = "") -> Response:
    """The refusal of a body past its limit, with both sizes; ``length`` is what the request said of itself."""
    if length and not length.isdigit():
        wrong = Problem(
            413, "too_large", f"content-length is no number; at most {limit:,} bytes are taken",
            f"content-length 不是数字；最多接收 {limit:,} 字节", field="content-length",
            mend="send the length of the body in bytes", mend_zh="请给出内容的字节数",
        )  # fmt: skip
    else:
        size, size_zh = "more came", "已超出"
        if length:
            size, size_zh = f"this one has {int(length):,}", f"本次 {int(length):,} 字节"
        wrong = Problem(
            413, "too_large", f"at most {limit:,} bytes are taken here; {size}",
            f"此处最多接收 {limit:,} 字节，{size_zh}", field="body",
            mend="send less at a time, or pack the files", mend_zh="请分次提交，或压缩文件",
        )  # fmt: skip
    return pages.told(request, wrong) or of_error(request, wrong)


def _counted(receive: Receive, limit: int) -> Receive:
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > limit:
            raise _TooLarge
        return message

    return counted


class JsonLines(logging.Formatter):
    """A record as one line of JSON. Of an exception its kind and place are kept, not its words: they may quote data."""

    def format(self, record: logging.LogRecord) -> str:
        said: dict[str, Any] = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"), "level": record.levelname.lower(),
            "logger": record.name, "event": record.getMessage(), **getattr(record, "said", {}),
        }  # fmt: skip
        if record.exc_info and record.exc_info[0] is not None:
            said["error"] = record.exc_info[0].__name__
            trace = record.exc_info[2]
            places = []
            while trace is not None:
                code = trace.tb_frame.f_code
                places.append(f"{code.co_filename.rpartition('/')[2]}:{trace.tb_lineno} {code.co_name}")
                trace = trace.tb_next
            said["at_code"] = places[-6:]
        return json.dumps(said, ensure_ascii=False)
