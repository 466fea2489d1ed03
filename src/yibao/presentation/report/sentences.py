"""The report in short: one to four generated sentences with numbers; nothing is said that a table does not show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from yibao.presentation.report.context import Context
from yibao.presentation.report.indicators import IndicatorPart
from yibao.presentation.report.ledger_tables import COUNTS, MONEY, balanced
from yibao.presentation.report.results import Row


@dataclass(frozen=True)
class Sentence:
    """A sentence with its muted second line."""

    text: str
    why: str = ""


def in_short(
    c: Context, totals: Row, by_law: Sequence[Row], quality: Sequence[Row], intake: Sequence[Row],
    indicators: Sequence[IndicatorPart],
) -> list[Sentence]:  # fmt: skip
    """What was found and how much it is, where the money is, whether the data are sound, what the indicators say."""
    said = [_found(c, totals)]
    if totals["findings"]:
        said.append(_where(c, totals, by_law))
    said.append(_sound(c, quality, intake))
    said += [s for s in (_indicator(c, part) for part in indicators) if s is not None][:1]
    return said


def _found(c: Context, totals: Row) -> Sentence:
    t, fmt = c.t, c.fmt
    if not totals["findings"]:
        return Sentence(t("short.none", laws=_rules(c)), t("short.none_why", visits=c.coverage.encounters))
    text = t(
        "short.found", laws=t.count("n.laws", totals["laws"]), findings=t.count("n.findings", totals["findings"]),
        whom=c.whom(totals), fund=fmt.short(totals["fund_amount"]),
    )  # fmt: skip
    fund = c.coverage.fund_amount
    if not fund or fund < 0:
        # No settlements, or more reversed than paid: there is no whole of which this could be a share.
        return Sentence(text, t("short.found_why_plain", amount=fmt.short(totals["amount"])))
    why = t(
        "short.found_why",
        amount=fmt.short(totals["amount"]),
        share=_fine(c, totals["fund_amount"], fund),
        all=fmt.short(fund),
    )
    return Sentence(text, why)


def _fine(c: Context, part: int, whole: int) -> str:
    """A share of the whole fund, which is small: two decimals."""
    return c.fmt.rate(round(part * 10_000 / whole)) if whole else "—"


def _rules(c: Context) -> int:
    return sum(1 for law in c.laws.values() if law.kind == "rule")


def _where(c: Context, totals: Row, by_law: Sequence[Row]) -> Sentence:
    t, fmt = c.t, c.fmt
    first = by_law[0]
    text = t(
        "short.where", law=c.name(first["law_id"]), fund=fmt.short(first["fund_amount"]),
        share=fmt.percent(first["fund_amount"], totals["fund_amount"]),
        findings=t.count("n.findings", first["findings"]),
    )  # fmt: skip
    once = totals["once_fund"]
    why = t("short.once", once=fmt.short(once)) if once != totals["fund_amount"] else t("short.once_same")
    return Sentence(text, why)


def _sound(c: Context, quality: Sequence[Row], intake: Sequence[Row]) -> Sentence:
    t = c.t
    errors = sum(r["issues"] for r in quality if r["severity"] == "error")
    warnings = sum(r["issues"] for r in quality if r["severity"] == "warning")
    text = t("short.quality", errors=t.count("n.errors", errors), warnings=t.count("n.warnings", warnings))
    if not intake:
        return Sentence(text)
    total = {key: sum(r[key] for r in intake) for key in COUNTS}
    if not all(balanced(r) for r in intake):
        return Sentence(text, t("short.intake_differs", **total))
    amounts = any(r[key] for r in intake for key in MONEY)
    return Sentence(text, t("short.intake" if amounts else "short.intake_moneyless", **total))


def _indicator(c: Context, part: IndicatorPart) -> Sentence | None:
    if part.figure is None:
        return None
    return Sentence(c.t("short.indicator", title=c.title(part.law.id), message=part.figure.title))
