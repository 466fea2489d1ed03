"""One block of CSV text as columns of text, each row with its line, and the records that are no rows.

Text that is regular goes through Arrow's parser whole. Blocks with blank lines, bare CR, quotes out of place or records
across lines of the wrong width are first judged line by line, so that a lost quote costs its own line and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as csv

from yibao.ledger.raw import Reject

Lines = npt.NDArray[np.int64]
Records = tuple[pa.Table, Lines, list[Reject]]

_QUOTE, _COMMA, _LF = ord('"'), ord(","), ord("\n")
_CELL = r'(?:"(?:[^"]|"")*"|[^",\n]*)'
_RECORD = re.compile(f"{_CELL}(?:,{_CELL})*")
_QUOTED = re.compile(r'"(?:[^"]|"")*"')
#: A quoted cell with line ends in it may run over so many lines; what is longer has lost its closing quote.
_LONGEST = 100


def parse(data: bytes, line: int, names: Sequence[str]) -> Records:
    """Rows of ``data`` (UTF-8, whole records, the first at ``line``) under ``names``."""
    quoted = b'"' in data
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n")
        if data.endswith(b"\r"):
            data = data[:-1]
    if b"\r" in data or (quoted and not _well_quoted(data)):
        return _judged(data, line, names)
    table, wrong = _read(data, names, quoted)
    if any("\n" in text for _, text, _ in wrong) or (_blank_possible(table) and _has_blank(data)):
        return _judged(data, line, names)
    count = table.num_rows + len(wrong)
    starts = _record_lines(data, line) if quoted else np.arange(line, line + count, dtype=np.int64)
    return _placed(table, wrong, starts[:count])


def _judged(data: bytes, line: int, names: Sequence[str]) -> Records:
    """The same, for text in which a line may be anything."""
    lines = data.split(b"\n")
    good: list[bytes] = []
    starts: list[int] = []
    rejects: list[Reject] = []
    at = 0
    while at < len(lines):
        one, taken = lines[at], 1
        if b"\r" in one:
            rejects.append(Reject(line + at, "bad_line_end", one.decode("utf-8")))
        elif one and b'"' in one:
            record = _record_at(lines, at, len(names))
            if record is None:
                rejects.append(Reject(line + at, "bad_quoting", one.decode("utf-8")))
            else:
                taken = record.count(b"\n") + 1
                good.append(record)
                starts.append(line + at)
        elif one:
            good.append(one)
            starts.append(line + at)
        at += taken
    table, wrong = _read(b"\n".join(good), names, True)
    table, rows, more = _placed(table, wrong, np.array(starts, np.int64))
    return table, rows, sorted([*rejects, *more], key=lambda reject: reject.row)


def _record_at(lines: Sequence[bytes], at: int, width: int) -> bytes | None:
    """The well-formed record that starts at a line; over several lines only if it then has the right width."""
    record = lines[at]
    for last in range(at, min(at + _LONGEST, len(lines))):
        if last > at:
            record += b"\n" + lines[last]
        if record.count(b'"') % 2 == 0:
            text = record.decode("utf-8")
            if _RECORD.fullmatch(text) and (last == at or _QUOTED.sub("", text).count(",") + 1 == width):
                return record
            return None
    return None


def _read(data: bytes, names: Sequence[str], quoted: bool) -> tuple[pa.Table, list[tuple[int, str, int]]]:
    """Arrow's parser, and for each record of the wrong width (its place among the records from 0, text, cells)."""
    wrong: list[tuple[int, str, int]] = []

    def skip(row: csv.InvalidRow) -> str:
        wrong.append((row.number - 1, row.text, row.actual_columns))
        return "skip"

    if not data:
        return pa.table({name: pa.array([], pa.string()) for name in names}), wrong
    table = csv.read_csv(
        pa.BufferReader(data),
        read_options=csv.ReadOptions(use_threads=False, block_size=len(data) + 1, column_names=list(names)),
        parse_options=csv.ParseOptions(
            newlines_in_values=quoted, ignore_empty_lines=False, invalid_row_handler=skip, escape_char=False
        ),
        convert_options=csv.ConvertOptions(
            check_utf8=False,
            column_types={name: pa.string() for name in names},
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
            null_values=[""],
        ),
    )
    return table, wrong


def _placed(table: pa.Table, wrong: Sequence[tuple[int, str, int]], starts: Lines) -> Records:
    """Give rows and rejects their lines: ``starts`` has one for each record, wrong ones included."""
    rejects = [_width(int(starts[place]), text, cells, table.num_columns) for place, text, cells in wrong]
    rows = np.delete(starts, [place for place, _, _ in wrong]) if wrong else starts
    return table, rows, rejects


def _width(line: int, text: str, cells: int, expected: int) -> Reject:
    return Reject(line, "too_few_cells" if cells < expected else "too_many_cells", text, f"{cells} / {expected}")


def _well_quoted(data: bytes) -> bool:
    """Every quote opens a cell, closes one, or is doubled inside one."""
    text = np.frombuffer(data, np.uint8)
    quotes = np.flatnonzero(text == _QUOTE)
    if len(quotes) % 2:
        return False
    opening, closing = quotes[::2], quotes[1::2]
    before = np.where(opening > 0, text[opening - 1], _LF)
    after = np.where(closing + 1 < len(text), text[np.minimum(closing + 1, len(text) - 1)], _LF)
    doubled = np.zeros(len(opening), bool)
    doubled[1:] = opening[1:] == closing[:-1] + 1
    starts = doubled | (before == _COMMA) | (before == _LF)
    ends = (after == _COMMA) | (after == _LF) | (after == _QUOTE)
    return bool(starts.all() and ends.all())


def _record_lines(data: bytes, line: int) -> Lines:
    """The line of every record of well-quoted text."""
    text = np.frombuffer(data, np.uint8)
    breaks = np.flatnonzero(text == _LF)
    outside = np.searchsorted(np.flatnonzero(text == _QUOTE), breaks) % 2 == 0
    return np.concatenate([[0], np.flatnonzero(outside) + 1]).astype(np.int64) + line


def _blank_possible(table: pa.Table) -> bool:
    # Arrow reads a blank line as a row of nulls.
    return table.num_rows > 0 and all(column.null_count for column in table.columns)


def _has_blank(data: bytes) -> bool:
    return data.startswith(b"\n") or b"\n\n" in data
