"""Steps on what spreads and turns: thresholds, spatial spillovers, health shocks, poverty traps."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from pydantic import Field

from yibao.equity.context import StepParams, Study
from yibao.equity.evaluation.spillover import spatial_two_stage
from yibao.equity.evaluation.threshold import panel_threshold
from yibao.equity.protection.dynamics import (
    constant_relative_risk_aversion,
    household_resources,
    simulate_vulnerability,
    steady_states,
    value_iteration,
)
from yibao.equity.protection.shocks import health_shock_shares
from yibao.equity.results import Column, ResultTable, StepResult, Words, defined
from yibao.equity.steps.common import both, logged, num, p_text, percent
from yibao.equity.steps.figures import line_figure
from yibao.equity.steps.policies import PolicyParams
from yibao.equity.steps.rows import RowParams, columns_of, estimates, rule, said, with_logarithms, words


class ThresholdParams(PolicyParams):
    """The regressor whose effect changes where `threshold` passes a value."""

    regressor: str
    threshold: str
    thresholds: int = 1
    draws: int = 300


class SpilloverParams(PolicyParams):
    """Regressors of the spatial lag model, and `logs` of which variables; neighbours are those of the study."""

    regressors: list[str]
    logs: list[str] = Field(default_factory=list)
    effects: Literal["two-way", "unit", "none"] = "two-way"
    lags: int = 2


class BudgetParams(RowParams):
    """Parts of the budget, the medical one among them, by household and year."""

    spending: list[str]
    medical: str
    unit: str
    year: str
    characteristics: list[str] = Field(default_factory=list)
    controls: list[str] = Field(default_factory=list)
    income_group: str | None = None
    insurance: str | None = None
    quadratic: bool = True


class TrapParams(StepParams):
    """Costs of illness by health state, how states follow each other, and the rates of insurance to compare."""

    shocks: list[float]
    transition: list[list[float]]
    reimbursed: list[float]
    discount: float = 0.9
    aversion: float = 1.5
    line: float
    lowest: float = 0.2
    highest: float = 14.0
    points: int = 150
    fixed_cost: float = 1.8
    floor: float = 0.25
    periods: int = 20


def threshold(study: Study, params: ThresholdParams) -> StepResult:
    """Thresholds, effects by regime, and the likelihood ratio over the grid."""
    found = panel_threshold(
        columns_of(study, params),
        params.outcome,
        params.regressor,
        params.threshold,
        params.unit,
        params.year,
        controls=params.controls,
        thresholds=params.thresholds,
        draws=params.draws,
        seed=study.seed,
        missing=params.missing,
    )
    rows = [{"value": t.value, "low": t.low, "high": t.high, "f": t.f, "p": t.p} for t in found.thresholds]
    columns = [
        Column("value", "门槛值", "threshold", 4),
        Column("low", "95% 下限", "95% low", 4),
        Column("high", "95% 上限", "95% high", 4),
        Column("f", "F", "F", 2),
        Column("p", "自助法 p", "bootstrap p", 4),
    ]
    regimes: list[tuple[Words, Any]] = [
        ((f"区制 {k + 1}", f"regime {k + 1}"), one) for k, one in enumerate(found.regimes)
    ]
    findings = [
        both(
            "门槛值 {v}（[{a}, {b}]），F = {f}，{p}。",
            "Threshold {v} ([{a}, {b}]), F = {f}, {p}.",
            v=num(t.value),
            a=num(t.low),
            b=num(t.high),
            f=num(t.f, 1),
            p=p_text(t.p),
        )
        for t in found.thresholds
    ]
    findings.append(
        both(
            "各区制效应依次为 {e}。",
            "Effects from the lowest regime up: {e}.",
            e="; ".join(num(one.value) for one in found.regimes),
        )
    )
    first = found.thresholds[0]
    curve: list[tuple[Words, float, float]] = [
        (("LR", "LR"), float(g), float(v)) for g, v in zip(first.grid, first.likelihood_ratio, strict=True)
    ]
    figure = line_figure(
        "likelihood_ratio",
        ("门槛值的似然比", "Likelihood ratio of the threshold"),
        curve,
        (params.threshold, params.threshold),
        ("LR(γ)", "LR(γ)"),
        zero=True,
        whole_x=False,
        points=False,
    )
    tables = [
        ResultTable("thresholds", ("门槛", "Thresholds"), columns, rows),
        estimates("regimes", ("各区制效应", "Effects by regime"), regimes),
    ]
    clustered = rule("按单元聚类，视门槛为已知", "clustered by unit, the thresholds taken as known")
    return StepResult(tables, [figure], findings, [clustered, *words(found.notes)])


def spillover(study: Study, params: SpilloverParams) -> StepResult:
    """The spatial lag model by GS2SLS: ρ, coefficients, direct and indirect effects."""
    w = study.neighbours()
    found = spatial_two_stage(
        with_logarithms(columns_of(study, params), params.logs),
        params.outcome,
        params.regressors,
        params.unit,
        params.year,
        w.matrix,
        list(w.ids),
        effects=params.effects,
        lags=params.lags,
        seed=study.seed,
        missing=params.missing,
    )
    kinds = ((("直接", "direct"), found.direct), (("间接", "indirect"), found.indirect), (("总", "total"), found.total))
    effects = [((f"{n} {k[0]}", f"{n} {k[1]}"), one) for k, part in kinds for n, one in part.items()]
    findings = [
        both(
            "空间滞后系数 ρ = {r}（第一阶段 F = {f}）。",
            "The spatial lag is ρ = {r} (first-stage F = {f}).",
            r=said(found.rho),
            f=num(found.first_stage_f, 1),
        )
    ]
    findings += [
        both(
            "{n}：直接效应 {d}，间接（溢出）效应 {i}。",
            "{n}: direct effect {d}, indirect (spillover) {i}.",
            n=n,
            d=said(found.direct[n]),
            i=said(found.indirect[n]),
        )
        for n in params.regressors
    ]
    tables = [
        estimates("coefficients", ("GS2SLS 系数", "GS2SLS coefficients"), {**found.coefficients, "ρ": found.rho}),
        estimates("effects", ("直接与间接效应", "Direct and indirect effects"), effects),
    ]
    return StepResult(tables, (), findings, [*words([found.errors, *found.notes]), *logged(params.logs)])


def budget_shares(study: Study, params: BudgetParams) -> StepResult:
    """What a health shock does to budget shares, and for whom."""
    found = health_shock_shares(
        columns_of(study, params),
        params.spending,
        params.medical,
        params.unit,
        params.year,
        characteristics=params.characteristics,
        controls=params.controls,
        income_group=params.income_group,
        insurance=params.insurance,
        quadratic=params.quadratic,
    )
    up = [n for n, one in found.effects.items() if one.value > 0 and one.p < 0.05]
    down = [n for n, one in found.effects.items() if one.value < 0 and one.p < 0.05]
    finding = both(
        "冲击使占比上升的：{u}；下降的：{d}（5% 水平）。",
        "Shares that rise with a shock: {u}; that fall: {d} (at 5 %).",
        u=("、".join(up) or "—", ", ".join(up) or "—"),
        d=("、".join(down) or "—", ", ".join(down) or "—"),
    )
    cells = [
        ((f"{part} · {cell}", f"{part} · {cell}"), one)
        for part, by in found.by_cell.items()
        for cell, one in by.items()
    ]
    tables = [estimates("shares", ("冲击对预算份额的影响", "Effects of a shock on budget shares"), found.effects)]
    if cells:
        tables.append(estimates("cells", ("按收入与保险", "By income and insurance"), cells))
    notes = [
        *words([found.errors]),
        both(
            "可预期部分的 R² 为 {r}；各份额效应之和 {a}",
            "R² of the foreseeable part {r}; effects add up to {a}",
            r=num(found.expected_r_squared),
            a=f"{found.adding_up:.1e}",
        ),
    ]
    return StepResult(tables, (), [finding], [*notes, *words(found.notes)])


def trap(study: Study, params: TrapParams) -> StepResult:
    """Households under health shocks, at several rates of insurance: steady states and vulnerability by wealth."""
    capital = np.linspace(params.lowest, params.highest, params.points)
    utility = constant_relative_risk_aversion(params.aversion)
    rows, curves, findings = [], [], []
    for rate in params.reimbursed:
        has = household_resources(
            capital, params.shocks, reimbursed=rate, fixed_cost=params.fixed_cost, floor=params.floor
        )
        solved = value_iteration(capital, has, params.discount, params.transition, utility=utility, tolerance=1e-7)
        states = steady_states(solved)
        found = simulate_vulnerability(
            solved, has, params.line, params.transition, periods=params.periods, draws=400, seed=study.seed
        )
        stable = [at for at, keeps in states if keeps]
        rows.append(
            {
                "rate": rate,
                "states": " / ".join(num(at, 2) for at in stable) or "—",
                "trap": defined(found.trap),
                "ever": float(found.ever_below.mean()),
            }
        )
        label = (f"报销 {percent(rate, 0)}", f"{percent(rate, 0)} reimbursed")
        curves += [(label, float(k), float(v)) for k, v in zip(capital, found.ever_below, strict=True)]
        findings.append(
            both(
                "{l}：健康时的稳态资本 {s}；{t} 期内平均脆弱率 {v}。",
                "{l}: steady capital in health {s}; mean vulnerability within {t} periods {v}.",
                l=label,
                s=rows[-1]["states"],
                t=params.periods,
                v=percent(float(found.ever_below.mean())),
            )
        )
    columns = [
        Column("rate", "报销比例", "reimbursed", 2),
        Column("states", "稳态资本", "steady capital", width=20),
        Column("trap", "陷阱边界", "edge of the trap", 2),
        Column("ever", "平均脆弱率", "mean vulnerability", 3),
    ]
    figure = line_figure(
        "vulnerability",
        ("初始财富与脆弱性", "Vulnerability by starting wealth"),
        curves,
        ("初始资本", "starting capital"),
        ("曾低于贫困线的概率", "chance of ever being below the line"),
        zero=True,
        whole_x=False,
        points=False,
    )
    note = ("参数为示例，未按任何地区校准", "parameters are illustrations, calibrated to no place")
    return StepResult(
        [ResultTable("trap", ("贫困陷阱与医疗保险", "Poverty traps and health insurance"), columns, rows)],
        [figure],
        findings,
        [note],
    )
