"""The step on spatial autocorrelation: Moran's I over years, clusters in one year."""

from __future__ import annotations

from typing import Literal

import numpy as np

from yibao.equity.autocorrelation import QUADRANTS, LocalMoran, local_moran, moran
from yibao.equity.context import StepParams, Study
from yibao.equity.neighbours import SpatialWeights, lag
from yibao.equity.panel import Panel
from yibao.equity.results import Column, Figure, ResultTable, StepResult, Words, defined
from yibao.equity.steps.common import CODE, REGION, YEAR, both, is_provinces, named, num, p_text
from yibao.equity.steps.figures import scatter_figure, tile_grid

_KINDS = {
    0: ("不显著", "not significant"),
    1: ("高–高 HH", "high–high HH"),
    2: ("低–高 LH", "low–high LH"),
    3: ("低–低 LL", "low–low LL"),
    4: ("高–低 HL", "high–low HL"),
}


class MoranParams(StepParams):
    """Variables `of`; clusters in `local_year` (the last by default); `level` of local p."""

    of: list[str]
    years: list[int] | None = None
    local_year: int | None = None
    permutations: int = 999
    level: float = 0.05
    scale: Literal["row", "none"] = "row"


def moran_by_year(study: Study, params: MoranParams) -> StepResult:
    """Global Moran's I of each variable and year; local clusters in one year, as table, plot and tiles."""
    panel, years, weights = study.the_panel(), study.years(params.years), study.neighbours()
    late = params.local_year or years[-1]
    globals_, locals_ = [], []
    figures: list[Figure] = []
    findings: list[Words] = []
    for name in params.of:
        title = study.variable(name)
        words = (title.title("zh"), title.title("en"))
        values = study.matrix(name)
        found = {}
        for year in years:
            one = found[year] = moran(
                values[:, study.column(year)],
                weights,
                permutations=params.permutations,
                seed=study.seed,
                scale=params.scale,
            )
            globals_.append(
                {
                    "variable": words,
                    "year": year,
                    "i": one.i,
                    "expected": one.expected,
                    "z": one.z_randomised,
                    "p": one.p_randomised,
                    "p_permuted": defined(one.p_permuted),
                }
            )
        here = values[:, study.column(late)]
        local = local_moran(here, weights, permutations=params.permutations, seed=study.seed, level=params.level)
        locals_ += [
            {
                "variable": words,
                "code": r.code,
                "region": (r.zh, r.en),
                "i": float(local.i[k]),
                "p": defined(local.p[k]),
                "quadrant": QUADRANTS[int(local.quadrant[k])],
                "cluster": _KINDS[int(local.cluster[k])],
            }
            for k, r in enumerate(panel.regions)
        ]
        figures += _figures(panel, name, words, here, weights, local, late, found[late].i if late in found else None)
        findings.append(_said(panel, words, years, found, local, late))
    tables = [
        ResultTable(
            "global",
            ("全局莫兰指数", "Global Moran's I"),
            [
                Column("variable", "变量", "variable", width=30),
                YEAR,
                Column("i", "I", "I", 4),
                Column("expected", "E(I)", "E(I)", 4),
                Column("z", "z（随机化）", "z (randomisation)", 3),
                Column("p", "p", "p", 4),
                Column("p_permuted", "p（置换，单侧）", "p (permutation, one-sided)", 4),
            ],
            globals_,
        ),
        ResultTable(
            "local",
            both("{y} 年局部莫兰指数（LISA）", "Local Moran's I (LISA), {y}", y=late),
            [
                Column("variable", "变量", "variable", width=30),
                CODE,
                REGION,
                Column("i", "局部 I", "local I", 4),
                Column("p", "p（置换）", "p (permutation)", 4),
                Column("quadrant", "象限", "quadrant"),
                Column("cluster", "类型", "cluster", width=18),
            ],
            locals_,
        ),
    ]
    return StepResult(tables, figures, findings, _notes(weights, params))


