"""Steps that rank regions over several indicators: TOPSIS and rank-sum ratios."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field

from yibao.equity.checks import Floats
from yibao.equity.context import StepParams, Study
from yibao.equity.panel import Variable
from yibao.equity.ranking import PROBIT_CUTS, rank_sum_ratio, topsis
from yibao.equity.results import Column, ResultTable, StepResult, defined
from yibao.equity.steps.common import CODE, REGION, both, named, num, p_text, tile_figure
from yibao.measures import critic_weights, entropy_weights


class IdealParams(StepParams):
    """Indicators `of` (less is better for those in `negative`), weights, scaling; every year on its own."""

    of: list[str]
    negative: list[str] = Field(default_factory=list)
    weights: Literal["equal", "entropy", "critic"] = "entropy"
    scale: Literal["vector", "range"] = "vector"


class RankSumParams(StepParams):
    """Indicators `of` in one `year`, by whole ranks or not, in 3 to 5 grades."""

    of: list[str]
    negative: list[str] = Field(default_factory=list)
    year: int
    whole_ranks: bool = True
    grades: int = 3


def ideal(study: Study, params: IdealParams) -> StepResult:
    """Nearness to the ideal region, year by year."""
    panel = study.the_panel()
    less = [name in params.negative for name in params.of]
    nearness: Floats = np.empty((len(panel.regions), len(panel.years)))
    for t in range(len(panel.years)):
        x = np.column_stack([study.matrix(name)[:, t] for name in params.of])
        w = _weights(x, less, params.weights)
        nearness[:, t] = topsis(x, less, w, scale=params.scale)
    rows = [
        {"code": r.code, "region": (r.zh, r.en), **{str(y): defined(nearness[i, t]) for t, y in enumerate(panel.years)}}
        for i, r in enumerate(panel.regions)
    ]
    columns = [CODE, REGION, *(Column(str(y), str(y), str(y), 4) for y in panel.years)]
    last, order = nearness[:, -1], np.argsort(-nearness[:, -1])
    finding = both(
        "{y} 年贴近度最高的是{top}（{a}），最低的是{low}（{b}）。",
        "In {y} nearness to the ideal was highest in {top} ({a}), lowest in {low} ({b}).",
        y=panel.years[-1],
        top=named(panel, order[:3], 3),
        low=named(panel, order[-3:], 3),
        a=num(last[order[0]]),
        b=num(last[order[-1]]),
    )
    note = both(
        "权重：{w}；标准化：{s}；逐年计算",
        "weights: {w}; scaling: {s}; each year on its own",
        w=params.weights,
        s=params.scale,
    )
    figures = tile_figure(
        panel, "tiles", last, both("{y} 年 TOPSIS 贴近度", "Nearness to the ideal, {y}", y=panel.years[-1])
    )
    return StepResult(
        [ResultTable("topsis", ("TOPSIS 贴近度", "Nearness to the ideal (TOPSIS)"), columns, rows)],
        figures,
        [finding],
        [note],
        [(Variable("", "贴近度", "nearness to the ideal"), np.nan_to_num(nearness))],
    )


def _weights(x: Floats, less: list[bool], kind: str) -> Floats:
    if kind == "equal":
        return np.full(x.shape[1], 1 / x.shape[1])
    return entropy_weights(x, less) if kind == "entropy" else critic_weights(x, less)


def rank_sum(study: Study, params: RankSumParams) -> StepResult:
    """Rank-sum ratios with probits, the fitted line, and grades."""
    panel, t = study.the_panel(), study.column(params.year)
    x = np.column_stack([study.matrix(name)[:, t] for name in params.of])
    found = rank_sum_ratio(
        x, [n in params.negative for n in params.of], whole_ranks=params.whole_ranks, grades=params.grades
    )
    order = np.argsort(-found.ratio, kind="stable")
    rows = [
        {
            "code": panel.regions[i].code,
            "region": (panel.regions[i].zh, panel.regions[i].en),
            "ratio": float(found.ratio[i]),
            "fitted": defined(found.fitted[i]),
            "grade": int(found.grade[i]),
        }
        for i in order
    ]
    columns = [
        CODE,
        REGION,
        Column("ratio", "RSR", "RSR", 4),
        Column("fitted", "RSR 拟合值", "fitted RSR", 4),
        Column("grade", "档次（1 最低）", "grade (1 lowest)", 0),
    ]
    steps = [
        {"value": float(v), "count": int(n), "share": float(p), "probit": float(b)}
        for v, n, p, b in zip(found.values, found.counts, found.cumulative, found.probit, strict=True)
    ]
    distribution = ResultTable(
        "distribution",
        ("RSR 的分布", "Distribution of RSR"),
        [
            Column("value", "RSR", "RSR", 4),
            Column("count", "频数", "count", 0),
            Column("share", "累计频率", "cumulative share", 4),
            Column("probit", "概率单位", "probit", 4),
        ],
        steps,
    )
    top = [i for i in order if found.grade[i] == params.grades]
    finding = both(
        "回归方程 RSR = {a} + {b}·Probit，r² = {r}，F = {f}（{p}）；最高档 {k} 个：{top}。",
        "RSR = {a} + {b}·probit, r² = {r}, F = {f} ({p}); highest grade, {k}: {top}.",
        a=num(found.intercept, 4),
        b=num(found.slope, 4),
        r=num(found.r_squared, 4),
        f=num(found.f, 1),
        p=p_text(found.p),
        k=len(top),
        top=named(panel, top, 8) if top else ("无", "none"),
    )
    note = both(
        "分档界限（概率单位）：{c}", "cuts of grades (probits): {c}", c=" / ".join(map(str, PROBIT_CUTS[params.grades]))
    )
    title = both("{y} 年秩和比", "Rank-sum ratios, {y}", y=params.year)
    return StepResult([ResultTable("rsr", title, columns, rows), distribution], (), [finding], [note])
