"""The step on agglomeration: shares of resources beside shares of area and of people."""

from __future__ import annotations

from typing import Any

import numpy as np

from yibao.equity.agglomeration import agglomeration_degree, resource_density_index
from yibao.equity.context import StepParams, Study
from yibao.equity.results import Column, Figure, ResultTable, StepResult, Words
from yibao.equity.steps.common import CODE, REGION, both, named, num, proxies, tile_figure, title_of


class AgglomerationParams(StepParams):
    """Resources `of` with `population` and `area` in one `year`; `people_in`, `area_in` turn them into persons, km²."""

    of: list[str]
    population: str
    area: str
    year: int
    people_in: float = 1.0
    area_in: float = 1.0


def agglomeration(study: Study, params: AgglomerationParams) -> StepResult:
    """HRAD, PAD, their ratio and difference, and the resource density index of each region."""
    panel, t = study.the_panel(), study.column(params.year)
    people, area = study.matrix(params.population)[:, t], study.matrix(params.area)[:, t]
    rows: list[dict[str, Any]] = []
    figures: list[Figure] = []
    findings: list[Words] = []
    for name in params.of:
        amount = study.matrix(name)[:, t]
        found = agglomeration_degree(amount, people, area)
        index = resource_density_index(amount, people * params.people_in, area * params.area_in)
        for i, region in enumerate(panel.regions):
            rows.append(
                {
                    "variable": title_of(study, name),
                    "code": region.code,
                    "region": (region.zh, region.en),
                    "hrad": float(found.resource[i]),
                    "pad": float(found.population[i]),
                    "ratio": float(found.ratio[i]),
                    "difference": float(found.difference[i]),
                    "hrdi": float(index[i]),
                }
            )
        below = np.flatnonzero(found.ratio < 1)
        order = below[np.argsort(found.ratio[below])]
        findings.append(
            both(
                "{y} 年按人口看，{n}集聚度低于人口集聚度（HRAD/PAD < 1）的地区有 {k} 个，最低的是{low}（{v}）；"
                "按面积看，HRAD 最高的是{top}（{h}），最低的是{last}（{l}）。",
                "In {y} {k} regions had a smaller share of {n} than of people (HRAD/PAD below 1), lowest {low} "
                "({v}); by area HRAD was highest in {top} ({h}), lowest in {last} ({l}).",
                y=params.year,
                n=title_of(study, name),
                k=len(below),
                low=named(panel, order[:3]),
                v=num(found.ratio[order[0]], 2) if len(order) else "—",
                top=named(panel, [int(np.argmax(found.resource))]),
                h=num(found.resource.max(), 2),
                last=named(panel, [int(np.argmin(found.resource))]),
                l=num(found.resource.min(), 3),
            )
        )
        figures += tile_figure(
            panel,
            f"ratio_{name}",
            found.ratio,
            both(
                "{y} 年{n}集聚度与人口集聚度之比（1 为均衡）",
                "{n}: HRAD over PAD, {y} (1 is balance)",
                y=params.year,
                n=title_of(study, name),
            ),
        )
    columns = [
        Column("variable", "资源", "resource", width=26),
        CODE,
        REGION,
        Column("hrad", "HRAD", "HRAD", 4),
        Column("pad", "PAD", "PAD", 4),
        Column("ratio", "HRAD/PAD", "HRAD/PAD", 4),
        Column("difference", "HRAD−PAD", "HRAD−PAD", 4),
        Column("hrdi", "资源密度指数 HRDI", "density index HRDI", 4),
    ]
    title = both("{y} 年卫生资源集聚度", "Health resource agglomeration, {y}", y=params.year)
    return StepResult(
        [ResultTable("agglomeration", title, columns, rows)],
        figures,
        findings,
        proxies(panel, [params.population, params.area]),
    )
