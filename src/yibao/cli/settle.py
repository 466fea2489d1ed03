"""`yibao settle`: what every layer of protection pays on a bill."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from yibao.benefits import load_policies, read_bill, settle_bill
from yibao.benefits.bill import SettledBill
from yibao.benefits.identities import IDENTITIES
from yibao.benefits.national import setldetail, setlinfo
from yibao.benefits.statement import statement
from yibao.benefits.statement_words import GRADES
from yibao.cli.options import AsJson
from yibao.cli.show import err, print_json, print_table, say
from yibao.cli.words import language, t
from yibao.errors import UsageError
from yibao.presentation.fmt import Format


def settle(
    bill: Annotated[
        Path | None,
        typer.Option("--bill", metavar="FILE", help=t("一张账单（JSON 或 YAML）", "one bill (JSON or YAML)")),
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help=t("逐步说明怎样算出", "say step by step how it was reckoned"))
    ] = False,
    policies: Annotated[
        list[Path] | None,
        typer.Option(
            "--policy",
            metavar="DIR",
            help=t("您自己的政策目录，可重复", "a directory with policies of your own; repeatable"),
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Settle one bill under the policy in force."""
    if bill is None:
        raise UsageError(
            "say what to settle",
            mend="give --bill FILE",
            zh="没有写明要计算什么",
            mend_zh="请给出 --bill 文件",
        )
    book = load_policies(policies or [])
    for problem in book.problems:
        err.print(f"{t('政策有误', 'policy not usable')}: {problem.said(language())}", markup=False)
    settled = settle_bill(read_bill(bill), book)
    if as_json:
        print_json(_as_json(settled))
    elif explain:
        say(statement(settled, language()))
    else:
        _print_short(settled)
    if book.problems:
        raise typer.Exit(1)


def _as_json(settled: SettledBill) -> dict[str, Any]:
    policy = settled.policy
    return {
        "policy": {"id": policy.id, "version": policy.version, "grade": policy.grade, "verified": policy.verified},
        "setlinfo": setlinfo(settled.result),
        "setldetail": setldetail(settled.result, policy.scheme, settled.steps),
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
