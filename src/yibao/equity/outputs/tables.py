"""Tables of a study as CSV files, LaTeX tables and one workbook; the panel as a tidy CSV."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from yibao.equity.outputs.cells import both
from yibao.equity.outputs.latex import latex_table
from yibao.equity.results import ResultTable
from yibao.equity.study import StepRun, StudyResult
from yibao.presentation.workbook import Field, Workbook, write_csv

#: Sheets and CSV files name money nowhere here; the writer wants a currency all the same.
_CURRENCY = "CNY"


def each_table(result: StudyResult) -> Iterator[tuple[str, StepRun, ResultTable]]:
    """Every table with its file stem, `01_step_table`."""
    for number, run in enumerate(result.steps, start=1):
        for table in run.result.tables:
            yield f"{number:02d}_{run.text.name}_{table.id}", run, table


def write_tables(result: StudyResult, folder: Path) -> None:
    """tables/*.csv, tables/*.tex in both languages, tables.xlsx with what every table is, panel.csv."""
    contents = []
    with Workbook(folder / "tables.xlsx", _CURRENCY) as book:
        tables = list(each_table(result))
        names = _sheet_names([stem for stem, _, _ in tables])
        for (_, _, table), name in zip(tables, names, strict=True):
            contents.append((name, f"{table.title[0]} · {table.title[1]}"))
        labels = [("！", f"{zh} · {en}") for zh, en in result.labels]
        title = f"{result.text.title.zh} · {result.text.title.en}"
        book.words("目录 contents", title, [*labels, *contents])
        for (stem, _, table), name in zip(tables, names, strict=True):
            fields, rows = _fields(table), _rows(table)
            book.sheet(name, fields, rows)
            write_csv(folder / "tables" / f"{stem}.csv", fields, rows, _CURRENCY)
            for lang in ("zh", "en"):
                text = latex_table(table, lang, stem)
                (folder / "tables" / f"{stem}.{lang}.tex").write_text(text, encoding="utf-8")
    if result.panel is not None:
        write_csv(folder / "panel.csv", _PANEL, _tidy(result), _CURRENCY)


def _sheet_names(stems: list[str]) -> list[str]:
    """Excel holds 31 characters; two that are cut alike are told apart by a number."""
    seen: dict[str, int] = {}
    out = []
    for stem in stems:
        name = stem[:31]
        seen[name] = seen.get(name, 0) + 1
        out.append(name if seen[name] == 1 else f"{stem[:28]}~{seen[name]}")
    return out


def _fields(table: ResultTable) -> list[Field]:
    return [
        Field(
            column.key,
            column.zh,
            column.en if column.en != column.zh else "",
            "text" if column.digits is None or _worded(table, column.key) else "number",
            max(column.width, 10),
            column.digits or 0,
        )
        for column in table.columns
    ]


def _worded(table: ResultTable, key: str) -> bool:
    return any(isinstance(row.get(key), (str, tuple)) for row in table.rows)


def _rows(table: ResultTable) -> list[dict[str, Any]]:
    return [{column.key: both(row.get(column.key)) for column in table.columns} for row in table.rows]


_PANEL = [
    Field("region", "地区代码", "region"),
    Field("name", "地区", "name", width=24),
    Field("year", "年份", "year", "number", 8, 0),
    Field("indicator", "变量", "indicator", width=24),
    Field("value", "值", "value", "number", 16, 6),
    Field("unit", "单位", "unit"),
    Field("source", "来源", "source", width=40),
    Field("filled", "插补规则", "filled in by"),
]


def _tidy(result: StudyResult) -> Iterator[dict[str, Any]]:
    panel = result.panel
    assert panel is not None
    rules = {(f.variable, f.region, f.year): f.rule for f in panel.filled}
    for name, values in panel.values.items():
        variable = panel.variables[name]
        for i, region in enumerate(panel.regions):
            for t, year in enumerate(panel.years):
                if np.isnan(values[i, t]):
                    continue
                yield {
                    "region": region.code,
                    "name": both((region.zh, region.en)),
                    "year": year,
                    "indicator": name,
                    "value": float(values[i, t]),
                    "unit": variable.unit,
                    "source": variable.source,
                    "filled": rules.get((name, region.code, year), ""),
                }
