"""Steps on households: catastrophic expenditure, impoverishment, fairness, vulnerability."""

from __future__ import annotations

from typing import Literal

import numpy as np

from yibao.equity.checks import refusal
from yibao.equity.context import Study
from yibao.equity.evaluation.tables import Columns
from yibao.equity.protection.capacity import capacity_to_pay, non_food, societal_line
from yibao.equity.protection.expenditure import Catastrophic, catastrophic_expenditure, financial_hardship
from yibao.equity.protection.fairness import fairness_of_contribution
from yibao.equity.protection.impoverishment import impoverishment
from yibao.equity.protection.vulnerability import expected_poverty
from yibao.equity.results import Column, ResultTable, StepResult, Words, defined
from yibao.equity.steps.common import both, num, percent
from yibao.equity.steps.rows import RowParams, column, columns_of, figures_table, words

DENOMINATORS: dict[str, Words] = {
    "consumption": ("消费支出", "consumption"),
    "non_food": ("非食品支出", "consumption after food"),
    "capacity": ("支付能力（WHO）", "capacity to pay (WHO)"),
}


class HouseholdParams(RowParams):
    """Columns of households, one currency and year; `size` makes people count instead of households."""

    consumption: str
    payment: str
    food: str | None = None
    size: str | None = None
    weight: str | None = None


class LineParams(HouseholdParams):
    """A poverty line per person in the data's currency and period."""

    line: float


class CatastrophicParams(HouseholdParams):
    """`measures` are [denominator, threshold]; capacity to pay counts from the threshold on, as WHO does. `line_*` make
    the societal line of SDG 3.8.2 as of 2025, in the data's currency and period; without them it is left out."""

    measures: tuple[tuple[Literal["consumption", "non_food", "capacity"], float], ...] = (
        ("consumption", 0.1),
        ("consumption", 0.25),
        ("non_food", 0.4),
        ("capacity", 0.4),
    )
    line_floor: float | None = None
    line_fixed: float | None = None
    line_share: float = 0.5


class VulnerabilityParams(RowParams):
    """Consumption per person, characteristics, and the line."""

    consumption: str
    characteristics: list[str]
    line: float
    weight: str | None = None
    negative_variance: Literal["drop", "floor", "harvey"] = "drop"


def catastrophic(study: Study, params: CatastrophicParams) -> StepResult:
    """Catastrophic expenditure by every denominator and threshold asked for, and hardship as of 2025."""
    data = columns_of(study, params)
    x, paid, size, weight = (column(data, n) for n in (params.consumption, params.payment, params.size, params.weight))
    heads = np.ones(len(x)) if size is None else size
    rows: list[dict[str, object]] = []
    notes: list[Words] = []
    findings: list[Words] = []
    for name, threshold in params.measures:
        found = catastrophic_expenditure(
            paid,
            _denominator(name, data, params),
            threshold,
            weight,
            size=size,
            inclusive=name == "capacity",
            rank_by=np.asarray(x) / heads,
        )
        rows.append(_row(DENOMINATORS[name], threshold, found))
        notes += words(found.notes)
        findings.append(_catastrophic_said(DENOMINATORS[name], threshold, found))
    if params.line_floor is not None and params.line_fixed is not None:
        line = societal_line(
            x, heads, weight, floor=params.line_floor, fixed=params.line_fixed, share=params.line_share
        )
        hard = financial_hardship(paid, x, heads, line.line, weight)
        label = ("可自由支配预算（SDG 3.8.2，2025）", "discretionary budget (SDG 3.8.2, 2025)")
        rows.append({"denominator": label, "threshold": 0.4, "headcount": hard.hardship})
        notes.append((f"社会贫困线 {line.rule}", f"societal poverty line {line.rule}"))
        findings.append(
            both(
                "按 2025 年口径，{h} 的人有医疗支出困难，其中致贫性 {i}，大额 {l}。",
                "By the definition of 2025 {h} of people bear financial hardship: {i} impoverishing, {l} large.",
                h=percent(hard.hardship),
                i=percent(hard.impoverishing),
                l=percent(hard.large),
            )
        )
    columns = [
        Column("denominator", "分母", "denominator", width=34),
        Column("threshold", "阈值", "threshold", 2),
        Column("headcount", "发生率", "headcount", 4),
        Column("overshoot", "平均超出", "overshoot", 4),
        Column("mean", "超出者平均超出", "mean positive overshoot", 4),
        Column("concentration", "集中指数", "concentration index", 4),
        Column("ranked", "加权发生率", "rank-weighted headcount", 4),
    ]
    title = ("灾难性卫生支出", "Catastrophic health expenditure")
    return StepResult([ResultTable("catastrophic", title, columns, rows)], (), findings, list(dict.fromkeys(notes)))


