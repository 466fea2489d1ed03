"""Cells of published lists in the form that the ledger reads: dates, yes and no, and codes that are written as words.

Only what has one meaning is rewritten; anything else passes as it is and is judged by the ingest.
"""

from __future__ import annotations

import re

import pyarrow as pa

from yibao.engine.schema import Column

_DAY = re.compile(r"(\d{4})\s*[-/.年]?\s*(\d{1,2})\s*[-/.月]?\s*(\d{1,2})\s*日?(?:[ T]00:00:00(?:\.0+)?)?")
_YES = {"是", "有", "y", "yes", "true", "1", "灰码", "√"}
_NO = {"否", "无", "n", "no", "false", "0", "×"}
_EDGES = " \t\r\n\u3000\ufeff\u200b\xa0"


def as_ledger_text(column: Column, values: pa.ChunkedArray) -> tuple[pa.Array, int]:
    """A column of cells in the ledger's form, without space at the edges; and how many cells were rewritten."""
    distinct = values.unique().to_pylist()
    words = _words(column)
    rewritten = {value: _cell(column, words, value) for value in distinct if value is not None}
    changed = {value for value, text in rewritten.items() if text != value}
    if not changed:
        return values.combine_chunks(), 0
    cells = values.to_pylist()
    return pa.array([None if v is None else rewritten[v] for v in cells], pa.string()), sum(v in changed for v in cells)


def _cell(column: Column, words: dict[str, str], value: str) -> str:
    text = value.strip(_EDGES)
    if column.type == "date":
        day = _DAY.fullmatch(text)
        # Digits without signs are a day only as eight of them.
        if day and (not text.isdigit() or len(text) == 8):
            return f"{day[1]}-{int(day[2]):02d}-{int(day[3]):02d}"
    if column.type == "bool":
        return "1" if text.casefold() in _YES else "0" if text.casefold() in _NO else text
    return words.get(text.casefold(), text)


def _words(column: Column) -> dict[str, str]:
    """What a code is called -> the code: 甲类, 甲 and class A are 01."""
    words: dict[str, str] = {}
    for code in column.codes:
        short = code.zh.partition("（")[0]
        for word in (
            code.zh,
            short,
            short.removesuffix("类"),
            short.removesuffix("费"),
            code.en,
            code.en.partition(" (")[0],
        ):
            words.setdefault(word.casefold(), code.value)
    return words
