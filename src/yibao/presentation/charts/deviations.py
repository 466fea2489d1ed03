"""Deviations from the peers: one row per measure, a dot on a scale of robust deviations, a band for what is usual."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
from markupsafe import Markup

from yibao.presentation.charts.theme import both, values

#: Within two deviations is usual; the axis ends at twelve, where dots are drawn at the edge.
USUAL, EDGE = 2.0, 12.0
_ROW = 30


@dataclass(frozen=True)
class Deviation:
    """A measure: its name, a short name for phones, the deviation, and the words beside the dot."""

    name: str
    short: str
    z: float
    text: str
    tip: str
    outside: bool


def deviations(rows: Sequence[Deviation], label: str) -> Markup:
    """Diamonds lie outside the band of the usual, circles inside; the figure stands beside the dot."""

    def draw(narrow: bool) -> alt.LayerChart:
        names = [r.short if narrow else r.name for r in rows]
        data: list[dict[str, Any]] = [
            {"k": k, "z": max(-EDGE, min(EDGE, r.z)), "t": r.text, "d": r.tip, "o": r.outside}
            for k, r in zip(names, rows, strict=True)
        ]
        low = min([-4.0, *(d["z"] - 1 for d in data)])
        # Room for the words to the right of the farthest dot.
        high = max([4.0, *(d["z"] for d in data)]) + (9.0 if narrow else 4.5)
        scale = alt.Scale(domain=[low, high], nice=False)
        ticks = [v for v in (-12, -8, -4, -2, 0, 2, 4, 8, 12) if low <= v <= high - (6 if narrow else 3)]
        y = alt.Y("k:N", title=None, sort=names, scale=alt.Scale(domain=names)).axis(
            labelColor="var(--ink)", labelFontSize=13, grid=True
        )

        def x(field: str) -> alt.X:
            return alt.X(f"{field}:Q", title=None, scale=scale).axis(values=ticks, grid=False)

        band = alt.Chart(values([{"a": -USUAL, "b": USUAL}])).mark_rect(color="var(--peer-band)", opacity=1)
        layers: list[alt.Chart] = [
            band.encode(x=x("a"), x2=alt.X2("b:Q")),
            alt.Chart(values([{"a": 0}])).mark_rule(color="var(--peer)").encode(x=x("a")),
        ]
        for outside, shape, colour, size in (
            (False, "circle", "var(--peer)", 60),
            (True, "diamond", "var(--warn)", 120),
        ):
            some = [d for d in data if d["o"] is outside]
            if some:
                base = alt.Chart(values(some)).encode(x=x("z"), y=y)
                layers.append(
                    base.mark_point(shape=shape, size=size, color=colour, filled=True, aria=True).encode(
                        description=alt.Description("d:N")
                    )
                )
                weight = 600 if outside else 400
                layers.append(
                    base.mark_text(align="left", dx=10, fontSize=11, fontWeight=weight).encode(text=alt.Text("t:N"))
                )
        return alt.layer(*layers).properties(width=150 if narrow else 470, height=max(_ROW * len(names), 60))

    return both(draw, label)
