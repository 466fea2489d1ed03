"""What steps over rows share: where their columns come from, tables of estimates, conventions in both languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from yibao.equity.checks import Note
from yibao.equity.context import StepParams, Study
from yibao.equity.evaluation.tables import Columns, Estimate
from yibao.equity.results import Column, Figure, ResultTable, Words, defined
from yibao.equity.steps.common import logarithm, num, p_text
from yibao.equity.steps.figures import line_figure

#: Columns of a panel read as rows.
REGION_COLUMN, YEAR_COLUMN = "region", "year"


class RowParams(StepParams):
    """`table` names a table of the study's data; without it the panel is read as rows of region and year."""

    table: str | None = None


def columns_of(study: Study, params: RowParams) -> Columns:
    """The named table, or the panel with one row a region and year: `region`, `year`, every variable."""
    if params.table is not None:
        return study.table(params.table)
    panel = study.the_panel()
    regions, years = len(panel.regions), len(panel.years)
    rows: dict[str, Any] = {
        REGION_COLUMN: np.repeat(np.array(panel.codes, dtype=object), years),
        YEAR_COLUMN: np.tile(np.array(panel.years), regions),
    }
    return rows | {name: values.ravel() for name, values in panel.values.items()}


def column(data: Columns, name: str | None) -> Any:
    """One column as a list; None where none is named. Raises MethodError on a name that is absent."""
    from yibao.equity.checks import refusal

    if name is None:
        return None
    have = data.keys() if isinstance(data, Mapping) else data.column_names
    if name not in have:
        raise refusal(
            name, "there is no such column", "没有该列", f"it has: {', '.join(have)}", f"现有：{', '.join(have)}"
        )
    return np.asarray(data[name]) if isinstance(data, Mapping) else np.asarray(data.column(name).to_pylist())


def with_logarithms(data: Columns, names: Sequence[str]) -> Columns:
    """`data` with natural logarithms in place of these columns; raises MethodError where there is none."""
    for name in names:
        logs = logarithm(name, column(data, name).astype(np.float64))
        if isinstance(data, Mapping):
            data = {**data, name: logs}
        else:
            data = data.set_column(data.column_names.index(name), name, pa.array(logs, from_pandas=True))
    return data


def estimates(
    name: str, title: Words, rows: Mapping[str, Estimate] | Iterable[tuple[Words, Estimate]], note: Words | None = None
) -> ResultTable:
    """A table of estimates: value, error, statistic, p, interval."""
    pairs = [((k, k), v) for k, v in rows.items()] if isinstance(rows, Mapping) else list(rows)
    shown = [
        {
            "term": term,
            "value": one.value,
            "error": one.standard_error,
            "statistic": defined(one.statistic),
            "p": one.p,
            "low": defined(one.low),
            "high": defined(one.high),
        }
        for term, one in pairs
    ]
    columns = [
        Column("term", "项", "term", width=26),
        Column("value", "估计值", "estimate", 4),
        Column("error", "标准误", "standard error", 4),
        Column("statistic", "统计量", "statistic", 2),
        Column("p", "p 值", "p", 4),
        Column("low", "95% 下限", "95% low", 4),
        Column("high", "95% 上限", "95% high", 4),
    ]
    return ResultTable(name, title, columns, shown, note)


def said(one: Estimate, digits: int = 3) -> str:
    """An estimate in a sentence: value [low, high], p."""
    return f"{num(one.value, digits)} [{num(one.low, digits)}, {num(one.high, digits)}], {p_text(one.p)}"


def words(notes: Iterable[Note]) -> list[Words]:
    """Conventions of a method, as the study prints them."""
    return [(note.zh, note.en) for note in notes]


def rule(zh: str, en: str) -> Words:
    """The convention that says which standard errors a method's are; one for every step that prints any."""
    return f"标准误：{zh}", f"errors: {en}"


def figures_table(name: str, title: Words, rows: Sequence[tuple[Words, float | None]], digits: int = 4) -> ResultTable:
    """A table of named figures."""
    columns = [Column("name", "指标", "figure", width=34), Column("value", "值", "value", digits)]
    return ResultTable(name, title, columns, [{"name": said, "value": defined(value)} for said, value in rows])


def by_time(name: str, title: Words, effects: Mapping[int, Estimate], y: Words) -> Figure:
    """Effects by years since treatment with their intervals, and the year of reference at zero."""
    shown = {**effects, -1: Estimate(0.0, 0.0, 0.0, 1.0, 0.0, 0.0)} if -1 not in effects else dict(effects)
    order = sorted(shown)
    return line_figure(
        name,
        title,
        [(("效应", "effect"), float(at), shown[at].value) for at in order],
        ("距政策开始的年数", "years since the policy began"),
        y,
        zero=True,
        bands=[(shown[at].low, shown[at].high) for at in order],
    )
