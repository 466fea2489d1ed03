"""Steps on systems that grow together: composite indices, coupling coordination, obstacles."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from pydantic import Field

from yibao.equity.arrays import Floats
from yibao.equity.composite import CompositeIndex, composite_index, game_weights
from yibao.equity.context import StepParams, Study
from yibao.equity.coupling import GRADES, STAGES, coordination_grade, coupling_coordination, relative_development, stage
from yibao.equity.errors import StudyError
from yibao.equity.obstacle import frequent_obstacles, obstacle_degree
from yibao.equity.panel import Panel, Variable
from yibao.equity.results import Column, Figure, ResultTable, StepResult, Words, defined
from yibao.equity.scaling import Direction
from yibao.equity.steps.common import CODE, REGION, YEAR, both, direction, named, num, percent, tile_figure
from yibao.equity.steps.figures import heat_figure, line_figure, ranked_figure
from yibao.measures import ahp_weights, combined_weights, critic_weights, entropy_of


class CompositeParams(StepParams):
    """Systems (id -> indicators), or those of the study's indicator system; how they are weighed.

    `weights` entropy, critic, equal, ahp, ahp_entropy_multiplicative, ahp_entropy_linear, ahp_entropy_game; `ahp` is the
    matrix of comparisons over all indicators in order. `directions` for indicators of no indicator system.
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


class CouplingParams(StepParams):
    """Variables `of` in [0, 1] (systems of a composite step); form, weights of systems, side of the grades' bounds."""

    of: list[str]
    form: Literal["classical", "revised"] = "classical"
    weights: list[float] | None = None
    closed: Literal["left", "right"] = "left"
    lags: float = 0.8
    leads: float = 1.2


class ObstacleParams(StepParams):
    """`of` a composite step; how many obstacles count as the first ones."""

    of: str
    top: int = 5


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
        raw, ways, systems=of, weights=given, separate=params.separate and isinstance(given, str), shift=params.shift,
        floor=params.floor, within=within,
    )  # fmt: skip
    held = Panelled(index, names, of, (len(panel.regions), len(panel.years)))
    labels = {key: _system_name(study, key) for key in systems}
    variables = [
        (Variable(f"_{key}", *labels[key]), held.matrix(index.scores[:, k])) for k, key in enumerate(index.systems)
    ]
    if len(systems) > 1:
        variables.append((Variable("_total", "综合指数", "composite index"), held.matrix(index.total)))
    tables = [_weight_table(study, held, _range_without_one(params, raw, ways, within)), _score_table(panel, variables)]
    notes += _conventions(params, held)
    return StepResult(tables, _score_figures(panel, variables), _score_words(panel, held, variables), notes, variables, {"": held})


def _systems(study: Study) -> dict[str, list[str]]:
    if study.system is None:
        raise StudyError("a composite index needs `systems`, or `indicators` of the study", zh="综合指数需要写明 systems 或 indicators")
    return {key: list(system.indicators) for key, system in study.system.text.systems.items()}


