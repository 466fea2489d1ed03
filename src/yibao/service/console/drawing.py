"""Figures of pages: drawn once for what they show, kept, and given as a file too."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
from fastapi import Response
from markupsafe import Markup

from yibao.presentation.charts.printed import printed
from yibao.presentation.charts.theme import svg, values
from yibao.service.console.listing import Listing
from yibao.service.console.recent import Recent

#: Drawings in memory; one takes some 30 KB.
KEPT = 2_000
_drawings: Recent[Markup] = Recent(KEPT)
#: Charts are drawn one after another: Altair's settings are the process's, and two threads that build charts at a time
#: lose each other's axes.
_ALONE = threading.RLock()
_resting = threading.local()


@dataclass(frozen=True)
class Drawn:
    """A figure of a page: its message, its unit and population, the drawing, its key, the same values as a table."""

    name: str
    title: str
    unit: str
    svg: Markup
    key: Sequence[tuple[str, str]] = ()
    table: Listing | None = None
    note: str = ""


def drawn(shown: Any, draw: Callable[[], Markup]) -> Markup:
    """The drawing of ``shown`` (all that the picture depends on, language included); made when it is new."""
    name = hashlib.sha256(json.dumps(shown, ensure_ascii=False, sort_keys=True, default=str).encode()).hexdigest()
    fresh = False

    def alone() -> Markup:
        nonlocal fresh
        fresh = True
        with _ALONE:
            return draw()

    found = _drawings.get(name, alone)
    if fresh:
        getattr(_resting, "rest", _no_rest)()
    return found


def rest_after(rest: Callable[[], None]) -> None:
    """In this thread, ``rest`` is called after each drawing that was made."""
    _resting.rest = rest


def _no_rest() -> None:
    """Who asks for a page does not rest."""


def warm() -> None:
    """Start the drawing engine, which takes a second, before the first page asks for a figure."""
    with _ALONE:
        chart = alt.Chart(values([{"x": 1, "y": 1}])).mark_point().encode(x="x:Q", y="y:Q")
        svg(chart, "warm")


def as_file(figure: Drawn) -> Response:
    """The figure for print: its message and unit written above it, on white."""
    first = str(figure.svg).split("</svg>", 1)[0] + "</svg>"  # of two layouts, the wide one
    text = printed(Markup(first), figure.title, figure.unit)
    headers = {"content-disposition": f'attachment; filename="{figure.name}.svg"'}
    return Response(text, media_type="image/svg+xml", headers=headers)
