"""The facts: contracts, raw sources, ingest, and the store that laws read from."""

from yibao.ledger.founding import create_ledger, open_ledger
from yibao.ledger.receipts import BatchReceipt, Tally
from yibao.ledger.snapshot import Snapshot
from yibao.ledger.storage import Ledger

__all__ = ["BatchReceipt", "Ledger", "Snapshot", "Tally", "create_ledger", "open_ledger"]
