"""Stays (R8): a row for each name, days written at the bar, the stays in question in ochre."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import altair as alt
from markupsafe import Markup

from yibao.presentation.charts.theme import both, days_between, values

_ROW = 28


@dataclass(frozen=True)
class Stay:
    """One stay: its row's name and short name, first and last day, days to write, tooltip, in question or not.

    Stays of the same name share a row.
    """

    name: str
    short: str
    begin: date
    end: date
    days: str
    tip: str
    suspect: bool


def stays(rows: Sequence[Stay], overlap: tuple[date, date] | None, label: str) -> Markup:
    """Stays on a common time axis (months on top); `overlap` is the period that two of them share, shaded."""
    first = min(s.begin for s in rows)
    last = max(s.end for s in rows)
    pad = max((last - first).days // 25, 1)
    domain = [_at(first - timedelta(days=pad)), _at(last + timedelta(days=pad))]

    def draw(narrow: bool) -> alt.LayerChart:
        name = [s.short if narrow else s.name for s in rows]
        data = [
            {
                "k": k, "a": _at(s.begin), "b": _at(max(s.end, s.begin + timedelta(days=1))), "t": s.days, "d": s.tip,
                "c": "var(--warn)" if s.suspect else "var(--peer-band)",
                "e": "var(--warn)" if s.suspect else "var(--peer)",
            }
            for k, s in zip(name, rows, strict=True)
        ]  # fmt: skip
        y = alt.Y("k:N", title=None, sort=list(dict.fromkeys(name))).axis(
            labelColor="var(--ink)", grid=True, tickBand="extent", labelPadding=8
        )
        x = alt.X("a:T", title=None, scale=alt.Scale(domain=domain, nice=False)).axis(
            orient="top", grid=True, domain=False, ticks=False, values=days_between(first, last, 2 if narrow else 5),
            labelExpr="timeFormat(datum.value, '%Y-%m-%d')",
        )  # fmt: skip
        layers: list[alt.Chart] = []
        if overlap is not None:
            shade = alt.Chart(values([{"a": _at(overlap[0]), "b": _at(overlap[1])}]))
            layers.append(shade.mark_rect(color="var(--mark)", opacity=1).encode(x=x, x2=alt.X2("b:T")))
        base = alt.Chart(values(data))
        layers.append(
            base.mark_bar(height=15, strokeWidth=1, cornerRadius=2, aria=True).encode(
                y=y,
                x=x,
                x2=alt.X2("b:T"),
                color=alt.Color("c:N", scale=None),
                stroke=alt.Stroke("e:N", scale=None),
                description=alt.Description("d:N"),
            )
        )
        # The figure stands behind the bar: stays of a day or two have no room for it inside.
        layers.append(
            base.mark_text(align="left", dx=5, fontSize=11, fontWeight=600).encode(y=y, x="b:T", text=alt.Text("t:N"))
        )
        return alt.layer(*layers).properties(width=205 if narrow else 470, height=_ROW * len(set(name)))

    return both(draw, label)


def _at(day: date) -> str:
    """Midnight without a zone: a bare date would be read as UTC and may fall on the day before."""
    return f"{day:%Y-%m-%d}T00:00:00"
