"""Plots of studies: lines, stacked and ranked bars, heat tables, scatter; told apart by dash, shape and words first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from yibao.presentation.charts.theme import values

_DASHES = [[1, 0], [6, 3], [2, 2], [8, 2, 2, 2], [10, 4]]
_COLOURS = [f"var(--c{i})" for i in range(1, 6)]
#: More series than this cannot be told apart on one plot.
MOST_SERIES = 5


def lines(
    rows: Sequence[dict[str, Any]],
    x: str,
    y: str,
    *,
    order: Sequence[str],
    zero: bool = False,
    whole_x: bool = True,
    band: bool = False,
    points: bool = True,
) -> alt.LayerChart:
    """Rows {s, x, y[, lo, hi]}: one line a series, named at its end; `band` draws lo–hi around it."""
    series = [name for name in order if any(r["s"] == name for r in rows)][:MOST_SERIES]
    shown = [r for r in rows if r["s"] in series and r["y"] is not None]
    axis = alt.Axis(format="d", values=_thinned({r["x"] for r in shown})) if whole_x else alt.Axis(tickCount=8)
    across = alt.X("x:Q", title=x, scale=alt.Scale(nice=False, padding=6, zero=False), axis=axis)
    up = alt.Y("y:Q", title=y, scale=alt.Scale(zero=zero), axis=alt.Axis(tickCount=5))
    key = alt.Legend(symbolType="stroke", symbolSize=260, symbolStrokeWidth=2)
    colour = alt.Color("s:N", title=None, legend=key, scale=alt.Scale(domain=series, range=_COLOURS[: len(series)]))
    dash = alt.StrokeDash("s:N", title=None, legend=key, scale=alt.Scale(domain=series, range=_DASHES[: len(series)]))
    base = alt.Chart(values(shown))
    layers: list[alt.Chart] = []
    if band:
        layers.append(base.mark_area(opacity=0.15).encode(x=across, y=alt.Y("lo:Q", title=y), y2="hi:Q", color=colour))
    layers.append(base.mark_line(strokeWidth=2).encode(x=across, y=up, color=colour, strokeDash=dash))
    if points:
        layers.append(base.mark_point(filled=True, size=28).encode(x=across, y=up, color=colour))
    return alt.layer(*layers).properties(width=520, height=280)


def stacked(rows: Sequence[dict[str, Any]], y: str, *, order: Sequence[str], steps: Sequence[str]) -> alt.LayerChart:
    """Rows {k, s, v}: a bar for each k of `steps`, its parts in `order`, the share written into each part."""
    total: dict[str, float] = {}
    placed = []
    for k in steps:
        whole = sum(r["v"] for r in rows if r["k"] == k)
        for s in order:
            value = sum(r["v"] for r in rows if r["k"] == k and r["s"] == s)
            start = total.get(k, 0.0)
            total[k] = start + value
            share = f"{100 * value / whole:.0f}%" if whole > 0 and value / whole >= 0.08 else ""
            placed.append({"k": k, "s": s, "a": start, "b": total[k], "m": start + value / 2, "t": share})
    base = alt.Chart(values(placed)).encode(
        x=alt.X("k:O", title=None, sort=list(steps)).axis(labelAngle=0, labelOverlap=True)
    )
    fills = ["var(--q5)", "var(--q3)", "var(--q1)", "var(--c2)", "var(--c4)"][: len(order)]
    bar = base.mark_bar(stroke="var(--muted)", strokeWidth=0.5).encode(
        y=alt.Y("a:Q", title=y, axis=alt.Axis(tickCount=5)),
        y2="b:Q",
        color=alt.Color("s:N", title=None, sort=list(order), scale=alt.Scale(domain=list(order), range=fills)),
    )
    text = base.mark_text(fontSize=10).encode(
        y="m:Q",
        text="t:N",
        color=alt.condition(alt.datum.s == order[0], alt.value("white"), alt.value("var(--ink)")),
    )
    return alt.layer(bar, text).properties(width=max(360, 36 * len(steps)), height=260)


def ranked(rows: Sequence[dict[str, Any]], x: str, *, digits: int = 2, line: float | None = None) -> alt.LayerChart:
    """Rows {k, v}: horizontal bars in the given order with their figures; `line` marks a reference."""
    order = [r["k"] for r in rows]
    shown = [{**r, "t": f"{r['v']:.{digits}f}"} for r in rows]
    base = alt.Chart(values(shown)).encode(
        y=alt.Y("k:N", title=None, sort=order).axis(labelColor="var(--ink)", labelFontSize=11, grid=False)
    )
    reach = alt.X("v:Q", title=x, scale=alt.Scale(domain=_reach([r["v"] for r in rows])), axis=alt.Axis(tickCount=5))
    layers: list[alt.Chart] = [
        base.mark_bar(height=10, color="var(--q4)").encode(x=reach),
        base.mark_text(align="left", dx=4, fontSize=10).encode(x=reach, text="t:N"),
    ]
    if line is not None:
        rule = alt.Chart(values([{"v": line}])).mark_rule(strokeDash=[4, 3], color="var(--ink)")
        layers.append(rule.encode(x="v:Q"))
    return alt.layer(*layers).properties(width=440, height=max(16 * len(rows), 60))


def heat(
    rows: Sequence[dict[str, Any]], *, down: Sequence[str], across: Sequence[str], classes: Sequence[str]
) -> alt.LayerChart:
    """Rows {r, c, q, t}: a cell for each pair, its class (an index of `classes`) as shade, its figure as text."""
    used = sorted({r["q"] for r in rows})
    shades = {q: f"var(--q{1 + round(4 * i / max(len(used) - 1, 1))})" for i, q in enumerate(used)}
    dark = {q for q, shade in shades.items() if shade in ("var(--q4)", "var(--q5)")}
    shown = [{**r, "n": classes[r["q"]], "d": r["q"] in dark} for r in rows]
    names = [classes[q] for q in used]
    wide = 34 if len(across) > 8 else 46
    base = alt.Chart(values(shown)).encode(
        x=alt.X("c:O", title=None, sort=list(across)).axis(orient="top", labelAngle=0, domain=False, ticks=False),
        y=alt.Y("r:N", title=None, sort=list(down)).axis(labelColor="var(--ink)", labelFontSize=11, grid=False),
    )
    fill = alt.Scale(domain=names, range=[shades[q] for q in used])
    cell = base.mark_rect(stroke="white").encode(
        color=alt.Color("n:N", title=None, sort=names, scale=fill).legend(columns=5)
    )
    text = base.mark_text(fontSize=9).encode(
        text="t:N", color=alt.condition(alt.datum.d, alt.value("white"), alt.value("var(--ink)"))
    )
    return alt.layer(cell, text).properties(width=wide * len(across), height=15 * len(down))


def scatter(
    rows: Sequence[dict[str, Any]],
    x: str,
    y: str,
    *,
    centre: tuple[float, float] | None = None,
    slope: float | None = None,
) -> alt.LayerChart:
    """Rows {x, y, n}: points, named from the outside in as long as names do not cover each other.

    `centre` draws the cross of quadrants, `slope` a line through it.
    """
    base = alt.Chart(values(rows))
    across = alt.X("x:Q", title=x, scale=alt.Scale(zero=False, padding=12), axis=alt.Axis(tickCount=6))
    up = alt.Y("y:Q", title=y, scale=alt.Scale(zero=False, padding=12), axis=alt.Axis(tickCount=6))
    layers: list[alt.Chart] = []
    if centre is not None:
        cross = {"strokeDash": [4, 3], "color": "var(--control)"}
        layers.append(alt.Chart(values([{"x": centre[0]}])).mark_rule(**cross).encode(x="x:Q"))
        layers.append(alt.Chart(values([{"y": centre[1]}])).mark_rule(**cross).encode(y="y:Q"))
        if slope is not None:
            ends = [min(r["x"] for r in rows), max(r["x"] for r in rows)]
            line = [{"x": e, "y": centre[1] + slope * (e - centre[0])} for e in ends]
            layers.append(alt.Chart(values(line)).mark_line(color="var(--c2)").encode(x="x:Q", y="y:Q"))
    layers.append(base.mark_point(filled=True, size=36, color="var(--c1)").encode(x=across, y=up))
    names = alt.Chart(values(_apart(rows, centre or (0.0, 0.0))))
    layers.append(names.mark_text(align="left", dx=6, dy=-2, fontSize=10).encode(x=across, y=up, text="n:N"))
    return alt.layer(*layers).properties(width=460, height=340)


def _thinned(moments: set[float], most: int = 9) -> list[float]:
    """Ticks on moments that there are, every one or every so many."""
    order = sorted(moments)
    return order[:: max(1, -(-len(order) // most))]


def _reach(lengths: Sequence[float]) -> list[float]:
    """From nought to the longest bar, with room for the figure at its end."""
    low, high = min(0.0, *lengths), max(0.0, *lengths)
    return [low, high + 0.12 * (high - low or 1.0)]


def _apart(rows: Sequence[dict[str, Any]], centre: tuple[float, float]) -> list[dict[str, Any]]:
    """Points whose names keep clear of each other, outer points first: about a tenth of the plot by a twentieth."""
    wide = max(r["x"] for r in rows) - min(r["x"] for r in rows) or 1.0
    high = max(r["y"] for r in rows) - min(r["y"] for r in rows) or 1.0
    outer = sorted(rows, key=lambda r: -abs((r["x"] - centre[0]) / wide) - abs((r["y"] - centre[1]) / high))
    kept: list[dict[str, Any]] = []
    for row in outer:
        clear = all(abs(row["x"] - k["x"]) > 0.14 * wide or abs(row["y"] - k["y"]) > 0.05 * high for k in kept)
        if row["n"] and clear:
            kept.append(row)
    return kept
