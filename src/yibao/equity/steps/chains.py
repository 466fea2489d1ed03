"""The step on moves between classes: Markov chains, alone and by neighbours."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from pydantic import Field

from yibao.equity.context import StepParams, Study
from yibao.equity.markov import TransitionMatrix, markov_classes, spatial_transitions, transitions
from yibao.equity.results import Column, ResultTable, StepResult, Words, defined
from yibao.equity.steps.common import both, num, p_text, percent

_LEVELS = {
    3: (("低", "low"), ("中", "middle"), ("高", "high")),
    4: (("低", "low"), ("中低", "lower middle"), ("中高", "upper middle"), ("高", "high")),
    5: (("低", "low"), ("中低", "lower middle"), ("中", "middle"), ("中高", "upper middle"), ("高", "high")),
}


class MarkovParams(StepParams):
    """Variable `of` in `classes` (3, 4 or 5) by pooled or yearly quantiles; `spatial` conditions on neighbours."""

    of: str
    classes: int = Field(4, ge=3, le=5)
    cuts: Literal["pooled", "yearly"] = "pooled"
    spatial: bool = True
    lag_cuts: Literal["same", "own"] = "same"


def markov(study: Study, params: MarkovParams) -> StepResult:
    """Transition matrices between classes, the long run, and whether neighbours matter."""
    values = study.matrix(params.of)
    classes, bounds = markov_classes(values, params.classes, cuts=params.cuts)
    alone = transitions(classes, params.classes)
    names = _LEVELS[params.classes]
    tables = [
        ResultTable(
            "transitions", ("转移概率矩阵", "Transition rates"), _columns(names, False), _rows(alone, names, None)
        ),
        _long_run(alone, names),
    ]
    stay = np.diag(alone.rates)
    findings = [
        both(
            "对角线概率为 {d}：{reading}。",
            "The rates of staying are {d}: {reading}.",
            d=" / ".join(percent(float(s)) for s in stay),
            reading=("等级之间流动性低", "classes hardly mix")
            if np.nanmin(stay) > 0.5
            else ("等级之间有明显流动", "regions move between classes"),
        )
    ]
    notes = [
        both(
            "类别界限：{c}，区间右闭",
            "cuts: {c}, intervals closed on the right",
            c=("合并全部年份的分位数 ", "pooled quantiles ")
            if params.cuts == "pooled"
            else ("逐年分位数", "quantiles of each year"),
        )
    ]
    if params.cuts == "pooled":
        notes[0] = (
            notes[0][0] + " " + "、".join(num(float(b), 4) for b in bounds),
            notes[0][1] + " " + ", ".join(num(float(b), 4) for b in bounds),
        )
    if alone.empty:
        notes.append(("有空类，其转移概率无定义", "a class is empty; its rates are not defined"))
    if params.spatial:
        found = spatial_transitions(
            values, study.neighbours(), params.classes, cuts=params.cuts, lag_cuts=params.lag_cuts
        )
        rows = [row for lag, part in enumerate(found.by_lag) for row in _rows(part, names, names[lag])]
        tables.append(
            ResultTable(
                "spatial",
                ("空间马尔可夫转移概率", "Transition rates by class of neighbours"),
                _columns(names, True),
                rows,
                ("— 表示该类没有观测", "— where no region was in that class"),
            )
        )
        tables.append(
            ResultTable(
                "tests",
                ("邻域是否影响转移", "Do neighbours matter?"),
                [
                    Column("test", "检验", "test", width=24),
                    Column("statistic", "统计量", "statistic", 3),
                    Column("df", "自由度", "df", 0),
                    Column("p", "p", "p", 4),
                ],
                [
                    {
                        "test": ("似然比 LR", "likelihood ratio LR"),
                        "statistic": defined(found.lr),
                        "df": found.df,
                        "p": defined(found.lr_p),
                    },
                    {
                        "test": ("Pearson Q", "Pearson Q"),
                        "statistic": defined(found.q),
                        "df": found.df,
                        "p": defined(found.q_p),
                    },
                ],
            )
        )
        findings.append(
            both(
                "邻域条件检验 LR = {lr}（df = {df}，{p}），{reading}。",
                "Neighbours: LR = {lr} (df = {df}, {p}); {reading}.",
                lr=num(found.lr, 2),
                df=found.df,
                p=p_text(found.lr_p),
                reading=("邻居的类别与转移有关", "moves depend on the neighbours' class")
                if found.lr_p < 0.05
                else ("没有证据表明转移与邻居有关", "no evidence that moves depend on neighbours"),
            )
        )
        if params.lag_cuts == "own":
            notes.append(("邻域均值按其自身分位数分类", "neighbours' means are classed by quantiles of their own"))
    return StepResult(tables, (), findings, notes)


def _columns(names: tuple[Words, ...], spatial: bool) -> list[Column]:
    lead = [Column("lag", "邻域", "neighbours", width=14)] if spatial else []
    return [
        *lead,
        Column("from", "期初", "from", width=14),
        Column("n", "次数", "moves", 0, 8),
        *(Column(f"to{j}", name[0], name[1], 4) for j, name in enumerate(names)),
    ]


def _rows(found: TransitionMatrix, names: tuple[Words, ...], lag: Words | None) -> list[dict[str, Any]]:
    return [
        {
            "lag": lag,
            "from": name,
            "n": int(found.counts[i].sum()),
            **{f"to{j}": defined(found.rates[i, j]) for j in range(len(names))},
        }
        for i, name in enumerate(names)
    ]


def _long_run(found: TransitionMatrix, names: tuple[Words, ...]) -> ResultTable:
    rows = [
        {"set": k + 1, **{f"to{j}": defined(row[j]) for j in range(len(names))}} for k, row in enumerate(found.steady)
    ]
    note = (
        ("存在多个封闭类，长期分布不唯一", "there are several closed sets: the long run is not unique")
        if len(rows) > 1
        else None
    )
    columns = [
        Column("set", "封闭类", "closed set", 0),
        *(Column(f"to{j}", n[0], n[1], 4) for j, n in enumerate(names)),
    ]
    return ResultTable("long_run", ("长期（遍历）分布", "Long-run distribution"), columns, rows, note)
