"""`yibao law backtest | grey | move | register | watch | sensitivity`: the life of a law in a bureau."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from yibao.cli.options import AsJson, AsOf, LedgerPath, OwnLaws
from yibao.cli.show import print_json, print_table, progress, say
from yibao.cli.words import language, t
from yibao.lawbook import Law, LawError
from yibao.ledger import Ledger, open_ledger
from yibao.runs.laws import load_lawbook
from yibao.supervision.lifecycle.register import Register
from yibao.supervision.lifecycle.sensitivity import sensitivity as run_sensitivity
from yibao.supervision.lifecycle.steps import move as take_step
from yibao.supervision.lifecycle.watch import DAYS
from yibao.supervision.lifecycle.watch import watch as run_watch

LawId = Annotated[str, typer.Argument(metavar="ID", help=t("法规编号", "the law's id"))]
Out = Annotated[Path, typer.Option("--out", metavar="DIR", help=t("页面写到此目录", "where the pages go"))]
HERE = Path("law-reports")


def backtest(
    law_id: LawId, ledger_path: LedgerPath, own: OwnLaws = None, out: Out = HERE, as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Run a law over the history and report what it would have found; the register of the ledger notes it."""
    ledger, law = _opened(ledger_path, law_id, own)
    _report(ledger, law, "backtest", out, as_json, as_of)


def grey(law_id: LawId, ledger_path: LedgerPath, own: OwnLaws = None, out: Out = HERE, as_json: AsJson = False) -> None:
    """Report what a grey law found in the shadow of the latest run, beside the text in force."""
    ledger, law = _opened(ledger_path, law_id, own)
    _report(ledger, law, "grey", out, as_json)


def move(
    law_id: LawId,
    ledger_path: LedgerPath,
    to: Annotated[
        str, typer.Option("--to", metavar="STAGE", help=t("draft、grey、on 或 off", "draft, grey, on or off"))
    ],
    by: Annotated[str, typer.Option("--by", metavar="NAME", help=t("批准人", "who approves it"))],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help=t("理由", "why"))] = "",
    regions: Annotated[
        list[str] | None,
        typer.Option(
            "--region", metavar="CODE",
            help=t("灰度只在此区划（编码前缀），可重复", "grey in this region only (prefix of its code); repeatable"),
        ),
    ] = None,
    own: OwnLaws = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Take a step in a law's life: draft → grey → on → off. Each needs its report; what lacks is said."""
    ledger, law = _opened(ledger_path, law_id, own)
    entry = take_step(ledger, law, to, by=by, reason=reason, regions=regions or [])
    if as_json:
        print_json(asdict(entry))
    else:
        say(t(f"{law.key} 现为 {entry.stage}", f"{law.key} is {entry.stage} now"))


def register(ledger_path: LedgerPath, own: OwnLaws = None, as_json: AsJson = False) -> None:
    """Where every law with a history stands, and each step that was taken."""
    kept, lawbook = Register(open_ledger(ledger_path)), load_lawbook(own or [])
    if as_json:
        print_json([asdict(entry) for entry in kept.entries])
        return
    rows = [
        (law.key, at.stage, ", ".join(at.regions), at.since)
        for law in lawbook.of("rule")
        for at in (kept.standing(law),)
        if at.since or at.stage != "on"
    ]
    print_table([t("法规", "law"), t("阶段", "stage"), t("区划", "regions"), t("自", "since")], rows)
    for entry in kept.entries:
        words = " ".join(w for w in (entry.by, entry.reason) if w)
        say(f"{entry.at}  {entry.law_id}@{entry.version}  {entry.what} {entry.stage}  {words}")


