"""The embedded engine: DuckDB in process, no extensions, no network."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Collection, Mapping
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb
import pyarrow as pa

from yibao.engine.kernels import Kernel, apply_kernel
from yibao.engine.protocol import EngineError, Keep, Source
from yibao.engine.sql import sql_files, sql_text
from yibao.engine.threads import chosen_threads


class DuckEngine:
    """Runs portable SQL and kernels over registered tables.

    Parameters are bound by name (``$window_days``). Results are Arrow tables. A ``DuckEngine`` is one connection:
    use it from one thread.
    """

    name = "duckdb"
    together = 1  # one after another: what one of them holds in memory is free again for the next

    def __init__(
        self, *, memory_limit: str | None = None, threads: int | None = None, temp: Path | None = None
    ) -> None:
        threads = threads or chosen_threads()
        self._closing = ExitStack()
        made = temp or self._closing.enter_context(tempfile.TemporaryDirectory(prefix="yibao-engine-"))
        self._folder = str(made)
        config: dict[str, str | bool | int | float | list[str]] = {
            "temp_directory": self._folder,
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

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self.connection.close()
        self._closing.close()

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

    def register(self, name: str, source: Source, *, columns: Collection[str] | None = None, keep: Keep = "no") -> None:
        """Make a table readable under ``name``; see :meth:`yibao.engine.protocol.Engine.register`."""
        if isinstance(source, pa.Table):
            self.connection.register(name, source)
            return
        files = sql_files(source)
        options = "union_by_name = true, hive_partitioning = false"
        listed = ", ".join(f'"{column}"' for column in sorted(columns)) if columns else "*"
        rows = f"select {listed} from read_parquet({files}, {options})"
        if keep == "no":
            self.view(name, rows)
        else:
            self.materialise(name, rows, keep=keep)

    def view(self, name: str, sql: str) -> None:
        """Make a query readable under ``name``; it is computed anew by each statement that reads it."""
        self.run(f'create or replace view "{name}" as {sql}')

    def materialise(
        self, name: str, sql: str, params: Mapping[str, Any] | None = None, *, keep: Keep = "memory"
    ) -> None:
        """Compute a query once; on disk it is compressed and read a third to twice as quickly as from Parquet."""
        if keep == "memory":
            self.run(f'create or replace temp table "{name}" as {sql}', params)
            return
        self.run(f'create or replace table {self._kept}."{name}" as {sql}', params)
        self.view(name, f'select * from {self._kept}."{name}"')

    @cached_property
    def _kept(self) -> str:
        """The database file of what is kept on disk; made when it is first wanted, gone with the engine."""
        folder = tempfile.mkdtemp(prefix="kept-", dir=self._folder)
        self._closing.callback(shutil.rmtree, folder, ignore_errors=True)
        # Nobody else reads the file, so it may use the newest forms of storage: texts are written in a third less time.
        self.run(f"attach {sql_text(str(Path(folder) / 'kept.duckdb'))} as kept (storage_version 'latest')")
        return "kept"

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
