"""`yibao catalogue`: national lists into the ledger, what is there, and the maps of local codes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from yibao.cli import code_map
from yibao.cli.options import AsJson, LedgerPath, Strict, pairs
from yibao.cli.points import KIND, take_in_points
from yibao.cli.quarantine import print_problems
from yibao.cli.show import print_json, print_table, progress, say
from yibao.cli.words import language, t
from yibao.errors import UsageError
from yibao.ledger import open_ledger
from yibao.ledger.codes.importing import CatalogueReport
from yibao.presentation.fmt import Format

app = typer.Typer(
    no_args_is_help=True,
)
app.add_typer(code_map.app, name="map")

#: So many quarantined rows are shown after an import.
FIRST = 5
_KINDS = "diagnosis | procedure | item | price | map | knowledge | knowledge-points"


@app.command(
    "import",
    help=t(
        "把公布的目录文件读入账本：CSV（.gz）、XLSX 或 Parquet。新版本与旧版本并存，旧的不会被悄悄改动或结束。",
        "Take a published catalogue file into the ledger: CSV (.gz), XLSX or Parquet. A new edition stands beside the "
        "old one; nothing is changed or ended silently.",
    ),
)
def import_(
    kind: Annotated[str, typer.Argument(metavar="KIND", help=_KINDS)],
    file: Annotated[Path, typer.Argument(metavar="FILE", help=t("目录文件", "the file"))],
    into: Annotated[Path, typer.Option("--into", metavar="LEDGER", help=t("账本目录", "the ledger's directory"))],
    version: Annotated[
        str | None,
        typer.Option(
            "--version",
            metavar="V",
            help=t(
                "版本名，如 医保2.0、国临2.0；对照表为目标编码的版本；限价为文号",
                "name of the edition, such as 医保2.0; of a map the edition of its targets; of prices the document",
            ),
        ),
    ] = None,
    valid_from: Annotated[
        str | None, typer.Option("--valid-from", metavar="D", help=t("生效日期（文件中没有时）", "first day in force"))
    ] = None,
    valid_to: Annotated[
        str | None, typer.Option("--valid-to", metavar="D", help=t("失效日期，不含", "first day no longer in force"))
    ] = None,
    system: Annotated[
        str | None,
        typer.Option(
            "--system",
            metavar="S",
            help=t(
                "对照表的来源体系：local 为机构自有编码，或一个版本名，如 国临2.0",
                "source system of a map: local for institutions' own codes, or an edition such as 国临2.0",
            ),
        ),
    ] = None,
    of: Annotated[
        str | None,
        typer.Option("--of", metavar="KIND", help=t("对照表的编码类别", "kind of code of a map: item, diagnosis …")),
    ] = None,
    map_columns: Annotated[
        list[str] | None,
        typer.Option(
            "--map-columns",
            metavar="NAME=HEADING",
            help=t("指明某列在文件中的列名，可重复", "the heading of a column in the file; repeatable"),
        ),
    ] = None,
    values: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help=t("整个文件同一个值，如 region_code=110000；可重复", "one value for the whole file; repeatable"),
        ),
    ] = None,
    sheet: Annotated[
        str | None, typer.Option("--sheet", metavar="NAME", help=t("工作表（默认取最合适的）", "sheet of a workbook"))
    ] = None,
    end_previous: Annotated[
        bool,
        typer.Option(
            "--end-previous",
            help=t(
                "在新有效期开始处结束同一编码的旧有效期（作为更正记录）",
                "end earlier spans of a code where the file's begin (recorded as corrections)",
            ),
        ),
    ] = False,
    correct: Annotated[
        bool,
        typer.Option(
            "--correct",
            help=t("同一版本、同一编码的不同内容作为更正接收", "changed records of the same edition are corrections"),
        ),
    ] = False,
    signed: Annotated[
        Path | None,
        typer.Option(
            "--sign-off",
            metavar="FILE",
            help=t(
                "knowledge-points：已人工确认的知识点（CSV，kp_id 列）",
                "of knowledge-points: proposals that somebody signed off (CSV with a column kp_id)",
            ),
        ),
    ] = None,
    currency: Annotated[
        str | None, typer.Option("--currency", help=t("新账本的币种", "currency of a new ledger, such as CNY"))
    ] = None,
    strict: Strict = False,
    as_json: AsJson = False,
) -> None:
    from yibao.ledger.codes.importing import import_catalogue
    from yibao.ledger.codes.kinds import get_kind

    if kind == KIND:
        told = {"batch": version, "valid_from": valid_from} | pairs(values, "--set")
        take_in_points(file, into, told, sheet, signed, currency, strict=strict, as_json=as_json)
        return
    if signed is not None:
        raise UsageError(
            "--sign-off belongs to knowledge-points", mend="leave it out", zh="--sign-off 只用于 knowledge-points",
            mend_zh="请去掉该选项",
        )  # fmt: skip
    about = get_kind(kind)
    given = {
        about.version: version, "valid_from": valid_from, "valid_to": valid_to, "kind": of,
        **({about.system: system} if about.system else {}),
    }  # fmt: skip
    if system and about.system is None:
        raise UsageError(
            "--system belongs to the kind map", mend="give the edition with --version", zh="--system 只用于 map",
            mend_zh="版本请用 --version",
        )  # fmt: skip
    given |= pairs(values, "--set")
    with progress() as bar:
        report = import_catalogue(
            kind, file, into, given={k: v for k, v in given.items() if v}, named=pairs(map_columns, "--map-columns"),
            sheet=sheet, end_previous=end_previous, correct=correct, currency=currency, progress=bar,
        )  # fmt: skip
    if as_json:
        print_json(report.to_dict())
    else:
        _print_report(report, into)
    if strict and (report.ingest.quarantined or (report.targets and report.targets.missing)):
        raise typer.Exit(3)


def _print_report(report: CatalogueReport, into: Path) -> None:
    ingest, change = report.ingest, report.difference
    for message in t(ingest.messages_zh, ingest.messages):
        say(message)
    columns = ", ".join(name if name == heading else f"{name} = {heading}" for name, heading in report.columns.items())
    say(t(f"读取的列：{columns}", f"columns read: {columns}"))
    if report.left_aside:
        listed = ", ".join(report.left_aside)
        say(t(f"未用的列：{listed}", f"columns left aside: {listed}"))
    if report.other_sheets:
        listed = ", ".join(report.other_sheets)
        say(t(f"未读的工作表：{listed}", f"sheets not read: {listed}"))
    for name, cells in report.rewritten.items():
        say(
            t(
                f"列 {name}：{cells:,} 格去掉了首尾空白，或改写为账本的形式",
                f"column {name}: {cells:,} cells without the space at their edges, or in the ledger's form",
            )
        )
    head = [t("读入", "rows in"), t("接收", "accepted"), t("隔离", "quarantined"), t("重复", "duplicates")]
    figures = [ingest.rows_in, ingest.accepted, ingest.quarantined, ingest.duplicates]
    print_table(head, [[f"{figure:,}" for figure in figures]], right=[0, 1, 2, 3])
    if report.spans_ended:
        say(t(f"结束了 {report.spans_ended:,} 段旧有效期", f"{report.spans_ended:,} earlier spans ended"))
    _print_difference(report)
    _print_targets(report)
    if ingest.batch_id and ingest.quarantined:
        rows = open_ledger(into).quarantine(ingest.batch_id)
        print_problems(rows.slice(0, FIRST).to_pylist())
        ask = f"yibao quarantine {into} --batch {ingest.batch_id}"
        say(t(f"全部隔离明细：{ask}", f"all of them: {ask}"))
        if change.changed and "key_conflict" in ingest.reasons:
            say(
                t(
                    "内容有变的编码：新版本请给新的 --version（或 --valid-from）；更正本版本请用 --correct",
                    "codes that changed: give a new edition a --version (or --valid-from) of its own; "
                    "--correct corrects this one",
                )
            )


def _print_difference(report: CatalogueReport) -> None:
    change = report.difference
    if change.against is None:
        return
    say(t(f"与 {change.against} 相比：", f"compared with {change.against}:"))
    words = {"added": ("新增", "added"), "changed": ("有变", "changed"), "ended": ("不再出现", "no longer there")}
    rows = []
    for fate, (zh, en) in words.items():
        number, examples = getattr(change, fate), change.examples.get(fate, ())
        rows.append([t(zh, en), f"{number:,}", ", ".join(examples) + (", …" if number > len(examples) else "")])
    rows.append([t("未变", "unchanged"), f"{change.unchanged:,}", ""])
    print_table([t("变化", "change"), t("编码数", "codes"), t("例", "examples")], rows, right=[1])
    if change.ended:
        say(
            t(
                "不再出现的编码仍然有效：账本不替您结束它们",
                "codes that are no longer there stay in force: the ledger ends nothing by itself",
            )
        )


def _print_targets(report: CatalogueReport) -> None:
    targets = report.targets
    if targets is None:
        return
    if not targets.checked:
        say(
            t(
                f"未核对目标编码：账本中没有 {targets.system} 的编码表",
                f"targets not checked: the ledger has no list of {targets.system}",
            )
        )
        return
    if targets.missing:
        listed = ", ".join(targets.missing[:FIRST]) + (", …" if len(targets.missing) > FIRST else "")
        number = len(targets.missing)
        say(
            t(
                f"{number:,} 个目标编码不在 {targets.system} 中（对照仍已接收）：{listed}",
                f"{number:,} target codes are not in {targets.system} (their maps were taken in): {listed}",
            )
        )
    if targets.gray:
        say(t(f"{targets.gray:,} 个目标是灰码", f"{targets.gray:,} targets are gray codes"))


@app.command(
    "list",
    help=t(
        "账本中有哪些目录：版本、有效期、来源文件、在用编码数，以及账单中有多少能由它说明",
        "What catalogues the ledger has: editions, spans, files, and how much of what is billed they know",
    ),
)
def list_(ledger_path: LedgerPath, as_json: AsJson = False) -> None:
    from yibao.ledger.codes.kinds import load_kinds
    from yibao.ledger.codes.listing import list_catalogues

    ledger = open_ledger(ledger_path)
    with progress() as bar:
        bar("read", 0, 1)
        found = list_catalogues(ledger)
    if as_json:
        print_json([edition.to_dict() for edition in found])
        return
    if not found:
        say(
            t(
                f"账本中没有目录；导入：yibao catalogue import KIND FILE --into {ledger_path}",
                f"the ledger has no catalogue; take one in: yibao catalogue import KIND FILE --into {ledger_path}",
            )
        )
        return
    fmt, kinds = Format(language(), ledger.currency), load_kinds()
    head = [
        t("类别", "kind"), t("版本", "edition"), t("编码数", "codes"), t("生效", "from"), t("失效", "to"),
        t("在用编码", "in use"), t("覆盖行数", "rows known"), t("覆盖金额", "money known"), t("文件", "file"),
        t("批次", "batch"),
    ]  # fmt: skip
    rows = []
    for edition in found:
        files = ", ".join(edition.files[:2]) + (f" +{len(edition.files) - 2}" if len(edition.files) > 2 else "")
        rows.append(
            [
                kinds[edition.kind].title[language()], edition.version or "—", fmt.count(edition.codes),
                fmt.date(edition.valid_from), fmt.date(edition.valid_to), fmt.count(edition.codes_in_use),
                fmt.percent(edition.rows_known or 0, edition.rows_billed or 0),
                fmt.percent(edition.money_known or 0, edition.money_billed or 0), files,
                ", ".join(edition.batches[-2:]),
            ]
        )  # fmt: skip
    print_table(head, rows, right=[2, 5, 6, 7])
