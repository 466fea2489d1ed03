"""`yibao registry settle`, `reverse`, `account`: live settlement."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from yibao.benefits import load_policies, read_bill
from yibao.cli.options import AsJson
from yibao.cli.registry_session import HERE, At, By, RegistryPlace, Request, listed, session, show
from yibao.cli.show import print_json, print_table, say
from yibao.cli.words import t
from yibao.registry.accounts import figures_of, history, reverse, settle
from yibao.runs.live import bill_settler

app = typer.Typer()


@app.command(
    "settle",
    help=t("实时结算一张账单：累计由登记库记住", "Settle a bill live: the registry remembers what went before"),
)
def settle_command(
    bill: Annotated[Path, typer.Argument(metavar="BILL", help=t("账单文件（JSON 或 YAML）", "the bill, JSON or YAML"))],
    by: By,
    request: Request = None,
    policies: Annotated[
        list[Path] | None,
        typer.Option("--policy", metavar="DIR", help=t("您自己的政策目录，可重复", "policies of your own; repeatable")),
    ] = None,
    place: RegistryPlace = HERE,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    file, book = read_bill(bill), load_policies(policies or [])
    assert file.person is not None
    region = file.insured_region or (book.get(file.policy).region if file.policy else None)
    with session(place, by, at, request) as acting:
        settler = bill_settler(file, book)
        answer = acting.do(settle, file.person.id, file.bill.id, settler, region)
    said = dict(answer["result"])
    show(answer if as_json else {**answer, "amount": said["total_amount"], "fund_amount": said["fund_amount"]}, as_json)


@app.command(
    "reverse", help=t("冲销一笔实时结算（须依次从最后一笔起）", "Take a live settlement back, the last one first")
)
def reverse_command(
    person: Annotated[str, typer.Argument(metavar="PERSON", help=t("参保人编号", "the insured person"))],
    settlement: Annotated[str, typer.Argument(metavar="SETTLEMENT", help=t("结算编号", "the settlement"))],
    by: By,
    region: Annotated[
        str | None, typer.Option("--region", metavar="CODE", help=t("参保地区划", "insured region"))
    ] = None,
    request: Request = None,
    place: RegistryPlace = HERE,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    with session(place, by, at, request) as acting:
        show(acting.do(reverse, person, settlement, region), as_json)


@app.command("account", help=t("一人的实时累计与流水", "What the registry remembers of a person, and its movements"))
def account(
    person: Annotated[str, typer.Argument(metavar="PERSON", help=t("参保人编号", "the insured person"))],
    by: By,
    place: RegistryPlace = HERE,
    as_json: AsJson = False,
) -> None:
    with session(place, by) as acting, acting.reading("account.read") as unit:
        figures, moves = figures_of(unit, person), history(unit, person)
    if as_json:
        print_json({"person_id": person, "figures": figures, "movements": [dict(row) for row in moves]})
        return
    print_table(
        [t("年度", "year"), t("险种", "scheme"), t("参保地", "region"), t("累计", "figure"), t("数额", "amount")],
        figures,
        right=[4],
    )
    say("")
    listed(moves, ("sequence", "kind", "settlement_id", "reverses", "acted_at"), as_json)
