"""Raw files of source ``national``: national field codes as headers, yuan with two decimals, ISO dates."""

from __future__ import annotations

import csv
import functools
from importlib.resources import files
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from yibao.ledger.contracts import RECORDED, load_contracts
from yibao.simulation.frame import NONE, Array

#: Decimal places in the file; in memory every such number is an integer of the last place.
PLACES = {"money": 2, "rate": 4, "milli": 3, "micro": 6}
OPTIONS = pa_csv.WriteOptions(quoting_style="none", batch_size=65_536)

#: Numbers or texts, positions in a list of words (negative: missing), or a finished Arrow array.
Column: TypeAlias = "Array | tuple[Array, list[str]] | pa.Array"


def data_rows(name: str) -> list[dict[str, str]]:
    """The rows of one of the package's own data files."""
    text = (files("yibao.simulation") / "data" / f"{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@functools.cache
def layout() -> dict[str, list[tuple[str, str, str]]]:
    """(column, header, type) of every fact table, as the contracts say what a raw file looks like."""
    recorded = {column.name for column in RECORDED}
    return {
        name: [(c.name, c.national or c.name, c.type) for c in table.columns if c.name not in recorded]
        for name, table in load_contracts().items()
        if table.kind == "fact"
    }


def running(prefix: str, serial: Array, width: int) -> pa.Array:
    """Identifiers ``prefix`` + zero-padded ``serial``; a negative serial gives null.

    Where few numbers occur many times (the persons of all lines), each is written once and then looked up.
    """
    serial = np.asarray(serial, dtype=np.int64)
    known = serial >= 0
    everyone = bool(known.all())
    if len(serial) and known.any():
        low = int(serial.min()) if everyone else int(serial[known].min())
        span = int(serial.max()) - low + 1
        if span * 2 < len(serial):
            words = _running(prefix, np.arange(low, low + span), width)
            index = pa.array(serial - low) if everyone else pa.array(np.where(known, serial - low, 0), mask=~known)
            return words.take(index)
    joined = _running(prefix, np.maximum(serial, 0), width)
    return joined if everyone else pa.compute.if_else(pa.array(known), joined, pa.scalar(None, pa.string()))


def _running(prefix: str, serial: Array, width: int) -> pa.Array:
    text = pa.compute.utf8_lpad(pa.array(serial).cast(pa.string()), width, "0")
    return pa.compute.binary_join_element_wise(pa.scalar(prefix), text, pa.scalar(""))


def decimal(values: Array, places: int, missing: Array | None = None) -> pa.Array:
    """Integers of the last place as decimals, without passing through floats."""
    halves = np.empty((len(values), 2), dtype=np.int64)
    halves[:, 0] = values
    halves[:, 1] = values >> 63
    array = pa.Array.from_buffers(pa.decimal128(18, places), len(values), [None, pa.py_buffer(halves)])
    if missing is None or not missing.any():
        return array
    return pa.compute.if_else(pa.array(~missing), array, pa.scalar(None, array.type))


def arrow(column: Column, kind: str, n: int) -> pa.Array:
    """One column as the array whose CSV text is the raw file's."""
    if isinstance(column, tuple):
        codes, words = column
        codes = np.asarray(codes)
        indices = pa.array(codes.astype(np.int32), mask=codes < 0)
        return pa.DictionaryArray.from_arrays(indices, pa.array(words, pa.string())).cast(pa.string())
    if isinstance(column, (pa.Array, pa.ChunkedArray)):
        return column
    values = np.asarray(column)
    if values.dtype.kind in "UO":
        return pa.array(values.tolist(), pa.string())
    values = np.broadcast_to(values, (n,)).astype(np.int64)
    missing = values == NONE
    values = np.where(missing, 0, values)
    if kind in PLACES:
        return decimal(values, PLACES[kind], missing)
    mask = missing if missing.any() else None
    if kind == "date":
        return pa.array(values.astype(np.int32), mask=mask).cast(pa.date32())
    if kind == "time":
        return pa.array(values, mask=mask).cast(pa.timestamp("s"))
    return pa.array(values, mask=mask)


def table(name: str, columns: dict[str, Column], n: int) -> pa.Table:
    """The table with national headers in the layout's order; columns that are not given stay empty."""
    unknown = columns.keys() - {column for column, _, _ in layout()[name]}
    if unknown:
        raise KeyError(f"{name} has no column {sorted(unknown)}")
    empty = pa.nulls(n, pa.string())
    arrays = [arrow(columns[column], kind, n) if column in columns else empty for column, _, kind in layout()[name]]
    return pa.table(arrays, names=[header for _, header, _ in layout()[name]])


def write(path: Path, rows: pa.Table) -> None:
    """One CSV file in UTF-8 with a header."""
    with pa.OSFile(str(path), "wb") as file:
        pa_csv.write_csv(rows, file, OPTIONS)
