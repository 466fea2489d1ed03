"""The sheets of an Excel workbook as raw tables.

Read are `.xlsx` and `.xlsm`: of older forms nobody can tell an error from an empty cell. Formulas give their last
computed values, dates are read in the workbook's own system (1900 or 1904), a date or amount typed as text is judged as
text. Hidden sheets are not read, and said so.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from yibao.ledger.raw import Fault, Header, Piece, Reject, Role, stem_of
from yibao.ledger.raw.cells import cell_texts
from yibao.ledger.raw.flaws import DAMAGE, FarCell, flaws_of
from yibao.ledger.refusals import EmptyFile, UnreadableFile, unreadable

ROWS = 32_768
#: The header is looked for in so many rows.
TOP = 30

Row = list[Any]
#: Row and column (both from 1) -> code and what stands there.
Flaws = Mapping[int, Mapping[int, tuple[str, str]]]


def sheets_of(path: Path) -> tuple[list[SheetTable], list[tuple[str, str]]]:
    """The visible sheets of a workbook, and remarks on those that are hidden."""
    try:
        with CalamineWorkbook.from_path(path) as book:
            sheets = [sheet for sheet in book.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
    except OSError as error:
        raise unreadable(error, path.name) from error
    except CalamineError as error:
        raise _damaged(path.name, error) from error
    shown = [sheet.name for sheet in sheets if sheet.visible == SheetVisibleEnum.Visible]
    hidden = [sheet.name for sheet in sheets if sheet.visible != SheetVisibleEnum.Visible]
    remarks = [
        (f"{path.name}, sheet {name}: hidden, so it is left aside", f"{path.name} 工作表 {name}：已隐藏，未读取")
        for name in hidden
    ]
    return [SheetTable(path, name, alone=len(shown) == 1) for name in shown], remarks


class SheetTable:
    """See :class:`yibao.ledger.raw.RawTable`. Records are numbered as the sheet numbers its rows."""

    def __init__(self, path: Path, sheet: str, *, alone: bool) -> None:
        self.file = f"{path.name}, sheet {sheet}"
        # The only sheet of a workbook may be called anything; then the file says what it holds.
        self.stems = (sheet.strip().lower(), *([stem_of(path) or ""] if alone else []))
        self.size = path.stat().st_size
        self._path, self._name = path, sheet
        self._top = 0

    def header(self, known: Callable[[str], bool]) -> Header:
        first: tuple[int, list[str]] | None = None
        titles = 0
        for number, row in enumerate(islice(self._sheet.iter_rows(), TOP), 1):
            cells = [str(cell).strip() for cell in row]
            while cells and not cells[-1]:
                cells.pop()
            if not cells:
                continue
            names = [cell for cell in cells if cell]
            if 2 * sum(map(known, names)) >= len(names):
                return self._header(number, cells, titles)
            first = first or (number, cells)
            titles += 1
        if first is None:
            raise EmptyFile(
                "the sheet is empty",
                where=self.file,
                mend="it needs a row of column names",
                zh="工作表是空的",
                mend_zh="第一行应为列名",
            )
        return self._header(*first, 0)

    def _header(self, number: int, cells: list[str], titles: int) -> Header:
        self._top = number
        return Header(cells, f"{self.file}, line {number}", titles)

    def sha256(self) -> str:
        return self._sha256

    @cached_property
    def _sha256(self) -> str:
        digest = hashlib.sha256(self._name.encode())
        with self._path.open("rb") as raw:
            while block := raw.read(1 << 20):
                digest.update(block)
        return digest.hexdigest()

    @cached_property
    def _flawed(self) -> Mapping[tuple[int, int], tuple[str, str]]:
        try:
            return flaws_of(self._path, self._name)
        except FarCell as error:
            raise _too_far(self.file, str(error)) from error
        except DAMAGE as error:
            raise _damaged(self.file, error) from error

    @cached_property
    def _sheet(self) -> CalamineSheet:
        _ = self._flawed  # before the reader, which does not come back from a cell too far out
        try:
            with CalamineWorkbook.from_path(self._path) as book:
                return book.get_sheet_by_name(self._name)
        except (CalamineError, OSError) as error:
            raise _damaged(self.file, error) from error

    def pieces(self, names: Sequence[str | None], roles: Mapping[str, Role]) -> Iterator[Callable[[], Piece]]:
        flaws = self._flaws()
        total, told, number = max(self._sheet.total_height, 1), 0, self._top
        rows = islice(self._sheet.iter_rows(), self._top, None)
        while block := list(islice(rows, ROWS)):
            number += len(block)
            done = self.size * number // total
            yield self._piece(block, number - len(block) + 1, names, roles, flaws, done - told)
            told = done

    def _flaws(self) -> Flaws:
        """Errors, formulas without a value, cells hidden under a merged one."""
        last_row, last_column = self._sheet.end or (0, 0)
        by_row: dict[int, dict[int, tuple[str, str]]] = defaultdict(dict)
        for (top, left), (bottom, right) in self._sheet.merged_cell_ranges or []:
            for row in range(max(top, self._top) + 1, min(bottom, last_row) + 2):
                for column in range(left + 1, min(right, last_column) + 2):
                    if (row, column) != (top + 1, left + 1):
                        by_row[row][column] = ("merged_cell", "")
        for (row, column), flaw in self._flawed.items():
            by_row[row][column] = flaw
        return by_row

    def _piece(
        self,
        block: list[Row],
        first: int,
        names: Sequence[str | None],
        roles: Mapping[str, Role],
        flaws: Flaws,
        done: int,
    ) -> Callable[[], Piece]:
        def load() -> Piece:
            kept, numbers, rejects = _records(block, first, len(names), flaws)
            columns, counts, faults = {}, {}, defaultdict[int, list[Fault]](list)
            given = list(zip(*kept, strict=True))
            for place, name in enumerate(names):
                if name is None:
                    continue
                column = given[place] if place < len(given) else ("",) * len(kept)
                text, doubts, plain = cell_texts(column, roles.get(name))
                columns[name] = pc.if_else(pc.equal(text, ""), None, text)
                if plain and roles.get(name) == "code":
                    counts[name] = plain
                for at, code, value in doubts:
                    faults[at].append((name, code, value))
            for at in np.flatnonzero(np.isin(numbers, list(flaws))).tolist() if flaws else ():
                for flawed, (code, value) in flaws[int(numbers[at])].items():
                    name = names[flawed - 1] if flawed <= len(names) else None
                    if name is not None:
                        faults[at].append((name, code, value))
            return Piece(pa.table(columns), numbers, rejects, done, dict(faults), counts)

        return load


def _records(
    block: list[Row], first: int, width: int, flaws: Flaws
) -> tuple[list[Row], npt.NDArray[np.int64], list[Reject]]:
    """Rows of a sheet that are records, with their numbers; blank rows are none, rows with cells beside the table are
    rejected."""
    if len(block[0]) <= width and all(map(any, block)):
        return block, np.arange(first, first + len(block), dtype=np.int64), []
    kept, numbers, rejects = [], [], []
    for number, row in enumerate(block, first):
        if any(cell != "" for cell in row[width:]):
            cells = sum(1 for cell in row if cell != "")
            rejects.append(Reject(number, "too_many_cells", ",".join(map(str, row)), f"{cells} / {width}"))
        elif any(cell != "" for cell in row) or _told(flaws.get(number)):
            kept.append(row)
            numbers.append(number)
    return kept, np.array(numbers, np.int64), rejects


def _told(flaws: Mapping[int, tuple[str, str]] | None) -> bool:
    """Whether a row that looks blank says something: an error does, the lower part of a merged cell does not."""
    return any(code != "merged_cell" for code, _ in (flaws or {}).values())


def _too_far(file: str, place: str) -> UnreadableFile:
    return UnreadableFile(
        f"a cell at {place}: too far out for the sheet to be read",
        where=file,
        mend="delete what stands far from the table",
        zh=f"单元格 {place} 离表格太远，工作表无法读取",
        mend_zh="请删除远离表格的内容",
    )


def _damaged(file: str, error: Exception) -> UnreadableFile:
    return UnreadableFile(
        f"cannot be read as an Excel workbook: {error}",
        where=file,
        mend="open it in the spreadsheet program and save it as .xlsx without a password",
        zh=f"无法按 Excel 工作簿读取：{error}",
        mend_zh="请用表格软件打开，另存为不带密码的 .xlsx",
    )
