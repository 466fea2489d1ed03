"""The cluster engine: Spark, on one machine or many. The same laws, the same kernels, the same rows.

Statements arrive in the portable subset of DuckDB's SQL and are said in Spark's words by :mod:`yibao.engine.dialect`.
Results come to the driver as Arrow; tables stay where Spark reads them.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from yibao.engine.dialect import PATTERN_SUFFIX, SparkText, to_spark
from yibao.engine.duck import DuckEngine
from yibao.engine.kernels import Kernel, apply_sorted
from yibao.engine.patterns import java_pattern
from yibao.engine.protocol import EngineError, Source
from yibao.engine.session import FEW_ROWS, fresh, start

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

#: What Spark calls the Arrow types that a relation without rows is written with.
_SQL_TYPES = {
    pa.string(): "STRING", pa.int64(): "BIGINT", pa.int32(): "INT", pa.bool_(): "BOOLEAN", pa.date32(): "DATE",
    pa.timestamp("us"): "TIMESTAMP_NTZ",
}  # fmt: skip


class SparkEngine:
    """Runs portable SQL and kernels on Spark; see :class:`yibao.engine.protocol.Engine` for what each method does.

    ``master``, ``memory`` and ``brief`` as in :func:`yibao.engine.session.start`; a brief engine is set for tables of a
    few rows. Several engines of a process share one Spark and see none of each other's tables. Raises
    :class:`yibao.engine.session.SparkMissing` without PySpark or Java.
    """

    name = "spark"

    def __init__(self, *, master: str | None = None, memory: str | None = None, brief: bool = False) -> None:
        self._scratch = tempfile.TemporaryDirectory(prefix="yibao-spark-")
        try:
            root, self._started = start(master, memory, brief, Path(self._scratch.name))
        except EngineError:
            self._scratch.cleanup()
            raise
        self._session: SparkSession = fresh(root, FEW_ROWS if brief else {})
        self._kept: list[DataFrame] = []
        self._steps: list[DataFrame] = []

    def __enter__(self) -> SparkEngine:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of what is kept; Spark itself stops with the engine that started it."""
        self._forget()
        for frame in self._kept:
            frame.unpersist()
        self._kept.clear()
        if "local" in self.__dict__:
            self.local.close()
        if self._started:
            self._session.stop()
        self._scratch.cleanup()

    @cached_property
    def local(self) -> DuckEngine:
        """The embedded engine on the driver."""
        return DuckEngine()

    def apart(self) -> SparkEngine:
        """Another session on the same Spark, without tables, set for a few rows."""
        return SparkEngine(brief=True)

    def execute(self, sql: str, params: Mapping[str, Any] | None = None) -> pa.Table:
        """Run one statement; its rows come to the driver."""
        try:
            return _collected(lambda: self._frame(sql, params))
        finally:
            self._forget()

    def register(
        self, name: str, source: Source, *, columns: Collection[str] | None = None, keep: bool = False
    ) -> None:
        """Make an Arrow table, or Parquet files that driver and workers find under the same paths, readable."""
        if not isinstance(source, pa.Table):
            frame = self._files(source, columns)
            if keep:
                frame = frame.persist()
                self._kept.append(frame)
        elif source.num_rows:
            frame = self._session.createDataFrame(source)
        else:
            frame = self._session.sql(_empty(source.schema))
        frame.createOrReplaceTempView(name)

    def view(self, name: str, sql: str) -> None:
        """Make a query readable under ``name``."""
        _said(lambda: self._frame(sql, None).createOrReplaceTempView(name))

    def materialise(self, name: str, sql: str, params: Mapping[str, Any] | None = None) -> None:
        """Keep the rows of a query in the workers' memory, on their disks where that is full."""
        frame = _said(lambda: self._frame(sql, params).persist())
        self._kept.append(frame)
        frame.createOrReplaceTempView(name)

    def apply(
        self, kernel: Kernel, sql: str, bound: Mapping[str, Any] | None = None, params: Mapping[str, Any] | None = None
    ) -> pa.Table:
        """Run a kernel in the workers: rows of one partition key meet in one task, sorted, and are never split."""

        def frame() -> DataFrame:
            from pyspark.sql import functions as f
            from pyspark.sql.pandas.types import from_arrow_schema

            rows = self._frame(sql, bound)
            keys = [f.col(name) for name in kernel.partition]
            rows = rows.repartition(*keys) if keys else rows.repartition(1)
            order = [f.col(name).asc_nulls_last() for name in (*kernel.partition, *kernel.order)]
            sorted_rows = rows.sortWithinPartitions(*order) if order else rows
            return sorted_rows.mapInArrow(
                _in_worker(kernel, dict(params or {})), from_arrow_schema(kernel.schema, prefer_timestamp_ntz=True)
            )

        try:
            return _collected(frame).cast(kernel.schema)
        finally:
            self._forget()

    def export_parquet(self, sql: str, path: Path, params: Mapping[str, Any] | None = None) -> None:
        """Write the rows of a query as a folder of Parquet files; the workers write them side by side."""
        _said(lambda: self._frame(sql, params).write.option("compression", "zstd").parquet(str(path)))

    def explain(self, sql: str, params: Mapping[str, Any] | None = None) -> str:
        """Spark's plan of the statement."""
        plan: str = _said(lambda: self._frame(sql, params)._jdf.queryExecution().toString())
        return plan

    def _frame(self, sql: str, params: Mapping[str, Any] | None) -> DataFrame:
        """The rows of a statement, not computed yet; steps before its last are, when they are first read."""
        given = params or {}
        instants = frozenset(name for name, value in given.items() if isinstance(value, datetime))
        days = frozenset(name for name, value in given.items() if isinstance(value, date)) - instants
        *steps, last = to_spark(sql, instants, days)
        for step in steps:
            # Cut off from what it was computed from: planning what reads it does not plan it again.
            rows = self._spoken(step, given).localCheckpoint(eager=False)
            self._steps.append(rows)
            rows.createOrReplaceTempView(step.name)
        return self._spoken(last, given)

    def _spoken(self, query: SparkText, given: Mapping[str, Any]) -> DataFrame:
        values = {name: _plain(given[name]) for name in query.parameters if name in given}
        for name in query.patterns & set(given):
            values[name + PATTERN_SUFFIX] = None if given[name] is None else java_pattern(given[name])
        return self._session.sql(query.text, args=values)

    def _forget(self) -> None:
        """Let go of the rows of steps whose statement is done."""
        for rows in self._steps:
            rows._jdf.queryExecution().analyzed().rdd().unpersist(False)
        self._steps.clear()

    def _files(self, paths: Iterable[Path], columns: Collection[str] | None) -> DataFrame:
        from pyspark.sql.pandas.types import from_arrow_schema

        listed = [str(path) for path in paths]
        # Without a schema Spark starts a job to read every footer; here the driver reads them.
        schema = pa.unify_schemas([pq.read_schema(path) for path in listed]).remove_metadata()
        chosen = schema if columns is None else pa.schema([schema.field(name) for name in sorted(columns)])
        wanted = from_arrow_schema(chosen, prefer_timestamp_ntz=True)
        # A folder such as `bucket=7` is a name here, not a column.
        return self._session.read.schema(wanted).option("recursiveFileLookup", "true").parquet(*listed)


