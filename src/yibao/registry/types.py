"""Column types of the registry: what is hashed is what is stored, to the byte, on either database.

Days and instants are ISO 8601 text in the database and Python's ``date`` and ``datetime`` outside it: the same bytes in
SQLite and in PostgreSQL, in order when compared as text. Instants are China Standard Time without zone.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator


class Day(TypeDecorator[date]):
    """``YYYY-MM-DD``."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: date | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else value.isoformat()

    def process_result_value(self, value: str | None, dialect: Dialect) -> date | None:  # noqa: ARG002
        return None if value is None else date.fromisoformat(value)


class Instant(TypeDecorator[datetime]):
    """``YYYY-MM-DDTHH:MM:SS.ffffff``."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else value.isoformat(timespec="microseconds")

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else datetime.fromisoformat(value)


def stored(value: Any) -> Any:
    """A Python value as the database holds it."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds")
    return value.isoformat() if isinstance(value, date) else value


def key(name: str) -> Column[str]:
    """A column of the primary key."""
    return Column(name, Text, primary_key=True)


def text(name: str, *, needed: bool = True) -> Column[str]:
    return Column(name, Text, nullable=not needed)


def number(name: str, *, needed: bool = True) -> Column[int]:
    """A whole number; money is in fen, rates in basis points."""
    return Column(name, BigInteger, nullable=not needed)


def day(name: str, *, needed: bool = True) -> Column[date]:
    return Column(name, Day, nullable=not needed)


def instant(name: str, *, needed: bool = True) -> Column[datetime]:
    return Column(name, Instant, nullable=not needed)


def version() -> Column[int]:
    """The optimistic lock: who writes says which version he read."""
    return number("version")
