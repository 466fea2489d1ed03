"""The step on difficult and expensive: regions, or groups of people in them, placed between access and burden."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from yibao.equity.checks import Floats, refusal
from yibao.equity.context import Study
from yibao.equity.hard_and_expensive import QUARTERS, Dimension, Place, Plane, access_and_burden
from yibao.equity.indicators import Said
from yibao.equity.panel import PROXY
from yibao.equity.regions import find_province
from yibao.equity.results import Column, Figure, ResultTable, StepResult, Words
from yibao.equity.steps.common import both, num
from yibao.equity.steps.figures import scatter_figure, tile_grid
from yibao.equity.steps.rows import RowParams, column, columns_of, words

#: Signs of the quarters in the order of `QUARTERS`: difficult, both, neither, expensive.
MARKS = ("▲", "▲●", "–", "●")


class IndicatorText(BaseModel):
    """One indicator: its column, which side of it is worse, bounds that stay the same over years, its words.

    `proxy_for` says what it stands in for; a proxy of the panel is one here too.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    of: str
    worse: Literal["more", "less"] = "more"
    bounds: tuple[float, float] | None = None
    title: Said | None = None
    proxy_for: Said | None = None


class PlaneParams(RowParams):
    """Indicators of `difficulty` and `burden`; rows of one `year` are averaged to `region` (and `group`), weighted by
    `population`. Without a table the panel is read."""

    difficulty: list[IndicatorText]
    burden: list[IndicatorText]
    region: str = "region"
    group: str | None = None
    group_titles: dict[str, Said] = Field(default_factory=dict)
    year: int | None = None
    year_column: str = "year"
    population: str | None = None
    weights: Literal["equal", "entropy"] = "equal"
    cut: Literal["median", "mean"] | tuple[float, float] = "median"


def plane(study: Study, params: PlaneParams) -> StepResult:
    """Each region and group with its difficulty, burden, hardship, and quarter."""
    regions, groups, values, people, notes = _averaged(study, params)
    sides = [
        [Dimension(one.of, values[one.of], one.worse, one.bounds) for one in side]
        for side in (params.difficulty, params.burden)
    ]
    titles = {one.of: _title(study, params, one) for one in (*params.difficulty, *params.burden)}
    notes += [proxy for _, proxy in titles.values() if proxy is not None]
    found = access_and_burden(regions, *sides, groups=groups, population=people, weights=params.weights, cut=params.cut)
    names = [_name(study, params, place) for place in found.places]
    title = both(
        "{y}看病难与看病贵",
        "Difficult and expensive{y}",
        y=(f"{params.year} 年", f", {params.year}") if params.year else ("", ""),
    )
    points = [(name, place.difficulty, place.burden) for name, place in zip(names, found.places, strict=True)]
    corners = (
        "右上又难又贵，右下难而不贵，左上贵而不难，左下不难不贵",
        "upper right difficult and expensive, lower right difficult, upper left expensive, lower left neither",
    )
    axes = ("难（0–1）", "difficulty (0–1)"), ("贵（0–1）", "burden (0–1)")
    figure = scatter_figure("plane", title, points, *axes, centre=found.cut, note=corners)
    tables = [
        _table(title, found.places, names),
        _indicators(found, {name: words for name, (words, _) in titles.items()}),
    ]
    if found.gaps:
        tables.append(_gaps(study, params, found))
    notes += words(found.notes)
    return StepResult(tables, [figure, *_tiles(found, title)], _said(found, names), list(dict.fromkeys(notes)))


def _averaged(
    study: Study, params: PlaneParams
) -> tuple[list[str], list[str] | None, dict[str, Floats], Floats | None, list[Words]]:
    """Population-weighted means by region and group; rows with gaps are left out and counted."""
    data = columns_of(study, params)
    indicators = [one.of for one in (*params.difficulty, *params.burden)]
    wanted = {name: np.asarray([_number(v) for v in column(data, name)]) for name in indicators}
    people = None if params.population is None else np.asarray([_number(v) for v in column(data, params.population)])
    keep = np.ones(len(next(iter(wanted.values()))), dtype=bool)
    if params.year is not None:
        keep &= np.asarray([_number(v) for v in column(data, params.year_column)]) == params.year
    chosen = int(keep.sum())
    for values in (*wanted.values(), *([people] if people is not None else [])):
        keep &= np.isfinite(values)
    if not keep.any():
        raise refusal(
            "year", "no row has all indicators", "没有指标齐全的行", "choose another year", "请更换年份或指标"
        )
    notes: list[Words] = []
    if chosen > keep.sum():
        gone = chosen - int(keep.sum())
        notes.append((f"剔除 {gone} 行缺失", f"{gone} rows with gaps left out"))
    region = [str(value) for value in np.asarray(column(data, params.region))[keep]]
    group = (
        [str(value) for value in np.asarray(column(data, params.group))[keep]] if params.group else [""] * len(region)
    )
    keys = list(dict.fromkeys(zip(region, group, strict=True)))
    place = np.array([keys.index(key) for key in zip(region, group, strict=True)])
    weight = np.ones(len(place)) if people is None else people[keep]
    total = np.bincount(place, weights=weight).astype(np.float64)
    means = {name: np.bincount(place, weights=weight * values[keep]) / total for name, values in wanted.items()}
    by_group = [key[1] for key in keys] if params.group else None
    return [key[0] for key in keys], by_group, means, total if people is not None else None, notes


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("nan")


