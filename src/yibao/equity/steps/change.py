"""Steps on change over years: convergence and the shape of the distribution."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from pydantic import Field

from yibao.equity.checks import Floats
from yibao.equity.context import StepParams, Study
from yibao.equity.convergence import BetaConvergence, beta_convergence, panel_convergence, sigma_convergence
from yibao.equity.density import kernel_density
from yibao.equity.regions import zone_names
from yibao.equity.results import Column, ResultTable, StepResult, Words, defined
from yibao.equity.spatial_panels import spatial_panel
from yibao.equity.steps.common import YEAR, both, num, p_text
from yibao.equity.steps.figures import line_figure


class ConvergenceParams(StepParams):
    """Variable `of`, above 0; `groups` beside all regions; `controls` of conditional β; `spatial` adds spatial β."""

    of: str
    groups: str | None = "zone4"
    controls: list[str] = Field(default_factory=list)
    spatial: bool = False
    dispersion: Literal["cv", "cv_sample", "sd_log"] = "cv"


class DensityParams(StepParams):
    """Variable `of` in some `years`; the rule of the bandwidth; `reflect_at` a natural lower bound."""

    of: str
    years: list[int] | None = None
    bandwidth: Literal["silverman", "normal_reference"] | float = "silverman"
    kernel: Literal["gaussian", "epanechnikov"] = "gaussian"
    reflect_at: float | None = None


def convergence(study: Study, params: ConvergenceParams) -> StepResult:
    """σ and β convergence, absolute and conditional, of all regions and of each group."""
    panel, y = study.the_panel(), study.matrix(params.of)
    sets: list[tuple[Words, np.ndarray]] = [(("全国", "all regions"), np.ones(len(y), dtype=bool))]
    if params.groups is not None:
        labels = np.array(panel.groups(params.groups))
        sets += [(zone_names(str(g)), labels == g) for g in dict.fromkeys(labels) if (labels == g).sum() >= 3]
    sigma, beta = [], []
    curves: list[tuple[Words, float, float]] = []
    for name, mine in sets:
        found = sigma_convergence(y[mine], params.dispersion)
        for t, year in enumerate(panel.years):
            sigma.append({"group": name, "year": year, "value": float(found.dispersion[t])})
            curves.append((name, float(year), float(found.dispersion[t])))
        beta.append(
            {
                "group": name,
                "slope": defined(found.slope),
                "slope_p": defined(found.p),
                **_beta(beta_convergence(y[mine], panel.years[-1] - panel.years[0])),
            }
        )
    conditional = _conditional(study, params, y)
    tables = [
        ResultTable(
            "sigma",
            ("σ 收敛：各年离散程度", "σ convergence: dispersion by year"),
            [Column("group", "范围", "of", width=16), YEAR, Column("value", "离散程度", "dispersion", 4)],
            sigma,
        ),
        ResultTable(
            "beta",
            ("σ 趋势与绝对 β 收敛", "σ trend and absolute β convergence"),
            [
                Column("group", "范围", "of", width=16),
                Column("slope", "σ 斜率", "σ slope", 5),
                Column("slope_p", "p", "p", 4),
                *_BETA,
            ],
            beta,
        ),
        *conditional[0],
    ]
    figures = []
    if len(panel.years) > 2:
        figures.append(
            line_figure(
                "sigma",
                ("离散程度的变化", "Dispersion over years"),
                curves,
                ("年份", "year"),
                ("离散程度", "dispersion"),
                zero=True,
            )
        )
    kinds = {
        "cv": ("变异系数（总体）", "coefficient of variation (population)"),
        "cv_sample": ("变异系数（样本）", "coefficient of variation (sample)"),
        "sd_log": ("对数标准差", "standard deviation of logarithms"),
    }
    notes = [
        both("离散程度：{k}", "dispersion: {k}", k=kinds[params.dispersion]),
        (
            "多数中文文献报告的“β”是回归系数 b；这里同时给出 b 与收敛速度 λ",
            "many papers print the coefficient b as β; both b and the speed λ are given",
        ),
    ]
    return StepResult(tables, figures, [_said(beta[0], len(panel.years)), *conditional[1]], notes)


_BETA = [
    Column("b", "系数 b", "coefficient b", 5),
    Column("error", "标准误", "standard error", 5),
    Column("p", "p", "p", 4),
    Column("speed", "收敛速度 λ", "speed λ", 5),
    Column("half_life", "半生命周期（年）", "half-life (years)", 1),
    Column("r2", "R²", "R²", 3),
    Column("rows", "观测数", "rows", 0),
    Column("errors_kind", "标准误类型", "kind of errors", width=26),
]


def _beta(found: BetaConvergence) -> dict[str, Any]:
    return {
        "b": found.coefficient,
        "error": found.error,
        "p": found.p,
        "speed": defined(found.speed),
        "half_life": defined(found.half_life),
        "r2": found.r_squared,
        "rows": found.rows,
        "errors_kind": found.errors_kind,
    }


def _conditional(study: Study, params: ConvergenceParams, y: Floats) -> tuple[list[ResultTable], list[Words]]:
    """Conditional and spatial β: tables and sentences; nothing for panels of two years."""
    if y.shape[1] < 3:
        return [], []
    controls = np.stack([study.matrix(name) for name in params.controls], axis=2) if params.controls else None
    found = panel_convergence(y, controls)
    rows = [{"model": ("面板双向固定效应", "panel, two-way fixed effects"), **_beta(found)}]
    said = [
        both(
            "控制地区和年份效应后，b = {b}（{p}），{reading}。",
            "With region and year effects held, b = {b} ({p}): {reading}.",
            b=num(found.coefficient),
            p=p_text(found.p),
            reading=_reading(found.coefficient, found.p),
        )
    ]
    if params.spatial:
        logs = np.log(y)
        regressors = np.stack([logs[:, :-1], *(study.matrix(n)[:, :-1] for n in params.controls)], axis=2)
        model = spatial_panel(
            np.diff(logs, axis=1),
            regressors,
            study.neighbours(),
            "sdm",
            names=["ln y", *params.controls],
            seed=study.seed,
        )
        b, error, p = (float(x[0]) for x in (model.coefficients, model.errors, model.p))
        speed = -np.log(1 + b) if 1 + b > 0 else float("nan")
        rows.append(
            {
                "model": ("空间杜宾（双向固定效应）", "spatial Durbin, two-way fixed effects"),
                "b": b,
                "error": error,
                "p": p,
                "speed": defined(speed),
                "half_life": defined(np.log(2) / speed if speed > 0 else float("nan")),
                "r2": None,
                "rows": model.n * (model.periods),
                "errors_kind": "asymptotic",
            }
        )
        rows[-1]["rho"] = model.parameter
        said.append(
            both(
                "空间 β：b = {b}（{p}），空间滞后系数 ρ = {r}。",
                "Spatial β: b = {b} ({p}), spatial lag ρ = {r}.",
                b=num(b),
                p=p_text(p),
                r=num(model.parameter),
            )
        )
    columns = [Column("model", "模型", "model", width=28), *_BETA, Column("rho", "ρ", "ρ", 4)]
    return [ResultTable("conditional", ("条件 β 收敛", "Conditional β convergence"), columns, rows)], said


def _reading(b: float, p: float) -> Words:
    if p >= 0.05:
        return "没有收敛或发散的证据", "no evidence of convergence or divergence"
    return ("存在收敛", "convergence") if b < 0 else ("存在发散", "divergence")


def _said(row: dict[str, Any], years: int) -> Words:
    reading = _reading(row["b"], row["p"])
    half = row["half_life"]
    # What drifts apart has no half-life.
    h = ("", "") if half is None else both("，半生命周期 {n} 年", "; half-life {n} years", n=num(half, 1))
    if years < 3:
        return both(
            "绝对 β：b = {b}（{p}），{r}{h}。",
            "Absolute β: b = {b} ({p}), {r}{h}.",
            b=num(row["b"], 4),
            p=p_text(row["p"]),
            r=reading,
            h=h,
        )
    return both(
        "离散程度每年变化 {s}（{sp}）；绝对 β：b = {b}（{p}），{r}{h}。",
        "Dispersion changed by {s} a year ({sp}); absolute β: b = {b} ({p}), {r}{h}.",
        s=num(row["slope"], 4),
        sp=p_text(row["slope_p"]),
        b=num(row["b"], 4),
        p=p_text(row["p"]),
        r=reading,
        h=h,
    )


def density(study: Study, params: DensityParams) -> StepResult:
    """Kernel density of a variable in some years, on one grid; peaks with place, height and width."""
    panel = study.the_panel()
    years = study.years(params.years) if params.years else [panel.years[i] for i in _spread(len(panel.years), 4)]
    values, name = study.matrix(params.of), study.variable(params.of)
    columns = [values[:, study.column(y)] for y in years]
    own = [
        kernel_density(x, bandwidth=params.bandwidth, kernel=params.kernel, reflect_at=params.reflect_at)
        for x in columns
    ]
    grid = np.linspace(min(k.grid[0] for k in own), max(k.grid[-1] for k in own), 200)
    curves: list[tuple[Words, float, float]] = []
    rows = []
    for year, x in zip(years, columns, strict=True):
        found = kernel_density(x, grid, bandwidth=params.bandwidth, kernel=params.kernel, reflect_at=params.reflect_at)
        curves += [((str(year), str(year)), float(a), float(b)) for a, b in zip(grid, found.density, strict=True)]
        rows += [
            {"year": year, "peak": k + 1, "at": p[0], "height": p[1], "width": p[2], "h": found.bandwidth}
            for k, p in enumerate(found.peaks)
        ]
    first, last = ([r for r in rows if r["year"] == y] for y in (years[0], years[-1]))
    finding = both(
        "{y0} 至 {y1} 年主峰由 {a} 移到 {b}，峰高由 {h0} 变为 {h1}，{y1} 年有 {k} 个峰。",
        "From {y0} to {y1} the main peak moved from {a} to {b} and its height from {h0} to {h1}; peaks in {y1}: {k}.",
        y0=years[0],
        y1=years[-1],
        a=num(first[0]["at"], 2),
        b=num(last[0]["at"], 2),
        h0=num(first[0]["height"], 2),
        h1=num(last[0]["height"], 2),
        k=len(last),
    )
    table = ResultTable(
        "peaks",
        ("核密度曲线的峰", "Peaks of the density"),
        [
            YEAR,
            Column("peak", "峰", "peak", 0),
            Column("at", "位置", "at", 4),
            Column("height", "高度", "height", 4),
            Column("width", "半高宽", "width at half height", 4),
            Column("h", "带宽 h", "bandwidth h", 5),
        ],
        rows,
    )
    rule = both("带宽：{r}；核：{k}", "bandwidth: {r}; kernel: {k}", r=own[0].rule, k=params.kernel)
    figure = line_figure(
        "density",
        both("{n}的核密度", "Kernel density of {n}", n=(name.zh, name.en)),
        curves,
        (name.zh, name.en),
        ("密度", "density"),
        zero=True,
        whole_x=False,
        points=False,
        note=rule,
    )
    return StepResult([table], [figure], [finding], [rule])


def _spread(length: int, count: int) -> list[int]:
    return sorted({round(i * (length - 1) / (count - 1)) for i in range(count)})
