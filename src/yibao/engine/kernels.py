"""Kernels: laws that are state machines or need statistics, as pure functions Arrow -> Arrow.

A kernel declares the columns whose values keep rows together (``partition``) and the order inside a partition. The
engine hands it complete, sorted partitions, many per call; it holds no state between calls, reads no clock and does
no I/O. The same function therefore gives the same rows for one bill, in process, or over Spark partitions.
"""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

Run = Callable[[pa.Table, dict[str, Any]], pa.Table]

#: Rows handed to a kernel at once; a partition is never split, so a call may hold more.
CHUNK_ROWS = 500_000


@dataclass(frozen=True)
class Kernel:
    """A kernel with its partition key, order and output schema."""

    name: str
    partition: tuple[str, ...]
    order: tuple[str, ...]
    run: Run
    schema: pa.Schema


def apply_kernel(kernel: Kernel, table: pa.Table, params: dict[str, Any], chunk_rows: int = CHUNK_ROWS) -> pa.Table:
    """Run a kernel over a table in chunks of whole partitions.

    The result has ``kernel.schema``; a kernel that returns other columns raises :class:`ValueError`.
    """
    keys = [(name, "ascending") for name in (*kernel.partition, *kernel.order)]
    table = table.combine_chunks().sort_by(keys) if keys else table
    parts = list(apply_sorted(kernel, table.to_batches(max_chunksize=chunk_rows), params, chunk_rows))
    return pa.concat_tables(parts) if parts else kernel.schema.empty_table()


def apply_sorted(
    kernel: Kernel, batches: Iterable[pa.RecordBatch], params: dict[str, Any], chunk_rows: int = CHUNK_ROWS
) -> Iterator[pa.Table]:
    """Run a kernel over batches that hold complete partitions, sorted by partition and order, nulls last.

    No more than about ``chunk_rows`` rows, or one partition, are held at once.
    """
    for part in _chunks(kernel, batches, chunk_rows):
        yield _conform(kernel, _run(kernel, part, params))


def kernel_line(error: BaseException, path: Path) -> int:
    """The line of a kernel's file at which an error arose last; 0 when it arose elsewhere."""
    frames = traceback.extract_tb(error.__traceback__)
    return next((f.lineno or 0 for f in reversed(frames) if Path(f.filename).resolve() == path.resolve()), 0)


def _run(kernel: Kernel, table: pa.Table, params: dict[str, Any]) -> pa.Table:
    """Call the kernel; whatever it raises, sys.exit included, becomes one error that names its file and line."""
    try:
        result = kernel.run(table, params)
    except (Exception, SystemExit) as error:
        path = Path(inspect.getfile(kernel.run))
        place = f"{path.parent.name}/{path.name}, line {kernel_line(error, path)}"
        raise ValueError(f"{place}: {type(error).__name__}: {error}") from error
    if not isinstance(result, pa.Table):
        raise ValueError(f"kernel {kernel.name} returns {type(result).__name__}, not an Arrow table")
    return result


def _chunks(kernel: Kernel, batches: Iterable[pa.RecordBatch], chunk_rows: int) -> Iterator[pa.Table]:
    """Gather sorted batches into pieces of about `chunk_rows` rows, cut only where the partition key changes."""
    held: list[pa.RecordBatch] = []
    rows, limit = 0, chunk_rows
    for batch in batches:
        held.append(batch)
        rows += batch.num_rows
        if rows < limit:
            continue
        table = pa.Table.from_batches(held)
        begins = _last_partition(kernel, table)
        if begins:
            yield table.slice(0, begins)
            held, rows, limit = table.slice(begins).to_batches(), rows - begins, chunk_rows
        else:
            # One long partition: to look for its end at every batch would take the square of its length.
            limit = 2 * rows
    if rows:
        yield pa.Table.from_batches(held)


def _last_partition(kernel: Kernel, table: pa.Table) -> int:
    """The row at which the last partition of a sorted table begins."""
    differs = None
    for name in kernel.partition:
        column = table[name]
        last = column[-1]
        other = pc.fill_null(pc.not_equal(column, last), True) if last.is_valid else pc.is_valid(column)
        differs = other if differs is None else pc.or_(differs, other)
    before = [] if differs is None else pc.indices_nonzero(differs)
    return before[-1].as_py() + 1 if len(before) else 0


def _conform(kernel: Kernel, result: pa.Table) -> pa.Table:
    missing = [n for n in kernel.schema.names if n not in result.column_names]
    extra = [n for n in result.column_names if n not in kernel.schema.names]
    if missing or extra:
        raise ValueError(f"kernel {kernel.name} returns wrong columns: missing {missing}, unexpected {extra}")
    return result.select(kernel.schema.names).cast(kernel.schema)
