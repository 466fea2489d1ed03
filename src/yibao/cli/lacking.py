"""Which laws could find nothing because what they read is not there."""

from __future__ import annotations

from datetime import datetime

from yibao.lawbook import Lawbook
from yibao.ledger import Ledger
from yibao.runs.run import RunResult


def lacking(result: RunResult, ledger: Ledger, lawbook: Lawbook, as_of: datetime | None) -> dict[str, set[str]]:
    """Laws that found nothing, each with the tables it reads that have no row; without a pack no case has a group."""
    facts = [name for name, table in ledger.tables().items() if table.kind == "fact"]
    empty = {name for name in facts if not ledger.row_count(name, as_of)}
    empty |= set() if result.manifest.grouping else {"case_group"}
    silent = [key.partition("@")[0] for key, entry in result.manifest.laws.items() if not entry.rows]
    lacking = {law_id: empty.intersection(lawbook.laws[law_id].text.reads) for law_id in silent}
    return {law_id: tables for law_id, tables in lacking.items() if tables}
