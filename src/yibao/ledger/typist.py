"""Types one chunk of raw rows: accepted rows sorted by bucket, and the others with their problems."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from yibao.engine.schema import Table
from yibao.ledger.blanks import trimmed
from yibao.ledger.duck import connect
from yibao.ledger.receipts import Tally
from yibao.ledger.refusals import InputRefused
from yibao.ledger.sources import FAULTS, Chunk, Reject
from yibao.ledger.stage import TRAVELLING
from yibao.ledger.typing_sql import BUCKETS, Typing, typing_of


@dataclass(frozen=True)
class Typed:
    """``rows`` sorted by bucket, with where each bucket begins; ``faulty`` rows as raw columns with their problems.

    ``tally`` counts what came in and what is quarantined; accepted and duplicate rows are told apart later. ``notes``
    counts cells by kind of remark and column, as in :class:`Chunk`.
    """

    rows: pa.Table
    bounds: npt.NDArray[np.int64]
    faulty: pa.Table | None
    rejects: tuple[Reject, ...]
    tally: Tally
    done: int
    notes: Mapping[tuple[str, str], int] = field(default_factory=dict)


class Typist:
    """Works in any number of threads, with one single-threaded engine for each."""

    def __init__(self, currency: str) -> None:
        self._currency = currency
        self._local = threading.local()
        self._connections: list[duckdb.DuckDBPyConnection] = []

    def close(self) -> None:
        for connection in self._connections:
            connection.close()

    def work(self, table: Table, number: int, chunk: Chunk) -> Typed:
        """Type ``chunk`` of the batch's input ``number``."""
        if not chunk.columns.num_rows:
            return _nothing(table, chunk)
        connection, typing = self._typing(table, chunk.columns.schema)
        raw, blanks = trimmed(chunk.columns, _texts(table, chunk.columns.schema))
        notes = Counter(chunk.notes) + Counter({("blanks", column): cells for column, cells in blanks.items()})
        typed = _query(connection, typing.typed, raw)
        amount = typed["_amount"]
        tally = Tally(rows_in=typed.num_rows + len(chunk.rejects), money_in=_sum(amount))
        faulty, rows = None, chunk.rows
        if not pc.all(typed["_ok"]).as_py():
            good = typed["_ok"].to_numpy()
            faulty = _faulty(connection, typing, chunk, raw, np.flatnonzero(~good), amount)
            tally.quarantined, tally.money_quarantined = faulty.num_rows, _sum(faulty["_amount"])
            typed, rows = typed.filter(typed["_ok"]), rows[good]
        tally.quarantined += len(chunk.rejects)
        if table.money:
            tally.unreadable = len(chunk.rejects) + _unreadable(faulty, table.money)
        ordered, bounds = _by_bucket(typed, typing, rows, number, BUCKETS if table.slice else 1)
        return Typed(ordered, bounds, faulty, tuple(chunk.rejects), tally, chunk.done, notes)

    def _typing(self, table: Table, raw: pa.Schema) -> tuple[duckdb.DuckDBPyConnection, Typing]:
        local = self._local
        if not hasattr(local, "connection"):
            local.connection = connect(threads=1)
            local.typings = {}
            self._connections.append(local.connection)
        key = (table.name, raw)
        if key not in local.typings:
            _check_types(table, raw)
            local.typings[key] = typing_of(table, raw, self._currency)
        return local.connection, local.typings[key]


def _nothing(table: Table, chunk: Chunk) -> Typed:
    """What is left of a chunk without rows: the records that could not become rows, and the work it stands for."""
    lost = len(chunk.rejects)
    tally = Tally(rows_in=lost, quarantined=lost, unreadable=lost if table.money else 0)
    return Typed(chunk.columns, np.zeros(1, np.int64), None, tuple(chunk.rejects), tally, chunk.done, chunk.notes)


def _texts(table: Table, raw: pa.Schema) -> list[str]:
    """Text columns of the contract that came as text."""
    return [c.name for c in table.columns if c.type == "text" and c.name in raw.names and _is_text(raw.field(c.name))]


def _is_text(field: pa.Field) -> bool:
    return bool(pa.types.is_string(field.type))


def _faulty(
    connection: duckdb.DuckDBPyConnection,
    typing: Typing,
    chunk: Chunk,
    read: pa.Table,
    places: npt.NDArray[np.int64],
    amount: pa.ChunkedArray,
) -> pa.Table:
    """The records at ``places`` as they came, with what is wrong with them as they were ``read``."""
    problems = _query(connection, typing.problems, read.take(places))["problems"]
    raw = chunk.columns.take(places)
    if FAULTS in raw.column_names:
        raw = raw.drop_columns([FAULTS])
    raw = raw.append_column("_row", pa.array(chunk.rows[places]))
    return raw.append_column("_amount", amount.take(pa.array(places))).append_column("problems", problems)


def _query(connection: duckdb.DuckDBPyConnection, sql: str, raw: pa.Table) -> pa.Table:
    connection.register("raw", raw)
    try:
        return connection.execute(sql).to_arrow_table()
    finally:
        connection.unregister("raw")


def _check_types(table: Table, raw: pa.Schema) -> None:
    for given in raw:
        column = table.by_name.get(given.name)
        if column is None and given.name != FAULTS and not given.name.startswith("x_"):
            raise InputRefused(f"the source gives {given.name!r}, which is no column of {table.name}", where=table.name)
        if column and not _is_text(given) and given.type != column.arrow_type:
            raise InputRefused(
                f"the source gives {given.name} as {given.type}, not as {column.arrow_type} or text", where=table.name
            )


def _by_bucket(
    typed: pa.Table, typing: Typing, rows: npt.NDArray[np.int64], number: int, buckets: int
) -> tuple[pa.Table, npt.NDArray[np.int64]]:
    bucket = typed["_bucket"].to_numpy()
    order = np.argsort(bucket, kind="stable")
    bounds = np.searchsorted(bucket[order], np.arange(buckets + 1))
    travelling = [
        pa.array(order, pa.int64()),
        pa.array(np.full(len(order), number, np.int32)),
        pa.array(rows[order]),
        typed["_amount"].take(order),
        typed["_key"].take(order),
    ]
    ordered = typed.select(typing.columns).take(order)
    for name, column in zip(TRAVELLING, travelling, strict=True):
        ordered = ordered.append_column(name, column)
    return ordered, bounds


def _unreadable(faulty: pa.Table | None, money: str) -> int:
    """Records whose amount is there but cannot be read."""
    if faulty is None:
        return 0
    unknown = faulty.filter(pc.is_null(faulty["_amount"]))["problems"].to_pylist()
    return sum(any(p["column"] == money and p["code"] != "missing_value" for p in problems) for problems in unknown)


def _sum(amounts: pa.ChunkedArray) -> int:
    return int(pc.sum(amounts).as_py() or 0)
