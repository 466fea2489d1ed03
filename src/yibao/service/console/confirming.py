"""What cannot be undone is shown once more on a page of its own: what, how much, what follows; then it is done.

The page posts the same form again with ``final``; nothing is kept in between. Where nobody has said why yet, it asks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Request, Response

from yibao.service.access.scope import Caller
from yibao.service.console.pages import lang_of, page

Words = tuple[str, str]
#: The most characters of a reason.
REASON_MOST = 400
#: Asked for a reason and given none.
NO_REASON: Words = ("请写明理由", "say why")
_FOR_GOOD: Words = ("确认后不能撤回。", "This cannot be undone.")


@dataclass(frozen=True)
class Sure:
    """What is about to be done: its name, the thing it is done to, line by line, what follows, where the form goes.

    ``back`` is (address, words); ``amount`` (label, money) stands on top in large figures; ``reason``: whether the page
    asks for one, under ``why``; ``edits``: whether the form may be had back, with what was written (it then comes with
    ``again``).
    """

    title: Words
    subject: str
    after: Words
    action: str
    back: tuple[str, Words]
    facts: Sequence[tuple[str, str]] = ()
    amount: tuple[str, str] | None = None
    verb: Words = ("确认", "Confirm")
    code: str = ""
    reason: bool = False
    edits: bool = False
    undone: Words = _FOR_GOOD


def asked_once_more(
    request: Request, caller: Caller, sure: Sure, said: Mapping[str, Any], errors: Mapping[str, str] | None = None
) -> Response:
    """The page. ``said`` is the form that was sent: texts, or lists of texts; it is sent again with ``final``."""
    kept = {
        name: [value] if isinstance(value, str) else list(value) for name, value in said.items()
        if name not in ("csrf", "final", "again", "why")
    }  # fmt: skip
    return page(
        request, "confirm.html", caller=caller, question=sure.subject, sure=sure, kept=kept, errors=errors,
        why=str(said.get("why", "")), at=0 if lang_of(request) == "zh" else 1,
    )  # fmt: skip


def why(form: Mapping[str, Any]) -> str:
    """The reason that the page asked for."""
    return str(form.get("why", "")).strip()[:REASON_MOST]
