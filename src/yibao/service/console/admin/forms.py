"""The forms about users: what is wrong in them, in words, by field; a new second factor with its picture."""

from __future__ import annotations

from datetime import date
from typing import Any

import segno
from markupsafe import Markup
from sqlalchemy import select

from yibao.presentation.fmt import Lang
from yibao.registry.roles import roles
from yibao.registry.tables.core import INSTITUTION, REGION
from yibao.service.reads import reads
from yibao.service.state import Service

SCOPES = {"region": ("地区", "region"), "institution": ("机构", "institution"), "person": ("参保人", "person")}
KINDS = {"person": ("个人", "person"), "service": ("系统", "system")}
#: Fields of the forms.
FIELDS = ("actor_id", "name", "kind", "role", "scope_kind", "scope", "valid_to")


def factor(service: Service, actor_id: str, by: str) -> dict[str, Any]:
    """A new second factor: its secret, and the picture that an authenticator app reads."""
    secret = service.sign_in.enrol(actor_id, by)
    uri = f"otpauth://totp/yibao:{actor_id}?secret={secret}&issuer=yibao"
    svg = segno.make(uri, error="m").svg_inline(
        scale=4, dark="#17212B", light="#FFFFFF", omitsize=True, svgclass="qr", lineclass=None
    )
    return {"secret": secret, "picture": Markup(svg)}


def wrong(service: Service, said: dict[str, str], lang: Lang) -> dict[str, str]:
    """What is wrong in the form, by field."""
    zh, errors, known = lang == "zh", {}, roles()
    if not said["actor_id"] or not all(c.isalnum() or c in "-_." for c in said["actor_id"]):
        errors["actor_id"] = (
            "账号只能有字母、数字、点、横线" if zh else "an account has letters, digits, dots and dashes only"
        )
    if not said["name"]:
        errors["name"] = "请填写姓名" if zh else "give the name"
    if said["kind"] not in KINDS:
        errors["kind"] = "请选择类别" if zh else "choose the kind"
    if said["role"] not in known:
        errors["role"] = "请选择角色" if zh else "choose a role"
    elif said["scope_kind"] not in known[said["role"]].scopes:
        words = [SCOPES[k][0 if zh else 1] for k in known[said["role"]].scopes]
        errors["scope_kind"] = f"{known[said['role']].zh}的范围只能是{'或'.join(words)}" if zh else (
            f"a {known[said['role']].en} is granted for a {' or '.join(words)}")  # fmt: skip
    if not said["scope"]:
        errors["scope"] = "请填写范围的代码" if zh else "give the code of the scope"
    elif said["scope_kind"] in ("region", "institution") and not _there(service, said["scope_kind"], said["scope"]):
        errors["scope"] = f"没有代码为 {said['scope']} 的{SCOPES[said['scope_kind']][0]}" if zh else (
            f"there is no {said['scope_kind']} {said['scope']}")  # fmt: skip
    if said["valid_to"]:
        try:
            date.fromisoformat(said["valid_to"])
        except ValueError:
            errors["valid_to"] = "日期应为 年-月-日" if zh else "give the date as year-month-day"
    return errors


def _there(service: Service, kind: str, code: str) -> bool:
    column = REGION.c.region_code if kind == "region" else INSTITUTION.c.institution_id
    with reads(service.registry) as connection:
        return connection.execute(select(column).where(column == code)).first() is not None
