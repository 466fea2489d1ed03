"""What the laws were run over: the denominators of the report, counted in the ledger's own files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from yibao.engine import DuckEngine
from yibao.presentation.report.source import LedgerSource


@dataclass(frozen=True)
class Coverage:
    """Period, volumes and money of the ledger. Sums are None when the ledger has no such table."""

    first: date | None = None
    last: date | None = None
    encounters: int = 0
    persons: int = 0
    institutions: int = 0
    lines: int = 0
    total_amount: int | None = None
    fund_amount: int | None = None
    visits: Mapping[str, int] = field(default_factory=dict)
    """Encounters per institution."""


def read_coverage(ledger: LedgerSource, as_of: datetime | None = None) -> Coverage:
    """Count once over encounters, settlements and charge lines (three scans of few columns)."""
    with DuckEngine() as engine:
        present = set()
        for table in ("encounter", "settlement", "charge_line"):
            files = ledger.files(table, as_of)
            if files:
                engine.register(table, files)
                present.add(table)
        visits: dict[str, int] = {}
        row: dict[str, object] = {}
        if "encounter" in present:
            visits = {
                r["institution_id"]: r["n"]
                for r in engine.execute(
                    "select institution_id, count(*) as n from encounter group by institution_id"
                ).to_pylist()
            }
            row = engine.execute(
                "select count(distinct person_id) as persons, cast(min(admitted_at) as date) as first,"
                " cast(greatest(max(admitted_at), max(discharged_at)) as date) as last from encounter"
            ).to_pylist()[0]
        money: dict[str, int | None] = {}
        if "settlement" in present:
            money = engine.execute(
                "select cast(sum(total_amount) as bigint) as total_amount, cast(sum(fund_amount) as bigint) as fund_amount"
                " from settlement"
            ).to_pylist()[0]
        lines = 0
        if "charge_line" in present:
            lines = engine.execute("select count(*) as n from charge_line").to_pylist()[0]["n"]
    return Coverage(
        encounters=sum(visits.values()), institutions=len(visits), visits=visits, lines=lines, **row, **money  # type: ignore[arg-type]
    )
