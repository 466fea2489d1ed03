"""Takes a statement apart where Spark would compute the same thing several times.

The embedded engine computes a CTE that is read more than once a single time. Spark writes its text out at each place
that reads it, and at each place inside those: a law of twenty CTEs becomes thousands of operators, planned and computed
one by one. Here such a CTE becomes a step of its own, whose rows the following steps read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlglot import exp


def steps(tree: exp.Expression) -> list[tuple[str, exp.Expression]]:
    """Queries to compute in this order, each under its name; the last, nameless one is the result. Changes ``tree``."""
    found: list[tuple[str, exp.Expression]] = []
    for clause in list(tree.find_all(exp.With)):
        if clause.root() is tree and _alone(clause):
            found += _cut(clause, len(found))
    return [*found, ("", tree)]


def _cut(clause: exp.With, taken: int) -> Iterator[tuple[str, exp.Expression]]:
    """The CTEs of one WITH that are read more than once, taken out of it."""
    query, kept = clause.parent, dict[str, exp.CTE]()
    assert query is not None
    for cte in list(clause.expressions):
        readers = _readers(cte, clause.expressions[clause.expressions.index(cte) + 1 :], query)
        if len(readers) < 2:
            kept[cte.alias] = cte
            continue
        name, taken = f"step_{taken}_{cte.alias}", taken + 1
        for table in readers:
            if not table.alias:
                table.set("alias", exp.TableAlias(this=exp.to_identifier(cte.alias)))
            table.set("this", exp.to_identifier(name))
        yield name, _whole(cte, kept)
        cte.pop()
    if not clause.expressions:
        clause.pop()


def _whole(cte: exp.CTE, kept: dict[str, exp.CTE]) -> exp.Expression:
    """The query of a CTE with the earlier ones that it rests on."""
    body, needed = cte.this.copy(), dict[str, exp.CTE]()
    pending = [body]
    while pending:
        for table in pending.pop().find_all(exp.Table):
            other = kept.get(table.name)
            if other is not None and table.name not in needed:
                needed[table.name] = other
                pending.append(other.this)
    columns = cte.args["alias"].columns
    if columns:  # cte(a, b) as (...) names the columns of its query
        source = exp.alias_(exp.Subquery(this=body), cte.alias, table=[column.name for column in columns])
        body = exp.select("*").from_(source)
    for name, other in kept.items():
        if name in needed:
            body = body.with_(exp.to_identifier(name), as_=other.this.copy(), copy=False)
    return body


def _readers(cte: exp.CTE, later: Iterable[exp.CTE], query: exp.Expression) -> list[exp.Table]:
    """The places that read a CTE: in later CTEs of its WITH and in the query that the WITH belongs to."""
    clause = cte.parent
    places = [table for other in later for table in other.this.find_all(exp.Table)]
    for part in query.iter_expressions():
        if part is not clause:
            places += part.find_all(exp.Table)
    return [table for table in places if table.name == cte.alias and not _hidden(table, cte)]


def _hidden(table: exp.Table, cte: exp.CTE) -> bool:
    """Whether another WITH, nearer to the place, gives the name another meaning there."""
    node: exp.Expression | None = table
    while node is not None and node is not cte.parent.parent:
        inner = node.args.get("with_")
        if inner is not None and any(other.alias == cte.alias for other in inner.expressions):
            return True
        node = node.parent
    return False


def _alone(clause: exp.With) -> bool:
    """Whether a WITH belongs to a query that can be computed by itself: the whole one, or one in its FROM."""
    node = clause.parent
    while node is not None and node.parent is not None:
        parent = node.parent
        in_from = isinstance(parent, (exp.From, exp.Subquery, exp.SetOperation)) or node.arg_key == "this"
        if not in_from and not isinstance(node, (exp.From, exp.Join)):
            return False
        if parent.args.get("with_") is not None:
            return False  # it may read what the query around it names
        node = parent
    return True
