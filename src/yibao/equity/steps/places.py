"""Steps on places: catchments of sites."""

from __future__ import annotations

from typing import Literal

import numpy as np

from yibao.equity.access import (
    Catchment,
    enhanced_catchment,
    gaussian_catchment,
    great_circle,
    three_step_catchment,
    two_step_catchment,
)
from yibao.equity.context import StepParams, Study
from yibao.equity.protection.capacity import weighted_quantile
from yibao.equity.results import Column, ResultTable, StepResult
from yibao.equity.steps.common import both, percent
from yibao.equity.steps.rows import column

METHODS = {
    "two_step": two_step_catchment,
    "enhanced": enhanced_catchment,
    "gaussian": gaussian_catchment,
    "three_step": three_step_catchment,
}


class CatchmentParams(StepParams):
    """Tables of places and sites with their coordinates; `reach` in km (great circle); `keep` sites of one `kind`."""

    places: str
    sites: str
    place_id: str
    demand: str
    supply: str | None = None
    latitude: str = "lat"
    longitude: str = "lon"
    kind_column: str | None = None
    kind: str | None = None
    reach: float
    method: Literal["two_step", "enhanced", "gaussian", "three_step"] = "gaussian"


def catchment(study: Study, params: CatchmentParams) -> StepResult:
    """Access of each place by a floating catchment."""
    places, sites = study.table(params.places), study.table(params.sites)
    if params.kind_column is not None:
        sites = sites.filter(column(sites, params.kind_column) == params.kind)
    ids, people = column(places, params.place_id), column(places, params.demand)
    where = [column(places, params.latitude), column(places, params.longitude)]
    there = [column(sites, params.latitude), column(sites, params.longitude)]
    supply = np.ones(len(sites)) if params.supply is None else column(sites, params.supply)
    found: Catchment = METHODS[params.method](people, supply, great_circle(*where, *there), params.reach)
    rows = [
        {"place": str(i), "demand": float(p), "access": float(a)}
        for i, p, a in zip(ids, people, found.access, strict=True)
    ]
    columns = [
        Column("place", "需求点", "place"),
        Column("demand", "需求", "demand", 0),
        Column("access", "可及性", "access", 6),
    ]
    weights = np.asarray(people, dtype=np.float64)
    without = float(weights[list(found.without)].sum() / weights.sum())
    least, most = (weighted_quantile(found.access, level, weights) for level in (0.1, 0.9))
    finding = both(
        "{n} 个需求点、{m} 个供给点；可及性人口加权均值 {a}，最低十分之一人口不超过 {b}，最高十分之一不低于 {c}；"
        "{w} 的人口在 {r} 公里内没有供给。",
        "{n} places and {m} sites: mean access {a} weighted by people, at most {b} for the tenth with least, at "
        "least {c} for the tenth with most; {w} of people have no site within {r} km.",
        b=f"{least:.6f}",
        c=f"{most:.6f}",
        n=len(rows),
        m=len(sites),
        a=f"{found.conserved / weights.sum():.6f}",
        w=percent(without),
        r=f"{params.reach:g}",
    )
    note = ("距离为大圆距离，不是出行时间", "distances are great circles, not travel times")
    title = both("可及性（{m}）", "Access ({m})", m=found.method)
    counts = [(note.zh, note.en) for note in found.notes if len(note.en) < 200]
    return StepResult([ResultTable("access", title, columns, rows)], (), [finding], [note, *counts])
