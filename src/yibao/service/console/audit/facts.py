"""The rows of the ledger behind a clue, read person by person through the ledger's slices, and kept for the next look.

A scan of a table of ten million lines has no place in a page: rows of persons come out of the slices, reference tables
are in memory, and only evidence about no person (stock, beds) is looked up by its key.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from yibao.ledger.refusals import LedgerError
from yibao.presentation.fmt import Lang
from yibao.presentation.report.evidence import LedgerRows, row_key
from yibao.presentation.report.names import Names
from yibao.presentation.report.source import Instant
from yibao.runs.manifest import latest_run
from yibao.service.console.recent import Recent
from yibao.service.state import Service

Row = Mapping[str, Any]
#: Persons whose rows are read; of a clue over more, the others are listed as the registry has them.
DETAILED = 60
#: Clues whose rows are kept in memory.
KEPT = 64


@dataclass(frozen=True)
class Facts:
    """What a clue's findings rest on: evidence by finding, findings as the run told them, ledger rows by table and key,
    encounters and settlements by person."""

    refs: Mapping[str, list[dict[str, Any]]]
    findings: Mapping[str, dict[str, Any]]
    rows: Mapping[tuple[str, str], dict[str, Any]]
    persons: Mapping[str, dict[str, Any]]
    encounters: Mapping[str, dict[str, Any]]
    settlements: Mapping[str, list[dict[str, Any]]]


_facts: Recent[Facts] = Recent(KEPT)


class KeptRows(LedgerRows):
    """Evidence rows that were read before."""

    def __init__(self, service: Service, rows: Mapping[tuple[str, str], dict[str, Any]]) -> None:
        super().__init__(Instant(service.ledger, None))
        self._rows = dict(rows)


class KeptNames(Names):
    """Names out of the reference tables that the service holds; persons out of a clue's facts."""

    def __init__(self, service: Service, persons: Mapping[str, dict[str, Any]], lang: Lang) -> None:
        super().__init__(Instant(service.ledger, None), lang)
        self._service, self._known = service, persons

    def _fetch(self, table: str, ids: Any, known: Mapping[str, Any]) -> list[dict[str, Any]]:
        wanted = {one for one in ids if one} - known.keys()
        if table == "institution":
            return [self._service.institutions[one] for one in wanted if one in self._service.institutions]
        if table == "person":
            return [self._known[one] for one in wanted if one in self._known]
        catalogue = self._service.catalogue
        fits = pc.is_in(catalogue["item_code"], value_set=pa.array(sorted(wanted), pa.string()))
        rows: list[dict[str, Any]] = catalogue.filter(fits).to_pylist()
        return rows


def facts_of(service: Service, clue: Row) -> Facts:
    """The facts behind a clue; read once for a snapshot and run."""
    run = latest_run(service.ledger.path)
    name = (str(service.ledger.path), service.ledger.snapshot_id, run.name if run is not None else "", clue["clue_id"])
    return _facts.get(name, lambda: _gathered(service, clue, run))


def _gathered(service: Service, clue: Row, run: Any) -> Facts:
    ids = [row["finding_id"] for row in clue["findings"]]
    refs: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in _of_run(run, "finding_ref", ids):
        refs[row["finding_id"]].append(row)
    if not refs:
        refs = _of_money(clue)
    findings = {row["finding_id"]: row for row in _of_run(run, "finding", ids)}
    money: dict[str, int] = defaultdict(int)
    for row in clue["findings"]:
        if row["person_id"]:
            money[row["person_id"]] += row["fund_amount"]
    heaviest = sorted(money, key=lambda person: (-money[person], person))
    # Members of a group, and whoever else the evidence names, have rows in it too.
    named = {ref["ref_id"] for found in refs.values() for ref in found if ref["ref_table"] == "person"}
    people = [*heaviest, *sorted(named - money.keys())][:DETAILED]
    rows, persons, encounters, settlements = _slices(service, people, refs)
    return Facts(refs, findings, rows, persons, encounters, settlements)


