"""`yibao registry`: the operational database. Found it, keep it, and act in it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from uuid import uuid4

import typer

from yibao.cli import (
    registry_actor,
    registry_assess,
    registry_audit,
    registry_clue,
    registry_clue_intake,
    registry_credit,
    registry_data,
    registry_live,
    registry_person,
    registry_places,
    registry_points,
    registry_verify,
)  # fmt: skip
from yibao.cli.options import AsJson
from yibao.cli.registry_session import HERE, By, RegistryPlace, day, session, show
from yibao.cli.words import t
from yibao.registry import Registry
from yibao.registry.actors import found
from yibao.registry.articles import RegistryError
from yibao.registry.backup import NO_ANNEX, back_up, restore
from yibao.registry.clock import china_time
from yibao.registry.database import connect
from yibao.registry.migrate import form_of, migrate
from yibao.registry.retention import USUAL, retain

app = typer.Typer(no_args_is_help=True)
for _name, _group in (
    ("actor", registry_actor.app), ("clue", registry_clue.app), ("points", registry_points.app),
    ("credit", registry_credit.app), ("assess", registry_assess.app), ("data", registry_data.app),
    ("audit", registry_audit.app),
):  # fmt: skip
    app.add_typer(_group, name=_name)
for _group, _part in (
    (app, registry_live.app),
    (app, registry_places.app),
    (app, registry_verify.app),
    (registry_clue.app, registry_clue_intake.app),
    (registry_data.app, registry_person.app),
):
    _group.registered_commands += _part.registered_commands


@app.command("init", help=t("建立登记库和首位管理员", "Found a registry with its first administrator"))
def init(
    admin: Annotated[
        str, typer.Option("--admin", metavar="ACTOR", help=t("首位管理员编号", "the first administrator's id"))
    ],
    region: Annotated[
        str, typer.Option("--region", metavar="CODE", help=t("最高一级区划代码", "the region at the top"))
    ],
    name: Annotated[str, typer.Option("--name", help=t("管理员姓名", "the administrator's name"))] = "",
    place: RegistryPlace = HERE,
    as_json: AsJson = False,
) -> None:
    engine = connect(place)
    try:
        if form_of(engine) is not None:
            raise RegistryError("there is a registry already", where=place, mend="use it, or name another place",
                                zh="此处已有登记库", mend_zh="请使用它，或换一个位置")  # fmt: skip
        _, form = migrate(engine)
        registry_id = uuid4().hex
        found(Registry(place, engine, china_time), admin, name or admin, region, region, registry_id)
    finally:
        engine.dispose()
    show({"registry": place, "form": form, "registry_id": registry_id, "actor_id": admin}, as_json)


@app.command(
    "migrate", help=t("升级（或降级）登记库结构", "Bring the registry to this version's form, or down to another")
)
def migrate_command(
    to: Annotated[
        str | None,
        typer.Option("--to", metavar="FORM", help=t("目标结构，默认最新", "the form to reach; the newest by default")),
    ] = None,
    place: RegistryPlace = HERE,
    as_json: AsJson = False,
) -> None:
    engine = connect(place)
    try:
        before, after = migrate(engine, to)
    finally:
        engine.dispose()
    show({"form_before": before or "-", "form": after or "-"}, as_json)


@app.command(
    "backup", help=t("备份到一个文件，并以恢复和校验证明", "Back up into a file, proved by restoring and verifying it")
)
def backup_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=t("备份文件（新建）", "the file, to be made"))],
    place: RegistryPlace = HERE,
    as_json: AsJson = False,
) -> None:
    from yibao.service.retention import annex, beside  # what the service keeps in the same database goes along

    with Registry.open(place) as registry:
        made = back_up(registry, file, annex() if beside(registry) else NO_ANNEX)
    rows = sum(made.rows.values())
    show({"file": str(file), "made_at": made.made_at, "form": made.form, "rows": rows, "events": made.verified.events,
          "problems": made.verified.count}, as_json)  # fmt: skip
    if not made.verified.sound:
        raise typer.Exit(1)


@app.command("restore", help=t("把备份恢复到空库，并校验", "Restore a backup into an empty place, and verify it"))
def restore_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=t("备份文件", "the backup"))],
    place: RegistryPlace = HERE,
    as_json: AsJson = False,
) -> None:
    from yibao.service.retention import annex, verify_all

    engine = connect(place)
    try:
        rows = restore(file, engine, annex())
    finally:
        engine.dispose()
    with Registry.open(place) as registry:
        checked = verify_all(registry)
    show({"registry": place, "rows": sum(rows.values()), "events": checked.events, "problems": checked.count}, as_json)
    if not checked.sound:
        raise typer.Exit(1)


@app.command(
    "retain", help=t("到期清除旧记录的内容，链条与摘要保留", "Erase the bodies of old events; the chain stays")
)
def retain_command(
    by: By,
    before: Annotated[
        str | None,
        typer.Option(
            "--before",
            metavar="DAY",
            help=t("清除此日以前的内容，默认三年前", "erase what is older, by default than three years"),
        ),
    ] = None,
    place: RegistryPlace = HERE,
    as_json: AsJson = False,
) -> None:
    with session(place, by) as acting:
        first = (acting.registry.clock() - USUAL).date() if before is None else day(before)
        show(acting.do(retain, first), as_json)
