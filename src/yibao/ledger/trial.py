"""A mapping tried on real files: everything that an ingest does, into a ledger that is thrown away, and looked at."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yibao.engine.schema import Table, Tables
from yibao.engine.sql import sql_name
from yibao.ledger.batch import Progress
from yibao.ledger.duck import connect, read_parquet
from yibao.ledger.founding import open_ledger
from yibao.ledger.ingest import ingest
from yibao.ledger.report import IngestReport
from yibao.ledger.sources import Inputs
from yibao.ledger.sources.mapped import MappedSource
from yibao.ledger.sources.mapped_select import SelectInput
from yibao.ledger.sources.mapping import MappingText
from yibao.ledger.sources.mapping_check import unfilled_columns, unused_columns
from yibao.ledger.storage import Ledger
from yibao.ledger.typing_sql import MINOR_DIGITS, text_sql


@dataclass(frozen=True)
class RelationTrial:
    """A relation as it was found: its files, its records, those that are no rows, the tables that take every one of
    them, and the columns of its files that nothing reads."""

    name: str
    files: tuple[str, ...]
    records: int
    rejected: int
    tables: tuple[str, ...]
    unused: tuple[str, ...]


@dataclass(frozen=True)
class TableTrial:
    """A table as it was filled: first rows as text, mapped columns that are empty in all rows, columns not mapped."""

    name: str
    rows: tuple[Mapping[str, Any], ...]
    empty: tuple[str, ...]
    unmapped: tuple[str, ...]


@dataclass(frozen=True)
class Trial:
    """What an ingest of these files would do."""

    report: IngestReport
    relations: tuple[RelationTrial, ...]
    tables: tuple[TableTrial, ...]
    quarantined: tuple[Mapping[str, Any], ...]


@dataclass
class _Watched:
    """The source, remembering what it gave."""

    source: MappedSource
    inputs_given: Sequence[SelectInput] = ()

    @property
    def name(self) -> str:
        return self.source.name

    @property
    def currency(self) -> str | None:
        return self.source.currency

    def inputs(self, path: Path, tables: Tables) -> Inputs:
        given = self.source.inputs(path, tables)
        self.inputs_given = [item for item in given.items if isinstance(item, SelectInput)]
        return given


def try_source(
    source: MappedSource, path: Path, *, currency: str | None = None, rows: int = 3, progress: Progress | None = None
) -> Trial:
    """Ingest ``path`` into a ledger that is thrown away. Raises what an ingest raises."""
    watched = _Watched(source)
    with tempfile.TemporaryDirectory(prefix="yibao-trial-") as folder:
        report = ingest(path, watched, Path(folder) / "ledger", currency=currency, progress=progress)
        ledger = open_ledger(Path(folder) / "ledger")
        return Trial(
            report,
            tuple(_relations(source.text, watched.inputs_given)),
            tuple(_table(ledger, contract, source.text, rows) for contract in _contracts(ledger, report)),
            tuple(ledger.quarantine().slice(0, rows).to_pylist()) if report.quarantined else (),
        )


def _contracts(ledger: Ledger, report: IngestReport) -> list[Table]:
    return [ledger.tables()[name] for name in report.tables]


def _relations(text: MappingText, items: Sequence[SelectInput]) -> list[RelationTrial]:
    found = {relation.name: relation for item in items for relation in item.relations if relation.tables}
    return [
        RelationTrial(
            name,
            tuple(relation.headers),
            relation.records,
            len(relation.rejects),
            tuple(dict.fromkeys(item.table for item in items if item.home is relation)),
            tuple(dict.fromkeys(c for header in relation.headers.values() for c in unused_columns(text, header))),
        )
        for name, relation in found.items()
    ]


def _table(ledger: Ledger, contract: Table, text: MappingText, rows: int) -> TableTrial:
    selects = [select for select in text.tables if select.table == contract.name]
    mapped = list(dict.fromkeys(name for select in selects for name in select.columns))
    unmapped = [name for name in unfilled_columns(contract, selects[0]) if name not in mapped]
    files = ledger.files(contract.name)
    if not files:
        return TableTrial(contract.name, (), tuple(mapped), tuple(unmapped))
    with connect() as engine:
        described = engine.execute(f"describe select * from {read_parquet(files)}").fetchall()
        # An extension whose raw file is not there is no column at all.
        there = [name for name in mapped if name in {row[0] for row in described}]
        digits = MINOR_DIGITS.get(ledger.currency, 2)
        known = contract.by_name
        shown = ", ".join(
            f"{text_sql(known[name], digits) if name in known else sql_name(name)} as {sql_name(name)}"
            for name in there
        )
        order = ", ".join(f"raw.{sql_name(name)}" for name in contract.key)
        first = engine.execute(f"select {shown} from {read_parquet(files)} as raw order by {order} limit {rows}")
        found = first.to_arrow_table().to_pylist()
        counts = ", ".join(f"count({sql_name(name)}) as {sql_name(name)}" for name in there)
        filled = engine.execute(f"select {counts} from {read_parquet(files)}").to_arrow_table().to_pylist()[0]
    return TableTrial(contract.name, tuple(found), tuple(n for n in mapped if not filled.get(n)), tuple(unmapped))
