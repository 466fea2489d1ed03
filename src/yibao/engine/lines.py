"""Lines of a law's SQL as its author counts them.

sqlglot looks ahead from each ``$`` for the end of a dollar-quoted text and counts the lines it passes a second time, so
behind a ``$parameter`` its own line numbers are too high. Its offsets are right.
"""

from __future__ import annotations

from typing import Any

from sqlglot import exp
from sqlglot.errors import ParseError


def renumber(tree: exp.Expression, sql: str) -> None:
    """Correct the line of every node of ``tree``, which was parsed from ``sql``."""
    for node in tree.walk():
        start = node.meta.get("start")
        if start is not None:
            node.meta["line"] = sql.count("\n", 0, start) + 1


def line_of(node: exp.Expression) -> int:
    """The line of a node: its own, or that of the first descendant that has one."""
    for child in node.walk():
        line = child.meta.get("line")
        if line:
            return int(line)
    parent = node.parent
    return line_of(parent) if parent is not None else 0


def error_line(error: ParseError, sql: str) -> int:
    """The line of a syntax error in ``sql``; 0 when unknown."""
    first: dict[str, Any] = error.errors[0] if error.errors else {}
    before = f"{first.get('start_context') or ''}"
    start = sql.find(before + f"{first.get('highlight') or ''}")
    if not before or start < 0:
        return int(first.get("line") or 0)
    return sql.count("\n", 0, start + len(before)) + 1
