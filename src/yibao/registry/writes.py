"""Statements that write one row, and several of them in one.

Each statement is a way to the database and back, at which Python's lock changes hands. On PostgreSQL the writes that
wait for the end of an act go with its event in a single statement.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, Insert, Table, Update, bindparam, func, insert, select, update

from yibao.registry.articles import Refused


class Write(NamedTuple):
    """A row to write: a new one, or one of which some columns changed since it was read at a version."""

    table: Table
    changed: tuple[str, ...] | None
    bound: Mapping[str, Any]
    key: str

    def statement(self, prefix: str = "") -> Insert | Update:
        return new_row(self.table, prefix) if self.changed is None else changed_row(self.table, self.changed, prefix)

    def found(self, rows: int) -> None:
        """Raise :class:`Refused` (``stale``) when the row was not there any more as it had been read."""
        if self.changed is not None and rows != 1:
            raise Refused(
                "stale", "two_bases", f"{self.table.name} {self.key} was changed by somebody else meanwhile",
                f"{self.table.name} {self.key} 已被他人修改", mend="read it again, then decide",
                mend_zh="请重新查看后再办理",
            )  # fmt: skip


def write(connection: Connection, one: Write) -> None:
    """Write a row. Raises :class:`Refused` (``stale``) when somebody was quicker."""
    one.found(connection.execute(one.statement(), one.bound).rowcount)


def write_with(connection: Connection, last: Update, bound: Mapping[str, Any], writes: Sequence[Write]) -> None:
    """Write rows and, in the same statement, ``last``: for PostgreSQL. No row may be among them twice."""
    whole = _together(last, tuple((one.table, one.changed) for one in writes))
    named = {f"{_prefix(n)}{name}": value for n, one in enumerate(writes) for name, value in one.bound.items()}
    counts = connection.execute(whole, {**bound, **named}).one()
    for one, count in zip(writes, counts, strict=True):
        one.found(count)


@cache
def new_row(table: Table, prefix: str = "") -> Insert:
    return insert(table).values({c.name: bindparam(f"{prefix}{c.name}", type_=c.type) for c in table.columns})


@cache
def changed_row(table: Table, names: tuple[str, ...], prefix: str = "") -> Update:
    """An update of some columns of the row with this key at this version."""
    same = [column == bindparam(f"{prefix}old_{column.name}") for column in table.primary_key]
    values = {name: bindparam(f"{prefix}{name}", type_=table.c[name].type) for name in names}
    return update(table).where(*same, table.c.version == bindparam(f"{prefix}old_version")).values(values)


# Statements are made once: putting one together costs more than the database takes to run it.
@cache
def _together(last: Update, shapes: tuple[tuple[Table, tuple[str, ...] | None], ...]) -> Update:
    """``last`` with the writes before it; it returns how many rows each of them found."""
    ctes = []
    for number, (table, changed) in enumerate(shapes):
        prefix = _prefix(number)
        made = Write(table, changed, {}, "").statement(prefix)
        ctes.append(made.returning(*table.primary_key).cte(f"{prefix}row"))
    return last.returning(*(select(func.count()).select_from(one).scalar_subquery() for one in ctes))


def _prefix(number: int) -> str:
    return f"w{number}_"
