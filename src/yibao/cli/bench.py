"""`yibao bench`: speed and memory on this machine, each beside the limit or peer measured in the same run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from yibao.benchmarks import BENCHMARKS, run_benchmark
from yibao.cli.options import AsJson
from yibao.cli.show import print_json, print_table, say
from yibao.cli.words import t
from yibao.errors import UsageError


def bench(
    name: Annotated[str, typer.Argument(metavar="NAME", help=", ".join(BENCHMARKS))],
    scale: Annotated[
        int | None, typer.Option("--scale", metavar="N", min=1_000, help=t("费用明细行数", "charge lines"))
    ] = None,
    work: Annotated[
        Path | None,
        typer.Option(
            "--work", metavar="DIR", help=t("保留并重用生成的数据", "keep generated data here and use it again")
        ),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(
            "--data",
            metavar="DIR",
            help=t(
                "us-claims、group 的数据目录，或 compact 所用的账本",
                "data folder of us-claims and of group; a ledger for compact",
            ),
        ),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option("--source", metavar="NAME", help=t("sources 只测这一种", "of sources, measure this one only")),
    ] = None,
    part: Annotated[
        str | None,
        typer.Option(
            "--part",
            metavar="NAME",
            help=t(
                "serve 只测这一部分：orders、settlements、pages", "of serve, this part: orders, settlements or pages"
            ),
        ),
    ] = None,
    seconds: Annotated[
        int | None,
        typer.Option(
            "--seconds", min=1, help=t("serve 每一部分的秒数（默认 300、60、60）", "of serve, how long each part lasts")
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run one benchmark."""
    if name not in BENCHMARKS:
        raise UsageError(f"there is no benchmark {name!r}", mend=f"known: {', '.join(BENCHMARKS)}")
    if source is not None and name != "sources":
        raise UsageError("only the benchmark sources takes --source", zh="只有 sources 接受 --source")
    if name != "serve" and (part is not None or seconds is not None):
        raise UsageError(
            "only the benchmark serve takes --part and --seconds", zh="只有 serve 接受 --part 和 --seconds"
        )
    given = {"source": source, "part": part, "seconds": seconds}
    own = {option: value for option, value in given.items() if value is not None}
    figures = run_benchmark(name, scale=scale, work=work, data=data, **own)
    if as_json:
        print_json(figures)
        return
    details = figures.pop("details", [])
    print_table([t("项", "figure"), t("值", "value")], [(k, v) for k, v in figures.items() if v is not None])
    if details:
        say("")
        print_table(list(details[0]), [list(row.values()) for row in details])
