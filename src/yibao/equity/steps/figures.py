"""Figures of steps in both languages, drawn when they are written, so that a run without figures needs no charts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from yibao.equity.results import Figure, Words
from yibao.presentation.provinces import GRID_CAPTION


def by(words: Words, lang: str) -> str:
    return words[0] if lang == "zh" else words[1]


def line_figure(
    name: str,
    title: Words,
    rows: Sequence[tuple[Words, float, float]],
    x: Words,
    y: Words,
    *,
    zero: bool = False,
    whole_x: bool = True,
    points: bool = True,
    bands: Sequence[tuple[float, float]] | None = None,
    note: Words | None = None,
) -> Figure:
    """Rows of (series, x, y); `bands` (low, high) one a row."""

    def draw(lang: str) -> Any:
        from yibao.presentation.charts.plots import lines

        order = list(dict.fromkeys(by(s, lang) for s, _, _ in rows))
        data = [{"s": by(s, lang), "x": a, "y": b} for s, a, b in rows]
        if bands is not None:
            data = [{**row, "lo": low, "hi": high} for row, (low, high) in zip(data, bands, strict=True)]
        return lines(
            data,
            by(x, lang),
            by(y, lang),
            order=order,
            zero=zero,
            whole_x=whole_x,
            points=points,
            band=bands is not None,
        )

    return Figure(name, title, draw, note)


def stacked_figure(
    name: str, title: Words, rows: Sequence[tuple[str, Words, float]], y: Words, note: Words | None = None
) -> Figure:
    """Rows of (bar, part, value)."""

    def draw(lang: str) -> Any:
        from yibao.presentation.charts.plots import stacked

        order = list(dict.fromkeys(by(s, lang) for _, s, _ in rows))
        data = [{"k": k, "s": by(s, lang), "v": v} for k, s, v in rows]
        return stacked(data, by(y, lang), order=order, steps=list(dict.fromkeys(k for k, _, _ in rows)))

    return Figure(name, title, draw, note)


def ranked_figure(
    name: str,
    title: Words,
    rows: Sequence[tuple[Words, float]],
    x: Words,
    *,
    digits: int = 2,
    line: float | None = None,
    note: Words | None = None,
) -> Figure:
    """Rows of (name, value) in the order they are drawn."""

    def draw(lang: str) -> Any:
        from yibao.presentation.charts.plots import ranked

        return ranked([{"k": by(k, lang), "v": v} for k, v in rows], by(x, lang), digits=digits, line=line)

    return Figure(name, title, draw, note)


def heat_figure(
    name: str,
    title: Words,
    cells: Sequence[tuple[Words, str, int, str]],
    classes: Sequence[Words],
    note: Words | None = None,
) -> Figure:
    """Cells of (row, column, class, text)."""

    def draw(lang: str) -> Any:
        from yibao.presentation.charts.plots import heat

        data: list[dict[str, Any]] = [{"r": by(r, lang), "c": c, "q": q, "t": t} for r, c, q, t in cells]
        down = list(dict.fromkeys(row["r"] for row in data))
        return heat(
            data,
            down=down,
            across=list(dict.fromkeys(c for _, c, _, _ in cells)),
            classes=[by(c, lang) for c in classes],
        )

    return Figure(name, title, draw, note)


def scatter_figure(
    name: str,
    title: Words,
    rows: Sequence[tuple[Words, float, float]],
    x: Words,
    y: Words,
    *,
    centre: tuple[float, float] | None = None,
    slope: float | None = None,
    note: Words | None = None,
) -> Figure:
    """Rows of (name, x, y)."""

    def draw(lang: str) -> Any:
        from yibao.presentation.charts.plots import scatter

        data = [{"n": by(n, lang), "x": a, "y": b} for n, a, b in rows]
        return scatter(data, by(x, lang), by(y, lang), centre=centre, slope=slope)

    return Figure(name, title, draw, note)


def tile_grid(
    name: str, title: Words, shown: Mapping[str, tuple[str, int]], classes: Sequence[Words], *, ordered: bool = True
) -> Figure:
    """Figures by code: (text, class)."""

    def draw(lang: str) -> Any:
        from yibao.presentation.charts.tiles import tiles

        return tiles(shown, [by(c, lang) for c in classes], lang, ordered=ordered)

    return Figure(name, title, draw, GRID_CAPTION)
