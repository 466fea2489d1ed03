"""Cases of a ledger on the embedded engine: all of them grouped, or one of them encoded to be explained."""

from __future__ import annotations

from datetime import datetime

import pyarrow as pa

from yibao.casemix.cases import Cases
from yibao.casemix.grouping import Grouping
from yibao.casemix.kernel import READS, cases_of, group_ledger, statement
from yibao.casemix.listrules import list_issues, list_rules
from yibao.engine import DuckEngine
from yibao.ledger import Ledger


def grouped_ledger(ledger: Ledger, grouping: Grouping, as_of: datetime | None = None) -> pa.Table:
    """Rows of ``case_group`` for every stay."""
    with DuckEngine() as engine, ledger.reading():
        ledger.attach(engine, as_of, only=READS)
        return group_ledger(engine, grouping.grouper, grouping.edition)


def ledger_case(ledger: Ledger, encounter_id: str, edition: str = "", as_of: datetime | None = None) -> Cases | None:
    """One stay, encoded; None where the ledger has no such case."""
    with DuckEngine() as engine, ledger.reading():
        ledger.attach(engine, as_of, only=READS)
        found = engine.execute(
            f"select * from ({statement()}) where encounter_id = $encounter order by part, rank",
            {"edition": edition, "encounter": encounter_id},
        )
    return cases_of(found) if found.num_rows else None


def ledger_issues(ledger: Ledger, as_of: datetime | None = None) -> pa.Table:
    """Rows of ``quality_issue``: what the written rules of the settlement list say of the ledger."""
    laws = list_rules()
    with DuckEngine() as engine, ledger.reading():
        ledger.attach(engine, as_of, only=sorted({table for law in laws for table in law.tables}))
        return list_issues(engine, laws, as_of or ledger.last_recorded() or datetime.now())
