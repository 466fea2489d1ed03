"""Pages of an institution that are some sentences and tables: what a section says, how the page is put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Request, Response

from yibao.service.access.scope import Caller
from yibao.service.console.drawing import Drawn
from yibao.service.console.listing import Listing
from yibao.service.console.pages import lang_of, page
from yibao.service.console.scoping import resting_on

Both = tuple[str, str]


@dataclass(frozen=True)
class Section:
    """A section: heading, its question or rule, a figure, a table, and what is said when the table is empty."""

    title: Both
    about: Both
    table: Listing | None = None
    figure: Drawn | None = None
    empty: Both = ("本期没有。", "There is none in this period.")


def sectioned(
    request: Request, caller: Caller, title: Both, question: Both, sections: Sequence[Section], *,
    template: str = "own/sections.html", **more: Any,
) -> Response:  # fmt: skip
    """The page. ``more`` goes to the frame (filters, meta, says, big, crumb, foot) and to a ``template`` of its own."""
    zh = lang_of(request) == "zh"

    def said(both: Both) -> str:
        return both[0] if zh else both[1]

    foot = [resting_on(request.app.state.service, "zh" if zh else "en")]
    values: dict[str, Any] = {"says": (), "big": (), "crumb": None, "foot": foot, **more}
    return page(
        request, template, caller=caller, question=said(question), heading=said(title),
        tables=[one.table for one in sections if one.table is not None],
        figures=[one.figure for one in sections if one.figure is not None],
        sections=[
            {"title": said(one.title), "about": said(one.about), "table": one.table and one.table.name,
             "rows": bool(one.table and one.table.rows), "figure": one.figure and one.figure.name,
             "empty": said(one.empty)}
            for one in sections
        ], **values,
    )  # fmt: skip
