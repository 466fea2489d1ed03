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
    """Count once over encounters, settlements and charge lines (three scans of few columns).

    Dates after `as_of` are mistakes of the data and do not move the end of the period.
    """
    with DuckEngine() as engine:
        ledger.attach(engine, as_of, only=_READS, keep_cells=0)
        visits = engine.execute("select institution_id, count(*) as n from encounter group by 1").to_pylist()
        care = engine.execute(_CARE, {"as_of": as_of or datetime.max}).to_pylist()[0]
        money = engine.execute(_MONEY).to_pylist()[0]
        lines = engine.execute("select count(*) as n from charge_line").to_pylist()[0]["n"]
    by_institution = {row["institution_id"]: row["n"] for row in visits}
    return Coverage(
        first=care["first"], last=care["last"], encounters=sum(by_institution.values()), persons=care["persons"],
        institutions=len(by_institution), lines=lines, total_amount=money["total"], fund_amount=money["fund"],
        visits=by_institution,
    )  # fmt: skip


_READS = {
    "encounter": ("institution_id", "person_id", "admitted_at", "discharged_at"),
    "settlement": ("total_amount", "fund_amount"),
    "charge_line": ("line_id",),
}
_CARE = """
    select
        count(distinct person_id) as persons,
        cast(min(admitted_at) as date) as first,
        cast(greatest(
            max(admitted_at) filter (where admitted_at <= $as_of),
            max(discharged_at) filter (where discharged_at <= $as_of)
        ) as date) as last
    from encounter
"""
_MONEY = """
    select cast(sum(total_amount) as bigint) as total, cast(sum(fund_amount) as bigint) as fund
    from settlement
"""
