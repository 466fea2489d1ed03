"""Tables and columns as data: what a contract says, without where it came from.

The ledger reads contracts from YAML into these; the lawbook checks laws against them; engines create tables from them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import pyarrow as pa

#: Logical type of a contract column -> (DuckDB type, Arrow type). Money, rates and quantities are integers by design.
TYPES: Mapping[str, tuple[str, pa.DataType]] = {
    "text": ("VARCHAR", pa.string()),
    "int": ("BIGINT", pa.int64()),
    "money": ("BIGINT", pa.int64()),
    "rate": ("BIGINT", pa.int64()),
    "milli": ("BIGINT", pa.int64()),
    "micro": ("BIGINT", pa.int64()),
    "date": ("DATE", pa.date32()),
    "time": ("TIMESTAMP", pa.timestamp("us")),
    "bool": ("BOOLEAN", pa.bool_()),
}

#: What a reader should know about the unit of each logical type.
UNITS: Mapping[str, str] = {
    "money": "minor unit of the ledger's currency (fen)",
    "rate": "basis point, 1/10 000",
    "milli": "thousandth of the unit",
    "micro": "millionth of the currency's major unit",
}


@dataclass(frozen=True)
class Code:
    """One value of a closed (or open) code list."""

    value: str
    zh: str
    en: str


@dataclass(frozen=True)
class Check:
    """A row condition that ingest enforces; a row for which it is false is quarantined with this code."""

    code: str
    sql: str
    zh: str
    en: str


@dataclass(frozen=True)
class Column:
    """One column of a contract. ``type`` is a key of :data:`TYPES`."""

    name: str
    type: str
    zh: str
    en: str
    required: bool = False
    identity: bool = False
    national: str | None = None
    codes: tuple[Code, ...] = ()
    open: bool = False
    min: str | None = None
    max: str | None = None
    unit: str | None = None
    about_zh: str | None = None
    about_en: str | None = None

    @property
    def sql_type(self) -> str:
        return TYPES[self.type][0]

    @property
    def arrow_type(self) -> pa.DataType:
        return TYPES[self.type][1]


@dataclass(frozen=True)
class Index:
    """Some columns of a table once more, sorted by ``by``: the first of them is the key that is asked for.

    Rows without that key are not in it. The table's own key and slice column always are.
    """

    by: tuple[str, ...]
    include: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.by[0]


@dataclass(frozen=True)
class Table:
    """A contract: the only source of a table's columns, keys, order and checks."""

    name: str
    kind: str  # fact | result | derived
    group: str
    title: Mapping[str, str]
    about: Mapping[str, str]
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    slice: str | None = None
    order: tuple[str, ...] = ()
    money: str | None = None
    national: str | None = None
    foreign: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    checks: tuple[Check, ...] = ()
    indexes: tuple[Index, ...] = ()
    sql: str | None = None  # body of a derived table

    @cached_property
    def by_name(self) -> Mapping[str, Column]:
        return {c.name: c for c in self.columns}

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(c.name for c in self.columns)

    def index_columns(self, index: Index) -> tuple[str, ...]:
        """Columns of an index, in the order of the contract."""
        recorded = tuple(name for name in self.column_names[-2:] if name in ("recorded_at", "batch_id"))
        wanted = {*index.by, *index.include, *self.key, self.slice, *recorded}
        return tuple(name for name in self.column_names if name in wanted)

    def arrow_schema(self) -> pa.Schema:
        return self._arrow_schema

    @cached_property
    def _arrow_schema(self) -> pa.Schema:
        return pa.schema([pa.field(c.name, c.arrow_type) for c in self.columns])

    def empty(self) -> pa.Table:
        return self.arrow_schema().empty_table()

    def ddl(self) -> str:
        """A portable CREATE TABLE statement."""
        lines = [f"    {c.name} {c.sql_type}{' NOT NULL' if c.required else ''}" for c in self.columns]
        if self.key:
            lines.append(f"    PRIMARY KEY ({', '.join(self.key)})")
        return f"CREATE TABLE {self.name} (\n" + ",\n".join(lines) + "\n);"


Tables = Mapping[str, Table]
