"""The cluster engine: Spark, on one machine or many. The same laws, the same kernels, the same rows.

Statements arrive in the portable subset of DuckDB's SQL and are said in Spark's words by :mod:`yibao.engine.dialect`.
Results come to the driver as Arrow; tables stay where Spark reads them.
"""

from __future__ import annotations

import inspect
import re
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
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
from yibao.engine.protocol import EngineError, Keep, Source
from yibao.engine.session import FEW_ROWS, fresh, start

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

#: What Spark calls the Arrow types that a relation without rows is written with.
_SQL_TYPES = {
    pa.string(): "STRING", pa.int64(): "BIGINT", pa.int32(): "INT", pa.bool_(): "BOOLEAN", pa.date32(): "DATE",
    pa.timestamp("us"): "TIMESTAMP_NTZ",
}  # fmt: skip


class _Session:
    """A session of Spark with the names that are readable in it."""

    def __init__(self, spark: SparkSession) -> None:
        self.spark = spark
        self.names: set[str] = set()
        self.empty: dict[pa.Schema, DataFrame] = {}

    def clear(self) -> None:
        for name in self.names:
            self.spark.catalog.dropTempView(name)
        self.names.clear()


class SparkEngine:
    """Runs portable SQL and kernels on Spark; see :class:`yibao.engine.protocol.Engine` for what each method does.

    Opened by :meth:`start`; several engines of a process share one Spark and see none of each other's tables.
    """

    name = "spark"
    together = 16  # a statement is a job of its own, which takes longer to start than a few rows to compute

    def __init__(self, session: _Session, idle: list[_Session], closing: Callable[[], None]) -> None:
        self._session = session
        self._idle = idle  # sessions that engines apart have left: making one takes Spark longer than a small law
        self._closing = closing
        self._kept: list[DataFrame] = []

    @classmethod
    def start(
        cls, *, master: str | None = None, memory: str | None = None, brief: bool = False, few: bool = False
    ) -> SparkEngine:
        """Start Spark, or join the one of this process; parameters as in :func:`yibao.engine.session.start`.

        An engine for ``few`` rows plans and compiles little; a ``brief`` one besides runs in a Java for a few minutes.
        Raises :class:`yibao.engine.session.SparkMissing` without PySpark or Java.
        """
        scratch = tempfile.TemporaryDirectory(prefix="yibao-spark-")
        try:
            root, started = start(master, memory, brief, Path(scratch.name))
        except EngineError:
            scratch.cleanup()
            raise

        def closing() -> None:
            if started:
                root.stop()
            scratch.cleanup()

        return cls(_Session(fresh(root, FEW_ROWS if brief or few else {})), [], closing)

    def __enter__(self) -> SparkEngine:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of what is kept; Spark itself stops with the engine that started it."""
        _forget(self._kept)
        self._session.clear()
        if "local" in self.__dict__:
            self.local.close()
        self._closing()

    @cached_property
    def local(self) -> DuckEngine:
        """The embedded engine on the driver."""
        return DuckEngine()

    def apart(self) -> SparkEngine:
        """Another session on the same Spark, without tables, set for a few rows."""
        session = self._idle.pop() if self._idle else _Session(fresh(self._session.spark, FEW_ROWS))
        return SparkEngine(session, self._idle, lambda: self._idle.append(session))

    def execute(self, sql: str, params: Mapping[str, Any] | None = None) -> pa.Table:
        """Run one statement; its rows come to the driver."""
        with self._computed(sql, params) as frame:
            return _collected(frame)

    def register(self, name: str, source: Source, *, columns: Collection[str] | None = None, keep: Keep = "no") -> None:
        """Make an Arrow table, or Parquet files that driver and workers find under the same paths, readable."""
        if not isinstance(source, pa.Table):
            frame = self._files(source, columns)
            if keep == "memory":  # what is large is read from where it lies: a copy on the workers' disks is no quicker
                frame = frame.persist()
                self._kept.append(frame)
        elif source.num_rows:
            frame = self._session.spark.createDataFrame(source)
        else:
            frame = self._empty(source.schema)
        self._name(name, frame)

    def view(self, name: str, sql: str) -> None:
        """Make a query readable under ``name``."""
        with _ours():
            self._name(name, self._frame(sql, None, self._kept))

    def materialise(
        self, name: str, sql: str, params: Mapping[str, Any] | None = None, *, keep: Keep = "memory"
    ) -> None:
        """Keep the rows of a query in the workers' memory, on their disks where that is full or was asked for."""
        from pyspark import StorageLevel

        with _ours():
            level = StorageLevel.DISK_ONLY if keep == "disk" else StorageLevel.MEMORY_AND_DISK_DESER
            frame = self._frame(sql, params, self._kept).persist(level)
            self._kept.append(frame)
            self._name(name, frame)

    def apply(
        self, kernel: Kernel, sql: str, bound: Mapping[str, Any] | None = None, params: Mapping[str, Any] | None = None
    ) -> pa.Table:
        """Run a kernel in the workers: rows of one partition key meet in one task, sorted, and are never split."""

        from pyspark.sql import functions as f
        from pyspark.sql.pandas.types import from_arrow_schema

        schema = from_arrow_schema(kernel.schema, prefer_timestamp_ntz=True)
        keys = [f.col(name) for name in kernel.partition]
        order = [f.col(name).asc_nulls_last() for name in (*kernel.partition, *kernel.order)]
        with self._computed(sql, bound) as rows, _code_travels(kernel):
            met = rows.repartition(*keys) if keys else rows.repartition(1)
            in_order = met.sortWithinPartitions(*order) if order else met
            return _collected(in_order.mapInArrow(_in_worker(kernel, dict(params or {})), schema)).cast(kernel.schema)

    def export_parquet(self, sql: str, path: Path, params: Mapping[str, Any] | None = None) -> None:
        """Write the rows of a query as a folder of Parquet files; the workers write them side by side."""
        with self._computed(sql, params) as frame:
            frame.write.option("compression", "zstd").parquet(str(path))

    def explain(self, sql: str, params: Mapping[str, Any] | None = None) -> str:
        """Spark's plan of the statement."""
        with self._computed(sql, params) as frame:
            return str(frame._jdf.queryExecution().toString())

    @contextmanager
    def _computed(self, sql: str, params: Mapping[str, Any] | None) -> Iterator[DataFrame]:
        """The rows of a statement, to be used up inside; Spark's errors there become ours."""
        steps: list[DataFrame] = []
        try:
            with _ours():
                yield self._frame(sql, params, steps)
        finally:
            _forget(steps)

    def _frame(self, sql: str, params: Mapping[str, Any] | None, kept: list[DataFrame]) -> DataFrame:
        """The rows of a statement, computed when they are read; those of its steps go to ``kept``."""
        given = params or {}
        instants = frozenset(name for name, value in given.items() if isinstance(value, datetime))
        days = frozenset(name for name, value in given.items() if isinstance(value, date)) - instants
        *steps, last = to_spark(sql, instants, days)
        for step in steps:
            # Cut off from what it was computed from: planning what reads it does not plan it again.
            rows = self._spoken(step, given).localCheckpoint(eager=False)
            kept.append(rows)
            self._name(step.name, rows)
        return self._spoken(last, given)

    def _spoken(self, query: SparkText, given: Mapping[str, Any]) -> DataFrame:
        values = {name: _plain(given[name]) for name in query.parameters if name in given}
        for name in query.patterns & set(given):
            values[name + PATTERN_SUFFIX] = None if given[name] is None else java_pattern(given[name])
        return self._session.spark.sql(query.text, args=values)

    def _name(self, name: str, frame: DataFrame) -> None:
        frame.createOrReplaceTempView(name)
        self._session.names.add(name)

    def _empty(self, schema: pa.Schema) -> DataFrame:
        """A relation without rows; Spark sees through it and leaves out what is joined to nothing."""
        if schema not in self._session.empty:
            listed = ", ".join(f"CAST(NULL AS {_SQL_TYPES[field.type]}) AS `{field.name}`" for field in schema)
            self._session.empty[schema] = self._session.spark.sql(f"SELECT {listed} WHERE FALSE")
        return self._session.empty[schema]

    def _files(self, paths: Iterable[Path], columns: Collection[str] | None) -> DataFrame:
        from pyspark.sql.pandas.types import from_arrow_schema

        listed = [str(path) for path in paths]
        # Without a schema Spark starts a job to read every footer; here the driver reads them.
        schema = pa.unify_schemas([pq.read_schema(path) for path in listed]).remove_metadata()
        chosen = schema if columns is None else pa.schema([schema.field(name) for name in sorted(columns)])
        wanted = from_arrow_schema(chosen, prefer_timestamp_ntz=True)
        # A folder such as `bucket=7` is a name here, not a column.
        return self._session.spark.read.schema(wanted).option("recursiveFileLookup", "true").parquet(*listed)


