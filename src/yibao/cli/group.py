"""`yibao group`: cases into groups, explained; packs checked, compared and taken over; figures by groups."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from yibao.casemix import Sources, compare, explain, institution_indices, load_pack, open_grouping
from yibao.casemix.codes import KINDS, Kind, read_table
from yibao.casemix.explain_text import Words, as_data
from yibao.casemix.output import RowFile, check_suffix
from yibao.casemix.pack.check import check_pack
from yibao.casemix.pack.model import Head
from yibao.casemix.pack.workbook import read_workbook
from yibao.casemix.pack.write import write_pack
from yibao.casemix.weights import read_weights
from yibao.cli.group_input import Input
from yibao.cli.group_show import print_comparison, print_grouped, print_indices, print_pack
from yibao.cli.options import AsJson, MappedTo, PackRate, PackWeights, Strict
from yibao.cli.show import print_json, progress, say
from yibao.cli.words import language, t
from yibao.errors import UsageError
from yibao.ledger.contracts import load_contracts


class _CasesFirst(TyperGroup):
    """``yibao group FILE`` means ``yibao group cases FILE``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ("-h", "--help"):
            args = ["cases", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_CasesFirst,
    no_args_is_help=True,
)

CasesPath = Annotated[
    Path,
    typer.Argument(
        metavar="CASES",
        help=t("病例文件（CSV、Excel、Parquet）或账本目录", "a file of cases (CSV, Excel, Parquet) or a ledger"),
    ),
]
PackOption = Annotated[
    Path, typer.Option("--pack", metavar="DIR", help=t("分组方案包目录", "the folder of the grouping pack"))
]
MapOption = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        metavar="KIND=FILE",
        help=t(
            "先按对照表换码，如 diagnosis=对照.csv（列 source_code、grouper_code），可重复",
            "map codes first, such as diagnosis=map.csv (source_code, grouper_code); repeatable",
        ),
    ),
]
CodesOption = Annotated[
    list[str] | None,
    typer.Option(
        "--codes",
        metavar="KIND=FILE",
        help=t(
            "编码表，如 procedure=手术.csv（列 code、name）：核对编码、显示名称，可重复",
            "a list of codes, such as procedure=list.csv (code, name): to check codes and to name them; repeatable",
        ),
    ),
]
OutOption = Annotated[
    Path | None,
    typer.Option(
        "--out", metavar="FILE", help=t("结果文件：.parquet、.csv 或 .xlsx", "results: .parquet, .csv or .xlsx")
    ),
]


@app.command(
    "cases", help=t("把病例分入病组（可省略 cases 一词）", "Put cases into groups (the word cases may be left out)")
)
def cases(
    path: CasesPath,
    pack: PackOption,
    weights: PackWeights = None,
    rate: PackRate = None,
    maps: MapOption = None,
    codes: CodesOption = None,
    edition: MappedTo = None,
    out: OutOption = None,
    case: Annotated[
        str | None,
        typer.Option("--explain", metavar="CASE", help=t("只解释这一个病例", "explain this one case instead")),
    ] = None,
    rules: Annotated[
        bool,
        typer.Option(
            "--rules/--no-rules", help=t("分组前按结算清单规则检查", "check by the rules of the settlement list")
        ),
    ] = True,
    strict: Strict = False,
    as_json: AsJson = False,
) -> None:
    """Group a file of cases or a ledger."""
    sources = Sources(pack, weights, rate, _by_kind(maps, "--map"), _by_kind(codes, "--codes"), edition)
    given, grouping = Input(path), open_grouping(sources)
    if case is not None:
        told = explain(grouping.grouper, given.case(case, grouping))
        words = Words(grouping.grouper.pack, language(), grouping.names)
        if as_json:
            print_json(as_data(told, words))
            return
        for line in words.lines(told):
            say(line)
        return
    if out is not None:
        check_suffix(out)
    with progress() as bar:
        done = given.group(grouping, out, bar)
        issues = given.issues(grouping) if rules else None
    print_grouped(done, issues, grouping, out, given.currency, as_json)
    if strict and done.tally.records != done.tally.rows["grouped"]:
        raise typer.Exit(3)


@app.command(
    "compare",
    help=t(
        "同一批病例用两个方案包：谁动了组、值多少钱", "Two packs on the same cases: who moved, and what it is worth"
    ),
)
def compare_packs(
    path: CasesPath,
    pack: PackOption,
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help=t("另一个方案包", "the other pack"))],
    weights: PackWeights = None,
    to_weights: Annotated[
        Path | None,
        typer.Option(
            "--to-weights",
            metavar="FILE",
            help=t("另一方案的权重表；缺省同 --weights", "its weights; default those of --weights"),
        ),
    ] = None,
    rate: PackRate = None,
    to_rate: Annotated[
        str | None,
        typer.Option(
            "--to-rate", metavar="YUAN", help=t("另一方案的费率；缺省同 --rate", "its rate; default that of --rate")
        ),
    ] = None,
    maps: MapOption = None,
    edition: MappedTo = None,
    out: OutOption = None,
    as_json: AsJson = False,
) -> None:
    """Compare two packs, case by case."""
    if out is not None:
        check_suffix(out)
    mapped = _by_kind(maps, "--map")
    given = Input(path)
    before = open_grouping(Sources(pack, weights, rate, mapped, None, edition))
    after = open_grouping(Sources(to, to_weights or weights, to_rate or rate, mapped, None, edition))
    with progress() as bar:
        found = compare(given.rows(before, bar), given.rows(after, bar))
    if out is not None:
        with RowFile(out, load_contracts()["group_move"], given.currency) as file:
            file.write(found.moves)
    print_comparison(found, before.grouper.pack, after.grouper.pack, given.currency, out, as_json)


