"""Routes, and who may see what: the page of the manual that people who review access read."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from yibao.engine.yaml import read_yaml
from yibao.generated import grid
from yibao.registry.roles import roles
from yibao.service.access.guard import Access, GuardedRoute
from yibao.service.access.scope import SECOND_FACTOR

_SCOPES = {"region": "区划 region", "institution": "机构 institution", "person": "本人 person"}
_HEAD = """# 访问权限 · routes and who may see what

没有列出的角色一律不得访问；每次访问还须在角色的权限范围（区划、机构、本人）之内，范围之外的对象与不存在的对象看起来一样。

Roles that are not named may not. Within its role every caller reaches its own scope only: a region with all below it,
an institution, a person. What lies outside looks as if it did not exist. Every look at data of persons is in the audit
trail.

"""


def access_page(routes: Iterable[GuardedRoute]) -> str:
    """The page, from the routes themselves, the permissions and the registry's roles."""
    listed = sorted(((route.path, method, route.access) for route in routes for method in route.methods or ()),
                    key=lambda one: one[:2])  # fmt: skip
    by_route = [[method, f"`{path}`", *_who(access)] for path, method, access in listed]
    return (
        _HEAD + "## 路由 Routes\n\n"
        + grid(["", "route", "权限 permission", "角色 roles", "凭证 credential", "范围 scope"], by_route)
        + "\n\n## 权限 Permissions\n\n"
        + grid(["permission", "中文", "English", "roles"], _permissions())
        + "\n\n## 角色 Roles\n\n"
        + "第二因素：登录时须另给一次性验证码。 *second factor*: a one-time code is asked for at sign-in.\n\n"
        + grid(["role", "中文", "English", "范围 scope", "第二因素 second factor"], _roles())
        + "\n"
    )  # fmt: skip


def _who(access: Access) -> list[str]:
    """Permission, roles, credential, scope of a route."""
    if access.permission is None:
        return ["—", f"任何人 anybody: {access.why}", "—", "—"]
    if not access.permission:
        return ["—", f"已登录者 the signed-in: {access.why}", "会话 session, 密钥 key", "—"]
    allowed = ", ".join(sorted(_said()[access.permission]["roles"]))
    credential = "签名令牌 signed token" if access.client else "会话 session, 密钥 key"
    scope = (
        "行由登记库按范围给出 rows as the registry's reach gives them" if access.anywhere else "逐项核对 asked of each"
    )
    return [f"`{access.permission}`", allowed, credential, scope]


def _permissions() -> list[list[str]]:
    return [
        [f"`{name}`", entry["zh"], entry["en"], ", ".join(sorted(entry["roles"]))] for name, entry in _said().items()
    ]


def _roles() -> list[list[str]]:
    return [
        [f"`{name}`", role.zh, role.en, ", ".join(_SCOPES[kind] for kind in role.scopes),
         "是 yes" if name in SECOND_FACTOR else "—"]
        for name, role in roles().items()
    ]  # fmt: skip


def _said() -> dict[str, Any]:
    path = Path(__file__).parents[1] / "permissions.yaml"
    said: dict[str, Any] = read_yaml(path.read_text(encoding="utf-8"), path.name)
    return said
