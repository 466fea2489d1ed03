"""What a composite index shows: weights, scores, figures, sentences."""

from __future__ import annotations

import numpy as np

from yibao.equity.checks import Floats
from yibao.equity.composite import CompositeIndex
from yibao.equity.context import Study
from yibao.equity.panel import Panel, Variable
from yibao.equity.results import Column, Figure, ResultTable, Words, defined
from yibao.equity.steps.common import CODE, REGION, YEAR, both, direction, named, num, percent, tile_figure
from yibao.equity.steps.figures import line_figure


class Panelled:
    """A composite index with the shape of its panel: rows are region-years, region by region."""

    def __init__(self, index: CompositeIndex, names: tuple[str, ...], systems: tuple[str, ...], shape: tuple[int, int]):
        self.index, self.names, self.systems, self.shape = index, names, systems, shape

    def matrix(self, column: Floats) -> Floats:
        return column.reshape(self.shape)


def system_name(study: Study, key: str) -> Words:
    """Names of a system from the indicator system, else its key."""
    if study.system is not None and key in study.system.text.systems:
        text = study.system.text.systems[key]
        return text.zh, text.en
    return key, key


def weight_table(study: Study, held: Panelled, reach: Floats | None) -> ResultTable:
    """Weights with direction, entropy, and how far one extreme row moves them (`reach`: lowest, highest)."""
    rows = []
    for j, name in enumerate(held.names):
        variable = study.variable(name)
        way = _shown(study, name)
        rows.append(
            {
                "system": system_name(study, held.systems[j]),
                "indicator": (variable.title("zh"), variable.title("en")),
                "unit": variable.unit,
                "direction": way,
                "entropy": defined(held.index.entropy[j]),
                "local": float(held.index.local[j]),
                "weight": float(held.index.weights[j]),
                "low": None if reach is None else float(reach[0, j]),
                "high": None if reach is None else float(reach[1, j]),
            }
        )
    columns = [
        Column("system", "系统", "system", width=20),
        Column("indicator", "指标", "indicator", width=34),
        Column("unit", "单位", "unit"),
        Column("direction", "方向", "direction"),
        Column("entropy", "信息熵 e", "entropy e", 4),
        Column("local", "系统内权重", "weight in system", 4),
        Column("weight", "总权重", "weight overall", 4),
        Column("low", "去一极值后最低", "lowest, one extreme left out", 4),
        Column("high", "去一极值后最高", "highest, one extreme left out", 4),
    ]
    return ResultTable(
        "weights",
        ("指标权重", "Weights of indicators"),
        columns,
        rows,
        (
            "“去一极值”按全部指标一次赋权计算，看单个极值对权重的影响",
            "“one extreme left out” weighs all indicators at once and shows what a single extreme moves",
        ),
    )


def _shown(study: Study, name: str) -> Words:
    way = study.system.direction(name) if study.system and name in study.system.indicators else "positive"
    if isinstance(way, tuple):
        return f"区间 [{way[0]:g}, {way[1]:g}]", f"within [{way[0]:g}, {way[1]:g}]"
    return ("负向", "less is better") if way == "negative" else ("正向", "more is better")


def score_table(panel: Panel, variables: list[tuple[Variable, Floats]]) -> ResultTable:
    """Scores of every region and year."""
    rows = [
        {"code": r.code, "region": (r.zh, r.en), "year": year, **{v.id: float(m[i, t]) for v, m in variables}}
        for i, r in enumerate(panel.regions)
        for t, year in enumerate(panel.years)
    ]
    columns = [CODE, REGION, YEAR, *(Column(v.id, v.zh, v.en, 4) for v, _ in variables)]
    return ResultTable("scores", ("综合得分", "Scores"), columns, rows)


def score_figures(panel: Panel, variables: list[tuple[Variable, Floats]]) -> list[Figure]:
    """Mean scores over years, and each score of the last year on the grid of tiles."""
    trend = [((v.zh, v.en), float(y), float(m[:, t].mean())) for v, m in variables for t, y in enumerate(panel.years)]
    found: list[Figure] = []
    if len(panel.years) > 2:
        found.append(
            line_figure(
                "trend",
                ("各系统得分的地区均值", "Mean score of regions by system"),
                trend,
                ("年份", "year"),
                ("得分", "score"),
                zero=True,
            )
        )
    for v, m in variables:
        title = both("{y} 年{n}", "{n}, {y}", y=panel.years[-1], n=(v.zh, v.en))
        found += tile_figure(panel, f"tiles{v.id}", m[:, -1], title)
    return found


def score_words(panel: Panel, held: Panelled, variables: list[tuple[Variable, Floats]]) -> list[Words]:
    """A sentence for each score, and one on the heaviest indicators."""
    said = []
    for v, m in variables:
        order = np.argsort(-m[:, -1])
        said.append(
            both(
                "{n}的地区均值由 {a}（{y0}）{move}到 {b}（{y1}）；{y1} 年最高的是{top}，最低的是{low}。",
                "The mean of {n} {move} from {a} ({y0}) to {b} ({y1}); in {y1} highest were {top}, lowest {low}.",
                n=(v.zh, v.en),
                a=num(m[:, 0].mean()),
                b=num(m[:, -1].mean()),
                y0=panel.years[0],
                y1=panel.years[-1],
                move=direction(m[:, 0].mean(), m[:, -1].mean(), 0.005),
                top=named(panel, order[:3], 3),
                low=named(panel, order[-3:], 3),
            )
        )
    heavy = np.argsort(-held.index.weights)[:3]
    said.append(
        both(
            "权重最大的三个指标：{w}，合计 {s}。",
            "The three heaviest indicators are {w}, together {s}.",
            w=tuple(
                mark.join(panel.variables[held.names[i]].title(lang) for i in heavy)
                for lang, mark in (("zh", "、"), ("en", ", "))
            ),
            s=percent(float(held.index.weights[heavy].sum())),
        )
    )
    return said
