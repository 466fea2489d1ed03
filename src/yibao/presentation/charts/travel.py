"""Distance by time, without a map: who was where, and how far one can have come by then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import altair as alt
from markupsafe import Markup

from yibao.presentation.charts.theme import both, values


@dataclass(frozen=True)
class Presence:
    """Somebody was seen: when, how many kilometres from the first place, words beside it, tooltip, whether in doubt."""

    at: datetime
    km: float
    text: str
    tip: str
    suspect: bool


def journey(seen: Sequence[Presence], speed: int, label: str) -> Markup:
    """``seen`` in order of time, the first at distance nought; shaded is what ``speed`` km/h reaches from there."""
    start = seen[0].at
    reach = max(seen[-1].at - start, timedelta(minutes=20))
    end = start + reach * 1.18
    top = max(1.0, *(one.km for one in seen)) * 1.2
    hours = min(top / speed, (end - start).total_seconds() / 3600)
    cone = [{"x": _at(start), "y": 0.0}, {"x": _at(start + timedelta(hours=hours)), "y": hours * speed}]
    if start + timedelta(hours=hours) < end:
        cone.append({"x": _at(end), "y": top})
    early = {narrow: _at(start - reach * (0.06 if narrow else 0.36)) for narrow in (True, False)}

    def draw(narrow: bool) -> alt.LayerChart:
        pattern = "%H:%M" if reach < timedelta(hours=20) else "%m-%d %H:%M"
        x = alt.X("x:T", title=None, scale=alt.Scale(domain=[early[narrow], _at(end)], nice=False)).axis(
            tickCount=2 if narrow else 5, labelExpr=f"timeFormat(datum.value, '{pattern}')"
        )
        y = alt.Y("y:Q", title=None, scale=alt.Scale(domain=[0, top], nice=False)).axis(tickCount=4, format=",.0f")
        near = alt.Chart(values(cone)).mark_area(color="var(--good-bg)", line={"color": "var(--good)"})
        rows = [{"x": _at(one.at), "y": one.km, "t": one.text, "d": one.tip, "s": one.suspect} for one in seen]
        way = alt.Chart(values([row for row in rows if row["s"]])).mark_line(
            color="var(--warn)", strokeWidth=1.8, strokeDash=[5, 3]
        )
        layers: list[alt.Chart] = [near.encode(x=x, y=y), way.encode(x=x, y=y)]
        for suspect, style in (
            (False, {"size": 80, "color": "var(--you)"}),
            (True, {"size": 130, "shape": "diamond", "color": "var(--warn)"}),
        ):
            mine = alt.Chart(values([row for row in rows if row["s"] is suspect]))
            point = mine.mark_point(stroke="var(--surface)", strokeWidth=1.2, aria=True, **style)
            layers.append(point.encode(x=x, y=y, description=alt.Description("d:N")))
        if not narrow:
            told = alt.Chart(values([row for row in rows if row["s"]]))
            layers.append(told.mark_text(align="right", dx=-12, dy=-5).encode(x=x, y=y, text="t:N"))
        return alt.layer(*layers).properties(width=225 if narrow else 490, height=210)

    return both(draw, label)


def _at(time: datetime) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%S}"
