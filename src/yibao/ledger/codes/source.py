"""A catalogue file as an ingest source: the ordinary way of rows into the ledger, with what an option says added."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa

from yibao.engine.schema import Tables
from yibao.ledger.codes.headings import find_columns
from yibao.ledger.codes.kinds import Kind
from yibao.ledger.codes.sheets import open_sheet
from yibao.ledger.codes.values import as_ledger_text
from yibao.ledger.duck import connect
from yibao.ledger.memory import MemoryInput
from yibao.ledger.sources import FAULT_TYPE, FAULTS, Chunk, Inputs
from yibao.ledger.sources.national import role_of
from yibao.ledger.storage import Ledger
from yibao.ledger.typing_sql import typing_of

_IN_FORCE = ("kind", "from_system", "institution_id", "from_code", "to_system", "to_code", "decided_at")
_FAULT = tuple(field.name for field in FAULT_TYPE.value_type)


@dataclass
class CatalogueFile:
    """One file of one kind: a :class:`yibao.ledger.sources.Source`, and its own only input.

    ``given`` are columns with one value for all records; ``named`` says under which heading a column stands.
    ``raw`` may be changed before the ingest asks for its rows.
    """

    kind: Kind
    path: Path
    given: Mapping[str, str]
    named: Mapping[str, str] = field(default_factory=dict)
    sheet_name: str | None = None
    name: str = "catalogue"
    currency: str | None = None

    def __post_init__(self) -> None:
        self.sheet = open_sheet(self.path, self.kind.is_heading, self.sheet_name)
        found = find_columns(self.kind, self.sheet, self.named, self.given)
        headings = self.sheet.header.cells
        self.table, self.file, self.size = self.kind.table.name, self.sheet.raw.file, self.sheet.raw.size
        self.fields = {column: headings[place] for column, place in found.items()}
        self.left_aside = tuple(h for place, h in enumerate(headings) if h and place not in found.values())
        self._records = self.sheet.records(found, {name: role_of(self.kind.table, name) for name in found})
        self.rewritten: dict[str, int] = {}
        columns = {}
        for column in found:
            text, changed = as_ledger_text(self.kind.table.by_name[column], self._records.columns[column])
            columns[column] = text
            if changed:
                self.rewritten[column] = changed
        for column, value in self.given.items():
            columns[column] = pa.array([value] * len(self._records.rows), pa.string())
        self.raw = pa.table(columns)
        #: Rows of the ledger that this file changes, as they read from now on.
        self.also = pa.table({})
        self._faults = {at: list(found) for at, found in self._records.faults.items()}

    def inputs(self, path: Path, tables: Tables) -> Inputs:  # noqa: ARG002 - the path is this file's own
        return Inputs([self, *([MemoryInput(self.table, self.also)] if self.also.num_rows else [])])

    def content(self) -> str:
        """Of the bytes and of what the options say: another edition of the same bytes is another content."""
        said = [self.kind.name, dict(sorted(self.given.items())), dict(sorted(self.named.items())), self.sheet_name]
        return hashlib.sha256(f"{self.sheet.raw.sha256()} {json.dumps(said)}".encode()).hexdigest()

    def chunks(self) -> Iterator[Callable[[], Chunk]]:
        columns = self.raw
        if self._faults:
            told = [self._faults.get(at) for at in range(columns.num_rows)]
            faults = [None if f is None else [dict(zip(_FAULT, one, strict=True)) for one in f] for f in told]
            columns = columns.append_column(FAULTS, pa.array(faults, FAULT_TYPE))
        yield lambda: Chunk(columns, self._records.rows, self._records.rejects, self.size)

    def refuse(self, at: int, column: str, code: str, value: str) -> None:
        """Something against record ``at`` (from 0) that the ingest could not see: it is quarantined for it."""
        self._faults.setdefault(at, []).append((column, code, value))

    def typed(self, currency: str) -> pa.Table:
        """The records in the contract's types, with ``_ok`` (fit to be accepted, but for its key) and ``_at``."""
        typing = typing_of(self.kind.table, self.raw.schema, currency)
        with connect() as engine:
            engine.register("raw", self.raw)
            typed = engine.execute(typing.typed).to_arrow_table()
        return typed.append_column("_at", pa.array(np.arange(typed.num_rows)))


def known_rows(ledger: Ledger | None, kind: Kind) -> pa.Table:
    """What the ledger has of the kind's table, of maps those in force; without a ledger nothing."""
    if ledger is None:
        return kind.table.empty()
    from yibao.engine import DuckEngine

    columns = ", ".join(f"k.{name}" for name in kind.table.column_names)
    with DuckEngine() as engine:
        ledger.attach(engine, only=[kind.table.name, *(["code_in_force"] if kind.name == "map" else [])])
        in_force = (
            "join code_in_force f on k.status = 'confirmed' and "
            + " and ".join(f"f.{name} is not distinct from k.{name}" for name in _IN_FORCE)
            if kind.name == "map"
            else ""
        )
        return engine.execute(f"select {columns} from {kind.table.name} k {in_force}")


def now() -> datetime:
    return datetime.now().replace(microsecond=0)
