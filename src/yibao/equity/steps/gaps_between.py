"""The step on gaps between groups: Dagum's Gini, year by year."""

from __future__ import annotations

from typing import Any

import numpy as np

from yibao.equity.context import StepParams, Study
from yibao.equity.decomposition import Dagum, dagum
from yibao.equity.regions import zone_names
from yibao.equity.results import Column, ResultTable, StepResult, Words, defined
from yibao.equity.steps.common import YEAR, both, direction, num, percent
from yibao.equity.steps.figures import line_figure, stacked_figure


class DagumParams(StepParams):
    """Variable `of` by `groups`; `weights` a variable (population) or none; `years` all by default."""

    of: str
    groups: str = "zone4"
    weights: str | None = None
    years: list[int] | None = None


def dagum_by_year(study: Study, params: DagumParams) -> StepResult:
    """Dagum's Gini with its parts, contribution rates, and the table of groups and pairs."""
    panel, years = study.the_panel(), study.years(params.years)
    groups = panel.groups(params.groups)
    values = study.matrix(params.of)
    found: dict[int, Dagum] = {}
    for year in years:
        t = study.column(year)
        found[year] = dagum(values[:, t], groups, study.matrix(params.weights)[:, t] if params.weights else None)
    totals = [
        {
            "year": y,
            "total": g.total,
            "within": g.within,
            "between": g.between,
            "overlap": g.overlap,
            **{f"{k}_rate": defined(rate) for k, rate in zip(("within", "between", "overlap"), g.rates, strict=True)},
        }
        for y, g in found.items()
    ]
    pairs = [row for y, g in found.items() for row in _pairs(y, g)]
    inside = [
        (zone_names(name), float(y), float(g.pairs[j, j])) for y, g in found.items() for j, name in enumerate(g.names)
    ]
    parts = [
        (str(y), words, part)
        for y, g in found.items()
        for words, part in (
            (("区域间 Gnb", "between Gnb"), g.between),
            (("区域内 Gw", "within Gw"), g.within),
            (("超变密度 Gt", "overlap Gt"), g.overlap),
        )
    ]
    title = study.variable(params.of)
    figures = [
        stacked_figure(
            "parts",
            both("{n}的 Dagum 基尼系数及其构成", "Dagum's Gini of {n} and its parts", n=(title.zh, title.en)),
            parts,
            ("基尼系数", "Gini coefficient"),
        )
    ]
    if len(years) > 2:
        inside += [(("总体", "overall"), float(y), g.total) for y, g in found.items()]
        figures.append(
            line_figure(
                "groups",
                ("各区域内部的基尼系数", "Gini coefficient inside each group"),
                inside,
                ("年份", "year"),
                ("基尼系数", "Gini coefficient"),
                zero=True,
            )
        )
    tables = [
        ResultTable(
            "dagum",
            ("Dagum 基尼系数及分解", "Dagum's Gini and its parts"),
            [
                YEAR,
                Column("total", "总体 G", "total G", 4),
                Column("within", "区域内 Gw", "within Gw", 4),
                Column("between", "区域间 Gnb", "between Gnb", 4),
                Column("overlap", "超变密度 Gt", "overlap Gt", 4),
                Column("within_rate", "Gw 贡献率", "share of Gw", 4),
                Column("between_rate", "Gnb 贡献率", "share of Gnb", 4),
                Column("overlap_rate", "Gt 贡献率", "share of Gt", 4),
            ],
            totals,
        ),
        ResultTable(
            "pairs",
            ("区域内与区域间基尼系数", "Gini inside and between groups"),
            [
                YEAR,
                Column("one", "区域", "group", width=14),
                Column("other", "区域", "group", width=14),
                Column("gini", "基尼系数", "Gini", 4),
                Column("distance", "相对经济影响 D", "relative affluence D", 4),
            ],
            pairs,
        ),
    ]
    weighing: Words = (
        (f"以 {params.weights} 加权", f"weighted by {params.weights}")
        if params.weights
        else ("不加权，不作 n−1 校正", "unweighted, no n − 1 correction")
    )
    return StepResult(tables, figures, [_said(found, years, (title.zh, title.en))], [weighing])


def _pairs(year: int, found: Dagum) -> list[dict[str, Any]]:
    k = len(found.names)
    return [
        {
            "year": year,
            "one": zone_names(found.names[j]),
            "other": zone_names(found.names[h]),
            "gini": float(found.pairs[j, h]),
            "distance": None if j == h else float(found.distance[j, h]),
        }
        for j in range(k)
        for h in range(j + 1)
    ]


def _said(found: dict[int, Dagum], years: list[int], name: Words) -> Words:
    first, last = found[years[0]], found[years[-1]]
    main = int(np.argmax([last.within, last.between, last.overlap]))
    source = (
        ("区域内差异", "gaps within groups"),
        ("区域间差异", "gaps between groups"),
        ("超变密度", "overlap of groups"),
    )[main]
    pairs = [(last.pairs[j, h], j, h) for j in range(len(last.names)) for h in range(j)]
    widest = max(pairs) if pairs else None
    words = both(
        "{n}的总体基尼系数由 {a}（{y0}）{move}到 {b}（{y1}）；{y1} 年主要来源是{source}，贡献率 {rate}。",
        "The overall Gini of {n} {move} from {a} ({y0}) to {b} ({y1}); in {y1} its main source was {source}, "
        "with {rate}.",
        n=name,
        a=num(first.total),
        b=num(last.total),
        y0=years[0],
        y1=years[-1],
        move=direction(round(first.total, 3), round(last.total, 3)),
        source=source,
        rate=percent(last.rates[main]),
    )
    if widest is None:
        return words
    more = both(
        "差距最大的是{p}与{q}（{g}）。",
        " The widest gap was between {p} and {q} ({g}).",
        p=zone_names(last.names[widest[1]]),
        q=zone_names(last.names[widest[2]]),
        g=num(float(widest[0])),
    )
    return words[0] + more[0], words[1] + more[1]
