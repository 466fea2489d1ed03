"""Two bars for each name: before (light, outlined) and after (dark); and bars to both sides of nought."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
from markupsafe import Markup

from yibao.presentation.charts.theme import both, text_width, values


@dataclass(frozen=True)
class Pair:
    """A name with two lengths in one unit, and the words at their ends."""

    name: str
    before: int
    after: int
    before_text: str
    after_text: str


def paired_bars(pairs: Sequence[Pair], label: str) -> Markup:
    """Two bars for each name from nought, the upper before and the lower after, each with its figure at the end."""
    rows: list[dict[str, Any]] = [
        {"k": p.name, "n": f"{p.name} {i}", "v": v, "t": text, "s": i}
        for p in pairs
        for i, (v, text) in enumerate(((p.before, p.before_text), (p.after, p.after_text)))
    ]
    top = max((row["v"] for row in rows), default=0) or 1
    order = [p.name for p in pairs]

    def draw(narrow: bool) -> alt.LayerChart:
        reach = alt.Scale(domain=[0, top * (1.8 if narrow else 1.3)], nice=False)
        y = alt.Y("k:N", title=None, sort=order).axis(labelColor="var(--ink)", labelFontSize=13, grid=False)
        base = alt.Chart(values(rows)).encode(
            y=y, yOffset=alt.YOffset("s:O"), x=alt.X("v:Q", title=None, scale=reach).axis(None)
        )
        light = base.transform_filter("datum.s == 0").mark_bar(fill="var(--q1)", stroke="var(--q4)", strokeWidth=1)
        dark = base.transform_filter("datum.s == 1").mark_bar(fill="var(--q5)", stroke="var(--q5)", strokeWidth=1)
        text = base.mark_text(align="left", dx=6, fontSize=11).encode(text=alt.Text("t:N"))
        return alt.layer(light, dark, text).properties(width=150 if narrow else 460, height=46 * len(order))

    return both(draw, label)


@dataclass(frozen=True)
class Swing:
    """A name with what is gained and what is lost (both not negative) and the words at the ends."""

    name: str
    gained: int
    lost: int
    gained_text: str
    lost_text: str


def swings(rows: Sequence[Swing], label: str) -> Markup:
    """Bars to both sides of nought: losses to the left (hatched by outline only), gains to the right."""
    data = [{"k": r.name, "g": r.gained, "l": -r.lost, "gt": r.gained_text, "lt": r.lost_text} for r in rows]
    gained, lost = max((r.gained for r in rows), default=0), max((r.lost for r in rows), default=0)
    left_text = max((text_width(r.lost_text, 11) for r in rows), default=0) + 12
    right_text = max((text_width(r.gained_text, 11) for r in rows), default=0) + 12

    def draw(narrow: bool) -> alt.LayerChart:
        width = left_text + right_text + 70 if narrow else 460
        # The labels stand inside the scale, on both sides of the longest bars.
        pixel = ((lost + gained) or 1) / max(width - left_text - right_text, 20)
        scale = alt.Scale(domain=[-(lost + left_text * pixel), gained + right_text * pixel], nice=False)
        y = alt.Y("k:N", title=None, sort=[r.name for r in rows]).axis(
            labelColor="var(--ink)", labelFontSize=13, grid=False
        )
        base = alt.Chart(values(data)).encode(y=y)
        right, left = (alt.X(f"{c}:Q", title=None, scale=scale).axis(None) for c in "gl")
        layers = [
            base.mark_bar(height=14, fill="var(--c1)").encode(x=right),
            base.mark_bar(height=14, fill="var(--surface)", stroke="var(--c2)", strokeWidth=1.5).encode(x=left),
            base.mark_text(align="left", dx=6, fontSize=11).encode(x=right, text=alt.Text("gt:N")),
            base.mark_text(align="right", dx=-6, fontSize=11).encode(x=left, text=alt.Text("lt:N")),
            alt.Chart(values([{"a": 0}])).mark_rule(color="var(--control)").encode(x=alt.X("a:Q", scale=scale)),
        ]
        return alt.layer(*layers).properties(width=width, height=30 * len(data))

    return both(draw, label)
