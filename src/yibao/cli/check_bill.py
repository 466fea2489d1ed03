"""`yibao check-bill`: a bill before it is settled."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from yibao.cli.evidence import evidence_words
from yibao.cli.exempted import exempted_dicts, print_exempted
from yibao.cli.options import AsJson, AsOf, OwnLaws, Strict
from yibao.cli.show import err, print_json, say
from yibao.cli.words import language, t
from yibao.ledger import open_ledger
from yibao.presentation.fmt import Format
from yibao.runs.laws import load_lawbook
from yibao.supervision.bill import read_bill
from yibao.supervision.bill_check import BillAnswer, BillChecker


def check_bill(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=t("待结算账单（JSON）", "the bill to settle (JSON)"))],
    ledger_path: Annotated[
        Path, typer.Option("--ledger", metavar="LEDGER", help=t("账本目录", "the ledger's directory"))
    ],
    own: OwnLaws = None,
    as_of: AsOf = None,
    strict: Strict = False,
    as_json: AsJson = False,
) -> None:
    """Check a bill by the settlement-stage laws, against the person's history, before it is paid."""
    ledger = open_ledger(ledger_path)
    bill = read_bill(file, ledger.tables())
    with BillChecker(ledger, load_lawbook(own or [])) as checker:
        answer = checker.check(bill, as_of=as_of)
    if as_json:
        print_json(_plain(answer))
    else:
        _print(answer, ledger.currency)
    if strict and answer.objections:
        raise typer.Exit(3)


def _plain(answer: BillAnswer) -> dict[str, Any]:
    settled: datetime = answer.bill.settled_at
    return {
        "person_id": answer.bill.person_id, "settled_at": settled, "laws": list(answer.laws),
        "left_out": list(answer.left_out), "milliseconds": round(answer.milliseconds, 1),
        "failures": list(answer.failures), "exempted": exempted_dicts(answer.exempted),
        "objections": [
            {
                "finding_id": o.finding_id, "law_id": o.law.id, "title": o.law.text.title.model_dump(),
                "result": o.law.text.result, "explanation": o.explanation, "amount": o.amount,
                "fund_amount": o.fund_amount, "lines": o.lines,
                "evidence": [{**vars(e), "row": dict(e.row)} for e in o.evidence],
            }
            for o in answer.objections
        ],
    }  # fmt: skip


def _print(answer: BillAnswer, currency: str) -> None:
    lang = language()
    money = Format(lang, currency)
    marks = {"violation": ("■", t("明确违规", "violation")), "suspect": ("◐", t("可疑", "suspect"))}
    for failure in answer.failures:
        err.print(f"{t('未能判断', 'could not be judged')}: {failure}", markup=False)
    for o in answer.objections:
        mark, word = marks.get(o.law.text.result or "", ("○", t("线索", "lead")))
        title = o.law.text.title[lang]
        say(f"{mark} {word}  {o.law.id} {title}: {o.explanation[lang]}  {money.money(o.amount)}")
        for item in o.evidence:
            say("    " + "  ".join(part for part in evidence_words(item, lang) if part))
    print_exempted(answer.exempted)
    if not answer.objections:
        say(t("没有需要提出的问题，可以结算。", "Nothing to object to; the bill can be settled."))
    if answer.left_out:
        listed = ", ".join(answer.left_out)
        say(
            t(
                f"{len(answer.left_out)} 条法规须看多人数据，只在事后运行：{listed}",
                f"{len(answer.left_out)} laws need more than one person's rows and judge in the run only: {listed}",
            )
        )
    say(t(f"{len(answer.laws)} 条法规，用时 {answer.milliseconds:.0f} 毫秒",
          f"{len(answer.laws)} laws, {answer.milliseconds:.0f} ms"))  # fmt: skip
