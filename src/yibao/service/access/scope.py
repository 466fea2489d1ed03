"""The caller, and the one predicate that says what lies within his scope.

Every route asks :meth:`Caller.over` before it touches a row of somebody; :func:`within` decides, and nothing else does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from yibao.engine.yaml import read_yaml
from yibao.registry.actors import grants_in_force
from yibao.registry.scopes import Place, Reach, reach
from yibao.registry.tables.core import ACTOR, REGION
from yibao.service.problems import Problem

#: Roles that see data of persons beyond their own patients: they sign in with a second factor.
SECOND_FACTOR = frozenset(
    {"administrator", "bureau", "lead", "auditor", "expert", "officer", "agency", "analyst", "department"}
)


@cache
def permissions() -> Mapping[str, frozenset[str]]:
    """Permission -> roles that have it (``permissions.yaml``)."""
    path = Path(__file__).parents[1] / "permissions.yaml"
    said = read_yaml(path.read_text(encoding="utf-8"), path.name)
    return {str(name): frozenset(map(str, entry["roles"])) for name, entry in said.items()}


def within(reached: Reach, place: Place) -> bool:
    """Whether a place lies in a reach: the predicate of row scope."""
    return reached.covers(place)


@dataclass
class Caller:
    """Somebody who showed who he is, by ``way`` of ``session``, ``key`` or ``client``."""

    actor_id: str
    name: str
    kind: str
    way: str
    grants: Sequence[Mapping[str, Any]]
    children: Mapping[str, list[str]]
    csrf: str = ""
    factors: int = 2
    permission: str = ""
    asked: bool = False

    @property
    def roles(self) -> frozenset[str]:
        return frozenset(grant["role"] for grant in self.grants)

    def needs_second_factor(self) -> bool:
        return self.way == "session" and bool(self.roles & SECOND_FACTOR)

    def allows(self, permission: str) -> bool:
        """Whether a role of the caller has a permission, somewhere."""
        return bool(self._granting(permission))

    def require(self, permission: str) -> None:
        """The caller holds a role with this permission, somewhere. Raises :class:`Problem` 403."""
        if not self.allows(permission):
            raise Problem(
                403, "no_role", f"{self.actor_id} may not do {permission}", f"{self.actor_id} 无权进行 {permission}",
                mend="an administrator grants a role that may", mend_zh="请由管理员授予有此权限的角色",
            )  # fmt: skip
        self.permission = permission

    def reach(self, permission: str = "") -> Reach:
        """What the caller reaches with a permission, the route's where none is named."""
        return reach(self._granting(permission or self.permission), self.children)

    def covers(self, place: Place) -> bool:
        """Whether a place is within the caller's scope; the question counts as asked."""
        self.asked = True
        return within(self.reach(), place)

    def over(self, *places: Place) -> str:
        """All places are within the caller's scope; the role that covers them. Raises :class:`Problem` 403."""
        for place in places:
            if not self.covers(place):
                raise Problem(
                    403, "out_of_scope", "this is outside your scope", "不在您的权限范围内",
                    mend="ask somebody whose scope it is", mend_zh="请由有权限的人员办理",
                )  # fmt: skip
        return next(iter(sorted(grant["role"] for grant in self._granting(self.permission))))

    def _granting(self, permission: str) -> list[Mapping[str, Any]]:
        may = permissions().get(permission, frozenset())
        return [grant for grant in self.grants if grant["role"] in may]


def caller_of(connection: Connection, actor_id: str, at: datetime, way: str, **more: Any) -> Caller:
    """The caller behind an actor, with the grants in force. Raises :class:`Problem` 401 for one who may not act."""
    actor = connection.execute(select(ACTOR).where(ACTOR.c.actor_id == actor_id)).mappings().one_or_none()
    if actor is None or actor["state"] != "active":
        raise unauthenticated()
    grants = grants_in_force(connection, actor_id, at.date())
    children: dict[str, list[str]] = {}
    if any(grant["scope_kind"] == "region" for grant in grants):
        for code, parent in connection.execute(select(REGION.c.region_code, REGION.c.parent_code)):
            children.setdefault(parent, []).append(code)
    return Caller(actor_id, actor["name"], actor["kind"], way, grants, children, **more)


def unauthenticated() -> Problem:
    """Nobody, or nobody who may act: the same words for every reason, so that nothing is learned from them."""
    return Problem(
        401, "unauthenticated", "no valid credential was shown", "没有出示有效凭证",
        mend="sign in, or send an API key as `Authorization: Bearer …`",
        mend_zh="请登录，或以 Authorization: Bearer 发送接口密钥",
        headers={"WWW-Authenticate": "Bearer"},
    )  # fmt: skip
