"""Source ``fhir``: claims as FHIR resources (R4 and STU3 ``Claim``, ``ExplanationOfBenefit``) and their companions.

A file of one resource, a Bundle, an array, or one of these on each line (NDJSON); a directory of such files; each also
``.gz``. See `mapping.yaml` for what becomes of each element, and `meet.sql` for what several resources decide together.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path

import duckdb

from yibao.engine.schema import Tables
from yibao.ledger.raw.stream import RawStream
from yibao.ledger.sources import Inputs
from yibao.ledger.sources.fhir.documents import Documents, pieces
from yibao.ledger.sources.fhir.people import PEOPLE
from yibao.ledger.sources.fhir.resources import unfold
from yibao.ledger.sources.fhir.shapes import CLAIM, CLAIMS, COMPANIONS, EITHER, Shape
from yibao.ledger.sources.selects import read_selects, read_statements
from yibao.ledger.sources.unpacking import Piece, Place, RawFile, Rejected, Remark, Unpacked, raw_files

SELECTS = read_selects(__name__)
SUFFIXES = (".json", ".ndjson", ".jsonl")
#: Relation -> the types of resources that it is read from. Those of claims rest on `parsed`; `claim` rests on `charge`.
_RELATIONS: Mapping[str, Sequence[str]] = {
    "charge": CLAIMS,
    "claim": CLAIMS,
    "diagnosis": CLAIMS,
    "operation": CLAIMS,
    "member": CLAIMS,
    "person": ("Patient",),
    "practitioner": ("Practitioner",),
    "practitioner_role": ("PractitionerRole",),
    "organization": ("Organization", "Location"),
    "coverage": ("Coverage",),
    "visit": ("Encounter",),
    "named": ("Condition", "Procedure"),
}
_READ = {*CLAIMS, *COMPANIONS}
#: The first currency of a file: of R4, or of STU3 before or after the name of the code list.
_CURRENCY = re.compile(
    rb'"currency"\s*:\s*"([A-Z]{3})"|"code"\s*:\s*"([A-Z]{3})"\s*,\s*"system"\s*:\s*"urn:iso:std:iso:4217"'
    rb'|"urn:iso:std:iso:4217"[^{}]*?"code"\s*:\s*"([A-Z]{3})"'
)
_LOOKED_AT = 4 << 20


class FhirForm:
    """The :class:`yibao.ledger.sources.unpacking.Form` of FHIR JSON. ``currency`` is that of the path, if known."""

    def __init__(self, currency: str | None) -> None:
        self.tables: Sequence[str] = SELECTS.tables
        self.fields = SELECTS.fields
        self._currency = currency

    @property
    def schema(self) -> Sequence[str]:
        currency = "null::varchar" if self._currency is None else f"'{self._currency}'"
        return [
            *read_statements(__name__, "macros.sql"),
            f"create or replace macro path_currency() as {currency}",
            "create temp table resource (n bigint, row bigint, type varchar, id varchar, body varchar)",
            f"create temp table parsed as {_body('parsed')}",
            *(f"create table {name} as {_of_piece(name, Place(0, 0, ''))}" for name in _RELATIONS),
            "create table other (type varchar, resources bigint)",
        ]

    def pieces(self, file: RawFile, stream: RawStream) -> Iterator[Piece]:
        return pieces(file.name, stream)

    def unpack(self, engine: duckdb.DuckDBPyConnection, place: Place, data: Documents) -> Sequence[Rejected]:
        rejects = unfold(engine, data)
        counts = dict(engine.execute("select type, count(*) from resource group by type").fetchall())
        if any(kind in counts for kind in CLAIMS):
            engine.execute(f"create or replace temp table parsed as {_body('parsed')}")
        for name, types in _RELATIONS.items():
            if any(kind in counts for kind in types):
                engine.execute(f"insert into {name} {_of_piece(name, place)}")
        for kind, count in counts.items():
            if kind not in _READ:
                engine.execute("insert into other values (?, ?)", [kind, count])
        return rejects

    def meet(self, engine: duckdb.DuckDBPyConnection) -> Iterable[Remark]:
        for statement in [*read_statements(__name__, "meet.sql"), *PEOPLE]:
            engine.execute(statement)
        left = engine.execute("select type, sum(resources) from other group by type order by type").fetchall()
        return [
            (
                f"{kind}: {count:,} resources left aside, the source does not read them",
                f"{kind}：{count:,} 个资源，此来源不读取",
            )
            for kind, count in left
        ]

    def select(self, table: str) -> str:
        return SELECTS.sql[table]


class Fhir:
    """The source."""

    name = "fhir"
    about = ("claims as FHIR R4 (Claim, ExplanationOfBenefit)", "FHIR R4 索赔（Claim、ExplanationOfBenefit）")
    #: That of the first amount of the path.
    currency = None
    selects = SELECTS

    def inputs(self, path: Path, tables: Tables) -> Inputs:  # noqa: ARG002 - one signature for all
        """Every JSON file of a directory, in name order, or the one file."""
        found, ignored = raw_files(path, SUFFIXES)
        currency = next((each for each in map(_currency, found) if each), None)
        unpacked = Unpacked(FhirForm(currency), path, found)
        return Inputs(unpacked.inputs(), ignored, unpacked.remarks, currency=currency, sparse=True)


def _of_piece(relation: str, place: Place) -> str:
    body = _body(relation).replace("$piece", str(place.piece))
    return f"select {place.file} as file, {place.piece} as piece, * from ({body})"


@cache
def _body(relation: str) -> str:
    """The select of a relation, with the shapes of the resources in their places."""
    shapes: Mapping[str, Shape] = {"claim": CLAIM, **COMPANIONS, **EITHER}
    text = (files(__name__) / "relations" / f"{relation}.sql").read_text(encoding="utf-8")
    return re.sub(
        r"\$(\w+)", lambda match: f"'{json.dumps(shapes[match[1]])}'" if match[1] in shapes else match[0], text
    )


def _currency(file: RawFile) -> str | None:
    with RawStream(file.path, file.name) as stream:
        while data := stream.read(_LOOKED_AT):
            if found := _CURRENCY.search(data):
                return next(code for code in found.groups() if code).decode()
    return None


SOURCE = Fhir()
