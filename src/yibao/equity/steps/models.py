"""The step on spatial regression: tests of the form, the model, direct and indirect effects."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from pydantic import Field

from yibao.equity.checks import Floats
from yibao.equity.context import StepParams, Study
from yibao.equity.effects import Effects
from yibao.equity.results import Column, ResultTable, StepResult, Words, defined
from yibao.equity.spatial_models import SpatialModel, Test, diagnose, spatial_regression
from yibao.equity.spatial_panels import PanelModel, hausman, spatial_panel
from yibao.equity.steps.common import both, logarithm, logged, num, p_text


class ModelParams(StepParams):
    """Outcome, regressors, kind; one `year` makes it a cross-section, else a panel with `effects`; `logs` of all."""

    outcome: str
    regressors: list[str]
    kind: Literal["sar", "sem", "sdm"] = "sdm"
    year: int | None = None
    effects: Literal["region", "two-way"] = "two-way"
    logs: list[str] = Field(default_factory=list)
    draws: int = 1000


def spatial_model(study: Study, params: ModelParams) -> StepResult:
    """Fit a spatial model; for a cross-section say first which form the data ask for."""
    weights = study.neighbours()
    y = _values(study, params, params.outcome)
    x = np.stack([_values(study, params, name) for name in params.regressors], axis=2)
    tests: dict[str, Test] = {}
    model: SpatialModel | PanelModel
    if params.year is not None:
        t = study.column(params.year)
        tests = diagnose(y[:, t], x[:, t], weights)
        model = spatial_regression(
            y[:, t], x[:, t], weights, params.kind, names=params.regressors, draws=params.draws, seed=study.seed
        )
        where = (f"{params.year} 年截面，n = {model.n}", f"cross-section of {params.year}, n = {model.n}")
    else:
        model = spatial_panel(
            y,
            x,
            weights,
            params.kind,
            effects=params.effects,
            names=params.regressors,
            draws=params.draws,
            seed=study.seed,
        )
        if len(y) > x.shape[2] + 1:
            tests["Hausman"] = hausman(y, x)
        where = (
            f"面板 {model.n} × {model.periods}，{'双向' if params.effects == 'two-way' else '地区'}固定效应",
            f"panel {model.n} × {model.periods}, {params.effects} fixed effects",
        )
    tables = [_coefficients(study, model, where)]
    if model.effects is not None:
        tables.append(_effects(study, params.regressors, model.effects))
    if tests or model.tests:
        tables.append(_tests({**tests, **model.tests}))
    notes = [("标准误：极大似然，信息矩阵", "standard errors: maximum likelihood, information matrix")]
    notes += logged(params.logs)
    notes.append(("观察性数据的关联，不是因果效应", "associations in observational data, not causal effects"))
    return StepResult(tables, (), _said(study, params, model), notes)


def _values(study: Study, params: ModelParams, name: str) -> Floats:
    values = study.matrix(name)
    return logarithm(name, values) if name in params.logs else values


def _label(study: Study, name: str) -> Words:
    fixed = {
        "constant": ("常数项", "constant"),
        "rho": ("空间滞后 ρ", "spatial lag ρ"),
        "lambda": ("空间误差 λ", "spatial error λ"),
    }
    if name in fixed:
        return fixed[name]
    lagged = name.startswith("W·")
    variable = study.variable(name.removeprefix("W·"))
    return (
        (f"W·{variable.title('zh')}", f"W·{variable.title('en')}")
        if lagged
        else (variable.title("zh"), variable.title("en"))
    )


def _coefficients(study: Study, model: SpatialModel | PanelModel, where: Words) -> ResultTable:
    rows: list[dict[str, Any]] = [
        {"name": _label(study, name), "b": float(b), "error": float(e), "p": float(p)}
        for name, b, e, p in zip(model.names, model.coefficients, model.errors, model.p, strict=True)
    ]
    if model.log_likelihood == model.log_likelihood:
        rows.append({"name": ("对数似然", "log-likelihood"), "b": model.log_likelihood})
    columns = [
        Column("name", "变量", "variable", width=34),
        Column("b", "系数", "coefficient", 4),
        Column("error", "标准误", "standard error", 4),
        Column("p", "p", "p", 4),
    ]
    kinds = {
        "sar": ("空间滞后模型", "spatial lag model"),
        "sem": ("空间误差模型", "spatial error model"),
        "sdm": ("空间杜宾模型", "spatial Durbin model"),
    }
    return ResultTable("coefficients", both("{k}：{w}", "{k}: {w}", k=kinds[model.kind], w=where), columns, rows)


def _effects(study: Study, names: list[str], found: Effects) -> ResultTable:
    rows = []
    for j, name in enumerate(names):
        row: dict[str, Any] = {"name": _label(study, name)}
        for part in ("direct", "indirect", "total"):
            row |= {
                part: float(getattr(found, part)[j]),
                f"{part}_error": float(getattr(found, f"{part}_error")[j]),
                f"{part}_p": float(getattr(found, f"{part}_p")[j]),
            }
        rows.append(row)
    columns = [Column("name", "变量", "variable", width=34)]
    for part, zh, en in (
        ("direct", "直接效应", "direct"),
        ("indirect", "间接效应", "indirect"),
        ("total", "总效应", "total"),
    ):
        columns += [
            Column(part, zh, en, 4),
            Column(f"{part}_error", "标准误", "standard error", 4),
            Column(f"{part}_p", "p", "p", 4),
        ]
    return ResultTable(
        "effects",
        ("直接与间接效应", "Direct and indirect effects"),
        columns,
        rows,
        (f"标准误与 p 由 {found.draws} 次抽样得到", f"errors and p from {found.draws} draws"),
    )


def _tests(tests: dict[str, Test]) -> ResultTable:
    rows = [
        {"test": name, "statistic": defined(t.statistic), "df": t.df, "p": defined(t.p)} for name, t in tests.items()
    ]
    columns = [
        Column("test", "检验", "test", width=22),
        Column("statistic", "统计量", "statistic", 3),
        Column("df", "自由度", "df", 0),
        Column("p", "p", "p", 4),
    ]
    return ResultTable("tests", ("模型形式的检验", "Tests of the form"), columns, rows)


def _said(study: Study, params: ModelParams, model: SpatialModel | PanelModel) -> list[Words]:
    spatial = float(model.p[-1])
    said = [
        both(
            "空间参数为 {r}（{p}）。", "The spatial parameter is {r} ({p}).", r=num(model.parameter), p=p_text(spatial)
        )
    ]
    if model.effects is None:
        return said
    for j, name in enumerate(params.regressors):
        e = model.effects
        said.append(
            both(
                "{n}：直接效应 {d}（{dp}），间接效应 {i}（{ip}），总效应 {t}（{tp}）。",
                "{n}: direct effect {d} ({dp}), indirect {i} ({ip}), total {t} ({tp}).",
                n=_label(study, name),
                d=num(float(e.direct[j]), 4),
                dp=p_text(float(e.direct_p[j])),
                i=num(float(e.indirect[j]), 4),
                ip=p_text(float(e.indirect_p[j])),
                t=num(float(e.total[j]), 4),
                tp=p_text(float(e.total_p[j])),
            )
        )
    return said
