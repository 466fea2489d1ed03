"""Curves: a few series over one axis, told apart by dash and by name at their end, not by colour alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt
from markupsafe import Markup

from yibao.presentation.charts.theme import both, values

_DASHES = [[1, 0], [6, 3], [2, 2], [8, 2, 2, 2]]


@dataclass(frozen=True)
class Curve:
    """One series: its name, and its points (x, y) in the units of the axes."""

    name: str
    points: tuple[tuple[float, float], ...]


def curves(
    series: Sequence[Curve], label: str, x: str, y: str, *, log_x: bool = False, steps: Sequence[float] | None = None
) -> Markup:
    """Lines over one axis; ``log_x`` for costs; ``steps`` are the ticks of the horizontal axis."""
    names = [curve.name for curve in series]

    def draw(narrow: bool) -> alt.LayerChart:
        rows = [{"s": c.name, "x": a, "y": b} for c in series for a, b in c.points]
        axis = alt.Axis(values=list(steps)) if steps is not None else alt.Axis(tickCount=4 if narrow else 8)
        scale = alt.Scale(type="log", nice=False) if log_x else alt.Scale(nice=False)
        line = (
            alt.Chart(values(rows))
            .mark_line()
            .encode(
                x=alt.X("x:Q", title=x, scale=scale, axis=axis),
                y=alt.Y("y:Q", title=y, axis=alt.Axis(tickCount=5)),
                # One domain for both, so that one legend shows colour and dash together.
                color=alt.Color("s:N", title=None, scale=alt.Scale(domain=names)),
                strokeDash=alt.StrokeDash(
                    "s:N", title=None, scale=alt.Scale(domain=names, range=_DASHES[: len(names)])
                ),
            )
        )
        return alt.layer(line).properties(width=240 if narrow else 560, height=200 if narrow else 260)

    return both(draw, label)
