"""yibao from Python: the verbs of the command line on an open ledger, with Arrow tables.

import yibao
ledger = yibao.open("demo/ledger")
result = ledger.run()
findings = result.table("finding")
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from yibao.casemix import Grouping
from yibao.casemix.ledgers import grouped_ledger
from yibao.engine import DuckEngine, EngineChoice
from yibao.ledger import Ledger, open_ledger
from yibao.ledger.compact import Compacted
from yibao.ledger.compact import compact as merge_files
from yibao.ledger.ingest import ingest as read_in
from yibao.ledger.report import IngestReport
from yibao.runs.laws import load_lawbook
from yibao.runs.manifest import latest_run
from yibao.runs.run import RunResult
from yibao.runs.run import run as run_rooms
from yibao.supervision.bill import bill_from
from yibao.supervision.bill_check import BillAnswer, BillChecker
from yibao.supervision.draft import draft_from
from yibao.supervision.models.risk import assess
from yibao.supervision.order_check import OrderChecker
from yibao.supervision.reminders import Answer


@dataclass(frozen=True)
class Results:
    """A finished run. Tables follow the result contracts."""

    result: RunResult

    @property
    def folder(self) -> Path:
        return self.result.folder

    def table(self, name: str) -> pa.Table:
        """A result table such as ``finding``, ``finding_ref``, ``quality_issue``, ``indicator_value``."""
        return pq.read_table(self.folder / f"{name}.parquet")


class OpenLedger:
    """A ledger on disk with the verbs of the command line; one opened at an earlier snapshot is read only."""

    def __init__(self, path: str | Path, snapshot: int | None = None) -> None:
        self.ledger: Ledger = open_ledger(Path(path), snapshot)

    def ingest(self, path: str | Path, source: str = "national", corrections: bool = False) -> IngestReport:
        """Read raw files in; the ledger then stands at the new snapshot.

        With ``corrections`` a row that contradicts a recorded one takes its place.
        """
        self.ledger.writable()
        report = read_in(Path(path), source, self.ledger.path, corrections=corrections)
        self.ledger.refresh()
        return report

    def compact(self, keep: int | None = None) -> Compacted:
        """Merge the files of many batches; with ``keep`` drop all snapshots but the last so many."""
        self.ledger.writable()
        done = merge_files(self.ledger.path, keep=keep)
        self.ledger.refresh()
        return done

    def run(
        self,
        only: Sequence[str] = (),
        law: Sequence[str | Path] = (),
        as_of: datetime | None = None,
        engine: str = "duckdb",
        master: str | None = None,
        memory: str | None = None,
        grouping: Grouping | None = None,
    ) -> Results:
        """Run every law (or the rooms in ``only``), with the user's own law folders in ``law``.

        With a ``grouping`` (:func:`yibao.casemix.open_grouping`) stays are put into groups first.

        ``engine`` is ``duckdb`` or ``spark``, ``master`` a Spark URL, ``memory`` a size such as ``4GB``.
        """
        lawbook = load_lawbook([Path(p) for p in law])
        choice = EngineChoice(engine, memory, master)
        return Results(run_rooms(self.ledger, lawbook, only=only, as_of=as_of, engine=choice, grouping=grouping))

    def group(self, grouping: Grouping, as_of: datetime | None = None) -> pa.Table:
        """Every stay's group: rows of ``case_group``."""
        return grouped_ledger(self.ledger, grouping, as_of)

    def check_order(self, draft: dict[str, Any], law: Sequence[str | Path] = ()) -> Answer:
        """Judge a draft order given as plain data (the shape of the JSON file of ``yibao check-order``)."""
        with OrderChecker(self.ledger, load_lawbook([Path(p) for p in law])) as checker:
            return checker.check(draft_from(draft))

    def check_bill(self, bill: dict[str, Any], law: Sequence[str | Path] = ()) -> BillAnswer:
        """Judge a bill before it is settled, given as plain data (the shape of the file of ``yibao check-bill``)."""
        with BillChecker(self.ledger, load_lawbook([Path(p) for p in law])) as checker:
            return checker.check(bill_from(bill, self.ledger.tables()))

    def risk(self, as_of: datetime | None = None) -> dict[str, pa.Table]:
        """The models' leads: rows of ``risk_score`` and ``risk_evidence``. Nothing is written."""
        return dict(assess(self.ledger, as_of=as_of, run=latest_run(self.ledger.path)).tables)

    def query(self, sql: str, as_of: datetime | None = None) -> pa.Table:
        """One SELECT over the contract tables."""
        with DuckEngine() as engine:
            self.ledger.attach(engine, as_of=as_of)
            return engine.execute(sql)
