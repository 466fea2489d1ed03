"""The two databases: SQLite in one file, PostgreSQL in production."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from yibao.registry.articles import RegistryError

#: Seconds for which a writer of SQLite waits for the others.
PATIENCE = 60


def database_url(place: str) -> URL:
    """The address of a registry: a file, or ``postgresql://…``. Raises :class:`RegistryError` for anything else."""
    if "://" not in place:
        return URL.create("sqlite", database=str(Path(place)))
    try:
        url = make_url(place)
    except ArgumentError:
        url = URL.create("unreadable")
    if url.drivername == "sqlite":
        return url
    if url.drivername in ("postgresql", "postgres", "postgresql+psycopg"):
        return url.set(drivername="postgresql+psycopg")
    raise RegistryError(
        "this is not the address of a registry",
        where=url.render_as_string(),
        mend="give a file, or postgresql://user@host/database",
        zh="这不是登记库的地址",
        mend_zh="请给出文件路径，或 postgresql://用户@主机/数据库",
    )


def connect(place: str, *, pool: int = 5) -> Engine:
    """An engine for the registry at ``place``; ``pool`` is how many connections one process may hold."""
    url = database_url(place)
    if url.drivername == "sqlite":
        engine = create_engine(url, pool_size=pool, max_overflow=0, connect_args={"timeout": PATIENCE})
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
        return engine
    try:
        return create_engine(url, pool_size=pool, max_overflow=0, pool_timeout=PATIENCE)
    except ModuleNotFoundError:
        raise RegistryError(
            "PostgreSQL needs the driver psycopg",
            mend="pip install 'yibao[postgres]'",
            zh="使用 PostgreSQL 需要驱动 psycopg",
            mend_zh="请运行：pip install 'yibao[postgres]'",
        ) from None


def _prepare(connection: Any, record: Any) -> None:
    # The driver's own transactions begin too late: a reader that turns writer would be refused.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
