"""Steps on policies: fixed effects, staggered adoption, event studies, groups."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from yibao.equity.context import Study
from yibao.equity.evaluation.event_studies import event_study, goodman_bacon, sun_abraham
from yibao.equity.evaluation.heterogeneity import group_difference
from yibao.equity.evaluation.panel import two_way_fixed_effects
from yibao.equity.evaluation.staggered import PreTrend, callaway_santanna
from yibao.equity.results import Column, ResultTable, StepResult, Words
from yibao.equity.steps.common import both, num, p_text, percent
from yibao.equity.steps.rows import RowParams, by_time, columns_of, estimates, figures_table, rule, said, words


class PolicyParams(RowParams):
    """Outcome, unit and year columns; `missing` rows are refused or dropped and counted."""

    outcome: str
    unit: str = "region"
    year: str = "year"
    controls: list[str] = Field(default_factory=list)
    missing: Literal["refuse", "drop"] = "refuse"


class FixedEffectsParams(PolicyParams):
    """Treatments, which fixed effects, clusters and weights."""

    treatment: list[str]
    effects: Literal["two-way", "unit", "none"] = "two-way"
    cluster: str | None = None
    weights: str | None = None


class StaggeredParams(PolicyParams):
    """`first_treated` is the first year of treatment, 0 for never."""

    first_treated: str
    comparison: Literal["never", "not_yet"] = "never"
    base: Literal["varying", "universal"] = "varying"
    method: Literal["dr", "ipw", "reg"] = "dr"


class EventParams(PolicyParams):
    """As for staggered adoption, with the method and the window."""

    first_treated: str
    method: Literal["sun_abraham", "two_way"] = "sun_abraham"
    window: tuple[int, int] = (-5, 5)


class GroupParams(PolicyParams):
    """A treatment whose effect is compared between groups of units."""

    treatment: str
    group: str
    draws: int = 0


def fixed_effects(study: Study, params: FixedEffectsParams) -> StepResult:
    """Two-way fixed effects with the rule of its errors."""
    found = two_way_fixed_effects(
        columns_of(study, params),
        params.outcome,
        params.treatment,
        params.unit,
        params.year,
        controls=params.controls,
        weights=params.weights,
        cluster=params.cluster,
        effects=params.effects,
        missing=params.missing,
        seed=study.seed,
    )
    findings = [
        both(
            "{t} 的系数为 {v}（n = {n}）。",
            "The coefficient of {t} is {v} (n = {n}).",
            t=name,
            v=said(found.estimates[name]),
            n=found.rows,
        )
        for name in params.treatment
    ]
    notes = [*words([found.errors, *found.notes])]
    tables = [estimates("coefficients", ("双向固定效应", "Two-way fixed effects"), found.estimates)]
    if found.wild_p:
        wild: list[tuple[Words, float | None]] = [((name, name), p) for name, p in found.wild_p.items()]
        tables.append(figures_table("wild", ("野聚类自助法 p 值", "Wild cluster bootstrap p"), wild))
    return StepResult(tables, (), findings, notes)


def staggered(study: Study, params: StaggeredParams) -> StepResult:
    """Group-time effects, their averages, the event study and its sensitivity, and what TWFE would average."""
    data = columns_of(study, params)
    where = (params.outcome, params.unit, params.year, params.first_treated)
    found = callaway_santanna(
        data,
        *where,
        controls=params.controls,
        comparison=params.comparison,
        base=params.base,
        method=params.method,
        missing=params.missing,
    )
    twfe, parts = goodman_bacon(data, *where, missing=params.missing)
    cells = [
        {
            "group": c.group,
            "year": c.year,
            "value": c.effect.value,
            "error": c.effect.standard_error,
            "p": c.effect.p,
            "treated": c.treated,
            "compared": c.compared,
        }
        for c in found.group_time
    ]
    columns = [
        Column("group", "首次处理年", "first treated", 0),
        Column("year", "年份", "year", 0),
        Column("value", "ATT(g,t)", "ATT(g,t)", 4),
        Column("error", "标准误", "standard error", 4),
        Column("p", "p 值", "p", 4),
        Column("treated", "处理单元", "treated", 0),
        Column("compared", "对照单元", "compared", 0),
    ]
    averages: list[tuple[Words, Any]] = [(("总体平均", "overall"), found.overall)]
    averages += [((f"{g} 年批次", f"cohort {g}"), one) for g, one in found.cohorts.items()]
    bad = sum(part.weight for part in parts if part.kind == "later_vs_earlier")
    findings = [
        both(
            "平均处理效应 {v}（{k} 个 ATT(g,t)，对照组：{c}）。",
            "The average effect on the treated is {v} ({k} group-time effects; compared with {c}).",
            v=said(found.overall),
            k=found.cells,
            c=(("从未处理", "never treated") if params.comparison == "never" else ("尚未处理", "not yet treated")),
        ),
        both(
            "双向固定效应估计为 {t}，其中 {b} 的权重来自与已处理单元的比较。",
            "Two-way fixed effects give {t}; {b} of its weight compares with units already treated.",
            t=num(twfe),
            b=percent(bad),
        ),
        *_pre_said(found.pre_trend),
    ]
    findings += [
        both(
            "若处理后偏离不超过处理前的 {m} 倍，首期效应区间为 [{a}, {b}]。",
            "If later deviations stay within {m} times those before, the interval is [{a}, {b}].",
            m=f"{one.m:g}",
            a=num(one.low),
            b=num(one.high),
        )
        for one in found.sensitivity
    ]
    notes = [rule("影响函数，按单元聚类", "influence functions, clustered by unit"), *words(found.notes)]
    if found.empty:
        notes.append(
            (
                f"无法估计的 ATT(g,t)：{len(found.empty)} 个",
                f"group-time effects that could not be told: {len(found.empty)}",
            )
        )
    figure = by_time(
        "dynamic", ("动态处理效应", "Effects by years since treatment"), found.dynamic, ("处理效应", "effect")
    )
    tables = [
        estimates("averages", ("平均处理效应", "Average effects"), averages),
        estimates("dynamic", ("动态效应", "Dynamic effects"), {str(k): v for k, v in found.dynamic.items()}),
        ResultTable("group_time", ("各批次各年效应", "Group-time effects"), columns, cells),
    ]
    return StepResult(tables, [figure], findings, notes)


def events(study: Study, params: EventParams) -> StepResult:
    """The event study, with the joint test of the years before."""
    data = columns_of(study, params)
    where = (params.outcome, params.unit, params.year, params.first_treated)
    if params.method == "sun_abraham":
        found = sun_abraham(data, *where, controls=params.controls, missing=params.missing)
    else:
        found = event_study(data, *where, controls=params.controls, window=params.window, missing=params.missing)
    figure = by_time("effects", ("事件研究", "Event study"), found.effects, ("处理效应", "effect"))
    table = estimates("effects", ("事件研究", "Event study"), {str(k): v for k, v in found.effects.items()})
    return StepResult(
        [table],
        [figure],
        _pre_said(found.pre_trend),
        [(found.method, found.method), rule("按单元聚类", "clustered by unit"), *words(found.notes)],
    )


def groups(study: Study, params: GroupParams) -> StepResult:
    """Effects by group and the tests of their differences."""
    found = group_difference(
        columns_of(study, params),
        params.outcome,
        params.treatment,
        params.group,
        params.unit,
        params.year,
        controls=params.controls,
        draws=params.draws,
        seed=study.seed,
        missing=params.missing,
    )
    first = next(iter(found.effects))
    differences = {f"{name} − {first}": one for name, one in found.differences.items()}
    findings = [
        both("{d} 的效应之差为 {v}。", "The difference of effects {d} is {v}.", d=d, v=said(v))
        for d, v in differences.items()
    ]
    tables = [
        estimates("effects", ("各组效应", "Effects by group"), found.effects),
        estimates("differences", ("组间差异", "Differences"), differences),
    ]
    if found.permutation_p:
        tables.append(
            figures_table(
                "permutation",
                ("费舍尔组合检验 p 值", "Fisher permutation p"),
                [((k, k), v) for k, v in found.permutation_p.items()],
            )
        )
    return StepResult(tables, (), findings, [*words([found.fit.errors, *found.notes])])


def _pre_said(test: PreTrend | None) -> list[Words]:
    if test is None:
        return [("处理前期数不足，无法检验平行趋势。", "There are too few years before treatment to test trends.")]
    return [
        both(
            "处理前各期联合检验 χ²({d}) = {s}，{p}。",
            "Joint test of the years before: χ²({d}) = {s}, {p}.",
            d=test.degrees,
            s=num(test.statistic, 2),
            p=p_text(test.p),
        )
    ]
