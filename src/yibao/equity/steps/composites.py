"""The step that makes composite indices of systems: scale, weights, scores, with every decision printed."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from pydantic import Field

from yibao.equity.arrays import Floats
from yibao.equity.composite import CompositeIndex, composite_index, game_weights
from yibao.equity.context import StepParams, Study
from yibao.equity.errors import StudyError
from yibao.equity.indicators import Said
from yibao.equity.panel import Panel, Variable
from yibao.equity.results import Column, Figure, ResultTable, StepResult, Words, defined
from yibao.equity.scaling import Direction
from yibao.equity.steps.common import CODE, REGION, YEAR, both, direction, named, num, percent, tile_figure
from yibao.equity.steps.figures import line_figure
from yibao.measures import ahp_weights, combined_weights, critic_weights, entropy_of


class CompositeParams(StepParams):
    """Systems (id -> indicators), or those of the study's indicator system; how they are weighed.

    `weights` entropy, critic, equal, ahp, or both (ahp_entropy_multiplicative, _linear, _game); `ahp` is the
    matrix of comparisons over all indicators in order. `directions` and `titles` (of systems) where the study has no
    indicator system.
    """

    systems: dict[str, list[str]] | None = None
    weights: Literal[
        "entropy", "critic", "equal", "ahp", "ahp_entropy_multiplicative", "ahp_entropy_linear", "ahp_entropy_game"
    ] = "entropy"
    ahp: list[list[float]] | None = None
    share: float = 0.5
    directions: dict[str, Literal["positive", "negative"] | tuple[float, float]] = Field(default_factory=dict)
    scale: Literal["pooled", "yearly"] = "pooled"
    separate: bool = True
    shift: float = 0.0
    floor: float = 0.0
    titles: dict[str, Said] = Field(default_factory=dict)


class Panelled:
    """A composite index with the shape of its panel: rows are region-years, region by region."""

    def __init__(self, index: CompositeIndex, names: tuple[str, ...], systems: tuple[str, ...], shape: tuple[int, int]):
        self.index, self.names, self.systems, self.shape = index, names, systems, shape

    def matrix(self, column: Floats) -> Floats:
        return column.reshape(self.shape)


def composite(study: Study, params: CompositeParams) -> StepResult:
    """Composite indices of systems over region-years; every weight, entropy and convention is printed."""
    panel = study.the_panel()
    systems = params.systems or _systems(study)
    names = tuple(name for members in systems.values() for name in members)
    of = tuple(system for system, members in systems.items() for _ in members)
    raw = np.stack([study.matrix(name) for name in names], axis=2).reshape(-1, len(names))
    ways = [_direction(study, params, name) for name in names]
    year_of = np.tile(panel.years, len(panel.regions))
    within = year_of if params.scale == "yearly" else None
    given, notes = _weights(params, raw, ways, within, names)
    index = composite_index(
        raw,
        ways,
        systems=of,
        weights=given,
        separate=params.separate and isinstance(given, str),
        shift=params.shift,
        floor=params.floor,
        within=within,
    )
    held = Panelled(index, names, of, (len(panel.regions), len(panel.years)))
    labels = {key: params.titles[key].words if key in params.titles else system_name(study, key) for key in systems}
    variables = [
        (Variable(f"_{key}", *labels[key]), held.matrix(index.scores[:, k])) for k, key in enumerate(index.systems)
    ]
    if len(systems) > 1:
        variables.append((Variable("_total", "综合指数", "composite index"), held.matrix(index.total)))
    tables = [_weight_table(study, held, _range_without_one(params, raw, ways, within)), _score_table(panel, variables)]
    notes += _conventions(params, held)
    return StepResult(
        tables, _score_figures(panel, variables), _score_words(panel, held, variables), notes, variables, {"": held}
    )


def _systems(study: Study) -> dict[str, list[str]]:
    if study.system is None:
        raise StudyError(
            "a composite index needs `systems`, or `indicators` of the study",
            zh="综合指数需要写明 systems 或 indicators",
        )
    return {key: list(system.indicators) for key, system in study.system.text.systems.items()}


def system_name(study: Study, key: str) -> Words:
    if study.system is not None and key in study.system.text.systems:
        text = study.system.text.systems[key]
        return text.zh, text.en
    return key, key


def _direction(study: Study, params: CompositeParams, name: str) -> Direction:
    if name in params.directions:
        return params.directions[name]
    if study.system is not None and name in study.system.indicators:
        return study.system.direction(name)
    return "positive"


def _weights(
    params: CompositeParams, raw: Floats, ways: list[Direction], within: Any, names: tuple[str, ...]
) -> tuple[Any, list[Words]]:
    """The method's name, or weights given and combined; with what is to be said of them."""
    if not params.weights.startswith("ahp"):
        return params.weights, []
    if params.ahp is None or len(params.ahp) != len(names):
        raise StudyError(
            f"AHP needs a matrix of comparisons of {len(names)} indicators under `ahp`",
            zh=f"层次分析法需要 {len(names)} 阶判断矩阵（ahp）",
        )
    judged = ahp_weights(params.ahp)
    notes = [
        both(
            "层次分析法：λmax = {l}，CI = {ci}，CR = {cr}，{ok}",
            "AHP: λmax = {l}, CI = {ci}, CR = {cr}, {ok}",
            l=num(judged.lambda_max, 4),
            ci=num(judged.consistency_index, 4),
            cr=num(judged.consistency_ratio, 4),
            ok=("通过一致性检验（CR < 0.1）", "consistent (CR below 0.1)")
            if judged.consistency_ratio < 0.1
            else ("未通过一致性检验（CR ≥ 0.1）", "not consistent (CR 0.1 or more)"),
        )
    ]
    if params.weights == "ahp":
        return judged.weights, notes
    data = composite_index(raw, ways, within=within, shift=params.shift, floor=params.floor).weights
    if params.weights == "ahp_entropy_game":
        weights, clipped = game_weights([judged.weights, data], "clip")
        if clipped:
            notes.append(
                ("博弈论组合系数出现负值，已置零", "a negative share of the game-theoretic combination was set to zero")
            )
        return weights, notes
    rule = "linear" if params.weights.endswith("linear") else "multiplicative"
    return combined_weights(judged.weights, data, rule, params.share), notes  # type: ignore[arg-type]


