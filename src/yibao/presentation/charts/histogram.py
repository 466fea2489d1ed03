"""Histogram against peers (R9): the own share of each bin as bars, the peers' as a step line over the same bins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt
from markupsafe import Markup

from yibao.presentation.charts.theme import both, svg, values


@dataclass(frozen=True)
class Bin:
    """A bin: own share and the peers' (percent; None without peers), and whether it is one to look at."""

    name: str
    own: float
    peers: float | None
    hot: bool
    tip: str


def histogram(bins: Sequence[Bin], label: str, *, every: int | None = None, beside: bool = False) -> Markup:
    """The drawing for desk and phone; shares in percent from nought.

    Each ``every``th bin is named (default: as many as there is room for). ``beside`` another it is as narrow on a desk
    as on a phone.
    """
    rows = [{"k": b.name, "v": b.own, "p": b.peers, "h": bool(b.hot), "d": b.tip} for b in bins]
    order = [b.name for b in bins]
    top = max([1.0, *(v for b in bins for v in (b.own, b.peers or 0.0))]) * 1.1

    def draw(narrow: bool) -> alt.LayerChart:
        step_of_names = every or max(1, -(-len(order) // (6 if narrow else 12)))
        x = alt.X("k:O", sort=order, title=None).axis(values=order[::step_of_names], labelAngle=0)
        scale = alt.Scale(domain=[0, top], nice=False)
        y = alt.Y("v:Q", title=None, scale=scale).axis(tickCount=4, format=",.0f")
        base = alt.Chart(values(rows))
        tone = alt.condition("datum.h", alt.value("var(--warn)"), alt.value("var(--q4)"))
        bars = base.mark_bar(aria=True).encode(x=x, y=y, color=tone, description=alt.Description("d:N"))
        step = base.transform_filter("datum.p != null").mark_line(
            interpolate="step", color="var(--ink)", strokeWidth=1.8
        )
        line = step.encode(x=x, y=alt.Y("p:Q", title=None, scale=scale))
        return alt.layer(bars, line).properties(width=236 if narrow else 640, height=180 if narrow else 230)

    return svg(draw(True).properties(width=228, height=150), label) if beside else both(draw, label)
