"""The embedded engine for statements that are asked again and again of few rows: each is planned once.

DuckDB plans a statement with parameters anew at each call, and a registered table is part of the plan. Planning takes
longer than reading one person's rows. So here parameters become literals, tables become slots whose rows are exchanged,
and the instant, which differs from call to call, is a row in a slot of its own. A statement names its slots once, at
its beginning, however often it reads them: each scan of rows from outside costs more than all that is done with them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import count
from typing import Any

import duckdb
import pyarrow as pa

from yibao.engine.duck import DuckEngine
from yibao.engine.protocol import EngineError, Keep, Source
from yibao.engine.slots import Slot
from yibao.engine.sql import sql_text

#: The parameter that no plan rests on.
INSTANT = "as_of"
_AT = pa.schema([(INSTANT, pa.timestamp("us"))])
_INSTANTS = "standing_instant"
#: Texts, quoted names and comments, in which a ``$`` is none; else a parameter.
_PARAMETER = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|/\*.*?\*/|--[^\n]*|\$([a-z_][a-z0-9_]*)", re.DOTALL)
_WORD = re.compile(r"[a-z_][a-z0-9_]*")


@dataclass(frozen=True)
class _Plan:
    """A prepared statement and the slots to fill before it runs."""

    name: str
    slots: tuple[str, ...]


class StandingEngine(DuckEngine):
    """A :class:`DuckEngine` whose statements stay planned, and whose Arrow tables can be exchanged below them.

    A table that is registered again with the same columns only changes its rows. Use :meth:`once` for what is asked
    a single time. The plans hold for tables of any content: a slot has no statistics.
    """

    def __init__(self) -> None:
        super().__init__(threads=1)
        self._slots: dict[str, Slot] = {}
        self._views: dict[str, str] = {}
        self._planned: dict[str, _Plan] = {}
        self._numbers = count()
        self.register(_INSTANTS, pa.table({INSTANT: [None]}, schema=_AT))

    def register(self, name: str, source: Source, *, columns: Collection[str] | None = None, keep: Keep = "no") -> None:
        """Make a table readable under ``name``, or exchange its rows; see :meth:`DuckEngine.register`."""
        if not isinstance(source, pa.Table):
            super().register(name, source, columns=columns, keep=keep)
            return
        slot = self._slots.get(name)
        if slot is not None and slot.rows.schema.equals(source.schema):
            slot.rows = source
            return
        self._forget(name)
        self._slots[name] = Slot(source)
        self.connection.register(_below(name), self._slots[name].capsule)

    def view(self, name: str, sql: str) -> None:
        """Make a query over slots, kept tables and earlier views readable under ``name``."""
        self._views[name] = sql

    def execute(self, sql: str, params: Mapping[str, Any] | None = None) -> pa.Table:
        """Run one statement, planned at its first call, and return its rows. Raises :class:`EngineError`."""
        values = dict(params or {})
        if INSTANT in values:
            at = values.pop(INSTANT)
            self.register(_INSTANTS, pa.table({INSTANT: [at]}, schema=_AT))
        plan = self.plan(sql, values)
        for name in plan.slots:
            self._slots[name].fill()
        try:
            return self.connection.execute(f"execute {plan.name}").to_arrow_table()
        except duckdb.Error as error:
            raise EngineError(str(error).strip()) from error

    def once(self, sql: str) -> pa.Table:
        """Run one statement over kept tables without keeping a plan of it."""
        return super().execute(sql)

    def keep(self, name: str, rows: pa.Table) -> None:
        """Make a table readable whose rows stay; the engine has them in its own form and knows their statistics."""
        self.connection.register("kept_rows", rows)
        self.materialise(name, "select * from kept_rows")
        self.connection.unregister("kept_rows")

    def plan(self, sql: str, values: Mapping[str, Any]) -> _Plan:
        """Plan a statement, if it is new, with all its parameters but the instant."""
        text = _PARAMETER.sub(lambda found: _value(found, values), sql)
        plan = self._planned.get(text)
        if plan is None:
            slots, tables = self._read_by(text)
            plan = _Plan(f"standing_{next(self._numbers)}", tuple(slots))
            for name in slots:
                self._slots[name].fill()
            self.run(f"prepare {plan.name} as {tables}select * from ({text})")
            self._planned[text] = plan
        return plan

    def _forget(self, name: str) -> None:
        """Plan anew what reads a table that gets other columns: the plans hold the stream of the former slot."""
        for text, plan in list(self._planned.items()):
            if name in plan.slots:
                self.run(f"deallocate {plan.name}")
                del self._planned[text]

    def _read_by(self, text: str) -> tuple[list[str], str]:
        """The slots that a statement may read, through views too, and the beginning of it that makes them readable."""
        words, views = set(_WORD.findall(text)), []
        for name in reversed(self._views):  # a view reads earlier ones only
            if name in words:
                views.append(f'"{name}" as ({self._views[name]})')
                words |= set(_WORD.findall(self._views[name]))
        slots = [name for name in self._slots if name in words]
        # Materialised: a stream can be read only once.
        parts = [f'"{name}" as materialized (select * from {_below(name)})' for name in slots] + views[::-1]
        return slots, f"with {', '.join(parts)} " if parts else ""


def _below(name: str) -> str:
    """The name under which the engine knows the stream of a slot."""
    return f"slot_{name}"


def _value(found: re.Match[str], values: Mapping[str, Any]) -> str:
    """What stands in a statement for a parameter; all else as it was written."""
    name = found[1]
    if name is None:
        return found[0]
    return f"(select {INSTANT} from {_INSTANTS})" if name == INSTANT else _literal(values[name])


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
