"""Which of the 88 official classes are served: by which law, on which tables, proved by which cases, in which ledger.

A class counts as covered only with a passing positive and a passing look-alike of its own. A case belongs to a class by
``classes`` in cases.yaml, else by the knowledge points whose codes it uses, else to the only class of its law.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from yibao.engine.portable import derived_order, derived_sources
from yibao.engine.schema import Tables
from yibao.lawbook import Case, Law, Lawbook, prove, read_cases
from yibao.ledger import Ledger
from yibao.supervision.absent import absent_columns
from yibao.supervision.official_classes import OfficialClass, official_classes

Progress = Callable[[str, float, float], None]
#: What stands against a class, the gravest first.
NO_LAW, FAILING, NO_POSITIVE, NO_LOOKALIKE, COVERED = "no_law", "failing", "no_positive", "no_lookalike", "covered"


@dataclass
class ClassCoverage:
    """One official class: the laws that serve it, what they read, its cases, and what the ledger lets be judged."""

    official: OfficialClass
    laws: list[str] = field(default_factory=list)
    primitives: list[str] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    positives: int = 0
    lookalikes: int = 0
    edges: int = 0
    failed: int = 0
    evaluable: str | None = None  # yes | partly | no, of a ledger
    lacking: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)  # table.column: the facts were ingested before it came to be
    points: int | None = None  # compiled knowledge points of the class in the ledger

    @property
    def status(self) -> str:
        """Covered, or the first thing that is missing."""
        if not self.laws:
            return NO_LAW
        if self.failed:
            return FAILING
        if not self.positives:
            return NO_POSITIVE
        return COVERED if self.lookalikes else NO_LOOKALIKE

    def to_dict(self) -> dict[str, Any]:
        """Plain data for ``--json``."""
        one = self.official
        return {
            "class": one.number, "code": one.code, "tier": one.tier, "name": one.name, "status": self.status,
            "laws": self.laws, "primitives": self.primitives, "tables": self.tables,
            "cases": {
                "positive": self.positives, "lookalike": self.lookalikes, "edge": self.edges, "failed": self.failed,
            },
            "evaluable": self.evaluable, "lacking": self.lacking, "absent": self.absent, "points": self.points,
        }  # fmt: skip


def coverage(
    lawbook: Lawbook, tables: Tables, ledger: Ledger | None = None, progress: Progress | None = None
) -> list[ClassCoverage]:
    """All 88 classes in order, each law proved by its cases; with a ledger also whether it can be judged there."""
    found = {one.number: ClassCoverage(one) for one in official_classes()}
    laws = [law for law in lawbook.laws.values() if any(o.number in found for o in law.text.official)]
    for proof in prove(laws, tables, progress=progress):
        cases = {result.case.line: result for result in proof.results}
        shared, _ = read_cases(proof.law.cases_path) if not proof.problem else ({}, [])
        for official in proof.law.text.official:
            row = found[official.number]
            row.laws.append(proof.law.id)
            row.primitives += [name for name in proof.law.text.primitives if name not in row.primitives]
            row.tables += sorted(proof.law.tables - set(row.tables))
            row.failed += bool(proof.problem)
            for result in cases.values():
                if official.number in classes_of(result.case, proof.law, shared):
                    _count(row, result.case.kind, result.passed)
    if ledger is not None:
        _judge(found.values(), lawbook, tables, ledger)
    return list(found.values())


def _count(row: ClassCoverage, kind: str, passed: bool) -> None:
    row.failed += not passed
    row.positives += passed and kind == "positive"
    row.lookalikes += passed and kind == "lookalike"
    row.edges += passed and kind == "edge"


def classes_of(case: Case, law: Law, shared: Mapping[str, Sequence[Mapping[str, Any]]]) -> set[int]:
    """The official classes that a case is about."""
    served = {official.number: official.name for official in law.text.official}
    if case.classes:
        return set(case.classes) & set(served)
    if len(served) == 1:
        return set(served)
    points = [*shared.get("knowledge_point", ()), *case.given.get("knowledge_point", ())]
    used = {
        cell for name, rows in case.given.items() if name != "knowledge_point" for row in rows for cell in row.values()
    }
    named = {point.get("rule_class") for point in points if _names(point, used)}
    return {number for number, name in served.items() if name in named}


def _names(point: Mapping[str, Any], used: set[Any]) -> bool:
    codes = [point.get("item_code"), point.get("other_item_code")]
    return any(isinstance(cell, str) and code and cell.startswith(code) for code in codes for cell in used)


def _judge(rows: Iterable[ClassCoverage], lawbook: Lawbook, tables: Tables, ledger: Ledger) -> None:
    """Whether the ledger has what the laws of each class read, and points where they work by points."""
    points = _points(ledger)
    rows = list(rows)
    absent = absent_columns(ledger, (lawbook.laws[law_id] for row in rows for law_id in row.laws))
    for row in rows:
        if not row.laws:
            row.evaluable = "no"
            continue
        stored = {name for law_id in row.laws for name in _stored(lawbook.laws[law_id], tables)}
        row.lacking = sorted(name for name in stored if not ledger.sources(name))
        row.absent = sorted({c for law_id in row.laws for c in absent.get(lawbook.laws[law_id].key, ())})
        by_points = all("knowledge_point" in lawbook.laws[law_id].tables for law_id in row.laws)
        row.points = points.get(row.official.name, 0) if by_points else None
        unable = all(lawbook.laws[law_id].key in absent for law_id in row.laws)
        nothing = row.points == 0 or unable or not (stored - set(row.lacking))
        row.evaluable = "no" if nothing else "partly" if row.lacking or row.absent else "yes"


def _stored(law: Law, tables: Tables) -> set[str]:
    """The stored tables that a law reads, also through derived ones."""
    derived = derived_order(law.tables, tables)
    through = {source for name in derived for source in derived_sources(name, tables)}
    return (set(law.tables) - set(derived)) | through


def _points(ledger: Ledger) -> dict[str, int]:
    from yibao.engine import DuckEngine

    with DuckEngine() as engine:
        ledger.attach(engine, only=["knowledge_point"])
        counted = engine.execute(
            "select rule_class, count(distinct kp_id) as points from knowledge_point "
            "where status = 'compiled' group by rule_class"
        )
    return {row["rule_class"]: row["points"] for row in counted.to_pylist()}
