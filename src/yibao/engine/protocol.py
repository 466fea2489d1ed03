"""What an engine offers to laws, whichever it is: the embedded one or a cluster.

SQL is authored once, in the portable subset of DuckDB's dialect; an engine that speaks another one translates it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Protocol, Self, TypeAlias

import pyarrow as pa

from yibao.engine.kernels import Kernel
from yibao.errors import YibaoError

if TYPE_CHECKING:
    from yibao.engine.duck import DuckEngine

#: What can be registered: an Arrow table, or Parquet files of one schema family.
Source: TypeAlias = "pa.Table | Sequence[Path]"

#: Where an engine keeps rows that it would else read anew for each statement.
Keep: TypeAlias = Literal["no", "memory", "disk"]


class EngineError(YibaoError):
    """The engine could not run a statement."""


class Engine(Protocol):
    """Runs portable SQL and kernels over registered tables. Use one from one thread; :meth:`apart` gives more."""

    @property
    def name(self) -> str:
        """``duckdb`` or ``spark``."""

    @property
    def together(self) -> int:
        """How many small queries are best asked as one statement, a union."""

    @property
    def local(self) -> DuckEngine:
        """The embedded engine in this process: it words the results, wherever their rows were computed."""

    def execute(self, sql: str, params: Mapping[str, Any] | None = None) -> pa.Table:
        """Run one statement and return its rows. Raises :class:`EngineError` with the engine's own words."""

    def register(self, name: str, source: Source, *, columns: Collection[str] | None = None, keep: Keep = "no") -> None:
        """Make a table readable under ``name``: an Arrow table, or Parquet files of one schema family.

        ``keep`` reads Parquet files once (``columns`` of them, or all), into memory or, for a large table that many
        statements read, into the engine's own files; without it every statement reads the columns that it needs.
        """

    def view(self, name: str, sql: str) -> None:
        """Make a query readable under ``name``; it is computed anew by each statement that reads it."""

    def materialise(
        self, name: str, sql: str, params: Mapping[str, Any] | None = None, *, keep: Keep = "memory"
    ) -> None:
        """Compute a query once and keep it as a table of this engine, in memory or in files of its own."""

    def apply(
        self, kernel: Kernel, sql: str, bound: Mapping[str, Any] | None = None, params: Mapping[str, Any] | None = None
    ) -> pa.Table:
        """Run a kernel over the rows of a query: ``bound`` are the parameters of the query, ``params`` the kernel's.

        Raises :class:`EngineError` or :class:`ValueError` naming the file and line at which the kernel failed.
        """

    def export_parquet(self, sql: str, path: Path, params: Mapping[str, Any] | None = None) -> None:
        """Write the rows of a query to ``path``: a Parquet file, or a folder of them from a cluster."""

    def explain(self, sql: str, params: Mapping[str, Any] | None = None) -> str:
        """The engine's plan of a statement, for people."""

    def apart(self) -> Engine:
        """Another engine of this kind, without tables, for a few rows and for another thread. Close it after use."""

    def close(self) -> None:
        """Let go of tables, memory and scratch files."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None: ...