def watch(
    ledger_path: LedgerPath,
    days: Annotated[int, typer.Option("--days", metavar="N", min=1, help=t("最近几天", "the last N days"))] = DAYS,
    strict: Annotated[
        bool, typer.Option("--strict", help=t("有预警时退出码为 3", "exit 3 when there is an alarm"))
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Positive rate and false-alarm rate of each law from what people decided, with alarms."""
    found = run_watch(open_ledger(ledger_path), days=days)
    if as_json:
        print_json([asdict(w) for w in found])
    else:
        words = {"positive_rate": t("阳性率过低", "positive rate too low"),
                 "false_alarm_rate": t("误报率过高", "too many false alarms")}  # fmt: skip
        print_table(
            t(
                ["法规", "已认定", "阳性率", "误报率", "预警"],
                ["law", "decided", "positive rate", "false alarms", "alarm"],
            ),
            [
                (
                    w.law_id, w.decided, f"{w.positive_rate:.0%} ({w.lower:.0%} – {w.upper:.0%})",
                    f"{w.false_rate:.0%}",
                    "▲ " + ", ".join(words[a] for a in w.alarms) if w.alarms
                    else "" if w.enough else t("认定太少", "too few decisions"),
                )
                for w in found
            ],
            right=(1, 2, 3),
        )  # fmt: skip
        if not found:
            say(t("账本中没有疑点认定（clue_decision）。", "The ledger holds no decisions on clues (clue_decision)."))
    if strict and any(w.alarms for w in found):
        raise typer.Exit(3)


def sensitivity(
    law_id: LawId,
    ledger_path: LedgerPath,
    param: Annotated[
        str | None, typer.Option("--param", metavar="NAME", help=t("只看此参数", "this parameter only"))
    ] = None,
    values: Annotated[
        list[int] | None,
        typer.Option("--value", metavar="N", help=t("试此取值，可重复", "try this value; repeatable")),
    ] = None,
    own: OwnLaws = None,
    out: Out = HERE,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Draw how a law's findings follow its parameters: the sensitivity curve."""
    from yibao.runs.lifecycle import (  # pages bring the chart renderer, which starts slowly
        curve_verdict,
        write_sensitivity,
    )

    ledger, law = _opened(ledger_path, law_id, own)
    with progress() as bar:
        found = run_sensitivity(ledger, law, only=param, values=values or (), as_of=as_of, progress=bar)
    pages = write_sensitivity(ledger, law, found, out)
    if as_json:
        print_json({"curves": [{**asdict(c), "cliff": c.cliff} for c in found], "files": pages})
        return
    for curve in found:
        say(curve_verdict(curve, language()).replace("*", ""))
    for page in pages:
        say(f"{t('页面', 'page')}: {page}")


def _opened(path: Path, law_id: str, own: list[Path] | None) -> tuple[Ledger, Law]:
    """The ledger and the law."""
    ledger, law = open_ledger(path), load_lawbook(own or []).get(law_id)
    if law.text.kind != "rule":
        raise LawError(
            f"{law.key} is no rule",
            mend="only rules have findings",
            zh=f"{law.key} 不是规则",
            mend_zh="只有规则才有命中",
        )
    return ledger, law


def _report(
    ledger: Ledger, law: Law, kind: Literal["backtest", "grey"], out: Path, as_json: bool,
    as_of: datetime | None = None,
) -> None:  # fmt: skip
    from yibao.runs.lifecycle import (  # pages bring the chart renderer, which starts slowly
        make_report,
        verdicts,
        write_backtest,
    )

    found = make_report(ledger, law, kind, as_of)
    pages = write_backtest(ledger, law, found, out, kind)
    if as_json:
        print_json({**asdict(found), "files": pages})
        return
    for line in verdicts(found, language(), ledger.currency):
        say(line.replace("*", ""))
    for page in pages:
        say(f"{t('页面', 'page')}: {page}")


COMMANDS = (
    (backtest, "在历史数据上回测一条法规", "Run a law over history before it may speak"),
    (grey, "灰度法规的报告", "What a grey law found beside the text in force"),
    (move, "推进法规：草案、灰度、上线、停用", "Take a step: draft, grey, on, off; each needs its report"),
    (register, "法规登记簿：现处阶段与每一步", "Where laws stand, and every step that was taken"),
    (watch, "阳性率和误报率预警", "Alarm on positive rate and false-alarm rate"),
    (sensitivity, "参数敏感性曲线", "How findings follow a law's parameters"),
)
