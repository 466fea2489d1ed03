"""The figures of data quality on a terminal: in all, by law, by institution and month, and codes without a list."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any

from yibao.cli.show import print_table, say
from yibao.cli.words import language, t
from yibao.lawbook import Lawbook
from yibao.ledger.contracts import load_contracts
from yibao.presentation.fmt import Format
from yibao.presentation.quality import QualityFigures

#: So many institution-months are shown; the files hold all.
FIRST = 15


def print_quality(
    figures: QualityFigures, lawbook: Lawbook, names: Mapping[str, str], code: str, without: Mapping[str, Set[str]]
) -> None:
    """The figures for people: what it comes to, by law, by institution and month, codes that join no list."""
    lang = language()
    money = Format(lang, code)
    if not figures.issues:
        say(t("没有发现数据质量问题。", "No quality issue was found."))
    else:
        say(
            t(
                f"共 {figures.issues:,} 个问题（错误 {figures.errors:,}，提示 {figures.warnings:,}），"
                f"涉及 {figures.rows_concerned:,} 行；金额 {money.money(figures.amount_once)}（每行只计一次；"
                f"按规则相加 {money.money(figures.amount_by_law)}）",
                f"{figures.issues:,} issues ({figures.errors:,} errors, {figures.warnings:,} warnings) in "
                f"{figures.rows_concerned:,} rows; money {money.money(figures.amount_once)} (each row once; "
                f"summed by law {money.money(figures.amount_by_law)})",
            )
        )
        _print_laws(figures, lawbook, money)
        _print_months(figures, lawbook, names, money)
    _print_coverage(figures, lawbook)
    if without:
        names_of = [_table(name) for name in sorted(set().union(*without.values()))]
        listed = ", ".join(names_of[:FIRST]) + (" …" if len(names_of) > FIRST else "")
        say(
            t(
                f"{len(without)} 条规则数据不全，没有结果不代表没有问题；账本中没有：{listed}",
                f"{len(without)} laws lack data, their silence is no clearance; not in the ledger: {listed}",
            )
        )


def _print_laws(figures: QualityFigures, lawbook: Lawbook, money: Format) -> None:
    head = [
        t("规则", "law"), t("名称", "title"), t("程度", "severity"), t("问题", "issues"), t("行", "rows"),
        t("机构", "institutions"), t("金额", "money"),
    ]  # fmt: skip
    rows = [
        (
            row["law_id"],
            _title(lawbook, row["law_id"]),
            _level(row["severity"]), f"{row['issues']:,}", f"{row['rows_concerned']:,}", f"{row['institutions']:,}",
            _money(money, row["amount"]),
        )
        for row in figures.by_law
    ]  # fmt: skip
    print_table(head, rows, right=[3, 4, 5, 6])


def _print_months(figures: QualityFigures, lawbook: Lawbook, names: Mapping[str, str], money: Format) -> None:
    where = [t("机构", "institution"), t("月份", "month")]
    head = [
        *where, t("问题", "issues"), t("其中错误", "errors"), t("金额（每行一次）", "money, each row once"),
        t("金额（按规则相加）", "money by law"),
    ]  # fmt: skip
    rows = [
        (
            *_where(row, names), f"{row['issues']:,}", f"{row['errors']:,}",
            _money(money, row["amount_once"]), _money(money, row["amount"]),
        )
        for row in figures.by_institution_month[:FIRST]
    ]  # fmt: skip
    say("")
    print_table(head, rows, right=[2, 3, 4, 5])
    _print_more(len(figures.by_institution_month))
    head = [
        *where, t("规则", "law"), t("表", "table"), t("问题", "issues"), t("涉及行", "rows"),
        t("被检查行", "rows checked"), t("金额", "money"),
    ]  # fmt: skip
    detail = sorted(figures.detail, key=lambda row: (-row["amount"], -row["issues"]))
    listed = [
        (
            *_where(row, names), f"{row['law_id']} {_title(lawbook, row['law_id'])}", _table(row["table_name"]),
            f"{row['issues']:,}", f"{row['rows_concerned']:,}",
            "" if row["rows_checked"] is None else f"{row['rows_checked']:,}", _money(money, row["amount"]),
        )
        for row in detail[:FIRST]
    ]  # fmt: skip
    say("")
    print_table(head, listed, right=[4, 5, 6, 7])
    _print_more(len(detail))


def _where(row: Mapping[str, Any], names: Mapping[str, str]) -> tuple[str, str]:
    institution = names.get(row["institution_id"] or "", row["institution_id"] or t("（不属于机构）", "(none)"))
    return institution, str(row["month"])[:7] if row["month"] else t("（无日期）", "(no date)")


def _table(name: str) -> str:
    """A table by its title in the reader's language."""
    tables = load_contracts()
    return tables[name].title[language()] if name in tables else name


def _money(money: Format, minor: int) -> str:
    return money.money(minor) if minor else ""


def _title(lawbook: Lawbook, law_id: str) -> str:
    return lawbook.laws[law_id].text.title[language()] if law_id in lawbook.laws else ""


def _print_more(rows: int) -> None:
    if rows > FIRST:
        say(t(f"另有 {rows - FIRST:,} 行，见下列文件", f"{rows - FIRST:,} further rows are in the files below"))


def _print_coverage(figures: QualityFigures, lawbook: Lawbook) -> None:
    if not figures.coverage:
        return
    shares: dict[str, dict[str, int]] = {}
    for row in figures.coverage:
        shares.setdefault(row["law_id"], {})[row["subject_kind"]] = row["value_ppm"]
    rows = [
        (
            law_id,
            _title(lawbook, law_id),
            _percent(found.get("institution")),
            _percent(found.get("institution_money")),
        )
        for law_id, found in shares.items()
    ]
    say("")
    print_table(
        [t("指标", "indicator"), t("名称", "title"), t("按行", "rows"), t("按金额", "money")], rows, right=[2, 3]
    )


def _level(severity: str) -> str:
    return t("错误", "error") if severity == "error" else t("提示", "warning")


def _percent(ppm: int | None) -> str:
    return "" if ppm is None else f"{ppm // 10_000}.{ppm % 10_000 // 100:02d} %"
