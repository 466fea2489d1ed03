"""A stay day by day: one lane per kind of trace, one cell per day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import altair as alt
from markupsafe import Markup

from yibao.presentation.charts.theme import both, values

_LANE = 30


@dataclass(frozen=True)
class Day:
    """A mark in a lane on a day: a cell, or (`point`) a diamond; `tone` is a token."""

    lane: str
    day: date
    tip: str
    tone: str = "peer-band"
    point: bool = False


def days(marks: Sequence[Day], lanes: Sequence[tuple[str, str]], span: Sequence[date], label: str) -> Markup:
    """Lanes (name, short name) from top to bottom over the days of `span`; a lane without marks stays empty."""
    every = [f"{d:%Y-%m-%d}" for d in span]

    def draw(narrow: bool) -> alt.LayerChart:
        shown = {full: short if narrow else full for full, short in lanes}
        rows = [
            {"k": shown[m.lane], "x": f"{m.day:%Y-%m-%d}", "d": m.tip, "c": f"var(--{m.tone})", "p": m.point,
             "e": "var(--warn)" if m.tone == "warn" else "var(--peer)"}
            for m in marks
        ]  # fmt: skip
        step = max(1, -(-len(every) // (3 if narrow else 8)))
        x = alt.X("x:O", title=None, scale=alt.Scale(domain=every, paddingInner=0.12)).axis(
            orient="top", values=every[::step], labelAngle=0, labelAlign="left", labelOverlap=False, domain=False,
            ticks=False, labelExpr="slice(datum.value, 5)",
        )  # fmt: skip
        y = alt.Y("k:N", title=None, sort=list(shown.values()), scale=alt.Scale(domain=list(shown.values()))).axis(
            labelColor="var(--ink)", labelFontSize=13, grid=True, tickBand="extent"
        )
        empty = [{"k": name, "x": day} for name in shown.values() for day in every[:1]]
        layers = [alt.Chart(values(empty)).mark_point(opacity=0, color="var(--rule)").encode(x=x, y=y)]
        cells, points = [r for r in rows if not r["p"]], [r for r in rows if r["p"]]
        if cells:
            mark = alt.Chart(values(cells)).mark_rect(height=16, strokeWidth=0.75, cornerRadius=1, aria=True)
            layers.append(
                mark.encode(
                    x=x,
                    y=y,
                    color=alt.Color("c:N", scale=None),
                    stroke=alt.Stroke("e:N", scale=None),
                    description=alt.Description("d:N"),
                )
            )
        if points:
            mark = alt.Chart(values(points)).mark_point(shape="diamond", size=110, aria=True)
            layers.append(mark.encode(x=x, y=y, color=alt.Color("c:N", scale=None), description=alt.Description("d:N")))
        return alt.layer(*layers).properties(width=185 if narrow else 500, height=_LANE * len(shown))

    return both(draw, label)
