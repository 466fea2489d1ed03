"""Typed rows of one batch on their way into buckets: spilled in runs, checked for keys, written sorted.

A run is an Arrow file with one record batch per bucket, so a bucket is gathered without reading the others, and memory
holds one run and one bucket per thread whatever the size of the batch. Row keys stay in memory as 8-byte hashes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.ipc as ipc

from yibao.engine.schema import Table
from yibao.ledger.typing_sql import BUCKETS

Hashes = npt.NDArray[np.uint64]

#: Columns that travel with the rows until they are written: place in the batch, input, place in its file, money, key.
TRAVELLING = pa.schema(
    {"_place": pa.int64(), "_input": pa.int32(), "_row": pa.int64(), "_amount": pa.int64(), "_key": pa.uint64()}
)
RUN_BYTES = 160 << 20


class Stage:
    """Rows of one table. ``add`` from one thread; runs may be read from several once ``finish`` was called."""

    def __init__(self, table: Table, folder: Path) -> None:
        self.table = table
        self.rows = 0
        self.runs: list[Path] = []
        self.folder = folder
        self._buckets = BUCKETS if table.slice else 1
        self._chunks: list[tuple[pa.Table, npt.NDArray[np.int64]]] = []
        self._bytes = 0
        self._keys: list[Hashes] = []

    def add(self, rows: pa.Table, bounds: npt.NDArray[np.int64]) -> None:
        """Rows sorted by bucket (``bounds`` are where each begins, and the end), with :data:`TRAVELLING` columns.

        ``_place`` counts from 0 in the chunk and is moved to the place in the batch here.
        """
        place = rows.schema.get_field_index("_place")
        rows = rows.set_column(place, "_place", pa.array(rows["_place"].to_numpy() + self.rows))
        if self._chunks and self._chunks[0][0].schema != rows.schema:
            self._spill()
        self.rows += rows.num_rows
        self._keys.append(rows["_key"].to_numpy())
        self._chunks.append((rows, bounds))
        self._bytes += rows.nbytes
        if self._bytes >= RUN_BYTES:
            self._spill()

    def finish(self) -> None:
        self._spill()

    def keys(self) -> Hashes:
        """Key hashes of all rows."""
        return np.concatenate(self._keys) if self._keys else np.empty(0, np.uint64)

    def batches(self, bucket: int, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
        """The rows of a bucket, run by run, in the order in which they came."""
        for run in self.runs:
            with pa.memory_map(str(run)) as mapped:
                wanted = None
                if columns is not None:
                    schema = ipc.open_file(mapped).schema
                    wanted = [schema.get_field_index(name) for name in columns]
                reader = ipc.open_file(mapped, options=ipc.IpcReadOptions(included_fields=wanted, use_threads=False))
                batch = reader.get_batch(bucket)
                if batch.num_rows:
                    yield pa.Table.from_batches([batch])

    def buckets(self) -> range:
        return range(self._buckets)

    def _spill(self) -> None:
        if not self._chunks:
            return
        path = self.folder / f"{self.table.name}.{len(self.runs)}.arrow"
        schema = self._chunks[0][0].schema
        options = ipc.IpcWriteOptions(compression="lz4", use_threads=False)
        with pa.OSFile(str(path), "wb") as out, ipc.new_file(out, schema, options=options) as writer:
            for bucket in range(self._buckets):
                parts = [rows.slice(at[bucket], at[bucket + 1] - at[bucket]) for rows, at in self._chunks]
                rows = pa.concat_tables(parts).combine_chunks()
                batch = rows.to_batches()[0] if rows.num_rows else pa.RecordBatch.from_pylist([], schema)
                writer.write_batch(batch)
        self.runs.append(path)
        self._chunks, self._bytes = [], 0
