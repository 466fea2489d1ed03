"""Steps on designs: instruments, effect modification, ordered choice, mediation."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from yibao.equity.context import Study
from yibao.equity.evaluation.choice import OddsRatio, ordered_logit
from yibao.equity.evaluation.instruments import instrumental_variables
from yibao.equity.evaluation.mediation import mediation
from yibao.equity.evaluation.modification import CELLS, effect_modification
from yibao.equity.results import Column, ResultTable, StepResult, Words
from yibao.equity.steps.common import both, num, p_text, percent
from yibao.equity.steps.rows import RowParams, columns_of, estimates, figures_table, rule, said, words

_INFORMATION = rule("信息矩阵", "information matrix")


class InstrumentParams(RowParams):
    """Outcome, endogenous variable, instruments, controls."""

    outcome: str
    endogenous: str
    instruments: list[str]
    controls: list[str] = Field(default_factory=list)
    errors: Literal["robust", "classical", "clustered"] = "robust"
    cluster: str | None = None


class ModificationParams(RowParams):
    """0/1 outcome, exposure and modifier, with covariates."""

    outcome: str
    exposure: str
    modifier: str
    covariates: list[str] = Field(default_factory=list)


class OrderedParams(RowParams):
    """An ordered outcome and regressors."""

    outcome: str
    regressors: list[str]


class MediationParams(RowParams):
    """Outcome, treatment, mediator; `binary` outcomes are put on one scale."""

    outcome: str
    treatment: str
    mediator: str
    covariates: list[str] = Field(default_factory=list)
    binary: bool = False
    cluster: str | None = None
    draws: int = 1000


def instruments(study: Study, params: InstrumentParams) -> StepResult:
    """Two-stage least squares, strength of instruments, and the Anderson-Rubin interval."""
    found = instrumental_variables(
        columns_of(study, params),
        params.outcome,
        params.endogenous,
        params.instruments,
        params.controls,
        errors=params.errors,
        cluster=params.cluster,
    )
    rows: list[tuple[Words, float | None]] = [
        (("第一阶段 F", "first-stage F"), found.first_stage_f[params.endogenous]),
        (("有效 F", "effective F"), found.effective_f),
        (("Sargan 统计量", "Sargan"), found.sargan.statistic if found.sargan else None),
        (("Sargan p 值", "Sargan p"), found.sargan.p if found.sargan else None),
        (("Wu-Hausman 统计量", "Wu-Hausman"), found.wu_hausman.statistic),
        (("Wu-Hausman p 值", "Wu-Hausman p"), found.wu_hausman.p),
    ]
    spans = " ∪ ".join(f"[{num(a)}, {num(b)}]" for a, b in found.anderson_rubin or ()) or "∅"
    finding = both(
        "{x} 的效应为 {v}；Anderson-Rubin 区间 {a}。",
        "The effect of {x} is {v}; Anderson-Rubin interval {a}.",
        x=params.endogenous,
        v=said(found.estimates[params.endogenous]),
        a=spans,
    )
    tables = [
        estimates("coefficients", ("两阶段最小二乘", "Two-stage least squares"), found.estimates),
        figures_table("tests", ("检验", "Tests"), rows),
    ]
    return StepResult(tables, (), [finding], [*words([found.errors, *found.notes])])


def modification(study: Study, params: ModificationParams) -> StepResult:
    """The table of Knol and VanderWeele, both scales of interaction, and risks beside odds."""
    found = effect_modification(
        columns_of(study, params), params.outcome, params.exposure, params.modifier, params.covariates
    )
    a, b = params.exposure, params.modifier
    one = OddsRatio(1.0, 1.0, 1.0)
    rows: list[dict[str, Any]] = [
        {
            "name": f"{a} = {c[0]}, {b} = {c[1]}",
            **_odds(found.against_neither.get(c, one)),
            "risk": found.risks[c],
            "with": found.counts[c][0],
            "without": found.counts[c][1],
        }
        for c in CELLS
    ]
    rows += [
        {"name": (f"{b} = {s} 时 {a} 的效应", f"{a} where {b} = {s}"), **_odds(ratio), "risk": None}
        for s, ratio in found.by_stratum.items()
    ]
    columns = [
        Column("name", "组合", "cell", width=34),
        *_odds_columns(),
        Column("risk", "标准化风险", "standardised risk", 4),
        Column("with", "发生", "with", 0),
        Column("without", "未发生", "without", 0),
    ]
    scales = {"RERI": found.reri, "AP": found.attributable_proportion}
    measures = [{"name": "OR₁₁/(OR₁₀·OR₀₁)", **_odds(found.ratio_of_ratios)}]
    if found.synergy is not None:
        measures.append({"name": "S", **_odds(found.synergy)})
    findings = [
        both(
            "乘法交互：比值之比 {m}，似然比 {l}（{p}）；加法交互：RERI = {r}。",
            "Multiplicative: the ratio of odds ratios is {m}, LR {l} ({p}); additive: RERI = {r}.",
            m=_ratio(found.ratio_of_ratios),
            l=num(found.likelihood_ratio, 2),
            p=p_text(found.p),
            r=said(found.reri),
        ),
        *(
            both(
                "{b} = {s} 时，{a} 的 OR 为 {o}，风险比为 {r}。",
                "Where {b} = {s} the odds ratio of {a} is {o}, its risk ratio {r}.",
                a=a,
                b=b,
                s=s,
                o=_ratio(found.by_stratum[s]),
                r=num(found.risk_ratios[s]),
            )
            for s in ("0", "1")
        ),
    ]
    tables = [
        ResultTable(
            "cells",
            ("比值比（同一参照）与分层效应", "Odds ratios against one reference, and by stratum"),
            columns,
            rows,
        ),
        ResultTable(
            "multiplicative",
            ("乘法交互", "Interaction, multiplicative"),
            [Column("name", "指标", "figure", width=22), *_odds_columns()],
            measures,
        ),
        estimates("additive", ("加法交互", "Interaction, additive"), scales),
        estimates("coefficients", ("Logit 系数", "Logit coefficients"), found.coefficients),
    ]
    delta = rule("RERI、AP 与 S 用 delta 法", "RERI, AP and S by the delta method")
    note = ("结局常见时比值比不是风险比", "odds ratios are not risk ratios where the outcome is common")
    return StepResult(tables, (), findings, [_INFORMATION, delta, note, *words(found.notes)])


def ordered(study: Study, params: OrderedParams) -> StepResult:
    """Ordered logit with odds ratios and Brant's test."""
    found = ordered_logit(columns_of(study, params), params.outcome, params.regressors)
    rows = [
        {
            "name": n,
            "b": e.value,
            "error": e.standard_error,
            "p": e.p,
            **_odds(found.odds_ratios[n]),
            "brant": found.brant[n][2] if found.brant else None,
        }
        for n, e in found.estimates.items()
    ]
    columns = [
        Column("name", "变量", "variable", width=22),
        Column("b", "系数", "coefficient", 4),
        Column("error", "标准误", "standard error", 4),
        Column("p", "p 值", "p", 4),
        *_odds_columns(),
        Column("brant", "Brant p", "Brant p", 4),
    ]
    first = params.regressors[0]
    findings = [
        both(
            "{x} 的比值比为 {o}（n = {n}）。",
            "The odds ratio of {x} is {o} (n = {n}).",
            x=first,
            o=_ratio(found.odds_ratios[first]),
            n=found.rows,
        )
    ]
    if found.brant:
        s, d, p = found.brant["all"]
        findings.append(
            both(
                "平行性（Brant）检验 χ²({d}) = {s}，{p}。",
                "Brant's test of parallel slopes: χ²({d}) = {s}, {p}.",
                d=d,
                s=num(s, 2),
                p=p_text(p),
            )
        )
    tables = [
        ResultTable("coefficients", ("有序 Logit", "Ordered logit"), columns, rows),
        estimates("thresholds", ("切点", "Thresholds"), found.thresholds),
    ]
    return StepResult(tables, (), findings, [_INFORMATION, *words(found.notes)])


