"""`yibao registry points`: the payment qualification of staff."""

from __future__ import annotations

from typing import Annotated, Literal

import typer
from sqlalchemy import select

from yibao.cli.options import AsJson, LedgerPath
from yibao.cli.registry_session import (
    HERE,
    At,
    By,
    Enclosed,
    Granted,
    RegistryPlace,
    Request,
    listed,
    session,
    sha256,
    show,
)
from yibao.cli.show import print_json, print_table, say
from yibao.cli.words import language, t
from yibao.ledger import open_ledger
from yibao.registry import points
from yibao.registry.laws import registry_law
from yibao.registry.tables.points import QUALIFIED_STAFF

app = typer.Typer(help=t("医保支付资格记分", "Points on the payment qualification of staff"), no_args_is_help=True)
StaffId = Annotated[str, typer.Argument(metavar="STAFF", help=t("人员编码", "the person's code"))]
Decision = Annotated[str, typer.Option("--decision", metavar="NO", help=t("决定文号", "number of the decision"))]


@app.command(
    "register", help=t("登记支付资格（多点执业共享状态）", "Register a person for payment; all sites share the status")
)
def register(
    staff_id: StaffId,
    by: By,
    institution: Annotated[
        str, typer.Option("--institution", metavar="ID", help=t("主要执业机构", "main institution"))
    ],
    name: Annotated[str, typer.Option("--name", help=t("姓名", "name"))] = "",
    kind: Annotated[
        str, typer.Option("--kind", help=t("人员类别", "doctor, nurse, pharmacist, technician or auditor"))
    ] = "doctor",
    sites: Annotated[
        list[str] | None,
        typer.Option("--site", metavar="ID", help=t("其他执业机构，可重复", "other sites; repeatable")),
    ] = None,
    place: RegistryPlace = HERE,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    with session(place, by, at) as acting:
        show(acting.do(points.register, staff_id, name or staff_id, kind, institution, sites or []), as_json)


@app.command(
    "decide",
    help=t("按处理或处罚决定记分", "Give points by a decision; one behaviour, several situations: the highest counts"),
)
def decide(
    staff_id: StaffId,
    by: By,
    decision: Decision,
    site: Annotated[str, typer.Option("--site", metavar="ID", help=t("发生机构", "where it happened"))],
    situations: Annotated[
        list[str],
        typer.Option(
            "--situation",
            metavar="CODE",
            help=t("情形代码，可重复，见 points situations", "situation; repeatable; see points situations"),
        ),
    ],
    responsibility: Annotated[
        Literal["general", "important", "main"],
        typer.Option("--responsibility", help=t("一般、重要或主要责任", "responsibility")),
    ],
    adjustment: Annotated[
        Literal["low", "down", "high", "up"] | None,
        typer.Option("--adjustment", help=t("从轻从重", "lighter: low, down; heavier: high, up")),
    ] = None,
    words: Annotated[str | None, typer.Option("--words", help=t("行为", "what was done"))] = None,
    clue: Annotated[
        str | None, typer.Option("--clue", metavar="CLUE", help=t("所据疑点", "the clue it follows"))
    ] = None,
    place: RegistryPlace = HERE,
    at: At = None,
    request: Request = None,
    as_json: AsJson = False,
) -> None:
    behaviour = {"situations": situations, "responsibility": responsibility, "adjustment": adjustment, "what": words}
    with session(place, by, at, request) as acting:
        show(acting.do(points.decide, staff_id, decision, site, [behaviour], clue), as_json)


@app.command("notice", help=t("送达记分通知，申诉期开始", "Serve the notice: the time to appeal begins"))
def notice(
    staff_id: StaffId, by: By, decision: Decision, place: RegistryPlace = HERE, at: At = None, as_json: AsJson = False
) -> None:
    with session(place, by, at) as acting:
        show(acting.do(points.notice, staff_id, decision), as_json)


@app.command("appeal", help=t("对记分申诉（送达后十个工作日内）", "Appeal within ten working days of the notice"))
def appeal(
    staff_id: StaffId,
    by: By,
    decision: Decision,
    words: Annotated[str, typer.Option("--words", help=t("申诉理由", "why"))],
    file: Enclosed = None,
    place: RegistryPlace = HERE,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    with session(place, by, at) as acting:
        show(acting.do(points.appeal, staff_id, decision, words, sha256(file)), as_json)


@app.command("answer", help=t("答复记分申诉", "Answer an appeal against points"))
def answer(
    staff_id: StaffId, by: By, decision: Decision,
    granted: Granted,
    words: Annotated[str, typer.Option("--words", help=t("理由", "why"))],
    place: RegistryPlace = HERE, at: At = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    with session(place, by, at) as acting:
        show(acting.do(points.answer_appeal, staff_id, decision, granted, words), as_json)


@app.command(
    "tick",
    help=t(
        "到期处理：无异议的记分生效，到期的暂停解除", "What time brings about: silence makes points count, spans end"
    ),
)
def tick(
    by: By,
    region: Annotated[str, typer.Option("--region", metavar="CODE", help=t("区划", "the region"))],
    place: RegistryPlace = HERE, at: At = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    with session(place, by, at) as acting:
        show(acting.do(points.tick, region), as_json)


@app.command(
    "repair", help=t("申请修复：培训、整改或参与管理", "Ask for repair: training, rectification, a part in management")
)
def repair(
    staff_id: StaffId,
    by: By,
    measure: Annotated[
        Literal["training", "rectification", "management"], typer.Option("--measure", help=t("方式", "what was done"))
    ],
    file: Enclosed = None,
    place: RegistryPlace = HERE,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    with session(place, by, at) as acting:
        show(acting.do(points.ask_repair, staff_id, measure, sha256(file)), as_json)


@app.command("answer-repair", help=t("答复修复申请", "Answer a request for repair"))
def answer_repair(
    repair_id: Annotated[str, typer.Argument(metavar="REPAIR", help=t("申请编号", "the request"))], by: By,
    granted: Granted,
    place: RegistryPlace = HERE, at: At = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    with session(place, by, at) as acting:
        show(acting.do(points.answer_repair, repair_id, granted), as_json)


@app.command(
    "show", help=t("一人一年的记分与状态，逐项说明", "A person's points of a year, each explained, and the status")
)
def show_points(
    staff_id: StaffId, by: By,
    year: Annotated[int, typer.Option("--year", help=t("年度", "calendar year"))],
    place: RegistryPlace = HERE, as_json: AsJson = False,
) -> None:  # fmt: skip
    with session(place, by) as acting, acting.reading("points.read") as unit:
        found = points.points_of(unit, staff_id, year)
    if as_json:
        print_json(found)
        return
    state = t(*points.STATUS_WORDS[found["status"]])
    until = f" → {found['status_to']}" if found["status_to"] else ""
    total = f"{t('本年度合计', 'points of the year')} {found['standing']['total']}"
    say(f"{found['staff_id']} {found['name']}  {state}{until}  {total}")
    listed(
        found["events"],
        (
            "decided_on",
            "decision_no",
            "site",
            "situation",
            "responsibility",
            "points",
            "repaired",
            "state",
            "explanation",
        ),
        False,
    )
    if found["spans"]:
        say("")
        listed(found["spans"], ("begins_on", "ends_on", "status", "points", "ground", "state"), False)


@app.command("list", help=t("权限内人员的支付资格状态", "Staff within your scope and their status"))
def list_staff(by: By, place: RegistryPlace = HERE, as_json: AsJson = False) -> None:
    with session(place, by) as acting, acting.reading("points.read") as unit:
        rows = unit.rows(
            select(QUALIFIED_STAFF).where(unit.reach().where(QUALIFIED_STAFF)).order_by(QUALIFIED_STAFF.c.staff_id)
        )
    listed(rows, ("staff_id", "name", "kind", "institution_id", "status", "status_from", "status_to"), as_json)


@app.command("situations", help=t("记分情形与分值", "Situations and what each costs"))
def situations(as_json: AsJson = False) -> None:
    law = registry_law("PQ01").said
    tiers = {tier["id"]: tier["points"] for tier in law["tiers"]}
    rows = [(code, s[language()], *tiers[s["tier"]].values()) for code, s in law["situations"].items()]
    if as_json:
        print_json(
            [
                {"situation": r[0], "words": r[1], "general": int(r[2]), "important": int(r[3]), "main": int(r[4])}
                for r in rows
            ]
        )
        return
    print_table(
        [t("情形", "situation"), t("说明", "words"), t("一般", "general"), t("重要", "important"), t("主要", "main")],
        rows,
        right=[2, 3, 4],
    )


@app.command(
    "export",
    help=t("把暂停与终止写入账本的 staff_status", "Write suspensions and terminations into the ledger's staff_status"),
)
def export(ledger_path: LedgerPath, by: By, place: RegistryPlace = HERE, as_json: AsJson = False) -> None:
    ledger = open_ledger(ledger_path)
    with session(place, by) as acting, acting.reading("points.read") as unit:
        table = points.staff_status(unit, ledger.tables()["staff_status"].arrow_schema())
    receipt = ledger.append({"staff_status": table}, "registry") if table.num_rows else None
    show({"rows": table.num_rows, "batch_id": receipt and receipt.batch_id}, as_json)
