"""Steps on few numbers: grey forecasts and relations, and what strata explain."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from yibao.equity.context import StepParams, Study
from yibao.equity.grey import grey_forecast, grey_relation
from yibao.equity.results import Column, ResultTable, StepResult, Words
from yibao.equity.steps.common import both, num, p_text
from yibao.equity.steps.figures import line_figure
from yibao.equity.steps.rows import words
from yibao.equity.strata import geodetector, quantile_strata


class GreyParams(StepParams):
    """A variable, the years ahead; the sum of all regions, or the mean."""

    of: str
    steps: int = 3
    over_regions: Literal["sum", "mean"] = "sum"
    unfit: Literal["refuse", "translate"] = "refuse"


class RelationParams(StepParams):
    """Which of `others` runs most like `of`; regional means by year, each over its first year."""

    of: str
    others: list[str]
    resolution: float = 0.5


class DetectorParams(StepParams):
    """What cutting `by` into `classes`, or the zones, explains of `of` in a year."""

    of: str
    by: list[str]
    year: int
    classes: int = 4
    zones: str | None = None


def forecast(study: Study, params: GreyParams) -> StepResult:
    """The grey forecast of a variable over all regions."""
    panel, matrix = study.the_panel(), study.matrix(params.of)
    series = matrix.sum(axis=0) if params.over_regions == "sum" else matrix.mean(axis=0)
    found = grey_forecast(series, params.steps, unfit=params.unfit)
    step = panel.years[-1] - panel.years[-2]
    years = [*panel.years, *(panel.years[-1] + step * k for k in range(1, params.steps + 1))]
    model = np.concatenate([found.fitted, found.forecast])
    rows = [
        {"year": y, "observed": float(series[i]) if i < len(series) else None, "model": float(model[i])}
        for i, y in enumerate(years)
    ]
    columns = [
        Column("year", "年份", "year", 0, 8),
        Column("observed", "实际值", "observed", 3),
        Column("model", "拟合与预测", "model", 3),
    ]
    variable = study.variable(params.of)
    name = (variable.title("zh"), variable.title("en"))
    finding = both(
        "GM(1,1)：a = {a}，b = {b}，后验差比 C = {c}，小误差概率 P = {p}（{g} 级）；{y} 年预测值 {v}。",
        "GM(1,1): a = {a}, b = {b}, C = {c}, P = {p} (grade {g}); forecast for {y}: {v}.",
        a=num(found.a, 4),
        b=num(found.b, 2),
        c=num(found.variance_ratio),
        p=num(found.small_error, 2),
        g=found.grade,
        y=years[-1],
        v=num(float(model[-1]), 2),
    )
    lines: list[tuple[Words, float, float]] = [
        (("拟合与预测", "model"), y, float(v)) for y, v in zip(years, model, strict=True)
    ]
    lines += [(("实际值", "observed"), y, float(v)) for y, v in zip(panel.years, series, strict=True)]
    figure = line_figure(
        "forecast", both("{n}的灰色预测", "Grey forecast of {n}", n=name), lines, ("年份", "year"), name
    )
    return StepResult([ResultTable("forecast", name, columns, rows)], [figure], [finding], words(found.notes))


def relation(study: Study, params: RelationParams) -> StepResult:
    """Grey relational grades of several variables with one."""

    def path(name: str) -> np.ndarray:
        mean = study.matrix(name).mean(axis=0)
        return mean / mean[0]

    found = grey_relation(path(params.of), np.array([path(n) for n in params.others]), params.resolution)
    titles = [(study.variable(n).title("zh"), study.variable(n).title("en")) for n in params.others]
    order = np.argsort(-found.grades)
    rows = [{"name": titles[i], "grade": float(found.grades[i])} for i in order]
    columns = [Column("name", "因素", "variable", width=26), Column("grade", "关联度", "grade", 4)]
    finding = both(
        "关联度最高的是{n}（{g}）。", "The closest is {n} ({g}).", n=titles[order[0]], g=num(found.grades[order[0]])
    )
    note = both(
        "各序列除以首年值；分辨系数 {r}", "each series over its first year; resolution {r}", r=params.resolution
    )
    return StepResult(
        [ResultTable("grades", ("灰色关联度", "Grey relational grades"), columns, rows)], (), [finding], [note]
    )


def detector(study: Study, params: DetectorParams) -> StepResult:
    """The geographical detector's q of each factor."""
    panel, t = study.the_panel(), study.column(params.year)
    y = study.matrix(params.of)[:, t]
    factors: list[tuple[Words, list[Any]]] = [
        (
            (study.variable(n).title("zh"), study.variable(n).title("en")),
            quantile_strata(study.matrix(n)[:, t], params.classes).tolist(),
        )
        for n in params.by
    ]
    if params.zones is not None:
        factors.append((("分区", "zones"), list(panel.groups(params.zones))))
    rows: list[dict[str, Any]] = []
    notes: list[Words] = []
    for title, strata in factors:
        found = geodetector(y, strata)
        rows.append({"name": title, "q": found.q, "f": found.f, "p": found.p, "strata": found.strata})
        notes += words(found.notes)
    rows.sort(key=lambda row: -float(row["q"]))
    columns = [
        Column("name", "因子", "factor", width=26),
        Column("q", "q 值", "q", 4),
        Column("f", "F", "F", 3),
        Column("p", "p 值", "p", 4),
        Column("strata", "层数", "strata", 0),
    ]
    best = rows[0]
    finding = both(
        "解释力最大的是{n}，q = {q}（{p}）。",
        "{n} explains most: q = {q} ({p}).",
        n=best["name"],
        q=num(float(best["q"])),
        p=p_text(best["p"]) if best["p"] is not None else "—",
    )
    notes.append(both("连续因子按分位数分为 {k} 类", "factors are cut into {k} classes by quantiles", k=params.classes))
    return StepResult(
        [ResultTable("q", ("地理探测器", "Geographical detector"), columns, rows)],
        (),
        [finding],
        list(dict.fromkeys(notes)),
    )
