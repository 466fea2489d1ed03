"""`yibao registry places`, `add-region`, `add-institution`: where the registry's people and matters are."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from yibao.cli.options import AsJson, LedgerPath
from yibao.cli.registry_session import HERE, By, RegistryPlace, session, show
from yibao.cli.words import t
from yibao.engine import DuckEngine
from yibao.ledger import Ledger, open_ledger
from yibao.registry.actors import take_places

app = typer.Typer()


@app.command("places", help=t("从账本读取区划和机构", "Learn regions and institutions from a ledger"))
def places(ledger_path: LedgerPath, by: By, place: RegistryPlace = HERE, as_json: AsJson = False) -> None:
    ledger = open_ledger(ledger_path)
    rows = {name: _table(ledger, name) for name in ("region", "institution")}
    with session(place, by) as acting:
        show(acting.do(take_places, rows["region"], rows["institution"]), as_json)


@app.command("add-region", help=t("手工登记区划", "Make a region known by hand"))
def add_region(
    code: Annotated[str, typer.Argument(metavar="CODE", help=t("区划代码", "its code"))],
    by: By,
    parent: Annotated[str, typer.Option("--parent", metavar="CODE", help=t("上级区划", "the region above it"))],
    name: Annotated[str, typer.Option("--name", help=t("名称", "its name"))] = "",
    place: RegistryPlace = HERE,
    as_json: AsJson = False,
) -> None:
    with session(place, by) as acting:
        row = {"region_code": code, "parent_code": parent, "name": name or code}
        show(acting.do(take_places, [row], []), as_json)


@app.command("add-institution", help=t("手工登记定点医药机构", "Make a designated institution known by hand"))
def add_institution(
    institution: Annotated[str, typer.Argument(metavar="ID", help=t("机构编号", "its id"))],
    by: By,
    region: Annotated[str, typer.Option("--region", metavar="CODE", help=t("所在区划", "its region"))],
    name: Annotated[str, typer.Option("--name", help=t("名称", "its name"))] = "",
    place: RegistryPlace = HERE,
    as_json: AsJson = False,
) -> None:
    with session(place, by) as acting:
        row = {"institution_id": institution, "region_code": region, "name": name or institution}
        show(acting.do(take_places, [], [row]), as_json)


def _table(ledger: Ledger, name: str) -> list[dict[str, Any]]:
    with DuckEngine(threads=1) as engine:
        ledger.attach(engine, only=[name])
        rows: list[dict[str, Any]] = engine.execute(f"select * from {name}").to_pylist()
    return rows
