"""`yibao equity`: run a study of equity from a file, and say what a study may contain."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from yibao.cli.options import AsJson
from yibao.cli.show import print_json, print_table, progress, say
from yibao.cli.words import language, t

app = typer.Typer(no_args_is_help=True)


@app.command(
    "run", help=t("运行研究文件，写出表、图、方法和清单", "Run a study file: tables, figures, method, manifest")
)
def run(
    study: Annotated[Path, typer.Argument(metavar="STUDY", help=t("研究文件（YAML）", "the study file (YAML)"))],
    data: Annotated[
        Path | None,
        typer.Option(
            "--data",
            metavar="DIR",
            help=t("数据目录；缺省为研究文件所在目录", "where its data files are; default the study file's folder"),
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="DIR",
            help=t("结果目录；缺省为当前目录下的研究名", "where results go; default the study's name, here"),
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run a study file."""
    from yibao.equity.outputs import write_study
    from yibao.equity.outputs.words import findings_of
    from yibao.equity.study import run_study

    with progress() as bar:
        result = run_study(study, data, bar)
        folder = out or Path(result.text.study)
        manifest = write_study(result, study, folder, bar)
    if as_json:
        print_json({"folder": str(folder), **manifest})
        return
    say(result.text.title.by(language()))
    for zh, en in result.labels:
        say(f"！{t(zh, en)}")
    for title, said in findings_of(result, language()):
        say(f"\n{title}")
        for sentence in said:
            say(f"  · {sentence}")
    page = folder / f"report.{language()}.html"
    files = len(manifest["outputs"])
    say(t(f"\n已写出 {files} 个文件，先看 {page}", f"\n{files} files written; read {page} first"))


@app.command(
    "steps", help=t("列出研究文件可用的步骤和参数", "List the steps a study file may name, with their parameters")
)
def steps(as_json: AsJson = False) -> None:
    """List the steps."""
    from yibao.equity.outputs.words import method_words
    from yibao.equity.steps import STEPS, step_function

    rows = []
    for name in STEPS:
        _, kind = step_function(name)
        fields = [f"{key}{'' if field.is_required() else '?'}" for key, field in kind.model_fields.items()]
        rows.append((name, method_words()[name]["title"][language()], " ".join(fields)))
    if as_json:
        print_json([{"step": a, "title": b, "parameters": c.split()} for a, b, c in rows])
        return
    print_table([t("步骤", "step"), t("方法", "method"), t("参数（? 可省略）", "parameters (? optional)")], rows)


@app.command("check", help=t("只检查研究文件，不运行", "Check a study file without running it"))
def check(
    study: Annotated[Path, typer.Argument(metavar="STUDY", help=t("研究文件（YAML）", "the study file (YAML)"))],
    as_json: AsJson = False,
) -> None:
    """Check a study file."""
    from yibao.equity.study import load_study

    text = load_study(study)
    if as_json:
        print_json({"study": text.study, "steps": [step.name for step in text.steps]})
        return
    say(
        t(
            f"{text.title.zh}：{len(text.steps)} 个步骤，无误",
            f"{text.title.en}: {len(text.steps)} steps, nothing wrong",
        )
    )


@app.command(
    "vectors",
    help=t(
        "算例表：每个方法的期望值与本项目的结果并列",
        "Worked examples: every expected number beside the one that is calculated here",
    ),
)
def vectors(
    data: Annotated[
        Path | None,
        typer.Option(
            "--data",
            metavar="DIR",
            help=t(
                "公开数据目录，供以其为输入的算例", "a folder of public data, for examples that take their input there"
            ),
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Calculate the worked examples; ends with 1 when a number does not agree."""
    from dataclasses import asdict

    from yibao.equity.worked import worked_examples

    found = worked_examples(data)
    apart = [row for row in found.rows if not row.agrees]
    if as_json:
        rows = [{**asdict(row), "agrees": row.agrees} for row in found.rows]
        print_json({"rows": rows, "missing": found.missing, "unused": found.unused})
    else:
        heads = [t("算例", "example"), t("函数", "function"), t("量", "quantity"), t("期望值", "expected"),
                 t("结果", "found"), t("差", "difference"), ""]  # fmt: skip
        rows_ = [
            (row.example, row.function, row.quantity, f"{row.expected:.10g}", f"{row.found:.10g}",
             f"{row.found - row.expected:.1e}", "" if row.agrees else "✗")
            for row in found.rows
        ]  # fmt: skip
        print_table(heads, rows_, right=[3, 4, 5])
        say(t(f"{len(found.rows)} 个数，{len(apart)} 个不符", f"{len(found.rows)} numbers, {len(apart)} do not agree"))
        for name in found.missing:
            say(t(f"缺少输入：{name}", f"no input: {name}"))
    if apart:
        raise typer.Exit(1)