def _title(study: Study, params: PlaneParams, one: IndicatorText) -> tuple[Words, Words | None]:
    """An indicator's words, and the sentence that labels it a proxy."""
    variable = study.the_panel().variables[one.of] if params.table is None else None
    title = (one.title.zh, one.title.en) if one.title else (variable.zh, variable.en) if variable else (one.of, one.of)
    stands = (one.proxy_for.zh, one.proxy_for.en) if one.proxy_for else variable.proxy_for if variable else None
    if stands is None:
        return title, None
    return title, (f"{title[0]}（{PROXY['zh']}：{stands[0]}）", f"{title[1]} ({PROXY['en']} for {stands[1]})")


def _name(study: Study, params: PlaneParams, place: Place) -> Words:
    if params.table is None:
        panel = study.the_panel()
        unit = panel.regions[panel.codes.index(place.region)]
        zh, en = unit.zh, unit.en
    else:
        province = find_province(place.region)
        zh, en = (province.zh, province.en) if province else (place.region, place.region)
    group = _group(params, place.group)
    return (f"{zh}·{group[0]}", f"{en}, {group[1]}") if place.group else (zh, en)


def _group(params: PlaneParams, name: str) -> Words:
    title = params.group_titles.get(name)
    return (title.zh, title.en) if title else (name, name)


def _table(title: Words, places: Sequence[Place], names: Sequence[Words]) -> ResultTable:
    rows = [
        {
            "name": name,
            "difficulty": p.difficulty,
            "burden": p.burden,
            "hardship": p.hardship,
            "lean": p.lean,
            "quarter": (p.quarter_zh, p.quarter),
        }
        for name, p in zip(names, places, strict=True)
    ]
    columns = [
        Column("name", "地区", "region", width=24),
        Column("difficulty", "难（0–1）", "difficulty", 3),
        Column("burden", "贵（0–1）", "burden", 3),
        Column("hardship", "综合 √(难×贵)", "hardship", 3),
        Column("lean", "贵 − 难", "burden − difficulty", 3),
        Column("quarter", "所在象限", "quarter", width=30),
    ]
    return ResultTable("plane", title, columns, rows)


def _indicators(found: Plane, titles: Mapping[str, Words]) -> ResultTable:
    sides = ((("难", "difficulty"), found.difficulty_weights), (("贵", "burden"), found.burden_weights))
    rows = [{"side": side, "name": titles[n], "weight": w} for side, weights in sides for n, w in weights.items()]
    columns = [
        Column("side", "方面", "side", width=12),
        Column("name", "指标", "indicator", width=30),
        Column("weight", "权重", "weight", 3),
    ]
    return ResultTable("indicators", ("指标与权重", "Indicators and weights"), columns, rows)


def _gaps(study: Study, params: PlaneParams, found: Plane) -> ResultTable:
    rows = [
        {"name": _name(study, params, Place(region, "", 0, 0, 0, 0, "", "")), "difficulty": d, "burden": b}
        for region, (d, b) in found.gaps.items()
    ]
    columns = [
        Column("name", "地区", "region", width=24),
        Column("difficulty", "难的组间差距", "gap of difficulty", 3),
        Column("burden", "贵的组间差距", "gap of burden", 3),
    ]
    return ResultTable("gaps", ("地区内人群差距", "Gaps between groups inside regions"), columns, rows)


def _tiles(found: Plane, title: Words) -> list[Figure]:
    """The quarter of each province, one grid a group; nothing where regions are no provinces."""
    quarters = list(QUARTERS.values())
    figures = []
    for group in dict.fromkeys(place.group for place in found.places):
        own = [(find_province(place.region), place) for place in found.places if place.group == group]
        if any(unit is None for unit, _ in own):
            return []
        place = {unit.code: quarters.index((p.quarter, p.quarter_zh)) for unit, p in own if unit}
        shown = {code: (MARKS[quarter], quarter) for code, quarter in place.items()}
        said = (f"{title[0]}（{group}）", f"{title[1]} ({group})") if group else title
        classes = [(f"{mark} {zh}", f"{mark} {en}") for mark, (en, zh) in zip(MARKS, quarters, strict=True)]
        figures.append(tile_grid(f"quarters_{group}" if group else "quarters", said, shown, classes, ordered=False))
    return figures


def _said(found: Plane, names: Sequence[Words]) -> list[Words]:
    findings = []
    for en, zh in QUARTERS.values():
        inside = [name for name, place in zip(names, found.places, strict=True) if place.quarter == en]
        if inside:
            listed = "、".join(n[0] for n in inside[:8]), ", ".join(n[1] for n in inside[:8])
            more = (f"等 {len(inside)} 个", f" … ({len(inside)})") if len(inside) > 8 else ("", "")
            findings.append((f"{zh}：{listed[0]}{more[0]}。", f"{en.capitalize()}: {listed[1]}{more[1]}."))
    worst = max(range(len(names)), key=lambda i: found.places[i].hardship)
    value = num(found.places[worst].hardship)
    findings.append(
        (f"综合最难的是{names[worst][0]}（{value}）。", f"Hardship is greatest in {names[worst][1]} ({value}).")
    )
    if found.gaps:
        widest = max(found.gaps, key=lambda region: sum(found.gaps[region]))
        findings.append((f"人群差距最大的地区：{widest}。", f"Groups lie farthest apart in {widest}."))
    return findings
