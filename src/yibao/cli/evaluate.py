"""`yibao evaluate`: how well models rank, beside the one-feature baseline."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from yibao.cli.options import AsJson
from yibao.cli.show import print_json, print_table, progress, say
from yibao.cli.words import language, t
from yibao.ledger import open_ledger
from yibao.runs.manifest import latest_run
from yibao.supervision.models.evaluate import evaluate_findings, evaluate_providers
from yibao.supervision.models.providers import LABELS


def evaluate(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="LEDGER|DIR",
            help=t(
                "含已决疑点的账本，或带标签的机构数据目录",
                "a ledger with decided clues, or a folder of labelled providers",
            ),
        ),
    ],
    repeats: Annotated[
        int, typer.Option("--repeats", metavar="N", min=1, max=50, help=t("重复几次", "how often to repeat"))
    ] = 5,
    folds: Annotated[
        int, typer.Option("--folds", metavar="N", min=2, max=20, help=t("分几折", "folds of each repeat"))
    ] = 5,
    seed: Annotated[int, typer.Option("--seed", metavar="S", help=t("随机种子", "seed of the folds"))] = 1,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help=t("写评估页面和 JSON 到此目录", "write the page and the JSON here")),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Judge the models by repeated cross-validation grouped by provider, with intervals and leakage checks."""
    from yibao.runs.evaluation import (  # pages bring the chart renderer, which starts slowly
        denominator,
        method_rows,
        plain,
        write_evaluation,
    )

    with progress() as bar:
        how = {"repeats": repeats, "count": folds, "seed": seed}
        if (source / LABELS).is_file() or not (source / "snapshots").is_dir():
            found = evaluate_providers(source, **how, progress=bar)
        else:
            found = evaluate_findings(open_ledger(source), latest_run(source), **how, progress=bar)
    paths = write_evaluation(found, out) if out else []
    if as_json:
        print_json({**plain(found), "files": paths})
    else:
        for line in denominator(found, language()):
            say(line)
        heads, rows = method_rows(found.methods, language())
        print_table(heads, rows, right=tuple(range(1, len(heads))))
        say("")
        print_table(
            [t("泄漏检查", "leakage check"), t("结果", "found"), t("通过", "passed")],
            [(t(c.zh, c.en), c.value, t("是", "yes") if c.passed else t("否", "NO")) for c in found.checks],
        )
        for path in paths:
            say(f"{t('写出', 'written')}: {path}")
    if any(not check.passed for check in found.checks):
        raise typer.Exit(1)
