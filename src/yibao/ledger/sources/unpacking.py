"""Files that hold rows of many tables at once: claims with their people, lines and diagnoses in one document.

Such a file is read once. A :class:`Form` cuts it into pieces of whole records and unpacks each piece into relations of
its own making (claims, lines, parties …), which lie in one engine that spills to disk. When all files of the path have
been read, and so every reference between them can be followed, each contract table is one SQL select over these
relations, piece by piece.

    files -> pieces -> Form.unpack -> relations -> Form.meet -> Form.select(table) -> chunks of each contract table

Whichever input is asked first starts the reading, in the threads of whoever asks for its chunks.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import duckdb
import numpy as np
import pyarrow as pa

from yibao.ledger.duck import connect
from yibao.ledger.raw.stream import RawStream
from yibao.ledger.refusals import NothingToRead, unreadable
from yibao.ledger.sources import ROW_BITS, Chunk, Input, Reject

#: The relations may take so much memory before they spill.
MEMORY_LIMIT = "2GB"
#: Pieces of so many bytes together are selected at once: a select takes some time to plan, however little it finds.
_SELECTED = 16 << 20
#: The work of reading a file, as times the work of one select from it.
_READING = 16
_SCRATCH = 1 << 24

Remark = tuple[str, str]
#: Contract table under which a record is quarantined that is no row, and the record.
Rejected = tuple[str, Reject]


@dataclass(frozen=True)
class RawFile:
    """A file of the path, and the name by which people know it."""

    path: Path
    name: str
    size: int


@dataclass(frozen=True)
class Piece:
    """Whole records of one file in the form's own shape; ``done`` are the bytes of the file that it stands for."""

    data: Any
    done: int


@dataclass(frozen=True)
class Place:
    """Where the rows of a piece belong: every relation has the columns ``file`` and ``piece``, counted from 0.

    Pieces are numbered over all files of the path, in file order.
    """

    file: int
    piece: int
    name: str  # of the file, for messages


def raw_files(path: Path, suffixes: Sequence[str]) -> tuple[list[RawFile], list[str]]:
    """The files of a path that a source reads, in name order, and the names of the others.

    One file is read whatever its name; of a directory those with a known ending, each also with ``.gz``.
    """
    try:
        if path.is_file():
            return [RawFile(path, path.name, path.stat().st_size)], []
        entries = [entry for entry in sorted(path.iterdir()) if not entry.is_dir() and not entry.name.startswith(".")]
        ours = [entry for entry in entries if entry.name.lower().removesuffix(".gz").endswith(tuple(suffixes))]
        files = [RawFile(entry, entry.name, entry.stat().st_size) for entry in ours]
    except OSError as error:
        raise unreadable(error, str(path)) from error
    if not files:
        names = ", ".join(f"*{suffix}" for suffix in suffixes)
        raise NothingToRead(
            "no file of this source in the directory",
            where=str(path),
            mend=f"it reads {names}, each also .gz",
            zh="目录中没有此来源的文件",
            mend_zh=f"可读取 {names}，也可加 .gz",
        )
    return files, [entry.name for entry in entries if entry not in ours]


class Form(Protocol):
    """What a kind of file holds. All but ``pieces`` may be called from several threads, each with its own engine."""

    @property
    def schema(self) -> Sequence[str]:
        """Statements that make the relations and macros."""

    #: Contract tables in the order in which they are taken.
    tables: Sequence[str]
    #: Contract table -> column -> the sender's own name of it.
    fields: Mapping[str, Mapping[str, str]]

    def pieces(self, file: RawFile, stream: RawStream) -> Iterator[Piece]:
        """The file cut into pieces. Raises a refusal for what is not read at all."""

    def unpack(self, engine: duckdb.DuckDBPyConnection, place: Place, data: Any) -> Sequence[Rejected]:
        """Put the records of a piece into the relations; returns those that are none."""

    def meet(self, engine: duckdb.DuckDBPyConnection) -> Iterable[Remark]:
        """Called once, when all files are in the relations: what depends on several of them, and what to remark."""

    def select(self, table: str) -> str:
        """Rows of a contract table from the pieces ``$first`` to ``$last``.

        ``_row`` is the number of the file above the :data:`yibao.ledger.sources.ROW_BITS` of the record in it.
        """