def _system_name(study: Study, key: str) -> Words:
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
        raise StudyError(f"AHP needs a matrix of comparisons of {len(names)} indicators under `ahp`",
                         zh=f"层次分析法需要 {len(names)} 阶判断矩阵（ahp）")  # fmt: skip
    judged = ahp_weights(params.ahp)
    notes = [both("层次分析法：λmax = {l}，CI = {ci}，CR = {cr}，{ok}", "AHP: λmax = {l}, CI = {ci}, CR = {cr}, {ok}",
                  l=num(judged.lambda_max, 4), ci=num(judged.consistency_index, 4), cr=num(judged.consistency_ratio, 4),
                  ok=("通过一致性检验（CR < 0.1）", "consistent (CR below 0.1)") if judged.consistency_ratio < 0.1
                  else ("未通过一致性检验（CR ≥ 0.1）", "not consistent (CR 0.1 or more)"))]  # fmt: skip
    if params.weights == "ahp":
        return judged.weights, notes
    data = composite_index(raw, ways, within=within, shift=params.shift, floor=params.floor).weights
    if params.weights == "ahp_entropy_game":
        weights, clipped = game_weights([judged.weights, data])
        if clipped:
            notes.append(("博弈论组合系数出现负值，已置零", "a negative share of the game-theoretic combination was set to zero"))
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
        rows.append({
            "system": _system_name(study, held.systems[j]), "indicator": (variable.title("zh"), variable.title("en")),
            "unit": variable.unit, "direction": way, "entropy": defined(held.index.entropy[j]),
            "local": float(held.index.local[j]), "weight": float(held.index.weights[j]),
            "low": None if reach is None else float(reach[0, j]), "high": None if reach is None else float(reach[1, j]),
        })  # fmt: skip
    columns = [
        Column("system", "系统", "system", width=20), Column("indicator", "指标", "indicator", width=34), Column("unit", "单位", "unit"),
        Column("direction", "方向", "direction"), Column("entropy", "信息熵 e", "entropy e", 4),
        Column("local", "系统内权重", "weight in system", 4), Column("weight", "总权重", "weight overall", 4),
        Column("low", "去一极值后最低", "lowest, one extreme left out", 4),
        Column("high", "去一极值后最高", "highest, one extreme left out", 4),
    ]  # fmt: skip
    return ResultTable("weights", ("指标权重", "Weights of indicators"), columns, rows,
                       ("“去一极值”按全部指标一次赋权计算，看单个极值对权重的影响",
                        "“one extreme left out” weighs all indicators at once and shows what a single extreme moves"))  # fmt: skip


def _shown(study: Study, name: str) -> Words:
    way = study.system.direction(name) if study.system and name in study.system.indicators else "positive"
    if isinstance(way, tuple):
        return f"区间 [{way[0]:g}, {way[1]:g}]", f"within [{way[0]:g}, {way[1]:g}]"
    return ("负向", "less is better") if way == "negative" else ("正向", "more is better")


def _score_table(panel: Panel, variables: list[tuple[Variable, Floats]]) -> ResultTable:
    rows = [
        {"code": r.code, "region": (r.zh, r.en), "year": year, **{v.id: float(m[i, t]) for v, m in variables}}
        for i, r in enumerate(panel.regions) for t, year in enumerate(panel.years)
    ]  # fmt: skip
    columns = [CODE, REGION, YEAR, *(Column(v.id, v.zh, v.en, 4) for v, _ in variables)]
    return ResultTable("scores", ("综合得分", "Scores"), columns, rows)


def _score_figures(panel: Panel, variables: list[tuple[Variable, Floats]]) -> list[Figure]:
    trend = [((v.zh, v.en), float(y), float(m[:, t].mean())) for v, m in variables for t, y in enumerate(panel.years)]
    found: list[Figure] = []
    if len(panel.years) > 2:
        found.append(line_figure("trend", ("各系统得分的地区均值", "Mean score of regions by system"), trend, ("年份", "year"),
                                 ("得分", "score"), zero=True))  # fmt: skip
    for v, m in variables:
        title = both("{y} 年{n}", "{n}, {y}", y=panel.years[-1], n=(v.zh, v.en))
        found += tile_figure(panel, f"tiles{v.id}", m[:, -1], title)
    return found


def _score_words(panel: Panel, held: Panelled, variables: list[tuple[Variable, Floats]]) -> list[Words]:
    said = []
    for v, m in variables:
        order = np.argsort(-m[:, -1])
        said.append(both(
            "{n}的地区均值由 {a}（{y0}）{move}到 {b}（{y1}）；{y1} 年最高的是{top}，最低的是{low}。",
            "The mean of {n} {move} from {a} ({y0}) to {b} ({y1}); in {y1} highest were {top}, lowest {low}.",
            n=(v.zh, v.en), a=num(m[:, 0].mean()), b=num(m[:, -1].mean()), y0=panel.years[0], y1=panel.years[-1],
            move=direction(m[:, 0].mean(), m[:, -1].mean(), 0.005), top=named(panel, order[:3], 3), low=named(panel, order[-3:], 3),
        ))  # fmt: skip
    heavy = np.argsort(-held.index.weights)[:3]
    said.append(both("权重最大的三个指标：{w}，合计 {s}。", "The three heaviest indicators are {w}, together {s}.",
                     w=("、".join(held.names[i] for i in heavy), ", ".join(held.names[i] for i in heavy)),
                     s=percent(float(held.index.weights[heavy].sum()))))  # fmt: skip
    return said


