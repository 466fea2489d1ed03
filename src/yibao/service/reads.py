"""Reading from the registry's database beside its writers: a plain connection would take SQLite's one writing lock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from yibao.registry import Registry
from yibao.registry.unit import reading


@contextmanager
def reads(registry: Registry) -> Iterator[Connection]:
    """One state of the database to read from."""
    with registry.engine.connect() as connection, reading(connection) as seen:
        yield seen
