"""Indicators: observed against expected with exact intervals, as a funnel and a table, under the honesty rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from yibao.presentation import micro
from yibao.presentation.charts.funnel import MIN_EXPECTED, MIN_UNITS, Funnel, Unit, draw_funnel
from yibao.presentation.report.context import Context
from yibao.presentation.report.findings import MAX_ROWS, funnel_key, funnel_title
from yibao.presentation.report.results import Row
from yibao.presentation.report.rows import Cell, Head, RowTable
from yibao.presentation.report.scene import Figure

MIN_CASES = 10
MILLION = 1_000_000
_DOMAIN_LIMIT = 4.0


@dataclass(frozen=True)
class IndicatorPart:
    """One indicator: its law, what all units together show, its funnel (if they can be compared), its table."""

    law: Any
    summary: str
    funnel: Funnel
    figure: Figure | None
    table: RowTable


def indicator_parts(c: Context, rows: Sequence[Row]) -> list[IndicatorPart]:
    """One part per indicator law that has values, in the order of the ids."""
    out = []
    for law_id in dict.fromkeys(r["law_id"] for r in rows):
        mine = [r for r in rows if r["law_id"] == law_id and r["denominator"]]
        if mine and law_id in c.laws:
            out.append(_part(c, c.laws[law_id], mine))
    return out


def _part(c: Context, law: Any, rows: Sequence[Row]) -> IndicatorPart:
    t, fmt = c.t, c.fmt
    units = [_unit(c, r) for r in rows if r["expected_ppm"]]
    funnel = Funnel.of(units)
    figure = None
    if funnel.drawable:
        title = funnel_title(c.t, funnel)
        label = t("indicator.unit", title=law.title[fmt.lang], n=len(funnel.units))
        figure = Figure(title, label, draw_funnel(funnel, t("indicator.axis"), title), funnel_key(t, funnel))
    seen, cases = sum(r["numerator"] for r in rows), sum(r["denominator"] for r in rows)
    first, last = min(r["period_from"] for r in rows), max(r["period_to"] or r["period_from"] for r in rows)
    summary = t(
        "indicator.summary", seen=seen, cases=cases, share=fmt.percent(seen, cases), units=len(rows),
        span=fmt.span(first, last), few=funnel.too_few,
    )  # fmt: skip
    return IndicatorPart(law, summary, funnel, figure, _table(c, law, rows))


def expected_count(row: Row) -> float:
    """The expected number of events of a unit."""
    return float(row["expected_ppm"]) / MILLION


def _unit(c: Context, row: Row) -> Unit:
    name = _subject(c, row)
    expected = expected_count(row)
    tip = c.t(
        "indicator.tip", name=name, seen=row["numerator"], expected=f"{expected:,.1f}",
        ratio=c.fmt.ppm(row["value_ppm"]),
        low=c.fmt.ppm(row["lower_ppm"]), high=c.fmt.ppm(row["upper_ppm"]),
    )  # fmt: skip
    return Unit(name, row["numerator"], expected, tip)


def _subject(c: Context, row: Row) -> str:
    return c.names.institution(row["subject_id"]) if row["subject_kind"] == "institution" else row["subject_id"]


def _table(c: Context, law: Any, rows: Sequence[Row]) -> RowTable:
    """Units by name; the reading says higher or lower only if the whole interval lies outside the middle half."""
    t, fmt = c.t, c.fmt
    judged = [r["value_ppm"] / MILLION for r in rows if r["value_ppm"] is not None and _enough(r)]
    half = (float(np.quantile(judged, 0.25)), float(np.quantile(judged, 0.75))) if len(judged) >= MIN_UNITS else None
    top = min(_DOMAIN_LIMIT, max([2.0, *(r["upper_ppm"] / MILLION for r in rows if r["upper_ppm"] and _enough(r))]))
    kept = sorted(rows, key=lambda r: -r["denominator"])[:MAX_ROWS]
    kept.sort(key=lambda r: (_subject(c, r), r["period_from"]))
    heads = [
        Head(t("term.institution")), Head(t("term.numerator"), "n"), Head(t("term.denominator"), "n"),
        Head(t("term.expected"), "n"), Head(t("indicator.ratio"), "n"), Head(t("indicator.interval"), "n"),
        Head(t("indicator.picture")), Head(t("indicator.reading")),
    ]  # fmt: skip
    view = RowTable(t("indicator.caption", title=law.title[fmt.lang]), heads, left_out=len(rows) - len(kept))
    for row in kept:
        reading = _reading(row, half)
        low, value, high = ((row[k] or 0) / MILLION for k in ("lower_ppm", "value_ppm", "upper_ppm"))
        span = f"{fmt.ppm(row['lower_ppm'])}–{fmt.ppm(row['upper_ppm'])}"
        said = f"{fmt.ppm(row['value_ppm'])} ({span})"
        picture = None
        if row["value_ppm"] is not None and reading != "few":
            picture = micro.interval(
                value, (low, high), (0.0, top), 1.0, said, tone="warn" if reading == "higher" else "you"
            )
        view.rows.append([
            Cell(_subject(c, row), "head"), c.number(row["numerator"]), c.number(row["denominator"]),
            Cell(f"{expected_count(row):,.1f}" if row["expected_ppm"] is not None else "—", "n", row["expected_ppm"]),
            Cell(fmt.ppm(row["value_ppm"]) if reading != "few" else "—", "n", row["value_ppm"]),
            Cell(span if reading != "few" else "—", "n", row["lower_ppm"]),
            Cell("", "mark", row["value_ppm"], mark=picture), Cell("", "chip", reading or None),
        ])  # fmt: skip
    return view


def _enough(row: Row) -> bool:
    return bool(row["denominator"] >= MIN_CASES and row["expected_ppm"] and expected_count(row) >= MIN_EXPECTED)


def _reading(row: Row, half: tuple[float, float] | None) -> str:
    """few, similar, higher or lower; nothing at all where there are fewer than five peers to compare with."""
    if not _enough(row) or row["lower_ppm"] is None:
        return "few"
    if half is None:
        return ""
    if row["lower_ppm"] / MILLION > half[1]:
        return "higher"
    return "lower" if row["upper_ppm"] / MILLION < half[0] else "similar"
