"""Dots on one scale for each row, such as before and after: told apart by shape first, by colour second."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
from markupsafe import Markup

from yibao.presentation.charts.theme import both, values

#: Sign of the key, Vega shape, colour, whether filled, size: of the first, a middle and the last series. The first is
#: wide and open and drawn last, so that it shows around a mark that lies on the same value.
MARKS = {
    "first": ("circle-hollow", "circle", "var(--muted)", False, 190),
    "middle": ("diamond-c2", "diamond", "var(--c2)", False, 110),
    "last": ("square-c1", "square", "var(--c1)", True, 60),
}
_ROW = 34


@dataclass(frozen=True)
class DotRow:
    """A row: its name, a value for each series in the axis unit, and the words of each."""

    name: str
    values: tuple[float, ...]
    tips: tuple[str, ...]


def signs(count: int) -> list[str]:
    """The key signs of ``count`` series (two or three)."""
    return [MARKS[name][0] for name in _names(count)]


def dots(rows: Sequence[DotRow], label: str, axis: str = ",~f", zero: bool = True) -> Markup:
    """A row of dots on a common scale for each name, joined by a line; ``axis`` formats the ticks."""
    order = [row.name for row in rows]
    names = _names(len(rows[0].values) if rows else 2)
    points: list[dict[str, Any]] = [
        {"k": row.name, "v": value, "s": names[i], "d": row.tips[i]}
        for row in rows
        for i, value in enumerate(row.values)
    ]
    spans = [{"k": row.name, "a": min(row.values), "b": max(row.values)} for row in rows]

    def draw(narrow: bool) -> alt.LayerChart:
        y = alt.Y("k:N", title=None, sort=order).axis(labelColor="var(--ink)", labelFontSize=13, grid=True)
        scale = alt.Scale(zero=zero, nice=True, padding=9)
        ticks = {"tickCount": 3 if narrow else 6, "format": axis, "grid": False}
        line = (
            alt.Chart(values(spans))
            .mark_rule(strokeWidth=2, color="var(--rule)")
            .encode(y=y, x=alt.X("a:Q", title=None, scale=scale).axis(**ticks), x2=alt.X2("b:Q"))
        )
        layers: list[alt.Chart] = [line]
        if any(p["v"] < 0 for p in points):
            nought = alt.Chart(values([{"a": 0}])).mark_rule(strokeDash=[4, 3], color="var(--control)")
            layers.append(nought.encode(x=alt.X("a:Q", scale=scale)))
        for name in reversed(names):
            _, shape, colour, filled, size = MARKS[name]
            mine = alt.Chart(values([p for p in points if p["s"] == name])).mark_point(
                shape=shape, size=size, filled=filled, fill=colour if filled else "transparent", stroke=colour,
                strokeWidth=2, opacity=1, aria=True,
            )  # fmt: skip
            layers.append(mine.encode(y=y, x=alt.X("v:Q", title=None, scale=scale), description=alt.Description("d:N")))
        return alt.layer(*layers).properties(width=150 if narrow else 460, height=max(_ROW * len(order), 60))

    return both(draw, label)


def _names(count: int) -> tuple[str, ...]:
    return ("first", "last") if count == 2 else ("first", "middle", "last")
