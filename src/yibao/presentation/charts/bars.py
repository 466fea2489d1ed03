"""Bars: one per law (R3-like, from nought) and one per month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt
from markupsafe import Markup

from yibao.presentation.charts.theme import both, text_width, values

NARROW_LABEL = 84
"""Room for a label on a phone, in px; where one name needs more, all bars are named by their short names."""
BAR_ROW = 28


@dataclass(frozen=True)
class Bar:
    """One horizontal bar: its name, a short name for phones, the length and the words at its end."""

    name: str
    short: str
    value: int
    text: str
    tip: str


def horizontal(bars: Sequence[Bar], label: str) -> Markup:
    """Bars from nought in the given order, each with its figure at the end."""
    top = max((b.value for b in bars), default=0) or 1

    def draw(narrow: bool) -> alt.LayerChart:
        brief = narrow and any(text_width(b.name) > NARROW_LABEL for b in bars)
        name = [b.short if brief else b.name for b in bars]
        rows = [{"k": k, "v": b.value, "t": b.text, "d": b.tip} for k, b in zip(name, bars, strict=True)]
        base = alt.Chart(values(rows)).encode(
            y=alt.Y("k:N", title=None, sort=name).axis(labelColor="var(--ink)", labelFontSize=13, grid=False)
        )
        # Room for the words behind the longest bar: about a third of the plot.
        reach = alt.Scale(domain=[0, top * (1.75 if narrow else 1.35)], nice=False)
        x = alt.X("v:Q", title=None, scale=reach).axis(None)
        bar = base.mark_bar(height=14, color="var(--q4)", aria=True).encode(x=x, description=alt.Description("d:N"))
        text = base.mark_text(align="left", dx=6).encode(x=x, text=alt.Text("t:N"))
        return alt.layer(bar, text).properties(width=160 if narrow else 480, height=BAR_ROW * len(rows))

    return both(draw, label)


@dataclass(frozen=True)
class Month:
    """One month: its name (2026-09), the height in the axis unit, the words of the tooltip."""

    name: str
    value: float
    tip: str


def monthly(months: Sequence[Month], label: str) -> Markup:
    """A bar per month from nought; months without anything keep their place."""

    def draw(narrow: bool) -> alt.Chart:
        rows = [{"m": m.name, "v": m.value, "d": m.tip} for m in months]
        every = max(1, -(-len(months) // (3 if narrow else 9)))
        x = alt.X("m:O", title=None).axis(values=[m.name for m in months][::every], labelAngle=0, labelOverlap=False)
        y = alt.Y("v:Q", title=None, scale=alt.Scale(zero=True)).axis(tickCount=4, format=",~f")
        chart = alt.Chart(values(rows)).mark_bar(
            color="var(--q4)", aria=True, size=min(44, (190 if narrow else 590) // max(len(months), 1))
        )
        width = 210 if narrow else 620
        return chart.encode(x=x, y=y, description=alt.Description("d:N")).properties(width=width, height=190)

    return both(draw, label)


@dataclass(frozen=True)
class Segment:
    """A part of a balance bar: which bar, its name, the length and the tone (a token)."""

    bar: str
    name: str
    value: float
    tone: str
    text: str


def balance(segments: Sequence[Segment], label: str) -> Markup:
    """Stacked bars on one scale, such as what came in against what was settled; each part carries its figure."""
    order = list(dict.fromkeys(s.bar for s in segments))
    ends: dict[str, float] = {}
    rows = []
    for s in segments:
        start = ends.get(s.bar, 0.0)
        ends[s.bar] = start + s.value
        rows.append({"k": s.bar, "a": start, "b": ends[s.bar], "c": f"var(--{s.tone})", "d": f"{s.name} {s.text}"})
    top = max(ends.values(), default=0.0) or 1.0

    def draw(narrow: bool) -> alt.LayerChart:
        base = alt.Chart(values(rows)).encode(
            y=alt.Y("k:N", title=None, sort=order).axis(labelColor="var(--ink)", labelFontSize=13, grid=False)
        )
        reach = alt.Scale(domain=[0, top * 1.02], nice=False)
        x = alt.X("a:Q", title=None, scale=reach).axis(tickCount=3 if narrow else 5, format=",~f", grid=True)
        bar = base.mark_bar(height=22, stroke="var(--surface)", strokeWidth=1, aria=True).encode(
            x=x, x2=alt.X2("b:Q"), color=alt.Color("c:N", scale=None), description=alt.Description("d:N")
        )
        return alt.layer(bar).properties(width=200 if narrow else 520, height=44 * len(order))

    return both(draw, label)
