"""Policies that start in different years: group-time effects, their averages, and how far to trust them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from scipy.stats import chi2

from yibao.equity.checks import Note, refusal
from yibao.equity.evaluation.tables import Columns, Estimate, Frame, Missing, estimate, frame, heard, library

Comparison = Literal["never", "not_yet"]


class GroupTime(NamedTuple):
    """ATT of units first treated in `group`, in `year`, with the numbers of treated and comparison units."""

    group: int
    year: int
    effect: Estimate
    treated: int
    compared: int


class PreTrend(NamedTuple):
    """The joint test that all effects before treatment are zero (Wald, chi-squared)."""

    statistic: float
    degrees: int
    p: float


class Sensitivity(NamedTuple):
    """HonestDiD: the interval of the average effect if trends after treatment deviate at most M times as before it."""

    m: float
    low: float
    high: float


class Staggered(NamedTuple):
    """Effects of a staggered policy.

    `overall` weights group-time effects by cohort size; `dynamic` by years since treatment; `cohorts` by first year.
    `pre_trend` and `sensitivity` are None where there are too few years before treatment. `comparison` and `base` as
    asked, `cells` the number of group-time effects, `empty` the cells that had nobody to compare with.
    """

    overall: Estimate
    group_time: tuple[GroupTime, ...]
    dynamic: dict[int, Estimate]
    cohorts: dict[int, Estimate]
    pre_trend: PreTrend | None
    sensitivity: tuple[Sensitivity, ...]
    comparison: str
    base: str
    cells: int
    empty: tuple[str, ...]
    notes: tuple[Note, ...]


def callaway_santanna(
    data: Columns,
    outcome: str,
    unit: str,
    year: str,
    first_treated: str,
    *,
    controls: Sequence[str] = (),
    comparison: Comparison = "never",
    base: Literal["varying", "universal"] = "varying",
    method: Literal["dr", "ipw", "reg"] = "dr",
    anticipation: int = 0,
    honest: Sequence[float] = (0.5, 1.0),
    missing: Missing = "refuse",
) -> Staggered:
    """ATT(g, t) = E[Y(t) − Y(b) | G = g] − E[Y(t) − Y(b) | comparison], by diff-diff.

    `first_treated` is the first year of treatment, 0 for units that are never treated. The comparison are units never
    treated, or those not yet treated by the later of t and b. The base b is g − 1 after treatment; before it t − 1
    ("varying") or g − 1 ("universal"). With controls: doubly robust, weighting or regression. Standard errors from
    influence functions, clustered by unit. Units treated from their first year on have no base and drop out, noted.
    Sensitivity is HonestDiD's (relative magnitudes) for each M in `honest`, from the universal base.
    Raises MethodError on a panel that is not balanced, and where nobody is left to compare with.
    Source: B. Callaway and P. H. C. Sant'Anna (2021), J. Econometrics 225:200; A. Rambachan and J. Roth (2023), Rev.
    Economic Studies 90:2555.
    """
    read, notes = staggered_panel(data, outcome, unit, year, first_treated, controls, comparison, missing)
    found = _fit(read, unit, year, first_treated, outcome, controls, comparison, base, method, anticipation, notes)
    table = found.to_dataframe()
    skipped = table[table["skip_reason"].notna() & (table["skip_reason"] != "")]
    empty = tuple(f"{int(g)}/{int(t)}: {why}" for g, t, why in skipped[["group", "time", "skip_reason"]].to_numpy())
    cells = tuple(
        GroupTime(int(g), int(t), estimate(one["effect"], one["se"]), int(one["n_treated"]), int(one["n_control"]))
        for (g, t), one in sorted(found.group_time_effects.items())
        if np.isfinite(one["effect"]) and np.isfinite(one["se"])
    )
    dynamic = by_key(found.event_study_effects)
    return Staggered(
        estimate(found.overall_att, found.overall_se),
        cells,
        dynamic,
        by_key(found.group_effects),
        pre_trend(found, dynamic, anticipation),
        _honest(read, unit, year, first_treated, outcome, controls, comparison, method, anticipation, honest, notes),
        comparison,
        base,
        len(cells),
        empty,
        tuple(notes),
    )


def staggered_panel(
    data: Columns,
    outcome: str,
    unit: str,
    year: str,
    first: str,
    controls: Sequence[str],
    comparison: str,
    missing: Missing,
    strict: bool = True,
) -> tuple[Frame, list[Note]]:
    """The panel with whole years, checked; units treated from their first year on are taken out and noted."""
    read = frame(data, [outcome, year, first, *controls], [unit], missing)
    key, notes = read.key, list(read.notes)
    table = read.data.astype({key[year]: int, key[first]: int})
    if (table.groupby(key[unit])[key[first]].nunique() > 1).any():
        raise refusal(first, "differs between rows of one unit", "同一单元取值不一")
    if strict and (table.groupby(key[unit])[key[year]].nunique() != table[key[year]].nunique()).any():
        raise refusal(unit, "the panel is not balanced", "面板不平衡", "leave out units with gaps", "请剔除缺期单元")
    if table.duplicated([key[unit], key[year]]).any():
        raise refusal(unit, "has two rows in one year", "同一年份有两行")
    always = (table[key[first]] > 0) & (table[key[first]] <= table[key[year]].min())
    if always.any():
        count = int(table.loc[always, key[unit]].nunique())
        zh = f"剔除首年即受处理的 {count} 个单元（无基期）"
        notes.append(Note("always_treated", zh, f"{count} units treated from the first year on dropped: no base"))
        table = table[~always].reset_index(drop=True)
    if not (table[key[first]] > 0).any():
        raise refusal(first, "nobody is treated after the first year", "首年之后无受处理单元")
    if comparison == "never" and not (table[key[first]] == 0).any():
        mend, mend_zh = 'compare with units not yet treated: comparison="not_yet"', '可改用 comparison="not_yet"'
        raise refusal(first, "no unit is never treated", "没有从未受处理的单元", mend, mend_zh)
    return read._replace(data=table), notes


def _fit(
    read: Frame,
    unit: str,
    year: str,
    first: str,
    outcome: str,
    controls: Sequence[str],
    comparison: str,
    base: str,
    method: str,
    anticipation: int,
    notes: list[Note],
) -> Any:
    key = read.key
    group = {"never": "never_treated", "not_yet": "not_yet_treated"}[comparison]
    with heard(notes):
        model = library("diff_diff").CallawaySantAnna(
            control_group=group, base_period=base, estimation_method=method, anticipation=anticipation
        )
        return model.fit(
            read.data,
            key[outcome],
            key[unit],
            key[year],
            key[first],
            covariates=[key[name] for name in controls] or None,
            aggregate="all",
        )


def _honest(
    read: Frame,
    unit: str,
    year: str,
    first: str,
    outcome: str,
    controls: Sequence[str],
    comparison: str,
    method: str,
    anticipation: int,
    bounds: Sequence[float],
    notes: list[Note],
) -> tuple[Sensitivity, ...]:
    unheard: list[Note] = []
    found = _fit(read, unit, year, first, outcome, controls, comparison, "universal", method, anticipation, unheard)
    if sum(at < -1 - anticipation for at in found.event_study_effects) < 1 or not bounds:
        notes.append(
            Note("no_sensitivity", "处理前期数不足，无敏感性分析", "too few years before treatment for a sensitivity")
        )
        return ()
    honest = library("diff_diff").compute_honest_did
    with heard(unheard):
        results = [(float(m), honest(found, method="relative_magnitude", M=float(m))) for m in bounds]
    return tuple(Sensitivity(m, float(one.ci_lb), float(one.ci_ub)) for m, one in results)


def by_key(effects: dict[Any, dict[str, Any]] | None) -> dict[int, Estimate]:
    """The library's effects by year or cohort as estimates; references without an error are left out."""
    found = sorted((effects or {}).items())
    return {
        int(at): estimate(one["effect"], one["se"]) for at, one in found if np.isfinite(one["se"]) and one["se"] > 0
    }


def pre_trend(found: Any, effects: dict[int, Estimate], anticipation: int) -> PreTrend | None:
    """The joint test of the effects before treatment, with their covariances; None where there are none."""
    index = [int(at) for at in found.event_study_vcov_index or []]
    before = [at for at in index if at < -anticipation and at in effects]
    if not before:
        return None
    places = [index.index(at) for at in before]
    return wald(
        np.array([effects[at].value for at in before]), np.asarray(found.event_study_vcov)[np.ix_(places, places)]
    )


def wald(values: np.ndarray, covariance: np.ndarray) -> PreTrend:
    """The Wald test that all values are zero, in as many degrees of freedom as the covariance has rank."""
    rank = int(np.linalg.matrix_rank(covariance))
    statistic = float(values @ np.linalg.pinv(covariance) @ values)
    return PreTrend(statistic, rank, float(chi2.sf(statistic, rank)))
