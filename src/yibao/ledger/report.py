"""What one ingest did, for people and for ``--json``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from yibao.ledger.snapshot import FileReceipt, Tally


@dataclass(frozen=True)
class IngestReport:
    """What one ingest did.

    ``batch_id`` is None when there was nothing new; ``reasons`` counts quarantined records by their first code.
    """

    source: str
    currency: str
    batch_id: str | None
    snapshot: int
    tables: Mapping[str, Tally]
    files: Sequence[FileReceipt]
    reasons: Mapping[str, int] = field(default_factory=dict)
    messages: Sequence[str] = ()

    @property
    def total(self) -> Tally:
        total = Tally()
        for tally in self.tables.values():
            total.add(tally)
        return total

    @property
    def rows_in(self) -> int:
        return self.total.rows_in

    @property
    def accepted(self) -> int:
        return self.total.accepted

    @property
    def quarantined(self) -> int:
        return self.total.quarantined

    @property
    def duplicates(self) -> int:
        return self.total.duplicates

    def to_dict(self) -> dict[str, Any]:
        """Plain data for ``--json``: the totals, then the same by table and by file."""
        return {
            "source": self.source,
            "currency": self.currency,
            "batch_id": self.batch_id,
            "snapshot": self.snapshot,
            **asdict(self.total),
            "tables": {name: asdict(tally) for name, tally in self.tables.items()},
            "files": [asdict(file) for file in self.files],
            "reasons": dict(self.reasons),
            "messages": list(self.messages),
        }
