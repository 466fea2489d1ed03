"""The embedded engine: DuckDB in process, no extensions, no network."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb
import pyarrow as pa

from yibao.engine.kernels import Kernel, apply_kernel
from yibao.engine.protocol import EngineError, Source
from yibao.engine.sql import sql_files, sql_text


class DuckEngine:
    """Runs portable SQL and kernels over registered tables.

    Parameters are bound by name (``$window_days``). Results are Arrow tables. A ``DuckEngine`` is one connection:
    use it from one thread.
    """

    name = "duckdb"

    def __init__(
        self, *, memory_limit: str | None = None, threads: int | None = None, temp: Path | None = None
    ) -> None:
        self._scratch = tempfile.TemporaryDirectory(prefix="yibao-engine-") if temp is None else None
        folder = str(temp or (self._scratch and self._scratch.name))
        config: dict[str, str | bool | int | float | list[str]] = {
            "temp_directory": folder,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        if memory_limit:
            config["memory_limit"] = memory_limit
        if threads:
            config["threads"] = threads
        self.connection = duckdb.connect(":memory:", config=config)
        # A result does not need the order in which rows were read; every table that is shown is sorted explicitly.
        self.connection.execute("set preserve_insertion_order = false")
        # In child processes DuckDB believes it talks to a person and draws a bar into the output.
        self.connection.execute("set enable_progress_bar = false")
        self.connection.execute("set parquet_metadata_cache = true")

    def __enter__(self) -> DuckEngine:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self.connection.close()
        if self._scratch:
            self._scratch.cleanup()

    @property
    def local(self) -> DuckEngine:
        """This engine: it is in the process that asks."""
        return self

    def execute(self, sql: str, params: Mapping[str, Any] | None = None) -> pa.Table:
        """Run one statement and return its rows. Raises :class:`EngineError` with the engine's own words."""
        try:
            return self.connection.execute(sql, dict(params) if params else None).to_arrow_table()
        except duckdb.Error as error:
            raise EngineError(str(error).strip()) from error

    def run(self, sql: str, params: Mapping[str, Any] | None = None) -> None:
        """Run one statement for its effect."""
        try:
            self.connection.execute(sql, dict(params) if params else None)
        except duckdb.Error as error:
            raise EngineError(str(error).strip()) from error

    def register(
        self, name: str, source: Source, *, columns: Collection[str] | None = None, keep: bool = False
    ) -> None:
        """Make a table readable under ``name``: an Arrow table, or Parquet files of one schema family.

        ``keep`` reads Parquet files once into memory (``columns`` of them, or all); without it every statement reads
        the columns that it needs.
        """
        if isinstance(source, pa.Table):
            self.connection.register(name, source)
            return
        files = sql_files(source)
        options = "union_by_name = true, hive_partitioning = false"
        made = "temp table" if keep else "view"
        listed = ", ".join(f'"{column}"' for column in sorted(columns)) if columns else "*"
        self.run(f'create or replace {made} "{name}" as select {listed} from read_parquet({files}, {options})')

    def view(self, name: str, sql: str) -> None:
        """Make a query readable under ``name``; it is computed anew by each statement that reads it."""
        self.run(f'create or replace view "{name}" as {sql}')

    def materialise(self, name: str, sql: str, params: Mapping[str, Any] | None = None) -> None:
        """Compute a query once and keep it as a table of this engine."""
        self.run(f'create or replace temp table "{name}" as {sql}', params)

    def apply(
        self, kernel: Kernel, sql: str, bound: Mapping[str, Any] | None = None, params: Mapping[str, Any] | None = None
    ) -> pa.Table:
        """Run a kernel over the rows of a query, in this process."""
        return apply_kernel(kernel, self.execute(sql, bound), dict(params or {}))

    def export_parquet(self, sql: str, path: Path, params: Mapping[str, Any] | None = None) -> None:
        self.run(f"copy ({sql}) to {sql_text(str(path))} (format parquet, compression zstd)", params)

    def explain(self, sql: str, params: Mapping[str, Any] | None = None) -> str:
        rows = self.execute(f"explain {sql}", params).to_pylist()
        return "\n".join(str(row["explain_value"]) for row in rows)

    def apart(self) -> DuckEngine:
        """Another connection, without tables; one thread is the quickest for a few rows."""
        return DuckEngine(threads=1)
