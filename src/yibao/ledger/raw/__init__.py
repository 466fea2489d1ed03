"""Raw files as columns of text, each record with its place: CSV, Excel and Parquet, the same for every source.

A file (or a sheet of a workbook) is a :class:`RawTable`: it names its columns and yields its records in pieces. What a
cell cannot say exactly - a number that lost digits, the error of a formula - is a fault of its record, never a value.

How a number becomes text: whole numbers by their digits, others by the shortest decimal that is the same binary number
(so 0.3 is ``0.3`` and 0.1 + 0.2 is ``0.30000000000000004``, which no amount accepts). Nothing is rounded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

#: What a column is for: an id or code, other text, anything that is read by its form (amounts, dates). None where it is
#: not known yet, because a mapping decides later.
Role = Literal["code", "text", "form"] | None

#: What is known against one cell: column, code, the cell as it stands.
Fault = tuple[str, str, str | None]


@dataclass(frozen=True)
class Reject:
    """A record that the source itself sets aside (too few cells, broken quotes): it goes to quarantine as it stands.

    ``column`` is the contract column that it is about, where there is one.
    """

    row: int
    code: str
    raw: str
    value: str | None = None
    column: str | None = None


@dataclass(frozen=True)
class Piece:
    """Records of one raw table: columns of text, and for each record the number by which a person finds it.

    ``faults`` are by place in the piece; ``numbers`` counts, by column of role ``code``, the cells that were numbers.
    """

    columns: pa.Table
    rows: npt.NDArray[np.int64]
    rejects: Sequence[Reject] = ()
    done: int = 0
    faults: Mapping[int, Sequence[Fault]] = field(default_factory=dict)
    numbers: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Header:
    """The names of a raw table's columns, where they stand, and how many rows of titles stand above them."""

    cells: Sequence[str]
    where: str
    titles: int = 0


class RawTable(Protocol):
    """One CSV file, one sheet, one Parquet file. ``size`` is its share of the work, in bytes of the file."""

    @property
    def file(self) -> str:
        """The name shown to people."""

    @property
    def stems(self) -> Sequence[str]:
        """What may say which table it holds, best first: names of sheet and file, in small letters."""

    @property
    def size(self) -> int: ...

    def header(self, known: Callable[[str], bool]) -> Header:
        """Its columns. ``known`` tells column names from others, to find the header below titles and blank rows."""

    def sha256(self) -> str:
        """Of the raw bytes."""

    def pieces(self, names: Sequence[str | None], roles: Mapping[str, Role]) -> Iterator[Callable[[], Piece]]:
        """Its records, with the columns of the header called ``names`` (None: not wanted). Loads may run in threads."""


@dataclass(frozen=True)
class Found:
    """What a path holds: raw tables in order of their names, names that are left aside, and why (English, Chinese)."""

    tables: Sequence[RawTable]
    ignored: Sequence[str] = ()
    remarks: Sequence[tuple[str, str]] = ()


#: Endings of the files that are read.
SUFFIXES = (".csv", ".csv.gz", ".xlsx", ".xlsm", ".parquet")


def stem_of(path: Path) -> str | None:
    """The name of a file that is read, without its ending, in small letters; None for other files."""
    name = path.name.lower()
    return next((name.removesuffix(s) for s in SUFFIXES if name.endswith(s) and name != s), None)


def open_tables(paths: Sequence[Path]) -> Found:
    """The raw tables of these files. Raises a refusal for a file that cannot be opened."""
    from yibao.ledger.raw.csvfile import CsvTable
    from yibao.ledger.raw.parquetfile import ParquetTable
    from yibao.ledger.raw.workbook import sheets_of

    tables: list[RawTable] = []
    ignored: list[str] = []
    remarks: list[tuple[str, str]] = []
    for path in paths:
        if stem_of(path) is None:
            ignored.append(path.name)
        elif path.name.lower().endswith((".xlsx", ".xlsm")):
            sheets, hidden = sheets_of(path)
            tables += sheets
            remarks += hidden
        elif path.name.lower().endswith(".parquet"):
            tables.append(ParquetTable(path))
        else:
            tables.append(CsvTable(path))
    return Found(tables, ignored, remarks)
