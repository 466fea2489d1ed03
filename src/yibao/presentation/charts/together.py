"""Who came when: persons down, days across, the hour written into each cell where there is room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt
from markupsafe import Markup

from yibao.presentation.charts.theme import both, values

#: More days across leave no room for the hour.
_HOURS = {True: 4, False: 12}
_ROW = 26


@dataclass(frozen=True)
class Visit:
    """A cell: the person's name and short name, the day, the hour, tooltip, and whether money is at stake on it."""

    person: str
    short: str
    day: str
    hour: str
    tip: str
    at_stake: bool


def together(visits: Sequence[Visit], persons: Sequence[tuple[str, str]], days: Sequence[str], label: str) -> Markup:
    """A cell for each visit; ``persons`` (name, short name) and ``days`` (2026-03-01) are in order and all shown."""

    def draw(narrow: bool) -> alt.LayerChart:
        names = [short if narrow else name for name, short in persons]
        rows = [
            {"k": v.short if narrow else v.person, "c": v.day[5:] + " " * days.index(v.day), "t": v.hour, "d": v.tip,
             "f": "var(--q3)" if v.at_stake else "var(--q1)"}
            for v in visits
        ]  # fmt: skip
        across = [day[5:] + " " * i for i, day in enumerate(days)]
        every = max(1, -(-len(days) // (4 if narrow else 12)))
        base = alt.Chart(values(rows)).encode(
            x=alt.X("c:O", title=None, sort=across, scale=alt.Scale(domain=across)).axis(
                orient="top", values=across[::every], labelAngle=0, domain=False, ticks=False
            ),
            y=alt.Y("k:N", title=None, sort=names, scale=alt.Scale(domain=names)).axis(
                labelColor="var(--ink)", labelFontSize=13, grid=True, tickBand="extent"
            ),
        )
        cell = base.mark_rect(stroke="var(--control)", strokeWidth=0.75, cornerRadius=2, aria=True).encode(
            color=alt.Color("f:N", scale=None), description=alt.Description("d:N")
        )
        layers: list[alt.Chart] = [cell]
        if len(days) <= _HOURS[narrow]:
            layers.append(base.mark_text(fontSize=12).encode(text="t:N"))
        return alt.layer(*layers).properties(width=200 if narrow else 400, height=_ROW * len(names))

    return both(draw, label)
