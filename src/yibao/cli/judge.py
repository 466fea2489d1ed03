"""Commands that run laws: supervise, run, check-order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any

import typer

from yibao.casemix import Grouping, Sources, open_grouping
from yibao.cli.evidence import evidence_words
from yibao.cli.exempted import exempted_dicts, print_exempted
from yibao.cli.lacking import lacking
from yibao.cli.options import (
    AsJson,
    AsOf,
    AtSnapshot,
    Engine,
    LedgerPath,
    MappedTo,
    Master,
    Memory,
    OwnLaws,
    PackFirst,
    PackRate,
    PackWeights,
    Strict,
)
from yibao.cli.show import err, print_json, print_table, progress, say, visible
from yibao.cli.words import language, t
from yibao.engine import EngineChoice
from yibao.errors import UsageError
from yibao.lawbook import Lawbook
from yibao.ledger import Ledger, open_ledger
from yibao.presentation.fmt import Format
from yibao.runs.laws import load_lawbook
from yibao.runs.run import EMBEDDED, RunResult
from yibao.runs.run import run as run_rooms
from yibao.supervision.absent import absent_words
from yibao.supervision.answers import reasons, record
from yibao.supervision.draft import read_draft
from yibao.supervision.order_check import OrderChecker
from yibao.supervision.reminders import Answer
from yibao.supervision.unknown import unknown


def run(
    ledger_path: LedgerPath,
    only: Annotated[
        list[str] | None,
        typer.Option(
            "--only",
            metavar="ROOM",
            help=t("只跑这些：quality, casemix, supervision", "only these rooms: quality, casemix, supervision"),
        ),
    ] = None,
    own: OwnLaws = None,
    pack: PackFirst = None,
    weights: PackWeights = None,
    rate: PackRate = None,
    mapped: MappedTo = None,
    engine: Engine = "duckdb",
    master: Master = None,
    memory: Memory = None,
    as_of: AsOf = None,
    snapshot: AtSnapshot = None,
    strict: Strict = False,
    report: Annotated[
        bool, typer.Option("--report/--no-report", help=t("写 HTML 报告", "write the HTML report"))
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Run every law over the ledger and write results/<run>/ with a manifest and a report (zh and en)."""
    if pack is None and (weights or rate or mapped):
        raise UsageError(
            "--weights, --rate, --mapped go with --pack", zh="--weights、--rate、--mapped 须与 --pack 同用"
        )
    grouping = None if pack is None else open_grouping(Sources(pack, weights, rate, edition=mapped))
    how = EngineChoice(engine, memory, master)
    _run(ledger_path, only or [], own or [], as_of, snapshot, strict, report, as_json, how, grouping)


def supervise(
    ledger_path: LedgerPath,
    own: OwnLaws = None,
    as_of: AsOf = None,
    snapshot: AtSnapshot = None,
    strict: Strict = False,
    as_json: AsJson = False,
) -> None:
    """Run the supervision rules and indicators only."""
    _run(ledger_path, ["supervision"], own or [], as_of, snapshot, strict, True, as_json)


def check_order(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=t("拟开医嘱（JSON）", "the draft order (JSON)"))],
    ledger_path: Annotated[
        Path, typer.Option("--ledger", metavar="LEDGER", help=t("账本目录", "the ledger's directory"))
    ],
    own: OwnLaws = None,
    as_of: AsOf = None,
    accept: Annotated[
        bool, typer.Option("--accept", help=t("采纳提醒并记录", "accept the reminders and record it"))
    ] = False,
    override: Annotated[
        str | None,
        typer.Option(
            "--override", metavar="REASON", help=t("不采纳，写理由编码", "go on with this reason code, recorded")
        ),
    ] = None,
    comment: Annotated[str | None, typer.Option("--comment", help=t("说明", "words to the reason"))] = None,
    as_json: AsJson = False,
) -> None:
    """Check a doctor's draft order against the person's history before it is signed."""
    if accept and override is not None:
        raise UsageError("--accept and --override exclude each other", zh="--accept 和 --override 只能用一个")
    answered = accept or override is not None
    if comment is not None and not answered:
        raise UsageError("--comment goes with --accept or --override", zh="--comment 须与 --accept 或 --override 同用")
    ledger, draft = open_ledger(ledger_path), read_draft(file)
    with OrderChecker(ledger, load_lawbook(own or [])) as checker:
        answer = checker.check(draft, as_of=as_of)
    remarks, recorded = unknown(ledger, draft, as_of), 0
    if answered:
        outcome = "accepted" if accept else "overridden"
        now = datetime.now().replace(microsecond=0)
        recorded = record(ledger, answer, outcome, at=now, reason=override, comment=comment)
    if as_json:
        print_json(
            {**_answer_dict(answer), "unknown": remarks, "override_reasons": reasons(ledger), "recorded": recorded}
        )
        return
    print_answer(answer, reasons(ledger), recorded, remarks)


