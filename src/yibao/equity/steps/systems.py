"""Steps on systems that grow together: coupling coordination, obstacles."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from yibao.equity.checks import Floats
from yibao.equity.context import StepParams, Study
from yibao.equity.coupling import GRADES, STAGES, coordination_grade, coupling_coordination, relative_development, stage
from yibao.equity.obstacle import frequent_obstacles, obstacle_degree
from yibao.equity.panel import Panel, Variable
from yibao.equity.regions import zone_names
from yibao.equity.results import Column, Figure, ResultTable, StepResult, Words, defined
from yibao.equity.steps.common import CODE, REGION, YEAR, both, direction, named, num, tile_figure
from yibao.equity.steps.composite_show import Panelled, system_name
from yibao.equity.steps.figures import heat_figure, line_figure, ranked_figure


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
            row = {
                "code": r.code,
                "region": (r.zh, r.en),
                "year": year,
                "c": defined(c[i, k]),
                "t": float(t[i, k]),
                "d": float(d[i, k]),
                "grade": GRADES[grade[i, k]],
                "stage": _stage(c[i, k]),
            }
            if ratio is not None:
                row |= {"ratio": defined(ratio.ratio[i, k]), "lag": _lag(int(ratio.lag[i, k]), names)}
            rows.append(row)
    columns = [
        CODE,
        REGION,
        YEAR,
        Column("c", "耦合度 C", "coupling C", 4),
        Column("t", "发展度 T", "development T", 4),
        Column("d", "协调度 D", "coordination D", 4),
        Column("grade", "等级", "grade", width=22),
        Column("stage", "耦合阶段", "stage of coupling", width=18),
    ]
    if ratio is not None:
        columns += [Column("ratio", "相对发展度", "relative development", 4), Column("lag", "类型", "type", width=24)]
    form = {"classical": ("经典式", "classical form"), "revised": ("修正式", "revised form")}[params.form]
    table = ResultTable("coupling", both("耦合协调度（{f}）", "Coupling coordination ({f})", f=form), columns, rows)
    undefined = int(np.isnan(c).sum())
    notes = [
        both(
            "等级界限每 0.1 一档，界限值归{s}档",
            "grades in steps of 0.1; a bound belongs to the {s} grade",
            s=("上", "upper") if params.closed == "left" else ("下", "lower"),
        )
    ]
    if undefined:
        notes.append(
            (
                f"{undefined} 个地区年各系统均为 0，耦合度无定义，协调度记 0",
                f"in {undefined} region-years every system is 0: coupling is not defined, coordination taken as 0",
            )
        )
    variables = [
        (Variable("", "耦合协调度", "coordination"), d),
        (Variable("_coupling", "耦合度", "coupling"), np.nan_to_num(c)),
    ]
    return StepResult(
        [table, _grade_table(panel, grade)],
        _coupling_figures(panel, d, grade),
        _coupling_words(panel, d, grade, ratio, names),
        notes,
        variables,
    )


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
        for g in range(10)
        if (grade == g).any()
    ]
    columns = [Column("grade", "等级", "grade", width=24), *(Column(str(y), str(y), str(y), 0, 8) for y in panel.years)]
    return ResultTable("grades", ("各等级地区数", "Regions by grade"), columns, rows)


def _coupling_figures(panel: Panel, d: Floats, grade: np.ndarray) -> list[Figure]:
    found: list[Figure] = []
    if len(panel.regions) <= 40:
        order = np.argsort(-d[:, -1])
        cells = [
            (
                (panel.regions[i].zh, panel.regions[i].en),
                str(y),
                int(grade[i, t]),
                f"{d[i, t]:.2f}"[1:] if d[i, t] < 1 else "1",
            )
            for i in order
            for t, y in enumerate(panel.years)
        ]
        found.append(heat_figure("heat", ("各地区耦合协调度", "Coordination of regions"), cells, GRADES))
    if len(panel.years) > 2:
        mean = [(("均值", "mean"), float(y), float(d[:, t].mean())) for t, y in enumerate(panel.years)]
        for zone in dict.fromkeys(r.zones.get("zone4", "") for r in panel.regions):
            mine = np.array([r.zones.get("zone4", "") == zone for r in panel.regions])
            if zone:
                mean += [(zone_names(zone), float(y), float(d[mine, t].mean())) for t, y in enumerate(panel.years)]
        found.append(
            line_figure(
                "trend", ("耦合协调度均值", "Mean coordination"), mean, ("年份", "year"), ("协调度 D", "coordination D")
            )
        )
    title = both("{y} 年耦合协调度", "Coordination, {y}", y=panel.years[-1])
    return found + tile_figure(panel, "tiles", d[:, -1], title)


def _coupling_words(panel: Panel, d: Floats, grade: np.ndarray, ratio: Any, names: list[Words]) -> list[Words]:
    order = np.argsort(-d[:, -1])
    y0, y1 = panel.years[0], panel.years[-1]
    coordinated = int((grade[:, -1] >= 5).sum())
    said = [
        both(
            "协调度均值由 {a}（{y0}）{move}到 {b}（{y1}）；{y1} 年 {k} 个地区达到协调（D ≥ 0.5），"
            "最高的是{top}，最低的是{low}。",
            "Mean coordination {move} from {a} ({y0}) to {b} ({y1}); in {y1} {k} regions were coordinated "
            "(D 0.5 or more), highest {top}, lowest {low}.",
            a=num(d[:, 0].mean()),
            b=num(d[:, -1].mean()),
            y0=y0,
            y1=y1,
            move=direction(d[:, 0].mean(), d[:, -1].mean(), 0.005),
            k=coordinated,
            top=named(panel, order[:3], 3),
            low=named(panel, order[-3:], 3),
        )
    ]
    if ratio is not None:
        lag = ratio.lag[:, -1]
        said.append(
            both(
                "{y} 年{a}滞后的地区 {n1} 个，{b}滞后的 {n2} 个，同步的 {n0} 个。",
                "In {y} {a} lagged in {n1} regions, {b} in {n2}; {n0} were in step.",
                y=y1,
                a=names[0],
                b=names[1],
                n1=int((lag == -1).sum()),
                n2=int((lag == 1).sum()),
                n0=int((lag == 0).sum()),
            )
        )
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
        {
            "rank": k + 1,
            "system": system_name(study, held.systems[j]),
            "indicator": (names[j].title("zh"), names[j].title("en")),
            "mean": defined(mean[j]),
            "last": defined(late[j]),
            "often": defined(often[j]),
        }
        for k, j in enumerate(order)
    ]
    columns = [
        Column("rank", "位次", "rank", 0, 8),
        Column("system", "系统", "system", width=20),
        Column("indicator", "指标", "indicator", width=34),
        Column("mean", "平均障碍度（%）", "mean degree (%)", 2),
        Column("last", f"{panel.years[-1]} 年（%）", f"{panel.years[-1]} (%)", 2),
        Column("often", f"进入前 {params.top} 的频率", f"share of region-years in the first {params.top}", 3),
    ]
    systems = [
        {
            "system": system_name(study, key),
            **{
                str(y): defined(float(np.nanmean(_column(found.systems, held, k)[:, t])))
                for t, y in enumerate(panel.years)
            },
        }
        for k, key in enumerate(found.names)
    ]
    by_year = [Column("system", "系统", "system", width=20), *(Column(str(y), str(y), str(y), 2) for y in panel.years)]
    first = [names[j] for j in order[:3]]
    finding = both(
        "主要障碍因子依次为{zh}，平均障碍度 {v}。",
        "The main obstacles are {en}, with mean degrees {v}.",
        zh="、".join(v.zh for v in first),
        en=", ".join(v.en for v in first),
        v=(" / ".join(f"{mean[j]:.1f}%" for j in order[:3]),) * 2,
    )
    figure = ranked_figure(
        "first",
        (f"平均障碍度最高的 {min(10, len(order))} 个指标", f"The {min(10, len(order))} largest obstacles"),
        [((names[j].zh, names[j].en), float(mean[j])) for j in order[:10]],
        ("障碍度，%", "obstacle degree, %"),
        digits=1,
    )
    none = int(np.isnan(found.indicators[:, 0]).sum())
    notes = (
        [
            (
                f"{none} 个地区年没有障碍（各指标均为最优），不计入",
                f"{none} region-years have no obstacle and are left out",
            )
        ]
        if none
        else []
    )
    tables = [
        ResultTable("obstacles", ("障碍度", "Obstacle degrees"), columns, rows),
        ResultTable("systems", ("各系统障碍度均值（%）", "Mean obstacle degree of systems (%)"), by_year, systems),
    ]
    return StepResult(tables, [figure], [finding], notes)


def _column(values: Floats, held: Panelled, k: int) -> Floats:
    return held.matrix(values[:, k])
