"""The portable subset of SQL in which laws are written.

A law is authored in DuckDB SQL and must mean the same on Spark. What does not (fractions, approximate quantiles,
engine-only functions, clocks) is refused by name and line (:mod:`yibao.engine.refusals`); what needs help
(`round_half_up`, a length that may be negative) is expanded here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import OptimizeError, ParseError
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import traverse_scope

from yibao.engine import remembered
from yibao.engine.lines import error_line, line_of, renumber
from yibao.engine.money import round_half_up_sql
from yibao.engine.refusals import TILDE, refusal, tildes
from yibao.engine.schema import Tables
from yibao.engine.unresolved import two_meanings, unresolved


@dataclass(frozen=True)
class Problem:
    """One thing that a law's SQL must not do. ``line`` is 1-based, 0 when unknown."""

    line: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}" if self.line else self.message


@dataclass(frozen=True)
class Statement:
    """A checked SELECT in the embedded engine's dialect: what it reads, what it binds, and what it returns."""

    text: str
    tables: frozenset[str]
    columns: Mapping[str, frozenset[str]]  # of each table read
    parameters: frozenset[str]
    patterns: frozenset[str]  # parameters that are matched as regular expressions
    names: tuple[str, ...]  # the columns that it returns


def check(
    sql: str, tables: Tables, *, outputs: Set[str] | None = None, optional: Set[str] = frozenset()
) -> tuple[Statement | None, list[Problem]]:
    """Check one SELECT against the subset and the contracts.

    ``outputs`` names the columns that it returns, in any order; those in ``optional`` may be left out. Returns the
    statement (None when it cannot be parsed) and every problem found; a statement with problems must not be run.
    What had none is remembered (:mod:`yibao.engine.remembered`): resolving a long law takes a tenth of a second.
    """
    key = remembered.key(sql, tables, outputs, optional)
    known = remembered.recall(key)
    if known is not None:
        return Statement(**known), []
    statement, problems = _check(sql, tables, outputs, optional)
    if statement is not None and not problems:
        remembered.keep(key, vars(statement))
    return statement, problems


def _check(
    sql: str, tables: Tables, outputs: Set[str] | None, optional: Set[str]
) -> tuple[Statement | None, list[Problem]]:
    try:
        trees = sqlglot.parse(sql, read="duckdb")
    except ParseError as error:
        first: dict[str, Any] = error.errors[0] if error.errors else {"description": str(error)}
        return None, [Problem(error_line(error, sql), f"syntax error: {first.get('description')}")]
    except sqlglot.errors.TokenError as error:
        return None, [Problem(0, f"syntax error: {error}")]
    trees = [t for t in trees if t is not None and not isinstance(t, exp.Semicolon)]
    if len(trees) != 1 or not isinstance(trees[0], exp.Query):
        return None, [Problem(1, "expected exactly one SELECT")]
    tree = trees[0]
    resolved, problems = _judge(tree, tables)
    if problems:
        renumber(tree, sql)
        resolved, problems = _judge(tree, tables)
    elif outputs is not None:
        problems += _outputs(tree, outputs, optional)
    problems += [Problem(line, TILDE) for line in tildes(sql)]
    statement = Statement(
        text=_expand(tree).sql(dialect="duckdb"),
        tables=frozenset(_tables(tree)),
        columns={} if resolved is None else _columns(resolved),
        parameters=frozenset(p.name for p in tree.find_all(exp.Parameter, exp.Placeholder)),
        patterns=_patterns(tree),
        names=tuple(tree.named_selects),
    )
    return statement, problems


def _patterns(tree: exp.Expression) -> frozenset[str]:
    matched = [node.expression for node in tree.find_all(exp.RegexpLike)]
    return frozenset(pattern.name for pattern in matched if isinstance(pattern, exp.Placeholder))


def _judge(tree: exp.Expression, tables: Tables) -> tuple[exp.Expression | None, list[Problem]]:
    """The tree with every name resolved, and what the subset and the contracts have against it."""
    resolved, unknown = _resolve(tree, tables)
    named = [] if unknown else [Problem(*found) for found in two_meanings(tree, tables)]
    return resolved, [*_constructs(tree), *unknown, *named]


def derived_statement(name: str, tables: Tables) -> Statement:
    """The body of a derived table. Raises :class:`ValueError` when it is not portable."""
    statement, problems = check(tables[name].sql or "", tables)
    if statement is None or problems:
        raise ValueError(f"the derived table {name} is not portable: {'; '.join(map(str, problems))}")
    return statement


def derived_sources(name: str, tables: Tables) -> frozenset[str]:
    """The stored tables that a derived table is computed from, through other derived tables too."""
    reads = derived_statement(name, tables).tables
    inner = [derived_sources(table, tables) for table in reads if tables[table].kind == "derived"]
    return frozenset(table for table in reads if tables[table].kind != "derived").union(*inner)