def _conventions(params: CompositeParams, held: Panelled) -> list[Words]:
    said: list[Words] = [
        ("极值取自全部地区和年份，年份间可比", "extremes are those of all regions and years: years are comparable")
        if params.scale == "pooled"
        else ("极值逐年取，年份间不可比", "extremes are those of each year: years are not comparable"),
        ("熵值中 0·ln 0 = 0，未平移", "entropy with 0·ln 0 = 0, no shift") if params.shift == 0
        else (f"熵值计算前平移 δ = {params.shift:g}，得分用未平移值", f"entropy on values shifted by δ = {params.shift:g}; scores on values not shifted"),
    ]  # fmt: skip
    if params.floor:
        said.append((f"标准化值压缩到 [{params.floor:g}, 1]，避免乘积为零", f"standardised values lie in [{params.floor:g}, 1], so that no product is zero"))
    constant = [held.names[j] for j in held.index.constant]
    if constant:
        said.append((f"常数指标没有信息，权重为 0：{'、'.join(constant)}", f"constant indicators carry no information and weigh 0: {', '.join(constant)}"))
    if len(held.index.systems) > 1:
        said.append(("各系统内单独赋权，系统等权", "weights within each system; systems weigh the same") if params.separate
                    else ("全部指标一次赋权，系统权重为其指标权重之和", "weights over all indicators; a system weighs what its indicators do"))  # fmt: skip
    return said


def coupling(study: Study, params: CouplingParams) -> StepResult:
    """Coupling, development, coordination with grades; relative development of two systems."""
    panel = study.the_panel()
    parts = [study.matrix(name) for name in params.of]
    u = np.stack(parts, axis=2).reshape(-1, len(parts))
    shape = parts[0].shape
    found = coupling_coordination(u, params.weights, form=params.form)
    c, t, d = (x.reshape(shape) for x in found)
    grade = coordination_grade(d, closed=params.closed)
    ratio = relative_development(parts[0], parts[1], lags=params.lags, leads=params.leads) if len(parts) == 2 else None
    names = [(study.variable(n).zh, study.variable(n).en) for n in params.of]
    rows = []
    for i, r in enumerate(panel.regions):
        for k, year in enumerate(panel.years):
            row = {"code": r.code, "region": (r.zh, r.en), "year": year, "c": defined(c[i, k]), "t": float(t[i, k]),
                   "d": float(d[i, k]), "grade": GRADES[grade[i, k]], "stage": _stage(c[i, k])}  # fmt: skip
            if ratio is not None:
                row |= {"ratio": defined(ratio.ratio[i, k]), "lag": _lag(int(ratio.lag[i, k]), names)}
            rows.append(row)
    columns = [CODE, REGION, YEAR, Column("c", "耦合度 C", "coupling C", 4), Column("t", "发展度 T", "development T", 4),
               Column("d", "协调度 D", "coordination D", 4), Column("grade", "等级", "grade", width=22),
               Column("stage", "耦合阶段", "stage of coupling", width=18)]  # fmt: skip
    if ratio is not None:
        columns += [Column("ratio", "相对发展度", "relative development", 4), Column("lag", "类型", "type", width=24)]
    form = {"classical": ("经典式", "classical form"), "revised": ("修正式", "revised form")}[params.form]
    table = ResultTable("coupling", both("耦合协调度（{f}）", "Coupling coordination ({f})", f=form), columns, rows)
    undefined = int(np.isnan(c).sum())
    notes = [both("等级界限每 0.1 一档，界限值归{s}档", "grades in steps of 0.1; a bound belongs to the {s} grade",
                  s=("上", "upper") if params.closed == "left" else ("下", "lower"))]  # fmt: skip
    if undefined:
        notes.append((f"{undefined} 个地区年各系统均为 0，耦合度无定义，协调度记 0",
                      f"in {undefined} region-years every system is 0: coupling is not defined, coordination taken as 0"))  # fmt: skip
    variables = [(Variable("", "耦合协调度", "coordination"), d), (Variable("_coupling", "耦合度", "coupling"), np.nan_to_num(c))]
    return StepResult([table, _grade_table(panel, grade)], _coupling_figures(panel, d, grade), _coupling_words(panel, d, grade, ratio, names),
                      notes, variables)  # fmt: skip