def impoverished(study: Study, params: LineParams) -> StepResult:
    """Poverty before and after payments."""
    data = columns_of(study, params)
    picked = (column(data, n) for n in (params.consumption, params.payment, params.size, params.weight))
    x, paid, size, weight = picked
    found = impoverishment(x, paid, params.line, size, weight)
    titles = [
        ("贫困发生率", "headcount"),
        ("贫困缺口", "gap"),
        ("缺口/贫困线", "gap over line"),
        ("贫困者平均缺口", "mean gap of the poor"),
        ("FGT(2)", "FGT(2)"),
    ]
    rows = [
        {
            "name": title,
            "gross": defined(a),
            "net": defined(b),
            "change": defined(b - a) if a is not None and b is not None else None,
        }
        for title, a, b in zip(titles, found.gross, found.net, strict=True)
    ]
    columns = [
        Column("name", "指标", "figure", width=26),
        Column("gross", "支付前", "before payment", 4),
        Column("net", "支付后", "after payment", 4),
        Column("change", "变化", "change", 4),
    ]
    finding = both(
        "医疗支出使贫困发生率由 {a} 升至 {b}，{c} 因病致贫；另有 {d} 原已贫困又付医疗费。",
        "Payments raise poverty from {a} to {b}: {c} are impoverished, and {d} were poor already and pay.",
        a=percent(found.gross.headcount),
        b=percent(found.net.headcount),
        c=percent(found.groups["impoverished"]),
        d=percent(found.groups["further_impoverished"]),
    )
    title = ("支付前后的贫困", "Poverty before and after payments")
    return StepResult([ResultTable("poverty", title, columns, rows)], (), [finding], words(found.notes))


def fairness(study: Study, params: HouseholdParams) -> StepResult:
    """The fairness of financial contribution against WHO's capacity to pay."""
    data = columns_of(study, params)
    found = fairness_of_contribution(
        column(data, params.payment), _denominator("capacity", data, params), column(data, params.weight)
    )
    rows = [
        (("筹资公平性指数 FFC", "fairness of financial contribution"), found.value),
        (("平均负担率", "common share"), found.common_share),
    ]
    finding = both(
        "筹资公平性指数为 {v}（1 为完全公平）。", "The fairness index is {v} (1 is perfectly fair).", v=num(found.value)
    )
    return StepResult(
        [figures_table("fairness", ("筹资公平性", "Fairness of financing"), rows)], (), [finding], words(found.notes)
    )


def vulnerability(study: Study, params: VulnerabilityParams) -> StepResult:
    """Chances of poverty by three-step least squares."""
    data = columns_of(study, params)
    characteristics = {name: column(data, name) for name in params.characteristics}
    found = expected_poverty(
        column(data, params.consumption),
        characteristics,
        params.line,
        column(data, params.weight),
        negative_variance=params.negative_variance,
    )
    rows = [
        (("当前贫困发生率", "poverty headcount"), found.headcount),
        (("脆弱率（V > 0.5）", "vulnerable (V > 0.5)"), found.shares["even_odds"]),
        (("脆弱率（V > 0.29）", "vulnerable (V > 0.29)"), found.shares["two_years"]),
        (("脆弱率（V > 贫困发生率）", "vulnerable (V > headcount)"), found.shares["headcount"]),
    ]
    parts = [
        {"name": n, "mean": found.coefficients[n], "variance": found.variance_coefficients[n]}
        for n in found.coefficients
    ]
    columns = [
        Column("name", "变量", "variable", width=22),
        Column("mean", "对数消费", "ln consumption", 4),
        Column("variance", "方差", "variance", 4),
    ]
    finding = both(
        "{h} 的人当前贫困，{v} 的人未来两年内可能陷入贫困（V > 0.29）。",
        "{h} are poor now, {v} are vulnerable within two years (V > 0.29).",
        h=percent(found.headcount),
        v=percent(found.shares["two_years"]),
    )
    tables = [
        figures_table("shares", ("贫困脆弱性", "Vulnerability to poverty"), rows),
        ResultTable("coefficients", ("均值与方差方程", "Mean and variance"), columns, parts),
    ]
    return StepResult(tables, (), [finding], words(found.notes))


def _denominator(name: str, data: Columns, params: HouseholdParams) -> np.ndarray:
    x = column(data, params.consumption)
    if name == "consumption":
        return np.asarray(x, dtype=np.float64)
    food = column(data, params.food)
    if food is None:
        raise refusal("food", "is needed for this denominator", "该分母需要食品支出列")
    if name == "non_food":
        return non_food(x, food)
    size, weight = column(data, params.size), column(data, params.weight)
    if size is None:
        raise refusal("size", "is needed for the capacity to pay", "支付能力需要家庭人口列")
    return capacity_to_pay(x, food, size, weight).capacity


def _row(denominator: Words, threshold: float, found: Catastrophic) -> dict[str, object]:
    return {
        "denominator": denominator,
        "threshold": threshold,
        "headcount": found.headcount,
        "overshoot": found.overshoot,
        "mean": found.mean_positive_overshoot,
        "concentration": found.concentration,
        "ranked": found.rank_weighted_headcount,
    }


def _catastrophic_said(denominator: Words, threshold: float, found: Catastrophic) -> Words:
    return both(
        "以{d}的 {z} 为界，灾难性卫生支出发生率为 {h}。",
        "At {z} of {d}, {h} have catastrophic health expenditure.",
        d=denominator,
        z=percent(threshold, 0),
        h=percent(found.headcount),
    )
