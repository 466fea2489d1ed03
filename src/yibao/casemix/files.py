"""Files with named columns (CSV in UTF-8 or GB18030, gzip, Excel, Parquet) as texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from yibao.casemix.refusals import CaseFileError
from yibao.ledger.codes.sheets import open_sheet

#: Columns whose cells are codes or ids: a number there has lost what made it one.
CODES = frozenset({"case_id", "diagnoses", "procedures", "code", "source_code", "grouper_code", "drg", "department"})


def columns_of(path: Path, wanted: Sequence[str], headings: Mapping[str, str] | None = None) -> list[list[str | None]]:
    """The wanted columns of a file, as texts. Raises :class:`CaseFileError` for one that is not there."""
    table = text_table(path, headings, wanted)
    missing = [name for name in wanted if name not in table.column_names]
    if missing:
        raise lacks(path, missing)
    return [table[name].to_pylist() for name in wanted]


def text_table(path: Path, headings: Mapping[str, str] | None = None, wanted: Sequence[str] | None = None) -> pa.Table:
    """A file's columns as texts, named as ``headings`` (heading -> name) or as they are; all, or those ``wanted``.

    A record that has too few or too many cells is refused with its line.
    """
    named = {_plain(heading): name for heading, name in (headings or {}).items()}
    sheet = open_sheet(path, lambda cell: _plain(cell) in named or cell in (wanted or ()))
    places: dict[str, int] = {}
    for place, cell in enumerate(sheet.header.cells):
        name = named.get(_plain(cell), cell)
        if name and (wanted is None or name in wanted):
            places.setdefault(name, place)
    records = sheet.records(places, {name: "code" if name in CODES else "form" for name in places})
    if records.faults:
        at, ((name, _, value), *_) = min(records.faults.items())
        raise CaseFileError(
            f"the {name} {value!r} was turned into a number by the spreadsheet",
            where=f"{path.name}, line {records.rows[at]}",
            mend="format the column as text and write the code again", zh=f"{name} {value!r} 被电子表格改成了数值",
            mend_zh="请把此列设为文本格式后重新填写编码",
        )  # fmt: skip
    if records.rejects:
        first = records.rejects[0]
        raise CaseFileError(
            f"a record cannot be read: {first.raw[:60]!r}", where=f"{path.name}, line {first.row}",
            mend="every record has as many cells as the header", zh=f"此行无法读取：{first.raw[:60]!r}",
            mend_zh="每行的列数须与表头相同",
        )  # fmt: skip
    return records.columns


def lacks(path: Path, missing: Sequence[str]) -> CaseFileError:
    """The refusal of a file without the columns ``missing``."""
    listed = ", ".join(missing)
    return CaseFileError(
        f"lacks the column {listed}", where=path.name, mend="see the manual for the columns",
        zh=f"缺少列 {listed}", mend_zh="所需各列见手册",
    )  # fmt: skip


def _plain(heading: str) -> str:
    return "".join(heading.split()).casefold()
