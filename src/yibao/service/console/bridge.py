"""Steps of money that add up (R7): totals from nought, what is taken off between them, the last one the result."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
from markupsafe import Markup

from yibao.presentation.charts.theme import both, values
from yibao.presentation.fmt import Format, Lang
from yibao.service.console.drawing import Drawn, drawn
from yibao.service.console.listing import Column, Listing

Step = tuple[str, int, bool]


def bridge(name: str, title: str, steps: Sequence[Step], lang: Lang) -> Drawn:
    """``steps``: (words, fen, whether it is a total); a change leads from the total before to the one after."""
    fmt, rows, at = Format(lang), [], 0
    last = len(steps) - 1
    for n, (words, amount, total) in enumerate(steps):
        begin, end = (0, amount) if total else (at, at + amount)
        at = end
        tone = "var(--you)" if n == last else "var(--muted)" if total else "var(--peer)"
        text = "+" + fmt.short(amount) if amount > 0 and not total else fmt.short(amount)
        rows.append({"k": words, "a": begin / 100, "b": end / 100, "m": max(begin, end) / 100, "c": tone, "t": text,
                     "d": f"{words} {text}"})  # fmt: skip

    def draw() -> Markup:
        return both(lambda narrow: _chart(rows, narrow), title)

    unit = "元；灰色为减去的部分" if lang == "zh" else "¥; grey is what is taken off"
    table = Listing(
        name,
        title,
        title,
        [Column("step", "环节", "Step", head=True), Column("amount", "金额，元", "Amount, ¥", "money")],
        [{"step": words, "amount": amount} for words, amount, _ in steps],
    )
    return Drawn(name, title, unit, drawn(["bridge", lang, rows], draw), (), table)


def _chart(rows: Sequence[dict[str, object]], narrow: bool) -> alt.LayerChart:
    order = [str(row["k"]) for row in rows]
    base = alt.Chart(values(list(rows)))
    y = alt.Y("k:N", title=None, sort=order).axis(labelColor="var(--ink)", labelFontSize=13)
    most = max(float(str(row["m"])) for row in rows) or 1.0
    scale = alt.Scale(domain=[0, most * (1.45 if narrow else 1.18)], nice=False)
    x = alt.X("a:Q", title=None, scale=scale).axis(
        tickCount=2 if narrow else 5, format="~s" if narrow else ",.0f", grid=True
    )
    bar = base.mark_bar(height=16, aria=True).encode(
        y=y, x=x, x2="b:Q", color=alt.Color("c:N", scale=None), description=alt.Description("d:N")
    )  # fmt: skip
    text = base.mark_text(align="left", dx=5, fontWeight=600).encode(
        y=y, x=alt.X("m:Q", scale=scale), text=alt.Text("t:N")
    )
    return alt.layer(bar, text).properties(width=130 if narrow else 560, height=30 * len(rows))
