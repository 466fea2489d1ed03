"""Actors, their grants, and the places over which they are granted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, insert, select

from yibao.registry.articles import Refused
from yibao.registry.audit import CHAINS, GENESIS
from yibao.registry.roles import roles
from yibao.registry.scopes import Place
from yibao.registry.store import Answer, Registry, verb
from yibao.registry.tables.core import ACTOR, GRANT, HEAD, INSTITUTION, META, REGION
from yibao.registry.unit import Unit

#: Grants of the first administrator hold from here on, so that what was done before can be recorded too.
FIRST_DAY = date(2000, 1, 1)


def found(registry: Registry, admin: str, name: str, region: str, region_name: str, registry_id: str) -> None:
    """Begin an empty registry: heads of the chains, the top region, the first administrator."""
    now = registry.clock()
    with registry.engine.begin() as connection:
        unit = Unit(connection, "registry.init", f"registry:{registry_id}", admin, now, now, registry.calendar)
        connection.execute(insert(HEAD), [{"chain": n, "seq": 0, "hash": GENESIS} for n in range(CHAINS)])
        unit.insert(META, name="registry_id", value=registry_id)
        unit.insert(REGION, region_code=region, name=region_name)
        unit.insert(ACTOR, actor_id=admin, name=name, kind="person", state="active")
        unit.insert(GRANT, grant_id=f"{admin}:administrator:{region}", actor_id=admin, role="administrator",
                    scope_kind="region", scope=region, valid_from=FIRST_DAY, granted_by=admin)  # fmt: skip
        unit.identify()
        unit.action = "actor.grant"
        unit.allow(Place(region=region))
        unit.action = "registry.init"
        unit.finish()


def grants_in_force(connection: Connection, actor_id: str, day: date) -> list[dict[str, Any]]:
    """The grants of an actor that hold on a day: not revoked, begun, and not ended."""
    mine = select(GRANT).where(GRANT.c.actor_id == actor_id, GRANT.c.revoked_at.is_(None), GRANT.c.valid_from <= day)
    rows = (dict(row) for row in connection.execute(mine).mappings())
    return [row for row in rows if row["valid_to"] is None or day < row["valid_to"]]


@verb("actor.add", "actor:{actor_id}")
def add(
    unit: Unit, actor_id: str, name: str, kind: str = "person", organisation: str | None = None,
    licence: str | None = None,
) -> Answer:  # fmt: skip
    """Make an actor known. ``licence`` is the number of an enforcement licence."""
    unit.allow_anywhere()
    if unit.find(ACTOR, actor_id=actor_id) is not None:
        raise Refused("actor_known", "qualification_56", f"the actor {actor_id} is known already",
                      f"操作人 {actor_id} 已登记", mend="one person, one account", mend_zh="一人一号")  # fmt: skip
    row = unit.insert(ACTOR, actor_id=actor_id, name=name, kind=kind, organisation=organisation, licence=licence,
                      state="active")  # fmt: skip
    return {"actor_id": row["actor_id"], "state": row["state"]}


@verb("actor.disable", "actor:{actor_id}")
def set_state(unit: Unit, actor_id: str, state: str, reason: str | None = None) -> Answer:
    """Disable an actor, or enable him again; ``reason`` is kept with the event."""
    unit.allow_anywhere()
    row = unit.get(ACTOR, "actor", "操作人", actor_id=actor_id)
    unit.update(ACTOR, row, state=state)
    return {"actor_id": actor_id, "state": state}


@verb("actor.grant", "actor:{actor_id}")
def grant(
    unit: Unit, actor_id: str, role: str, scope_kind: str | None = None, scope: str | None = None,
    valid_from: date | None = None, valid_to: date | None = None,
) -> Answer:  # fmt: skip
    """Give an actor a role for a scope. Raises :class:`Refused`: ``unknown_role``, ``role_without_scope``, …"""
    known = roles()
    if role not in known:
        raise Refused("unknown_role", "qualification_56", f"there is no role {role!r}", f"没有角色 {role!r}",
                      mend=f"known: {', '.join(known)}", mend_zh=f"可用：{', '.join(known)}")  # fmt: skip
    if not scope_kind or not scope:
        raise Refused(
            "role_without_scope", "qualification_56", f"the role {role} needs a scope", f"角色 {role} 须有权限范围",
            mend=f"say one: {' or '.join(known[role].scopes)}", mend_zh=f"请给出：{' 或 '.join(known[role].scopes)}",
        )  # fmt: skip
    if scope_kind not in known[role].scopes:
        raise Refused(
            "wrong_scope", "qualification_56", f"the role {role} is not granted for a {scope_kind}",
            f"角色 {role} 不能以 {scope_kind} 授权", mend=f"say: {' or '.join(known[role].scopes)}",
            mend_zh=f"请给出：{' 或 '.join(known[role].scopes)}",
        )  # fmt: skip
    unit.get(ACTOR, "actor", "操作人", actor_id=actor_id)
    unit.allow(_place(unit, scope_kind, scope))
    begins = valid_from or unit.today
    grant_id = f"{actor_id}:{role}:{scope}"
    old = unit.find(GRANT, grant_id=grant_id)
    said = {"actor_id": actor_id, "role": role, "scope_kind": scope_kind, "scope": scope, "valid_from": begins,
            "valid_to": valid_to, "granted_by": unit.actor_id, "revoked_at": None}  # fmt: skip
    if old is None:
        unit.insert(GRANT, grant_id=grant_id, **said)
    else:
        unit.update(GRANT, old, **said)
    return {"grant_id": grant_id}


@verb("actor.revoke", "grant:{grant_id}")
def revoke(unit: Unit, grant_id: str, reason: str | None = None) -> Answer:
    """Take a role back; ``reason`` is kept with the event."""
    row = unit.get(GRANT, "grant", "授权", grant_id=grant_id)
    unit.allow(_place(unit, row["scope_kind"], row["scope"]))
    unit.update(GRANT, row, revoked_at=unit.at)
    return {"grant_id": grant_id, "revoked_at": unit.at.isoformat()}


@verb("registry.places", "places", unsaid=("regions", "institutions"))
def take_places(unit: Unit, regions: Iterable[Mapping[str, Any]], institutions: Iterable[Mapping[str, Any]]) -> Answer:
    """Learn the region tree and the institutions, as rows of the ledger's tables ``region`` and ``institution``."""
    unit.allow_anywhere()
    added = {"regions": 0, "institutions": 0}
    known = {row["region_code"]: row for row in unit.rows(select(REGION))}
    for region in regions:
        code, parent = region["region_code"], region.get("parent_code")
        said = {"name": region.get("name") or code, "parent_code": parent}
        added["regions"] += _keep(unit, REGION, known.get(code), {"region_code": code, **said})
    there = {row["institution_id"]: row for row in unit.rows(select(INSTITUTION))}
    for place in institutions:
        name = {"institution_id": place["institution_id"], "name": place.get("name") or place["institution_id"]}
        said = {**name, "kind": place.get("kind"), "region_code": place["region_code"]}
        added["institutions"] += _keep(unit, INSTITUTION, there.get(place["institution_id"]), said)
    unit.say(**added)
    return added


def _keep(unit: Unit, table: Any, old: Any, said: dict[str, Any]) -> int:
    """Write what is new or different; 1 if anything was."""
    if old is None:
        unit.insert(table, **said)
        return 1
    changes = {name: value for name, value in said.items() if old[name] != value}
    if not changes:
        return 0
    unit.update(table, old, **changes)
    return 1


def _place(unit: Unit, scope_kind: str, scope: str) -> Place:
    """Where a grant's scope lies. Scopes of persons belong to nobody's region: whoever may grant may grant them."""
    if scope_kind == "region":
        unit.get(REGION, "region", "区划", region_code=scope)
        return Place(region=scope)
    if scope_kind == "institution":
        row = unit.get(INSTITUTION, "institution", "机构", institution_id=scope)
        return Place(region=row["region_code"], institution=scope)
    top = select(REGION.c.region_code).where(REGION.c.parent_code.is_(None))
    return Place(region=unit.connection.execute(top).scalar())
