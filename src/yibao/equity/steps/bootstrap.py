"""The step on uncertainty: the whole chain from indicators to coordination and its Gini, over regions drawn anew."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from pydantic import Field

from yibao.equity.arrays import Floats
from yibao.equity.context import StepParams, Study
from yibao.equity.coupling import coupling_coordination
from yibao.equity.decomposition import dagum
from yibao.equity.results import Column, ResultTable, StepResult
from yibao.equity.steps.common import YEAR, both, num
from yibao.equity.steps.composites import Panelled
from yibao.equity.steps.figures import line_figure
from yibao.measures import entropy_of


class BootstrapParams(StepParams):
    """`composite` an earlier step of at least two systems weighed by entropy; `replicates`; groups of the Gini."""

    composite: str
    form: Literal["classical", "revised"] = "classical"
    groups: str = "zone4"
    replicates: int = Field(1000, ge=100, le=100_000)
    level: float = 0.95


def bootstrap(study: Study, params: BootstrapParams) -> StepResult:
    """Percentile intervals of mean coordination and of Dagum's Gini by year.

    Regions are drawn with replacement, all years of a region together, within their groups so that every group stays;
    weights are computed anew in each draw, the scale of indicators is kept.
    """
    panel, held = study.the_panel(), study.earlier(params.composite, Panelled)
    n, t = held.shape
    z = held.index.standard.reshape(n, t, -1)
    members = [np.array(held.systems) == system for system in dict.fromkeys(held.systems)]
    groups = np.array(panel.groups(params.groups))
    random = np.random.default_rng(study.seed)
    mean, gini, share = (np.empty((params.replicates, t)) for _ in range(3))
    for b in range(params.replicates):
        rows = _drawn(groups, random)
        d = _coordination(z[rows], members, held.index.shift, params.form)
        mean[b] = d.mean(axis=0)
        parts = [dagum(d[:, k], groups[rows]) for k in range(t)]
        gini[b], share[b] = [p.total for p in parts], [p.rates[1] for p in parts]
    whole = _coordination(z, members, held.index.shift, params.form)
    own = [dagum(whole[:, k], groups) for k in range(t)]
    tail = (1 - params.level) / 2
    rows_: list[dict[str, Any]] = []
    for k, year in enumerate(panel.years):
        row: dict[str, Any] = {"year": year}
        for key, value, draws in (
            ("mean", float(whole[:, k].mean()), mean),
            ("gini", own[k].total, gini),
            ("share", own[k].rates[1], share),
        ):
            low, high = np.nanquantile(draws[:, k], [tail, 1 - tail])
            row |= {key: value, f"{key}_low": float(low), f"{key}_high": float(high)}
        rows_.append(row)
    change = np.quantile(gini[:, -1] - gini[:, 0], [tail, 1 - tail])
    finding = both(
        "{y0} 至 {y1} 年总体基尼系数变化 {d}，{l} 区间 {a} 至 {b}：{reading}。",
        "From {y0} to {y1} the overall Gini changed by {d}, {l} interval {a} to {b}: {reading}.",
        y0=panel.years[0],
        y1=panel.years[-1],
        d=num(own[-1].total - own[0].total, 4),
        l=f"{100 * params.level:.0f}%",
        a=num(float(change[0]), 4),
        b=num(float(change[1]), 4),
        reading=("区间不含零", "the interval leaves out zero")
        if change[0] * change[1] > 0
        else ("区间含零，不足以说变化", "it holds zero, so no change can be claimed"),
    )
    columns = [YEAR]
    for key, zh, en in (
        ("mean", "协调度均值", "mean coordination"),
        ("gini", "总体基尼", "overall Gini"),
        ("share", "区域间贡献率", "share of between"),
    ):
        columns += [
            Column(key, zh, en, 4),
            Column(f"{key}_low", "下限", "lower", 4),
            Column(f"{key}_high", "上限", "upper", 4),
        ]
    note = both(
        "{r} 次自助抽样，按 {g} 分层抽取地区（整段年份一起），权重每次重算，标准化极值不变",
        "{r} bootstrap draws of regions with all their years, within {g}; weights anew in each draw, extremes of the scale kept",
        r=params.replicates,
        g=params.groups,
    )
    figure = line_figure(
        "gini",
        ("总体基尼系数及其区间", "Overall Gini coefficient with its interval"),
        [(("总体基尼", "overall Gini"), float(r["year"]), r["gini"]) for r in rows_],
        ("年份", "year"),
        ("基尼系数", "Gini coefficient"),
        zero=True,
        bands=[(r["gini_low"], r["gini_high"]) for r in rows_],
        note=note,
    )
    return StepResult(
        [ResultTable("intervals", ("自助法区间", "Bootstrap intervals"), columns, rows_)], [figure], [finding], [note]
    )


def _drawn(groups: np.ndarray, random: np.random.Generator) -> np.ndarray:
    return np.concatenate(
        [random.choice(np.flatnonzero(groups == g), int((groups == g).sum())) for g in np.unique(groups)]
    )


def _coordination(z: Floats, members: list[np.ndarray], shift: float, form: Literal["classical", "revised"]) -> Floats:
    n, t, _ = z.shape
    scores = []
    for mine in members:
        flat = z[:, :, mine].reshape(n * t, -1)
        scores.append(np.clip(flat @ entropy_of(flat, shift).weights, 0, 1))
    return coupling_coordination(np.column_stack(scores), form=form).coordination.reshape(n, t)