@dataclass
class Unpacked:
    """The files of one path. ``inputs`` are to be given to the ingest; ``remarks`` grow while it reads."""

    form: Form
    path: Path
    files: Sequence[RawFile]
    remarks: list[Remark] = field(default_factory=list)

    def __post_init__(self) -> None:
        scratch = Path(tempfile.mkdtemp(prefix="yibao-unpacking-"))
        weakref.finalize(self, shutil.rmtree, scratch, ignore_errors=True)
        self._engine = connect(threads=1, temp=scratch)
        self._engine.execute(f"set memory_limit = '{MEMORY_LIMIT}'")
        self._local = threading.local()
        self._hashes: list[str] = []
        self._rejects: dict[tuple[str, int], list[Reject]] = {}
        self._sizes: list[int] = []
        self._waiting: dict[int, tuple[Place, Piece]] = {}
        self._open = 0
        self._idle = threading.Condition()
        self._read = self._met = False

    def inputs(self) -> list[Input]:
        """One input for each table."""
        return [TableInput(self, table) for table in self.form.tables]

    def reading(self) -> Iterator[Callable[[], int]]:
        """The jobs that read every file, each returning the bytes it stands for; none when that was done."""
        if self._read:
            return
        self._read = True
        for statement in self.form.schema:
            self._engine.execute(statement)
        hashes = []
        for number, file in enumerate(self.files):
            with RawStream(file.path, file.name) as stream:
                for piece in self.form.pieces(file, stream):
                    place = Place(number, len(self._sizes), file.name)
                    self._sizes.append(piece.done)
                    with self._idle:
                        self._open += 1
                        self._waiting[place.piece] = (place, piece)
                    yield partial(self._unpack, place.piece)
                hashes.append(_rest_of(stream))
        self._hashes = hashes

    def meet(self) -> None:
        """Let the form follow the references between files, when every job has run; those not yet begun run here."""
        for piece in list(self._waiting):
            self._unpack(piece)
        with self._idle:
            self._idle.wait_for(lambda: self._open == 0)
        if not self._met:
            self._met = True
            self.remarks.extend(self.form.meet(self._engine))

    def groups(self) -> Iterator[tuple[int, int, int]]:
        """Runs of pieces that are selected at once: the first, the last, their bytes."""
        first = size = 0
        for last, done in enumerate(self._sizes):
            size += done
            if size >= _SELECTED or last == len(self._sizes) - 1:
                yield first, last, size
                first, size = last + 1, 0

    def rows(self, table: str, first: int, last: int) -> tuple[pa.Table, Sequence[Reject]]:
        """Rows of a table from a run of pieces, and what was no row of it."""
        found = self._cursor().execute(self.form.select(table), {"first": first, "last": last}).to_arrow_table()
        return found, [one for piece in range(first, last + 1) for one in self._rejects.get((table, piece), ())]

    def content(self) -> str:
        """Hash of all files: what one holds decides what the references of another mean."""
        if not self._hashes:
            for file in self.files:
                with RawStream(file.path, file.name) as stream:
                    self._hashes.append(_rest_of(stream))
        return hashlib.sha256(" ".join(self._hashes).encode()).hexdigest()

    def _unpack(self, number: int) -> int:
        with self._idle:
            place, piece = self._waiting.pop(number, (None, None))
        if place is None or piece is None:
            return self._sizes[number]  # somebody who waited for it has done it
        try:
            above = place.file << ROW_BITS
            for table, reject in self.form.unpack(self._cursor(), place, piece.data):
                told = self._rejects.setdefault((table, number), [])
                told.append(replace(reject, row=above + reject.row))
            return piece.done
        finally:
            with self._idle:
                self._open -= 1
                self._idle.notify_all()

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        if not hasattr(self._local, "cursor"):
            self._local.cursor = self._engine.cursor()
        cursor: duckdb.DuckDBPyConnection = self._local.cursor
        return cursor


class TableInput:
    """Rows of one contract table from the files of a path: an :class:`yibao.ledger.sources.Input`."""

    def __init__(self, unpacked: Unpacked, table: str) -> None:
        self.table = table
        self.names = [file.name for file in unpacked.files]
        self.file = self.names[0] if len(self.names) == 1 else f"{unpacked.path.name} ({len(self.names):,} ×)"
        size = sum(file.size for file in unpacked.files)
        self.size = size * (_READING if table == unpacked.form.tables[0] else 1)
        self.fields = dict(unpacked.form.fields[table])
        self._unpacked = unpacked

    def content(self) -> str:
        return self._unpacked.content()

    def chunks(self) -> Iterator[Callable[[], Chunk]]:
        for job in self._unpacked.reading():
            yield partial(_progress, job)
        self._unpacked.meet()
        for first, last, size in self._unpacked.groups():
            yield partial(self._chunk, first, last, size)

    def _chunk(self, first: int, last: int, size: int) -> Chunk:
        rows, rejects = self._unpacked.rows(self.table, first, last)
        places = rows["_row"].to_numpy().astype(np.int64)
        return Chunk(rows.drop_columns(["_row"]), places, rejects, size)


def _progress(job: Callable[[], int]) -> Chunk:
    """A job of the reading as a chunk without rows."""
    done = job()
    return Chunk(pa.table({}), np.empty(0, np.int64), done=done * (_READING - 1))


def _rest_of(stream: RawStream) -> str:
    """Read to the end, and the hash of the whole file."""
    while stream.read(_SCRATCH):
        pass
    digest: str = stream.digest.hexdigest()
    return digest
