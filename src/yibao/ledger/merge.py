"""Merges sorted Parquet files into one, piece by piece: memory does not grow with the files.

Of each file a few row groups are held. Nothing that is not yet read comes before the first of the last rows held, so
all rows up to that one are sorted and written, and the next groups are read. A file that is not in the wanted order is
first cut into runs that are, and more files than may be held at once are merged in several passes; both spill beside
the draft.
"""

from __future__ import annotations

import os
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from tempfile import mkstemp
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from yibao.ledger.slices import fit
from yibao.ledger.sortedfile import Layout, SortedFile


def merge(
    sources: Sequence[Path], target: SortedFile, layout: Layout, schema: pa.Schema, spill: Path, at_once: int
) -> None:
    """Write the rows of ``sources`` to ``target`` in the order of ``layout``; among equal rows the earlier file first.

    ``schema`` has the columns of all sources, ``at_once`` is how many rows are held (a few times that while they are
    sorted), ``spill`` a directory of this merge's own.
    """
    sources = [run for source in sources for run in _runs(source, layout, schema, spill, at_once)]
    while len(groups := _groups(sources, at_once)) > 1:
        sources = [_merged(group, layout, schema, spill, at_once) for group in groups]
    _merge(groups[0], target, layout, schema, at_once)


def _runs(source: Path, layout: Layout, schema: pa.Schema, spill: Path, at_once: int) -> list[Path]:
    """The file itself when it is in order, otherwise sorted pieces of it."""
    with pq.ParquetFile(source) as file:
        if layout.sorted(file.metadata):
            return [source]
        runs = []
        cursor = _Cursor(file, schema, at_once)
        while cursor.fill():
            run = SortedFile(path := _spilled(spill), layout)
            run.write(layout.sort(cursor.take(cursor.rows.num_rows)))
            run.close(path.name, (), None)
            runs.append(path)
        return runs


def _groups(sources: Sequence[Path], at_once: int) -> list[list[Path]]:
    """Sources that can be merged together: one row group of each, at least two of them, fits into ``at_once`` rows."""
    groups: list[list[Path]] = [[]]
    held = 0
    for source in sources:
        metadata = pq.read_metadata(source)
        first = metadata.row_group(0).num_rows if metadata.num_row_groups else 0
        if held + first > at_once and len(groups[-1]) > 1:
            groups.append([])
            held = 0
        groups[-1].append(source)
        held += first
    return groups


def _merged(sources: Sequence[Path], layout: Layout, schema: pa.Schema, spill: Path, at_once: int) -> Path:
    if len(sources) == 1:
        return sources[0]
    target = SortedFile(path := _spilled(spill), layout)
    _merge(sources, target, layout, schema, at_once)
    target.close(path.name, (), None)
    for source in sources:
        if source.parent == spill:
            source.unlink()
    return path


def _spilled(spill: Path) -> Path:
    spill.mkdir(parents=True, exist_ok=True)
    handle, name = mkstemp(".parquet", dir=spill)
    os.close(handle)
    return Path(name)


def _merge(sources: Sequence[Path], target: SortedFile, layout: Layout, schema: pa.Schema, at_once: int) -> None:
    with ExitStack() as stack:
        files = [stack.enter_context(pq.ParquetFile(source)) for source in sources]
        total = max(sum(file.metadata.num_rows for file in files), 1)
        # In proportion, so that what is held of each file spans about the same part of the order.
        cursors = [_Cursor(file, schema, at_once * file.metadata.num_rows // total) for file in files]
        while live := [cursor for cursor in cursors if cursor.fill()]:
            target.write(_first(live, layout))


def _first(live: Sequence[_Cursor], layout: Layout) -> pa.Table:
    """The rows that come before everything not yet read, in order; they are taken from their cursors."""
    ends = [(cursor.key(layout, cursor.rows.num_rows - 1), n) for n, cursor in enumerate(live) if cursor.more]
    last, at = min(ends, default=(None, len(live)))
    parts = []
    for number, cursor in enumerate(live):
        count = cursor.rows.num_rows
        if last is not None and number != at:
            # More rows equal to the last may follow it: those of earlier files come before them, of later ones after.
            search = bisect_right if number < at else bisect_left
            count = search(range(count), last, key=partial(cursor.key, layout))
        if count:
            parts.append(cursor.take(count))
    return parts[0] if len(parts) == 1 else layout.sort(pa.concat_tables(parts))


class _Cursor:
    """The rows of a file that were read and not yet taken."""

    def __init__(self, file: pq.ParquetFile, schema: pa.Schema, share: int) -> None:
        self.rows = schema.empty_table()
        self._file = file
        self._schema = schema
        self._share = share
        self._next = 0

    @property
    def more(self) -> bool:
        """Whether there are row groups to read."""
        return self._next < self._file.metadata.num_row_groups

    def fill(self) -> bool:
        """Read on when nothing is held; whether anything is."""
        if not self.rows.num_rows and self.more:
            first, rows = self._next, 0
            while self.more and (rows == 0 or rows < self._share):
                rows += self._file.metadata.row_group(self._next).num_rows
                self._next += 1
            read = self._file.read_row_groups(list(range(first, self._next)), use_threads=False)
            self.rows = fit(read, self._schema)
        return bool(self.rows.num_rows)

    def key(self, layout: Layout, row: int) -> tuple[tuple[bool, Any], ...]:
        """What a row is ordered by; nulls come last."""
        cells = (self.rows[name][row].as_py() for name in layout.keys)
        return tuple((cell is None, cell) for cell in cells)

    def take(self, count: int) -> pa.Table:
        """The first rows, which are then not held any more."""
        taken, self.rows = self.rows.slice(0, count), self.rows.slice(count)
        return taken
