"""What the report needs of a ledger; :class:`yibao.ledger.Ledger` offers it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from yibao.engine import Tables
from yibao.ledger.snapshot import BatchReceipt


class LedgerSource(Protocol):
    """A ledger that can be read: its contracts, files, rows by key, a person's slice and its batch receipts."""

    @property
    def path(self) -> Path: ...
    @property
    def currency(self) -> str: ...
    @property
    def snapshot_id(self) -> int: ...
    def tables(self) -> Tables: ...
    def files(self, table: str, as_of: datetime | None = None) -> list[Path]: ...
    def rows(self, table: str, column: str, values: Sequence[str]) -> pa.Table: ...
    def slice(self, person_id: str, tables: Sequence[str], as_of: datetime | None = None) -> dict[str, pa.Table]: ...
    def batches(self) -> Sequence[BatchReceipt]: ...