def _range_without_one(params: CompositeParams, raw: Floats, ways: list[Direction], within: Any) -> Floats | None:
    """Lowest and highest weight of each indicator when one region-year is left out; entropy and CRITIC only.

    One outlier may carry an entropy weight; this says by how much. Extremes of the range are left out first, for only
    they move the scale, then every row moves the shares a little.
    """
    if params.weights not in ("entropy", "critic") or len(raw) > 2000:
        return None
    z = composite_index(raw, ways, weights="equal", within=within, floor=params.floor).standard
    rows = np.unique(np.concatenate([z.argmax(axis=0), z.argmin(axis=0)]))
    weigh = (lambda x: entropy_of(x, params.shift).weights) if params.weights == "entropy" else critic_weights
    kept = []
    for row in rows:
        rest = np.delete(raw, row, axis=0)
        labels = np.delete(within, row) if within is not None else None
        kept.append(weigh(composite_index(rest, ways, weights="equal", within=labels, floor=params.floor).standard))
    return np.array([np.min(kept, axis=0), np.max(kept, axis=0)])


def _weight_table(study: Study, held: Panelled, reach: Floats | None) -> ResultTable:
    rows = []
    for j, name in enumerate(held.names):
        variable = study.variable(name)
        way = _shown(study, name)
        rows.append(
            {
                "system": system_name(study, held.systems[j]),
                "indicator": (variable.title("zh"), variable.title("en")),
                "unit": variable.unit,
                "direction": way,
                "entropy": defined(held.index.entropy[j]),
                "local": float(held.index.local[j]),
                "weight": float(held.index.weights[j]),
                "low": None if reach is None else float(reach[0, j]),
                "high": None if reach is None else float(reach[1, j]),
            }
        )
    columns = [
        Column("system", "系统", "system", width=20),
        Column("indicator", "指标", "indicator", width=34),
        Column("unit", "单位", "unit"),
        Column("direction", "方向", "direction"),
        Column("entropy", "信息熵 e", "entropy e", 4),
        Column("local", "系统内权重", "weight in system", 4),
        Column("weight", "总权重", "weight overall", 4),
        Column("low", "去一极值后最低", "lowest, one extreme left out", 4),
        Column("high", "去一极值后最高", "highest, one extreme left out", 4),
    ]
    return ResultTable(
        "weights",
        ("指标权重", "Weights of indicators"),
        columns,
        rows,
        (
            "“去一极值”按全部指标一次赋权计算，看单个极值对权重的影响",
            "“one extreme left out” weighs all indicators at once and shows what a single extreme moves",
        ),
    )


