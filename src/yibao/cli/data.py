"""Commands that bring data in and look at it: simulate, ingest, query."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from yibao.cli.ingested import print_report
from yibao.cli.options import AsJson, AsOf, AtSnapshot, LedgerPath
from yibao.cli.quarantine import print_problems
from yibao.cli.show import out, print_json, print_table, progress, say
from yibao.cli.words import language, t
from yibao.errors import UsageError
from yibao.presentation.fmt import Format

if TYPE_CHECKING:
    from yibao.ledger.report import IngestReport
    from yibao.simulation import SimulationReport
    from yibao.simulation.calibration import Comparison

#: So many quarantined rows are shown after an ingest.
FIRST = 5


def simulate(
    persons: Annotated[int, typer.Option("--persons", min=1_000, help=t("参保人数", "insured persons"))] = 20_000,
    seed: Annotated[int, typer.Option("--seed", help=t("随机种子，同种子同城市", "same seed, same city"))] = 1,
    folder: Annotated[Path, typer.Option("--out", metavar="DIR", help=t("输出目录", "where to write it"))] = Path(
        "city"
    ),
    calibrate: Annotated[
        bool,
        typer.Option(
            "--calibrate",
            help=t(
                "另写校准报告：模拟值与公布的统计值对照（网页、表格、图）",
                "also write the calibration report: simulated beside published figures, as pages, table and pictures",
            ),
        ),
    ] = False,
    threads: Annotated[
        int,
        typer.Option(
            "--threads", min=1, max=64, help=t("线程数，不影响内容", "threads; the content does not depend on it")
        ),
    ] = 2,
    clean: Annotated[bool, typer.Option("--clean", help=t("不掺脏数据", "no dirt: every file in order"))] = False,
    as_json: AsJson = False,
) -> None:
    """Write a synthetic province as raw files, with the truth of what was planted."""
    from yibao.simulation import simulate as build  # NumPy tables of names and codes: only when asked for

    with progress() as bar:
        report = build(persons, seed, folder, progress=bar, threads=threads, dirt=not clean)
    figures, pages = _calibrate(report, folder) if calibrate else ([], [])
    if as_json:
        told = {key: value for key, value in asdict(report).items() if key != "measures"}
        judged = [asdict(f) | {"deviation_ppm": f.deviation_ppm, "verdict": f.verdict} for f in figures]
        print_json(told | {"calibration": judged})
        return
    say(
        t(
            f"已写入 {folder}/raw（原始文件）和 {folder}/truth（真值）",
            f"wrote {folder}/raw (raw files) and {folder}/truth",
        )
    )
    print_table([t("表", "table"), t("行数", "rows")], [(n, f"{r:,}") for n, r in report.tables.items()], right=[1])
    _show_truth(report)
    if figures:
        _show_calibration(figures, pages)


def _show_truth(report: SimulationReport) -> None:
    """What was planted, by rule block, and what is wrong in the files, by kind."""
    blocks: dict[str, list[int]] = {}
    for rule, roles in report.truths.items():
        rules, positives, lookalikes = blocks.setdefault(rule.rstrip("0123456789"), [0, 0, 0])
        blocks[rule.rstrip("0123456789")] = [rules + 1, positives + roles["positive"], lookalikes + roles["lookalike"]]
    heads = [
        t("规则块", "rule block"),
        t("规则数", "rules"),
        t("应查出", "positives"),
        t("相似例", "look-alikes"),
    ]
    total = [sum(column) for column in zip(*blocks.values(), strict=True)]
    rows = [(block, *(f"{n:,}" for n in numbers)) for block, numbers in (*blocks.items(), (t("合计", "all"), total))]
    say("")
    print_table(heads, rows, right=[1, 2, 3])
    kinds: dict[str, list[int]] = {}
    for piece in report.dirt:
        files, number = kinds.get(piece.kind, [0, 0])
        kinds[piece.kind] = [files + 1, number + piece.rows]
    if kinds:
        say("")
        heads = [t("脏数据", "dirt"), t("文件数", "files"), t("行数", "rows")]
        print_table(heads, [(kind, *(f"{n:,}" for n in kinds[kind])) for kind in sorted(kinds)], right=[1, 2])


def _calibrate(report: SimulationReport, folder: Path) -> tuple[list[Comparison], list[Path]]:
    from yibao.runs.calibration import write_calibration  # charts load when they are asked for

    return write_calibration(report, folder)


def _show_calibration(figures: list[Comparison], pages: list[Path]) -> None:
    from yibao.runs.calibration import published, shown

    heads = [
        t("指标", "figure"),
        t("模拟值", "simulated"),
        t("公布值", "published"),
        t("偏差", "deviation"),
        t("判定", "verdict"),
        t("年份", "year"),
    ]
    words = {
        "within": t("相差不超过 5%", "within 5 %"),
        "chance": t("在抽样误差之内，人数太少", "within chance, n too small"),
        "off": t("▲ 超出", "▲ off"),
        "plausible": t("在合理区间内", "in the range"),
    }
    rows = []
    for figure in figures:
        off = figure.deviation_ppm
        deviation = "" if off is None else f"{off / 10_000:+.1f} %"
        rows.append(
            (
                t(figure.zh, figure.en),
                shown(figure, figure.simulated),
                published(figure),
                deviation,
                words[figure.verdict],
                figure.year,
            )
        )
    print_table(heads, rows, right=[1, 2, 3])
    for page in pages:
        say(str(page))


def ingest(
    path: Annotated[Path, typer.Argument(metavar="PATH", help=t("原始文件或目录", "raw files: a file or a directory"))],
    into: Annotated[Path, typer.Option("--into", metavar="LEDGER", help=t("账本目录", "the ledger's directory"))],
    source: Annotated[
        str,
        typer.Option(
            "--source",
            metavar="NAME",
            help=t(
                "来源（见 yibao source list）或您自己的 mapping.yaml",
                "what wrote the files (see yibao source list), or your own mapping.yaml",
            ),
        ),
    ] = "national",
    currency: Annotated[
        str | None,
        typer.Option(
            "--currency",
            help=t("新账本的币种，或文件未写明的币种", "currency of a new ledger, or of files that do not say theirs"),
        ),
    ] = None,
    corrections: Annotated[
        bool,
        typer.Option(
            "--corrections",
            help=t(
                "与已入库记录主键相同而内容不同的行，作为新版本接收（默认隔离）",
                "take rows that contradict a recorded one as its new version (otherwise they are quarantined)",
            ),
        ),
    ] = False,
    strict: Annotated[
        bool,
        typer.Option("--strict", help=t("有隔离的行时退出码为 3，供流水线用", "exit 3 when rows were quarantined")),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Read raw files into the ledger: rows in = accepted + quarantined + duplicates, to the row and the fen."""
    from yibao.ledger.ingest import ingest as read_in

    with progress() as bar:
        report = read_in(path, source, into, currency=currency, progress=bar, corrections=corrections)
    if as_json:
        print_json(report.to_dict())
    else:
        _print_ingest(report, into, corrections)
    if strict and report.quarantined:
        raise typer.Exit(3)


