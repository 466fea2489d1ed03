"""What is fuzzed: bytes in; a refusal by name or rows that balance out. Anything else that is raised is a defect.

A target has two ways. ``whole`` goes from the file to typed and quarantined rows; ``quick`` only through the parser's
own code, for a fuzzer that is guided by what it reaches and needs many runs.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

import duckdb
import seeds

from yibao.engine.yaml import read_yaml
from yibao.errors import YibaoError
from yibao.ledger.contracts import load_contracts
from yibao.ledger.duck import connect
from yibao.ledger.quarantine import Quarantine
from yibao.ledger.raw.stream import RawStream
from yibao.ledger.sources import Chunk, Input, get_source
from yibao.ledger.sources.fhir import FhirForm
from yibao.ledger.sources.fhir import documents as fhir_documents
from yibao.ledger.sources.fhir.resources import unfold
from yibao.ledger.sources.unpacking import Form, Place, RawFile, TableInput, Unpacked
from yibao.ledger.sources.x12 import X12Form
from yibao.ledger.sources.x12 import interchange as x12_interchange
from yibao.ledger.sources.x12.loops import Loops
from yibao.ledger.sources.x12.relations import relations
from yibao.ledger.sources.x12.segments import Segments
from yibao.ledger.typist import Typist


@dataclass(frozen=True)
class Target:
    """``seeds`` are valid documents; ``words`` texts that mean something to the parser."""

    whole: Callable[[bytes], None]
    quick: Callable[[bytes], None]
    seeds: Sequence[bytes]
    words: Sequence[str]


@cache
def _folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="yibao-fuzz-"))


@cache
def _typist() -> Typist:
    return Typist("USD")


def _file(name: str, data: bytes) -> Path:
    path = _folder() / name
    path.write_bytes(data)
    return path


def _type(item: Input, chunk: Chunk) -> None:
    """Type and quarantine a chunk; every row is somewhere, and so is its money."""
    table = load_contracts()[item.table]
    typed = _typist().work(table, 0, chunk)
    faulty = typed.faulty.num_rows if typed.faulty is not None else 0
    assert typed.tally.rows_in == chunk.columns.num_rows + len(chunk.rejects)
    assert typed.tally.rows_in == typed.rows.num_rows + faulty + len(typed.rejects)
    money = sum(row or 0 for row in typed.rows["_amount"].to_pylist()) if typed.rows.num_rows else 0
    assert typed.tally.money_in == money + typed.tally.money_quarantined
    kept = Quarantine(_folder() / "quarantine.parquet", "b000001", 2)
    if typed.faulty is not None:
        kept.rows(table, item, typed.faulty)
    if typed.rejects:
        kept.rejects(table, item, typed.rejects)
    kept.close()
    assert sum(kept.reasons.values()) == typed.tally.quarantined


def _tables(name: str, source: str) -> Callable[[bytes], None]:
    """A source that reads tables."""

    def check(data: bytes) -> None:
        try:
            for item in get_source(source).inputs(_file(name, data), load_contracts()).items:
                for load in item.chunks():
                    _type(item, load())
                item.content()
        except YibaoError:
            return

    return check


@dataclass
class _Documents:
    """A source of documents, with one engine for all runs: making its relations takes longer than a document."""

    form: Form
    name: str
    engine: duckdb.DuckDBPyConnection = field(default_factory=lambda: connect(threads=1))

    @cached_property
    def relations(self) -> Sequence[str]:
        for statement in self.form.schema:
            self.engine.execute(statement)
        return [row[0] for row in self.engine.execute("show tables").fetchall()]

    def check(self, data: bytes) -> None:
        for relation in self.relations:
            self.engine.execute(f"truncate {relation}")
        path = _file(self.name, data)
        file = RawFile(path, self.name, len(data))
        rejected = []
        try:
            with RawStream(path, self.name) as stream:
                for number, piece in enumerate(self.form.pieces(file, stream)):
                    rejected += self.form.unpack(self.engine, Place(0, number, self.name), piece.data)
        except YibaoError:
            return
        list(self.form.meet(self.engine))
        unpacked = Unpacked(self.form, path, [file])
        for table in self.form.tables:
            found = self.engine.execute(self.form.select(table), {"first": 0, "last": 1 << 20}).to_arrow_table()
            places = found["_row"].to_numpy().astype("int64")
            mine = [reject for name, reject in rejected if name == table]
            _type(TableInput(unpacked, table), Chunk(found.drop_columns(["_row"]), places, mine))


def _fhir_quick(data: bytes) -> None:
    path = _file("quick.json", data)
    try:
        with RawStream(path, path.name) as stream:
            for piece in fhir_documents.pieces(path.name, stream):
                unfold(_engine(), piece.data)
    except YibaoError:
        return


def _x12_quick(data: bytes) -> None:
    path = _file("quick.x12", data)
    try:
        with RawStream(path, path.name) as stream:
            for piece in x12_interchange.pieces(path.name, stream):
                relations(Loops(Segments(piece.data.data, piece.data.delimiters, piece.data.first)))
    except YibaoError:
        return


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    return connect(threads=1)


def _yaml(data: bytes) -> None:
    try:
        read_yaml(data.decode("utf-8", "replace"), "fuzz.yaml")
    except YibaoError:
        return


_CSV_WORDS = ('"', '""', ",", "\r\n", "\n", "\r", "\ufeff", "1e5", "-", "NaN", "2025-02-30", "0" * 20, "psn_no", "х")
_FHIR_WORDS = (
    "null",
    "true",
    "{}",
    "[]",
    "1e999",
    "-0.0",
    "1.10",
    '"urn:uuid:1"',
    '"#o"',
    '"\\u0000"',
    '"\\ud800"',
    '"contained"',
    '"resourceType"',
    '"Bundle"',
    '"entry"',
    '"total"',
    '"item"',
    '"detail"',
    '"cancelled"',
    '"EUR"',
    "\ufeff",
    "\n",
)
_X12_WORDS = (
    "~",
    "*",
    ":",
    "^",
    "ISA*",
    "IEA*1*000000001~",
    "ST*837*0002*005010X222A1~",
    "SE*1*0002~",
    "HL*9**20*1~",
    "LX*1~",
    "HL*9*1*22*0~",
    "HL*9*1*23*0~",
    "CLM*B*1***11:B:8~",
    "SV1*HC:1*1*UN*1~",
    "SBR*S~",
    "NM1*85*2~",
    "HI*~",
    "CAS*~",
    "\n",
)
_SHEET_WORDS = (
    '<c r="A2"',
    ' t="e"',
    ' t="s"',
    ' t="inlineStr"',
    ' t="str"',
    ' t="b"',
    ' t="d"',
    ' s="1"',
    "<v>#N/A</v>",
    "<v></v>",
    "<v>1e308</v>",
    "<v>45000.5</v>",
    "<v>-1</v>",
    "<f>1</f>",
    "<is><t>x</t></is>",
    '<row r="2">',
    "</row>",
    '<mergeCells><mergeCell ref="A2:C3"/></mergeCells>',
    'r="ZZ9"',
    "&#0;",
    "<!--",
    "<![CDATA[",
)
_YAML_WORDS = (
    "&one",
    "*one",
    "!!",
    "<<: *one",
    "? ",
    "- ",
    ": ",
    "{",
    "[",
    "|\n",
    ">-\n",
    "---",
    "\t",
    "#",
    "~",
    "%YAML",
)


@cache
def targets() -> dict[str, Target]:
    """All targets by name."""
    whole = bytes(json.dumps(seeds.bundle(), indent=1), "utf-8")
    csv = _tables("charge_line.csv", "national")
    excel = _tables("charge_line.xlsx", "national")

    def sheet(data: bytes) -> None:
        excel(seeds.with_sheet(data))

    return {
        "national": Target(csv, csv, [seeds.CSV.encode(), seeds.CSV.encode("gb18030")], _CSV_WORDS),
        "excel": Target(excel, excel, [seeds.workbook()], ("PK", "xl/", "PK\x01\x02", "PK\x05\x06")),
        "sheet": Target(sheet, sheet, [seeds.sheet()], _SHEET_WORDS),
        "fhir": Target(_Documents(FhirForm("USD"), "a.json").check, _fhir_quick, [seeds.lines(), whole], _FHIR_WORDS),
        "x12": Target(_Documents(X12Form("USD"), "a.x12").check, _x12_quick, [seeds.X12.encode()], _X12_WORDS),
        "yaml": Target(_yaml, _yaml, [seeds.YAML.encode()], _YAML_WORDS),
    }
