"""Steps that say what there is: completeness, simple ratios, and quantity beside quality."""

from __future__ import annotations

from typing import Any

import numpy as np
from pydantic import Field
from scipy import stats

from yibao.equity.checks import Floats
from yibao.equity.context import StepParams, Study
from yibao.equity.errors import MethodError
from yibao.equity.gaps import panel_report
from yibao.equity.indicators import Said
from yibao.equity.panel import RULES, Panel, Variable, filled_words, unit_words
from yibao.equity.results import Column, ResultTable, StepResult, defined
from yibao.equity.steps.common import CODE, REGION, YEAR, amount, both, named, num, p_text, tile_figure


class DescribeParams(StepParams):
    """`of`: variables; all of the panel by default."""

    of: list[str] | None = None


class RatioParams(StepParams):
    """A new variable: `over` divides `of`, times `per`; `over` may be left out for a product with `per` alone."""

    of: str
    over: str
    per: float = 1.0
    zh: str
    en: str
    unit: str = ""
    proxy_for: Said | None = None
    map_year: int | None = None


class TiersParams(StepParams):
    """`quantity` and `quality` variables in one `year`, each cut into `tiers` by quantiles."""

    quantity: str
    quality: str
    year: int
    tiers: int = Field(3, ge=2, le=5)


def describe(study: Study, params: DescribeParams) -> StepResult:
    """Balance and gaps of the panel, and each variable's distribution in each year."""
    panel = study.the_panel()
    names = params.of or list(panel.variables)
    found = {c.variable: c for c in panel_report(panel)}
    rows = [_balance(panel, found[name]) for name in names]
    spread = [row for name in names for row in _spread(panel, name)]
    notes = filled_words(panel)
    if panel.skipped:
        notes.append(
            (
                f"未作为地区读入的行：{'、'.join(panel.skipped[:8])}",
                f"rows not read as regions: {', '.join(panel.skipped[:8])}",
            )
        )
    for variable in (panel.variables[name] for name in names):
        if variable.proxy_for:
            notes.append((variable.title("zh"), variable.title("en")))
    gaps = sum(r["missing"] for r in rows)
    finding = both(
        "面板含 {n} 个地区、{t} 个年份（{first}–{last}）、{k} 个变量，缺失 {gaps} 个值，插补 {filled} 个。",
        "The panel holds {n} regions, {t} years ({first}–{last}) and {k} variables; {gaps} values are missing, "
        "{filled} were filled in.",
        n=len(panel.regions),
        t=len(panel.years),
        first=panel.years[0],
        last=panel.years[-1],
        k=len(names),
        gaps=gaps,
        filled=len(panel.filled),
    )
    tables = [_balance_table(rows), _spread_table(spread)]
    return StepResult(tables + ([_filled_table(panel)] if panel.filled else []), findings=[finding], notes=notes)


def ratio(study: Study, params: RatioParams) -> StepResult:
    """A ratio of two variables as a new one; a proxy among them makes a proxy of it."""
    panel = study.the_panel()
    top, bottom = study.matrix(params.of), study.matrix(params.over)
    if np.any(bottom == 0):
        raise MethodError(f"{params.over} is zero somewhere", zh=f"{params.over} 有零值，不能作分母")
    values = top / bottom * params.per
    proxy = params.proxy_for.words if params.proxy_for else _carried(panel, params)
    variable = Variable("", params.zh, params.en, params.unit, proxy_for=proxy)
    year = params.map_year or panel.years[-1]
    unit = unit_words(params.unit)
    title = (
        f"{year} 年{variable.title('zh')}" + (f"（{unit[0]}）" if unit[0] else ""),
        f"{variable.title('en')}, {year}" + (f" ({unit[1]})" if unit[1] else ""),
    )
    figures = tile_figure(panel, "tiles", values[:, study.column(year)], title)
    rows = [
        {"code": r.code, "region": (r.zh, r.en), **{str(y): float(values[i, t]) for t, y in enumerate(panel.years)}}
        for i, r in enumerate(panel.regions)
    ]
    columns = [CODE, REGION, *(Column(str(y), str(y), str(y), 4) for y in panel.years)]
    table = ResultTable("values", (variable.title("zh"), variable.title("en")), columns, rows)
    last = values[:, study.column(year)]
    order = np.argsort(-last)
    finding = both(
        "{year} 年{zh_name}最高的是{top}（{high}{unit}），最低的是{bottom}（{low}{unit}），相差 {times} 倍。",
        "In {year} {en_name} was highest in {top} ({high}{unit}) and lowest in {bottom} ({low}{unit}), "
        "a factor of {times}.",
        year=year,
        zh_name=variable.zh,
        en_name=variable.en,
        top=named(panel, order[:1]),
        bottom=named(panel, order[-1:]),
        high=amount(last[order[0]]),
        low=amount(last[order[-1]]),
        unit=tuple(f" {u}" if u else "" for u in unit),
        times=num(last[order[0]] / last[order[-1]], 1) if last[order[-1]] > 0 else "—",
    )
    return StepResult([table], figures, [finding], variables=[(variable, values)])


def _carried(panel: Panel, params: RatioParams) -> tuple[str, str] | None:
    """What a ratio stands in for when a part of it does: its own value by what that part stands in for."""
    parts = [panel.variables[name] for name in (params.of, params.over)]
    stands = next((v.proxy_for for v in parts if v.proxy_for), None)
    if stands is None or stands[0].endswith("计的值"):
        return stands
    return f"按{stands[0]}计的值", f"its value by {stands[1]}"