def _slices(
    service: Service, people: Sequence[str], refs: Mapping[str, list[dict[str, Any]]]
) -> tuple[Any, Any, Any, Any]:
    contracts = service.ledger.tables()
    wanted: dict[str, set[str]] = defaultdict(set)
    for found in refs.values():
        for ref in found:
            if ref["ref_table"] in contracts:
                wanted[ref["ref_table"]].add(ref["ref_id"])
    sliced = [name for name in wanted if contracts[name].slice == "person_id"]
    reading = sorted({*sliced, "person", "encounter", "settlement"})
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    persons: dict[str, dict[str, Any]] = {}
    encounters: dict[str, dict[str, Any]] = {}
    settlements: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for person in people:
        history = {name: table.to_pylist() for name, table in service.ledger.slice(person, reading).items()}
        persons |= {row["person_id"]: row for row in history["person"]}
        encounters |= {row["encounter_id"]: row for row in history["encounter"]}
        for bill in history["settlement"]:
            settlements[bill["encounter_id"]].append(bill)
        for name in sliced:
            for row in history[name]:
                key = row_key(contracts[name], row)
                if key in wanted[name]:
                    rows[name, key] = row
    if "drug_trace" in wanted:
        rows |= _of_codes(service, wanted["drug_trace"], rows)
    for name in set(wanted) - set(sliced):
        table = contracts[name]
        firsts = sorted({key.split("|")[0] for key in wanted[name]})
        for row in _reference(service, name, table.key[0], firsts):
            rows[name, row_key(table, row)] = row
    return rows, persons, encounters, settlements


def _of_codes(
    service: Service, wanted: set[str], found: Mapping[tuple[str, str], dict[str, Any]]
) -> dict[tuple[str, str], dict[str, Any]]:
    """Sales of a box to other persons than those of the clue, by the index of trace codes."""
    codes = {row["trace_code"] for (name, _), row in found.items() if name == "drug_trace"}
    made = {}
    try:
        for code in sorted(codes):
            for row in service.ledger.slice_by("drug_trace", "trace_code", code).to_pylist():
                if row["move_id"] in wanted and ("drug_trace", row["move_id"]) not in found:
                    made["drug_trace", row["move_id"]] = row
    except LedgerError:  # a ledger of old batches may lack the index: the rows of the persons must do
        return made
    return made


def _reference(service: Service, name: str, column: str, values: Sequence[str]) -> list[dict[str, Any]]:
    """Rows that belong to no person: out of what the service holds, else looked up by their key."""
    if name == "institution":
        return [service.institutions[one] for one in values if one in service.institutions]
    if name == "catalogue_item":
        fits = pc.is_in(service.catalogue[column], value_set=pa.array(list(values), pa.string()))
        kept: list[dict[str, Any]] = service.catalogue.filter(fits).to_pylist()
        return kept
    rows: list[dict[str, Any]] = service.ledger.rows(name, column, list(values)).to_pylist()
    return rows


def _of_run(run: Any, table: str, ids: Sequence[str]) -> list[dict[str, Any]]:
    file = run / f"{table}.parquet" if run is not None else None
    if file is None or not file.exists() or not ids:
        return []
    rows: list[dict[str, Any]] = pq.read_table(file, filters=[("finding_id", "in", list(ids))]).to_pylist()
    return rows


def _of_money(clue: Row) -> dict[str, list[dict[str, Any]]]:
    """Where the run is gone: the rows that carry the clue's money, which the registry keeps."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in clue["money"]:
        found[row["finding_id"]].append({
            "finding_id": row["finding_id"], "sequence": 0, "law_id": clue["law_ids"], "signal": "money", "value": None,
            "ref_table": row["ref_table"], "ref_id": row["ref_id"], "kp_id": None, "amount": row["amount"],
            "fund_amount": row["fund_amount"],
        })  # fmt: skip
    return found
