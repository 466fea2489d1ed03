"""`yibao settle`: what every layer of protection pays on a bill."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import pyarrow as pa
import typer

from yibao.benefits import PolicyBook, load_policies, read_bill, settle_bill
from yibao.benefits.bill import SettledBill
from yibao.benefits.bill_file import BillFile
from yibao.benefits.identities import IDENTITIES
from yibao.benefits.national import setldetail, setlinfo
from yibao.benefits.side_by_side import side_by_side
from yibao.benefits.statement import statement
from yibao.benefits.statement_words import GRADES
from yibao.cli.options import AsJson, AsOf, Strict
from yibao.cli.settle_compare import show_compared
from yibao.cli.show import err, print_json, print_table, say
from yibao.cli.words import language, t
from yibao.engine import DuckEngine
from yibao.errors import UsageError
from yibao.ledger import open_ledger
from yibao.presentation.fmt import Format


def settle(
    ledger: Annotated[
        Path | None,
        typer.Argument(metavar="[LEDGER]", help=t("账本目录：重新结算全部账单", "a ledger: settle all its bills anew")),
    ] = None,
    bill: Annotated[
        Path | None,
        typer.Option("--bill", metavar="FILE", help=t("一张账单（JSON 或 YAML）", "one bill (JSON or YAML)")),
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help=t("逐步说明怎样算出", "say step by step how it was reckoned"))
    ] = False,
    compared: Annotated[
        bool,
        typer.Option(
            "--compare", help=t("同一账单在各套政策下并列", "the bill under every policy of its scheme, side by side")
        ),
    ] = False,
    catalogue: Annotated[
        Path | None,
        typer.Option(
            "--catalogue",
            metavar="LEDGER",
            help=t(
                "账单明细按此账本的目录拆分（就医地目录）",
                "split the bill's lines by this ledger's catalogue (place of care)",
            ),
        ),
    ] = None,
    reform: Annotated[
        list[str] | None,
        typer.Option(
            "--reform",
            metavar="DIR",
            help=t(
                "改革测算：政策目录或政策编号，可重复，每个险种一套",
                "reform workbench: a directory with policies or a policy's id; repeatable, one for each scheme",
            ),
        ),
    ] = None,
    baseline: Annotated[
        list[str] | None,
        typer.Option(
            "--baseline",
            metavar="DIR",
            help=t("与之比较的政策；缺省为当日有效的政策", "the policy to compare with; default those in force"),
        ),
    ] = None,
    kinds: Annotated[
        list[str] | None,
        typer.Option(
            "--kind",
            metavar="CODE",
            help=t("改革测算只看此就医类别（如 21），可重复", "reform: only this kind of care, such as 21; repeatable"),
        ),
    ] = None,
    adjustment: Annotated[
        str,
        typer.Option(
            "--adjustment",
            metavar="SHARE",
            help=t("改革测算：上解调剂金的收入比例", "reform: share of income paid into the adjustment fund"),
        ),
    ] = "10%",
    policies: Annotated[
        list[Path] | None,
        typer.Option(
            "--policy",
            metavar="DIR",
            help=t("您自己的政策目录，可重复", "a directory with policies of your own; repeatable"),
        ),
    ] = None,
    as_of: AsOf = None,
    strict: Strict = False,
    as_json: AsJson = False,
) -> None:
    """Settle one bill, a ledger anew, or a ledger under another policy."""
    _one_thing(ledger, bill, reform, {"--compare": compared, "--explain": explain, "--catalogue": catalogue},
               {"--baseline": baseline, "--kind": kinds})  # fmt: skip
    if ledger is not None and reform:
        from yibao.cli.settle_reform import settle_reform  # charts start slowly: only when needed

        settle_reform(
            ledger, reform, baseline or [], policies or [], kinds=kinds or [], adjustment=adjustment, as_of=as_of,
            as_json=as_json,
        )  # fmt: skip
        return
    book = load_policies(policies or [])
    for problem in book.problems:
        err.print(f"{t('政策有误', 'policy not usable')}: {problem.said(language())}", markup=False)
    issues = False
    if ledger is not None:
        from yibao.cli.settle_ledger import settle_ledger  # and workbooks

        issues = settle_ledger(ledger, book, as_of=as_of, as_json=as_json)
    elif bill is not None:
        _settle_bill(read_bill(bill), book, _catalogue(catalogue), explain=explain, compared=compared, as_json=as_json)
    if book.problems:
        raise typer.Exit(1)
    if issues and strict:
        raise typer.Exit(3)


def _one_thing(
    ledger: Path | None,
    bill: Path | None,
    reform: list[str] | None,
    of_bill: dict[str, object],
    of_reform: dict[str, object],
) -> None:
    """Refuse a call that names nothing to settle, or options that do not go together."""
    if (ledger is None) == (bill is None):
        raise UsageError(
            "say what to settle: a ledger, or a bill",
            mend="give --bill FILE, or a LEDGER",
            zh="请写明要计算什么：账本或一张账单",
            mend_zh="请给出 --bill 文件，或账本目录",
        )
    lost = [name for name, value in of_bill.items() if value and bill is None]
    lost += [name for name, value in of_reform.items() if value and not reform]
    lost += ["--reform"] if reform and ledger is None else []
    if lost:
        raise UsageError(
            f"{lost[0]} has no meaning here",
            mend="--compare, --explain and --catalogue go with --bill; --baseline and --kind with LEDGER --reform",
            zh=f"{lost[0]} 在此没有意义",
            mend_zh="--compare、--explain、--catalogue 与 --bill 同用；--baseline、--kind 与 LEDGER --reform 同用",
        )


def _catalogue(path: Path | None) -> pa.Table | None:
    """The catalogue of the place of care: that of a ledger."""
    if path is None:
        return None
    with DuckEngine(threads=1) as engine:
        open_ledger(path).attach(engine, only=["catalogue_item"])
        return engine.execute("select * from catalogue_item")


def _settle_bill(
    file: BillFile, book: PolicyBook, catalogue: pa.Table | None, *, explain: bool, compared: bool, as_json: bool
) -> None:
    if compared:
        show_compared(side_by_side(file, book, catalogue), as_json)
        return
    settled = settle_bill(file, book, catalogue=catalogue)
    if as_json:
        print_json(_as_json(settled))
    elif explain:
        say(statement(settled, language()))
    else:
        _print_short(settled)


def _as_json(settled: SettledBill) -> dict[str, Any]:
    policy = settled.policy
    return {
        "policy": {"id": policy.id, "version": policy.version, "grade": policy.grade, "verified": policy.verified},
        "setlinfo": setlinfo(settled.result),
        "setldetail": setldetail(settled.result, policy.scheme, settled.steps, settled.profile),
        "result": dict(settled.result),
        "steps": [dict(step) for step in settled.steps],
        "accumulators": {r["name"]: r["amount"] for r in settled.accumulators.table.to_pylist()},
        "identities": {code: _held(code, settled) for code in IDENTITIES},
        "not_in_catalogue": list(settled.unmatched),
    }


def _held(code: str, settled: SettledBill) -> bool | None:
    """Whether an identity was checked and holds: false where the policy suspends it, null where there are no lines."""
    if code == "I8" and not settled.file.bill.lines:
        return None
    return code != settled.result["suspended"]


def _print_short(settled: SettledBill) -> None:
    """Who pays how much, one line each."""
    lang, result = language(), settled.result
    money, policy = Format(lang), settled.policy
    rows = [
        (t("医疗费总额", "total cost"), "total_amount"),
        (t("基本医保", "basic insurance"), "basic_fund_amount"),
        (t("公务员补助", "civil-servant supplement"), "civil_servant_amount"),
        (t("企业补充", "enterprise supplement"), "enterprise_amount"),
        (t("职工大额", "large-amount supplement"), "large_amount_amount"),
        (t("大病保险", "critical-illness insurance"), "critical_illness_amount"),
        (t("医疗救助", "medical assistance"), "assistance_amount"),
        (t("惠民保等商保", "commercial insurance"), "commercial_amount"),
        (t("慈善", "charity"), "charity_amount"),
        (t("医院负担", "borne by the hospital"), "hospital_amount"),
        (t("个人账户", "personal account"), "account_amount"),
        (t("个人现金", "cash"), "cash_amount"),
    ]
    shown = [
        (name, money.amount(result[key])) for name, key in rows if result[key] or key in ("total_amount", "cash_amount")
    ]
    print_table([t("项目", "who pays"), money.money_unit], shown, right=[1])
    grade = GRADES[policy.grade][0 if lang == "zh" else 1]
    say(
        t(
            f"政策 {policy.key}，可信度 {policy.grade}（{grade}）",
            f"policy {policy.key}, trust grade {policy.grade} ({grade})",
        )
    )
    say(t("加 --explain 看逐步说明", "add --explain to see the steps"))
