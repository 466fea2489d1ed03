"""Connections for the ledger's own work: nothing is fetched, nothing is printed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import duckdb

from yibao.engine.sql import sql_files, sql_name, sql_text
from yibao.engine.threads import chosen_threads


def connect(*, threads: int | None = None, temp: Path | None = None) -> duckdb.DuckDBPyConnection:
    """An in-memory engine; ``temp`` is where it may spill."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    threads = threads or chosen_threads()
    if threads:
        config["threads"] = threads
    if temp:
        config["temp_directory"] = str(temp)
    connection = duckdb.connect(":memory:", config=config)
    # In child processes DuckDB believes it talks to a person and draws a bar into the output.
    connection.execute("set enable_progress_bar = false")
    return connection


def read_parquet(paths: Sequence[Path], filename: bool = False) -> str:
    """The rows of files of one table, as SQL; a column that a file lacks is null. ``filename`` adds where each lies."""
    named = ", filename = true" if filename else ""
    return f"read_parquet({sql_files(paths)}, union_by_name = true, hive_partitioning = false{named})"


def extension_cells(names: Iterable[str]) -> list[str]:
    """What each extension column of ``names`` says, as SQL: ``name=value``, null where it has no value."""
    return [f"{sql_text(name + '=')} || {sql_name(name)}" for name in sorted(names) if name.startswith("x_")]
