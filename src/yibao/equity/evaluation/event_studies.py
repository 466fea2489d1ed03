"""Event studies of a policy, and what two-way fixed effects make of staggered adoption."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from yibao.equity.checks import Note, refusal
from yibao.equity.evaluation.staggered import PreTrend, by_key, pre_trend, staggered_panel, wald
from yibao.equity.evaluation.tables import Columns, Estimate, Missing, heard, library


class EventStudy(NamedTuple):
    """Effects by years since treatment against the year before it, with the joint test of the years before."""

    effects: dict[int, Estimate]
    pre_trend: PreTrend | None
    method: str
    notes: tuple[Note, ...]


class BaconPart(NamedTuple):
    """One kind of two-by-two comparison that two-way fixed effects average, its weight and mean estimate."""

    kind: str
    weight: float
    estimate: float


def sun_abraham(
    data: Columns,
    outcome: str,
    unit: str,
    year: str,
    first_treated: str,
    *,
    controls: Sequence[str] = (),
    missing: Missing = "refuse",
) -> EventStudy:
    """The interaction-weighted event study: cohort × years since treatment, reference −1, never-treated compared.

    By diff-diff; arguments as in `callaway_santanna`.
    Source: L. Sun and S. Abraham (2021), J. Econometrics 225:175.
    """
    read, notes = staggered_panel(data, outcome, unit, year, first_treated, controls, "never", missing)
    key = read.key
    with heard(notes):
        found = (
            library("diff_diff")
            .SunAbraham(control_group="never_treated", cluster=key[unit])
            .fit(
                read.data,
                key[outcome],
                key[unit],
                key[year],
                key[first_treated],
                covariates=[key[c] for c in controls] or None,
            )
        )
    effects = by_key(found.event_study_effects)
    return EventStudy(effects, pre_trend(found, effects, 0), "Sun-Abraham", tuple(notes))


def event_study(
    data: Columns,
    outcome: str,
    unit: str,
    year: str,
    first_treated: str,
    *,
    controls: Sequence[str] = (),
    window: tuple[int, int] = (-5, 5),
    missing: Missing = "refuse",
) -> EventStudy:
    """The two-way fixed effects event study, years since treatment −1 as reference, ends of the `window` binned.

    By pyfixest, errors clustered by unit. With several cohorts whose effects differ its coefficients mix
    periods; the notes then say so, and `sun_abraham` or `callaway_santanna` should be read beside it.
    """
    read, notes = staggered_panel(data, outcome, unit, year, first_treated, controls, "never", missing, strict=False)
    low, high = window
    if not low < -1 < 0 <= high:
        raise refusal(
            "window", f"is {window}; it must hold years before −1 and from 0 on", f"为 {window}，应含前后各期"
        )
    key, table = read.key, read.data.copy()
    treated = table[key[first_treated]] > 0
    since = (table[key[year]] - table[key[first_treated]]).clip(low, high).where(treated)
    terms = {}
    for at in sorted({int(value) for value in since.dropna().unique()} - {-1}):
        terms[at] = f"e{at}".replace("-", "m")
        table[terms[at]] = (since == at).astype(float)
    right = " + ".join([*terms.values(), *(key[name] for name in controls)])
    with heard(notes):
        fit = library("pyfixest").feols(
            f"{key[outcome]} ~ {right} | {key[unit]} + {key[year]}", table, vcov={"CRV1": key[unit]}
        )
    rows = fit.tidy()
    columns = ["Estimate", "Std. Error", "t value", "Pr(>|t|)", "2.5%", "97.5%"]
    effects = {
        at: Estimate(*(float(rows.loc[term, c]) for c in columns)) for at, term in terms.items() if term in rows.index
    }
    names = list(rows.index)
    before = [names.index(term) for at, term in terms.items() if at < -1 and term in names]
    pre = wald(rows["Estimate"].to_numpy()[before], np.asarray(fit._vcov)[np.ix_(before, before)]) if before else None
    if table.loc[treated, key[first_treated]].nunique() > 1:
        zh = "处理时点不一：若各批次效应不同，TWFE 事件研究系数会混合不同时期"
        notes.append(
            Note("staggered", zh, "adoption is staggered: coefficients mix periods where cohorts' effects differ")
        )
    return EventStudy(effects, pre, "two-way fixed effects", tuple(notes))


def goodman_bacon(
    data: Columns, outcome: str, unit: str, year: str, first_treated: str, *, missing: Missing = "refuse"
) -> tuple[float, tuple[BaconPart, ...]]:
    """The two-way fixed effects estimate, and the kinds of comparison it is the weighted mean of, by diff-diff.

    Weight on "later_vs_earlier" is weight on comparisons with units already treated.
    Source: A. Goodman-Bacon (2021), J. Econometrics 225:254.
    """
    read, notes = staggered_panel(data, outcome, unit, year, first_treated, (), "not_yet", missing)
    key = read.key
    with heard(notes):
        found = library("diff_diff").bacon_decompose(
            read.data, key[outcome], key[unit], key[year], key[first_treated], weights="exact"
        )
    weights, means = found.weight_by_type(), found.effect_by_type()
    parts = tuple(
        BaconPart(kind, float(weight), float(means[kind]))
        for kind, weight in weights.items()
        if weight and means[kind] is not None
    )
    return float(found.twfe_estimate), parts
