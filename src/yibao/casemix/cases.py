"""Cases as columns: one row per stay, its codes as numbers into a list of the distinct codes.

Encoding is the only step that touches texts of every case; it does so once, whatever the number of packs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from yibao.casemix.pack.conditions import NUMBERS, VALUES

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]

#: Separates codes that share a cell.
BAR = "|"
MALE, FEMALE = 1, 2


@dataclass(frozen=True)
class Codes:
    """The codes of each case in order: those of row i are ``index[offsets[i]:offsets[i + 1]]``, into ``distinct``."""

    offsets: npt.NDArray[np.int64]
    index: Ints
    distinct: Sequence[str]

    @property
    def counts(self) -> npt.NDArray[np.int64]:
        return np.diff(self.offsets)

    @property
    def rows(self) -> npt.NDArray[np.int64]:
        """The case of each code."""
        return np.repeat(np.arange(len(self.offsets) - 1), self.counts)

    @property
    def places(self) -> npt.NDArray[np.int64]:
        """Each code's place in its case, from 0."""
        return np.arange(len(self.index)) - np.repeat(self.offsets[:-1], self.counts)

    def nth(self, place: int) -> Codes:
        """The code at a place of each case alone; nothing where a case has none there."""
        there = self.counts > place
        offsets = np.concatenate([[0], np.cumsum(there)])
        return Codes(offsets, self.index[self.offsets[:-1][there] + place], self.distinct)

    def first(self, absent: int) -> Ints:
        """The number of each case's first code, ``absent`` where it has none."""
        found = np.full(len(self.offsets) - 1, absent, np.int32)
        there = self.counts > 0
        found[there] = self.index[self.offsets[:-1][there]]
        return found

    def take(self, rows: npt.NDArray[np.int64]) -> Codes:
        """The codes of some cases."""
        counts = self.counts[rows]
        offsets = np.concatenate([[0], np.cumsum(counts)])
        at = np.arange(offsets[-1]) - np.repeat(offsets[:-1] - self.offsets[:-1][rows], counts)
        return Codes(offsets, self.index[at], self.distinct)

    def of(self, row: int) -> list[str]:
        """The codes of one case, in order."""
        return [self.distinct[i] for i in self.index[self.offsets[row] : self.offsets[row + 1]]]

    def spelled(self, distinct: Sequence[str]) -> Codes:
        """The same codes, each written as at its place in ``distinct``."""
        return Codes(self.offsets, self.index, distinct)


@dataclass(frozen=True)
class Cases:
    """Encoded cases. A number that is not known is NaN; ``sex`` is 0 where it is neither male nor female.

    ``amount`` is the cost of each stay in minor units (0 where unknown), ``headless`` marks cases whose first diagnosis
    is empty, ``several`` those with more than one main diagnosis, ``disputed`` those whose id has other records
    too; ``remarks`` are those made before encoding, ``unread`` names cells that are not what their column wants:
    (column, row, text).
    """

    ids: pa.Array
    sex: npt.NDArray[np.int8]
    numbers: Mapping[str, Floats]
    values: Mapping[str, pa.DictionaryArray]
    diagnoses: Codes
    procedures: Codes
    headless: Bools
    several: Bools
    disputed: Bools
    amount: npt.NDArray[np.int64]
    more: Mapping[str, pa.Array]
    discharged: pa.Array
    remarks: pa.Array
    unread: Sequence[tuple[str, int, str]] = ()

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, rows: npt.NDArray[np.int64]) -> Cases:
        """Some of the cases."""
        at = pa.array(rows)
        return Cases(
            self.ids.take(at), self.sex[rows], {k: v[rows] for k, v in self.numbers.items()},
            {k: v.take(at) for k, v in self.values.items()}, self.diagnoses.take(rows), self.procedures.take(rows),
            self.headless[rows], self.several[rows], self.disputed[rows], self.amount[rows],
            {k: v.take(at) for k, v in self.more.items()}, self.discharged.take(at),
            self.remarks.take(at),
        )  # fmt: skip


#: What else of a case goes into its result, as it came.
CARRIED = ("person_id", "institution_id", "institution_level")
#: Marks records whose id is also that of a record that differs.
DISPUTED = "disputed"
_SEXES = {"1": MALE, "男": MALE, "male": MALE, "m": MALE, "2": FEMALE, "女": FEMALE, "female": FEMALE, "f": FEMALE}
_NOTHING = pa.array([""])
_BLANK = " \t\r\n\u3000\ufeff\xa0"


def encode(table: pa.Table) -> Cases:
    """Cases from a table with a row each; columns as in the manual, those that are missing are unknown.

    ``diagnoses`` and ``procedures`` are texts with bars between the codes, or lists of texts; the first is the
    principal or main one.
    """
    n, unread = table.num_rows, list[tuple[str, int, str]]()
    diagnoses, headless = _codes(_column(table, "diagnoses"), n)
    procedures, _ = _codes(_column(table, "procedures"), n)
    return Cases(
        ids=_texts(_column(table, "case_id"), n),
        sex=_sex(_column(table, "sex"), n),
        numbers={name: _numbers(name, _column(table, name), n, unread) for name in NUMBERS},
        values={name: _values(_column(table, name), n) for name in VALUES.values()},
        diagnoses=diagnoses,
        procedures=procedures,
        headless=headless,
        several=_flags(_column(table, "several_main"), n),
        disputed=_flags(_column(table, DISPUTED), n),
        amount=_amounts(_column(table, "amount"), n, unread),
        more={name: _texts(_column(table, name), n) for name in CARRIED},
        remarks=_texts(_column(table, "remarks"), n),
        discharged=_times(_column(table, "discharged_at"), n),
        unread=tuple(unread),
    )