def _in_worker(
    kernel: Kernel, params: dict[str, Any]
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """The kernel as Spark calls it in a worker."""

    def run(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for part in apply_sorted(kernel, batches, params):
            yield from part.to_batches()

    return run


@contextmanager
def _code_travels(kernel: Kernel) -> Iterator[None]:
    """Send the kernel's own code to the workers, which may lack its file; what it imports must be installed there."""
    from pyspark import cloudpickle

    module = inspect.getmodule(kernel.run)
    if module is None or module.__name__ in cloudpickle.list_registry_pickle_by_value():
        yield
        return
    cloudpickle.register_pickle_by_value(module)
    try:
        yield
    finally:
        cloudpickle.unregister_pickle_by_value(module)


def _forget(frames: list[DataFrame]) -> None:
    """Let go of rows that workers keep, as a table or as a step of a statement that is done."""
    for frame in frames:
        plan = frame._jdf.queryExecution().analyzed()
        if plan.nodeName() == "LogicalRDD":
            plan.rdd().unpersist(False)
        else:
            frame.unpersist()
    frames.clear()


def _collected(frame: DataFrame) -> pa.Table:
    table = frame.toArrow()
    return table.cast(pa.schema([pa.field(f.name, f.type) for f in table.schema]))


@contextmanager
def _ours() -> Iterator[None]:
    """An error of Spark becomes ours, with Spark's own words and without its plans and stacks."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, Py4JError) as error:
        raise EngineError(_words(str(error))) from error


def _words(text: str) -> str:
    """The last cause that Spark names; of a kernel that failed in a worker, the kernel's own words."""
    raised = re.findall(r"^([A-Z]\w*(?:Error|Exception)): (.+)$", text, re.MULTILINE)
    if raised:
        kind, words = raised[-1]
        return words.strip() if kind == "ValueError" else f"{kind}: {words.strip()}"
    causes = re.findall(r"^Caused by: [\w.$]+: (.+)$", text, re.MULTILINE)
    said: str = causes[-1] if causes else re.split(r"; line \d+ pos|\n", text)[0]
    return said.strip()


def _plain(value: Any) -> Any:
    """Dates and times are bound as ISO texts: Python's own would pass through the zone of the machine."""
    if isinstance(value, datetime):
        return value.isoformat(" ")
    return value.isoformat() if isinstance(value, date) else value
