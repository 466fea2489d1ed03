"""Rows of a case that stand for many: ``repeat`` in cases.yaml.

``repeat: {day: 0..5, n: 1..4}`` makes a row for every combination, the first name changing slowest; ``repeat: 9`` is
short for ``{n: 0..8}``. A name or a little arithmetic in braces stands for its number: ``p{n}``, ``e{day:02}_{n}``,
``{100*n+50}``, ``{day%2}``. A time may be moved on: ``2025-10-03 14:30:00 + {4*n} minutes``.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import product
from typing import Any

from yibao.engine.yaml import Mapping as YamlMapping

#: More rows than this from one line are no case that anybody can check.
MOST_ROWS = 100_000

_OPERATORS = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Mod: operator.mod,
    ast.FloorDiv: operator.floordiv,
}  # fmt: skip
_BRACES = re.compile(r"\{([^{}:]+)(?::(0?\d+))?\}")
_SPAN = re.compile(r"(-?\d+)\.\.(-?\d+)")
_MOVED = re.compile(r"(\d{4}-\d\d-\d\d(?: \d\d:\d\d:\d\d)?) ([+-]) (-?\d+) (day|hour|minute|second)s?")


def repeated(rows: Sequence[YamlMapping]) -> Iterator[YamlMapping]:
    """The rows that are meant, each knowing the line it was written in. Raises :class:`ValueError` in plain words."""
    for row in rows:
        if not isinstance(row, YamlMapping) or "repeat" not in row:
            yield row
            continue
        names, spans = zip(*_spans(row["repeat"]).items(), strict=True)
        for numbers in product(*spans):
            yield _filled(row, dict(zip(names, numbers, strict=True)))


def _spans(repeat: Any) -> Mapping[str, range]:
    written = repeat if isinstance(repeat, Mapping) else {"n": repeat}
    spans = {name: _span(name, str(text)) for name, text in written.items()}
    rows = 1
    for span in spans.values():
        rows *= len(span)
    if not 0 < rows <= MOST_ROWS:
        raise ValueError(f"repeat: expected 1 to {MOST_ROWS} rows, got {rows}")
    return spans


def _span(name: str, text: str) -> range:
    if text.isdigit():
        return range(int(text))
    found = _SPAN.fullmatch(text)
    if found is None:
        raise ValueError(f"repeat: {name}: expected a number or a span such as 0..5, got {text!r}")
    return range(int(found[1]), int(found[2]) + 1)


def _filled(row: YamlMapping, numbers: Mapping[str, int]) -> YamlMapping:
    made = YamlMapping()
    made.line, made.lines = row.line, row.lines
    for name, cell in row.items():
        if name != "repeat":
            made[name] = _moved(_BRACES.sub(lambda m: _figure(m, numbers), cell)) if isinstance(cell, str) else cell
    return made


def _figure(found: re.Match[str], numbers: Mapping[str, int]) -> str:
    value = _value(_parsed(found[1]), numbers)
    width = found[2] or ""
    return f"{value:{width}d}"


def _parsed(text: str) -> ast.expr:
    try:
        return ast.parse(text.strip(), mode="eval").body
    except SyntaxError:
        raise ValueError(f"repeat: {{{text}}} is no arithmetic") from None


def _value(node: ast.expr, numbers: Mapping[str, int]) -> int:
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return node.value
    if isinstance(node, ast.Name):
        if node.id not in numbers:
            raise ValueError(f"repeat: {node.id!r} is not repeated; known: {', '.join(numbers)}")
        return numbers[node.id]
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        left, right = _value(node.left, numbers), _value(node.right, numbers)
        if right == 0 and isinstance(node.op, (ast.Mod, ast.FloorDiv)):
            raise ValueError("repeat: division by nought")
        made: int = _OPERATORS[type(node.op)](left, right)
        return made
    raise ValueError(f"repeat: {{{ast.unparse(node)}}}: only whole numbers, names and + - * // % are known")


def _moved(cell: str) -> str:
    """A time so many days, hours, minutes or seconds on."""
    found = _MOVED.fullmatch(cell)
    if found is None:
        return cell
    step = timedelta(**{found[4] + "s": int(found[3])})
    moment = datetime.fromisoformat(found[1])
    made = moment + step if found[2] == "+" else moment - step
    return f"{made:%Y-%m-%d}" if len(found[1]) == 10 else f"{made:%Y-%m-%d %H:%M:%S}"
