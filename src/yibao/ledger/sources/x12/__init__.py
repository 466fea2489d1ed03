"""Source ``x12``: claims as ASC X12 837, professional (005010X222) and institutional (005010X223).

A file of one or several interchanges, or a directory of such files, each also ``.gz``. See `mapping.yaml` for what
becomes of each element, and `meet.sql` for envelopes, replacements and voids.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from yibao.engine.schema import Tables
from yibao.ledger.raw.stream import RawStream
from yibao.ledger.sources import Inputs, Reject
from yibao.ledger.sources.mentions import mentions
from yibao.ledger.sources.selects import read_selects, read_statements
from yibao.ledger.sources.unpacking import Piece, Place, RawFile, Rejected, Remark, Unpacked, raw_files
from yibao.ledger.sources.x12.interchange import BLOCK, Delimiters, Sets, pieces
from yibao.ledger.sources.x12.loops import Loops, through
from yibao.ledger.sources.x12.relations import outside, relations
from yibao.ledger.sources.x12.segments import Segments

SELECTS = read_selects(__name__)
SUFFIXES = (".x12", ".837", ".edi", ".txt", ".dat")
_DOLLAR = "USD"

_PEOPLE = mentions(
    "person_told",
    "select x12_person(c) as id, c.file, c.row, c.relationship, c.subscriber_id as subscriber, "
    "case when has_patient then concat_ws(', ', patient_last, patient_first) "
    "else concat_ws(', ', subscriber_last, subscriber_first) end as name, "
    "case when has_patient then patient_birth else subscriber_birth end as birth, "
    "case when has_patient then patient_sex else subscriber_sex end as sex, "
    "case when has_patient then patient_address else subscriber_address end as address, "
    "case when has_patient then patient_state else subscriber_state end as state, "
    "case when has_patient then patient_zip else subscriber_zip end as zip "
    "from claim as c join fate as f using (file, piece, row) where f.fault is null and c.row > 0",
    firm=("name", "birth", "sex"),
    loose=("address", "state", "zip", "subscriber", "relationship"),
)
_INSTITUTIONS = mentions(
    "institution_told",
    "select c.billing_id as id, c.file, c.row, c.billing_last as name, c.billing_address as address, "
    "c.billing_state as state, c.billing_taxonomy as taxonomy, "
    "case when c.place_kind = 'A' and c.place in ('11', '12') then true end as hospital "
    "from claim as c join fate as f using (file, piece, row) where f.fault is null and c.row > 0",
    firm=("name",),
    loose=("address", "state", "taxonomy", "hospital"),
)
_STAFF = mentions(
    "staff_told",
    "select p.id, p.file, p.row, concat_ws(', ', p.last, p.first) as name, p.taxonomy from provider as p "
    "join fate as f on f.file = p.file and f.piece = p.piece and f.row = p.claim "
    "where f.fault is null and p.entity = '1'",
    firm=("name",),
    loose=("taxonomy",),
)


class X12Form:
    """The :class:`yibao.ledger.sources.unpacking.Form` of an 837. ``currency`` is that of the path."""

    def __init__(self, currency: str) -> None:
        self.tables: Sequence[str] = SELECTS.tables
        self.fields = SELECTS.fields
        self._currency = currency

    @cached_property
    def schema(self) -> Sequence[str]:
        nothing = Segments(b"", Delimiters(b"*", b":", b"~", b"^"), 1)
        made = [
            f"create table {name} (file int, piece int, {', '.join(f'{c} {_sql_type(v)}' for c, v in columns.items())})"
            for name, columns in relations(Loops(nothing)).items()
        ]
        currency = f"create or replace macro path_currency() as '{self._currency}'"
        return [*made, *read_statements(__name__, "macros.sql"), currency]

    def pieces(self, file: RawFile, stream: RawStream) -> Iterator[Piece]:
        return pieces(file.name, stream)

    def unpack(self, engine: duckdb.DuckDBPyConnection, place: Place, data: Sets) -> Sequence[Rejected]:
        segments = Segments(data.data, data.delimiters, data.first)
        loops = Loops(segments)
        for name, columns in relations(loops).items():
            rows = pa.table(columns)
            if rows.num_rows:
                engine.register("unpacked", rows)
                engine.execute(f"insert into {name} select {place.file}, {place.piece}, * from unpacked")
                engine.unregister("unpacked")
        strays = [("settlement", Reject(row, "bad_segment", text, text)) for row, text in outside(loops)]
        return _no_claims(loops) + strays

    def meet(self, engine: duckdb.DuckDBPyConnection) -> Iterable[Remark]:
        for statement in [*read_statements(__name__, "meet.sql"), _PEOPLE, _INSTITUTIONS, _STAFF]:
            engine.execute(statement)
        return []

    def select(self, table: str) -> str:
        return SELECTS.sql[table]


class X12:
    """The source."""

    name = "x12"
    about = ("claims as X12 837 P and I (005010X222, X223)", "X12 837 P/I 索赔（005010X222、X223）")
    #: Dollars, unless the claims name another currency (CUR).
    currency = None
    selects = SELECTS

    def inputs(self, path: Path, tables: Tables) -> Inputs:  # noqa: ARG002 - one signature for all
        """Every file of a directory whose name ends in a known suffix, in name order, or the one file."""
        files, ignored = raw_files(path, SUFFIXES)
        currency = _currency(files[0])
        unpacked = Unpacked(X12Form(currency), path, files)
        return Inputs(unpacked.inputs(), ignored, unpacked.remarks, currency=currency, sparse=True)


def _no_claims(loops: Loops) -> list[Rejected]:
    """Transaction sets that are no claims at all, such as a remittance (835), and sets and interchanges without any.

    Of a file that was cut off before its first claim nothing else would tell.
    """
    segments = loops.segments
    starts = np.flatnonzero(segments.named("ST"))
    kinds = segments.element(starts, 1).to_pylist()
    first = through(loops.under(segments.named("CLM"), loops.set), starts)
    faults: list[tuple[int, str, str | None]] = [
        (int(at), "out_of_scope", kind) if kind != "837" else (int(at), "no_claim", None)
        for at, kind, claim in zip(starts, kinds, first, strict=True)
        if kind != "837" or claim < 0
    ]
    begun = np.flatnonzero(segments.named("ISA"))
    sets = np.searchsorted(starts, np.append(begun, len(segments)))
    faults += [(int(at), "no_claim", None) for at, count in zip(begun, np.diff(sets), strict=True) if not count]
    return [
        ("settlement", Reject(int(segments.numbers[at]), code, segments.texts[at].as_py(), value))
        for at, code, value in faults
    ]


def _currency(file: RawFile) -> str:
    """What the first claims are in: CUR stands before the first of them, or nowhere."""
    with RawStream(file.path, file.name) as stream:
        before, _, _ = stream.read(BLOCK).partition(b"CLM")
    found = re.search(rb"CUR([^A-Za-z0-9])..\1([A-Z]{3})\b", before)
    return found[2].decode() if found else _DOLLAR


def _sql_type(column: pa.Array) -> str:
    types = {pa.int64(): "bigint", pa.bool_(): "boolean"}
    return types.get(column.type, "varchar")


SOURCE = X12()