def tiers(study: Study, params: TiersParams) -> StepResult:
    """Quantity beside quality: regions in a table of tiers by tiers, and how far the two go together."""
    panel, t = study.the_panel(), study.column(params.year)
    quantity, quality = (study.matrix(name)[:, t] for name in (params.quantity, params.quality))
    one, two = (_tiers(x, params.tiers) for x in (quantity, quality))
    names = panel.variables
    rows = []
    for a in range(params.tiers - 1, -1, -1):
        row: dict[str, Any] = {"tier": (f"数量第 {a + 1} 档", f"quantity tier {a + 1}")}
        for b in range(params.tiers):
            inside = np.flatnonzero((one == a) & (two == b))
            row[f"q{b + 1}"] = named(panel, inside, 40) if len(inside) else ("—", "—")
        rows.append(row)
    columns = [Column("tier", "档次（1 最低）", "tier (1 lowest)", width=18)]
    columns += [
        Column(f"q{b + 1}", f"质量第 {b + 1} 档", f"quality tier {b + 1}", width=40) for b in range(params.tiers)
    ]
    found = stats.spearmanr(quantity, quality)
    title = both(
        "{a} × {b}，{year} 年",
        "{a} by {b}, {year}",
        a=(names[params.quantity].title("zh"), names[params.quantity].title("en")),
        b=(names[params.quality].title("zh"), names[params.quality].title("en")),
        year=params.year,
    )
    thin = np.flatnonzero((one == params.tiers - 1) & (two == 0))
    finding = both(
        "数量与质量的等级相关系数为 {rho}（{p}）；数量在最高档而质量在最低档的地区：{thin}。",
        "Rank correlation of quantity and quality is {rho} ({p}); in the highest tier of quantity and the lowest "
        "of quality: {thin}.",
        rho=num(float(found.statistic), 2),
        p=p_text(float(found.pvalue)),
        thin=named(panel, thin) if len(thin) else ("无", "none"),
    )
    return StepResult([ResultTable("tiers", title, columns, rows)], findings=[finding])


def _tiers(x: Floats, count: int) -> np.ndarray:
    return np.searchsorted(np.quantile(x, np.arange(1, count) / count), x, side="left")


def _filled_table(panel: Panel) -> ResultTable:
    rows = [
        {"variable": f.variable, "code": f.region, "year": f.year, "value": f.value, "rule": RULES[f.rule]}
        for f in panel.filled
    ]
    columns = [
        Column("variable", "变量", "variable", width=20),
        CODE,
        YEAR,
        Column("value", "插补值", "value filled in", 4),
        Column("rule", "规则", "rule", width=24),
    ]
    return ResultTable("filled", ("插补的单元", "Values that were filled in"), columns, rows)


def _balance(panel: Panel, found: Any) -> dict[str, Any]:
    variable = panel.variables[found.variable]
    where = "、".join(f"{code} {year}" for code, year in found.missing[:6]) + ("……" if len(found.missing) > 6 else "")
    return {
        "variable": found.variable,
        "name": (variable.title("zh"), variable.title("en")),
        "unit": unit_words(variable.unit),
        "cells": found.cells,
        "known": found.known,
        "missing": len(found.missing),
        "where": where,
        "filled": found.filled,
        "zeros": found.zeros,
        "negatives": found.negatives,
        "constant": ("是", "yes") if found.constant else ("否", "no"),
        "source": variable.source,
    }


def _balance_table(rows: list[dict[str, Any]]) -> ResultTable:
    columns = [
        Column("variable", "变量", "variable", width=20),
        Column("name", "名称", "name", width=30),
        Column("unit", "单位", "unit"),
        Column("cells", "单元数", "cells", 0),
        Column("known", "有值", "known", 0),
        Column("missing", "缺失", "missing", 0),
        Column("where", "缺失处", "missing at", width=24),
        Column("filled", "插补", "filled in", 0),
        Column("zeros", "零值", "zeros", 0),
        Column("negatives", "负值", "negatives", 0),
        Column("constant", "常数", "constant"),
        Column("source", "来源", "source", width=30),
    ]
    return ResultTable("balance", ("面板完整性", "Balance and gaps of the panel"), columns, rows)


def _spread(panel: Panel, name: str) -> list[dict[str, Any]]:
    values, rows = panel.matrix(name), []
    for t, year in enumerate(panel.years):
        x = values[~np.isnan(values[:, t]), t]
        if not len(x):
            continue
        low, middle, high = np.quantile(x, [0.25, 0.5, 0.75])
        rows.append(
            {
                "variable": name,
                "year": year,
                "n": len(x),
                "mean": float(x.mean()),
                "sd": defined(float(x.std(ddof=1)) if len(x) > 1 else None),
                "min": float(x.min()),
                "q1": float(low),
                "median": float(middle),
                "q3": float(high),
                "max": float(x.max()),
            }
        )
    return rows


def _spread_table(rows: list[dict[str, Any]]) -> ResultTable:
    columns = [Column("variable", "变量", "variable", width=20), YEAR, Column("n", "地区数", "regions", 0)]
    columns += [
        Column(key, zh, en, 4)
        for key, zh, en in (
            ("mean", "均值", "mean"),
            ("sd", "标准差", "sd"),
            ("min", "最小值", "min"),
            ("q1", "下四分位", "lower quartile"),
            ("median", "中位数", "median"),
            ("q3", "上四分位", "upper quartile"),
            ("max", "最大值", "max"),
        )
    ]
    return ResultTable("distribution", ("描述性统计", "Descriptive statistics"), columns, rows)
