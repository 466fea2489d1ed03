"""`yibao settle LEDGER`: settle a ledger anew and set what was due against what was paid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from yibao.benefits import REASONS, PolicyBook
from yibao.benefits.resettle import Resettled, Summary
from yibao.cli.settle_names import Pair, institution_names, policy_words, region_names
from yibao.cli.show import print_json, print_table, progress, say
from yibao.cli.words import language, t
from yibao.ledger import Ledger, open_ledger
from yibao.presentation.fmt import Format
from yibao.presentation.settlement import write_settle_book
from yibao.presentation.settlement.columns import codes
from yibao.runs.settlement import settle_run


def settle_ledger(path: Path, book: PolicyBook, *, as_of: datetime | None, as_json: bool) -> bool:
    """Settle and report. Returns whether anything differs or was set aside."""
    ledger = open_ledger(path)

    def present(folder: Path, told: Resettled) -> None:
        write_settle_book(
            folder, told.tables, summary_lines(told.summary, book, ledger.currency), institution_names(ledger),
            region_names(ledger), REASONS, ledger.currency,
        )  # fmt: skip

    with progress() as bar:
        written, told = settle_run(ledger, book, present, as_of=as_of, progress=bar)
    summary = told.summary
    if as_json:
        causes = [dict(zip(("cause", "settlements", "difference"), row, strict=True)) for row in by_cause(told)]
        tables = {name: entry.rows for name, entry in written.manifest.tables.items()}
        print_json(
            {**asdict(summary), "difference": summary.difference, "causes": causes, "tables": tables,
             "folder": str(written.folder), "seconds": written.manifest.seconds}
        )  # fmt: skip
    else:
        _print(told, book, ledger, written.folder)
    return bool(summary.differing or summary.aside)


def by_cause(told: Resettled) -> list[tuple[str, int, int]]:
    """Cause, settlements and difference in fen, the largest in money first."""
    table = told.tables["settlement_difference"]
    sums = table.group_by("cause").aggregate([("settlement_id", "count_distinct"), ("difference_amount", "sum")])
    found = [(r["cause"], r["settlement_id_count_distinct"], r["difference_amount_sum"]) for r in sums.to_pylist()]
    return sorted(found, key=lambda row: (-abs(row[2]), row[0]))


def _print(told: Resettled, book: PolicyBook, ledger: Ledger, folder: Path) -> None:
    money, s, words = Format(language(), ledger.currency), told.summary, codes("settlement_difference", "cause")
    for zh, en in _sentences(s, ledger.currency):
        say(t(zh, en))
    causes = by_cause(told)
    if causes:
        print_table(
            [
                t("原因", "cause"),
                t("结算笔数", "settlements"),
                t("多付减少付", "paid less due") + f" ({money.money_unit})",
            ],
            [(t(*words[c]), f"{n:,}", money.amount(amount)) for c, n, amount in causes],
            right=(1, 2),
        )
    if s.reasons:
        print_table(
            [t("未计算的原因", "set aside because"), t("结算笔数", "settlements")],
            [(t(*REASONS[r]), f"{n:,}") for r, n in s.reasons.items()],
            right=(1,),
        )
    clearing = told.tables["clearing_balance"].num_rows
    if clearing:
        say(
            t(
                f"异地清算：{clearing} 行轧差，见工作簿",
                f"clearing between regions: {clearing} net positions, in the workbook",
            )
        )
    moves = told.tables["continuity_move"].num_rows
    if moves:
        say(
            t(f"年内换险种或统筹区：{moves} 次，累计按现政策接续",
              f"moves of scheme or pool within the year: {moves}; accumulators go on as the new policy says")
        )  # fmt: skip
    for zh, en in policy_words(map(book.find, s.policies)):
        say(t(zh, en))
    say(
        t(
            f"结果：{folder}（differences.xlsx、differences.csv）",
            f"results: {folder} (differences.xlsx, differences.csv)",
        )
    )


def _sentences(s: Summary, currency: str) -> list[Pair]:
    zh, en = Format("zh", currency), Format("en", currency)
    return [
        (
            f"{s.settlements:,} 笔结算，计算 {s.reckoned:,} 笔，未计算 {s.aside:,} 笔（{zh.money(s.aside_amount)}）。",
            f"{s.settlements:,} settlements: {s.reckoned:,} reckoned, {s.aside:,} aside ({en.money(s.aside_amount)}).",
        ),
        (
            f"账面基金支付 {zh.money(s.paid)}，应付 {zh.money(s.due)}；{s.differing:,} 笔不同："
            f"多付 {zh.money(s.too_much)}，少付 {zh.money(s.too_little)}。",
            f"Paid by the books {en.money(s.paid)}, due {en.money(s.due)}; {s.differing:,} settlements differ: too much"
            f" {en.money(s.too_much)}, too little {en.money(s.too_little)}.",
        ),
        (
            f"{s.with_lines:,} 笔按就医地目录由明细重新拆分；{s.lines_apart:,} 笔明细与总额不符，沿用账面拆分。",
            f"{s.with_lines:,} were split anew from their lines by the catalogue of the place of care; of"
            f" {s.lines_apart:,} the lines do not add up to the total, and the books' split was kept.",
        ),
    ]


def summary_lines(s: Summary, book: PolicyBook, currency: str) -> Sequence[tuple[str, str]]:
    """Labelled lines of the workbook's first sheet."""
    lines = [("", f"{zh}\n{en}") for zh, en in _sentences(s, currency)]
    lines[0] = ("汇总 summary", lines[0][1])
    policies = [("", f"{zh}\n{en}") for zh, en in policy_words(map(book.find, s.policies))]
    policies[:1] = [("政策 policies", words) for _, words in policies[:1]]
    return [
        *lines,
        *policies,
        (
            "怎样读 how to read",
            "正数为多付，负数为少付。每笔结算的各行之和等于账面基金支付减应付。“目录”指按就医地目录重新拆分明细带来的差异；"
            "“随前面的差异而来”指本年前面的结算或前一层保障已有差异。\n"
            "Positive: paid too much; negative: too little. The rows of a settlement add up to what funds paid less"
            " what was due. “Catalogue” is what splitting the lines anew changes; “follows” means that an earlier bill"
            " of the year or a layer before it differs already.",
        ),
        (
            "不在账本中的事实 facts not in the ledger",
            "公务员补助、企业补充、商保的参保情况：账面曾付过者视为有。个人账户不比较。\n"
            "Who has supplements or commercial cover: whoever was ever paid one. Personal accounts are not compared.",
        ),
    ]
