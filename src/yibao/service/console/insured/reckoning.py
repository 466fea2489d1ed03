"""One person's bills settled anew, so that every figure on a bill's page has its step, sum and rule.

What the books say was paid stands beside it: where both differ, the page says so. Reference tables stay resident; a
person's rows are read by key.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import pyarrow as pa
import pyarrow.compute as pc

from yibao.benefits import Accumulators, PolicyBook, settle
from yibao.benefits.bills import BILLS
from yibao.benefits.booked import booked_bills, bound_bills
from yibao.benefits.resolve import Profile
from yibao.engine import DuckEngine
from yibao.ledger import Ledger
from yibao.service.console.recent import Recent
from yibao.service.state import Service

#: What is read of the person.
PERSON = (
    "settlement", "encounter", "person", "enrolment", "assistance_status", "chronic_certificate", "account",
    "referral_filing",
)  # fmt: skip
#: Persons whose bills are kept for the next page that they open.
KEPT = 128


@dataclass(frozen=True)
class Bills:
    """A person's rows by table, the household's row, and the bills bound to the policies in force."""

    tables: Mapping[str, pa.Table]
    household: Mapping[str, Any] | None
    bound: pa.Table

    @cached_property
    def settlements(self) -> list[dict[str, Any]]:
        """Rows of ``settlement``, the newest first."""
        rows: list[dict[str, Any]] = self.tables["settlement"].to_pylist()
        return sorted(rows, key=lambda row: (row["settled_at"], row["settlement_id"]), reverse=True)

    @cached_property
    def by_id(self) -> Mapping[str, Mapping[str, Any]]:
        """The bound bills by settlement."""
        return {row["settlement_id"]: row for row in self.bound.to_pylist()}


@dataclass(frozen=True)
class Reckoned:
    """One bill settled after the person's earlier ones: result and steps of the engine, the year afterwards (fen)."""

    bill: Mapping[str, Any]
    result: Mapping[str, Any]
    steps: list[Mapping[str, Any]]
    year: Accumulators
    profile: Profile | None


class Reckoner:
    """Settles bills of one person at a time, for one snapshot of the ledger. Safe to share between threads."""

    def __init__(self, ledger: Ledger, book: PolicyBook, scratch: Path | None = None) -> None:
        self.ledger, self.book = ledger, book
        self._derived = {name: ledger.tables()[name].sql or "" for name in ("region_path", "encounter_region")}
        self._engine = DuckEngine(threads=1, temp=scratch)
        ledger.attach(self._engine, only=["region", "institution"])
        self._engine.materialise("region_path", self._derived["region_path"])
        self._diseases, self._names = _diseases(ledger)
        self._lock = threading.Lock()
        self._known: Recent[Bills] = Recent(KEPT)

    def bills(self, person_id: str) -> Bills:
        """The person's rows and bound bills."""
        return self._known.get(person_id, lambda: self._read(person_id))

    def _read(self, person_id: str) -> Bills:
        tables = self.ledger.slice(person_id, PERSON)
        person = tables["person"].to_pylist()
        home = [row["household_id"] for row in person if row["household_id"]]
        households = self.ledger.rows("household", "household_id", home)
        with self._lock:
            for name, rows in {**tables, "household": households}.items():
                self._engine.register(name, rows)
            self._engine.view("encounter_region", self._derived["encounter_region"])
            bound = bound_bills(self._engine, booked_bills(self._engine), self.book)
        return Bills(tables, next(iter(households.to_pylist()), None), bound)

    def settled(self, bills: Bills, settlement_id: str, change: Mapping[str, Any] | None = None) -> Reckoned | None:
        """A bill as the engine settles it; ``change`` puts other facts into it, such as a status or a filing.

        What came later is left out, so a bill that was taken back afterwards still has its steps. None where no policy
        holds for the bill, or where it is itself a reversal.
        """
        at = bills.by_id.get(settlement_id)
        if at is None or at["policy"] is None or at["reverses"]:
            return None
        table = _until(bills.bound, at)
        if change:
            table = _changed(table, settlement_id, change)
        done = settle(table.select(_columns(table)), self.book, explain=True, threads=1)
        result = next((r for r in done.results.to_pylist() if r["settlement_id"] == settlement_id), None)
        if result is None:
            return None
        steps = [step for step in done.steps().to_pylist() if step["settlement_id"] == settlement_id]
        mine = table.filter(pc.equal(table["settlement_id"], settlement_id))
        profile = self.book.profiles.of(mine).profiles[0]
        return Reckoned(at, result, steps, done.accumulators, profile if isinstance(profile, Profile) else None)

    def due(self, bills: Bills, change: Mapping[str, Any] | None = None) -> dict[str, dict[str, Any]]:
        """Every bill as the policy has it (rows of ``settlement_result``); ``change`` puts other facts into all."""
        table = bills.bound.filter(pc.is_valid(bills.bound["policy"]))
        table = _changed(table, None, change or {})
        done = settle(table.select(_columns(table)), self.book, threads=1)
        return {row["settlement_id"]: row for row in done.results.to_pylist()}

    def year(self, bills: Bills, day: date) -> Accumulators:
        """Where the person's year stands after the bills up to a day, as they were paid.

        A hardship that was not known when a bill was settled has used up nothing of the year yet.
        """
        bound = bills.bound.filter(pc.is_valid(bills.bound["policy"]))
        for name, row in self.due(bills).items():
            bill = bills.by_id[name]
            if bill["status"] != "none" and row["fund_amount"] != bill["booked_fund"]:
                bound = _changed(bound, name, {"status": "none"})
        days = bound["ordered_at"].cast(pa.date32())
        table = bound.filter(pc.less_equal(days, pa.scalar(day, pa.date32())))
        return settle(table.select(_columns(table)), self.book, threads=1).accumulators

    def chronic_list(self) -> frozenset[str]:
        """Diseases that anybody is certified for here: the list of chronic diseases as it is applied."""
        return self._diseases

    def disease(self, code: str) -> tuple[str, str]:
        """The name of a diagnosis in Chinese and English; the code where the ledger has none."""
        return self._names.get(code, (code, code))

    def close(self) -> None:
        self._engine.close()


