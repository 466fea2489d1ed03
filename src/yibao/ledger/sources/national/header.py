"""The first line of a file against the table's contract: which cell is which column."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from yibao.engine.schema import Table
from yibao.ledger.contracts import RECORDED
from yibao.ledger.refusals import HeaderRefused

_OURS = {column.name for column in RECORDED}


def columns_of(header: str, table: Table, file: str) -> dict[str, str]:
    """Contract (or ``x_*``) column of each cell of ``header``, with that cell, in their order.

    Cells are national field codes or column names, in any case. Raises :class:`HeaderRefused` for a column that is
    missing though required, unknown, or there twice.
    """
    where = f"{file}, line 1"
    try:
        cells = [cell.strip() for cell in next(csv.reader([header], strict=True))]
    except (csv.Error, StopIteration) as error:
        raise HeaderRefused(f"the header cannot be read: {error}", where=where) from error
    known = _known(table)
    names: list[str] = []
    for number, cell in enumerate(cells, 1):
        name = known.get(cell.lower()) or (cell.lower() if cell.lower().startswith("x_") else None)
        if name is None:
            raise HeaderRefused(
                f"column {number}, {cell!r}, is no column of {table.name}", where=where, mend=_mend(cell, known, table)
            )
        if name in names:
            raise HeaderRefused(
                f"column {number}, {cell!r}, gives {name} a second time (first in column {names.index(name) + 1})",
                where=where,
                mend="keep one of them",
            )
        names.append(name)
    _refuse_missing(names, table, where, header)
    return dict(zip(names, cells, strict=True))


def _known(table: Table) -> Mapping[str, str]:
    known = {}
    for column in table.columns:
        if column.name not in _OURS:
            known[column.name] = column.name
            if column.national:
                known[column.national.lower()] = column.name
    return known


def _mend(cell: str, known: Mapping[str, str], table: Table) -> str:
    if not cell:
        return "every column needs a name"
    if cell.lower() in _OURS:
        return "the ledger writes this column itself: leave it out"
    near = get_close_matches(cell.lower(), known, n=1, cutoff=0.6)
    extension = f"or name it x_{cell.lower()} to keep it as an extension column"
    return f"did you mean {near[0]}? {extension}" if near else f"see the contract of {table.name}; {extension}"


def _refuse_missing(names: Sequence[str], table: Table, where: str, header: str) -> None:
    missing = [c for c in table.columns if c.required and c.name not in names and c.name not in _OURS]
    if not missing:
        return
    told = ", ".join(f"{c.national or c.name} ({c.name}, {c.zh})" for c in missing)
    single = len(names) == 1 and any(mark in header for mark in ";\t|")
    raise HeaderRefused(
        f"{table.name} needs the column{'s' if len(missing) > 1 else ''} {told}",
        where=where,
        mend="separate the columns by commas" if single else "add the column to the file",
    )
