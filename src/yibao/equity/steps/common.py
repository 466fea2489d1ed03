"""What several steps share: figures as text, columns of tables, classes for tiles."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from yibao.equity.checks import Floats
from yibao.equity.context import Study
from yibao.equity.errors import MethodError
from yibao.equity.panel import Panel
from yibao.equity.results import Column, Figure, Words
from yibao.equity.steps import figures

MINUS = "−"

REGION = Column("region", "地区", "region", width=18)
CODE = Column("code", "代码", "code", width=10)
YEAR = Column("year", "年份", "year", 0, 8)


def num(value: float, digits: int = 3) -> str:
    """A figure in a sentence, with a true minus sign; "—" where it is not defined."""
    if value != value:
        return "—"
    text = f"{value:.{digits}f}"
    return f"{MINUS}{text[1:]}" if text.startswith("-") and float(text) != 0 else text.removeprefix("-")


def amount(value: float) -> str:
    """A figure of any size in a sentence: two decimals below a hundred, none with thousands above.

    >>> amount(6.638), amount(112351.83)
    ('6.64', '112,352')
    """
    return num(value, 2) if abs(value) < 100 else f"{value:,.0f}"


def percent(value: float, digits: int = 1) -> str:
    return f"{num(100 * value, digits)}%" if value == value else "—"


def p_text(p: float) -> str:
    """A p as people write it: p = 0.012, p < 0.001."""
    return "p = —" if p != p else "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def logarithm(name: str, values: Floats) -> Floats:
    """Natural logarithms of a variable. Raises MethodError where it has values not above zero."""
    if np.any(values <= 0):
        raise MethodError(
            f"{name} has values not above zero, so there is no logarithm",
            mend="do not list it under `logs`",
            zh=f"{name} 有不大于零的值，不能取对数",
            mend_zh="请从 logs 中去掉",
        )
    return np.log(values)


def logged(names: Sequence[str]) -> list[Words]:
    """The convention that says of which variables logarithms were taken; nothing where of none."""
    if not names:
        return []
    return [(f"取自然对数：{'、'.join(names)}", f"natural logarithms of: {', '.join(names)}")]


def direction(first: float, last: float, least: float = 0.0) -> Words:
    """What a figure did between two moments; a relative change below `least` is no change."""
    if abs(last - first) <= least * abs(first):
        return ("基本不变", "hardly changed")
    return ("上升", "rose") if last > first else ("下降", "fell")


def named(panel: Panel, rows: Sequence[int] | np.ndarray, most: int = 5) -> Words:
    """Names of regions for a sentence, at most `most`."""
    chosen = [panel.regions[int(i)] for i in list(rows)[:most]]
    more = len(rows) - len(chosen)
    return (
        "、".join(r.zh for r in chosen) + (f"等 {len(rows)} 个" if more else ""),
        ", ".join(r.en for r in chosen) + (f" and {more} more" if more else ""),
    )


def both(template_zh: str, template_en: str, **words: object) -> Words:
    """One sentence in both languages; a value that is a pair gives each its own."""
    zh = {k: v[0] if isinstance(v, tuple) else v for k, v in words.items()}
    en = {k: v[1] if isinstance(v, tuple) else v for k, v in words.items()}
    return template_zh.format(**zh), template_en.format(**en)


def title_of(study: Study, name: str) -> Words:
    """A variable's names as they are printed, with the label of a proxy."""
    variable = study.variable(name)
    return variable.title("zh"), variable.title("en")


def proxies(panel: Panel, names: list[str]) -> list[Words]:
    """Labels of the proxies among some variables."""
    shown = [panel.variables[name] for name in names if panel.variables[name].proxy_for]
    return [(v.title("zh"), v.title("en")) for v in shown]


def is_provinces(panel: Panel) -> bool:
    """Whether the regions are provincial units, so that the grid of tiles shows them."""
    return all(len(code) == 6 and code.endswith("0000") for code in panel.codes)


def tile_figure(panel: Panel, name: str, values: ArrayLike, title: Words) -> list[Figure]:
    """A grid of tiles in five classes by quintiles; nothing when the regions are not provinces.

    Figures have two decimals; large ones have none, since a tile holds seven characters.
    """
    if not is_provinces(panel):
        return []
    x = np.asarray(values, dtype=np.float64)
    digits = 0 if np.nanmax(np.abs(x)) >= 1_000 else 2
    cuts = np.unique(np.round(np.quantile(x[~np.isnan(x)], [0.2, 0.4, 0.6, 0.8]), digits))
    ends = [f"{c:,.{digits}f}" for c in cuts]
    classes = [f"≤ {ends[0]}", *(f"{a}–{b}" for a, b in pairwise(ends)), f"> {ends[-1]}"]
    shown = {
        code: (f"{v:,.{digits}f}", int(np.searchsorted(cuts, round(float(v), digits), side="left")))
        for code, v in zip(panel.codes, x, strict=True)
        if v == v
    }
    return [figures.tile_grid(name, title, shown, [(c, c) for c in classes])]