def _stage(c: float) -> Words:
    place = int(stage(np.array([c]))[0])
    return STAGES[place][1:] if place >= 0 else ("—", "—")


def _lag(code: int, names: list[Words]) -> Words:
    if code == 0:
        return "同步发展", "in step"
    if code == 9:
        return "—", "—"
    behind = names[0] if code < 0 else names[1]
    return f"{behind[0]}滞后", f"{behind[1]} lags"


def _grade_table(panel: Panel, grade: np.ndarray) -> ResultTable:
    rows = [
        {"grade": GRADES[g], **{str(y): int((grade[:, t] == g).sum()) for t, y in enumerate(panel.years)}}
        for g in range(10) if (grade == g).any()
    ]  # fmt: skip
    columns = [Column("grade", "等级", "grade", width=24), *(Column(str(y), str(y), str(y), 0, 8) for y in panel.years)]
    return ResultTable("grades", ("各等级地区数", "Regions by grade"), columns, rows)


def _coupling_figures(panel: Panel, d: Floats, grade: np.ndarray) -> list[Figure]:
    found: list[Figure] = []
    if len(panel.regions) <= 40:
        order = np.argsort(-d[:, -1])
        cells = [((panel.regions[i].zh, panel.regions[i].en), str(y), int(grade[i, t]), f"{d[i, t]:.2f}"[1:] if d[i, t] < 1 else "1")
                 for i in order for t, y in enumerate(panel.years)]  # fmt: skip
        found.append(heat_figure("heat", ("各地区耦合协调度", "Coordination of regions"), cells, GRADES))
    if len(panel.years) > 2:
        mean = [(("均值", "mean"), float(y), float(d[:, t].mean())) for t, y in enumerate(panel.years)]
        for zone in dict.fromkeys(r.zones.get("zone4", "") for r in panel.regions):
            mine = np.array([r.zones.get("zone4", "") == zone for r in panel.regions])
            if zone:
                from yibao.equity.regions import zone_names

                mean += [(zone_names(zone), float(y), float(d[mine, t].mean())) for t, y in enumerate(panel.years)]
        found.append(line_figure("trend", ("耦合协调度均值", "Mean coordination"), mean, ("年份", "year"), ("协调度 D", "coordination D")))
    title = both("{y} 年耦合协调度", "Coordination, {y}", y=panel.years[-1])
    return found + tile_figure(panel, "tiles", d[:, -1], title)


def _coupling_words(panel: Panel, d: Floats, grade: np.ndarray, ratio: Any, names: list[Words]) -> list[Words]:
    order = np.argsort(-d[:, -1])
    y0, y1 = panel.years[0], panel.years[-1]
    coordinated = int((grade[:, -1] >= 5).sum())
    said = [both(
        "协调度均值由 {a}（{y0}）{move}到 {b}（{y1}）；{y1} 年 {k} 个地区达到协调（D ≥ 0.5），最高的是{top}，最低的是{low}。",
        "Mean coordination {move} from {a} ({y0}) to {b} ({y1}); in {y1} {k} regions were coordinated (D 0.5 or more), highest "
        "{top}, lowest {low}.",
        a=num(d[:, 0].mean()), b=num(d[:, -1].mean()), y0=y0, y1=y1, move=direction(d[:, 0].mean(), d[:, -1].mean(), 0.005),
        k=coordinated, top=named(panel, order[:3], 3), low=named(panel, order[-3:], 3),
    )]  # fmt: skip
    if ratio is not None:
        lag = ratio.lag[:, -1]
        said.append(both(
            "{y} 年{a}滞后的地区 {n1} 个，{b}滞后的 {n2} 个，同步的 {n0} 个。",
            "In {y} {a} lagged in {n1} regions, {b} in {n2}; {n0} were in step.", y=y1, a=names[0], b=names[1],
            n1=int((lag == -1).sum()), n2=int((lag == 1).sum()), n0=int((lag == 0).sum()),
        ))  # fmt: skip
    return said


