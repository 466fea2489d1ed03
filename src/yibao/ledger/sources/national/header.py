"""The header of a raw table against the table's contract: which cell is which column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from yibao.engine.schema import Table
from yibao.ledger.contracts import RECORDED
from yibao.ledger.raw import Header
from yibao.ledger.refusals import HeaderRefused

_OURS = {column.name for column in RECORDED}
_SEPARATORS = ";\t|；，"


def columns_of(header: Header, table: Table) -> dict[str, str]:
    """Contract (or ``x_*``) column of each cell of ``header``, with that cell, in their order.

    Cells are national field codes or column names, in any case. Raises :class:`HeaderRefused` for a column that is
    missing though required, unknown, or there twice.
    """
    where, cells = header.where, header.cells
    known = known_names(table)
    names: list[str] = []
    for number, cell in enumerate(cells, 1):
        name = known.get(cell.lower()) or (cell.lower() if cell.lower().startswith("x_") else None)
        if name is None:
            if len(cells) == 1 and any(mark in cell for mark in _SEPARATORS):
                raise _unseparated(table, where)
            mend, mend_zh = _mend(cell, known, table)
            raise HeaderRefused(
                f"column {number}, {_short(cell)!r}, is no column of {table.name}",
                where=where,
                mend=mend,
                zh=f"第 {number} 列 {_short(cell)!r} 不是 {table.name}（{table.title['zh']}）的列",
                mend_zh=mend_zh,
            )
        if name in names:
            raise HeaderRefused(
                f"column {number}, {cell!r}, gives {name} a second time (first in column {names.index(name) + 1})",
                where=where,
                mend="keep one of them",
                zh=f"第 {number} 列 {cell!r} 与第 {names.index(name) + 1} 列都是 {name}",
                mend_zh="请只留一列",
            )
        names.append(name)
    _refuse_missing(names, table, where)
    return dict(zip(names, cells, strict=True))


def known_names(table: Table) -> Mapping[str, str]:
    """Name or national code, in small letters -> contract column."""
    known = {}
    for column in table.columns:
        if column.name not in _OURS:
            known[column.name] = column.name
            if column.national:
                known[column.national.lower()] = column.name
    return known


def _mend(cell: str, known: Mapping[str, str], table: Table) -> tuple[str, str]:
    if not cell:
        return "every column needs a name", "每一列都要有列名"
    if cell.lower() in _OURS:
        return "the ledger writes this column itself: leave it out", "此列由账本自己写入，请去掉"
    near = get_close_matches(cell.lower(), known, n=1, cutoff=0.6)
    kept = f"x_{_short(cell).lower()}"
    extension, extension_zh = f"or name it {kept} to keep it as an extension column", f"或命名为 {kept}，作为扩展列保留"
    if near:
        return f"did you mean {near[0]}? {extension}", f"是否应为 {near[0]}？{extension_zh}"
    return f"see the contract of {table.name}; {extension}", f"请对照表 {table.name} 的契约；{extension_zh}"


def _short(cell: str) -> str:
    return cell if len(cell) <= 40 else cell[:39] + "…"


def _refuse_missing(names: Sequence[str], table: Table, where: str) -> None:
    missing = [c for c in table.columns if c.required and c.name not in names and c.name not in _OURS]
    if not missing:
        return
    raise HeaderRefused(
        f"{table.name} needs the column{'s' if len(missing) > 1 else ''} "
        + ", ".join(f"{c.national or c.name} ({c.name}, {c.en})" for c in missing),
        where=where,
        mend="add the column to the file",
        zh=f"{table.name}（{table.title['zh']}）缺少列："
        + "、".join(f"{c.national or c.name}（{c.name}，{c.zh}）" for c in missing),
        mend_zh="请在文件中补上",
    )


def _unseparated(table: Table, where: str) -> HeaderRefused:
    return HeaderRefused(
        f"the header is one cell, not the columns of {table.name}",
        where=where,
        mend="separate the columns by commas",
        zh=f"表头只有一个单元格，不是 {table.name}（{table.title['zh']}）的各列",
        mend_zh="列与列之间请用逗号分隔",
    )