def _print_ingest(report: IngestReport, into: Path, corrections: bool) -> None:
    from yibao.ledger import open_ledger

    print_report(report)
    if corrections:
        _print_corrections(report)
    if report.reasons:
        rows = open_ledger(into).quarantine(report.batch_id)
        print_problems(rows.slice(0, FIRST).to_pylist())
        ask = f"yibao quarantine {into} --batch {report.batch_id}"
        say(t(f"全部隔离明细：{ask}（--csv 文件 可导出）", f"all of them: {ask} (--csv FILE exports them)"))


def _print_corrections(report: IngestReport) -> None:
    """Of the accepted rows: which were new versions of recorded ones, and what became of their money."""
    fmt = Format(language(), report.currency)
    head = [
        t("表", "table"),
        t("更正", "corrected"),
        t("新记录", "new records"),
        t("更正前金额", "money before"),
        t("更正后金额", "money after"),
    ]
    rows = [
        (name, f"{c.corrected:,}", f"{c.accepted - c.corrected:,}", fmt.money(c.money_before), fmt.money(c.money_after))
        for name, c in report.tables.items()
    ]
    print_table(head, rows, right=[1, 2, 3, 4])


def query(
    ledger_path: LedgerPath,
    sql: Annotated[str, typer.Argument(metavar="SQL", help=t("一条 SELECT", "one SELECT over the contract tables"))],
    limit: Annotated[int, typer.Option("--limit", min=1, help=t("最多行数", "at most so many rows"))] = 1000,
    as_of: AsOf = None,
    snapshot: AtSnapshot = None,
    as_json: AsJson = False,
) -> None:
    """Read-only SQL over the ledger's tables; it cannot write, read other files or reach a network."""
    import duckdb

    from yibao.engine import DuckEngine, EngineError
    from yibao.engine.sql import sql_text
    from yibao.ledger import open_ledger

    ledger = open_ledger(ledger_path, snapshot)
    with DuckEngine() as engine:
        ledger.attach(engine, as_of=as_of)
        engine.run(f"set allowed_directories = [{sql_text(f'{ledger.path.resolve()}/')}]")
        engine.run("set enable_external_access = false")
        engine.run("set lock_configuration = true")
        try:
            statements = engine.connection.extract_statements(sql)
        except duckdb.Error as error:
            raise EngineError(str(error).strip()) from None
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise UsageError("expected exactly one SELECT", zh="应为一条 SELECT 语句")
        # The line end closes a comment in the last line.
        with ledger.reading():
            table = engine.execute(f"select * from ({sql.rstrip().rstrip(';')}\n) limit {limit}")
    if as_json:
        print_json(table.to_pylist())
        return
    print_table(table.column_names, [["" if v is None else v for v in row.values()] for row in table.to_pylist()])
    if table.num_rows == limit and out.is_terminal:
        say(t(f"只显示前 {limit} 行", f"first {limit} rows"))
