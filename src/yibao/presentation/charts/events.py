"""Events in lanes on a time axis, with the window in which an earlier one counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import altair as alt
from markupsafe import Markup

from yibao.presentation.charts.theme import both, days_between, values

_LANE = 44
SHORT = timedelta(days=2)
"""Up to this reach the axis shows hours."""


@dataclass(frozen=True)
class Event:
    """A dated row: its lane, what to write beside it, tooltip, and whether money is at stake on it."""

    lane: str
    at: datetime
    text: str
    tip: str
    at_stake: bool


@dataclass(frozen=True)
class Window:
    """A period from one instant to another in a lane, such as the days an earlier result stays valid."""

    lane: str
    begin: datetime
    end: datetime
    tip: str


def events(
    marks: Sequence[Event],
    windows: Sequence[Window],
    lanes: Sequence[tuple[str, str]],
    rule: datetime | None,
    label: str,
    *,
    chain: bool = False,
) -> Markup:
    """Marks in lanes (name, short name): diamonds carry money, circles are context; `rule` is a dividing instant.

    ``chain`` joins the marks in order of time: one thing that goes from lane to lane.
    """
    times = [m.at for m in marks] + [t for w in windows for t in (w.begin, w.end)] + ([rule] if rule else [])
    reach = max(times) - min(times)
    pad = max(reach * 0.06, timedelta(hours=12))
    domain = [_at(min(times) - pad), _at(max(times) + pad)]
    pattern = "%Y-%m-%d" if reach > SHORT else "%m-%d %H:%M"

    def draw(narrow: bool) -> alt.LayerChart:
        shown = {full: short if narrow else full for full, short in lanes}
        count = 2 if narrow else 5
        if reach > SHORT:
            ticks: dict[str, Any] = {"values": days_between(min(times).date(), max(times).date(), count)}
        else:
            ticks = {"tickCount": count}
        order = list(shown.values())
        y = alt.Y("k:N", title=None, sort=order, scale=alt.Scale(domain=order)).axis(
            labelColor="var(--ink)", labelFontSize=13, grid=True, tickBand="extent"
        )
        x = alt.X("a:T", title=None, scale=alt.Scale(domain=domain, nice=False)).axis(
            orient="top", grid=True, domain=False, ticks=False,
            labelExpr=f"timeFormat(datum.value, '{pattern}')", **ticks,
        )  # fmt: skip
        layers: list[alt.Chart] = []
        if windows:
            rows = [{"k": shown[w.lane], "a": _at(w.begin), "b": _at(w.end), "d": w.tip} for w in windows]
            bar = alt.Chart(values(rows)).mark_bar(
                height=18, color="var(--mark)", stroke="var(--peer)", strokeWidth=0.75, cornerRadius=2, aria=True
            )
            layers.append(bar.encode(y=y, x=x, x2=alt.X2("b:T"), description=alt.Description("d:N")))
        if rule is not None:
            line = alt.Chart(values([{"a": _at(rule)}])).mark_rule(
                color="var(--stop)", strokeWidth=1.5, strokeDash=[5, 3]
            )
            layers.append(line.encode(x=x))
        if chain:
            rows = [{"k": shown[m.lane], "a": _at(m.at)} for m in marks]
            way = alt.Chart(values(rows)).mark_line(color="var(--muted)", strokeWidth=1.5, strokeDash=[4, 3])
            layers.append(way.encode(y=y, x=x, order=alt.Order("a:T")))
        for at_stake, style in (
            (False, {"size": 90, "color": "var(--you)"}),
            (True, {"size": 130, "shape": "diamond", "color": "var(--warn)"}),
        ):
            rows = [
                {"k": shown[m.lane], "a": _at(m.at), "t": m.text, "d": m.tip} for m in marks if m.at_stake is at_stake
            ]
            if rows:
                point = alt.Chart(values(rows)).mark_point(stroke="var(--surface)", strokeWidth=1.2, aria=True, **style)
                layers.append(point.encode(y=y, x=x, description=alt.Description("d:N")))
        for late in () if narrow else (False, True):
            rows = [
                {"k": shown[m.lane], "a": _at(m.at), "t": m.text}
                for m in _roomy(marks, reach) if (m.at > min(times) + reach * 0.6) is late
            ]  # fmt: skip
            if rows:
                off = (13 if late else -12) if chain else 0  # beside the line that joins the marks
                text = alt.Chart(values(rows)).mark_text(
                    align="right" if late else "left", dx=-11 if late else 11, dy=off
                )
                layers.append(text.encode(y=y, x=x, text=alt.Text("t:N")))
        return alt.layer(*layers).properties(width=180 if narrow else 490, height=_LANE * len(order))

    return both(draw, label)


def _roomy(marks: Sequence[Event], reach: timedelta) -> list[Event]:
    """Marks whose words do not run into a neighbour of their lane."""

    def free(mark: Event) -> bool:
        near = reach * 0.45
        return not any(o is not mark and o.lane == mark.lane and abs(o.at - mark.at) < near for o in marks)

    return [m for m in marks if free(m)]


def _at(time: datetime) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%S}"
