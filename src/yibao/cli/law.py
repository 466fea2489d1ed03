"""`yibao law`: read and prove the laws."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from yibao.cli.show import err, print_json, print_table, progress, say
from yibao.cli.words import language, t
from yibao.engine import Engine, EngineChoice
from yibao.lawbook import Law, Lawbook, LawProblem, prove
from yibao.ledger.contracts import load_contracts
from yibao.runs.laws import load_lawbook

app = typer.Typer(help=t("法规：列出、查看、验证", "The laws: list, show and prove them"), no_args_is_help=True)

Own = Annotated[
    list[Path] | None,
    typer.Option("--law", help=t("您自己的法规目录，可重复", "a directory with laws of your own; may be repeated")),
]
AsJson = Annotated[bool, typer.Option("--json", help=t("输出 JSON", "print JSON"))]


@app.command("list", help=t("列出全部法规", "List every law with its kind, version and title"))
def list_laws(own: Own = None, as_json: AsJson = False) -> None:
    lawbook = load_lawbook(own or [])
    laws = list(lawbook.laws.values())
    if as_json:
        print_json(
            [
                {
                    "id": law.id, "kind": law.text.kind, "version": law.text.version,
                    "title": law.text.title.model_dump(),
                    "result": law.text.result or law.text.severity, "stages": law.text.stages, "form": law.text.form,
                    "official": [o.code for o in law.text.official], "shipped": law.shipped,
                }
                for law in laws
            ]
        )  # fmt: skip
    else:
        head = [t("编号", "id"), t("类别", "kind"), t("版本", "version"), t("名称", "title"), t("环节", "stages")]
        rows = [[w.id, w.text.kind, w.text.version, w.text.title[language()], " ".join(w.text.stages)] for w in laws]
        print_table(head, rows)
    _report_problems(lawbook.problems)


@app.command("show", help=t("查看一条法规：含义、依据、参数、正文", "Show one law: meaning, basis, parameters, body"))
def show(law_id: Annotated[str, typer.Argument(metavar="ID")], own: Own = None, as_json: AsJson = False) -> None:
    law = load_lawbook(own or []).get(law_id)
    if as_json:
        print_json({**law.text.model_dump(mode="json", by_alias=True), "hash": law.hash, "body": law.source})
        return
    _print_law(law)


@app.command(
    "test", help=t("用例验证：正例、相似例、边界例", "Prove laws by their cases: positives, look-alikes, edges")
)
def test(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="[DIR]", help=t("只验证此目录下的法规", "only the laws below this directory")),
    ] = None,
    engine: Annotated[
        str,
        typer.Option(
            "--engine",
            metavar="NAME",
            help=t(
                "spark：同一用例也在集群引擎上跑，两边结果须逐行相同",
                "spark: the cases run on the cluster engine too, and both must return the same rows",
            ),
        ),
    ] = "duckdb",
    as_json: AsJson = False,
) -> None:
    lawbook = load_lawbook([folder], shipped=False) if folder else load_lawbook()
    with EngineChoice(engine).open(brief=True) as opened:
        passed, failed, lines = _prove(lawbook, opened)
    failed += len(lawbook.problems)
    if as_json:
        problems = [{"file": str(p.path), "line": p.line, "message": p.message} for p in lawbook.problems]
        print_json({"passed": passed, "failed": failed, "failures": lines, "problems": problems})
    else:
        for line in lines:
            err.print(line, markup=False)
        _report_problems(lawbook.problems)
        say(t(f"通过 {passed}，未通过 {failed}", f"{passed} passed, {failed} failed"))
    if failed or not passed:
        raise typer.Exit(1)


def _prove(lawbook: Lawbook, engine: Engine) -> tuple[int, int, list[str]]:
    passed, lines = 0, []
    with progress() as bar:
        for proof in prove(lawbook.of(), load_contracts(), engine, bar):
            passed += sum(result.passed for result in proof.results)
            lines += [f"{proof.law.id}: {proof.problem}"] if proof.problem else []
            for result in proof.results:
                place = f"{proof.law.id} · {result.case.name} (line {result.case.line})"
                lines += [f"{place}: {difference}" for difference in result.differences[:1]]
                lines += [f"    {difference}" for difference in result.differences[1:]]
    return passed, sum(not line.startswith("    ") for line in lines), lines


def _report_problems(problems: tuple[LawProblem, ...]) -> None:
    for problem in problems:
        err.print(f"{t('法规有误', 'law not usable')}: {problem}", markup=False)


def _print_law(law: Law) -> None:
    lang, text = language(), law.text
    say(f"{law.id}  {text.title[lang]}  ({text.version}, {text.kind}, {text.form})")
    say(f"  {text.question[lang]}")
    for official in text.official:
        say(f"  {t('国家规则', 'national class')}: {official.number} {official.code or ''} {official.name}")
    for basis in text.basis:
        say(f"  {t('依据', 'basis')}: {basis.law[lang]} {t('第', 'Art. ')}{basis.article}{t('条', '')}")
    say(f"  {t('施行', 'in force')}: {text.effective.start} – {text.effective.end or ''}")
    say(f"  {t('环节', 'stages')}: {', '.join(text.stages)}")
    for name, param in text.params.items():
        words = param.en if lang == "en" else param.zh
        say(f"  {name} = {param.value} {param.unit or ''}  {words}  [{param.source or ''}]")
    if text.money:
        say(f"  {t('金额', 'money')}: {text.money[lang]}")
    say("")
    say(law.source)
