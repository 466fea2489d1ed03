"""What the report needs of a ledger; :class:`yibao.ledger.Ledger` offers it, and :class:`Instant` for a past moment."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from yibao.engine import DuckEngine, Tables
from yibao.ledger.receipts import BatchReceipt


class LedgerSource(Protocol):
    """A ledger that can be read: its contracts, tables, rows by key, a person's slice and its batch receipts."""

    @property
    def path(self) -> Path: ...
    @property
    def currency(self) -> str: ...
    @property
    def snapshot_id(self) -> int: ...
    def tables(self) -> Tables: ...
    def attach(
        self,
        engine: DuckEngine,
        as_of: datetime | None = None,
        only: Collection[str] | Mapping[str, Collection[str]] | None = None,
        keep_cells: int = 0,
    ) -> None: ...
    def row_count(self, table: str, as_of: datetime | None = None) -> int: ...
    def rows(self, table: str, column: str, values: Sequence[Any], as_of: datetime | None = None) -> pa.Table: ...
    def slice(self, person_id: str, tables: Sequence[str], as_of: datetime | None = None) -> dict[str, pa.Table]: ...
    def slice_by(
        self,
        table: str,
        column: str,
        value: str,
        since: date | None = None,
        until: date | None = None,
        as_of: datetime | None = None,
    ) -> pa.Table: ...
    def batches(self) -> Sequence[BatchReceipt]: ...


@dataclass(frozen=True)
class Instant:
    """A ledger as it stood at the moment a run was made for: evidence is shown in the version that was judged."""

    ledger: LedgerSource
    as_of: datetime | None

    def tables(self) -> Tables:
        return self.ledger.tables()

    def rows(self, table: str, column: str, values: Sequence[Any]) -> pa.Table:
        return self.ledger.rows(table, column, values, self.as_of)

    def slice(self, person_id: str, tables: Sequence[str]) -> dict[str, pa.Table]:
        return self.ledger.slice(person_id, tables, self.as_of)

    def slice_by(self, table: str, column: str, value: str) -> pa.Table:
        """Rows of one trace code, bed or device, by an index of the contract."""
        return self.ledger.slice_by(table, column, value, as_of=self.as_of)

    def empty(self) -> frozenset[str]:
        """Tables of facts without a row."""
        facts = [name for name, table in self.ledger.tables().items() if table.kind == "fact"]
        return frozenset(name for name in facts if not self.ledger.row_count(name, self.as_of))
