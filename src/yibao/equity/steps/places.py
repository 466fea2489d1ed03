"""Steps on places: catchments of sites, grey forecasts and relations, what strata explain, difficult and expensive."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field

from yibao.equity.access import (
    Catchment,
    enhanced_catchment,
    gaussian_catchment,
    great_circle,
    three_step_catchment,
    two_step_catchment,
)
from yibao.equity.context import StepParams, Study
from yibao.equity.hard_and_expensive import QUARTERS, Dimension, access_and_burden
from yibao.equity.panel import Variable
from yibao.equity.results import Column, ResultTable, StepResult
from yibao.equity.steps.common import CODE, REGION, both, named, percent, tile_figure
from yibao.equity.steps.figures import scatter_figure
from yibao.equity.steps.rows import column, words

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


class IndicatorParams(StepParams):
    """An indicator of one side of the plane."""

    of: str
    worse: Literal["more", "less"] = "more"
    bounds: tuple[float, float] | None = None


class PlaneParams(StepParams):
    """Indicators of `difficulty` and `burden`, in a year; a proxy of the panel stays one."""

    difficulty: list[IndicatorParams]
    burden: list[IndicatorParams]
    year: int
    population: str | None = None
    weights: Literal["equal", "entropy"] = "equal"
    cut: Literal["median", "mean"] | tuple[float, float] = Field("median")


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
    finding = both(
        "{n} 个需求点、{m} 个供给点；可及性加权均值 {a}，{w} 的人口在 {r} 公里内没有供给。",
        "{n} places and {m} sites: mean access {a} weighted by people; {w} of people have no site within {r} km.",
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


def plane(study: Study, params: PlaneParams) -> StepResult:
    """Each region between difficult and expensive."""
    panel, t = study.the_panel(), study.column(params.year)

    def side(indicators: list[IndicatorParams]) -> list[Dimension]:
        return [
            Dimension(study.variable(i.of).title("zh"), study.matrix(i.of)[:, t], i.worse, i.bounds) for i in indicators
        ]

    people = None if params.population is None else study.matrix(params.population)[:, t]
    found = access_and_burden(
        panel.codes,
        side(params.difficulty),
        side(params.burden),
        population=people,
        weights=params.weights,
        cut=params.cut,
    )
    rows = [
        {
            "code": r.code,
            "region": (r.zh, r.en),
            "difficulty": p.difficulty,
            "burden": p.burden,
            "hardship": p.hardship,
            "lean": p.lean,
            "quarter": (p.quarter_zh, p.quarter),
        }
        for r, p in zip(panel.regions, found.places, strict=True)
    ]
    columns = [
        CODE,
        REGION,
        Column("difficulty", "难（0–1）", "difficulty", 3),
        Column("burden", "贵（0–1）", "burden", 3),
        Column("hardship", "综合 √(难×贵)", "hardship", 3),
        Column("lean", "贵 − 难", "burden − difficulty", 3),
        Column("quarter", "所在象限", "quarter", width=30),
    ]
    findings = []
    for en, zh in QUARTERS.values():
        inside = [i for i, place in enumerate(found.places) if place.quarter == en]
        if inside:
            findings.append(
                both(
                    "{z}：{k} 个地区，{n}。",
                    "{e}: {k} regions, {n}.",
                    z=zh,
                    e=en.capitalize(),
                    k=len(inside),
                    n=named(panel, inside, 8),
                )
            )
    hardship = np.array([place.hardship for place in found.places])
    title = both("{y} 年看病难与看病贵", "Difficult and expensive, {y}", y=params.year)
    points = [((r.zh, r.en), p.difficulty, p.burden) for r, p in zip(panel.regions, found.places, strict=True)]
    figure = scatter_figure(
        "plane", title, points, ("难（0–1）", "difficulty (0–1)"), ("贵（0–1）", "burden (0–1)"), centre=found.cut
    )
    proxies = [panel.variables[i.of] for i in (*params.difficulty, *params.burden) if panel.variables[i.of].proxy_for]
    notes = words(found.notes) + [(v.title("zh"), v.title("en")) for v in proxies]
    return StepResult(
        [ResultTable("plane", title, columns, rows)],
        [figure, *tile_figure(panel, "hardship", hardship, both("{y} 年综合困难程度", "Hardship, {y}", y=params.year))],
        findings,
        notes,
        [(Variable("", "看病难贵综合值", "hardship"), np.repeat(hardship[:, None], len(panel.years), axis=1))]
        if len(panel.years) == 1
        else [],
    )
