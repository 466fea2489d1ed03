"""`yibao registry clue import`, `open`, `exempt`, `publish`, `cases`: how clues come in, and what stays of them."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from yibao.cli.options import AsJson, LedgerPath
from yibao.cli.registry_clue import ClueId
from yibao.cli.registry_session import (
    HERE,
    At,
    By,
    RegistryPlace,
    Request,
    day,
    fen,
    listed,
    pairs,
    session,
    show,
)  # fmt: skip
from yibao.cli.words import t
from yibao.ledger import open_ledger
from yibao.registry import clues
from yibao.registry.articles import RegistryError
from yibao.runs.folder import add_table
from yibao.runs.laws import load_lawbook
from yibao.runs.manifest import latest_run

app = typer.Typer()


@app.command("import", help=t("把最近一次运行的命中合成疑点", "Make clues of the findings of a ledger's newest run"))
def import_command(
    ledger_path: LedgerPath,
    by: By,
    grouping: Annotated[
        Literal["institution", "person", "pattern"],
        typer.Option("--group", help=t("合成方式：机构、人员或模式", "group by institution, person or pattern")),
    ] = "institution",
    laws: Annotated[
        list[str] | None,
        typer.Option("--only-law", metavar="ID", help=t("只要这些规则，可重复", "these laws only; repeatable")),
    ] = None,
    place: RegistryPlace = HERE,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    ledger = open_ledger(ledger_path)
    run = latest_run(ledger.path)
    if run is None:
        raise RegistryError(
            "the ledger has no run",
            where=str(ledger_path),
            mend="yibao supervise LEDGER",
            zh="账本还没有运行结果",
            mend_zh="请运行：yibao supervise LEDGER",
        )
    found = clues.Findings.of_run(run)
    titles = {law.id: {"zh": law.title.zh, "en": law.title.en} for law in load_lawbook().laws.values()}
    with session(place, by, at) as acting:
        answer = acting.do(clues.import_findings, run.name, found, titles, grouping, laws or [])
        with acting.reading("clue.read") as unit:
            table = clues.clue_table(clues.clues(unit), ledger.tables()["clue"].arrow_schema())
    add_table(ledger, run, "clue", table)
    show(answer if as_json else {**answer, "clues": len(answer["clues"])}, as_json)


@app.command("open", help=t("据举报或移送立一个疑点", "Open a clue by hand: from a tip, or transferred"))
def open_command(
    clue_id: ClueId,
    by: By,
    institution: Annotated[str, typer.Option("--institution", metavar="ID", help=t("机构", "the institution"))],
    title: Annotated[str, typer.Option("--title", help=t("标题", "its title"))],
    words: Annotated[str, typer.Option("--words", help=t("一句话说明", "what it is about, in a sentence"))],
    since: Annotated[str, typer.Option("--from", metavar="DAY", help=t("期间起", "first day of the matter"))],
    until: Annotated[str, typer.Option("--to", metavar="DAY", help=t("期间止（不含）", "until this day, exclusive"))],
    source: Annotated[
        Literal["tip", "transferred", "inspection"], typer.Option("--source", help=t("来源", "where it came from"))
    ] = "tip",
    rows: Annotated[
        list[str] | None,
        typer.Option(
            "--row",
            metavar="TABLE:ID=YUAN",
            help=t("涉及的数据行与基金金额，可重复", "a row and the fund money in it; repeatable"),
        ),
    ] = None,
    place: RegistryPlace = HERE,
    at: At = None,
    request: Request = None,
    as_json: AsJson = False,
) -> None:
    money = []
    for name, amount in pairs(rows or [], "--row").items():
        table, _, ref = name.partition(":")
        money.append({"ref_table": table, "ref_id": ref, "amount": fen(amount), "fund_amount": fen(amount)})
    with session(place, by, at, request) as acting:
        show(
            acting.do(
                clues.open_clue, clue_id, source, institution, title, title, words, words, day(since), day(until), money
            ),
            as_json,
        )


@app.command(
    "exempt", help=t("登记豁免：理由、证据、责任人和到期日", "Exempt a matter, with evidence, an owner and an end")
)
def exempt(
    exemption_id: Annotated[str, typer.Argument(metavar="ID", help=t("豁免编号", "its number"))],
    by: By,
    region: Annotated[str, typer.Option("--region", metavar="CODE", help=t("区划", "region"))],
    reason: Annotated[str, typer.Option("--reason", help=t("理由", "the reason"))],
    evidence: Annotated[str, typer.Option("--evidence", help=t("证据", "the evidence"))],
    owner: Annotated[str, typer.Option("--owner", metavar="ACTOR", help=t("责任人", "who answers for it"))],
    since: Annotated[str, typer.Option("--from", metavar="DAY", help=t("起始日", "first day"))],
    until: Annotated[str, typer.Option("--to", metavar="DAY", help=t("到期日（不含）", "it ends on this day"))],
    kind: Annotated[
        str, typer.Option("--kind", help=t("类别，如 emergency、dialysis", "kind, such as emergency or dialysis"))
    ] = "other",
    law: Annotated[str | None, typer.Option("--only-law", metavar="ID", help=t("规则", "law"))] = None,
    institution: Annotated[
        str | None, typer.Option("--institution", metavar="ID", help=t("机构", "institution"))
    ] = None,
    person: Annotated[str | None, typer.Option("--person", metavar="ID", help=t("人员", "person"))] = None,
    place: RegistryPlace = HERE,
    as_json: AsJson = False,
) -> None:
    with session(place, by) as acting:
        show(
            acting.do(
                clues.exempt,
                exemption_id,
                kind,
                reason,
                reason,
                evidence,
                owner,
                day(since),
                day(until),
                region,
                law,
                institution,
                person,
            ),
            as_json,
        )


@app.command("exemptions", help=t("列出有效的豁免", "List the exemptions in force"))
def exemptions(
    by: By,
    expired: Annotated[bool, typer.Option("--expired", help=t("也列出已失效的", "also those that ended"))] = False,
    place: RegistryPlace = HERE,
    as_json: AsJson = False,
) -> None:
    with session(place, by) as acting, acting.reading("clue.read") as unit:
        rows = clues.exemptions(unit, expired=expired)
    listed(
        rows,
        ("exemption_id", "kind", "law_id", "institution_id", "person_id", "owner", "valid_from", "expires_on"),
        as_json,
    )


@app.command(
    "publish",
    help=t(
        "把办结的疑点写入典型案例库（不得出现标识）",
        "Put a closed clue into the library of typical cases, naming nobody",
    ),
)
def publish(
    clue_id: ClueId,
    by: By,
    title: Annotated[str, typer.Option("--title", help=t("标题", "title"))],
    lesson: Annotated[str, typer.Option("--lesson", help=t("启示", "what is learnt from it"))],
    place: RegistryPlace = HERE,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    with session(place, by, at) as acting:
        show(acting.do(clues.publish_case, clue_id, title, title, lesson, lesson), as_json)


@app.command("cases", help=t("典型案例库", "The library of typical cases"))
def cases(by: By, place: RegistryPlace = HERE, as_json: AsJson = False) -> None:
    with session(place, by) as acting, acting.reading("clue.cases") as unit:
        rows = clues.cases(unit)
    listed(
        rows,
        ("case_id", "law_ids", t("title_zh", "title_en"), t("lesson_zh", "lesson_en"), "recovered", "published_at"),
        as_json,
    )
