"""`yibao registry actor`: who may act, in which role, where."""

from __future__ import annotations

from typing import Annotated

import typer
from sqlalchemy import select

from yibao.cli.options import AsJson
from yibao.cli.registry_session import HERE, By, RegistryPlace, day, listed, session, show
from yibao.cli.show import print_json, print_table
from yibao.cli.words import t
from yibao.registry.actors import add, grant, revoke, set_state
from yibao.registry.roles import roles
from yibao.registry.tables.core import ACTOR, GRANT

app = typer.Typer(help=t("操作人、角色与授权", "Actors, roles and grants"), no_args_is_help=True)
ActorId = Annotated[str, typer.Argument(metavar="ACTOR", help=t("操作人编号", "the actor's id"))]


@app.command("add", help=t("登记一名操作人（一人一号）", "Make an actor known: one person, one account"))
def add_actor(
    actor_id: ActorId,
    by: By,
    name: Annotated[str, typer.Option("--name", help=t("姓名", "name"))] = "",
    service: Annotated[bool, typer.Option("--service", help=t("是系统，不是人", "a service, not a person"))] = False,
    organisation: Annotated[str | None, typer.Option("--organisation", help=t("所在单位", "organisation"))] = None,
    licence: Annotated[
        str | None, typer.Option("--licence", metavar="NO", help=t("执法证件号", "number of the enforcement licence"))
    ] = None,
    place: RegistryPlace = HERE,
    as_json: AsJson = False,
) -> None:
    kind = "service" if service else "person"
    with session(place, by) as acting:
        show(acting.do(add, actor_id, name or actor_id, kind, organisation, licence), as_json)


@app.command("disable", help=t("停用操作人", "Disable an actor"))
def disable(actor_id: ActorId, by: By, place: RegistryPlace = HERE, as_json: AsJson = False) -> None:
    with session(place, by) as acting:
        show(acting.do(set_state, actor_id, "disabled"), as_json)


@app.command("enable", help=t("重新启用操作人", "Enable an actor again"))
def enable(actor_id: ActorId, by: By, place: RegistryPlace = HERE, as_json: AsJson = False) -> None:
    with session(place, by) as acting:
        show(acting.do(set_state, actor_id, "active"), as_json)


@app.command("grant", help=t("授予角色及其范围", "Give an actor a role for a scope"))
def grant_role(
    actor_id: ActorId,
    role: Annotated[
        str,
        typer.Argument(metavar="ROLE", help=t("角色，见 registry actor roles", "the role; see registry actor roles")),
    ],
    by: By,
    region: Annotated[
        str | None, typer.Option("--region", metavar="CODE", help=t("区划（含下级）", "a region with all below it"))
    ] = None,
    institution: Annotated[
        str | None, typer.Option("--institution", metavar="ID", help=t("机构", "an institution"))
    ] = None,
    person: Annotated[str | None, typer.Option("--person", metavar="ID", help=t("本人", "a person"))] = None,
    since: Annotated[
        str | None, typer.Option("--from", metavar="DAY", help=t("起始日，默认今日", "first day, today by default"))
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", metavar="DAY", help=t("截止日（不含）", "until this day, exclusive"))
    ] = None,
    place: RegistryPlace = HERE,
    as_json: AsJson = False,
) -> None:
    scopes = {"region": region, "institution": institution, "person": person}
    kind, scope = next(((k, v) for k, v in scopes.items() if v), (None, None))
    with session(place, by) as acting:
        show(acting.do(grant, actor_id, role, kind, scope, since and day(since), until and day(until)), as_json)


@app.command("revoke", help=t("收回授权", "Take a role back"))
def revoke_role(
    grant_id: Annotated[
        str,
        typer.Argument(
            metavar="GRANT", help=t("授权编号，见 registry actor list", "the grant; see registry actor list")
        ),
    ],
    by: By,
    place: RegistryPlace = HERE,
    as_json: AsJson = False,
) -> None:
    with session(place, by) as acting:
        show(acting.do(revoke, grant_id), as_json)


@app.command("list", help=t("列出操作人与授权", "List actors and their grants"))
def list_actors(by: By, place: RegistryPlace = HERE, as_json: AsJson = False) -> None:
    with session(place, by) as acting, acting.reading("actor.list") as unit:
        rows = unit.rows(
            select(
                ACTOR,
                GRANT.c.grant_id,
                GRANT.c.role,
                GRANT.c.scope_kind,
                GRANT.c.scope,
                GRANT.c.valid_from,
                GRANT.c.valid_to,
                GRANT.c.revoked_at,
            )
            .outerjoin(GRANT, GRANT.c.actor_id == ACTOR.c.actor_id)
            .order_by(ACTOR.c.actor_id)
        )
    listed(
        rows,
        ("actor_id", "name", "state", "role", "scope_kind", "scope", "valid_from", "valid_to", "grant_id"),
        as_json,
    )


@app.command("roles", help=t("列出角色、其范围与权限", "List roles, their scopes, and what each may do"))
def list_roles(as_json: AsJson = False) -> None:
    known = roles().values()
    if as_json:
        print_json([{"role": r.name, "zh": r.zh, "en": r.en, "scopes": r.scopes, "may": r.may} for r in known])
        return
    print_table([t("角色", "role"), t("名称", "name"), t("范围", "scope"), t("权限", "may")],
                [(r.name, t(r.zh, r.en), ", ".join(r.scopes), ", ".join(r.may)) for r in known])  # fmt: skip
