"""Histogram against peers (R9): the own shares as bars, what piles up in ochre, the peers' shares as a step line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt
from markupsafe import Markup

from yibao.presentation.charts.theme import svg, values


@dataclass(frozen=True)
class Class:
    """One class: where it begins, the own and the peers' share of it in parts per million, whether it piles up."""

    begin: int
    own_ppm: int
    peers_ppm: int
    hot: bool
    tip: str


def shape(classes: Sequence[Class], label: str, ticks: Sequence[int]) -> Markup:
    """Bars and step over the same classes; shares in percent from nought. ``ticks`` are labelled classes."""
    bars = [{"x": c.begin, "x2": c.begin + 0.86, "y": c.own_ppm / 10_000, "d": c.tip,
             "c": "var(--warn)" if c.hot else "var(--q4)"} for c in classes]  # fmt: skip
    last = classes[-1]
    line = [{"x": c.begin, "y": c.peers_ppm / 10_000} for c in classes]
    line.append({"x": last.begin + 1, "y": last.peers_ppm / 10_000})
    domain = [classes[0].begin, last.begin + 1]
    x = alt.X("x:Q", title=None, scale=alt.Scale(domain=domain, nice=False)).axis(values=list(ticks), format="d")
    y = alt.Y("y:Q", title=None).axis(tickCount=4, labelExpr="datum.label + '%'", grid=True)
    own = alt.Chart(values(bars)).mark_bar(aria=True, cornerRadiusEnd=0).encode(
        x=x, x2="x2:Q", y=y, y2=alt.Y2Datum(0), color=alt.Color("c:N", scale=None), description=alt.Description("d:N")
    )  # fmt: skip
    peers = alt.Chart(values(line)).mark_line(interpolate="step-after", color="var(--ink)", strokeWidth=1.5)
    return svg(alt.layer(own, peers.encode(x=x, y=y)).properties(width=228, height=150), label)