def _diseases(ledger: Ledger) -> tuple[frozenset[str], dict[str, tuple[str, str]]]:
    """The diseases that certificates are for, and the names of all diagnoses."""
    with DuckEngine(threads=1) as engine:
        ledger.attach(
            engine, only={"chronic_certificate": ["disease_code"], "code_diagnosis": ["code", "name", "name_en"]}
        )
        certified = engine.execute("select distinct disease_code from chronic_certificate")["disease_code"].to_pylist()
        named = engine.execute(
            "select code, min(name) as name, min(name_en) as name_en from code_diagnosis group by code"
        ).to_pylist()
    return frozenset(certified), {
        row["code"]: (row["name"], row["name_en"] or row["name"]) for row in named if row["name"]
    }


def _columns(table: pa.Table) -> list[str]:
    """What the kernel takes: the books' own amounts stay behind."""
    return [name for name in BILLS.names if name in table.column_names]


def _until(table: pa.Table, at: Mapping[str, Any]) -> pa.Table:
    """The bills up to this one, in the order in which they are settled."""
    when = pa.scalar(at["ordered_at"], table["ordered_at"].type)
    before = pc.less(table["ordered_at"], when)
    same = pc.and_(
        pc.equal(table["ordered_at"], when), pc.less_equal(table["settlement_id"], pa.scalar(at["settlement_id"]))
    )
    return table.filter(pc.and_(pc.is_valid(table["policy"]), pc.or_(before, same)))


def _changed(table: pa.Table, settlement_id: str | None, change: Mapping[str, Any]) -> pa.Table:
    """The table with other facts in one bill, or in all."""
    for name, value in change.items():
        column = table[name]
        other = pa.array([value] * table.num_rows, column.type)
        if settlement_id is not None:
            other = pc.if_else(pc.equal(table["settlement_id"], settlement_id), other, column)
        table = table.set_column(table.column_names.index(name), name, other)
    return table


_RECKONERS: WeakKeyDictionary[Service, tuple[int, Reckoner]] = WeakKeyDictionary()
_MAKING = threading.Lock()


def reckoner(service: Service) -> Reckoner:
    """The reckoner of a service over the newest snapshot of its ledger."""
    with _MAKING:
        known = _RECKONERS.get(service)
        if known is None or known[0] != service.ledger.snapshot_id:
            known = (
                service.ledger.snapshot_id,
                Reckoner(service.ledger, service.book, service.settings.home / "scratch"),
            )
            _RECKONERS[service] = known
        return known[1]