def mediated(study: Study, params: MediationParams) -> StepResult:
    """Total, direct and indirect effects."""
    found = mediation(
        columns_of(study, params),
        params.outcome,
        params.treatment,
        params.mediator,
        params.covariates,
        binary=params.binary,
        cluster=params.cluster,
        draws=params.draws,
        seed=study.seed,
    )
    parts: list[tuple[Words, Any]] = [
        (("总效应", "total"), found.total),
        (("直接效应", "direct"), found.direct),
        (("间接效应（Sobel）", "indirect (Sobel)"), found.sobel),
        (("a：处理→中介", "a: treatment to mediator"), found.first),
        (("b：中介→结果", "b: mediator to outcome"), found.second),
    ]
    low, high = found.percentile
    share = percent(found.proportion) if found.proportion is not None else "—"
    finding = both(
        "间接效应 {i}，自助法区间 [{a}, {b}]，占总效应 {s}。",
        "The indirect effect is {i}, bootstrap interval [{a}, {b}], {s} of the total.",
        i=num(found.indirect, 4),
        a=num(low, 4),
        b=num(high, 4),
        s=share,
    )
    errors = _INFORMATION if params.binary else rule("最小二乘，同方差", "least squares, equal variances")
    note = both("{m}；自助法 {d} 次", "{m}; {d} bootstrap draws", m=found.method, d=params.draws)
    return StepResult(
        [estimates("effects", ("中介效应", "Mediation"), parts)], (), [finding], [errors, note, *words(found.notes)]
    )


def _odds(one: OddsRatio) -> dict[str, float]:
    return {"odds": one.value, "odds_low": one.low, "odds_high": one.high}


def _odds_columns() -> list[Column]:
    return [
        Column("odds", "比值比", "odds ratio", 3),
        Column("odds_low", "95% 下限", "95% low", 3),
        Column("odds_high", "95% 上限", "95% high", 3),
    ]


def _ratio(one: OddsRatio) -> str:
    return f"{num(one.value)} [{num(one.low)}, {num(one.high)}]"
