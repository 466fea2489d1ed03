"""Position and difference (R5): the parts of a cost, own and peers', and by how much each part differs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt
from markupsafe import Markup

from yibao.presentation.charts.theme import both, text_width, values


@dataclass(frozen=True)
class Part:
    """One part: own mean, peers' mean, quartiles of peers (None where they are too few), the words of both sides."""

    name: str
    own: float
    mean: float
    low: float | None
    high: float | None
    difference: str
    tip: str

    @property
    def beyond(self) -> bool:
        """Whether the own mean lies above the peers' middle half."""
        return self.high is not None and self.own > self.high


def structure(parts: Sequence[Part], left: str, right: str, label: str) -> Markup:
    """The drawing for desk and phone; ``left`` and ``right`` are the units of the two halves."""
    rows = [
        {"k": p.name, "own": p.own, "md": p.mean, "q1": p.low, "q3": p.high, "diff": p.own - p.mean,
         "dl": p.difference, "bad": p.beyond, "d": p.tip}
        for p in parts
    ]  # fmt: skip
    order = [p.name for p in parts]
    top = max([1.0, *(v for p in parts for v in (p.own, p.mean, p.high or 0.0))]) * 1.06
    gaps = [p.own - p.mean for p in parts]
    words = max(text_width(p.difference, 12) for p in parts) + 12

    def draw(narrow: bool) -> alt.HConcatChart:
        names = max(text_width(name) for name in order)
        wide = (max(150 - int(names), 70), 82) if narrow else (360, 190)
        y = alt.Y("k:N", sort=order, title=None).axis(labelColor="var(--ink)", labelFontSize=13, grid=False)
        scale = alt.Scale(domain=[0, top], nice=False)

        def x(field: str) -> alt.X:
            axis = alt.Axis(tickCount=2 if narrow else 4, format=",.0f", grid=True)
            return alt.X(f"{field}:Q", title=left, scale=scale, axis=axis)

        base = alt.Chart(values(rows))
        band = base.transform_filter("datum.q1 != null").mark_bar(
            height=12, color="var(--peer-band)", stroke="var(--peer)", strokeWidth=0.75, cornerRadius=2
        )
        tick = base.mark_tick(thickness=2, height=18, color="var(--ink)").encode(y=y, x=x("md"))
        here = base.transform_filter("!datum.bad").mark_point(size=90, color="var(--you)", aria=True)
        far = base.transform_filter("datum.bad").mark_point(size=130, shape="diamond", color="var(--warn)", aria=True)
        said = alt.Description("d:N")
        position = alt.layer(
            band.encode(y=y, x=x("q1"), x2="q3:Q"), tick, here.encode(y=y, x=x("own"), description=said),
            far.encode(y=y, x=x("own"), description=said),
        ).properties(width=wide[0], height=34 * len(rows))  # fmt: skip
        return alt.hconcat(position, _differences(base, order, gaps, words, right, wide[1], len(rows)), spacing=14)

    return both(draw, label)


def _differences(
    base: alt.Chart, order: Sequence[str], gaps: Sequence[float], words: float, title: str, width: int, count: int
) -> alt.LayerChart:
    """Bars from a rule at nought; both ends leave room for the words behind the longest bar."""
    low, high = min(0.0, *gaps), max(0.0, *gaps)
    pixel = ((high - low) or 1.0) / max(width - 2 * words, 24)
    scale = alt.Scale(domain=[low - words * pixel, high + words * pixel], nice=False)
    axis = alt.Axis(
        values=[0], labels=False, ticks=False, domain=False, grid=True, gridColor="var(--control)"
    )  # fmt: skip
    x = alt.X("diff:Q", title=title, scale=scale, axis=axis)
    y = alt.Y("k:N", sort=list(order), title=None, axis=None)
    tone = alt.condition("datum.diff > 0", alt.value("var(--warn)"), alt.value("var(--you)"))
    return alt.layer(
        base.mark_bar(height=12).encode(y=y, x=x, color=tone),
        base.transform_filter("datum.diff >= 0").mark_text(align="left", dx=5).encode(y=y, x=x, text="dl:N"),
        base.transform_filter("datum.diff < 0").mark_text(align="right", dx=-5).encode(y=y, x=x, text="dl:N"),
    ).properties(width=width, height=34 * count)
