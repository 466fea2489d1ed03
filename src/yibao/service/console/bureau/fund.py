"""The fund's books as facts: income, spending and reserve by scheme and month; no forecast is made here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

import altair as alt
from markupsafe import Markup

from yibao.presentation import micro
from yibao.presentation.charts.theme import both, values
from yibao.presentation.fmt import Format, Lang
from yibao.service.console.drawing import Drawn, drawn
from yibao.service.console.listing import Column, Listing, Row, under
from yibao.service.console.scoping import Within
from yibao.service.state import Service

SCHEMES = {"310": ("职工医保", "employee scheme"), "390": ("居民医保", "resident scheme")}
#: Months of spending that a reserve is held against.
_YEAR = 12
#: Ends of the bands of months payable, such as short, tight, sound, ample.
BANDS = (3, 6, 9, 15)


def flows(service: Service, where: Within) -> dict[str, dict[date, dict[str, int]]]:
    """Pooled income, spending and reserve by scheme and month, summed over the regions within scope."""
    found: dict[str, dict[date, dict[str, int]]] = defaultdict(dict)
    for row in service.figures.rows("fund_flow", region_code=where.regions):
        at = found[row["scheme"]].setdefault(row["month"], {"income": 0, "spending": 0, "balance": 0, "insured": 0})
        at["income"] += row["pooled_income"] or 0
        at["spending"] += row["pooled_spending"] or 0
        at["balance"] += row["pooled_balance"] or 0
        at["insured"] += row["insured"] or 0
    return found


def scheme_table(found: dict[str, dict[date, dict[str, int]]], lang: Lang) -> Listing:
    """A row for each scheme: the newest year to date, beside the same months of the year before."""
    rows: list[dict[str, Any]] = []
    for scheme, months in sorted(found.items()):
        last = max(months)
        this = [months[m] for m in months if m.year == last.year]
        before = [months[m] for m in months if m.year == last.year - 1 and m.month <= last.month]
        income, spending = sum(m["income"] for m in this), sum(m["spending"] for m in this)
        year = [months[m] for m in sorted(months)[-_YEAR:]]
        spent = sum(m["spending"] for m in year)
        rows.append({
            "scheme": scheme, "income": income, "spending": spending, "result": income - spending,
            "income_before": _change(income, sum(m["income"] for m in before)),
            "spending_before": _change(spending, sum(m["spending"] for m in before)),
            "balance": months[last]["balance"],
            "months": months[last]["balance"] * len(year) * 1_000_000 // spent if spent else None,
            "denominator": "÷ 近 12 个月月均支出" if lang == "zh" else "÷ mean month of the last 12",
            "series": [months[m]["spending"] for m in sorted(months)[-24:]],
        })  # fmt: skip

    def spark(row: Any, lang: Lang) -> Markup:
        said = (
            f"近 {len(row['series'])} 个月支出" if lang == "zh" else f"spending of the last {len(row['series'])} months"
        )
        return micro.spark([max(v, 0) for v in row["series"]], said)

    columns = [
        Column("scheme", "险种", "Scheme", head=True, words=SCHEMES),
        Column("income", "本年收入，元", "Income this year, ¥", "money", below=under("income_before")),
        Column("spending", "本年支出，元", "Spending this year, ¥", "money", below=under("spending_before")),
        Column("result", "当年结余，元", "Result of the year, ¥", "money"),
        Column("balance", "累计结余，元", "Reserve, ¥", "money"),
        Column(
            "months",
            "可支付月数",
            "Months payable",
            "ratio",
            below=under("denominator"),
            mark=payable,
        ),
        Column("spark", "近 24 个月支出", "24 months", mark=spark, sorts=False, filed=False),
    ]
    total = {"income": sum(r["income"] for r in rows), "spending": sum(r["spending"] for r in rows),
             "result": sum(r["result"] for r in rows), "balance": sum(r["balance"] for r in rows)}  # fmt: skip
    return Listing("schemes", "各险种统筹基金", "Pooled fund by scheme", columns, rows, total=total)


def sentences(rows: Iterable[Row], lang: Lang) -> list[str]:
    """A sentence for each scheme: what came in, what went out, how long the reserve lasts."""
    zh, fmt, said = lang == "zh", Format(lang), []
    for row in rows:
        name = SCHEMES.get(row["scheme"], (row["scheme"], row["scheme"]))[0 if zh else 1]
        income, spending, lasts = fmt.short(row["income"]), fmt.short(row["spending"]), fmt.ppm(row["months"], 1)
        said.append(
            f"{name}统筹基金本年收入 *{income}*，支出 *{spending}*，累计结余可支付 *{lasts} 个月*。"
            if zh
            else f"The {name} took in *{income}* this year and spent *{spending}*; its reserve lasts *{lasts} months*."
        )
    return said


def payable(row: Any, lang: Lang) -> Markup | str:
    """Months payable over bands that end at 3, 6, 9 and 15 months (R12)."""
    if row["months"] is None:
        return ""
    months = row["months"] / 1_000_000
    said = (f"可支付 {months:.1f} 个月；刻度 3、6、9、15 个月" if lang == "zh"
            else f"{months:.1f} months payable; bands end at 3, 6, 9 and 15 months")  # fmt: skip
    return micro.bullet(months, BANDS, said, tone="warn" if months < BANDS[1] else "q4", width=120)


def _change(now: int, before: int) -> str:
    return "" if before <= 0 else f"{(now - before) * 100 / before:+.1f}%".replace("-", "−")


def year_to_date(scheme: str, months: dict[date, dict[str, int]], lang: Lang) -> Drawn:
    """Income and spending since January (R10): this year solid, last year dashed."""
    zh, year, fmt = lang == "zh", max(months).year, Format(lang)
    words = {"income": "收入" if zh else "income", "spending": "支出" if zh else "spending"}
    rows: list[dict[str, Any]] = []
    for what, word in words.items():
        for which in (year - 1, year):
            total = 0
            for month in sorted(m for m in months if m.year == which):
                total += months[month][what]
                rows.append(
                    {"x": month.month, "y": total / 1_000_000, "s": f"{which} {word}", "w": what, "old": which != year}
                )
    income = sum(months[m]["income"] for m in months if m.year == year)
    spending = sum(months[m]["spending"] for m in months if m.year == year)
    name = SCHEMES.get(scheme, (scheme, scheme))[0 if zh else 1]
    title = (
        f"{name}：{year} 年累计收入 {fmt.short(income)}，支出 {fmt.short(spending)}" if zh
        else f"{name[:1].upper() + name[1:]}: {fmt.short(income)} in and {fmt.short(spending)} out since January {year}"
    )  # fmt: skip
    unit = "累计，万元；按月" if zh else "since January, ¥10,000; by month"
    if any(row["old"] for row in rows):
        unit += "；虚线为上年" if zh else "; last year dashed"
    svg = drawn(["ytd", scheme, lang, rows], lambda: both(lambda narrow: _lines(rows, narrow), title))
    table = Listing(
        f"ytd-{scheme}",
        title,
        title,
        [
            Column("month", "月份", "Month", head=True),
            Column("income", "收入，元", "Income, ¥", "money"),
            Column("spending", "支出，元", "Spending, ¥", "money"),
            Column("balance", "月末结余，元", "Reserve at its end, ¥", "money"),
        ],
        [{"month": fmt.month(m), **months[m]} for m in sorted(months)],
    )
    key = [("box-you", words["income"]), ("box-c2", words["spending"])]
    return Drawn(f"ytd-{scheme}", title, unit, svg, key, table)


def _lines(rows: list[dict[str, Any]], narrow: bool) -> alt.LayerChart:
    data = alt.Chart(values(rows))
    x = alt.X("x:Q", title=None, scale=alt.Scale(domain=[1, 12.9 if narrow else 13.6], nice=False)).axis(
        values=[1, 4, 7, 10] if narrow else list(range(1, 13)), format="d"
    )
    y = alt.Y("y:Q", title=None, scale=alt.Scale(zero=True)).axis(tickCount=4)
    colour = alt.Color(
        "w:N", legend=None, scale=alt.Scale(domain=["income", "spending"], range=["var(--you)", "var(--c2)"])
    )
    dash = alt.StrokeDash("old:N", legend=None, scale=alt.Scale(domain=[False, True], range=[[1, 0], [5, 3]]))
    line = data.mark_line(strokeWidth=2).encode(x=x, y=y, color=colour, strokeDash=dash, detail="s:N")
    last: dict[str, dict[str, Any]] = {}
    for row in rows:
        last[row["s"]] = row
    ends = alt.Chart(values(_apart(list(last.values()), rows)))
    text = ends.mark_text(align="left", dx=6, fontSize=12).encode(
        x=x, y=alt.Y("l:Q"), text=alt.Text("s:N"), color=colour
    )
    return alt.layer(line, *([] if narrow else [text])).properties(width=225 if narrow else 430, height=190)


def _apart(ends: list[dict[str, Any]], rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """End labels that do not lie on one another."""
    least = max(row["y"] for row in rows) * 0.085
    placed: list[dict[str, Any]] = []
    for end in sorted(ends, key=lambda row: row["y"]):
        at = max(end["y"], placed[-1]["l"] + least) if placed else end["y"]
        placed.append({**end, "l": at})
    return placed
