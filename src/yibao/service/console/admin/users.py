"""Users: who may act, in which role, for what scope; a new user with a first password and a second factor."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import date
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import select

from yibao.errors import YibaoError
from yibao.presentation.fmt import Format, Lang
from yibao.registry.actors import add, grant, revoke, set_state
from yibao.registry.roles import roles
from yibao.registry.tables.core import ACTOR, GRANT
from yibao.service.access.guard import GuardedRoute, Of, Who, needs
from yibao.service.access.scope import SECOND_FACTOR
from yibao.service.console.admin import finals
from yibao.service.console.admin.forms import FIELDS, KINDS, SCOPES, factor, wrong
from yibao.service.console.confirming import NO_REASON, asked_once_more, why
from yibao.service.console.filters import Filter, Option, read
from yibao.service.console.listing import Column, Listing, under
from yibao.service.console.pages import lang_of, page
from yibao.service.console.scoping import institution_name, region_name
from yibao.service.problems import unknown
from yibao.service.reads import reads
from yibao.service.state import Service
from yibao.service.systems.types import Id
from yibao.service.tables import CREDENTIAL

router = APIRouter(prefix="/admin/users", route_class=GuardedRoute, include_in_schema=False)
_NOTHING = {"password": "", "secret": "", "picture": ""}
#: So many places are offered for a grant.
MOST_PLACES = 2_000
STATES = {"active": ("启用", "active"), "disabled": ("停用", "disabled")}


@router.get("")
@needs("access.manage", anywhere=True)  # accounts lie in no place; grants are checked by the registry
def users(request: Request, caller: Who, service: Of) -> Response:
    """Who may act, in which role, for what?"""
    lang = lang_of(request)
    zh, fmt = lang == "zh", Format(lang)
    chosen = read(request, [
        Filter("role", "角色", "Role", options=[Option(name, role.zh, role.en) for name, role in roles().items()]),
        Filter("state", "状态", "State", options=[Option(k, *w) for k, w in STATES.items()]),
        Filter("q", "姓名或账号", "Name or account", kind="text"),
    ])  # fmt: skip
    rows = people(service, lang)
    sought = chosen["q"].lower()
    shown = [row for row in rows if (not chosen["role"] or chosen["role"] in row["roles"])
             and (not chosen["state"] or row["state"] == chosen["state"])
             and (sought in row["name"].lower() or sought in row["actor_id"].lower())]  # fmt: skip
    lacking = sum(row["factor"] == "wanted" for row in rows)
    says = [
        f"共 *{fmt.count(len(rows))} 个*账号；*{lacking} 个*按角色须有第二因素而尚未验证。"
        if zh
        else f"*{fmt.count(len(rows))}* accounts; *{lacking}* need a second factor by their role and have not "
        f"confirmed it."
    ]
    table = Listing("users", "用户", "Users", _COLUMNS, shown, order="actor_id")
    question = "谁能办什么，在哪里？" if zh else "Who may do what, and where?"
    return page(
        request, "admin/users.html", caller=caller, question=question, filters=chosen, says=says, tables=(table,)
    )


_FACTORS = {
    "confirmed": ("已验证", "confirmed"),
    "wanted": ("待验证", "to be confirmed"),
    "none": ("不需要", "not needed"),
}
_TONES = {"confirmed": "good:check", "wanted": "warn:clock", "none": ":dash"}


_COLUMNS = (
    Column("name", "用户", "User", head=True, href=lambda row: f"/admin/users/{row['actor_id']}",
           below=under("actor_id")),
    Column("kind", "类别", "Kind", words=KINDS),
    Column("granted", "角色与范围", "Roles and scopes", "long"),
    Column("factor", "第二因素", "Second factor", "chip", words=_FACTORS, tone=lambda row: _TONES[row["factor"]]),
    Column("state", "状态", "State", words=STATES),
    Column("actor_id", "账号", "Account", "id"),
)  # fmt: skip


def people(service: Service, lang: Lang) -> list[dict[str, Any]]:
    """Every actor with the grants in force and the standing of the second factor."""
    today, names = service.registry.clock().date(), roles()
    with reads(service.registry) as connection:
        actors = [dict(row) for row in connection.execute(select(ACTOR).order_by(ACTOR.c.actor_id)).mappings()]
        grants = [dict(row) for row in connection.execute(select(GRANT).where(GRANT.c.revoked_at.is_(None))).mappings()]
        given = connection.execute(select(CREDENTIAL.c.actor_id, CREDENTIAL.c.totp_confirmed_at))
        confirmed: dict[str, Any] = {row[0]: row[1] for row in given}
    for actor in actors:
        mine = [
            g for g in grants if g["actor_id"] == actor["actor_id"] and (g["valid_to"] is None or today < g["valid_to"])
        ]
        actor["roles"] = [g["role"] for g in mine]
        actor["granted"] = ("；" if lang == "zh" else "; ").join(
            _granted(service, g, lang) for g in mine if g["role"] in names
        )
        wanted = bool(set(actor["roles"]) & SECOND_FACTOR) and actor["kind"] == "person"
        actor["factor"] = "none" if not wanted else "confirmed" if confirmed.get(actor["actor_id"]) else "wanted"
    return actors


@router.get("/new")
@needs("access.manage", anywhere=True)
def new(request: Request, caller: Who, service: Of) -> Response:
    """The form for a new user."""
    return _form(request, caller, service, {})


@router.post("/new")
@needs("access.manage", anywhere=True)
async def create(request: Request, caller: Who, service: Of) -> Response:
    """Make a user known, grant the role, give a first password; it is shown once."""
    form = await request.form()
    said = {name: str(form.get(name, "")).strip()[:120] for name in FIELDS}
    lang = lang_of(request)
    errors = wrong(service, said, lang)
    if errors:
        return _form(request, caller, service, said, errors)
    until = date.fromisoformat(said["valid_to"]) if said["valid_to"] else None
    try:
        service.registry.do(
            add, said["actor_id"], said["name"], kind=said["kind"], organisation=said["scope"], by=caller.actor_id
        )
        service.registry.do(
            grant, said["actor_id"], said["role"], said["scope_kind"], said["scope"], valid_to=until, by=caller.actor_id
        )
    except YibaoError as refused:
        return _form(request, caller, service, said, error=refused.zh if lang == "zh" else refused.what)
    given: dict[str, Any] = dict(_NOTHING)
    if said["kind"] == "person":
        given["password"] = secrets.token_urlsafe(12)
        service.sign_in.set_password(said["actor_id"], given["password"], caller.actor_id)
        if said["role"] in SECOND_FACTOR:
            given |= factor(service, said["actor_id"], caller.actor_id)
    return page(request, "admin/made.html", caller=caller, said=said, given=given, role=roles()[said["role"]],
                question="把下面的内容当面或以可靠方式交给本人；离开本页后不再显示。" if lang == "zh" else
                "Hand this over in person or by a safe way; it is not shown again.")  # fmt: skip


def _form(
    request: Request, caller: Any, service: Service, said: dict[str, str], errors: dict[str, str] | None = None,
    error: str | None = None,
) -> Response:  # fmt: skip
    zh = lang_of(request) == "zh"
    return page(
        request,
        "admin/user_form.html",
        status=409 if error else 200,
        caller=caller,
        said=dict.fromkeys(FIELDS, "") | said,
        errors=errors,
        error=error,
        roles=roles(),
        scopes=SCOPES,
        kinds=KINDS,
        places=places(service, lang_of(request)),
        question="给谁，什么角色，管哪里？" if zh else "For whom, in which role, for what?",
    )


@router.get("/{actor_id}")
@needs("access.manage", anywhere=True)
def one(request: Request, actor_id: Id, caller: Who, service: Of, done: str = "") -> Response:
    """One user: grants, second factor, state."""
    return _one(request, caller, service, actor_id, done=done)


@router.post("/{actor_id}/{act}")
@needs("access.manage", anywhere=True)
async def act(request: Request, actor_id: Id, act: str, caller: Who, service: Of) -> Response:
    """Disable or enable, take a grant back or give one, a new password, a new second factor."""
    form = await request.form()
    by, do, zh = caller.actor_id, service.registry.do, lang_of(request) == "zh"
    given: dict[str, Any] = {}
    reason, grant_id = why(form), str(form.get("grant_id", ""))[:200]
    if act in finals.ASKED and (not form.get("final") or (finals.wants_reason(act) and not reason)):
        user, grants = _known(service, actor_id, "zh" if zh else "en")
        errors = {"why": NO_REASON[0 if zh else 1]} if form.get("final") else None
        sure = finals.sure(user, grants, act, grant_id, zh)
        return asked_once_more(request, caller, sure, {"grant_id": grant_id} if grant_id else {}, errors)
    try:
        if act in ("disable", "enable"):
            do(set_state, actor_id, "disabled" if act == "disable" else "active", reason or None, by=by)
        elif act == "revoke":
            do(revoke, grant_id, reason, by=by)
        elif act == "grant":
            said = {name: str(form.get(name, "")).strip()[:120] for name in ("role", "scope_kind", "scope")}
            said |= {"actor_id": actor_id, "name": "-", "kind": "person", "valid_to": ""}
            errors = wrong(service, said, lang_of(request))
            if errors:
                return _one(request, caller, service, actor_id, errors=errors, said=said)
            do(grant, actor_id, said["role"], said["scope_kind"], said["scope"], by=by)
        elif act == "password":
            given["password"] = secrets.token_urlsafe(12)
            service.sign_in.set_password(actor_id, given["password"], by)
        elif act == "factor":
            given |= factor(service, actor_id, by)
        else:
            raise unknown("act", "办理")
    except YibaoError as refused:
        if act not in ("disable", "enable", "revoke", "grant", "password", "factor"):
            raise
        return _one(request, caller, service, actor_id, error=refused.zh if zh else refused.what)
    if given:
        return _one(request, caller, service, actor_id, given=given, done=act)
    return RedirectResponse(f"/admin/users/{actor_id}?done={act}", 303)


_DONE = {
    "disable": ("已停用，立即生效。", "Disabled, from now on."),
    "enable": ("已启用。", "Enabled."),
    "revoke": ("已收回角色。", "The role was taken back."),
    "grant": ("已授予角色。", "The role was granted."),
    "password": (
        "已设新密码，请交给本人；离开本页后不再显示。",
        "There is a new password: hand it over; it is not shown again.",
    ),
    "factor": (
        "已重设第二因素，请让本人扫码；离开本页后不再显示。",
        "The second factor is new: let the user scan it; it is not shown again.",
    ),
}


def _one(
    request: Request, caller: Any, service: Service, actor_id: str, *, done: str = "", error: str | None = None,
    errors: dict[str, str] | None = None, said: dict[str, str] | None = None, given: dict[str, Any] | None = None,
) -> Response:  # fmt: skip
    lang = lang_of(request)
    found, grants = _known(service, actor_id, lang)
    question = "这个账号能办什么？" if lang == "zh" else "What may this account do?"
    return page(
        request,
        "admin/user.html",
        status=409 if error else 200,
        caller=caller,
        question=question,
        user=found,
        grants=grants,
        error=error,
        errors=errors,
        said=dict.fromkeys(FIELDS, "") | (said or {}),
        given=_NOTHING | (given or {}),
        roles=roles(),
        scopes=SCOPES,
        states=STATES,
        factors=_FACTORS,
        saved=_DONE[done][0 if lang == "zh" else 1] if done in _DONE else "",
        kinds=KINDS,
        places=places(service, lang),
        named_scope=lambda g: scope_name(service, g, lang),
    )


def places(service: Service, lang: Lang) -> list[tuple[str, str]]:
    """What a role may be granted over: codes with names."""
    rows = sorted({**service.regions, **service.institutions}.items())[:MOST_PLACES]
    return [(code, (row["name_en"] if lang == "en" else None) or row["name"]) for code, row in rows]


def _granted(service: Service, held: Mapping[str, Any], lang: Lang) -> str:
    """A role with the place that it holds over, by name and code."""
    role = roles()[held["role"]]
    place = " ".join(dict.fromkeys((scope_name(service, held, lang), str(held["scope"]))))
    return f"{role.zh if lang == 'zh' else role.en} · {place}"


def scope_name(service: Service, held: Mapping[str, Any], lang: Lang) -> str:
    """Where a grant holds: the name of a region or an institution; a person's number, which is all that is told."""
    named = {"region": region_name, "institution": institution_name}.get(held["scope_kind"])
    return named(service, held["scope"], lang) if named else str(held["scope"])


def _known(service: Service, actor_id: str, lang: Lang) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A user and all grants, those taken back too. Raises :class:`Problem` 404."""
    found = next((row for row in people(service, lang) if row["actor_id"] == actor_id), None)
    if found is None:
        raise unknown("user", "用户")
    with reads(service.registry) as connection:
        grants = [
            dict(row)
            for row in connection.execute(
                select(GRANT).where(GRANT.c.actor_id == actor_id).order_by(GRANT.c.valid_from, GRANT.c.grant_id)
            ).mappings()
        ]
    return found, grants
