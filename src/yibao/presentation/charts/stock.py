"""What is at hand over time: rises at each supply, falls day by day, against the most that is allowed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import altair as alt
from markupsafe import Markup

from yibao.presentation.charts.theme import both, days_between, values


@dataclass(frozen=True)
class Supply:
    """One supply: its day, what was left before it and what there was after it (in days), tooltip, above the limit."""

    day: date
    before: int
    after: int
    tip: str
    above: bool


def stock_curve(supplies: Sequence[Supply], most: int, label: str) -> Markup:
    """The curve through the supplies in order of time; ``most`` is the level that is allowed, in the same unit."""
    last = supplies[-1].day + timedelta(days=min(supplies[-1].after, 60))
    line = _corners(supplies, last)
    marks: list[dict[str, Any]] = [
        {"x": _at(s.day), "y": s.after, "t": str(s.after), "d": s.tip, "a": s.above} for s in supplies
    ]
    top = max(most, *(s.after for s in supplies)) * 1.16

    def draw(narrow: bool) -> alt.LayerChart:
        x = alt.X("x:T", title=None, scale=alt.Scale(nice=False)).axis(
            values=days_between(supplies[0].day, last, 2 if narrow else 5),
            labelExpr="timeFormat(datum.value, '%Y-%m-%d')",
        )
        y = alt.Y("y:Q", title=None, stack=None, scale=alt.Scale(domain=[0, top], nice=False)).axis(tickCount=4)
        base = alt.Chart(values(line))
        area = base.mark_area(color="var(--q2)", opacity=0.55, line={"color": "var(--q4)", "strokeWidth": 2})
        limit = alt.Chart(values([{"y": most}])).mark_rule(color="var(--stop)", strokeWidth=1.5, strokeDash=[5, 3])
        layers: list[alt.Chart] = [area.encode(x=x, y=y), limit.encode(y=y)]
        for above, style in (
            (False, {"size": 80, "color": "var(--you)"}),
            (True, {"size": 130, "shape": "diamond", "color": "var(--warn)"}),
        ):
            mine = alt.Chart(values([m for m in marks if m["a"] is above]))
            point = mine.mark_point(stroke="var(--surface)", strokeWidth=1.2, aria=True, **style)
            layers.append(point.encode(x=x, y=y, description=alt.Description("d:N")))
        told = alt.Chart(values([max(marks, key=lambda m: m["y"])]))  # one figure: others would cover each other
        layers.append(told.mark_text(dy=-13, fontWeight=600).encode(x=x, y=y, text="t:N"))
        return alt.layer(*layers).properties(width=225 if narrow else 490, height=200)

    return both(draw, label)


def _corners(supplies: Sequence[Supply], last: date) -> list[dict[str, object]]:
    """The corners of the curve: before and after each supply, and where nothing is left."""
    corners: list[tuple[date, int]] = []
    for one, following in zip(supplies, [*supplies[1:], None], strict=True):
        corners += [(one.day, one.before), (one.day, one.after)]
        until = following.day if following is not None else last
        gone = one.day + timedelta(days=one.after)
        if gone < until:
            corners.append((gone, 0))
        if following is None:
            corners.append((last, max(one.after - (last - one.day).days, 0)))
    return [{"x": _at(day), "y": level} for day, level in corners]


def _at(day: date) -> str:
    return f"{day:%Y-%m-%d}T00:00:00"
