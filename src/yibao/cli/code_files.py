"""`yibao catalogue map export` and `import`: review files out to a clerk and back."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from yibao.cli.code_options import By, Edition, Institution, Kind, Overrule
from yibao.cli.options import AsJson, LedgerPath, Strict
from yibao.cli.show import print_json, print_table, say, spreadsheet_safe
from yibao.cli.words import language, t
from yibao.ledger import Ledger, open_ledger
from yibao.ledger.codes.coding import choose_edition
from yibao.ledger.codes.decisions import OUTCOMES, RECORDED, Outcome, decide
from yibao.presentation.fmt import Format


def export(
    ledger_path: LedgerPath,
    file: Annotated[Path, typer.Argument(metavar="FILE", help=t("要写的文件", "the file to write"))],
    kind: Kind = "item",
    edition: Edition = None,
    institution: Institution = None,
    decided: Annotated[
        bool, typer.Option("--decided", help=t("现行的对照（.csv）", "the maps in force (.csv)"))
    ] = False,
) -> None:
    from yibao.ledger.codes.reviewfile import write_review
    from yibao.ledger.codes.worklist import work_list

    ledger = open_ledger(ledger_path)
    if decided:
        rows = _maps_in_force(ledger, kind, choose_edition(ledger, kind, edition), institution)
        with file.open("w", encoding="utf-8-sig", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(_MAP)
            writer.writerows([spreadsheet_safe(row[name]) for name in _MAP] for row in rows)
        say(t(f"已写入 {file}：{len(rows):,} 条对照", f"wrote {file}: {len(rows):,} maps"))
        return
    _, tasks = work_list(ledger, kind, edition, institution)
    write_review(file, kind, tasks, language(), Format("en", ledger.currency).currency.decimals)
    say(t(f"已写入 {file}：{len(tasks):,} 个编码待决定", f"wrote {file}: {len(tasks):,} codes to decide"))
    if tasks:
        ask = f"yibao catalogue map import {ledger_path} {file} --kind {kind} --by {t('姓名', 'NAME')}"
        say(t(f"填好前三列后：{ask}", f"fill in its first three columns, then: {ask}"))


#: Columns of the exported maps: those by which `yibao catalogue import map` reads them back.
_MAP = ("institution_id", "from_code", "from_name", "to_code", "to_name", "decided_by", "decided_at")


def _maps_in_force(ledger: Ledger, kind: str, edition: str, institution: str | None) -> list[dict[str, Any]]:
    from yibao.ledger.codes.statements import known_statements

    rows = known_statements(ledger, kind, edition).in_force.values()
    chosen = [row for row in rows if institution in (None, row["institution_id"])]
    return sorted(chosen, key=lambda row: (row["institution_id"] or "", row["from_code"]))


def import_(
    ledger_path: LedgerPath,
    file: Annotated[Path, typer.Argument(metavar="FILE", help=t("审核文件", "the review file"))],
    by: By,
    kind: Kind = "item",
    edition: Edition = None,
    overrule: Overrule = False,
    strict: Strict = False,
    as_json: AsJson = False,
) -> None:
    from yibao.ledger.codes.reviewfile import read_review

    ledger = open_ledger(ledger_path)
    decisions = read_review(file)
    outcomes = decide(ledger, kind, decisions, by=by, edition=edition, source=file.name, overrule=overrule)
    if as_json:
        print_json([outcome_json(outcome) for outcome in outcomes])
    elif not outcomes:
        say(t("文件中没有填写任何决定", "the file holds no decision"))
    else:
        counted = {name: sum(o.outcome == name for o in outcomes) for name in OUTCOMES}
        print_table(
            [t("结果", "outcome"), t("行数", "rows")],
            [[t(*OUTCOMES[name]), f"{number:,}"] for name, number in counted.items() if number],
            right=[1],
        )
        print_outcomes([o for o in outcomes if o.outcome not in ("confirmed", "rejected", "no_match", "same")])
    if strict and any(o.outcome not in (*RECORDED, "same") for o in outcomes):
        raise typer.Exit(3)


def print_outcomes(outcomes: Sequence[Outcome]) -> None:
    rows = []
    for outcome in outcomes:
        decision = outcome.decision
        _, institution, code = decision.key
        held = t(f"（现为 {outcome.holds}）", f" (now {outcome.holds})") if outcome.holds else ""
        place = "" if decision.row is None else t(f"第 {decision.row} 行", f"row {decision.row}")
        rows.append(
            [
                place, institution or "", code, decision.target or "—", outcome.name or "",
                t(*OUTCOMES[outcome.outcome]) + held,
            ]
        )  # fmt: skip
    if rows:
        head = [
            t("位置", "place"),
            t("机构", "institution"),
            t("本地编码", "local code"),
            t("国家编码", "national code"),
        ]
        print_table([*head, t("名称", "name"), t("结果", "outcome")], rows)


def outcome_json(outcome: Outcome) -> dict[str, Any]:
    system, institution, code = outcome.decision.key
    return {
        "row": outcome.decision.row, "system": system, "institution_id": institution, "code": code,
        "target": outcome.decision.target, "confirm": outcome.decision.confirm, "outcome": outcome.outcome,
        "recorded": outcome.outcome in RECORDED, "holds": outcome.holds,
    }  # fmt: skip
