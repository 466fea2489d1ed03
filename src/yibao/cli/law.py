"""`yibao law`: read and prove the laws."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from yibao.benefits import PolicyBook, load_policies
from yibao.benefits.load import Written, load_folder
from yibao.benefits.schema import policy_schema
from yibao.cli import law_life
from yibao.cli.coverage import cover, print_coverage
from yibao.cli.policy import compare, policies_below, prove_policies, show_policy
from yibao.cli.show import err, print_json, print_table, progress, say
from yibao.cli.words import language, t
from yibao.engine import Engine, EngineChoice
from yibao.lawbook import Law, Lawbook, LawProblem, prove
from yibao.ledger.contracts import load_contracts
from yibao.runs.laws import load_lawbook

app = typer.Typer(no_args_is_help=True)

for _function, _zh, _en in law_life.COMMANDS:
    app.command(_function.__name__, help=t(_zh, _en))(_function)

Own = Annotated[
    list[Path] | None,
    typer.Option("--law", help=t("您自己的法规目录，可重复", "a directory with laws of your own; may be repeated")),
]
AsJson = Annotated[bool, typer.Option("--json", help=t("输出 JSON", "print JSON"))]


@app.command("list", help=t("列出全部法规和待遇政策", "List every law and benefit policy with its version and title"))
def list_laws(own: Own = None, as_json: AsJson = False) -> None:
    lawbook, book = load_lawbook(_with_laws(own)), policies_below(own or [])
    laws = list(lawbook.laws.values())
    if as_json:
        print_json(
            _policy_rows(book)
            + [
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
        graded = [(w.policy, f"{t('可信度', 'trust')} {w.policy.grade}") for w in book.written]
        rows += [[p.id, "policy", p.version, p.title[language()], grade] for p, grade in graded]
        print_table(head, rows)
    _report_problems(lawbook.problems)
    _report_policies(book)


@app.command("show", help=t("查看一条法规：含义、依据、参数、正文", "Show one law: meaning, basis, parameters, body"))
def show(law_id: Annotated[str, typer.Argument(metavar="ID")], own: Own = None, as_json: AsJson = False) -> None:
    book = policies_below(own or [])
    if any(law_id in (w.policy.id, w.policy.key) for w in book.written):
        written = book.find(law_id)
        if as_json:
            print_json({**_policy_row(written), "text": written.text})
        else:
            show_policy(written)
        return
    law = load_lawbook(_with_laws(own)).get(law_id)
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
    lawbook, book = _below(folder)
    with EngineChoice(engine).open(brief=True) as opened:
        passed, failed, lines = _prove(lawbook, opened)
    done, unproved = prove_policies(book)
    passed, failed, lines = passed + done, failed + len(unproved), lines + unproved
    failed += len(lawbook.problems) + len(book.problems)
    if as_json:
        problems = [{"file": str(p.path), "line": p.line, "message": p.words(language())} for p in lawbook.problems]
        problems += [{"file": str(p.path), "line": p.line, "message": p.message[language()]} for p in book.problems]
        print_json({"passed": passed, "failed": failed, "failures": lines, "problems": problems})
    else:
        for line in lines:
            err.print(line, markup=False)
        _report_problems(lawbook.problems)
        _report_policies(book)
        say(t(f"通过 {passed}，未通过 {failed}", f"{passed} passed, {failed} failed"))
    if failed or not passed:
        raise typer.Exit(1)


@app.command(
    "coverage",
    help=t(
        "88 个国家规则大类：由哪条法规实现、需要哪些表、有哪些用例；给出账本时说明能否评价",
        "The 88 official rule classes: which law serves each, the tables it needs, its cases, and whether a ledger can "
        "evaluate it",
    ),
)
def coverage_(
    ledger: Annotated[
        Path | None, typer.Argument(metavar="[LEDGER]", help=t("账本目录", "a ledger's directory"))
    ] = None,
    own: Own = None,
    as_json: AsJson = False,
) -> None:
    rows = cover(load_lawbook(_with_laws(own)), ledger)
    if as_json:
        print_json([row.to_dict() for row in rows])
    else:
        print_coverage(rows, with_ledger=ledger is not None)


@app.command(
    "diff", help=t("用文字说明两套法规或政策有何不同", "Say in words what changed from one law or policy to another")
)
def diff(
    before: Annotated[
        str, typer.Argument(metavar="A", help=t("编号、编号@版本或目录", "an id, ID@version or a folder"))
    ],
    after: Annotated[str, typer.Argument(metavar="B", help=t("与之比较的另一个", "the one to compare it with"))],
    as_json: AsJson = False,
) -> None:
    lines = compare(before, after)
    if as_json:
        print_json(lines)
        return
    for line in lines or [t("没有不同", "nothing differs")]:
        say(line)


@app.command(
    "schema",
    help=t("输出 policy.yaml 的 JSON Schema，供编辑器使用", "Print the JSON Schema of policy.yaml, for editors"),
)
def schema() -> None:
    print_json(policy_schema())


def _with_laws(own: list[Path] | None) -> list[Path]:
    """The user's directories that hold laws; those that hold policies only are not asked for laws."""
    return [p for p in own or [] if not p.is_dir() or any(p.rglob("rule.yaml")) or not any(p.rglob("policy.yaml"))]


def _below(folder: Path | None) -> tuple[Lawbook, PolicyBook]:
    """The laws and the policies to prove: all, or those below a directory."""
    if folder is None:
        return load_lawbook(), load_policies()
    book = load_folder(folder) if any(folder.rglob("policy.yaml")) else PolicyBook(())
    laws = _with_laws([folder])
    return load_lawbook(laws, shipped=False) if laws else Lawbook(()), book


def _policy_rows(book: PolicyBook) -> list[dict[str, Any]]:
    return [_policy_row(written) for written in book.written]


def _policy_row(written: Written) -> dict[str, Any]:
    policy = written.policy
    return {
        "id": policy.id, "kind": "policy", "version": policy.version, "title": policy.title.model_dump(),
        "region": policy.region, "scheme": policy.scheme, "extent": policy.extent, "grade": policy.grade,
        "verified": policy.verified, "shipped": written.shipped,
    }  # fmt: skip


def _report_policies(book: PolicyBook) -> None:
    for problem in book.problems:
        err.print(f"{t('政策有误', 'policy not usable')}: {problem.said(language())}", markup=False)


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
        err.print(f"{t('法规有误', 'law not usable')}: {problem.said(language())}", markup=False)


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
