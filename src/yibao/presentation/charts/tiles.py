"""The grid of the 34 provincial units: a tile each, shaded by class, its name and figure written in it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence

import altair as alt

from yibao.presentation.charts.theme import values
from yibao.presentation.provinces import provinces

_SIZE = 52
#: Classes of a grid: fifths of the units that have a figure.
FIFTHS = 5
#: Short English names that fit a tile.
_SHORT = {
    "Inner Mongolia": "In. Mong.",
    "Heilongjiang": "Heilongj.",
    "Hong Kong": "HK",
    "Guangdong": "Guangd.",
    "Chongqing": "Chongq.",
    "Shandong": "Shand.",
}


def fifths(figures: Mapping[str, int], text: Callable[[int], str]) -> tuple[dict[str, tuple[str, int]], list[str]]:
    """Figures by code as :func:`tiles` wants them, in classes of about a fifth of the units each, and the classes.

    Equal figures are in one class, and so are those that are written alike: there may be fewer than five.

    >>> fifths({"a": 1, "b": 2, "c": 2, "d": 2, "e": 9}, str)
    ({'a': ('1', 0), 'b': ('2', 1), 'c': ('2', 1), 'd': ('2', 1), 'e': ('9', 2)}, ['≤ 1', '≤ 2', '≤ 9'])
    """
    ranked = sorted(figures.values())
    cuts = [ranked[max(-(-len(ranked) * k // FIFTHS) - 1, 0)] for k in range(1, FIFTHS + 1)] if ranked else []
    named = [f"≤ {text(cut)}" for cut in cuts]
    classes = list(dict.fromkeys(named))
    place = {code: classes.index(named[bisect_left(cuts, value)]) for code, value in figures.items()}
    return {code: (text(value), place[code]) for code, value in figures.items()}, classes


def tiles(
    shown: Mapping[str, tuple[str, int]], classes: Sequence[str], lang: str, *, ordered: bool = True,
    notes: Mapping[str, str] | None = None,
) -> alt.LayerChart:  # fmt: skip
    """Figures by code (text, class); a unit without any is outlined with "—". `ordered` classes go from light to dark.
    `notes` by code are told when the pointer rests on a tile.

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
                "s": (notes or {}).get(unit.code, f"{unit.zh if lang == 'zh' else unit.en} {text}"),
            }
        )
    full = [r for r in rows if not r["e"]]
    empty = [r for r in rows if r["e"]]
    axis = {"x": alt.X("x:O", axis=None), "y": alt.Y("y:O", axis=None)}
    fill = alt.Color("c:N", title=None, sort=list(classes), scale=alt.Scale(domain=list(classes), range=shades))
    ink = alt.condition(alt.datum.d, alt.value("var(--on-link)"), alt.value("var(--ink)"))
    layers = [
        alt.Chart(values(full))
        .mark_rect(stroke="var(--surface)", strokeWidth=3, aria=True)
        .encode(**axis, color=fill.legend(columns=3), description=alt.Description("s:N")),
        alt.Chart(values(empty))
        .mark_rect(fill="var(--surface)", stroke="var(--control)", strokeDash=[3, 3], strokeWidth=1)
        .encode(**axis),
        alt.Chart(values(rows)).mark_text(dy=-8, fontSize=11).encode(**axis, text="n:N", color=ink),
        alt.Chart(values(rows)).mark_text(dy=9, fontSize=11).encode(**axis, text="t:N", color=ink),
    ]
    return alt.layer(*layers).properties(width=7 * _SIZE, height=9 * _SIZE)


def _shades(count: int, ordered: bool) -> list[str]:
    if not ordered:
        return ["var(--sunken)", "var(--c1)", "var(--q2)", "var(--c3)", "var(--c2)"][:count]
    return [f"var(--q{1 + round(4 * i / max(count - 1, 1))})" for i in range(count)]
