"""A sheet of a statistical yearbook as it is printed: titles on top, headings in several rows, totals, notes below."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from yibao.equity.cells import BLANK, read_rows
from yibao.equity.errors import PanelError
from yibao.equity.regions import find_province

_YEAR = re.compile(r"^\s*((?:19|20)\d\d)\s*年?\s*$")
_YEAR_WITHIN = re.compile(r"((?:19|20)\d\d)\s*年?")
_UNIT = re.compile(r"(?:计量)?单位\s*[:：]\s*([^\s)）]+)|[Uu]nit\s*:\s*([^)]+)")


@dataclass(frozen=True)
class Layout:
    """What the sheet itself does not say: its `indicator` where years run across, its `year` where indicators do."""

    indicator: str | None = None
    year: int | None = None


@dataclass(frozen=True)
class YearbookRow:
    """One cell of the sheet: region as printed, year, heading, text, and where it stands."""

    region: str
    year: int
    heading: str
    cell: str
    where: str


@dataclass(frozen=True)
class Yearbook:
    """Cells of provinces; headings; the unit if the sheet names one; what was skipped, in words."""

    rows: list[YearbookRow]
    headings: tuple[str, ...]
    unit: str
    skipped: tuple[str, ...] = field(default=())


def read_yearbook(path: Path | str, sheet: str | None = None, layout: Layout | None = None) -> Yearbook:
    """Read a yearbook sheet; see `yearbook_rows` for what is understood."""
    return yearbook_rows(read_rows(Path(path), sheet), layout or Layout(), str(path))


def yearbook_rows(rows: list[list[str]], layout: Layout, where: str) -> Yearbook:
    """Find the column of provinces, the headings above the first of them, and years across or in the title.

    Rows that are no province (全国, 东部地区, notes) are skipped and listed. Headings of several rows are joined by
    "/"; an empty heading beside a filled one belongs to the same group. Raises PanelError when no province is found, or
    when neither the sheet nor the layout says year or indicator.
    """
    column = _region_column(rows, where)
    body = [i for i, row in enumerate(rows) if column < len(row) and find_province(row[column])]
    top = body[0]
    before = " ".join(cell for row in rows[:top] for cell in row if cell)
    first = _first_heading_row(rows, top, column)
    headings = _headings(rows[first:top], column)
    across = {c: int(m[1]) for c, text in headings.items() if (m := _YEAR.match(text.split("/")[-1]))}
    unit = next((a or b for a, b in _UNIT.findall(before)), "")
    title = next((cell for row in rows[:first] for cell in row if cell), "")
    skipped = [
        f"{rows[i][column].strip()}"
        for i in range(top, len(rows))
        if i not in body and column < len(rows[i]) and rows[i][column].strip()
    ]
    if len(across) >= max(2, len(headings) // 2):
        indicator = layout.indicator or title or _lacking(where, "indicator", "指标")
        cells = {c: (year, indicator) for c, year in across.items()}
    else:
        years = {int(y) for y in _YEAR_WITHIN.findall(before)}
        year = layout.year or (years.pop() if len(years) == 1 else None)
        cells = {c: (year or _lacking(where, "year", "年份"), text) for c, text in headings.items()}
    found = [
        YearbookRow(rows[i][column], year, heading, rows[i][c] if c < len(rows[i]) else "", f"{where}, line {i + 1}")
        for i in body
        for c, (year, heading) in cells.items()
    ]
    return Yearbook(found, tuple(dict.fromkeys(heading for _, heading in cells.values())), unit.strip(), tuple(skipped))


def _region_column(rows: list[list[str]], where: str) -> int:
    width = max(map(len, rows), default=0)
    counts = [sum(c < len(row) and find_province(row[c]) is not None for row in rows) for c in range(width)]
    if not counts or max(counts) < 2:
        raise PanelError(
            "no column of provinces was found",
            where=where,
            mend="the sheet needs one province a row",
            zh="没有找到省份列",
            mend_zh="表中每行应为一个省份",
        )
    return counts.index(max(counts))


def _first_heading_row(rows: list[list[str]], top: int, column: int) -> int:
    """Headings are the rows above the first region that fill more than one cell beyond the region's."""
    first = top
    for i in range(top - 1, -1, -1):
        filled = [c for c, cell in enumerate(rows[i]) if cell.strip() and c != column]
        known = column < len(rows[i]) and rows[i][column].strip()
        total = known and len(filled) >= 2 and all(_numeric(rows[i][c]) for c in filled)
        if total and not all(_YEAR.match(rows[i][c]) for c in filled):
            continue  # 全国 stands above the first province
        if len(filled) < 2 and not (i == top - 1 and filled):
            break
        first = i
    return first


def _headings(rows: list[list[str]], column: int) -> dict[int, str]:
    rows = [row for row in rows if not _is_total(row, column)]
    width = max(map(len, rows), default=0)
    parts: dict[int, list[str]] = {c: [] for c in range(width) if c != column}
    for number, row in enumerate(rows):
        carried = ""
        for c in parts:
            text = row[c].strip() if c < len(row) else ""
            carried = text or (carried if number < len(rows) - 1 else "")
            if carried:
                parts[c].append(carried)
    return {c: "/".join(dict.fromkeys(found)) for c, found in parts.items() if found}


def _is_total(row: list[str], column: int) -> bool:
    filled = [cell for c, cell in enumerate(row) if cell.strip() and c != column]
    return bool(filled) and all(map(_numeric, filled)) and not all(_YEAR.match(cell) for cell in filled)


def _numeric(cell: str) -> bool:
    text = cell.strip().replace(",", "")
    return text.lower() in BLANK or re.fullmatch(r"-?\d+(\.\d+)?", text) is not None


def _lacking(where: str, key: str, zh: str) -> NoReturn:
    raise PanelError(
        f"the sheet does not say its {key}",
        where=where,
        mend=f"name the {key} under `yearbook`",
        zh=f"表中没有写明{zh}",
        mend_zh=f"请在 yearbook 中写明{zh}（{key}）",
    )
