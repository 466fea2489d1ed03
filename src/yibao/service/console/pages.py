"""A page: frame, anatomy and downloads. A route says what it knows; how a page is built up is said here once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import cache, partial
from importlib.resources import files
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined, select_autoescape

from yibao.errors import YibaoError
from yibao.presentation import micro, tokens
from yibao.presentation.fmt import Format, Lang
from yibao.presentation.messages import Messages
from yibao.presentation.report.names import mask_id, mask_name
from yibao.presentation.report.page import bold
from yibao.service.access.guard import GuardedRoute, Who, open_to_all, own_session
from yibao.service.access.scope import Caller
from yibao.service.console import drawing, listing
from yibao.service.console.drawing import Drawn
from yibao.service.console.filters import Chosen
from yibao.service.console.languages import marked, weighty
from yibao.service.console.listing import Listing
from yibao.service.console.navigation import current, door_at, doors_of
from yibao.service.english import in_english
from yibao.service.figures import NotYet
from yibao.service.problems import Problem, language, of_error

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)
#: A style sheet never changes under its name: the name has its content's hash.
_FOR_EVER = {"cache-control": "public, max-age=31536000, immutable"}
_DAY = 86_400
_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path d="M4 3h16v18H4z" fill="#fff" stroke="#0A5A8A" '
    'stroke-width="2"/><path d="M8 8h8M8 12h5" stroke="#0A5A8A" stroke-width="2"/></svg>'
)
STYLES = ("frame.css", "pages.css", "hospital.css", "people.css")


@cache
def _environment() -> Environment:
    made = Environment(
        loader=ChoiceLoader([PackageLoader("yibao.service.console", "templates"), PackageLoader("yibao.presentation")]),
        undefined=StrictUndefined, autoescape=select_autoescape(default=True, default_for_string=True),
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    made.globals |= {"icon": micro.icon, "micro": micro}
    made.filters |= {"bold": bold, "mask_id": mask_id, "mask_name": mask_name, "weighty": weighty}
    return made


@cache
def stylesheet() -> tuple[str, str]:
    """The style sheet and the number in its name."""
    report, own = files("yibao.presentation") / "assets", files("yibao.service.console") / "assets"
    text = tokens.css() + (report / "base.css").read_text(encoding="utf-8")
    text += "".join((own / name).read_text(encoding="utf-8") for name in STYLES)
    return text, hashlib.sha256(text.encode()).hexdigest()[:16]


def lang_of(request: Request) -> Lang:
    """The language of a page."""
    return "zh" if language(request) == "zh" else "en"


def page(
    request: Request, template: str, *, status: int = 200, caller: Caller | None = None,
    filters: Chosen | None = None, tables: Sequence[Listing] = (), figures: Sequence[Drawn] = (),
    errors: Mapping[str, str] | None = None, **values: Any,
) -> Response:  # fmt: skip
    """A page in the reader's language, or one of its tables or figures as a file (``?download=csv&part=NAME``).

    ``tables``: the first is the main one, whose order and page stand in the address without a suffix; templates find
    them by name in ``tables``, figures in ``figures``. ``filters`` with errors: 422, and no body below the form.
    ``errors`` (field -> what is wrong) gives the summary on top and 422 unless ``status`` says more. Values that the
    layout knows, and that may be left out: ``question``, ``error``, ``saved``, ``meta`` (sentences of the line below
    the filters), ``purpose`` (why data of persons are looked at), ``foot``.
    """
    file = _file(request, tables, figures)
    if file is not None:
        return file
    lang = lang_of(request)
    wrong = {**(filters.errors if filters else {}), **(errors or {})}
    door = door_at(request.url.path, caller)
    entries = door.open_to(caller) if door else []
    theme, size = request.cookies.get("theme"), request.cookies.get("size")
    said: dict[str, Any] = {
        "lang": lang, "t": lambda zh, en: zh if lang == "zh" else en, "fmt": Format(lang), "words": Messages(lang),
        "product": Messages(lang)("product"),
        "caller": caller, "door": door, "doors": doors_of(caller), "entries": entries, "path": request.url.path,
        "here": current(entries, request.url.path), "theme": theme if theme in ("light", "dark") else "",
        "size": "large" if size == "large" else "", "style": f"/assets/{stylesheet()[1]}.css",
        "other": _other(request, lang), "question": "", "error": None, "errors": wrong, "saved": "", "meta": (),
        "purpose": "", "foot": (), "csrf": caller.csrf if caller is not None else "", "filters": filters,
        "tables": {one.name: listing.view(request, one, one is tables[0]) for one in tables},
        "figures": {one.name: one for one in figures}, "query": _query(request), "halted": bool(filters and wrong),
        "named": partial(in_english, request.app.state.service.in_english) if lang == "en" else str,
        "shown_at": request.app.state.service.registry.clock().replace(second=0, microsecond=0),
    }  # fmt: skip
    if wrong and status == 200:
        status = 422
    text = _environment().get_template(template).render(**(said | values))
    if lang == "en":
        text = marked(text)
    response = HTMLResponse(text, status, headers={"content-language": lang, "vary": "accept-language, cookie"})
    if request.query_params.get("lang") in ("zh", "en"):
        response.set_cookie("lang", lang, max_age=365 * _DAY, samesite="lax")
    return response


def _file(request: Request, tables: Sequence[Listing], figures: Sequence[Drawn]) -> Response | None:
    """What ``?download=`` asks for. Raises :class:`Problem` 422 when there is no such part."""
    kind, part = request.query_params.get("download"), request.query_params.get("part", "")
    if kind is None:
        return None
    if kind == "svg":
        figure = next((one for one in figures if one.name == part), None)
        if figure is not None:
            return drawing.as_file(figure)
    offered = [*tables, *(one.table for one in figures if one.table is not None)]
    table = next((one for one in offered if one.name == part), None)
    if table is None or kind not in ("csv", "json", "xlsx"):
        raise Problem(422, "form", "there is no such download", "没有此下载", field="part")
    return listing.download(request, table, kind)


def _query(request: Request) -> Any:
    """The address of this view with changes: ``query(sort="-n")``."""

    def changed(**changes: Any) -> str:
        named = {name.replace("__", "."): value for name, value in changes.items()}
        kept = request.url.remove_query_params(["download", "part", "lang", *named])
        said = {name: value for name, value in named.items() if value is not None}  # None takes a field away
        return "?" + str(kept.include_query_params(**said).query)

    return changed


def told(request: Request, error: YibaoError) -> Response | None:
    """A refusal as a page, for somebody who looks at pages; None for a program."""
    if "text/html" not in request.headers.get("accept", ""):
        return None
    if isinstance(error, Problem) and error.status == 401:
        return RedirectResponse("/sign-in/code" if error.name == "second_factor" else "/sign-in", 303)
    answer = of_error(request, error)
    if isinstance(error, NotYet):
        return page(request, "wait.html", status=202, caller=getattr(request.state, "caller", None))
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
    """The first page of somebody with one role; a choice for somebody with several."""
    doors = doors_of(caller)
    if len(doors) == 1:
        return RedirectResponse(doors[0][1].path, 303)
    zh = language(request) == "zh"
    question = "您以哪个身份办理？" if zh else "In which role do you come?"
    return page(request, "home.html", caller=caller, question=question)


def _other(request: Request, lang: str) -> str:
    """The same page in the other language."""
    other = "en" if lang == "zh" else "zh"
    return str(request.url.include_query_params(lang=other).replace(scheme="", netloc=""))
