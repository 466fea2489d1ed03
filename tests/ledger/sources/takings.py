"""What the tests of the document sources share: rows as the source gives them, and an ingest with what it set aside."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from yibao.ledger import open_ledger
from yibao.ledger.contracts import load_contracts
from yibao.ledger.ingest import ingest
from yibao.ledger.report import IngestReport
from yibao.ledger.sources import get_source

Rows = dict[str, list[dict[str, Any]]]


def rows_of(source: str, path: Path) -> Rows:
    """Raw rows by table, without what is null."""
    found: Rows = {}
    for item in get_source(source).inputs(path, load_contracts()).items:
        for load in item.chunks():
            chunk = load()
            for row in chunk.columns.to_pylist():
                found.setdefault(item.table, []).append({k: v for k, v in row.items() if v is not None})
    return found


class Taken:
    """One ingest into a new ledger (or into the one of ``into``)."""

    def __init__(self, source: str, path: Path, into: Path, currency: str | None = None) -> None:
        self.report: IngestReport = ingest(path, source, into, currency)
        self.ledger = open_ledger(into)

    def table(self, name: str) -> list[dict[str, Any]]:
        import pyarrow as pa
        import pyarrow.parquet as pq

        files = self.ledger.files(name)
        tables = [pq.read_table(file, partitioning=None) for file in files]
        return pa.concat_tables(tables, promote_options="default").to_pylist() if tables else []

    def reasons(self, table: str = "settlement") -> list[tuple[str, int, str, str | None]]:
        """(file, record, code, value) of the records of a table that were set aside."""
        kept = self.ledger.quarantine()
        rows = kept.to_pylist() if kept.num_rows else []
        return [
            (row["file"], row["row"], row["code"], row["value"])
            for row in rows
            if row["table_name"] == table and row["sequence"] == 1
        ]

    def balances(self) -> None:
        for tally in self.report.tables.values():
            assert tally.balances(), tally
