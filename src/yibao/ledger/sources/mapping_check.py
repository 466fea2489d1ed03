"""What a mapping's schema cannot say: that tables, columns and SQL hold, told by line before any file is read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import duckdb
import sqlglot
from sqlglot import exp

from yibao.engine.schema import Table, Tables
from yibao.engine.sql import sql_name
from yibao.engine.yaml import line_of
from yibao.errors import YibaoError
from yibao.ledger.contracts import RECORDED
from yibao.ledger.duck import connect
from yibao.ledger.sources.mapping import FILE, FUNCTIONS, ROW, MappingText, TableText, columns_of

_OURS = {column.name for column in RECORDED}
_CHANCE = (exp.Rand, exp.Uuid, exp.CurrentDate, exp.CurrentTimestamp, exp.CurrentTime, exp.CurrentDatetime)
_CHANCE_NAMES = {"random", "setseed", "now", "today", "uuid", "gen_random_uuid", "get_current_timestamp", "nextval"}


@dataclass(frozen=True)
class MappingProblem:
    """One thing wrong with a mapping. ``line`` is 1-based, 0 when unknown."""

    line: int
    message: str


class MappingRefused(YibaoError):
    """A mapping that cannot be used. ``problems`` are all that was found."""

    def __init__(self, path: Path, problems: Sequence[MappingProblem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda p: p.line))
        first, others = self.problems[0], self.problems[1:]
        told = "".join(f"\n  {path.name}, line {p.line}: {p.message}" for p in others)
        super().__init__(
            first.message + told,
            where=f"{path.name}, line {first.line}" if first.line else path.name,
            mend="see the reference of mappings",
            zh=first.message + told,
            mend_zh="请查阅映射参考页",
        )


def check_mapping(text: MappingText, doc: Any, tables: Tables) -> list[MappingProblem]:
    """Everything against a mapping that follows its schema; ``doc`` is the YAML, for the lines."""
    found = list(_contracts(text, tables))
    found += _records(text)
    if not found:
        found += _statements(text)
    return [MappingProblem(line_of(doc, keys), f"{'.'.join(map(str, keys))}: {message}") for keys, message in found]


Found = tuple[tuple[str | int, ...], str]


def _contracts(text: MappingText, tables: Tables) -> Iterator[Found]:
    """Tables and columns of the ledger."""
    for at, select in enumerate(text.tables):
        contract = tables.get(select.table)
        if contract is None or contract.kind != "fact":
            facts = [name for name, table in tables.items() if table.kind == "fact"]
            yield (
                ("tables", at, "table"),
                f"no table of the ledger is called {select.table!r}{_near(select.table, facts)}",
            )
            continue
        for name in select.columns:
            if name in _OURS:
                yield ("tables", at, "columns", name), "the ledger writes this column itself"
            elif name not in contract.by_name and not name.startswith("x_"):
                near = _near(name, contract.column_names)
                yield ("tables", at, "columns", name), f"no column of {contract.name}{near}; own columns begin with x_"
        missing = [c.name for c in contract.columns if c.required and c.name not in (*select.columns, *_OURS)]
        if missing:
            yield ("tables", at, "columns"), f"{contract.name} needs {', '.join(missing)}"


def _near(name: str, known: Sequence[str]) -> str:
    near = get_close_matches(name, known, n=1, cutoff=0.6)
    return f": did you mean {near[0]}?" if near else ""


def _records(text: MappingText) -> Iterator[Found]:
    """Every relation is taken in whole by some table, or says that it is only looked up."""
    homes = {text.home_of(select) for select in text.tables}
    for at, select in enumerate(text.tables):
        if select.source not in text.relations and select.source not in text.views:
            known = [*text.relations, *text.views]
            yield ("tables", at, "from"), f"{select.source!r} is no relation or view{_near(select.source, known)}"
        if select.one_per is not None and select.one_per not in text.relations:
            yield (
                ("tables", at, "one_per"),
                f"{select.one_per!r} is no relation{_near(select.one_per, [*text.relations])}",
            )
    for name, relation in text.relations.items():
        if name not in homes and not relation.lookup:
            yield (
                ("relations", name),
                "no table takes every record of it: let one be `from` it without `where`, or say `one_per`; "
                "say `lookup: true` if its records are only looked up",
            )


def _statements(text: MappingText) -> Iterator[Found]:
    """Each piece of SQL against empty relations, in an engine that can reach nothing."""
    with connect(threads=1) as engine:
        engine.execute("set enable_external_access = false")
        engine.execute("set python_enable_replacements = false")
        for definition, _, _ in FUNCTIONS.values():
            engine.execute(f"create macro {definition}")
        for name, relation in text.relations.items():
            columns = ", ".join(f"{sql_name(column)} varchar" for column in (*columns_of(relation), FILE))
            engine.execute(f"create table {sql_name(name)} ({columns}, {ROW} bigint)")
        engine.execute("set lock_configuration = true")
        broken = False
        for name, body in text.views.items():
            wrong = _wrong(engine, body)
            if wrong:
                broken = True
                yield ("views", name), wrong
            else:
                engine.execute(f"create view {sql_name(name)} as {body}")
        if not broken:
            for at, select in enumerate(text.tables):
                yield from _select(engine, at, select)


def _select(engine: duckdb.DuckDBPyConnection, at: int, select: TableText) -> Iterator[Found]:
    source = sql_name(select.source)
    if _wrong(engine, f"select {ROW} from {source}"):
        yield ("tables", at, "from"), f"{select.source} does not pass on {ROW}, the place of the record: select it too"
        return
    for name, column in select.columns.items():
        body = f"select ({column.sql}\n) as it from {source}"
        wrong = _wrong(engine, body)
        if wrong is None:
            kind = engine.execute(f"describe {body}").fetchall()[0][1]
            if kind in ("DOUBLE", "FLOAT"):
                wrong = "gives a binary fraction, which is not exact: calculate with number(x)"
            elif kind.endswith("]") or kind.startswith(("STRUCT", "MAP", "UNION", "BLOB")):
                wrong = f"gives {kind}, not a single value"
        if wrong:
            yield ("tables", at, "columns", name), wrong
    conditions: list[tuple[tuple[str | int, ...], str]] = []
    if select.where:
        conditions.append((("tables", at, "where"), select.where))
    conditions += [(("tables", at, "set_aside", n, "when"), rule.when) for n, rule in enumerate(select.set_aside)]
    conditions += [(("tables", at, "tell", n, "when"), tell.when) for n, tell in enumerate(select.tell)]
    for keys, condition in conditions:
        wrong = _wrong(engine, f"select {ROW} from {source} where ({condition}\n)")
        if wrong:
            yield keys, wrong


def _wrong(engine: duckdb.DuckDBPyConnection, sql: str) -> str | None:
    """What is wrong with a select, None when it holds."""
    try:
        statements = engine.extract_statements(sql)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            return "expected one expression (or, as a view, one SELECT)"
        engine.execute(f"describe {sql}")
    except duckdb.Error as error:
        return str(error).strip().splitlines()[0]
    return _chance(sql)


def _chance(sql: str) -> str | None:
    """The same files must give the same rows: nothing may depend on the clock or on chance."""
    try:
        tree = sqlglot.parse_one(sql, read="duckdb")
    except sqlglot.errors.SqlglotError:
        # The engine has read it; what this parser does not know is no function of the clock.
        return None
    for node in tree.walk():
        if isinstance(node, _CHANCE) or (isinstance(node, exp.Anonymous) and node.name.lower() in _CHANCE_NAMES):
            return f"{node.sql(dialect='duckdb')} is not the same each time the files are read"
    return None


def unused_columns(text: MappingText, header: Sequence[str]) -> list[str]:
    """Columns of a file that nothing in the mapping speaks of."""
    said = " ".join(
        [
            *text.views.values(),
            *(c.sql for select in text.tables for c in select.columns.values()),
            *(select.where or "" for select in text.tables),
            *(rule.when for select in text.tables for rule in select.set_aside),
            *(tell.when for select in text.tables for tell in select.tell),
        ]
    )
    return [cell for cell in header if cell and not re.search(rf"(?<!\w){re.escape(cell)}(?!\w)", said, re.IGNORECASE)]


def unfilled_columns(contract: Table, select: TableText) -> list[str]:
    """Columns of a table that a select leaves empty."""
    return [c.name for c in contract.columns if c.name not in select.columns and c.name not in _OURS]
