"""Steps on efficiency: envelopment scores of regions, year by year, and the Malmquist index between years."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from pydantic import Field

from yibao.equity.context import StepParams, Study
from yibao.equity.efficiency import dea, scale_efficiency, super_efficiency
from yibao.equity.panel import Variable
from yibao.equity.productivity import malmquist
from yibao.equity.results import Column, ResultTable, StepResult, Words, defined
from yibao.equity.slacks_based import sbm, super_sbm
from yibao.equity.steps.common import CODE, REGION, both, named, num, tile_figure
from yibao.equity.steps.rows import words

RETURNS: dict[str, Words] = {
    "constant": ("不变", "constant"),
    "increasing": ("递增", "increasing"),
    "decreasing": ("递减", "decreasing"),
}


class EfficiencyParams(StepParams):
    """Variables `inputs`, `outputs` and `bad_outputs`; the `model`; `years` each with its own frontier."""

    inputs: list[str]
    outputs: list[str]
    bad_outputs: list[str] = Field(default_factory=list)
    model: Literal["radial", "super", "sbm", "super_sbm"] = "radial"
    returns: Literal["ccr", "bcc"] = "ccr"
    orientation: Literal["input", "output"] = "input"
    years: list[int] | None = None
    epsilon: float | None = None


class MalmquistParams(StepParams):
    """Variables, orientation, and whose frontier years are measured against."""

    inputs: list[str]
    outputs: list[str]
    orientation: Literal["input", "output"] = "output"
    reference: Literal["adjacent", "global", "fixed"] = "adjacent"


def efficiency(study: Study, params: EfficiencyParams) -> StepResult:
    """Scores of every region and year; overall, pure and scale efficiency with the radial model."""
    panel, years = study.the_panel(), study.years(params.years)
    rows: list[dict[str, Any]] = []
    notes: list[Words] = []
    scores = np.full((len(panel.regions), len(panel.years)), np.nan)
    for year in years:
        t = study.column(year)
        x, y, b = (_columns(study, names, t) for names in (params.inputs, params.outputs, params.bad_outputs))
        score, more, said = _scores(x, y, b, params)
        scores[:, t] = score
        notes += [(f"{year} 年：{zh}", f"{year}: {en}") for zh, en in said]
        rows += [
            {
                "code": r.code,
                "region": (r.zh, r.en),
                "year": year,
                "score": defined(score[i]),
                **{k: v[i] for k, v in more.items()},
            }
            for i, r in enumerate(panel.regions)
        ]
    last = scores[:, study.column(years[-1])]
    shown = np.where(np.isnan(last), -np.inf, last)
    finding = both(
        "{y} 年效率均值 {m}；{k} 个地区有效；最低的是{low}。",
        "In {y} the mean score was {m}; {k} regions were efficient; lowest: {low}.",
        y=years[-1],
        m=num(float(np.nanmean(last))),
        k=int((shown >= 1 - 1e-7).sum()),
        low=named(panel, np.argsort(np.where(np.isnan(last), np.inf, last))[:3], 3),
    )
    table = ResultTable(
        "scores",
        ("效率值", "Efficiency scores"),
        [CODE, REGION, Column("year", "年份", "year", 0, 8), *_headings(params)],
        rows,
    )
    title = both("{y} 年效率值", "Efficiency, {y}", y=years[-1])
    figures = tile_figure(panel, "tiles", last, title)
    variables = [] if np.isnan(scores).any() else [(Variable("", "效率值", "efficiency"), scores)]
    return StepResult([table], figures, [finding], notes, variables)


def productivity(study: Study, params: MalmquistParams) -> StepResult:
    """The Malmquist index and its parts, region by region, and their geometric means by period."""
    panel = study.the_panel()
    years = np.tile(np.array(panel.years), len(panel.regions))
    codes = np.repeat(np.array(panel.codes, dtype=object), len(panel.years))
    x, y = (np.column_stack([study.matrix(n).ravel() for n in names]) for names in (params.inputs, params.outputs))
    found = malmquist(codes, years, x, y, orientation=params.orientation, reference=params.reference)
    parts = {
        "index": found.productivity,
        "efficiency": found.efficiency_change,
        "technical": found.technical_change,
        "pure": found.pure_change,
        "scale": found.scale_change,
    }
    place = {code: panel.regions[panel.codes.index(code)] for code in found.units}
    rows = [
        {
            "code": code,
            "region": (place[code].zh, place[code].en),
            "period": "–".join(period),
            **{k: v[t, i] for k, v in parts.items()},
        }
        for t, period in enumerate(found.periods)
        for i, code in enumerate(found.units)
    ]
    means = [
        {"period": "–".join(period), **{k: float(np.exp(np.log(v[t]).mean())) for k, v in parts.items()}}
        for t, period in enumerate(found.periods)
    ]
    heads = [
        Column("index", "全要素生产率", "Malmquist", 4),
        Column("efficiency", "技术效率变化", "efficiency change", 4),
        Column("technical", "技术进步", "technical change", 4),
        Column("pure", "纯技术效率变化", "pure change", 4),
        Column("scale", "规模效率变化", "scale change", 4),
    ]
    period = Column("period", "时段", "period", width=12)
    whole = float(np.exp(np.log(found.productivity).mean()))
    moved = float(np.exp(np.log(found.technical_change).mean()))
    finding = both(
        "各期几何平均的生产率指数为 {m}，其中技术进步 {t}，效率变化 {e}。",
        "The index averaged {m} a period: technical change {t}, efficiency change {e}.",
        m=num(whole),
        t=num(moved),
        e=num(whole / moved),
    )
    tables = [
        ResultTable("means", ("各期几何平均", "Geometric means by period"), [period, *heads], means),
        ResultTable("regions", ("各地区指数", "Indices by region"), [CODE, REGION, period, *heads], rows),
    ]
    note = (
        f"参照：{params.reference}；{params.orientation} 导向",
        f"reference: {params.reference}; {params.orientation} orientation",
    )
    return StepResult(tables, (), [finding], [note])


def _columns(study: Study, names: list[str], t: int) -> np.ndarray:
    return np.column_stack([study.matrix(name)[:, t] for name in names]) if names else np.empty((0, 0))


def _scores(
    x: np.ndarray, y: np.ndarray, b: np.ndarray, params: EfficiencyParams
) -> tuple[np.ndarray, dict[str, Any], list[Words]]:
    if params.model == "radial":
        found = dea(x, y, params.returns, params.orientation, epsilon=params.epsilon)
        scale = scale_efficiency(x, y, params.orientation, epsilon=params.epsilon)
        more = {
            "pure": scale.pure.tolist(),
            "scale": scale.scale.tolist(),
            "returns": [RETURNS[word] for word in scale.returns],
            "weak": [("是", "yes") if weak else ("", "") for weak in found.weakly_efficient],
        }
        return found.efficiency, more, words(found.notes)
    if params.model == "super":
        best = super_efficiency(x, y, params.returns, params.orientation, epsilon=params.epsilon)
        return best.score, {}, words(best.notes)
    slack = sbm(x, y, params.returns, bad_outputs=b if b.size else None, epsilon=params.epsilon)
    if params.model == "sbm":
        return slack.score, {}, words(slack.notes)
    above = super_sbm(x, y, params.returns, epsilon=params.epsilon)
    return np.where(slack.efficient, above.score, slack.score), {}, []


def _headings(params: EfficiencyParams) -> list[Column]:
    score = Column("score", "效率值", "score", 4)
    if params.model != "radial":
        return [score]
    return [
        score,
        Column("pure", "纯技术效率", "pure efficiency", 4),
        Column("scale", "规模效率", "scale efficiency", 4),
        Column("returns", "规模报酬", "returns to scale", width=12),
        Column("weak", "弱有效", "weakly efficient", width=10),
    ]
