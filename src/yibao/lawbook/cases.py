"""Proves a law by its cases: small tables in, expected rows out.

All cases of a law run in one statement per engine: ids of people, places and events get a prefix per case, so that the
cases do not see each other. Cases that need a parameter, an instant or a catalogue of their own run apart.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa

from yibao.engine import DuckEngine, Engine
from yibao.engine.content import require_equal
from yibao.engine.portable import derived_order, derived_sources
from yibao.engine.schema import Column, Tables
from yibao.engine.yaml import Mapping as YamlMapping
from yibao.lawbook.case_files import Case, CaseError, read_cases
from yibao.lawbook.exemptions import READS, exempted
from yibao.lawbook.model import Law, typed_value
from yibao.lawbook.run import bind, finding_id, results, run_body

_PREFIX = re.compile(r"c\d+~")


@dataclass(frozen=True)
class CaseResult:
    """What a case gave: passed, or the differences in words."""

    law: Law
    case: Case
    differences: tuple[str, ...]

    @property
    def passed(self) -> bool:
        return not self.differences


def run_cases(law: Law, tables: Tables, engine: Engine | None = None) -> list[CaseResult]:
    """Run every case of a law; the order is that of the file.

    With another ``engine`` than the embedded one the cases run on both, and both must return the same rows: a law
    passes there only when it means the same.
    """
    shared, cases = read_cases(law.cases_path)
    groups: dict[str, list[int]] = defaultdict(list)
    for index, case in enumerate(cases):
        groups[_group_key(law, case, index, tables)].append(index)
    found = {
        index: result
        for members in groups.values()
        for index, result in _run_group(law, shared, cases, members, tables, engine)
    }
    return [found[index] for index in sorted(found)]


def _group_key(law: Law, case: Case, index: int, tables: Tables) -> str:
    own_catalogue = any(name in tables and not _identity(tables[name].columns) for name in case.given)
    if law.text.kind == "indicator" or own_catalogue:  # an indicator compares all rows it sees
        return f"alone {index}"
    return json.dumps([case.as_of.isoformat(), dict(case.params)], sort_keys=True)


def _run_group(
    law: Law,
    shared: Mapping[str, list[YamlMapping]],
    cases: Sequence[Case],
    members: Sequence[int],
    tables: Tables,
    engine: Engine | None,
) -> list[tuple[int, CaseResult]]:
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for index in members:
        for name, given in _merged(shared, cases[index].given):
            table = _table(name, tables, law, cases[index])
            if not _identity(table.columns) and index != members[0]:
                continue  # a reference table is shared by the group and loaded once
            rows[name] += [_row(table.columns, r, f"c{index}~", law) for r in given]
    first = cases[members[0]]
    given_tables = {name: _arrow(name, given, tables) for name, given in rows.items()}
    with DuckEngine(threads=1) as embedded:
        try:
            body = _body(embedded, law, first, given_tables, tables)
            if engine is not None and engine.name != embedded.name:
                with engine.apart() as other:
                    require_equal({"duckdb": body, engine.name: _body(other, law, first, given_tables, tables)})
            outcome = results(embedded, law, body)
            grounds = _grounds(embedded, law, [cases[i] for i in members], outcome, given_tables, tables)
        except Exception as error:  # whatever a body or a kernel raises is a failed case, not a failed run
            return [
                (i, CaseResult(law, cases[i], (f"the law failed: {type(error).__name__}: {error}",))) for i in members
            ]
        actual = _actual(law, body, outcome, grounds)
    by_case: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in actual:
        index = _case_of(row, members)
        by_case[index].append({k: _PREFIX.sub("", v) if isinstance(v, str) else v for k, v in row.items()})
    return [(i, CaseResult(law, cases[i], tuple(_compare(law, cases[i], by_case[i])))) for i in members]


def _body(engine: Engine, law: Law, case: Case, given: Mapping[str, pa.Table], tables: Tables) -> pa.Table:
    register_tables(engine, law, given, tables)
    return run_body(engine, law, bind(law, case.as_of, case.params))


def register_tables(engine: Engine, law: Law, given: Mapping[str, pa.Table], tables: Tables) -> None:
    """Register what a law reads; tables not given are empty, derived tables are computed."""
    _register(engine, law.tables, given, tables)


def _register(engine: Engine, names: Collection[str], given: Mapping[str, pa.Table], tables: Tables) -> None:
    derived = derived_order(names, tables)
    sources = {source for n in derived for source in derived_sources(n, tables)}
    for name in sorted({*names, *sources} - set(derived)):
        engine.register(name, given.get(name, tables[name].empty()))
    for name in derived:
        body = tables[name].sql
        assert body is not None
        engine.materialise(name, body)


def _merged(
    shared: Mapping[str, list[YamlMapping]], own: Mapping[str, list[YamlMapping]]
) -> list[tuple[str, list[YamlMapping]]]:
    return [(name, [*(shared.get(name) or []), *(own.get(name) or [])]) for name in {**shared, **own}]


def _table(name: str, tables: Tables, law: Law, case: Case) -> Any:
    if name not in tables:
        raise CaseError(f"unknown table {name!r}", where=f"{law.folder.name}/cases.yaml, line {case.line}")
    return tables[name]


def _identity(columns: Sequence[Column]) -> bool:
    return any(c.identity for c in columns)


def _row(columns: Sequence[Column], given: YamlMapping, prefix: str, law: Law) -> dict[str, Any]:
    known = {c.name: c for c in columns}
    row: dict[str, Any] = {}
    for name, text in given.items():
        where = f"{law.folder.name}/cases.yaml, line {given.lines[name]}"
        if name not in known:
            raise CaseError(f"unknown column {name!r}", where=where)
        column = known[name]
        try:
            value = None if text is None else _cell(column, text)
        except ValueError as error:
            raise CaseError(f"{name}: {error}", where=where) from None
        row[name] = f"{prefix}{value}" if column.identity and value not in (None, "") else value
    return row


def _cell(column: Column, text: str) -> Any:
    if column.type == "time":
        return datetime.fromisoformat(text)
    return typed_value(column.type, text)


def _arrow(name: str, rows: Sequence[dict[str, Any]], tables: Tables) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=tables[name].arrow_schema())


def _grounds(
    engine: DuckEngine,
    law: Law,
    cases: Sequence[Case],
    outcome: Mapping[str, pa.Table],
    given: Mapping[str, pa.Table],
    tables: Tables,
) -> dict[str, str]:
    """By finding id why it is exempted, where a case asks for it by ``exempted_by``."""
    if not any("exempted_by" in row for case in cases for row in case.expect):
        return {}
    _register(engine, READS, given, tables)
    return exempted(engine, [law], outcome["finding"], outcome["finding_ref"])


def _actual(
    law: Law, body: pa.Table, outcome: Mapping[str, pa.Table], grounds: Mapping[str, str]
) -> list[dict[str, Any]]:
    if law.text.kind == "quality":
        return outcome["quality_issue"].to_pylist()
    if law.text.kind == "indicator":
        return outcome["indicator_value"].to_pylist()
    findings: dict[str, dict[str, Any]] = {}
    for row in body.to_pylist():
        ground = grounds.get(finding_id(law, row["finding_key"]))
        finding = findings.setdefault(
            row["finding_key"], {**row, "amount": 0, "fund_amount": 0, "signals": {}, "exempted_by": ground}
        )
        finding["amount"] += row["amount"] or 0
        finding["fund_amount"] += row["fund_amount"] or 0
        seen = finding["signals"].get(row["signal"])
        values = [v for v in (seen, row["value"]) if v is not None]
        finding["signals"][row["signal"]] = max(values) if values else None
    return list(findings.values())


def _case_of(row: Mapping[str, Any], members: Sequence[int]) -> int:
    if len(members) == 1:
        return members[0]
    for key in ("finding_key", "ref_id", "subject_id", "person_id", "institution_id"):
        match = re.match(r"c(\d+)~", str(row.get(key) or ""))
        if match or (match := re.search(r"c(\d+)~", str(row.get(key) or ""))):
            return int(match.group(1))
    raise CaseError(f"cannot tell which case this row belongs to: {row}")


def _compare(law: Law, case: Case, actual: Sequence[Mapping[str, Any]]) -> list[str]:
    """Pair expected with actual rows by the law's row key; every difference in words."""
    key = {"rule": "finding_key", "quality": "ref_id", "indicator": "subject_id"}[law.text.kind]
    left = list(actual)
    differences = []
    for wanted in case.expect:
        matches = [row for row in left if all(_same(row.get(k), v) for k, v in wanted.items())]
        if matches:
            left.remove(matches[0])
            continue
        near = [row for row in left if wanted.get(key) is not None and str(row.get(key)) == str(wanted[key])]
        if near:
            left.remove(near[0])
            differences += [
                f"{wanted[key]}: expected {k} {_show(v)}, found {_show(near[0].get(k))}"
                for k, v in wanted.items()
                if not _same(near[0].get(k), v)
            ]
        else:
            differences.append(f"expected {_show(dict(wanted))}, found nothing")
    differences += [f"found {row.get(key)} ({_brief(row)}), expected nothing more" for row in left]
    return differences


def _same(actual: Any, wanted: Any) -> bool:
    if isinstance(wanted, Mapping):
        if not isinstance(actual, Mapping) or set(actual) != set(wanted):
            return False
        return all(v is None or _same(actual[k], v) for k, v in wanted.items())
    if wanted is None:
        return actual is None
    return str(actual) == str(wanted)


def _show(value: Any) -> str:
    return ", ".join(f"{k}={v}" for k, v in value.items()) if isinstance(value, Mapping) else str(value)


def _brief(row: Mapping[str, Any]) -> str:
    keys = ("signals", "amount", "column_name", "value", "numerator", "denominator")
    return ", ".join(f"{k}={row[k]}" for k in keys if row.get(k) is not None)
