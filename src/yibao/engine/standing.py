"""The embedded engine for statements that are asked again and again of few rows: each is planned once.

DuckDB plans a statement with parameters anew at each call, and a registered table is part of the plan. Planning takes
longer than reading one person's rows. So here parameters become literals, tables become slots whose rows are exchanged,
and the instant, which differs from call to call, is a row in a slot of its own.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

import duckdb
import pyarrow as pa

from yibao.engine.duck import DuckEngine
from yibao.engine.protocol import EngineError, Keep, Source
from yibao.engine.sql import sql_text

#: The parameter that no plan rests on.
INSTANT = "as_of"
_AT = pa.schema([(INSTANT, pa.timestamp("us"))])
#: Texts, quoted names and comments, in which a ``$`` is none; else a parameter.
_PARAMETER = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|/\*.*?\*/|--[^\n]*|\$([a-z_][a-z0-9_]*)", re.DOTALL)


class Slot:
    """A table whose rows are exchanged while statements that read it stay planned: each scan asks for them."""

    def __init__(self, rows: pa.Table) -> None:
        self.rows = rows

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The rows of the moment, by Arrow's C interface."""
        return self.rows.__arrow_c_stream__(requested_schema)


class StandingEngine(DuckEngine):
    """A :class:`DuckEngine` whose statements stay planned, and whose Arrow tables can be exchanged below them.

    A table that is registered again with the same columns only changes its rows. Use :meth:`once` for what is asked
    a single time. The plans hold for tables of any content: a slot has no statistics.
    """

    def __init__(self) -> None:
        super().__init__(threads=1)
        self._slots: dict[str, Slot] = {}
        self._planned: dict[str, str] = {}
        self.register("standing_instant", pa.table({INSTANT: [None]}, schema=_AT))

    def register(self, name: str, source: Source, *, columns: Collection[str] | None = None, keep: Keep = "no") -> None:
        """Make a table readable under ``name``, or exchange its rows; see :meth:`DuckEngine.register`."""
        if not isinstance(source, pa.Table):
            super().register(name, source, columns=columns, keep=keep)
            return
        slot = self._slots.get(name)
        if slot is not None and slot.rows.schema.equals(source.schema):
            slot.rows = source
            return
        self._slots[name] = Slot(source)
        self.connection.register(name, self._slots[name])

    def execute(self, sql: str, params: Mapping[str, Any] | None = None) -> pa.Table:
        """Run one statement, planned at its first call, and return its rows. Raises :class:`EngineError`."""
        values = dict(params or {})
        if INSTANT in values:
            at = values.pop(INSTANT)
            self.register("standing_instant", pa.table({INSTANT: [at]}, schema=_AT))
        try:
            return self.connection.execute(f"execute {self.plan(sql, values)}").to_arrow_table()
        except duckdb.Error as error:
            raise EngineError(str(error).strip()) from error

    def once(self, sql: str) -> pa.Table:
        """Run one statement without keeping a plan of it."""
        return super().execute(sql)

    def keep(self, name: str, rows: pa.Table) -> None:
        """Make a table readable whose rows stay; the engine has them in its own form and knows their statistics."""
        self.connection.register("kept_rows", rows)
        self.materialise(name, "select * from kept_rows")
        self.connection.unregister("kept_rows")

    def plan(self, sql: str, values: Mapping[str, Any]) -> str:
        """Plan a statement, if it is new, with all its parameters but the instant; the name of the plan."""
        text = _PARAMETER.sub(lambda found: _value(found, values), sql)
        name = self._planned.get(text)
        if name is None:
            name = f"standing_{len(self._planned)}"
            self.run(f"prepare {name} as {text}")
            self._planned[text] = name
        return name


def _value(found: re.Match[str], values: Mapping[str, Any]) -> str:
    """What stands in a statement for a parameter; all else as it was written."""
    name = found[1]
    if name is None:
        return found[0]
    return f"(select {INSTANT} from standing_instant)" if name == INSTANT else _literal(values[name])


def _literal(value: object) -> str:
    """A parameter as a literal of its type."""
    if value is None or isinstance(value, bool | int):
        return "null" if value is None else str(value).lower()
    if isinstance(value, datetime):
        return f"timestamp {sql_text(value.isoformat(sep=' '))}"
    if isinstance(value, date):
        return f"date {sql_text(value.isoformat())}"
    if isinstance(value, str):
        return sql_text(value)
    raise TypeError(f"a parameter cannot be a {type(value).__name__}")
