"""Where a name in a law's SQL stands that no table has: the resolver often names only what follows from it."""

from __future__ import annotations

from difflib import get_close_matches

from sqlglot import exp
from sqlglot.optimizer.scope import Scope, traverse_scope

from yibao.engine.lines import line_of
from yibao.engine.schema import Tables


def unresolved(tree: exp.Expression, tables: Tables, message: str) -> list[tuple[int, str]]:
    """Line (0 unknown) and words for each column that no source of its SELECT has, of the first such SELECT.

    When none is found here, the resolver's own ``message``, with its line or that where the name first stands.
    """
    for scope in traverse_scope(tree):
        found = _unknown_columns(scope, tables)
        if found:
            return found
    words, _, place = message.partition(". Line: ")
    line = place.partition(",")[0]
    if line.isdigit():
        return [(int(line), words)]
    name = words.rpartition(" ")[2].strip("'\"")
    column = next((c for c in tree.find_all(exp.Column) if c.name == name), None)
    return [(line_of(column) if column is not None else 0, words)]


def _unknown_columns(scope: Scope, tables: Tables) -> list[tuple[int, str]]:
    sources = {name: _columns_of(source, tables) for name, source in scope.sources.items()}
    aliases = {item.alias for item in scope.expression.expressions if isinstance(item, exp.Alias)}
    problems = []
    for column in scope.columns:
        names = [column.table] if column.table else sorted(sources)
        known = [sources.get(name) for name in names]
        # Without its table, a column of a subquery may be one of the query around it.
        if None in known or (not column.table and (scope.is_subquery or column.name in aliases)):
            continue
        there = {name for columns in known for name in columns or ()}
        if column.name not in there:
            near = get_close_matches(column.name, there, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            places = " or ".join(_name_of(name, scope.sources[name]) for name in names)
            problems.append((line_of(column), f"{places} has no column {column.name!r}{hint}"))
    return problems


def _name_of(alias: str, source: exp.Table | Scope) -> str:
    return source.name if isinstance(source, exp.Table) else alias


def _columns_of(source: exp.Table | Scope, tables: Tables) -> set[str] | None:
    """The columns of a contract table or of a SELECT in the law; None when they cannot be told."""
    if isinstance(source, exp.Table):
        return set(tables[source.name].column_names)
    names = set(source.expression.named_selects)
    if "*" in names:
        inner = [_columns_of(one, tables) for one in source.sources.values()]
        return None if None in inner else names.union(*(columns or () for columns in inner))
    return names


def two_meanings(tree: exp.Expression, tables: Tables) -> list[tuple[int, str]]:
    """Line and words for each name outside a SELECT list that one engine takes for a result and the other does not."""
    problems = []
    for scope in traverse_scope(tree):
        select = scope.expression
        results = {item.alias for item in select.expressions if isinstance(item, exp.Alias) and not _renames(item)}
        if not results:
            continue
        known = {name for source in scope.sources.values() for name in _columns_of(source, tables) or ()}
        for key in ("where", "qualify"):
            clause = select.args.get(key)
            for column in clause.find_all(exp.Column) if clause is not None else ():
                if column.table or column.name not in results or column.find_ancestor(exp.Query) is not select:
                    continue
                if key == "qualify" and column.name in known:
                    words = "is a column and a result: give the result another name"
                    problems.append((line_of(column), f"{column.name} in QUALIFY {words}"))
                if key == "where" and column.name not in known:
                    words = "is a result, which WHERE can read on one engine only: write it out"
                    problems.append((line_of(column), f"{column.name} {words}"))
    return problems


def _renames(item: exp.Alias) -> bool:
    """Whether a result is a column under its own name."""
    return isinstance(item.this, exp.Column) and item.this.name == item.alias
