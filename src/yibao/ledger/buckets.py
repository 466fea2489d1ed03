"""Writes the staged rows of a bucket as one sorted file."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from yibao.engine.schema import Table
from yibao.ledger.slices import conform
from yibao.ledger.snapshot import DataFile
from yibao.ledger.sortedfile import SortedFile, table_layout
from yibao.ledger.stage import TRAVELLING, Stage
from yibao.ledger.versions import Verdict
from yibao.ledger.writing import Draft


@dataclass(frozen=True)
class Written:
    """The file of a bucket (None when no row was accepted), and the rows that contradict another version."""

    file: DataFile | None
    conflicts: pa.Table | None


def write_bucket(stage: Stage, bucket: int, verdict: Verdict, draft: Draft) -> Written:
    """Gather, leave out what the verdict says, sort, write, sync."""
    table = stage.table
    schema = pa.schema([f for f in table.arrow_schema() if f.name not in ("recorded_at", "batch_id")])
    parts = list(stage.batches(bucket))
    if not parts:
        return Written(None, None)
    rows = conform(parts, pa.schema([*schema, *TRAVELLING]))
    conflicts = None
    if len(verdict.duplicates) or len(verdict.conflicts):
        places = rows["_place"].to_numpy()
        against = np.isin(places, verdict.conflicts)
        conflicts = rows.filter(pa.array(against)) if against.any() else None
        rows = rows.filter(pa.array(~(against | np.isin(places, verdict.duplicates))))
    return Written(_write(rows, table, bucket if table.slice else None, draft), conflicts)


def bucket_path(table: Table, bucket: int | None, stem: str) -> str:
    """Where a file of a table lies, relative to the ledger; ``bucket`` is None for a table without a slice column."""
    return f"tables/{table.name}/{stem}.parquet" if bucket is None else f"tables/{table.name}/{bucket}/{stem}.parquet"


def _write(rows: pa.Table, table: Table, bucket: int | None, draft: Draft) -> DataFile | None:
    layout = table_layout(table)
    rows = layout.sort(rows.drop_columns(TRAVELLING.names))
    recorded = pa.repeat(pa.scalar(draft.recorded_at, pa.timestamp("us")), rows.num_rows)
    batch = pa.repeat(draft.batch_id, rows.num_rows)
    rows = rows.append_column("recorded_at", recorded).append_column("batch_id", batch)
    path = bucket_path(table, bucket, draft.batch_id)
    file = SortedFile(draft.folder / path, layout)
    file.write(rows.select(layout.columns(rows.column_names)))
    return file.close(path, (draft.batch_id,), bucket)
