"""Kernels: laws that are state machines or need statistics, as pure functions Arrow -> Arrow.

A kernel declares the columns whose values keep rows together (``partition``) and the order inside a partition. The
engine hands it complete, sorted partitions, many per call; it holds no state between calls, reads no clock and does
no I/O. The same function therefore gives the same rows for one bill, in process, or over Spark partitions.
"""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable, Iterator
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
    parts = [_conform(kernel, _run(kernel, part, params)) for part in _chunks(kernel, table, chunk_rows)]
    return pa.concat_tables(parts) if parts else kernel.schema.empty_table()


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


def _chunks(kernel: Kernel, table: pa.Table, chunk_rows: int) -> Iterator[pa.Table]:
    """Cut a sorted table into pieces of about `chunk_rows` rows, only where the partition key changes."""
    if table.num_rows <= chunk_rows:
        if table.num_rows:
            yield table
        return
    changes = None
    for name in kernel.partition:
        column = table.column(name).combine_chunks()
        differs = pc.fill_null(pc.not_equal(column.slice(1), column.slice(0, len(column) - 1)), True)
        changes = differs if changes is None else pc.or_(changes, differs)
    starts = [0] if changes is None else [0, *(i + 1 for i in pc.indices_nonzero(changes).to_pylist())]
    begin = 0
    for start in [*starts[1:], table.num_rows]:
        if start - begin >= chunk_rows or start == table.num_rows:
            yield table.slice(begin, start - begin)
            begin = start


def _conform(kernel: Kernel, result: pa.Table) -> pa.Table:
    missing = [n for n in kernel.schema.names if n not in result.column_names]
    extra = [n for n in result.column_names if n not in kernel.schema.names]
    if missing or extra:
        raise ValueError(f"kernel {kernel.name} returns wrong columns: missing {missing}, unexpected {extra}")
    return result.select(kernel.schema.names).cast(kernel.schema)
