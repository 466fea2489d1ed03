"""Uploads: what was handed in, how far each is, why rows were set aside, and taking one back before it is stored.

The page of one comes again by itself until it ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import select

from yibao.presentation.fmt import Format, Lang
from yibao.service.access.guard import GuardedRoute, Of, Who, needs
from yibao.service.access.scope import Caller
from yibao.service.console.confirming import NO_REASON, REASON_MOST, Sure, asked_once_more
from yibao.service.console.filters import Filter, Option, read
from yibao.service.console.listing import Column, Listing
from yibao.service.console.pages import lang_of, page
from yibao.service.console.purposes import purposes
from yibao.service.console.quarantined import listed
from yibao.service.console.scoping import institution_name
from yibao.service.problems import Problem
from yibao.service.reads import reads
from yibao.service.state import Service
from yibao.service.systems.types import Id
from yibao.service.systems.uploads import set_aside, upload_of
from yibao.service.tables import UPLOAD
from yibao.service.uploads import CANCELLABLE, OPEN, cancel

router = APIRouter(prefix="/jobs", route_class=GuardedRoute, include_in_schema=False)
STATES: Mapping[str, tuple[str, str]] = {
    "received": ("等待读入", "waiting"), "reading": ("正在读入", "being read"), "storing": ("正在入库", "being stored"),
    "taken": ("已入库", "taken in"), "failed": ("没有读入", "not read"), "cancelled": ("已取消", "cancelled"),
}  # fmt: skip
TONES = {"received": ":clock", "reading": "you:clock", "storing": "you:clock", "taken": "good:check",
         "failed": "stop:x", "cancelled": ":dash"}  # fmt: skip
#: So many uploads are listed, the newest.
MOST = 500
Text = Annotated[str, Form(max_length=REASON_MOST)]


@router.get("")
@needs("upload.read", anywhere=True)  # the rows are those of institutions within the caller's reach
def jobs(request: Request, caller: Who, service: Of) -> Response:
    """What was handed in, and what came of it?"""
    lang = lang_of(request)
    zh, fmt = lang == "zh", Format(lang)
    states = [Option(code, *words) for code, words in STATES.items()]
    chosen = read(request, (Filter("state", "状态", "State", options=states),))
    every = _within(caller, service, lang)
    shown = [row for row in every if chosen["state"] in ("", row["state"])]
    waiting = sum(row["state"] in OPEN for row in every)
    aside = sum(row["quarantined"] for row in every)
    says = [f"近 *{len(every)} 次*上传，*{waiting} 次*未办完；隔离 *{fmt.count(aside)} 行*，更正后可以再传。" if zh else
            f"*{len(every)}* recent uploads, *{waiting}* not finished; *{fmt.count(aside)} rows* were set aside and "
            f"may be handed in again once corrected."]  # fmt: skip
    question = (
        "交来了什么，进了多少，哪些要更正？" if zh else "What was handed in, what came in, what is to be corrected?"
    )
    return page(request, "jobs.html", caller=caller, question=question, filters=chosen, says=says if every else [],
                tables=(_listing(shown),))  # fmt: skip


def _listing(rows: list[dict[str, Any]]) -> Listing:
    return Listing("uploads", "上传", "Uploads", (
        Column("file_name", "文件", "File", head=True, href=lambda row: f"/jobs/{row['upload_id']}"),
        Column("institution", "机构", "Provider"),
        Column("state", "状态", "State", "chip", words=STATES, tone=lambda row: TONES[row["state"]]),
        Column("rows_in", "交来，行", "Rows in", "count"), Column("accepted", "入库", "Accepted", "count"),
        Column("quarantined", "隔离", "Quarantined", "count"), Column("duplicates", "重复", "Duplicates", "count"),
        Column("made_at", "交来时间", "Handed in", "time"),
    ), rows, caption=False)  # fmt: skip


def _within(caller: Caller, service: Service, lang: Lang) -> list[dict[str, Any]]:
    """The newest uploads of institutions within scope."""
    newest = select(UPLOAD).order_by(UPLOAD.c.made_at.desc(), UPLOAD.c.upload_id)
    with reads(service.registry) as connection:
        places = connection.execute(select(UPLOAD.c.institution_id).distinct()).scalars().all()
        own = [place for place in places if caller.covers(service.place_of(place))]
        rows = connection.execute(newest.where(UPLOAD.c.institution_id.in_(own)).limit(MOST)).mappings().all()
    return [{**row, "institution": institution_name(service, row["institution_id"], lang),
             "made_at": row["made_at"].replace(microsecond=0)} for row in rows]  # fmt: skip


@router.get("/{upload_id}")
@needs("upload.read")
def job(request: Request, upload_id: Id, caller: Who, service: Of, done: str = "") -> Response:
    """An upload of an institution within scope."""
    saved = ""
    if done == "cancel":
        saved = (
            "已取消，没有一行进入账本。" if lang_of(request) == "zh" else "Cancelled; not one row came into the ledger."
        )
    return _page(request, caller, service, upload_of(caller, service, upload_id), saved=saved)


@router.post("/{upload_id}")
@needs("upload.send")
def take_back(
    request: Request, upload_id: Id, caller: Who, service: Of, final: Text = "", why: Text = ""
) -> Response:  # fmt: skip
    """Take an upload back, asked once more with the reason."""
    row, zh = upload_of(caller, service, upload_id), lang_of(request) == "zh"
    if row["state"] in CANCELLABLE and (not final or not why.strip()):
        wrong = {"why": NO_REASON[0 if zh else 1]} if final else None
        return asked_once_more(request, caller, _taking_back(service, row, lang_of(request)), {}, wrong)
    try:
        cancel(service, upload_id, caller.actor_id, why.strip())
    except Problem as refused:
        return _page(request, caller, service, upload_of(caller, service, upload_id),
                     error=refused.zh if zh else refused.what)  # fmt: skip
    return RedirectResponse(f"/jobs/{upload_id}?done=cancel", 303)


def _taking_back(service: Service, row: Mapping[str, Any], lang: Lang) -> Sure:
    """A cancellation, before it is done."""
    zh, at, fmt = lang == "zh", f"/jobs/{row['upload_id']}", Format(lang)
    return Sure(
        ("取消上传", "cancel an upload"), str(row["file_name"]),
        ("停止读入，没有一行进入账本，交来的文件随即删除；已经入库的取消不了",
         "reading stops, not one row comes into the ledger, and the file is removed; what is stored already stays"),
        at, (at, ("返回上传", "Back to the upload")),
        [("机构" if zh else "Provider", institution_name(service, row["institution_id"], lang)),
         ("交来时间" if zh else "Handed in", fmt.time(row["made_at"].replace(microsecond=0)))],
        verb=("确认取消", "Cancel it"), code=str(row["upload_id"]), reason=True,
        undone=("取消后可以重新上传。", "It can be handed in again."),
    )  # fmt: skip


def _page(
    request: Request, caller: Caller, service: Service, row: Mapping[str, Any], *, saved: str = "", error: str = ""
) -> Response:
    lang = lang_of(request)
    zh, running = lang == "zh", row["state"] in OPEN
    aside = bool(row["quarantined"] and row["ledger_batch"])
    tables = [listed(set_aside(caller, service, row), service.ledger.tables())] if aside else []
    status = 409 if error else 202 if running else 200
    return page(
        request, "job.html", caller=caller, status=status, job=row, running=running, tables=tables, saved=saved,
        error=error or None, state=STATES[row["state"]], tone=TONES[row["state"]].split(":"),
        question="交来的数据到哪一步了？" if zh else "How far are the data that were handed in?",
        meta=[institution_name(service, row["institution_id"], lang),
              f"{'交来' if zh else 'handed in'} {Format(lang).time(row['made_at'].replace(microsecond=0))}"],
        cancellable=row["state"] in CANCELLABLE and caller.allows("upload.send"),
        purpose=purposes()["quarantine"][0 if zh else 1] if aside else "",
    )  # fmt: skip