def _run(
    path: Path,
    only: Sequence[str],
    own: Sequence[Path],
    as_of: datetime | None,
    snapshot: int | None,
    strict: bool,
    report: bool,
    as_json: bool,
    engine: EngineChoice = EMBEDDED,
    grouping: Grouping | None = None,
) -> None:
    ledger, lawbook = open_ledger(path, snapshot), load_lawbook(own)
    with progress() as bar:
        result = run_rooms(ledger, lawbook, only=only, as_of=as_of, progress=bar, engine=engine, grouping=grouping)
    pages = write_reports(result, ledger, lawbook) if report else []
    if as_json:
        manifest = result.manifest
        laws = {k: vars(e) for k, e in manifest.laws.items()}
        tables = {k: vars(e) for k, e in manifest.tables.items()}
        print_json(
            {**vars(manifest), "laws": laws, "tables": tables, "unchanged": result.unchanged, "folder": result.folder,
             "reports": pages}
        )  # fmt: skip
    else:
        print_run(result, lawbook, pages, lacking(result, ledger, lawbook, as_of))
    failed = [e for e in result.manifest.laws.values() if e.status == "failed"]
    if failed or lawbook.problems:
        raise typer.Exit(1)
    found = sum(result.manifest.tables[n].rows for n in ("finding", "quality_issue") if n in result.manifest.tables)
    if strict and found:
        raise typer.Exit(3)


def write_reports(result: RunResult, ledger: Ledger, lawbook: Lawbook) -> list[Path]:
    """Both languages of the report; kept when the run did not change."""
    pages = [result.folder / f"report.{lang}.html" for lang in ("zh", "en")]
    if result.unchanged and all(page.exists() for page in pages):
        return pages
    from yibao.presentation.report import write_report  # the chart renderer starts slowly: only when needed

    return write_report(result.folder, ledger, lawbook)


def print_run(
    result: RunResult, lawbook: Lawbook, pages: Sequence[Path], lacking: Mapping[str, Set[str]] = MappingProxyType({})
) -> None:
    """What a run gave, law by law, for people; a law in ``lacking`` is not shown as one that found all in order."""
    manifest, lang = result.manifest, language()
    if result.unchanged:
        say(t(f"输入和法规都没有变，沿用 {manifest.run_id}", f"nothing changed since {manifest.run_id}"))
    sums, money = _sums(result), Format(lang, manifest.currency)
    head = [t("编号", "id"), t("名称", "title"), t("条数", "rows"), t("涉及金额", "money at stake"), t("秒", "seconds")]
    rows = []
    for key, entry in manifest.laws.items():
        law = lawbook.laws.get(key.partition("@")[0])
        title = law.text.title[lang] if law else ""
        state = t("失败", "failed") if entry.status == "failed" else entry.rows
        if entry.status == "lacking":
            state = t("未运行", "not run")
        elif key.partition("@")[0] in lacking and entry.status != "failed":
            state = t("0，数据不全", "0, data lacking")
        amount = sums.get(key.partition("@")[0])
        shown = money.money(amount) if amount is not None else ""
        rows.append((key.partition("@")[0], title, state, shown, f"{entry.seconds:.2f}"))
    print_table(head, rows, right=[2, 3, 4])
    for key, entry in manifest.laws.items():
        if entry.status == "failed":
            err.print(f"{key}: {entry.message}", markup=False)
        elif entry.status == "lacking":
            err.print(f"{key}: {absent_words(entry.message.split(', '))[lang]}", markup=False)
    for problem in lawbook.problems:
        err.print(f"{t('法规有误', 'law not usable')}: {problem.said(language())}", markup=False)
    if lacking:
        tables = ", ".join(sorted(set().union(*lacking.values())))
        say(
            t(
                f"{len(lacking)} 条法规数据不全，未发现不代表没有问题；账本中没有：{tables}",
                f"{len(lacking)} laws lack data, their 0 is no clearance; not in the ledger: {tables}",
            )
        )
    say(f"{t('结果', 'results')}: {result.folder}  ({manifest.seconds:.1f} s)")
    for page in pages:
        say(f"{t('报告', 'report')}: {page}")


