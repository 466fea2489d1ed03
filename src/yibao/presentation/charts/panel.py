"""Small multiple (R6): a figure month by month, own line over the peers' middle half. Gaps stay gaps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import altair as alt
from markupsafe import Markup

from yibao.presentation.charts.theme import both, values


@dataclass(frozen=True)
class Point:
    """One month: own value and the peers' quartiles in the axis unit, None for a gap; not yet final or final."""

    month: str
    own: float | None
    median: float | None = None
    low: float | None = None
    high: float | None = None
    provisional: bool = False


#: The part of the axis below a point that its figure needs to stand there.
ROOM = 0.16


def panel(
    points: Sequence[Point], digits: int, label: str, *, marks: Sequence[str] = (),
    domain: tuple[float, float] | None = None,
) -> Markup:  # fmt: skip
    """The drawing for desk and phone, 118 px high. ``marks`` are months in which rules changed (dotted).

    ``domain`` is the range of the axis where panels of one unit share it. What is provisional is hollow and dashed.
    """
    rows = [
        {"m": p.month, "v": p.own, "md": p.median, "q1": p.low, "q3": p.high, "p": p.provisional, "i": i}
        for i, p in enumerate(points)
    ]
    low, high = domain or reach(points)
    scale = alt.Scale(domain=[low, high], nice=False, zero=False)
    order = [p.month for p in points]
    ticks = [order[0], order[len(order) // 2], order[-1]] if order else []
    x = alt.X("m:O", title=None, sort=order).axis(values=ticks, labelAngle=0, labelAlign="center", labelFlush=True)
    base = alt.Chart(values(rows))

    def y(field: str) -> alt.Y:
        return alt.Y(f"{field}:Q", title=None, scale=scale).axis(tickCount=4, format=f",.{digits}f")

    area = base.mark_area(color="var(--peer-band)", opacity=0.75, line={"color": "var(--peer)", "strokeWidth": 0.6})
    layers: list[alt.Chart] = [
        area.encode(x=x, y=y("q1"), y2="q3:Q"),
        base.mark_line(color="var(--peer)", strokeWidth=1.3, strokeDash=[4, 3]).encode(x=x, y=y("md")),
    ]
    if marks:
        rule = alt.Chart(values([{"m": month} for month in marks if month in order]))
        layers.append(rule.mark_rule(color="var(--control)", strokeDash=[2, 2]).encode(x=alt.X("m:O", sort=order)))
    own = base.mark_line(color="var(--you)", strokeWidth=2)
    layers.append(own.transform_calculate(f="datum.p ? null : datum.v").encode(x=x, y=y("f")))
    tail = alt.Chart(values(_tail(rows)))
    layers.append(tail.mark_line(color="var(--you)", strokeWidth=1.6, strokeDash=[3, 3]).encode(x=x, y=y("v")))
    own_values = [p.own for p in points]
    known = [v for v in own_values if v is not None]
    # Below the last point where the line comes from above and there is room over the axis.
    below = _falls(own_values) and known[-1] - low >= ROOM * (high - low)
    layers += _last(rows, x, y, digits, alone=_alone(rows), below=below)
    chart = alt.layer(*layers)
    return both(lambda narrow: chart.properties(width=212 if narrow else 300, height=118), label)


def reach(points: Sequence[Point]) -> tuple[float, float]:
    """The range of the axis: all values with some room, more above for the words."""
    known = [v for p in points for v in (p.own, p.median, p.low, p.high) if v is not None]
    low, high = min(known, default=0.0), max(known, default=1.0)
    span = (high - low) or abs(high) or 1.0
    return low - span * (0.24 if _falls([p.own for p in points]) else 0.08), high + span * 0.22


def _falls(own: Sequence[float | None]) -> bool:
    """Whether the last value lies below the one before: its figure then stands below the line, clear of it."""
    known = [v for v in own if v is not None]
    return len(known) > 1 and known[-1] < known[-2]


def _tail(rows: Sequence[dict]) -> list[dict]:
    """The provisional months, with the last final one before them so that the line goes on."""
    first = next((i for i, row in enumerate(rows) if row["p"]), len(rows))
    return list(rows[max(first - 1, 0) :]) if first < len(rows) else []


def _alone(rows: Sequence[dict]) -> list[dict]:
    """Months whose neighbours are gaps: a line does not show them."""
    padded = [None, *(row["v"] for row in rows), None]
    lone = [a is None and b is None for (a, _), (_, b) in zip(pairwise(padded), pairwise(padded[1:]), strict=False)]
    return [row for row, apart in zip(rows, lone, strict=True) if apart and row["v"] is not None]


def _last(
    rows: Sequence[dict], x: alt.X, y: object, digits: int, alone: Sequence[dict], *, below: bool
) -> list[alt.Chart]:
    """The last value as a point with its figure; hollow points are provisional."""
    known = [row for row in rows if row["v"] is not None]
    if not known:
        return []
    shown = {row["i"]: row for row in (*alone, *(row for row in known if row["p"]), known[-1])}
    points = alt.Chart(values([{**row, "s": "var(--surface)" if row["p"] else "var(--you)"} for row in shown.values()]))
    end = alt.Chart(values(known[-1:])).mark_text(
        align="right",
        dx=-1,
        dy=14 if below else -12,
        fontSize=13,
        fontWeight=600,
        color="var(--you)",
    )
    at = y("v")  # type: ignore[operator]
    return [
        points.mark_point(size=46, color="var(--you)", strokeWidth=1.6).encode(
            x=x, y=at, fill=alt.Fill("s:N", scale=None), stroke=alt.value("var(--you)")
        ),
        end.encode(x=x, y=at, text=alt.Text("v:Q", format=f",.{digits}f")),
    ]
