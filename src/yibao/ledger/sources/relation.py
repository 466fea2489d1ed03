"""Inputs that are one SQL select over raw relations: the form in which other platforms' tables are mapped.

    SqlInput(table="encounter", file="inpatient.csv", relations={"inpatient": path}, sql=text)

In ``sql`` each relation is a view of its file: CSV columns all as text, Parquet columns with their own types, and in
both a column ``_row``, the number of the record in its file (for CSV the header is row 1). The select names contract
columns and ``x_*`` extensions; a ``_row`` among them tells where a row came from, otherwise rows are numbered as they
come.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from yibao.errors import YibaoError
from yibao.ledger.duck import connect
from yibao.ledger.sources import Chunk

ROWS = 65_536


class SourceError(YibaoError):
    """A raw relation could not be read or mapped."""


@dataclass(frozen=True)
class SqlInput:
    """Rows of ``sql`` over ``relations`` (name -> CSV or Parquet file) for one contract table."""

    table: str
    file: str
    sql: str
    relations: Mapping[str, Path]
    fields: dict[str, str] = field(default_factory=dict)

    @cached_property
    def size(self) -> int:
        return sum(path.stat().st_size for path in self.relations.values())

    def content(self) -> str:
        return self._content

    @cached_property
    def _content(self) -> str:
        digest = hashlib.sha256(f"{self.table}\n{self.sql}\n".encode())
        for name in sorted(self.relations):
            with self.relations[name].open("rb") as raw:
                digest.update(f"{name} {hashlib.file_digest(raw, 'sha256').hexdigest()}\n".encode())
        return digest.hexdigest()

    def chunks(self) -> Iterator[Callable[[], Chunk]]:
        connection = connect()
        try:
            for name, path in self.relations.items():
                connection.execute(f'create view "{name}" as {_reader(path)}')
            reader = connection.execute(self.sql).to_arrow_reader(ROWS)
            done, seen = 0, 0
            for batch in reader:
                # The total of rows is not known before the end: the bar approaches its end by eighths.
                share = (self.size - done) // 8
                yield _piece(pa.Table.from_batches([batch]), seen, share)
                done, seen = done + share, seen + batch.num_rows
        except (duckdb.Error, OSError) as error:
            said = str(error).strip()
            raise SourceError(said, where=self.file, zh=f"无法读取：{said}") from error
        finally:
            connection.close()


def _piece(table: pa.Table, seen: int, share: int) -> Callable[[], Chunk]:
    def load() -> Chunk:
        if "_row" in table.column_names:
            return Chunk(table.drop_columns(["_row"]), table["_row"].to_numpy().astype(np.int64), done=share)
        return Chunk(table, np.arange(seen + 1, seen + 1 + table.num_rows, dtype=np.int64), done=share)

    return load


def _reader(path: Path) -> str:
    name = str(path).replace("'", "''")
    if path.name.endswith(".parquet"):
        number = "* exclude (file_row_number), file_row_number + 1 as _row"
        return f"select {number} from read_parquet('{name}', file_row_number = true)"
    options = "all_varchar = true, header = true, strict_mode = true"
    return f"select *, row_number() over () + 1 as _row from read_csv('{name}', {options})"
