"""yibao (医保): an open platform for governing a medical-insurance fund."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from yibao.api import OpenLedger

__version__ = "0.1.0"


def open(path: str | Path, snapshot: int | None = None) -> OpenLedger:
    """Open a ledger directory, as it stands or as an earlier ``snapshot``; see :class:`yibao.api.OpenLedger`."""
    from yibao.api import OpenLedger  # engines load when a ledger is opened, not at import

    return OpenLedger(path, snapshot)