@app.command(
    "index",
    help=t(
        "机构指标：CMI、费用与时间消耗指数、死亡与再入院",
        "Figures of institutions: CMI, cost and time indices, deaths, readmissions",
    ),
)
def index(
    path: CasesPath,
    pack: PackOption,
    weights: PackWeights = None,
    maps: MapOption = None,
    edition: MappedTo = None,
    out: OutOption = None,
    as_json: AsJson = False,
) -> None:
    """Figures of institutions by groups; where cases are too few there is no value."""
    if out is not None:
        check_suffix(out)
    given = Input(path)
    grouping = open_grouping(Sources(pack, weights, None, _by_kind(maps, "--map"), None, edition))
    with progress() as bar:
        found = institution_indices(given.rows(grouping, bar))
    if out is not None:
        with RowFile(out, load_contracts()["casemix_index"], given.currency) as file:
            file.write(found)
    print_indices(found, given.names(), out, as_json)


@app.command(
    "check",
    help=t(
        "核查方案包：缺目录、到不了的组、被覆盖的规则、表外编码",
        "Check a pack: missing lists, groups out of reach, shadowed rules, codes outside the lists",
    ),
)
def check(
    pack: Annotated[Path, typer.Argument(metavar="PACK", help=t("分组方案包目录", "the folder of the pack"))],
    codes: CodesOption = None,
    weights: PackWeights = None,
    rate: PackRate = None,
    strict: Strict = False,
    as_json: AsJson = False,
) -> None:
    """Check a pack, and weights against it."""
    loaded = load_pack(pack)
    tables = {kind: read_table(file).keys() for kind, file in _by_kind(codes, "--codes").items()}
    with progress() as bar:
        bar(loaded.head.id, 0, 1)
        found = check_pack(loaded, tables)
    prices = read_weights(weights, rate) if weights else None
    print_pack(loaded, found, prices, as_json)
    if strict and any(one.severity == "warning" for one in found):
        raise typer.Exit(3)


@app.command(
    "import",
    help=t("把国家分组方案工作簿（六个工作表）转为方案包", "Turn the national workbook (six sheets) into a pack"),
)
def take_over(
    workbook: Annotated[Path, typer.Argument(metavar="WORKBOOK", help=t("工作簿（.xlsx）", "the workbook (.xlsx)"))],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help=t("写到此目录", "the folder to write"))],
    version: Annotated[str, typer.Option("--version", metavar="TEXT", help=t("版本，如 3.0", "version, such as 3.0"))],
    system: Annotated[
        str, typer.Option("--system", metavar="TEXT", help=t("方案名称", "name of the scheme"))
    ] = "CHS-DRG",
    region: Annotated[str, typer.Option("--region", metavar="TEXT", help=t("适用地区", "region"))] = "national",
    name: Annotated[str | None, typer.Option("--id", metavar="TEXT", help=t("方案包编号", "the pack's id"))] = None,
    as_json: AsJson = False,
) -> None:
    """Take over the national workbook."""
    if out.exists() and any(out.iterdir()):
        raise UsageError(
            "the folder has content", where=str(out), mend="give a new folder", zh="目录非空", mend_zh="请给新的目录"
        )
    head = Head(name or f"{system} {version}".lower().replace(" ", "_"), system, version, region, source=workbook.name)
    made = read_workbook(workbook, head)
    write_pack(made, out)
    print_pack(made, check_pack(made), None, as_json)
    if not as_json:
        say(t(f"方案包：{out}", f"pack: {out}"))


def _by_kind(given: list[str] | None, option: str) -> dict[Kind, Path]:
    """``KIND=FILE`` texts as files by kind."""
    found: dict[Kind, Path] = {}
    for text in given or []:
        said, sign, path = text.partition("=")
        kind = next((kind for kind in KINDS if kind == said), None)
        if kind is None or not sign or not path:
            raise UsageError(
                f"{option} {text!r} is not KIND=FILE", mend=f"KIND is one of {', '.join(KINDS)}",
                zh=f"{option} {text!r} 不是“类别=文件”", mend_zh=f"类别为 {'、'.join(KINDS)}",
            )  # fmt: skip
        found[kind] = Path(path)
    return found