def _in_worker(
    kernel: Kernel, params: dict[str, Any]
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """The kernel as Spark calls it in a worker; its code travels along, its imports must be installed there."""

    def run(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for part in apply_sorted(kernel, batches, params):
            yield from part.to_batches()

    return run


def _collected(frame: Callable[[], DataFrame]) -> pa.Table:
    table = _said(lambda: frame().toArrow())
    return table.cast(pa.schema([pa.field(f.name, f.type) for f in table.schema]))


def _said(work: Callable[[], Any]) -> Any:
    """What ``work`` gives; an error of Spark becomes ours, with Spark's own words and without its plans and stacks."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        return work()
    except (PySparkException, Py4JError) as error:
        raise EngineError(_words(str(error))) from error


def _words(text: str) -> str:
    raised = re.findall(r"^(?:ValueError|YibaoError): (.+)$", text, re.MULTILINE)  # in a worker, by a kernel
    if raised:
        return str(raised[-1]).strip()
    return re.split(r"; line \d+ pos|\n\s*(?:\tat |JVM stacktrace|== SQL|'?[A-Z]\w+ \[)", text)[0].strip()


def _plain(value: Any) -> Any:
    """Dates and times are bound as ISO texts: Python's own would pass through the zone of the machine."""
    if isinstance(value, datetime):
        return value.isoformat(" ")
    return value.isoformat() if isinstance(value, date) else value


def _empty(schema: pa.Schema) -> str:
    """A relation without rows; Spark sees through it and leaves out what is joined to nothing."""
    listed = ", ".join(f"CAST(NULL AS {_SQL_TYPES[field.type]}) AS `{field.name}`" for field in schema)
    return f"SELECT {listed} WHERE FALSE"
