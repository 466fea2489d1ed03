"""Writes the staged rows of a bucket as one sorted Parquet file that is quick to slice."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from yibao.engine.schema import Table
from yibao.ledger.slices import conform
from yibao.ledger.snapshot import DataFile
from yibao.ledger.stage import TRAVELLING, Stage
from yibao.ledger.versions import Verdict
from yibao.ledger.writing import Draft

#: A slice decodes whole row groups, so their cost is rows x columns; scans of all rows want them large. Measured on
#: 10 M lines of 32 columns with groups of 2 048, 4 096 and 8 192 rows: a slice takes 2, 3 and 5 ms, a scan of four
#: columns 0.7, 0.5 and 0.3 s. A full history is a dozen tables in 20 ms, so the wider a table the smaller its groups,
#: down to what the laws over all rows can bear: 14 laws take 20 s with groups of 4 096 and 15 s with 8 192.
CELLS_PER_GROUP = 64_000


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
    if not rows.num_rows:
        return Written(None, conflicts)
    return Written(_write(_sorted(rows, table), stage, bucket, draft), conflicts)


def _sorted(rows: pa.Table, table: Table) -> pa.Table:
    rows = rows.combine_chunks()
    keys = dict.fromkeys([*([table.slice] if table.slice else []), *table.order, *table.key])
    return rows.take(pc.sort_indices(rows, sort_keys=[(name, "ascending") for name in keys]))


def _write(rows: pa.Table, stage: Stage, bucket: int, draft: Draft) -> DataFile:
    table = stage.table
    money = int(pc.sum(rows["_amount"]).as_py() or 0) if table.money else None
    rows = rows.drop_columns(TRAVELLING.names)
    extensions = sorted(name for name in rows.column_names if name.startswith("x_"))
    recorded = pa.array([draft.recorded_at], pa.timestamp("us")).take(np.zeros(rows.num_rows, np.int64))
    batch = pa.array([draft.batch_id]).take(np.zeros(rows.num_rows, np.int64))
    rows = rows.append_column("recorded_at", recorded).append_column("batch_id", batch)
    rows = rows.select([*table.column_names, *extensions])
    place = f"tables/{table.name}/{bucket}/" if table.slice else f"tables/{table.name}/"
    path = draft.folder / f"{place}{draft.batch_id}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(
        rows,
        path,
        row_group_size=_group_rows(rows.num_columns),
        compression="zstd",
        use_dictionary=[name for name in rows.column_names if not _mostly_distinct(rows[name])],
    )
    return DataFile(
        path=path.relative_to(draft.folder).as_posix(),
        batches=(draft.batch_id,),
        bucket=bucket if table.slice else None,
        rows=rows.num_rows,
        money=money,
        sha256=synced_hash(path),
    )


def synced_hash(path: Path) -> str:
    """Force a file to disk and hash it."""
    with path.open("rb+") as written:
        os.fsync(written.fileno())
        return hashlib.file_digest(written, "sha256").hexdigest()


def _group_rows(columns: int) -> int:
    return min(16_384, max(8_192, CELLS_PER_GROUP // columns // 2_048 * 2_048))


def _mostly_distinct(column: pa.ChunkedArray) -> bool:
    """Ids of lines and the like: a dictionary of them would be written, found useless and thrown away."""
    head = column.slice(0, 4_096)
    return len(head) >= 1_024 and len(head.unique()) * 2 > len(head)