def _notes(weights: SpatialWeights, params: MoranParams) -> list[Words]:
    notes = [
        both(
            "空间权重：{k}，{s}",
            "weights: {k}, {s}",
            k=weights.kind,
            s=("行标准化", "row-standardised")
            if params.scale == "row"
            else ("未标准化，|I| 可大于 1", "not standardised: |I| may exceed 1"),
        ),
        both(
            "置换 {m} 次；局部检验未作多重比较校正，{l} 水平下约有 {share} 的地区纯属偶然",
            "{m} permutations; local tests are not corrected for many comparisons: about {share} of regions fall "
            "below {l} by chance",
            m=params.permutations,
            l=params.level,
            share=f"{100 * params.level:.0f}%",
        ),
    ]
    if weights.linked:
        pairs = "、".join(f"{a}–{b}" for a, b in weights.linked)
        notes.append((f"手工指定的邻接：{pairs}", f"links set by hand: {pairs}"))
    if weights.islands:
        notes.append(
            (
                f"没有邻居的地区：{'、'.join(weights.islands)}",
                f"regions without neighbours: {', '.join(weights.islands)}",
            )
        )
    return notes


def _figures(
    panel: Panel,
    name: str,
    words: Words,
    here: np.ndarray,
    weights: SpatialWeights,
    local: LocalMoran,
    year: int,
    slope: float | None,
) -> list[Figure]:
    z = (here - here.mean()) / here.std()
    near = lag(weights.standardised(), z)
    few = len(panel.regions) <= 40
    points = [
        (
            (r.zh, r.en) if few or local.cluster[k] in (2, 4) or abs(z[k]) + abs(near[k]) > 3.5 else ("", ""),
            float(z[k]),
            float(near[k]),
        )
        for k, r in enumerate(panel.regions)
    ]
    found = [
        scatter_figure(
            f"plot_{name}",
            both("{y} 年{n}的莫兰散点图", "Moran plot of {n}, {y}", y=year, n=words),
            points,
            ("标准化值", "standardised value"),
            ("邻域均值", "mean of neighbours"),
            centre=(0.0, 0.0),
            slope=slope,
        )
    ]
    if is_provinces(panel):
        shown = {r.code: (QUADRANTS[int(local.cluster[k])], int(local.cluster[k])) for k, r in enumerate(panel.regions)}
        kinds = [_KINDS[k] for k in range(5)]
        found.append(
            tile_grid(
                f"clusters_{name}",
                both("{y} 年{n}的局部集聚", "Local clusters of {n}, {y}", y=year, n=words),
                shown,
                kinds,
                ordered=False,
            )
        )
    return found


def _said(panel: Panel, words: Words, years: list[int], found: dict, local: LocalMoran, late: int) -> Words:
    last = found[years[-1]]
    reading = (
        ("正的空间自相关", "like lies beside like") if last.i > 0 else ("负的空间自相关", "unlike lies beside unlike")
    )
    if last.p_randomised >= 0.05:
        reading = ("没有空间自相关的证据", "no evidence of autocorrelation")
    clusters = []
    for kind in (1, 3, 4, 2):
        inside = np.flatnonzero(local.cluster == kind)
        if len(inside):
            clusters.append(both("{k}：{n}", "{k}: {n}", k=_KINDS[kind], n=named(panel, inside, 8)))
    listed = ("；".join(c[0] for c in clusters) or "无", "; ".join(c[1] for c in clusters) or "none")
    return both(
        "{y} 年{n}的莫兰指数为 {i}（z = {z}，{p}），{reading}。{late} 年显著的局部集聚——{c}。",
        "In {y} Moran's I of {n} was {i} (z = {z}, {p}): {reading}. Local clusters in {late}: {c}.",
        y=years[-1],
        n=words,
        i=num(last.i),
        z=num(last.z_randomised, 2),
        p=p_text(last.p_randomised),
        reading=reading,
        late=late,
        c=listed,
    )
