"""A study's data section made into a panel, neighbours and tables, with every file's fingerprint."""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from yibao.equity.cells import number, read_rows
from yibao.equity.checks import Floats
from yibao.equity.errors import PanelError, StudyError
from yibao.equity.gaps import Imputation, impute
from yibao.equity.indicators import IndicatorSystem
from yibao.equity.intake import Column, PanelSource, read_panel
from yibao.equity.neighbours import SpatialWeights, contiguity, distance_weights, nearest_neighbours
from yibao.equity.panel import Panel, Variable
from yibao.equity.regions import find_province
from yibao.equity.simulated import simulate_panel
from yibao.equity.simulated_tables import simulate_table
from yibao.equity.study_file import DataText, NeighboursText, PanelText, VariableText
from yibao.equity.yearbook import Layout


@dataclass(frozen=True)
class Inputs:
    """What was read, and the SHA-256 of each file by its name in the study."""

    panel: Panel | None
    weights: SpatialWeights | None
    tables: dict[str, pa.Table]
    files: dict[str, str]


def read_inputs(data: DataText, folder: Path, system: IndicatorSystem | None) -> Inputs:
    """Read everything a study names; relative paths are in `folder`. Raises PanelError, StudyError."""
    names = [p.file for p in data.panels] + list(data.tables.values())
    names += [data.neighbours.file] if data.neighbours and data.neighbours.file else []
    panel = _panel(data, folder, system)
    weights = _weights(data.neighbours, data, folder, panel) if data.neighbours and panel else None
    tables = {name: _table(folder / file) for name, file in data.tables.items()}
    tables |= {name: simulate_table(text.kind, text.rows, text.seed) for name, text in data.simulate_tables.items()}
    return Inputs(panel, weights, tables, {name: _fingerprint(folder / name) for name in dict.fromkeys(names)})


def _fingerprint(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _panel(data: DataText, folder: Path, system: IndicatorSystem | None) -> Panel | None:
    if data.simulate is not None:
        if system is None:
            raise StudyError("a simulated panel needs `indicators`", zh="模拟面板需要写明 indicators")
        panel = simulate_panel(system, data.simulate.from_year, data.simulate.years, data.simulate.seed)
    elif data.panels:
        read = [_read(text, folder, system) for text in data.panels]
        panel = read[0]
        for other in read[1:]:
            panel = _joined(panel, other)
    else:
        return None
    if data.only is not None:
        wanted = data.only.regions or [c for c in panel.codes if c not in (data.only.without or [])]
        panel = panel.only(wanted, data.only.years)
    return impute(panel, [Imputation(**rule.model_dump()) for rule in data.impute])


def _read(text: PanelText, folder: Path, system: IndicatorSystem | None) -> Panel:
    columns = [
        Column(_variable(key, v, text.source, system), v.column or key, v.scale) for key, v in text.variables.items()
    ]
    layout = Layout(text.yearbook.indicator, text.yearbook.year) if text.yearbook else None
    path = folder / text.file
    return read_panel(
        path,
        PanelSource(
            path,
            text.layout,
            text.region,
            text.year,
            text.level,
            text.names,
            columns,
            text.zones,
            text.parent,
            text.sheet,
            layout,
        ),
    )


def _variable(key: str, text: VariableText, source: str, system: IndicatorSystem | None) -> Variable:
    """A variable's words: its own, else those of the indicator system. Standing in for another is said, or refused."""

    known = system.indicators.get(key) if system else None
    proxy = text.proxy_for or (known.proxy_for if known else None)
    return Variable(
        key,
        text.zh or (known.zh if known else key),
        text.en or (known.en if known else key),
        text.unit or (known.unit if known else ""),
        text.source or source,
        (proxy.zh, proxy.en) if proxy else None,
    )


def _joined(first: Panel, second: Panel) -> Panel:
    """Two panels of the same regions; years are those of either, with gaps where one has none."""
    lacking = sorted(set(first.codes) ^ set(second.codes))
    if lacking:
        raise PanelError(
            f"files hold different regions: {', '.join(lacking[:5])}",
            mend="choose them under `only`",
            zh=f"各文件的地区不同：{'、'.join(lacking[:5])}",
            mend_zh="请用 only 选定地区",
        )
    twice = sorted(set(first.variables) & set(second.variables))
    if twice:
        raise PanelError(f"two files hold {', '.join(twice)}", zh=f"两个文件都有 {'、'.join(twice)}")
    years = tuple(sorted({*first.years, *second.years}))
    order = [second.codes.index(code) for code in first.codes]
    values = {name: _spread(m, first.years, years) for name, m in first.values.items()}
    values |= {name: _spread(m[order], second.years, years) for name, m in second.values.items()}
    return replace(
        first,
        years=years,
        values=values,
        variables={**first.variables, **second.variables},
        skipped=first.skipped + second.skipped,
    )


def _spread(values: Floats, have: tuple[int, ...], wanted: tuple[int, ...]) -> Floats:
    out = np.full((len(values), len(wanted)), np.nan)
    out[:, [wanted.index(year) for year in have]] = values
    return out


def _weights(text: NeighboursText, data: DataText, folder: Path, panel: Panel) -> SpatialWeights:
    if text.kind == "contiguity":
        if text.file is None:
            raise StudyError("neighbours by borders need a file of pairs", zh="邻接关系需要给出文件")
        rows = read_rows(folder / text.file)
        a, b = (_at(rows[0], name, folder / text.file) for name in (text.from_column, text.to_column))
        return contiguity(panel.codes, [(_code(row[a]), _code(row[b])) for row in rows[1:]], text.links)
    lon, lat = _coordinates(text, data, folder, panel)
    if text.kind == "nearest":
        return nearest_neighbours(panel.codes, lon, lat, text.k)
    return distance_weights(panel.codes, lon, lat, power=text.power, within_km=text.within_km)


def _coordinates(text: NeighboursText, data: DataText, folder: Path, panel: Panel) -> tuple[Floats, Floats]:
    source = data.panels[0]
    path = folder / (text.file or source.file)
    rows = read_rows(path)
    region, lon, lat = (_at(rows[0], name, path) for name in (source.region, text.longitude, text.latitude))
    found = {row[region].strip(): (number(row[lon], str(path)), number(row[lat], str(path))) for row in rows[1:]}
    lacking = [code for code in panel.codes if code not in found]
    if lacking:
        raise PanelError(
            f"no coordinates for {', '.join(lacking[:5])}", where=str(path), zh=f"缺坐标：{'、'.join(lacking[:5])}"
        )
    both = np.array([found[code] for code in panel.codes])
    return both[:, 0], both[:, 1]


def _at(header: list[str], name: str, path: Path) -> int:
    if name not in header:
        raise PanelError(
            f"there is no column {name}",
            where=str(path),
            mend=f"it has: {', '.join(header)}",
            zh=f"没有列 {name}",
            mend_zh=f"现有：{'、'.join(header)}",
        )
    return header.index(name)


def _code(cell: str) -> str:
    """A province by whatever name; anything else is a code."""
    unit = find_province(cell)
    return unit.code if unit else cell.strip()


def _table(path: Path) -> pa.Table:
    if path.suffix == ".parquet":
        return pq.read_table(path)
    buffer = io.StringIO()
    csv.writer(buffer).writerows(read_rows(path))
    return pacsv.read_csv(pa.py_buffer(buffer.getvalue().encode()))
