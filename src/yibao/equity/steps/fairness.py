"""Steps on how fairly a resource lies: Gini and Lorenz, Theil by zones."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from yibao.equity.context import StepParams, Study
from yibao.equity.inequality import equality_band, gini, lorenz, theil
from yibao.equity.regions import zone_names
from yibao.equity.results import Column, Figure, ResultTable, StepResult, Words, defined
from yibao.equity.steps.common import YEAR, both, direction, num, percent, proxies, title_of
from yibao.equity.steps.figures import line_figure, stacked_figure


class GiniParams(StepParams):
    """Resources `of` over each of the bases `over` (population, area), in `years` (all by default)."""

    of: list[str]
    over: list[str]
    years: list[int] | None = None


class TheilParams(StepParams):
    """Resources `of` over a base, by groups (a division into zones, or `parent`); `log_base` e or 10."""

    of: list[str]
    over: str
    groups: str = "zone4"
    kind: Literal["L", "T"] = "L"
    log_base: Literal["e", "10"] = "e"
    years: list[int] | None = None


SORTED = ("地区按“资源/基数”从低到高排序，不按总量排序", "regions are sorted by resource per base, not by amount")


def gini_by_year(study: Study, params: GiniParams) -> StepResult:
    """Gini coefficients and Lorenz curves of resources over population or area."""
    panel, years = study.the_panel(), study.years(params.years)
    rows: list[dict[str, Any]] = []
    figures: list[Figure] = []
    findings: list[Words] = []
    for base in params.over:
        curves: list[tuple[Words, float, float]] = []
        for name in params.of:
            found = {}
            for year in years:
                t = study.column(year)
                amount, over = study.matrix(name)[:, t], study.matrix(base)[:, t]
                found[year] = gini(amount, over)
                rows.append(
                    {
                        "variable": title_of(study, name),
                        "base": title_of(study, base),
                        "year": year,
                        "gini": found[year],
                        "band": equality_band(found[year]),
                    }
                )
            p, share = lorenz(
                study.matrix(name)[:, study.column(years[-1])], study.matrix(base)[:, study.column(years[-1])]
            )
            label = both("{n}（G = {g}）", "{n} (G = {g})", n=title_of(study, name), g=num(found[years[-1]]))
            curves += [(label, float(a), float(b)) for a, b in zip(p, share, strict=True)]
            findings.append(_said(study, name, base, found))
        curves += [(("绝对平均线", "line of equality"), 0.0, 0.0), (("绝对平均线", "line of equality"), 1.0, 1.0)]
        words = title_of(study, base)
        figures.append(
            line_figure(
                f"lorenz_{base}",
                both("{y} 年资源按{b}的洛伦兹曲线", "Lorenz curves over {b}, {y}", y=years[-1], b=words),
                curves,
                both("{b}累计比重", "cumulative share of {b}", b=words),
                ("资源累计比重", "cumulative share of the resource"),
                zero=True,
                whole_x=False,
                points=False,
                note=SORTED,
            )
        )
    columns = [
        Column("variable", "资源", "resource", width=26),
        Column("base", "按", "over", width=20),
        YEAR,
        Column("gini", "基尼系数", "Gini coefficient", 4),
        Column("band", "评价", "reading", width=16),
    ]
    title = ("基尼系数", "Gini coefficients")
    notes = [
        SORTED,
        (
            "评价界限：<0.2 高度平均，<0.3 比较平均，<0.4 相对合理，<0.6 差距较大，其余悬殊；有文献用 0.3/0.4/0.6",
            "readings: <0.2 highly equal, <0.3 fairly, <0.4 reasonable, <0.6 unequal, else very unequal; some papers "
            "cut at 0.3, 0.4, 0.6",
        ),
    ]
    return StepResult(
        [ResultTable("gini", title, columns, rows)], figures, findings, notes + proxies(panel, params.over)
    )


def theil_by_year(study: Study, params: TheilParams) -> StepResult:
    """Theil indices by zones: between, within, contribution rates."""
    panel, years = study.the_panel(), study.years(params.years)
    of = ("上级地区", "the regions above") if params.groups == "parent" else ("区", "zones")
    groups = panel.groups(params.groups)
    base = 10.0 if params.log_base == "10" else float(np.e)
    totals, inside = [], []
    figures: list[Figure] = []
    findings: list[Words] = []
    for name in params.of:
        parts: list[tuple[str, Words, float]] = []
        for year in years:
            t = study.column(year)
            found = theil(
                study.matrix(name)[:, t], study.matrix(params.over)[:, t], groups, kind=params.kind, log_base=base
            )
            totals.append(
                {
                    "variable": title_of(study, name),
                    "year": year,
                    "total": found.total,
                    "between": found.between,
                    "within": found.within,
                    "between_rate": defined(found.between_rate),
                }
            )
            rates = found.within_rates
            for g, zone in enumerate(found.names):
                inside.append(
                    {
                        "variable": title_of(study, name),
                        "year": year,
                        "zone": zone_names(zone),
                        "index": float(found.group[g]),
                        "weight": float(found.weight[g]),
                        "rate": defined(rates[g]),
                    }
                )
            parts += [
                (str(year), (f"{of[0]}内", f"within {of[1]}"), found.within),
                (str(year), (f"{of[0]}间", f"between {of[1]}"), found.between),
            ]
        findings.append(
            both(
                "{y} 年{n}的泰尔指数（{k}）为 {total}，其中{of}间差异占 {rate}，{of}内差异占 {rest}。",
                "In {y} the Theil index ({k}) of {n} was {total}; {rate} of it lay between {of}, {rest} within.",
                y=years[-1],
                of=of,
                n=title_of(study, name),
                k=params.kind,
                total=num(found.total, 4),
                rate=percent(found.between_rate),
                rest=percent(1 - found.between_rate),
            )
        )
        figures.append(
            stacked_figure(
                f"theil_{name}",
                both("{n}的泰尔指数及其构成", "Theil index of {n} and its parts", n=title_of(study, name)),
                parts,
                (f"泰尔 {params.kind} 指数", f"Theil {params.kind}"),
            )
        )
    resource = Column("variable", "资源", "resource", width=26)
    tables = [
        ResultTable(
            "theil",
            ("泰尔指数及分解", "Theil index and its parts"),
            [
                resource,
                YEAR,
                Column("total", "总指数", "total", 6),
                Column("between", "组间", "between", 6),
                Column("within", "组内", "within", 6),
                Column("between_rate", "组间贡献率", "share of between", 4),
            ],
            totals,
        ),
        ResultTable(
            "zones",
            both("各{of}泰尔指数与贡献率", "Theil index inside {of}", of=of),
            [
                resource,
                YEAR,
                Column("zone", "分区", "zone", width=16),
                Column("index", "组内指数", "index", 6),
                Column("weight", "权重", "weight", 4),
                Column("rate", "贡献率", "share", 4),
            ],
            inside,
        ),
    ]
    note = (
        f"对数底 {params.log_base}；{params.kind} 型；权重为各区{'基数' if params.kind == 'L' else '资源'}比重",
        f"logarithm to base {params.log_base}; kind {params.kind}; weights are the groups' shares of the "
        f"{'base' if params.kind == 'L' else 'resource'}",
    )
    return StepResult(tables, figures, findings, [note, *proxies(panel, [params.over])])


def _said(study: Study, name: str, base: str, found: dict[int, float]) -> Words:
    years = sorted(found)
    last = found[years[-1]]
    if len(years) == 1:
        return both(
            "{y} 年{n}按{b}的基尼系数为 {g}（{band}）。",
            "In {y} the Gini coefficient of {n} over {b} was {g} ({band}).",
            y=years[0],
            n=title_of(study, name),
            b=title_of(study, base),
            g=num(last),
            band=equality_band(last),
        )
    return both(
        "{n}按{b}的基尼系数，{y0} 年为 {g0}，{y1} 年为 {g1}，{move}（{band}）。",
        "The Gini coefficient of {n} over {b} was {g0} in {y0} and {g1} in {y1}: it {move} ({band}).",
        n=title_of(study, name),
        b=title_of(study, base),
        y0=years[0],
        g0=num(found[years[0]]),
        y1=years[-1],
        g1=num(last),
        move=direction(num_f(found[years[0]]), num_f(last)),
        band=equality_band(last),
    )


def num_f(value: float) -> float:
    """As precise as it is shown, so that 0.186 to 0.186 is no fall."""
    return round(value, 3)
