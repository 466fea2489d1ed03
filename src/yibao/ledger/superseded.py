"""Versions of records in place of which a correction was recorded: named, not removed.

The old row stays where it is. A small file beside the facts names it by its key and its batch, in which a key occurs
once, and says since when it is hidden: the moment at which the correcting batch was recorded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from yibao.engine.schema import Table
from yibao.ledger.snapshot import DataFile
from yibao.ledger.sortedfile import Layout, SortedFile
from yibao.ledger.writing import Draft

_MOMENT = pa.timestamp("us")


def superseded_layout(table: Table) -> Layout:
    """How a file of superseded versions lies: slice column and key, ``batch_id`` of the old row, ``superseded_at``."""
    columns = list(dict.fromkeys([*([table.slice] if table.slice else []), *table.key, "batch_id"]))
    fields = [pa.field(name, table.by_name[name].arrow_type) for name in columns]
    return Layout(pa.schema([*fields, pa.field("superseded_at", _MOMENT)]), tuple(columns))


def write_superseded(table: Table, rows: pa.Table, money: int, draft: Draft) -> tuple[DataFile, ...]:
    """Name old versions: their slice column, key and ``batch_id``. ``money`` is the sum that they held."""
    layout = superseded_layout(table)
    hidden_from = pa.repeat(pa.scalar(draft.recorded_at, _MOMENT), rows.num_rows)
    rows = rows.append_column("superseded_at", hidden_from).select(layout.schema.names).cast(layout.schema)
    path = f"superseded/{table.name}/{draft.batch_id}.parquet"
    file = SortedFile(draft.folder / path, layout)
    file.write(layout.sort(rows))
    written = file.close(path, (draft.batch_id,), None)
    return (replace(written, money=money if table.money else None),) if written else ()


class Superseded:
    """All superseded versions of one table that a snapshot names; read into memory when first asked, they are few."""

    def __init__(self, table: Table, files: Sequence[Path]) -> None:
        self.files = files
        self._table = table

    def hidden(self, column: str, value: str, as_of: datetime | None) -> pa.Array:
        """Marks of the versions hidden at a moment: of one person when ``column`` is the slice column, else of all."""
        rows = self._rows
        if column == self._table.slice:
            rows = rows.filter(pc.equal(rows[column], pa.scalar(value, pa.string())))
        if as_of is not None:
            rows = rows.filter(pc.less_equal(rows["superseded_at"], pa.scalar(as_of, _MOMENT)))
        return rows["mark"].combine_chunks()

    def mark(self, rows: pa.Table) -> pa.ChunkedArray:
        """Key and batch of each row as one text."""
        cells = [rows[name].cast(pa.string()) for name in (*self._table.key, "batch_id")]
        return pc.binary_join_element_wise(*cells, "\x1f", null_handling="replace", null_replacement="\x01")

    @cached_property
    def _rows(self) -> pa.Table:
        rows = pa.concat_tables([pq.read_table(path) for path in self.files])
        kept = [self._table.slice] if self._table.slice else []
        return rows.select([*kept, "superseded_at"]).append_column("mark", self.mark(rows))
