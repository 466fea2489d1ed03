"""The front door: one command, one verb per capability."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from yibao import __version__
from yibao.cli import (
    bench,
    catalogue,
    compact,
    data,
    demo,
    equity,
    group,
    judge,
    keys,
    law,
    package,
    quality,
    quarantine,
    region,
    settle,
    snapshot,
    source,
)
from yibao.cli.show import refuse, say
from yibao.cli.words import t
from yibao.errors import YibaoError

app = typer.Typer(
    name="yibao",
    help=t(
        "医保基金治理开放平台：汇集、标准化、校验、按法规判断、出报告。先试：yibao demo",
        "Govern a medical-insurance fund: collect, standardise, check, judge by written law, report. Try: yibao demo",
    ),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
_COMMANDS = (
    ("demo", demo.demo, "从原始文件到报告，一条命令走完", "The whole chain on a synthetic city, in one command"),
    ("simulate", data.simulate, "生成模拟城市的原始文件和真值", "Write a synthetic city as raw files, with its truth"),
    (
        "ingest",
        data.ingest,
        "把原始文件读入账本",
        "Read raw files into the ledger; nothing is lost, bad rows are quarantined",
    ),
    (
        "compact",
        compact.compact,
        "合并账本的小文件，可删除旧快照",
        "Merge the files of many batches, so that reading is quick; drop old snapshots",
    ),
    (
        "quality",
        quality.quality,
        "检查数据质量",
        "Check the data: identities of bills, keys, codes, settlement-list rules",
    ),
    ("run", judge.run, "运行全部法规并出报告", "Run every law over the ledger and write the report"),
    ("supervise", judge.supervise, "只运行监管规则和指标", "Run the supervision rules and indicators only"),
    ("check-order", judge.check_order, "医嘱开立前的提醒", "Check a doctor's draft order before it is signed"),
    (
        "quarantine",
        quarantine.quarantine,
        "查看或导出未接收的行和原因",
        "Show or export the rows that were not taken in, with reasons",
    ),
    ("query", data.query, "只读查询账本", "Read-only SQL over the ledger"),
    ("region", region.region, "区划树：各区参保、机构与基金", "The region tree: people, institutions, bills, funds"),
    ("settle", settle.settle, "计算各层保障支付多少", "What every layer of protection pays on a bill"),
    ("bench", bench.bench, "在本机测速", "Measure speed and memory on this machine, beside a limit"),
)
for _name, _function, _zh, _en in _COMMANDS:
    app.command(_name, help=t(_zh, _en))(_function)
app.add_typer(group.app, name="group")
app.add_typer(equity.app, name="equity")
app.add_typer(law.app, name="law")
app.add_typer(source.app, name="source")
app.add_typer(snapshot.app, name="snapshot")
app.add_typer(catalogue.app, name="catalogue")
app.add_typer(package.app, name="package")
app.add_typer(keys.app, name="keys")


def _version(wanted: bool) -> None:
    if wanted:
        say(f"yibao {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help=t("版本", "print the version"))
    ] = False,
) -> None:
    """Options of every command."""


def main() -> None:
    """Run the command line; a user's mistake ends with a message and an exit code, never a traceback."""
    try:
        app()
    except YibaoError as error:
        sys.exit(refuse(error))
    except KeyboardInterrupt:
        sys.exit(130)
    except SystemExit as ended:
        # Typer ends with 1 when whoever reads the output has seen enough (`| head`), which is no failure.
        if isinstance(ended.__context__, BrokenPipeError):
            sys.exit(0)
        raise
    except OSError as error:
        # A path of the user's that cannot be read or written; the ledger's own are told of where they are used.
        sys.exit(refuse(_storage(error)))


def _storage(error: OSError) -> YibaoError:
    said = error.strerror or str(error)
    return YibaoError(
        f"cannot be read or written: {said}",
        where=str(error.filename or ""),
        mend="check the path and your permission",
        zh=f"无法读写：{said}",
        mend_zh="请检查路径和权限",
    )