def derived_order(names: Iterable[str], tables: Tables) -> list[str]:
    """The derived tables among ``names`` and those that they rest on, each after what it is computed from."""
    order: dict[str, None] = {}
    for name in sorted(name for name in names if tables[name].kind == "derived"):
        for inner in derived_order(derived_statement(name, tables).tables, tables):
            order[inner] = None
        order[name] = None
    return list(order)


def columns_read(statements: Iterable[Statement], tables: Tables) -> dict[str, set[str]]:
    """The contract columns that statements read, by table; those that derived tables are computed from included."""
    found: dict[str, set[str]] = {}
    pending = list(statements)
    while pending:
        for name, columns in pending.pop().columns.items():
            if name not in found and tables[name].kind == "derived":
                pending.append(derived_statement(name, tables))
            found.setdefault(name, set()).update(columns)
    return found


def _constructs(tree: exp.Expression) -> Iterator[Problem]:
    for node in tree.walk():
        message = refusal(node)
        if message:
            yield Problem(line_of(node), message)


def _resolve(tree: exp.Expression, tables: Tables) -> tuple[exp.Expression | None, list[Problem]]:
    """The tree with every name resolved against the contracts, or the tables and columns that are unknown."""
    nodes = _table_nodes(tree)
    unknown = [table for table in nodes if table.name not in tables]
    if unknown:
        words = "unknown table {!r}: laws read contract tables only"
        return None, [Problem(line_of(table), words.format(table.name)) for table in unknown]
    # Only what is read: building the resolver's schema of all contracts costs more than the rest of the check.
    schema = {node.name: {c.name: c.sql_type for c in tables[node.name].columns} for node in nodes}
    try:
        return qualify(tree.copy(), schema=schema, dialect="duckdb"), []
    except OptimizeError as error:
        return None, [Problem(*found) for found in unresolved(tree, tables, str(error).splitlines()[0])]


def _table_nodes(tree: exp.Expression) -> list[exp.Table]:
    nodes: list[exp.Table] = []
    for scope in traverse_scope(tree):
        nodes += [s for s in scope.sources.values() if isinstance(s, exp.Table)]
    return nodes


def _tables(tree: exp.Expression) -> set[str]:
    return {t.name for t in _table_nodes(tree)}


def _columns(resolved: exp.Expression) -> dict[str, frozenset[str]]:
    """The contract columns that a resolved statement reads, by table."""
    found: dict[str, set[str]] = {}
    for scope in traverse_scope(resolved):
        for column in scope.columns:
            source = scope.sources.get(column.table)
            if isinstance(source, exp.Table):
                found.setdefault(source.name, set()).add(column.name)
    return {name: frozenset(columns) for name, columns in found.items()}


def _outputs(tree: exp.Query, outputs: Set[str], optional: Set[str]) -> list[Problem]:
    names = tree.named_selects
    missing = sorted(outputs - optional - set(names))
    problems = [Problem(0, f"the result lacks the column {name!r}") for name in missing]
    problems += [Problem(0, f"the result has the unexpected column {name!r}") for name in names if name not in outputs]
    problems += [Problem(0, f"the result names {name!r} twice") for name in {n for n in names if names.count(n) > 1}]
    return problems


def _expand(tree: exp.Expression) -> exp.Expression:
    def replace(node: exp.Expression) -> exp.Expression:
        if isinstance(node, exp.Anonymous) and node.name.upper() == "ROUND_HALF_UP" and len(node.expressions) == 2:
            # A replaced node is not walked again, so a helper inside a helper is expanded here.
            return round_half_up_sql(*(operand.transform(replace) for operand in node.expressions))
        return node

    expanded = tree.copy().transform(replace)
    for node in list(expanded.find_all(exp.Substring, exp.Left, exp.Right)):
        # Engines agree on places from 1 and on lengths from 0; what is computed is brought there.
        _at_least(node, "start", exp.EQ, 1)
        _at_least(node, "length" if isinstance(node, exp.Substring) else "expression", exp.LT, 0)
    return expanded


def _at_least(node: exp.Expression, key: str, wrong: type[exp.Binary], floor: int) -> None:
    value = node.args.get(key)
    if value is None or isinstance(value.unnest(), (exp.Literal, exp.Neg)):
        return
    # The text of a law may come here again, as part of a union of several.
    again = isinstance(value, exp.Case) and value.args.get("default")
    if not (again and value == _bounded(again, wrong, floor)):
        node.set(key, _bounded(value, wrong, floor))


def _bounded(value: exp.Expression, wrong: type[exp.Binary], floor: int) -> exp.Case:
    condition = wrong(this=exp.paren(value.copy()), expression=exp.Literal.number(0))
    return exp.Case().when(condition, exp.Literal.number(floor)).else_(value.copy())
