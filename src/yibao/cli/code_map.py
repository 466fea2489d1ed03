"""`yibao catalogue map`: suggest national codes for local ones, let a person decide, and count what is covered."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from yibao.cli import code_coverage, code_files
from yibao.cli.code_files import outcome_json, print_outcomes
from yibao.cli.code_options import By, Code, Edition, Institution, Kind, Overrule, System
from yibao.cli.options import AsJson, LedgerPath
from yibao.cli.show import print_json, print_table, progress, say
from yibao.cli.words import t
from yibao.ledger import Ledger, open_ledger
from yibao.ledger.codes.coding import LOCAL
from yibao.ledger.codes.decisions import RECORDED, Decision, decide

app = typer.Typer(
    help=t(
        "本地编码对照到国家编码。步骤：suggest 计算候选 → review 或 export／import 由人逐条确认 → coverage 看覆盖。"
        "程序只建议，从不自动采用；每个决定记下何人、何时。",
        "Map local codes to national ones. The steps: suggest finds candidates; a person decides in review, or in a "
        "file (export, import); coverage shows what is left. Nothing is mapped by itself; each decision records who "
        "and when.",
    ),
    no_args_is_help=True,
)


@app.command(
    "suggest",
    help=t(
        "为在用的、尚未对照的本地编码找国家编码候选，按相似度排列并说明理由。候选记入账本，状态为“建议”。",
        "Find national candidates for local codes in use that are neither national nor mapped, with a score and its "
        "reasons. They are recorded as suggested.",
    ),
)
def suggest(
    ledger_path: LedgerPath,
    kind: Kind = "item",
    edition: Edition = None,
    institution: Institution = None,
    local: Annotated[
        Path | None,
        typer.Option(
            "--local", metavar="FILE", help=t("改用一份本地目录文件中的编码", "codes of a local catalogue file")
        ),
    ] = None,
    map_columns: Annotated[
        list[str] | None,
        typer.Option("--map-columns", metavar="NAME=HEADING", help=t("文件的列名，可重复", "headings of the file")),
    ] = None,
    top: Annotated[int, typer.Option("--top", min=1, max=20, help=t("每个编码的候选数", "candidates of a code"))] = 5,
    least: Annotated[
        int, typer.Option("--least", metavar="PERCENT", min=0, max=100, help=t("最低相似度", "least score shown"))
    ] = 35,
    show: Annotated[int, typer.Option("--show", metavar="N", help=t("显示前几个编码", "codes to print"))] = 10,
    as_json: AsJson = False,
) -> None:
    from yibao.cli.options import pairs
    from yibao.ledger.codes.suggesting import STRONG
    from yibao.ledger.codes.suggesting import suggest as find

    ledger = open_ledger(ledger_path)
    with progress() as bar:
        found = find(
            ledger, kind, edition=edition, institution=institution, local=local,
            named=pairs(map_columns, "--map-columns"), top=top, least=least * 10_000, progress=bar,
        )  # fmt: skip
    if as_json:
        print_json({**vars(found), "rows": [{**row, "decided_at": row["decided_at"]} for row in found.rows]})
        return
    head = [t("本地编码数", "local codes"), t("把握大", "strong"), t("把握小", "weak"), t("难分", "close call")]
    head += [t("无候选", "no candidate"), t("与上次相同", "as before")]
    figures = [found.codes, found.strong, found.weak, found.ambiguous, found.none, found.unchanged]
    print_table(head, [[f"{figure:,}" for figure in figures]], right=range(6))
    _print_candidates(found.rows, show)
    say(
        t(
            f"把握大：相似度 {STRONG // 10_000}% 起且无相近的次选。都还没有采用，下一步：",
            f"strong: {STRONG // 10_000}% or more and no candidate close behind. Nothing is mapped yet; next:",
        )
    )
    say(f"  yibao catalogue map review {ledger_path} --kind {kind} --by {t('姓名', 'NAME')}")
    say(f"  yibao catalogue map export {ledger_path} review.xlsx --kind {kind}")


def _print_candidates(rows: Sequence[dict[str, Any]], codes: int) -> None:
    lines, last, seen = [], None, 0
    for row in rows:
        key = (row["from_system"], row["institution_id"], row["from_code"])
        seen += key != last
        if seen > codes:
            break
        mine = [row["institution_id"] or "", row["from_code"], row["from_name"] or ""] if key != last else ["", "", ""]
        mark = t("难分", "close") if row["is_ambiguous"] else ""
        score = f"{row['similarity_ppm'] / 10_000:.1f}%"
        lines.append([*mine, score, mark, row["to_code"], row["to_name"] or "", t(row["why_zh"], row["why_en"])])
        last = key
    head = [t("机构", "institution"), t("本地编码", "local code"), t("本地名称", "local name"), t("相似度", "score")]
    head += ["", t("候选编码", "candidate"), t("候选名称", "name"), t("理由", "why")]
    if lines:
        print_table(head, lines, right=[3])


@app.command(
    "review", help=t("在终端逐条审核，随时可退出，下次继续", "Decide one by one in the terminal; quit any time")
)
def review(
    ledger_path: LedgerPath,
    by: By,
    kind: Kind = "item",
    edition: Edition = None,
    institution: Institution = None,
) -> None:
    from yibao.cli.code_review import review as ask

    ask(open_ledger(ledger_path), kind, edition, institution, by)


@app.command("confirm", help=t("确认一个编码的对照", "Confirm the national code of one local code"))
def confirm(
    ledger_path: LedgerPath,
    code: Code,
    target: Annotated[str, typer.Option("--code", metavar="CODE", help=t("国家编码", "the national code"))],
    by: By,
    kind: Kind = "item",
    edition: Edition = None,
    institution: Institution = None,
    system: System = LOCAL,
    reason: Annotated[str | None, typer.Option("--reason", help=t("备注", "a remark"))] = None,
    overrule: Overrule = False,
    as_json: AsJson = False,
) -> None:
    decision = Decision((system, institution, code), True, target, reason)
    _decide_one(open_ledger(ledger_path), kind, edition, decision, by, overrule, as_json)


@app.command(
    "reject",
    help=t(
        "否决一个候选；不给 --code 则表示没有对应的国家编码",
        "Reject a candidate; without --code: no national code fits",
    ),
)
def reject(
    ledger_path: LedgerPath,
    code: Code,
    by: By,
    reason: Annotated[str, typer.Option("--reason", help=t("理由", "why"))],
    target: Annotated[
        str | None, typer.Option("--code", metavar="CODE", help=t("被否决的国家编码", "the candidate rejected"))
    ] = None,
    kind: Kind = "item",
    edition: Edition = None,
    institution: Institution = None,
    system: System = LOCAL,
    overrule: Overrule = False,
    as_json: AsJson = False,
) -> None:
    decision = Decision((system, institution, code), False, target, reason)
    _decide_one(open_ledger(ledger_path), kind, edition, decision, by, overrule, as_json)


def _decide_one(
    ledger: Ledger, kind: str, edition: str | None, decision: Decision, by: str, overrule: bool, as_json: bool
) -> None:
    outcome = decide(ledger, kind, [decision], by=by, edition=edition, overrule=overrule)[0]
    if as_json:
        print_json(outcome_json(outcome))
    else:
        print_outcomes([outcome])
    if outcome.outcome not in (*RECORDED, "same"):
        raise typer.Exit(1)


app.command(
    "export",
    help=t(
        "把待决定的编码和候选写成审核文件（.xlsx 或 .csv），填好后用 import 读回；--decided 则导出现行对照",
        "Write what is to be decided into a review file (.xlsx or .csv) to fill in and import; with --decided the maps "
        "in force",
    ),
)(code_files.export)
app.command(
    "import",
    help=t(
        "读回填好的审核文件：逐行核对并记录决定；不能成立的决定不记录，并说明原因",
        "Read a filled-in review file: each row is checked, decisions that stand are recorded, the others explained",
    ),
)(code_files.import_)
app.command(
    "coverage",
    help=t(
        "账单中有多少已是国家编码、已确认对照、仅有建议或未知：按编码、行数、金额，分机构和月份，并列出金额最大的未对照编码",
        "How much of what is billed is national, mapped, only suggested or unknown: by codes, rows and money, "
        "institution and month, and the open codes that carry most money",
    ),
)(code_coverage.coverage)
