"""API keys of systems: made for a system's account, shown once, ended by a date or by hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import select

from yibao.errors import YibaoError
from yibao.presentation.fmt import Format
from yibao.registry.tables.core import ACTOR
from yibao.service.access.guard import GuardedRoute, Of, Who, needs
from yibao.service.access.keys import make_key, revoke_key
from yibao.service.console.confirming import NO_REASON, REASON_MOST, Sure, asked_once_more
from yibao.service.console.listing import Column, Listing, under
from yibao.service.console.pages import lang_of, page
from yibao.service.problems import unknown
from yibao.service.reads import reads
from yibao.service.state import Service
from yibao.service.systems.types import Id
from yibao.service.tables import API_KEY

router = APIRouter(prefix="/admin/keys", route_class=GuardedRoute, include_in_schema=False)
STATES = {"valid": ("有效", "valid"), "soon": ("30 天内到期", "ends within 30 days"), "over": ("已失效", "ended")}
_TONES = {"valid": "good:check", "soon": "warn:clock", "over": ":x"}
Text = Annotated[str, Form(max_length=120)]
Why = Annotated[str, Form(max_length=REASON_MOST)]


@router.get("")
@needs("access.manage", anywhere=True)  # keys lie in no place
def keys(request: Request, caller: Who, service: Of, done: str = "") -> Response:
    """Which systems may call, and until when?"""
    return _page(request, caller, service, done=done)


@router.post("")
@needs("access.manage", anywhere=True)
def create(
    request: Request, caller: Who, service: Of, actor_id: Text = "", label: Text = "", days: Text = "365"
) -> Response:
    """A new key; its text is shown once."""
    zh, errors = lang_of(request) == "zh", {}
    if not actor_id:
        errors["actor_id"] = "请选择系统账号" if zh else "choose the system's account"
    if not label.strip():
        errors["label"] = "请写明用途" if zh else "say what it is for"
    if not days.isdecimal() or not 1 <= int(days) <= 730:
        errors["days"] = "有效天数为 1 至 730" if zh else "a key lasts 1 to 730 days"
    if errors:
        return _page(request, caller, service, errors=errors)
    try:
        made = make_key(service.registry, actor_id, label.strip(), caller.actor_id, timedelta(days=int(days)))
    except YibaoError as refused:
        return _page(request, caller, service, error=refused.zh if zh else refused.what)
    return _page(request, caller, service, made=made)


@router.post("/{key_id}/end")
@needs("access.manage", anywhere=True)
def end(request: Request, key_id: Id, caller: Who, service: Of, final: Text = "", why: Why = "") -> Response:
    """End a key now; asked once more first, since the system that uses it is refused from then on."""
    query = select(API_KEY, ACTOR.c.name).join(ACTOR, ACTOR.c.actor_id == API_KEY.c.actor_id)
    with reads(service.registry) as connection:
        row = connection.execute(query.where(API_KEY.c.key_id == key_id)).mappings().one_or_none()
    if row is None:
        raise unknown("key", "密钥")
    zh = lang_of(request) == "zh"
    if not final or not why.strip():
        wrong = {"why": NO_REASON[0 if zh else 1]} if final else None
        return asked_once_more(request, caller, _ending(dict(row), zh), {}, wrong)
    revoke_key(service.registry, key_id, caller.actor_id, why.strip())
    return RedirectResponse("/admin/keys?done=end", 303)


def _ending(row: Mapping[str, Any], zh: bool) -> Sure:
    """The end of a key, before it is done."""
    return Sure(
        ("停用接口密钥", "end an API key"), row["name"],
        ("立即失效，不能恢复；用它的系统从现在起被拒绝，要用新密钥",
         "it ends at once; the system that uses it is refused from now on and needs a new key"),
        f"/admin/keys/{row['key_id']}/end", ("/admin/keys", ("接口密钥", "API keys")),
        (("系统" if zh else "System", row["name"]), ("用途" if zh else "For", row["label"])),
        verb=("确认停用", "End it"), code=row["key_id"], reason=True,
    )  # fmt: skip


def _page(
    request: Request, caller: Any, service: Service, *, errors: dict[str, str] | None = None, error: str | None = None,
    made: str = "", done: str = "",
) -> Response:  # fmt: skip
    lang, now = lang_of(request), service.registry.clock()
    zh, fmt = lang == "zh", Format(lang)
    with reads(service.registry) as connection:
        rows = [dict(row) for row in connection.execute(
            select(API_KEY, ACTOR.c.name).join(ACTOR, ACTOR.c.actor_id == API_KEY.c.actor_id)).mappings()]  # fmt: skip
        systems = connection.execute(
            select(ACTOR.c.actor_id, ACTOR.c.name).where(ACTOR.c.kind == "service", ACTOR.c.state == "active")
            .order_by(ACTOR.c.actor_id)).all()  # fmt: skip
    for row in rows:
        over = row["revoked_at"] is not None or row["ends_at"] <= now
        row["state"] = "over" if over else "soon" if row["ends_at"] < now + timedelta(days=30) else "valid"
        row["made"], row["ends"] = row["made_at"].date(), (row["revoked_at"] or row["ends_at"]).date()
    valid = sum(row["state"] != "over" for row in rows)
    says = [
        f"有效密钥 *{fmt.count(valid)} 个*，30 天内到期 *{sum(r['state'] == 'soon' for r in rows)} 个*。"
        if zh
        else f"*{fmt.count(valid)}* keys are valid, *{sum(r['state'] == 'soon' for r in rows)}* end within 30 days."
    ]
    table = Listing(
        "keys",
        "接口密钥",
        "API keys",
        [
            Column("name", "系统", "System", head=True, below=under("actor_id")),
            Column("label", "用途", "For"),
            Column("key_id", "编号", "Number", "id"),
            Column("made", "创建", "Made", "date"),
            Column("ends", "到期或停用", "Ends or ended", "date"),
            Column("state", "状态", "State", "chip", words=STATES, tone=lambda row: _TONES[row["state"]]),
        ],
        rows,
        order="name",
        caption=False,
    )
    saved = ("密钥已停用。" if zh else "The key was ended.") if done == "end" else ""
    if made:
        saved = "密钥已创建，只显示这一次。" if zh else "The key is made; it is shown this once."
    question = "哪些系统可以调用接口，到什么时候？" if zh else "Which systems may call, and until when?"
    return page(request, "admin/keys.html", status=409 if error else 200, caller=caller, question=question, says=says,
                tables=(table,), systems=systems, made=made, errors=errors, error=error, saved=saved,
                valid=[row for row in rows if row["state"] != "over"])  # fmt: skip