def _shown(study: Study, name: str) -> Words:
    way = study.system.direction(name) if study.system and name in study.system.indicators else "positive"
    if isinstance(way, tuple):
        return f"区间 [{way[0]:g}, {way[1]:g}]", f"within [{way[0]:g}, {way[1]:g}]"
    return ("负向", "less is better") if way == "negative" else ("正向", "more is better")


def _score_table(panel: Panel, variables: list[tuple[Variable, Floats]]) -> ResultTable:
    rows = [
        {"code": r.code, "region": (r.zh, r.en), "year": year, **{v.id: float(m[i, t]) for v, m in variables}}
        for i, r in enumerate(panel.regions)
        for t, year in enumerate(panel.years)
    ]
    columns = [CODE, REGION, YEAR, *(Column(v.id, v.zh, v.en, 4) for v, _ in variables)]
    return ResultTable("scores", ("综合得分", "Scores"), columns, rows)


def _score_figures(panel: Panel, variables: list[tuple[Variable, Floats]]) -> list[Figure]:
    trend = [((v.zh, v.en), float(y), float(m[:, t].mean())) for v, m in variables for t, y in enumerate(panel.years)]
    found: list[Figure] = []
    if len(panel.years) > 2:
        found.append(
            line_figure(
                "trend",
                ("各系统得分的地区均值", "Mean score of regions by system"),
                trend,
                ("年份", "year"),
                ("得分", "score"),
                zero=True,
            )
        )
    for v, m in variables:
        title = both("{y} 年{n}", "{n}, {y}", y=panel.years[-1], n=(v.zh, v.en))
        found += tile_figure(panel, f"tiles{v.id}", m[:, -1], title)
    return found


def _score_words(panel: Panel, held: Panelled, variables: list[tuple[Variable, Floats]]) -> list[Words]:
    said = []
    for v, m in variables:
        order = np.argsort(-m[:, -1])
        said.append(
            both(
                "{n}的地区均值由 {a}（{y0}）{move}到 {b}（{y1}）；{y1} 年最高的是{top}，最低的是{low}。",
                "The mean of {n} {move} from {a} ({y0}) to {b} ({y1}); in {y1} highest were {top}, lowest {low}.",
                n=(v.zh, v.en),
                a=num(m[:, 0].mean()),
                b=num(m[:, -1].mean()),
                y0=panel.years[0],
                y1=panel.years[-1],
                move=direction(m[:, 0].mean(), m[:, -1].mean(), 0.005),
                top=named(panel, order[:3], 3),
                low=named(panel, order[-3:], 3),
            )
        )
    heavy = np.argsort(-held.index.weights)[:3]
    said.append(
        both(
            "权重最大的三个指标：{w}，合计 {s}。",
            "The three heaviest indicators are {w}, together {s}.",
            w=("、".join(held.names[i] for i in heavy), ", ".join(held.names[i] for i in heavy)),
            s=percent(float(held.index.weights[heavy].sum())),
        )
    )
    return said


def _conventions(params: CompositeParams, held: Panelled) -> list[Words]:
    said: list[Words] = [
        ("极值取自全部地区和年份，年份间可比", "extremes are those of all regions and years: years are comparable")
        if params.scale == "pooled"
        else ("极值逐年取，年份间不可比", "extremes are those of each year: years are not comparable"),
        ("熵值中 0·ln 0 = 0，未平移", "entropy with 0·ln 0 = 0, no shift")
        if params.shift == 0
        else (
            f"熵值计算前平移 δ = {params.shift:g}，得分用未平移值",
            f"entropy on values shifted by δ = {params.shift:g}; scores on values not shifted",
        ),
    ]
    if params.floor:
        said.append(
            (
                f"标准化值压缩到 [{params.floor:g}, 1]，避免乘积为零",
                f"standardised values lie in [{params.floor:g}, 1], so that no product is zero",
            )
        )
    constant = [held.names[j] for j in held.index.constant]
    if constant:
        said.append(
            (
                f"常数指标没有信息，权重为 0：{'、'.join(constant)}",
                f"constant indicators carry no information and weigh 0: {', '.join(constant)}",
            )
        )
    if len(held.index.systems) > 1:
        said.append(
            ("各系统内单独赋权，系统等权", "weights within each system; systems weigh the same")
            if params.separate
            else (
                "全部指标一次赋权，系统权重为其指标权重之和",
                "weights over all indicators; a system weighs what its indicators do",
            )
        )
    return said
