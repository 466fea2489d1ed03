"""Steps on who bears what: the concentration index and its parts, progressivity and redistribution."""

from __future__ import annotations

import numpy as np
from pydantic import Field

from yibao.equity.concentration import concentration_index, decompose_concentration
from yibao.equity.context import Study
from yibao.equity.progressivity import kakwani_of_sources, redistributive_effect
from yibao.equity.results import Column, ResultTable, StepResult, defined
from yibao.equity.steps.common import both, num
from yibao.equity.steps.rows import RowParams, column, columns_of, figures_table, rule, words


class ConcentrationParams(RowParams):
    """`of` a health variable, ranked by `rank_by`; `bounds` for bounded variables; `determinants` to decompose."""

    of: str
    rank_by: str
    weight: str | None = None
    bounds: tuple[float, float] | None = None
    determinants: list[str] = Field(default_factory=list)
    need: list[str] = Field(default_factory=list)


class ProgressivityParams(RowParams):
    """`payments` by source and `means` before payment, per person."""

    payments: list[str]
    means: str
    weight: str | None = None


def concentration(study: Study, params: ConcentrationParams) -> StepResult:
    """The concentration index and what its determinants contribute."""
    data = columns_of(study, params)
    h, r, w = (column(data, name) for name in (params.of, params.rank_by, params.weight))
    found = concentration_index(h, r, w, bounds=params.bounds)
    rows = [
        (("集中指数", "concentration index"), found.value),
        (("标准误", "standard error"), found.standard_error),
        (("广义集中指数", "generalised"), found.generalised),
        (("Erreygers 指数", "Erreygers"), found.erreygers),
        (("Wagstaff 指数", "Wagstaff"), found.wagstaff),
    ]
    tables = [figures_table("index", ("集中指数", "Concentration index"), rows)]
    side = ("穷人", "the poor") if found.value < 0 else ("富人", "the rich")
    findings = [
        both(
            "集中指数为 {v}，偏向{s}一侧。",
            "The concentration index is {v}: it lies more with {s}.",
            v=num(found.value, 4),
            s=side,
        )
    ]
    if params.determinants:
        parts = decompose_concentration(h, r, {n: column(data, n) for n in params.determinants}, w, need=params.need)
        shown: list[dict[str, object]] = [
            {"name": n, "elasticity": parts.elasticity[n], "index": defined(parts.concentration[n]), "contribution": c}
            for n, c in parts.contribution.items()
        ]
        shown.append({"name": ("残差", "residual"), "contribution": parts.residual})
        columns = [
            Column("name", "因素", "determinant", width=20),
            Column("elasticity", "弹性", "elasticity", 4),
            Column("index", "集中指数", "own index", 4),
            Column("contribution", "贡献", "contribution", 4),
        ]
        tables.append(ResultTable("parts", ("集中指数的分解", "Contributions to the index"), columns, shown))
        if parts.horizontal_inequity is not None:
            findings.append(
                both(
                    "剔除需要因素后的水平不公平指数为 {v}。",
                    "Horizontal inequity, need taken out, is {v}.",
                    v=num(parts.horizontal_inequity, 4),
                )
            )
    white = rule("异方差稳健（HC1）", "robust to unequal variances (HC1)")
    return StepResult(tables, (), findings, [white, *words(found.notes)])


def progressivity(study: Study, params: ProgressivityParams) -> StepResult:
    """Kakwani indices by source, and what all payments do to inequality of means."""
    data = columns_of(study, params)
    means, w = column(data, params.means), column(data, params.weight)
    payments = {name: column(data, name) for name in params.payments}
    total, parts = kakwani_of_sources(payments, means, w)
    found = redistributive_effect(np.sum(list(payments.values()), axis=0), means, w)
    rows: list[dict[str, object]] = [{"name": n, "share": s, "index": k} for n, (s, k) in parts.items()] + [
        {"name": ("合计", "all"), "share": 1.0, "index": total}
    ]
    columns = [
        Column("name", "筹资渠道", "source", width=20),
        Column("share", "占比", "share", 4),
        Column("index", "Kakwani 指数", "Kakwani", 4),
    ]
    effects = [
        (("支付前基尼系数", "Gini before"), found.gini_before),
        (("支付后基尼系数", "Gini after"), found.gini_after),
        (("再分配效应", "redistributive effect"), found.effect),
        (("垂直效应", "vertical"), found.vertical),
        (("水平不公平", "horizontal"), found.horizontal),
        (("再排序", "reranking"), found.reranking),
    ]
    word = ("累进", "progressive") if total > 0 else ("累退", "regressive")
    finding = both(
        "全部筹资的 Kakwani 指数为 {k}，为{w}；再分配效应 {e}。",
        "Kakwani's index of all payments is {k}: {w}; the redistributive effect is {e}.",
        k=num(total, 4),
        w=word,
        e=num(found.effect, 4),
    )
    tables = [
        ResultTable("kakwani", ("Kakwani 指数", "Kakwani indices"), columns, rows),
        figures_table("redistribution", ("再分配效应", "Redistributive effect"), effects),
    ]
    return StepResult(tables, (), [finding])