def _sums(result: RunResult) -> dict[str, int]:
    import pyarrow.parquet as pq

    totals: dict[str, int] = {}
    for name in ("finding", "quality_issue"):
        path = result.folder / f"{name}.parquet"
        if path.exists():
            grouped = (
                pq.read_table(path, columns=["law_id", "amount"]).group_by("law_id").aggregate([("amount", "sum")])
            )
            totals |= dict(zip(*(grouped.column(c).to_pylist() for c in ("law_id", "amount_sum")), strict=True))
    return totals


def _answer_dict(answer: Answer) -> dict[str, Any]:
    return {
        "person_id": answer.draft.person_id,
        "ordered_at": answer.draft.ordered_at,
        "laws": list(answer.laws),
        "milliseconds": round(answer.milliseconds, 1),
        "failures": list(answer.failures),
        "exempted": exempted_dicts(answer.exempted),
        "reminders": [
            {
                "reminder_id": r.reminder_id,
                "law_id": r.law.id,
                "title": r.law.text.title.model_dump(),
                "result": r.law.text.result,
                "order_id": r.order_id,
                "item_code": r.item_code,
                "item": r.item,
                "explanation": r.explanation,
                "amount": r.amount,
                "evidence": [{**vars(e), "row": dict(e.row)} for e in r.evidence],
            }
            for r in answer.reminders
        ],
    }


def print_answer(
    answer: Answer, known: dict[str, dict[str, str]], recorded: int, remarks: Sequence[Mapping[str, str]] = ()
) -> None:
    """What a doctor reads; ``remarks`` say what could not be checked because the ledger does not know it."""
    lang = language()
    for remark in remarks:
        err.print(visible(f"{t('注意', 'note')}: {remark[lang]}"), markup=False)
    for failure in answer.failures:
        err.print(f"{t('未能判断', 'could not be judged')}: {failure}", markup=False)
    if not answer.reminders:
        say(
            t("除以上未能核对的以外，没有需要提醒的事项。", "Nothing to point out in what could be checked.")
            if answer.failures or remarks
            else t("没有需要提醒的事项，可以开立。", "Nothing to point out; the order can be signed.")
        )
    for reminder in answer.reminders:
        say(f"◐ {reminder.item[lang]}: {reminder.explanation[lang]}  [{reminder.law.id}]")
        for item in reminder.evidence:
            say("    " + "  ".join(part for part in evidence_words(item, lang) if part))
    print_exempted(answer.exempted)
    if answer.reminders and not recorded:
        say(
            t(
                "可采纳（--accept），或写明理由继续（--override 编码）：",
                "Accept (--accept), or go on with a reason (--override CODE):",
            )
        )
        for code, words in known.items():
            say(f"    {code}  {words[lang]}")
    if recorded:
        say(t(f"已记录 {recorded} 条答复", f"{recorded} answer(s) recorded"))
    say(t(f"用时 {answer.milliseconds:.0f} 毫秒", f"{answer.milliseconds:.0f} ms"))
