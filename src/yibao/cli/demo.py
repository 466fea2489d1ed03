"""`yibao demo`: the whole chain on a synthetic city, in one command."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from yibao.cli.judge import print_answer, print_run, write_reports
from yibao.cli.options import AsJson
from yibao.cli.show import print_json, progress, say
from yibao.cli.words import t
from yibao.runs.laws import load_lawbook
from yibao.supervision.answers import reasons


def demo(
    persons: Annotated[int, typer.Option("--persons", min=1_000, help=t("参保人数", "insured persons"))] = 20_000,
    folder: Annotated[Path, typer.Option("--out", metavar="DIR", help=t("输出目录", "where to put it"))] = Path("demo"),
    seed: Annotated[int, typer.Option("--seed", help=t("随机种子", "random seed"))] = 1,
    as_json: AsJson = False,
) -> None:
    """Simulate a city, ingest it, run every law, write the report, and check one doctor's order."""
    from yibao.runs.demo import make_demo  # the simulation loads when a city is asked for

    started, lawbook = time.perf_counter(), load_lawbook()
    with progress() as bar:
        made = make_demo(folder, persons, seed, lawbook, progress=bar)
    clock = time.perf_counter()
    pages = write_reports(made.run, made.ledger, lawbook)
    seconds = {**made.seconds, "report": round(time.perf_counter() - clock, 2)}
    seconds["total"] = round(time.perf_counter() - started, 2)
    failed = [key for key, entry in made.run.manifest.laws.items() if entry.status == "failed"]
    if as_json:
        print_json(
            {
                "ingest": made.ingested.to_dict(),
                "tables": {k: vars(v) for k, v in made.run.manifest.tables.items()},
                "failed": failed,
                "reminders": [r.explanation for r in made.answer.reminders],
                "reports": pages,
                "seconds": seconds,
            }
        )
    else:
        report = made.ingested
        say(
            t(
                f"账本 {made.ledger.path}：读入 {report.rows_in:,} 行 = 接收 {report.accepted:,} + 隔离 "
                f"{report.quarantined:,} + 重复 {report.duplicates:,}",
                f"ledger {made.ledger.path}: {report.rows_in:,} rows in = {report.accepted:,} accepted + "
                f"{report.quarantined:,} quarantined + {report.duplicates:,} duplicates",
            )
        )
        print_run(made.run, lawbook, pages)
        say("")
        say(t(f"一张拟开医嘱（{made.order}）：", f"one draft order ({made.order}):"))
        print_answer(made.answer, reasons(made.ledger), 0)
        say("  ".join(f"{name} {value:.1f} s" for name, value in seconds.items()))
    if failed or lawbook.problems:
        raise typer.Exit(1)
