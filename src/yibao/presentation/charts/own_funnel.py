"""A funnel (R4) as an institution sees it: its own point and interval, peers too coarse to be known again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt
from markupsafe import Markup

from yibao.presentation.charts.funnel import Funnel, limit_layers
from yibao.presentation.charts.theme import both, values

#: Peers' points are moved to multiples of these: expected events, and the ratio.
COARSE_EXPECTED, COARSE_RATIO = 25, 0.05


@dataclass(frozen=True)
class Own:
    """The own point: expected events, ratio with its interval, whether it is unfavourable, the words of the point."""

    expected: float
    ratio: float
    lower: float
    upper: float
    beyond: bool
    name: str
    tip: str


def coarse(expected: float, ratio: float) -> tuple[float, float]:
    """Where a peer's point is drawn.

    >>> coarse(318.0, 1.184), coarse(7.0, 0.93)
    ((325, 1.2), (12, 0.95))
    """
    at = round(expected / COARSE_EXPECTED) * COARSE_EXPECTED or COARSE_EXPECTED // 2
    return at, round(round(ratio / COARSE_RATIO) * COARSE_RATIO, 2)


def own_funnel(funnel: Funnel, kin: Sequence[bool], own: Own, x_title: str, label: str) -> Markup:
    """The drawing for desk and phone. The funnel's last unit is the own; ``kin``: which others are peers (filled)."""
    places = sorted({(*coarse(u.expected, u.ratio), peer) for u, peer in zip(funnel.units[:-1], kin, strict=True)})
    marks = [{"e": e, "r": r, "p": peer} for e, r, peer in places]
    right = max([own.expected, *(m["e"] for m in marks)]) * 1.08
    reach = max([0.6, own.upper - 1, 1 - own.lower, *(abs(m["r"] - 1) for m in marks)]) * 1.1
    me = [{"e": own.expected, "r": own.ratio, "lo": own.lower, "hi": own.upper, "n": own.name, "d": own.tip}]
    tone, shape = ("var(--warn)", "diamond") if own.beyond else ("var(--you)", "circle")

    def draw(narrow: bool) -> alt.LayerChart:
        x = alt.X("e:Q", title=x_title, scale=alt.Scale(domain=[0, right], nice=False)).axis(
            tickCount=4 if narrow else 8, format=",~f"
        )
        scale = alt.Scale(domain=[max(1 - reach, 0), 1 + reach], nice=False)

        def y(field: str) -> alt.Y:
            return alt.Y(f"{field}:Q", title=None, scale=scale).axis(tickCount=6, format=".1f", grid=False)

        base, mine = alt.Chart(values(marks)), alt.Chart(values(me))
        hollow = base.transform_filter("!datum.p").mark_point(filled=False, size=34, strokeWidth=1.2)
        full = base.transform_filter("datum.p").mark_point(size=46)
        layers = limit_layers(funnel, right, x, y)
        layers += [
            alt.Chart(values([{"v": 1}])).mark_rule(color="var(--ink)", strokeWidth=1).encode(y=y("v")),
            hollow.encode(x=x, y=y("r"), color=alt.value("var(--peer)")),
            full.encode(x=x, y=y("r"), color=alt.value("var(--peer)")),
            mine.mark_rule(color=tone, strokeWidth=2).encode(x=x, y=y("lo"), y2="hi:Q"),
            mine.mark_point(shape=shape, size=190, color=tone, stroke="var(--surface)", strokeWidth=1.5, aria=True)
            .encode(x=x, y=y("r"), description=alt.Description("d:N")),
            mine.mark_text(align="center", baseline="bottom", dy=-6, fontSize=13, fontWeight=600, color=tone)
            .encode(x=x, y=y("hi"), text="n:N"),
        ]  # fmt: skip
        return alt.layer(*layers).properties(width=232 if narrow else 640, height=260 if narrow else 330)

    return both(draw, label)
