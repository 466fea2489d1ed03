"""Bridge (R7): from one sum of money to another, step by step. Zero based; it adds up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import altair as alt
from markupsafe import Markup

from yibao.presentation.charts.theme import both, text_width, values


@dataclass(frozen=True)
class Step:
    """A ``total`` stands on nought, a step hangs where the last one ended. ``amount`` in one unit; ``result``: the end.

    ``text`` is the figure at the bar.
    """

    name: str
    amount: int
    text: str
    kind: str = "step"


def adds_up(steps: Sequence[Step]) -> bool:
    """Whether each total is what stands before it and the steps in between come to."""
    level = 0
    for number, step in enumerate(steps):
        if step.kind == "step":
            level += step.amount
        elif number and step.amount != level:
            return False
        else:
            level = step.amount
    return True


def bridge(steps: Sequence[Step], label: str) -> Markup:
    """Upright on a desk, lying on a phone. Raises ValueError for steps that do not add up to their totals."""
    if not adds_up(steps):
        raise ValueError("the steps of a bridge add up to its totals")
    # A total after the first changes nothing: the steps before it came to it.
    ends = list(accumulate(0 if s.kind != "step" and i else s.amount for i, s in enumerate(steps)))
    starts = [end - s.amount if s.kind == "step" else 0 for s, end in zip(steps, ends, strict=True)]
    tones = {"total": "var(--muted)", "step": "var(--peer)", "result": "var(--you)"}
    rows = [
        {"k": s.name, "a": start, "b": end, "t": s.text, "top": max(start, end), "c": tones[s.kind]}
        for s, start, end in zip(steps, starts, ends, strict=True)
    ]
    order = [s.name for s in steps]
    top, floor = max(map(max, zip(starts, ends, strict=True))), min(map(min, zip(starts, ends, strict=True)))
    words = max(text_width(s.text) for s in steps)

    def draw(narrow: bool) -> alt.LayerChart:
        base = alt.Chart(values(rows))
        tone = alt.Color("c:N", scale=None)
        if narrow:
            names = max(text_width(name) for name in order)
            width = max(266 - int(names), 110)
            reach = (top - floor) * width / max(width - words - 10, 30)
            y = alt.Y("k:N", sort=order, title=None).axis(labelColor="var(--ink)", labelFontSize=13, grid=False)
            x = alt.X("a:Q", title=None, scale=alt.Scale(domain=[floor, floor + reach], nice=False)).axis(None)
            bars = base.mark_bar(height=18).encode(y=y, x=x, x2="b:Q", color=tone)
            text = base.mark_text(align="left", dx=5, fontSize=13).encode(y=y, x="top:Q", text="t:N")
            return alt.layer(bars, text).properties(width=width, height=32 * len(rows))
        across = alt.X("k:N", sort=order, title=None).axis(
            labelColor="var(--ink)", labelFontSize=13, labelAngle=0, domain=False, ticks=False
        )
        scale = alt.Scale(domain=[floor, top + (top - floor) * 0.12], nice=False)
        up = alt.Y("a:Q", title=None, scale=scale).axis(values=[0], labels=False, gridColor="var(--control)")
        bars = base.mark_bar(width=54).encode(x=across, y=up, y2="b:Q", color=tone)
        text = base.mark_text(dy=-9, fontSize=13, fontWeight=600).encode(x=across, y="top:Q", text="t:N")
        return alt.layer(bars, text).properties(width=690, height=210)

    return both(draw, label)
