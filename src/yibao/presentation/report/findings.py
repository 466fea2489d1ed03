"""The findings part of the report: by law, by institution, by month, with their charts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from markupsafe import Markup

from yibao.presentation import micro
from yibao.presentation.charts.bars import Bar, Month, horizontal, monthly
from yibao.presentation.charts.funnel import Funnel, Unit, draw_funnel
from yibao.presentation.fmt import decimal
from yibao.presentation.messages import Messages
from yibao.presentation.report.context import Context
from yibao.presentation.report.results import Row
from yibao.presentation.report.rows import Cell, Head, RowTable
from yibao.presentation.report.scene import Figure

MAX_BARS = 12
MAX_ROWS = 200
SPARK_MONTHS = 12
MAX_MONTHS = 36


def law_table(c: Context, by_law: Sequence[Row], silent: Sequence[str], totals: Row) -> RowTable:
    """One row per law that found something, then those that ran and found nothing, or could not for lack of data."""
    t, fmt = c.t, c.fmt
    heads = [
        Head(t("term.law")), Head(t("term.result")), Head(t("term.findings"), "n"), Head(t("term.persons"), "n"),
        Head(t("term.institutions"), "n"), c.money_head("term.amount_stake"), c.money_head("term.fund_stake"),
        Head(t("term.share_of_fund")), Head(t("term.last_months", n=SPARK_MONTHS)),
    ]  # fmt: skip
    sparks = _sparks(c)
    view = RowTable(t("findings.by_law.caption"), heads)
    for row in by_law:
        law_id, fund = row["law_id"], row["fund_amount"]
        part = fmt.percent(fund, totals["fund_amount"])
        bar = micro.share(fund, totals["fund_amount"], width=72)
        view.rows.append([
            Cell(c.name(law_id), "head", law_id, href=f"#law-{law_id}"),
            Cell("", "chip", row["result"]),
            c.number(row["findings"]), c.number(row["persons"]), c.number(row["institutions"]),
            c.money(row["amount"]), c.money(fund),
            Cell(part, "mark", fund, mark=bar), Cell("", "mark", row["findings"], mark=sparks.get(law_id)),
        ])  # fmt: skip
    for law_id in silent:
        none = [c.number(0)] * 3 + [c.money(0)] * 2
        view.rows.append(
            [
                Cell(c.name(law_id), "head", law_id),
                Cell("", "chip", "nodata" if c.lacking(law_id) else "none"),
                *none,
                Cell("", "mark", 0),
                Cell("", "mark", 0),
            ]
        )
    view.total = [
        Cell(t("table.total"), "head"), Cell(""), c.number(totals["findings"]), c.number(totals["persons"]),
        c.number(totals["institutions"]), c.money(totals["amount"]),
        c.money(totals["fund_amount"]), Cell(""), Cell(""),
    ]  # fmt: skip
    return view


def _sparks(c: Context) -> dict[str, Markup]:
    rows = c.results.by_law_and_month()
    if not rows:
        return {}
    months = _months(max(r["month"] for r in rows), SPARK_MONTHS)
    out = {}
    for law_id in {r["law_id"] for r in rows}:
        mine = {r["month"]: r["findings"] for r in rows if r["law_id"] == law_id}
        values = [mine.get(m, 0) for m in months]
        said = c.t(
            "findings.spark",
            first=c.fmt.month(months[0]),
            last=c.fmt.month(months[-1]),
            n=sum(values),
            most=max(values),
        )
        out[law_id] = micro.spark(values, said)
    return out


def _months(last: date, count: int) -> list[date]:
    """The `count` months up to and including that of `last`, oldest first."""
    index = last.year * 12 + last.month - 1
    return [date(i // 12, i % 12 + 1, 1) for i in range(index - count + 1, index + 1)]


def law_figure(c: Context, by_law: Sequence[Row], totals: Row) -> Figure | None:
    """Fund money by law, largest first; what does not fit is summed up in a last bar."""
    t, fmt = c.t, c.fmt
    if not by_law or not totals["fund_amount"]:
        return None
    shown, rest = by_law[:MAX_BARS], by_law[MAX_BARS:]

    def bar(name: str, short: str, findings: int, fund: int) -> Bar:
        words = t("findings.by_law.bar", money=fmt.short(fund), findings=t.count("n.findings", findings))
        return Bar(name, short, fund, words, f"{name}: {fmt.money(fund)}, {t.count('n.findings', findings)}")

    bars = [bar(c.name(r["law_id"]), r["law_id"], r["findings"], r["fund_amount"]) for r in shown]
    if rest:
        other = t("findings.by_law.rest", n=len(rest))
        bars.append(bar(other, other, sum(r["findings"] for r in rest), sum(r["fund_amount"] for r in rest)))
    first = by_law[0]
    title = t(
        "findings.by_law.title", law=c.title(first["law_id"]) or first["law_id"], money=fmt.short(first["fund_amount"]),
        share=fmt.percent(first["fund_amount"], totals["fund_amount"]),
    )  # fmt: skip
    unit = t("findings.by_law.unit", all=fmt.short(totals["fund_amount"]))
    return Figure(title, unit, horizontal(bars, title))


def month_figure(c: Context, by_month: Sequence[Row]) -> tuple[Figure, RowTable] | None:
    """Fund money per month of the matter, months without findings included, and the same as a table."""
    if not by_month:
        return None
    t, fmt = c.t, c.fmt
    seen = [by_month[0]["month"], by_month[-1]["month"]]
    first, last = _bound(min, seen, c.coverage.first), _bound(max, seen, c.coverage.last)
    count = min((last.year - first.year) * 12 + last.month - first.month + 1, MAX_MONTHS)
    by = {r["month"]: r for r in by_month}
    divisor, unit = _axis_unit(c, max(r["fund_amount"] for r in by_month))
    bars = []
    for month in _months(last, count):
        row = by.get(month)
        fund, findings = (row["fund_amount"], row["findings"]) if row else (0, 0)
        tip = f"{fmt.month(month)}: {fmt.money(fund)}, {t.count('n.findings', findings)}"
        bars.append(Month(fmt.month(month), fund / divisor, tip))
    top = max(by_month, key=lambda r: (r["fund_amount"], r["month"]))
    title = t("findings.by_month.title", month=fmt.month(top["month"]), money=fmt.short(top["fund_amount"]))
    heads = [
        Head(t("term.month")),
        Head(t("term.findings"), "n"),
        c.money_head("term.amount_stake"),
        c.money_head("term.fund_stake"),
    ]
    view = RowTable(t("findings.by_month.caption"), heads)
    for row in by_month:
        view.rows.append([
            Cell(fmt.month(row["month"]), "head"), c.number(row["findings"]), c.money(row["amount"]),
            c.money(row["fund_amount"]),
        ])  # fmt: skip
    return Figure(title, t("findings.by_month.unit", unit=unit), monthly(bars, title)), view


def _bound(choose: Callable[..., date], months: list[date], day: date | None) -> date:
    """The end of the time axis: that of the data where they are known to reach further than the findings."""
    return choose([*months, *([day.replace(day=1)] if day else [])])


def _axis_unit(c: Context, most: int) -> tuple[int, str]:
    """Minor units per axis unit and its name: 元 or 万元, ¥ or ¥K."""
    base = 10**c.fmt.currency.decimals
    zh = c.fmt.lang == "zh"
    step, word = (10**4, "万") if zh else (10**3, "K")
    if most < base * step * 2:
        return base, c.fmt.money_unit
    return base * step, f"{word}{c.fmt.money_unit}" if zh else f"{c.fmt.money_unit}{word}"


def institution_table(c: Context, rows: Sequence[Row]) -> RowTable:
    """Institutions with findings in the order of their names: a list to look up in, not a ranking."""
    t = c.t
    heads = [
        Head(t("term.institution")), Head(t("term.visits"), "n"), Head(t("term.findings"), "n"),
        Head(t("term.per_thousand"), "n"), Head(t("term.laws"), "n"), Head(t("term.persons"), "n"),
        c.money_head("term.amount_stake"), c.money_head("term.fund_stake"),
    ]  # fmt: skip
    kept = sorted(rows, key=lambda r: (-r["fund_amount"], -r["findings"]))[:MAX_ROWS]
    kept.sort(key=lambda r: (c.names.institution(r["institution_id"]), r["institution_id"]))
    view = RowTable(t("findings.by_institution.caption"), heads, left_out=len(rows) - len(kept))
    for row in kept:
        visits = c.coverage.visits.get(row["institution_id"], 0)
        rate = round(row["findings"] * 10_000 / visits) if visits else -1
        per = f"{rate // 10:,}.{rate % 10}" if visits else "—"
        view.rows.append([
            Cell(c.names.institution(row["institution_id"]), "head"), c.number(visits), c.number(row["findings"]),
            Cell(per, "n", rate), c.number(row["laws"]), c.number(row["persons"]),
            c.money(row["amount"]), c.money(row["fund_amount"]),
        ])  # fmt: skip
    return view


def institution_funnel(c: Context, rows: Sequence[Row]) -> tuple[Funnel, Figure] | None:
    """Findings against what an institution of that size would have at the common rate; None with too few to compare."""
    found = {r["institution_id"]: r["findings"] for r in rows}
    visits = c.coverage.visits
    everything = sum(found.get(i, 0) for i in visits)
    all_visits = sum(visits.values())
    if not everything or not all_visits:
        return None
    t = c.t
    units = []
    for identifier, n in sorted(visits.items()):
        expected = n * everything / all_visits
        name = c.names.institution(identifier)
        tip = t(
            "findings.by_institution.tip", name=name, n=found.get(identifier, 0), expected=f"{expected:,.1f}", visits=n
        )
        units.append(Unit(name, found.get(identifier, 0), expected, tip))
    funnel = Funnel.of(units)
    if not funnel.drawable:
        return None
    title = funnel_title(c.t, funnel)
    unit = t("findings.by_institution.unit", n=len(funnel.units), rate=decimal(everything * 1000, all_visits, 1))
    return funnel, Figure(
        title, unit, draw_funnel(funnel, t("findings.by_institution.axis"), title), funnel_key(t, funnel)
    )


def funnel_title(t: Messages, funnel: Funnel, *, regions: bool = False) -> str:
    """The message of a funnel: how many lie outside which limits, and how many would by chance alone."""
    if not funnel.limited:
        return t("funnel.regions_no_limits" if regions else "funnel.no_limits", phi=f"{funnel.dispersion:.1f}")
    far = sum(1 for z in funnel.zones if abs(z) == 2)
    near = sum(1 for z in funnel.zones if abs(z) == 1)
    return t(
        "funnel.regions" if regions else "funnel.title",
        n=len(funnel.units),
        far=far,
        near=near,
        chance=funnel.by_chance,
    )


def funnel_key(t: Messages, funnel: Funnel) -> tuple[tuple[str, str], ...]:
    """Signs of the funnel's marks with their words."""
    if not funnel.limited:
        return (("circle-peer", t("term.institution")),)
    signs = {
        "circle-peer": "inside", "diamond-hollow": "near", "diamond-warn": "far",
        "line-dash": "l95", "line-peer": "l998",
    }  # fmt: skip
    return tuple((sign, t(f"funnel.{word}")) for sign, word in signs.items())