def obstacle(study: Study, params: ObstacleParams) -> StepResult:
    """Obstacle degrees of indicators and systems; which indicators are most often among the first."""
    panel, held = study.the_panel(), study.earlier(params.of, Panelled)
    found = obstacle_degree(held.index.standard, held.index.weights, held.systems)
    often, mean = frequent_obstacles(found.indicators, params.top)
    last = np.arange(len(found.indicators)).reshape(held.shape)[:, -1]
    late = np.nanmean(found.indicators[last], axis=0) if not np.isnan(found.indicators[last]).all() else mean
    order = np.argsort(-mean)
    names = [study.variable(n) for n in held.names]
    rows = [
        {"rank": k + 1, "system": _system_name(study, held.systems[j]), "indicator": (names[j].title("zh"), names[j].title("en")),
         "mean": defined(mean[j]), "last": defined(late[j]), "often": defined(often[j])}
        for k, j in enumerate(order)
    ]  # fmt: skip
    columns = [
        Column("rank", "位次", "rank", 0, 8), Column("system", "系统", "system", width=20),
        Column("indicator", "指标", "indicator", width=34), Column("mean", "平均障碍度（%）", "mean degree (%)", 2),
        Column("last", f"{panel.years[-1]} 年（%）", f"{panel.years[-1]} (%)", 2),
        Column("often", f"进入前 {params.top} 的频率", f"share of region-years in the first {params.top}", 3),
    ]  # fmt: skip
    systems = [
        {"system": _system_name(study, key), **{str(y): defined(np.nanmean(_column(found.systems, held, k)[:, t]))
                                                 for t, y in enumerate(panel.years)}}
        for k, key in enumerate(found.names)
    ]  # fmt: skip
    by_year = [Column("system", "系统", "system", width=20), *(Column(str(y), str(y), str(y), 2) for y in panel.years)]
    first = [names[j] for j in order[:3]]
    finding = both(
        "主要障碍因子依次为{zh}，平均障碍度 {v}。", "The main obstacles are {en}, with mean degrees {v}.",
        zh="、".join(v.zh for v in first), en=", ".join(v.en for v in first),
        v=(" / ".join(f"{mean[j]:.1f}%" for j in order[:3]),) * 2,
    )  # fmt: skip
    figure = ranked_figure(
        "first", (f"平均障碍度最高的 {min(10, len(order))} 个指标", f"The {min(10, len(order))} largest obstacles"),
        [((names[j].zh, names[j].en), float(mean[j])) for j in order[:10]], ("障碍度，%", "obstacle degree, %"), digits=1,
    )  # fmt: skip
    none = int(np.isnan(found.indicators[:, 0]).sum())
    notes = [(f"{none} 个地区年没有障碍（各指标均为最优），不计入", f"{none} region-years have no obstacle and are left out")] if none else []
    tables = [ResultTable("obstacles", ("障碍度", "Obstacle degrees"), columns, rows),
              ResultTable("systems", ("各系统障碍度均值（%）", "Mean obstacle degree of systems (%)"), by_year, systems)]  # fmt: skip
    return StepResult(tables, [figure], [finding], notes)


def _column(values: Floats, held: Panelled, k: int) -> Floats:
    return held.matrix(values[:, k])
