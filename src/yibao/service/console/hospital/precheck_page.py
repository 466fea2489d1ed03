"""Pre-check: paste or choose a bill or a case and read what would be questioned, before it is handed in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response, UploadFile

from yibao.presentation.fmt import Format
from yibao.service.access.guard import GuardedRoute, Of, Who, needs
from yibao.service.access.trail import look
from yibao.service.console.hospital.precheck import Found, check_bill, group_case
from yibao.service.console.listing import Column, Listing
from yibao.service.console.own import own_institution
from yibao.service.console.pages import lang_of, page
from yibao.service.problems import Problem

router = APIRouter(prefix="/hospital/precheck", route_class=GuardedRoute, include_in_schema=False)
_QUESTION = {"zh": "交上去之前，哪里会出问题、进哪一组？", "en": "What would be questioned, and which group?"}
_RESULTS = {"violation": ("明确违规", "Violation"), "suspect": ("可疑", "Suspect"), "lead": ("线索", "Lead")}
_TONES = {"violation": "stop:violation", "suspect": "warn:suspect", "lead": ":lead"}
#: Bytes of a file, and characters that may be pasted.
MOST = 1_000_000


@router.get("")
@needs("hospital.read", anywhere=True)  # nothing is looked at yet
def form(request: Request, caller: Who, service: Of) -> Response:
    """An empty form with an example of each."""
    return _page(request, caller, service)


@router.post("")
@needs("hospital.read", anywhere=True)  # the institution is the caller's own
def checked(
    request: Request, caller: Who, service: Of, kind: Annotated[str, Form(max_length=5)] = "bill",
    content: Annotated[str, Form(max_length=MOST)] = "", file: UploadFile | None = None,
) -> Response:  # fmt: skip
    """What the rules say of the bill, or the group of the case. What was handed in is forgotten with the answer."""
    own, lang = own_institution(caller, service, "hospital"), lang_of(request)
    zh = lang == "zh"
    said: dict[str, Any] = {"kind": kind, "content": content}
    try:
        if file is not None and file.filename:
            content = _text(file.file.read(MOST + 1))
            said["content"] = content
        if not content.strip():
            raise Problem(422, "form", "paste a bill or a case, or choose a file", "请粘贴账单或病例，或选择文件")
        if kind == "case":
            return _page(request, caller, service, said=said, grouped=group_case(service, content, lang))
        judged = check_bill(service, own, content, lang)
    except Problem as refused:
        words = (refused.zh or refused.what) if zh else refused.what
        mend = (refused.mend_zh if zh else refused.mend) or ""
        return _page(request, caller, service, said=said, errors={"content": f"{words}{'。' if zh else '. '}{mend}"
                     if mend else words})  # fmt: skip
    rows = {name: len(rows) for name, rows in judged.bill.rows.items() if rows}
    look(service.registry, caller, "hospital", "precheck", rows, [judged.bill.person_id])
    table = found_table(judged.found, lang)
    return _page(request, caller, service, said=said, judged=judged, tables=(table,),
                 purpose="事前预审" if zh else "pre-check of a bill")  # fmt: skip


def found_table(found: Sequence[Found], lang: str) -> Listing:
    """The objections as a table."""
    apart, comma = ("；", "、") if lang == "zh" else ("; ", ", ")
    rows = [
        {"title": one.title, "law_id": one.law_id, "result": one.result, "words": one.words, "amount": one.amount,
         "lines": comma.join(sorted(one.lines, key=lambda n: (len(n), n))), "settles": apart.join(one.settles)}
        for one in found
    ]  # fmt: skip
    return Listing("found", "会被提出的疑问", "What would be questioned", (
        Column("title", "规则", "Rule", head=True, below=lambda row, _: str(row["law_id"])),
        Column("result", "判断", "Judgement", "chip", words=_RESULTS, tone=lambda row: _TONES[row["result"]]),
        Column("words", "为什么", "Why", "long"), Column("lines", "明细", "Lines"),
        Column("amount", "涉及费用，元", "Amount, ¥", "money"),
        Column("settles", "怎样说明", "What would settle it", "long"),
    ), rows, caption=False)  # fmt: skip


def _text(content: bytes) -> str:
    """A file's text. Raises :class:`Problem` 422: too large, or no text."""
    if len(content) > MOST:
        raise Problem(422, "form", "the file is larger than 1 MB", "文件超过 1 MB")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Problem(422, "form", "the file is no text in UTF-8 or GB18030", "文件不是 UTF-8 或 GB18030 文本")


def _page(request: Request, caller: Any, service: Any, **more: Any) -> Response:
    own = own_institution(caller, service, "hospital")
    lang = lang_of(request)
    said = more.pop("said", {"kind": "bill", "content": ""})
    values: dict[str, Any] = {"judged": None, "grouped": None, **more}
    response = page(
        request, "hospital/precheck.html", caller=caller, question=_QUESTION[lang], said=said, own=own,
        packed=service.grouping is not None, fmt=Format(lang, service.ledger.currency), **values,
    )  # fmt: skip
    response.headers["cache-control"] = "no-store"
    return response
