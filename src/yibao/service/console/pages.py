"""The frame of the console: its style sheet, its masthead and navigation by role, how problems look on a page."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from yibao.errors import YibaoError
from yibao.presentation import micro, tokens
from yibao.presentation.fmt import Format, Lang
from yibao.service.access.guard import GuardedRoute, Who, open_to_all, own_session
from yibao.service.access.scope import Caller
from yibao.service.problems import Problem, language, of_error

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)
#: A style sheet never changes under its name: the name has its content's hash.
_FOR_EVER = {"cache-control": "public, max-age=31536000, immutable"}
_DAY = 86_400
_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path d="M4 3h16v18H4z" fill="#fff" stroke="#0A5A8A" '
    'stroke-width="2"/><path d="M8 8h8M8 12h5" stroke="#0A5A8A" stroke-width="2"/></svg>'
)


@dataclass(frozen=True)
class Entry:
    """An entry of the main navigation, for callers that have the permission."""

    path: str
    zh: str
    en: str
    permission: str


#: Only rooms that exist are drawn.
NAVIGATION = (Entry("/audit/clues", "疑点队列", "Clue queue", "clue.read"),)


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("yibao.service.console", "templates"), undefined=StrictUndefined,
        autoescape=select_autoescape(default=True, default_for_string=True), trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    made.globals["icon"] = micro.icon
    return made


@cache
def stylesheet() -> tuple[str, str]:
    """The style sheet and the number in its name."""
    report, own = files("yibao.presentation") / "assets", files("yibao.service.console") / "assets"
    text = tokens.css() + (report / "base.css").read_text(encoding="utf-8")
    text += (own / "console.css").read_text(encoding="utf-8")
    return text, hashlib.sha256(text.encode()).hexdigest()[:16]


def page(
    request: Request, template: str, *, status: int = 200, caller: Caller | None = None, **values: Any
) -> Response:
    """A page in the reader's language. ``question`` and ``error`` may be left out."""
    lang: Lang = "zh" if language(request) == "zh" else "en"
    theme = request.cookies.get("theme")
    entries = [entry for entry in NAVIGATION if caller is not None and caller.allows(entry.permission)]
    said: dict[str, Any] = {
        "lang": lang, "t": lambda zh, en: zh if lang == "zh" else en, "fmt": Format(lang), "caller": caller,
        "entries": entries, "path": request.url.path, "theme": theme if theme in ("light", "dark") else "",
        "style": f"/assets/{stylesheet()[1]}.css", "other": _other(request, lang), "question": "", "error": None,
        "csrf": caller.csrf if caller is not None else "",
    }  # fmt: skip
    text = _environment().get_template(template).render(**(said | values))
    response = HTMLResponse(text, status, headers={"content-language": lang, "vary": "accept-language, cookie"})
    if request.query_params.get("lang") in ("zh", "en"):
        response.set_cookie("lang", lang, max_age=365 * _DAY, samesite="lax")
    return response


def told(request: Request, error: YibaoError) -> Response | None:
    """A refusal as a page, for somebody who looks at pages; None for a program."""
    if "text/html" not in request.headers.get("accept", ""):
        return None
    if isinstance(error, Problem) and error.status == 401:
        return RedirectResponse("/sign-in/code" if error.name == "second_factor" else "/sign-in", 303)
    answer = of_error(request, error)
    lang = language(request)
    said = {"what": error.zh if lang == "zh" else error.what, "mend": error.mend_zh if lang == "zh" else error.mend}
    caller = getattr(request.state, "caller", None)
    return page(request, "problem.html", status=answer.status_code, caller=caller, said=said,
                number=getattr(request.state, "request_id", ""))  # fmt: skip


@router.get("/assets/{name}.css")
@open_to_all("a style sheet")
def style(name: str) -> Response:
    """The style sheet, under the name that has its content's hash."""
    text, number = stylesheet()
    if name != number:
        raise Problem(404, "unknown", "there is no such style sheet", "没有此样式")
    return Response(text, media_type="text/css; charset=utf-8", headers=_FOR_EVER)


@router.get("/assets/icon.svg")
@open_to_all("an icon")
def mark() -> Response:
    """The sign of the console, for the browser's tab."""
    return Response(_ICON, media_type="image/svg+xml", headers=_FOR_EVER)


@router.get("/")
@own_session()
def home(request: Request, caller: Who) -> Response:
    """What one may do here."""
    zh = language(request) == "zh"
    question = "您可以在这里办理什么？" if zh else "What can you do here?"
    return page(request, "home.html", caller=caller, question=question)


def _other(request: Request, lang: str) -> str:
    """The same page in the other language."""
    other = "en" if lang == "zh" else "zh"
    return str(request.url.include_query_params(lang=other).replace(scheme="", netloc=""))
