"""Which heading of a file is which column of the table, and what to say when one is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from yibao.errors import UsageError
from yibao.ledger.codes.kinds import Kind, plain_heading
from yibao.ledger.codes.sheets import Sheet
from yibao.ledger.contracts import RECORDED
from yibao.ledger.refusals import HeaderRefused

_OURS = {column.name for column in RECORDED}
#: Options that say a column for a whole file, by column.
_OPTIONS = {
    "version": "--version", "to_system": "--version", "source": "--version", "batch": "--version",
    "from_system": "--system", "valid_from": "--valid-from", "valid_to": "--valid-to", "kind": "--of",
}  # fmt: skip


def find_columns(kind: Kind, sheet: Sheet, named: Mapping[str, str], given: Mapping[str, str]) -> dict[str, int]:
    """Column of the table -> position in the sheet.

    ``named`` is column -> heading as the user said it; ``given`` the columns that an option fills for the whole file,
    which are not read from it. Raises :class:`HeaderRefused` when a column that is needed is neither.
    """
    for column in (*named, *given):
        if column not in kind.table.by_name or column in _OURS:
            raise UsageError(
                f"{kind.table.name} has no column {column!r}",
                mend=f"its columns are: {', '.join(c for c in kind.table.column_names if c not in _OURS)}",
                zh=f"表 {kind.table.name} 没有列 {column!r}",
                mend_zh=f"可用的列：{'、'.join(c for c in kind.table.column_names if c not in _OURS)}",
            )
    found = {column: _position(sheet, heading) for column, heading in named.items()}
    for place, heading in enumerate(sheet.header.cells):
        name = kind.headings.get(plain_heading(heading))
        if name and name not in found and name not in given and place not in found.values():
            found[name] = place
    needed = {kind.code, *kind.needs}
    missing = [c.name for c in kind.table.columns if c.name in needed and c.name not in found and c.name not in given]
    if missing:
        raise _missing(kind, sheet, missing)
    return found


def _position(sheet: Sheet, heading: str) -> int:
    exact = [n for n, one in enumerate(sheet.header.cells) if one == heading]
    alike = [n for n, one in enumerate(sheet.header.cells) if plain_heading(one) == plain_heading(heading)]
    if not exact and not alike:
        listed = ", ".join(filter(None, sheet.header.cells))
        raise HeaderRefused(
            f"there is no column {heading!r}",
            where=sheet.header.where,
            mend=f"the columns found are: {listed}",
            zh=f"没有列 {heading!r}",
            mend_zh=f"文件中的列：{listed}",
        )
    return (exact or alike)[0]


def _missing(kind: Kind, sheet: Sheet, missing: Sequence[str]) -> HeaderRefused:
    listed = ", ".join(filter(None, sheet.header.cells)) or "—"
    labels = [kind.table.by_name[column] for column in missing]
    ways = " ".join(_way(column) for column in missing)
    return HeaderRefused(
        f"no column is known as {', '.join(f'{c.name} ({c.en})' for c in labels)}; found: {listed}",
        where=sheet.header.where,
        mend=f"say which it is, or give one value for the whole file: {ways}",
        zh=f"未找到列 {'、'.join(f'{c.name}（{c.zh}）' for c in labels)}；文件中的列：{listed}",
        mend_zh=f"请指明是哪一列，或为整个文件给一个值：{ways}",
    )


def _way(column: str) -> str:
    named = f"--map-columns {column}=HEADING"
    return f"{named} or {_OPTIONS[column]} …" if column in _OPTIONS else named
