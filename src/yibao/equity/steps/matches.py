"""Steps on comparable units: propensity scores, and matched difference-in-differences."""

from __future__ import annotations

from typing import Literal

from yibao.equity.context import Study
from yibao.equity.evaluation.matching import matched_difference_in_differences, propensity_matching
from yibao.equity.results import Column, ResultTable, StepResult
from yibao.equity.steps.common import both
from yibao.equity.steps.policies import PolicyParams
from yibao.equity.steps.rows import RowParams, columns_of, estimates, said, words

Matching = Literal["nearest", "nearest_with_replacement", "kernel", "ipw"]


class MatchingParams(RowParams):
    """Outcome, 0/1 treatment, covariates, and how they are matched."""

    outcome: str
    treatment: str
    covariates: list[str]
    rule: Matching = "nearest_with_replacement"
    caliper: float | None = None
    bandwidth: float = 0.06
    missing: Literal["refuse", "drop"] = "refuse"


class MatchedParams(PolicyParams):
    """Matching in the base year, then fixed effects."""

    first_treated: str
    covariates: list[str]
    base_year: int
    rule: Matching = "nearest_with_replacement"
    caliper: float | None = 0.2


def matching(study: Study, params: MatchingParams) -> StepResult:
    """The effect on the treated by propensity score, with balance."""
    found = propensity_matching(
        columns_of(study, params),
        params.outcome,
        params.treatment,
        params.covariates,
        rule=params.rule,
        caliper=params.caliper,
        bandwidth=params.bandwidth,
        seed=study.seed,
        missing=params.missing,
    )
    finding = both(
        "处理组平均效应 {v}；{t} 个处理单元中匹配 {m} 个。",
        "The effect on the treated is {v}; {m} of {t} treated were matched.",
        v=said(found.att),
        t=found.treated,
        m=found.matched,
    )
    notes = [*words([found.errors, *found.notes])]
    return StepResult(
        [
            estimates("att", ("处理组平均效应", "Effect on the treated"), {params.treatment: found.att}),
            _balance(found.balance),
        ],
        (),
        [finding],
        notes,
    )


def matched_did(study: Study, params: MatchedParams) -> StepResult:
    """Matched difference-in-differences."""
    fit, found = matched_difference_in_differences(
        columns_of(study, params),
        params.outcome,
        params.unit,
        params.year,
        params.first_treated,
        params.covariates,
        params.base_year,
        rule=params.rule,
        caliper=params.caliper,
        controls=params.controls,
        seed=study.seed,
    )
    finding = both(
        "匹配后双重差分估计 {v}；匹配 {m}/{t} 个处理单元。",
        "Matched difference-in-differences: {v}; {m} of {t} treated matched.",
        v=said(fit.estimates["treated"]),
        m=found.matched,
        t=found.treated,
    )
    notes = [*words([fit.errors, *fit.notes]), *words(found.notes)]
    return StepResult(
        [
            estimates("coefficients", ("匹配后的双重差分", "Matched difference-in-differences"), fit.estimates),
            _balance(found.balance),
        ],
        (),
        [finding],
        notes,
    )


def _balance(balance: dict[str, tuple[float, float]]) -> ResultTable:
    rows = [{"name": name, "before": before, "after": after} for name, (before, after) in balance.items()]
    columns = [
        Column("name", "协变量", "covariate", width=22),
        Column("before", "匹配前", "before", 3),
        Column("after", "匹配后", "after", 3),
    ]
    return ResultTable("balance", ("标准化均值差", "Standardised mean differences"), columns, rows)
