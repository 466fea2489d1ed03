"""Sources: how somebody's raw files become rows of contract tables.

A source is a package ``yibao.ledger.sources.<name>`` with a module-level ``SOURCE`` that follows :class:`Source`. It
only says *what is in the files*: it lists :class:`Input` objects, each of which yields raw rows for one contract table.
All that follows is the same for every source and belongs to :mod:`yibao.ledger.ingest`: typing, codes, checks,
quarantine, duplicates, versions of one record, buckets, sorting, the snapshot.

A column of a raw chunk is either text or already typed:

- text (Arrow string) is read in the form of the national platform: amounts ``-123.45`` (major units), quantities with
  at most 3 decimals, unit prices 6, rates as a ratio with 4 (``0.1000``), ``YYYY-MM-DD``, ``YYYY-MM-DD HH:MM:SS``,
  ``1``/``0``; an empty text is null. What cannot be read exactly is quarantined, never rounded.
- typed columns pass as they are and must have the contract's Arrow type (money already in minor units, as int64).

A column ``_faults`` (of type :data:`FAULT_TYPE`, null for most rows) tells what the source itself has against a row: a
cell that lost digits, a version that was superseded. Such a row is quarantined with these reasons.

A source that is made of tables (a database's dump, a hospital's export) needs no code: it is a written mapping, see
:mod:`yibao.ledger.sources.mapped`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from yibao.engine.schema import Tables
from yibao.errors import UsageError
from yibao.ledger.raw import Reject as Reject

#: Name and type of the column of a chunk in which a source tells what it knows against a row.
FAULTS = "_faults"
FAULT_TYPE = pa.list_(pa.struct([("column", pa.string()), ("code", pa.string()), ("value", pa.string())]))


@dataclass(frozen=True)
class Chunk:
    """Raw rows of one table: ``columns`` carries contract column names and ``x_*`` extensions, as text or typed.

    ``rows`` holds, for each row, the number by which a person finds it in the file (1-based line or record); see
    :func:`place_of` for inputs of several files. ``notes`` counts cells by kind of remark
    (:data:`yibao.ledger.report.NOTES`) and column.
    """

    columns: pa.Table
    rows: npt.NDArray[np.int64]
    rejects: Sequence[Reject] = ()
    done: int = 0  # units of work (of Input.size) that this chunk stands for
    notes: Mapping[tuple[str, str], int] = field(default_factory=dict)


class Input(Protocol):
    """One raw file (or select over raw files) that feeds one contract table."""

    @property
    def table(self) -> str:
        """Name of the contract table."""

    @property
    def file(self) -> str:
        """The name shown to people, relative to the path they gave."""

    @property
    def size(self) -> int:
        """Units of work for the progress bar (bytes or rows). Equal contents have equal sizes."""

    @property
    def fields(self) -> dict[str, str]:
        """Contract column -> the raw file's own name of it, for messages to the one who sent the file."""

    def content(self) -> str:
        """SHA-256 of the raw bytes, and of whatever else decides the rows. Free once ``chunks`` was read to its end."""

    def chunks(self) -> Iterator[Callable[[], Chunk]]:
        """Pieces in file order. Each is called once, possibly in another thread, which is where parsing belongs."""


#: An input of several files has their names as ``names``; a row's number then says above these bits which file.
ROW_BITS = 40


def place_of(item: Input, row: int) -> tuple[str, int]:
    """The file and the number in it of a row of ``item``."""
    names: Sequence[str] = getattr(item, "names", ())
    return (names[row >> ROW_BITS], row & ((1 << ROW_BITS) - 1)) if names else (item.file, row)


@dataclass(frozen=True)
class Inputs:
    """What a path holds: the inputs in order, the names of files that were left aside, and what else a reader of the
    report should know of the files (in English and Chinese; read when all inputs were).

    ``currency`` is that of the amounts where the files themselves say it. Inputs are ``sparse`` when a file need not
    have rows of every table.
    """

    items: Sequence[Input]
    ignored: Sequence[str] = ()
    remarks: Sequence[tuple[str, str]] = ()
    currency: str | None = None
    sparse: bool = False
    needs_currency: bool = False  # there are amounts, and nothing says in which currency


class Source(Protocol):
    """``SOURCE`` of a source package. ``currency`` is that of its amounts, None when its files may be in any."""

    @property
    def name(self) -> str: ...

    @property
    def currency(self) -> str | None: ...

    def inputs(self, path: Path, tables: Tables) -> Inputs:
        """What ``path`` (a file or directory) holds. Raises a :class:`YibaoError` for what cannot be read."""


class KnownSource(Source, Protocol):
    """A source that can be asked for."""

    @property
    def about(self) -> tuple[str, str]:
        """What it reads, in English and Chinese."""


def source_names() -> list[str]:
    """Names of the sources that are installed."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__) if module.ispkg)


def get_source(name: str) -> KnownSource:
    """The source of that name, or the user's own whose `mapping.yaml` (or its directory) ``name`` is.

    Raises :class:`UsageError` naming those that exist, or what is wrong with the mapping.
    """
    if name in source_names():
        source: KnownSource = importlib.import_module(f"{__name__}.{name}").SOURCE
        return source
    if Path(name).suffix in (".yaml", ".yml") or (Path(name) / "mapping.yaml").is_file():
        from yibao.ledger.contracts import load_contracts
        from yibao.ledger.sources.mapped import read_mapping

        return read_mapping(Path(name), load_contracts())
    names = ", ".join(source_names())
    raise UsageError(
        f"unknown source {name!r}",
        mend=f"use one of {names}, or give the mapping.yaml of your own",
        zh=f"没有来源 {name!r}",
        mend_zh=f"可用：{names}，或您自己的 mapping.yaml",
    )
