"""The grid of the 34 provincial units: a tile each, shaded by class, its name and figure written in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import altair as alt

from yibao.presentation.charts.theme import values
from yibao.presentation.provinces import provinces

_SIZE = 52
#: Short English names that fit a tile.
_SHORT = {
    "Inner Mongolia": "In. Mong.",
    "Heilongjiang": "Heilongj.",
    "Hong Kong": "HK",
    "Guangdong": "Guangd.",
    "Chongqing": "Chongq.",
    "Shandong": "Shand.",
}


def tiles(
    shown: Mapping[str, tuple[str, int]], classes: Sequence[str], lang: str, *, ordered: bool = True
) -> alt.LayerChart:
    """Figures by code (text, class); a unit without any is outlined with "—". `ordered` classes go from light to dark.

    Unordered classes (such as high–low clusters) are told by the text in the tile; colour only repeats it.
    """
    shades = _shades(len(classes), ordered)
    dark = {i for i, shade in enumerate(shades) if shade in ("var(--q4)", "var(--q5)", "var(--c1)", "var(--c4)")}
    rows = []
    for unit in provinces():
        text, place = shown.get(unit.code, ("—", -1))
        name = unit.zh if lang == "zh" else _SHORT.get(unit.en, unit.en)
        rows.append(
            {
                "x": unit.column,
                "y": unit.row,
                "n": name,
                "t": text,
                "c": classes[place] if place >= 0 else "",
                "d": place in dark,
                "e": place < 0,
            }
        )
    full = [r for r in rows if not r["e"]]
    empty = [r for r in rows if r["e"]]
    axis = {"x": alt.X("x:O", axis=None), "y": alt.Y("y:O", axis=None)}
    fill = alt.Color("c:N", title=None, sort=list(classes), scale=alt.Scale(domain=list(classes), range=shades))
    ink = alt.condition(alt.datum.d, alt.value("white"), alt.value("var(--ink)"))
    layers = [
        alt.Chart(values(full)).mark_rect(stroke="white", strokeWidth=3).encode(**axis, color=fill.legend(columns=3)),
        alt.Chart(values(empty))
        .mark_rect(fill="white", stroke="var(--control)", strokeDash=[3, 3], strokeWidth=1)
        .encode(**axis),
        alt.Chart(values(rows)).mark_text(dy=-8, fontSize=11).encode(**axis, text="n:N", color=ink),
        alt.Chart(values(rows)).mark_text(dy=9, fontSize=11).encode(**axis, text="t:N", color=ink),
    ]
    return alt.layer(*layers).properties(width=7 * _SIZE, height=9 * _SIZE)


def _shades(count: int, ordered: bool) -> list[str]:
    if not ordered:
        return ["var(--sunken)", "var(--c1)", "var(--q2)", "var(--c3)", "var(--c2)"][:count]
    return [f"var(--q{1 + round(4 * i / max(count - 1, 1))})" for i in range(count)]
