"""`yibao source`: what can be read, and whether a mapping of your own holds."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from yibao.cli.ingested import print_report
from yibao.cli.options import AsJson
from yibao.cli.quarantine import print_problems
from yibao.cli.show import print_json, print_table, progress, say
from yibao.cli.words import t
from yibao.errors import UsageError

if TYPE_CHECKING:
    from yibao.ledger.trial import Trial

app = typer.Typer(
    no_args_is_help=True,
)


@app.command("list", help=t("列出可用的来源", "List the sources that can be read"))
def list_sources(as_json: AsJson = False) -> None:
    """Names, what they read, and the currency of their amounts."""
    from yibao.ledger.sources import get_source, source_names

    found = [(name, get_source(name)) for name in source_names()]
    if as_json:
        print_json([{"name": n, "about": s.about[0], "about_zh": s.about[1], "currency": s.currency} for n, s in found])
        return
    asked = t("由您指定", "as you say")
    print_table(
        [t("来源", "source"), t("币种", "currency"), t("读什么", "reads")],
        [(name, source.currency or asked, t(source.about[1], source.about[0])) for name, source in found],
    )


@app.command(
    "check", help=t("核对映射；给出文件则试读一遍，不入账", "Check a mapping; with files, try it and keep nothing")
)
def check(
    mapping: Annotated[
        str,
        typer.Argument(
            metavar="MAPPING", help=t("mapping.yaml（或其目录，或来源名）", "mapping.yaml, its directory, or a source")
        ),
    ],
    path: Annotated[
        Path | None, typer.Argument(metavar="[PATH]", help=t("原始文件或目录", "raw files: a file or a directory"))
    ] = None,
    currency: Annotated[
        str | None, typer.Option("--currency", help=t("文件未写明时的币种", "currency, where the files do not say it"))
    ] = None,
    rows: Annotated[int, typer.Option("--rows", min=0, max=50, help=t("每表显示行数", "rows shown of each table"))] = 3,
    as_json: AsJson = False,
) -> None:
    """Every mistake is told by line. With files: first rows, columns left over, columns left empty, conservation."""
    from yibao.ledger.sources import get_source
    from yibao.ledger.sources.mapped import MappedSource
    from yibao.ledger.trial import try_source

    source = get_source(mapping)
    if not isinstance(source, MappedSource):
        raise UsageError(
            f"the source {mapping} is no mapping",
            mend="give a mapping.yaml",
            zh=f"来源 {mapping} 不是映射文件",
            mend_zh="请给出 mapping.yaml",
        )
    if path is None:
        if as_json:
            print_json(
                {"name": source.name, "relations": len(source.text.relations), "tables": len(source.text.tables)}
            )
            return
        counts = len(source.text.relations), len(source.text.tables)
        say(
            t(
                f"映射 {source.name} 可用：{counts[0]} 个关系，{counts[1]} 个取法",
                f"the mapping {source.name} holds: {counts[0]} relations, {counts[1]} selects",
            )
        )
        return
    with progress() as bar:
        trial = try_source(source, path, currency=currency, rows=rows, progress=bar)
    if as_json:
        print_json({**asdict(trial), "report": trial.report.to_dict()})
        return
    _print(trial)


def _print(trial: Trial) -> None:
    say(t("关系（原始文件）", "Relations (raw files)"))
    heads = [
        t("关系", "relation"),
        t("记录", "records"),
        t("不成行", "no rows"),
        t("逐条进入", "each record in"),
        t("没有用到的列", "columns not used"),
    ]
    print_table(
        heads,
        [
            (
                r.name,
                f"{r.records:,}",
                f"{r.rejected:,}",
                ", ".join(r.tables) or t("只供查找", "looked up"),
                _few(r.unused),
            )
            for r in trial.relations
        ],
        right=[1, 2],
    )
    for table in trial.tables:
        say("")
        say(table.name)
        if table.rows:
            names = [name for name in table.rows[0] if name not in table.empty]
            print_table(names, [["" if row[n] is None else row[n] for n in names] for row in table.rows])
        if table.empty:
            say(t(f"已映射但全为空：{_few(table.empty)}", f"mapped, but empty in every row: {_few(table.empty)}"))
        if table.unmapped:
            say(t(f"未映射：{_few(table.unmapped)}", f"not mapped: {_few(table.unmapped)}"))
    say("")
    print_report(trial.report)
    if trial.quarantined:
        print_problems(list(trial.quarantined))
    say(t("以上是试读，没有入账", "this was a trial: nothing was kept"))


def _few(names: tuple[str, ...]) -> str:
    return ", ".join(names[:12]) + (f" … ({len(names)})" if len(names) > 12 else "")
