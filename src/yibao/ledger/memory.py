"""Arrow tables as an ingest input: small typed appends go the same way as files."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.ipc as ipc

from yibao.ledger.sources import Chunk


class MemoryInput:
    """Rows of one table, typed or as text."""

    def __init__(self, table: str, rows: pa.Table) -> None:
        self.table, self.file, self.size = table, table, rows.nbytes
        self.fields: dict[str, str] = {}
        self._rows = rows

    def content(self) -> str:
        return self._content

    @cached_property
    def _content(self) -> str:
        sink = pa.BufferOutputStream()
        with ipc.new_stream(sink, self._rows.schema) as out:
            out.write_table(self._rows)
        return hashlib.sha256(sink.getvalue()).hexdigest()

    def chunks(self) -> Iterator[Callable[[], Chunk]]:
        rows = np.arange(1, self._rows.num_rows + 1, dtype=np.int64)
        yield lambda: Chunk(self._rows, rows, done=self.size)
