"""Receipts: what one batch brought, and what became of every row and every fen of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime


@dataclass
class Tally:
    """Rows, and the sum of their amounts in minor units, by what became of them.

    ``rows_in = accepted + quarantined + duplicates`` and the same for money. Rows whose amount cannot be read are in
    ``unreadable`` too, and in no sum. Of the accepted rows ``corrected`` are new versions of recorded ones, which held
    ``money_before`` and hold ``money_after``.
    """

    rows_in: int = 0
    accepted: int = 0
    quarantined: int = 0
    duplicates: int = 0
    money_in: int = 0
    money_accepted: int = 0
    money_quarantined: int = 0
    money_duplicates: int = 0
    unreadable: int = 0
    corrected: int = 0
    money_before: int = 0
    money_after: int = 0

    def add(self, other: Tally) -> None:
        for name, value in asdict(other).items():
            setattr(self, name, getattr(self, name) + value)

    def visible(self) -> tuple[int, int]:
        """Rows that a reader sees, and their money: what was accepted, without the versions that were corrected."""
        return self.accepted - self.corrected, self.money_accepted - self.money_before

    def balances(self) -> bool:
        rows = self.accepted + self.quarantined + self.duplicates
        money = self.money_accepted + self.money_quarantined + self.money_duplicates
        return rows == self.rows_in and money == self.money_in


@dataclass(frozen=True)
class FileReceipt:
    """What became of one raw file."""

    file: str
    table: str
    sha256: str
    size: int
    tally: Tally


@dataclass(frozen=True)
class BatchReceipt:
    """What one ingest or append brought in, and when it was recorded (local time, seconds).

    ``corrections`` says whether rows were taken as new versions of recorded ones.
    """

    batch_id: str
    source: str
    recorded_at: datetime
    files: tuple[FileReceipt, ...]
    tables: Mapping[str, Tally]
    quarantine: str | None = None
    corrections: bool = False