def encode_records(records: Iterable[Mapping[str, Any]]) -> Cases:
    """Cases from mappings such as one line of JSON: codes as lists or with bars, the rest as texts or numbers."""
    rows = list(records)
    names = dict.fromkeys(name for row in rows for name in row)
    return encode(pa.table({name: _cells(name, [row.get(name) for row in rows]) for name in names}))


def _cells(name: str, values: Sequence[Any]) -> pa.Array:
    """Codes as lists, numbers as they are, anything else as text."""
    if name in ("diagnoses", "procedures"):
        lists = [value.split(BAR) if isinstance(value, str) else value for value in values]
        return pa.array([v and [str(code) for code in v] for v in lists], pa.list_(pa.string()))
    if all(value is None or type(value) in (int, float) for value in values):
        return pa.array(values)
    return pa.array([None if value is None else str(value) for value in values])


def _column(table: pa.Table, name: str) -> pa.Array | None:
    if name not in table.column_names:
        return None
    column = table[name].combine_chunks()
    return pa.concat_arrays(column.chunks) if isinstance(column, pa.ChunkedArray) else column


def _texts(column: pa.Array | None, n: int) -> pa.Array:
    return pa.nulls(n, pa.string()) if column is None else column.cast(pa.string())


def _codes(column: pa.Array | None, n: int) -> tuple[Codes, Bools]:
    """Codes of every case without empty ones, and where the first was empty or there is none."""
    if column is None:
        return Codes(np.zeros(n + 1, np.int64), np.empty(0, np.int32), []), np.ones(n, np.bool_)
    if not pa.types.is_list(column.type) and not pa.types.is_large_list(column.type):
        column = pc.split_pattern(column.cast(pa.string()).fill_null(""), BAR)
    counts = pc.list_value_length(column).fill_null(0).to_numpy(zero_copy_only=False)
    offsets = np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])
    flat = column.flatten().cast(pa.string()).dictionary_encode()
    flat = flat.combine_chunks() if isinstance(flat, pa.ChunkedArray) else flat
    distinct = [code.strip(_BLANK) for code in flat.dictionary.to_pylist()]
    empty = np.array([not code for code in distinct] + [True])
    index = flat.indices.fill_null(len(distinct)).to_numpy(zero_copy_only=False).astype(np.int32)
    blank = empty[index]
    headless = counts == 0
    headless[~headless] = blank[offsets[:-1][~headless]]
    if blank.any():
        kept = np.concatenate([[0], np.cumsum(~blank)])
        offsets, index = kept[offsets], index[~blank]
    return Codes(offsets, index, distinct), headless


def _numbers(name: str, column: pa.Array | None, n: int, unread: list[tuple[str, int, str]]) -> Floats:
    """A column of numbers; what is none is unknown and noted. A birth weight of 0 is unknown."""
    if column is None:
        return np.full(n, np.nan)
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        column = _fitting(name, column, r"^[+-]?\d{1,15}(\.\d{1,9})?$", unread)
    found = column.cast(pa.float64()).fill_null(np.nan).to_numpy(zero_copy_only=False)
    return np.where(found == 0, np.nan, found) if name == "birth_weight_g" else found


def _sex(column: pa.Array | None, n: int) -> npt.NDArray[np.int8]:
    if column is None:
        return np.zeros(n, np.int8)
    coded = column.cast(pa.string()).dictionary_encode()
    meaning = [_SEXES.get((text or "").strip(_BLANK).casefold(), 0) for text in coded.dictionary.to_pylist()]
    at = coded.indices.fill_null(len(meaning)).to_numpy(zero_copy_only=False)
    return np.array([*meaning, 0], np.int8)[at]


def _values(column: pa.Array | None, n: int) -> pa.DictionaryArray:
    if column is None:
        return pa.DictionaryArray.from_arrays(np.zeros(n, np.int32), _NOTHING)
    return column.cast(pa.string()).fill_null("").dictionary_encode()


def _amounts(column: pa.Array | None, n: int, unread: list[tuple[str, int, str]]) -> npt.NDArray[np.int64]:
    """Minor units: whole numbers are such already, texts are major units with at most two decimals."""
    if column is None:
        return np.zeros(n, np.int64)
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        column = _fitting("amount", column, r"^-?\d{1,14}(\.\d{1,2}0*)?$", unread).cast(pa.decimal256(40, 20))
        column = pc.multiply(column, pa.scalar(100, pa.decimal256(3, 0)))
    found: npt.NDArray[np.int64] = column.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)
    return found


def _fitting(name: str, column: pa.Array, form: str, unread: list[tuple[str, int, str]]) -> pa.Array:
    """The texts that have a form; others become null, and are noted unless they are empty."""
    texts = pc.utf8_trim(column.cast(pa.string()), _BLANK)
    fits = pc.match_substring_regex(texts, form).fill_null(False)
    odd = np.flatnonzero(~fits.to_numpy(zero_copy_only=False)).tolist()
    unread += [
        (name, row, text)
        for row, text in zip(odd, texts.take(pa.array(odd, pa.int64())).to_pylist(), strict=True)
        if text
    ]
    return pc.if_else(fits, texts, pa.scalar(None, pa.string()))


def _flags(column: pa.Array | None, n: int) -> Bools:
    if column is None:
        return np.zeros(n, np.bool_)
    return column.cast(pa.bool_()).fill_null(False).to_numpy(zero_copy_only=False)


def _times(column: pa.Array | None, n: int) -> pa.Array:
    kind = pa.timestamp("us")
    return pa.nulls(n, kind) if column is None else column.cast(kind)
