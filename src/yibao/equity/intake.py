"""Panels from files: tidy tables, wide tables, yearbook sheets; every refusal names the row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np

from yibao.equity.cells import number, read_rows
from yibao.equity.checks import Floats
from yibao.equity.errors import PanelError
from yibao.equity.panel import Panel, Variable
from yibao.equity.regions import Region, as_region, find_province
from yibao.equity.yearbook import Layout, yearbook_rows


@dataclass(frozen=True)
class Column:
    """A variable of a wide table: the column it is read from, and a factor into its unit."""

    variable: Variable
    column: str
    scale: float = 1.0


@dataclass(frozen=True)
class PanelSource:
    """Where a panel is read from.

    `layout` tidy: columns region, year, indicator, value, unit, source (a row a value); wide: a column a variable, as
    `columns` say; yearbook: an Excel sheet as printed, see `yearbook`. `level` province matches regions to the 31 (34)
    units by code or name; any other level takes the column's values as codes. `zones` name -> column; `parent` column.
    """

    path: Path
    layout: Literal["tidy", "wide", "yearbook"] = "tidy"
    region: str = "region"
    year: str = "year"
    level: str = "province"
    names: Mapping[str, str] = field(default_factory=dict)
    columns: Sequence[Column] = ()
    zones: Mapping[str, str] = field(default_factory=dict)
    parent: str | None = None
    sheet: str | None = None
    yearbook: Layout | None = None


@dataclass(frozen=True)
class _Cell:
    region: str
    year: int
    variable: str
    value: float
    where: str


def read_panel(path: Path | str, source: PanelSource | None = None) -> Panel:
    """A panel from a file; without a `source`, a tidy table of provinces.

    Regions are in the order of the file, years ascending. A value given twice must be the same twice; a variable has
    one unit. Raises PanelError, naming the row: unknown region, value that is no number, two values for one cell.
    """
    given = source or PanelSource(Path(path))
    readers = {"tidy": _tidy, "wide": _wide, "yearbook": _yearbook}
    cells, variables, regions, skipped = readers[given.layout](given)
    if not cells:
        raise PanelError(
            "no values were found",
            where=str(given.path),
            mend="check layout, region and year columns",
            zh="没有读到任何数值",
            mend_zh="请检查版式、地区列和年份列",
        )
    years = tuple(sorted({cell.year for cell in cells}))
    order = {code: i for i, code in enumerate(regions)}
    values = {name: np.full((len(order), len(years)), np.nan) for name in variables}
    seen: dict[tuple[str, int, int], str] = {}
    for cell in cells:
        row, column = order[cell.region], years.index(cell.year)
        _place(values[cell.variable], row, column, cell, seen)
    return Panel(tuple(regions.values()), years, variables, values, skipped=skipped)


def _place(values: Floats, row: int, column: int, cell: _Cell, seen: dict[tuple[str, int, int], str]) -> None:
    key = (cell.variable, row, column)
    if key in seen and not np.array_equal([values[row, column]], [cell.value], equal_nan=True):
        raise PanelError(
            f"two values of {cell.variable} for {cell.region} {cell.year}: {values[row, column]:g} and {cell.value:g}",
            where=f"{cell.where} and {seen[key]}",
            mend="keep one source a panel",
            zh=f"{cell.region} {cell.year} 年的 {cell.variable} 有两个值：{values[row, column]:g} 与 {cell.value:g}",
            mend_zh="每个面板只用一个来源",
        )
    seen[key] = cell.where
    values[row, column] = cell.value


_Read = tuple[list[_Cell], dict[str, Variable], dict[str, Region], tuple[str, ...]]


def _wide(source: PanelSource) -> _Read:
    header, rows = _table(source)
    needed = [
        source.region,
        source.year,
        *(c.column for c in source.columns),
        *source.zones.values(),
        *([source.parent] if source.parent else []),
        *source.names.values(),
    ]
    at = _columns(header, needed, source.path)
    cells: list[_Cell] = []
    regions: dict[str, Region] = {}
    for line, row in rows:
        where = f"{source.path.name}, line {line}"
        region = _region(source, row, at, where)
        regions.setdefault(region.code, region)
        year = _year(row[at[source.year]], where)
        for column in source.columns:
            value = number(row[at[column.column]], f"{where}, {column.column}") * column.scale
            cells.append(_Cell(region.code, year, column.variable.id, value, where))
    return cells, {c.variable.id: c.variable for c in source.columns}, regions, ()


def _tidy(source: PanelSource) -> _Read:
    header, rows = _table(source)
    at = _columns(header, [source.region, source.year, "indicator", "value", *source.zones.values()], source.path)
    extra = {name: header.index(name) for name in ("unit", "source") if name in header}
    known = {c.column: c for c in source.columns}
    cells: list[_Cell] = []
    variables: dict[str, Variable] = {}
    regions: dict[str, Region] = {}
    for line, row in rows:
        where = f"{source.path.name}, line {line}"
        name = row[at["indicator"]].strip()
        if known and name not in known:
            continue
        unit, origin = (row[extra[key]].strip() if key in extra else "" for key in ("unit", "source"))
        variable = known[name].variable if known else Variable(name, name, name, unit, origin)
        before = variables.setdefault(variable.id, variable)
        if not known and before.unit != unit:
            raise PanelError(
                f"{name} is given in {before.unit} and in {unit}",
                where=where,
                mend="convert to one unit, or name two indicators",
                zh=f"{name} 有两个单位：{before.unit} 与 {unit}",
                mend_zh="请统一单位或分成两个指标",
            )
        region = _region(source, row, at, where)
        regions.setdefault(region.code, region)
        scale = known[name].scale if known else 1.0
        value = number(row[at["value"]], where) * scale
        cells.append(_Cell(region.code, _year(row[at[source.year]], where), variable.id, value, where))
    return cells, variables, regions, ()


def _yearbook(source: PanelSource) -> _Read:
    found = yearbook_rows(read_rows(source.path, source.sheet), source.yearbook or Layout(), str(source.path))
    known = {c.column: c for c in source.columns}
    cells: list[_Cell] = []
    variables: dict[str, Variable] = {}
    regions: dict[str, Region] = {}
    for row in found.rows:
        if known and row.heading not in known:
            continue
        variable = known[row.heading].variable if known else Variable(row.heading, row.heading, row.heading, found.unit)
        variables.setdefault(variable.id, variable)
        unit = find_province(row.region)
        assert unit is not None  # yearbook_rows keeps provinces only
        regions.setdefault(unit.code, as_region(unit))
        scale = known[row.heading].scale if known else 1.0
        cells.append(_Cell(unit.code, row.year, variable.id, number(row.cell, row.where) * scale, row.where))
    lacking = [c.column for c in source.columns if c.variable.id not in variables]
    if lacking:
        raise PanelError(
            f"the sheet has no column {', '.join(lacking)}",
            where=str(source.path),
            mend=f"it has: {', '.join(found.headings)}",
            zh=f"表中没有列：{'、'.join(lacking)}",
            mend_zh=f"现有：{'、'.join(found.headings)}",
        )
    return cells, variables, regions, found.skipped


def _table(source: PanelSource) -> tuple[list[str], list[tuple[int, list[str]]]]:
    rows = read_rows(source.path, source.sheet)
    if not rows:
        raise PanelError("the file is empty", where=str(source.path), zh="文件为空")
    header = [cell.strip() for cell in rows[0]]
    return header, [(i, row + [""] * (len(header) - len(row))) for i, row in enumerate(rows[1:], start=2)]


def _columns(header: list[str], needed: Sequence[str], path: Path) -> dict[str, int]:
    lacking = [name for name in needed if name not in header]
    if lacking:
        raise PanelError(
            f"there is no column {', '.join(lacking)}",
            where=str(path),
            mend=f"it has: {', '.join(header)}",
            zh=f"没有列 {'、'.join(lacking)}",
            mend_zh=f"现有：{'、'.join(header)}",
        )
    return {name: header.index(name) for name in needed}


def _region(source: PanelSource, row: Sequence[str], at: Mapping[str, int], where: str) -> Region:
    code = row[at[source.region]].strip()
    zones = {name: row[at[column]].strip() for name, column in source.zones.items()}
    if source.level == "province":
        unit = find_province(code)
        if unit is None:
            raise PanelError(
                f"{code!r} is no provincial unit",
                where=where,
                mend="write its name or six-digit code, or name the level",
                zh=f"“{code}”不是省级行政区",
                mend_zh="请写省名或六位代码，或指明地区层级",
            )
        region = as_region(unit)
        return Region(region.code, region.zh, region.en, region.parent, {**region.zones, **zones})
    if not code:
        raise PanelError("a row has no region", where=where, zh="有一行没有地区")
    zh, en = (row[at[source.names[key]]].strip() if key in source.names else code for key in ("zh", "en"))
    return Region(code, zh, en, row[at[source.parent]].strip() if source.parent else "", zones)


def _year(cell: str, where: str) -> int:
    text = cell.strip().removesuffix("年")
    if not text.isdigit() or len(text) != 4:
        raise PanelError(f"{cell!r} is not a year", where=where, zh=f"“{cell}”不是年份")
    return int(text)
