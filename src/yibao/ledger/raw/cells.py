"""Values of cells as text, and what is known against them.

A spreadsheet keeps 15 digits of a number. An id with more has lost some for good; a code with a fraction may have lost
zeros at its end; a date where a text is expected is what the spreadsheet made of a code such as 3-1.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from yibao.ledger.raw import Role

#: Beyond this a spreadsheet does not keep every digit of a number (binary numbers would up to 2^53).
EXACT = 10**15

#: Below this the library that writes texts of numbers uses no exponent.
_PLAIN = 1e10

#: Place in the column, code, the cell.
Doubt = tuple[int, str, str]


def cell_texts(values: Sequence[Any], role: Role) -> tuple[pa.Array, list[Doubt], int]:
    """A column of a sheet as text, the faults in it, and how many of its cells are numbers."""
    kinds = set(map(type, values))
    if kinds <= {str}:
        return pa.array(values, pa.string()), [], 0
    if kinds <= {float, int}:
        return *number_texts(pa.array(values, pa.float64()), role), len(values)
    if kinds <= {float, int, str} and all(v == "" for v in values if type(v) is str):
        column = pa.array([None if v == "" else v for v in values], pa.float64())
        return *number_texts(column, role), len(column) - column.null_count
    if role == "form" and kinds <= {datetime, date, str} and all(v == "" for v in values if type(v) is str):
        return _times(values), [], 0
    texts, doubts, numbers = [], list[Doubt](), 0
    for place, value in enumerate(values):
        text, code = _one(value, role)
        if code:
            doubts.append((place, code, text))
        numbers += type(value) in (float, int)
        texts.append(text)
    return pa.array(texts, pa.string()), doubts, numbers


def _times(values: Sequence[Any]) -> pa.Array:
    """Days and times as text. The reader gives a time at midnight as a day, so a day stands with its midnight."""
    times = pa.array(np.array([None if v == "" else v for v in values], "datetime64[us]"))
    seconds = pc.floor_temporal(times, unit="second")
    exact = pc.all(pc.equal(times, seconds)).as_py() is not False
    return times.cast(pa.timestamp("s") if exact else times.type).cast(pa.string())


def number_texts(column: pa.Array, role: Role) -> tuple[pa.Array, list[Doubt]]:
    """Binary numbers as text: see :mod:`yibao.ledger.raw`. In a column that is read by its form nothing is a fault
    here: what is no amount there is judged by that form."""
    numbers = column.to_numpy(zero_copy_only=False)
    known = column.is_valid().to_numpy(zero_copy_only=False)
    size = np.abs(numbers)
    with np.errstate(invalid="ignore"):
        whole = known & (np.floor(numbers) == numbers) & (size < EXACT)
        plain = known & ~whole & (size < _PLAIN)
    digits = pa.array(np.where(whole, np.nan_to_num(numbers, posinf=0, neginf=0), 0).astype(np.int64)).cast(pa.string())
    texts = pc.if_else(pa.array(plain), column.cast(pa.string()), digits) if plain.any() else digits
    beyond = np.flatnonzero(known & ~whole & ~plain)
    if len(beyond):
        given = pa.array([repr(float(numbers[place])) for place in beyond], pa.string())
        texts = pc.replace_with_mask(texts, pa.array(known & ~whole & ~plain), given)
    texts = pc.if_else(pa.array(known), texts, None)
    if role == "code":
        doubted = np.flatnonzero(known & ~whole)
    else:
        doubted = beyond[~(size[beyond] < EXACT)] if role in ("text", None) else beyond[:0]
    return texts, [(int(place), "lost_digits", texts[int(place)].as_py()) for place in doubted]


def _one(value: Any, role: Role) -> tuple[str, str | None]:
    """The text of one cell of a mixed column, and the fault of it."""
    if isinstance(value, str):
        return value, None
    if isinstance(value, bool):
        return ("1" if value else "0"), None
    if isinstance(value, (int, float)):
        texts, doubts = number_texts(pa.array([value], pa.float64()), role)
        return texts[0].as_py(), doubts[0][1] if doubts else None
    text = value.isoformat(" ") if isinstance(value, datetime) else str(value)
    if not isinstance(value, date) or role in ("code", "text"):
        return text, "date_as_text" if role in ("code", "text") else None
    # As in whole columns of times, see _times.
    return (f"{text} 00:00:00" if role == "form" and not isinstance(value, datetime) else text), None
