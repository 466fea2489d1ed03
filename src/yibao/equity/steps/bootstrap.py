"""The step on uncertainty: the whole chain from indicators to coordination and its Gini, over regions drawn anew."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from pydantic import Field

from yibao.equity.checks import Floats, Ints
from yibao.equity.context import StepParams, Study
from yibao.equity.coupling import coupling_coordination
from yibao.equity.results import Column, ResultTable, StepResult
from yibao.equity.steps.common import YEAR, both, num
from yibao.equity.steps.composite_show import Panelled
from yibao.equity.steps.figures import line_figure


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
    rows = _drawn(groups, params.replicates, np.random.default_rng(study.seed))
    d = _coordination(z, members, held.index.shift, params.form, rows)
    mean = d.mean(axis=1)
    gini, share = _gini(d, groups[rows[0]])
    whole = _coordination(z, members, held.index.shift, params.form, np.arange(n)[None, :])
    own_gini, own_share = _gini(whole, groups)
    tail = (1 - params.level) / 2
    rows_: list[dict[str, Any]] = []
    for k, year in enumerate(panel.years):
        row: dict[str, Any] = {"year": year}
        for key, value, draws in (
            ("mean", float(whole[0, :, k].mean()), mean),
            ("gini", float(own_gini[0, k]), gini),
            ("share", float(own_share[0, k]), share),
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
        d=num(float(own_gini[0, -1] - own_gini[0, 0]), 4),
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
        "{r} bootstrap draws of regions with all their years, within {g}; weights anew each time, the scale kept",
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


def _drawn(groups: np.ndarray, replicates: int, random: np.random.Generator) -> Ints:
    """(replicates, regions) rows drawn within groups; the groups stand in the same places in every draw."""
    parts = [np.flatnonzero(groups == g) for g in np.unique(groups)]
    return np.concatenate([random.choice(own, (replicates, len(own))) for own in parts], axis=1)


def _coordination(
    z: Floats, members: list[np.ndarray], shift: float, form: Literal["classical", "revised"], rows: Ints
) -> Floats:
    """(replicates, regions, years) coordination of the rows drawn, with the entropy weights of each draw."""
    n, years, _ = z.shape
    counts = np.zeros((len(rows), n))
    np.add.at(counts, (np.arange(len(rows))[:, None], rows), 1)
    scores = []
    for mine in members:
        weights = _entropy_weights(z[:, :, mine], counts, shift)
        every = np.clip(np.einsum("ntm,bm->bnt", z[:, :, mine], weights, optimize=True), 0, 1)
        scores.append(np.take_along_axis(every, rows[:, :, None], axis=1).ravel())
    return coupling_coordination(np.column_stack(scores), form=form).coordination.reshape(len(rows), -1, years)


def _entropy_weights(z: Floats, counts: Floats, shift: float) -> Floats:
    """Entropy weights of every draw at once: sums over a draw are counts of regions times their own sums.

    Σp·ln p = Σz·ln z/Σz − ln Σz, so that one product of matrices serves all draws; equal to `measures.entropy_of`.
    """
    x = z + shift
    logs = x * np.log(x, out=np.zeros_like(x), where=x > 0)
    total, weighed = counts @ x.sum(axis=1), counts @ logs.sum(axis=1)
    inner = np.divide(weighed, total, out=np.zeros_like(total), where=total > 0)
    size = counts.sum(axis=1, keepdims=True) * z.shape[1]
    entropy = np.where(total > 0, np.log(total, out=np.zeros_like(total), where=total > 0) - inner, np.log(size))
    spread = np.maximum(1 - entropy / np.log(size), 0.0)
    spread = np.where(spread > 1e-14, spread, 0.0)
    whole = spread.sum(axis=1, keepdims=True)
    return np.divide(spread, whole, out=np.full_like(spread, 1 / spread.shape[1]), where=whole > 0)


def _gini(d: Floats, groups: np.ndarray) -> tuple[Floats, Floats]:
    """(replicates, years) Gini and the share of Dagum's part between groups, which is the Gini of group means."""
    n = d.shape[1]
    order = np.sort(d, axis=1)
    ranks = 2 * np.arange(1, n + 1)[None, :, None] - n - 1
    mean = d.mean(axis=1)
    total = (ranks * order).sum(axis=1) / (n * n * mean)
    means = np.stack([d[:, groups == g].mean(axis=1) for g in np.unique(groups)], axis=1)
    people = np.array([(groups == g).mean() for g in np.unique(groups)])
    apart = np.abs(means[:, :, None] - means[:, None, :])
    between = np.einsum("bjht,j,h->bt", apart, people, people) / (2 * mean)
    return total, np.divide(between, total, out=np.full_like(total, np.nan), where=total > 0)
