"""Portable SQL for Spark: what an author wrote for the embedded engine, with the same meaning.

SQLGlot writes the words of Spark. Where Spark would then give another value, type or order than the embedded engine,
or stop, the writers below say it otherwise. Each has a differential test; the manual lists them (portable-sql).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, ClassVar

import duckdb
import sqlglot
from sqlglot import exp
from sqlglot.dialects.spark import Spark

from yibao.engine.patterns import java_pattern
from yibao.engine.steps import steps

#: What the embedded engine's ``trim`` takes off: every space of Unicode (category Zs), no tab, no line end.
SPACES = " \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
#: No text of a ledger has this character; as escape of LIKE it makes a backslash an ordinary character.
_NO_ESCAPE = "\x01"
#: Stands behind the name of a parameter that is bound as a pattern: the same text, in Java's words.
PATTERN_SUFFIX = "__pattern"


@dataclass(frozen=True)
class SparkText:
    """A query for Spark, the parameters it binds as they are, and those it binds as patterns.

    ``name`` is that under which later queries of the same statement read its rows; the last query has none.
    """

    name: str
    text: str
    parameters: frozenset[str]
    patterns: frozenset[str]


@lru_cache(maxsize=512)
def to_spark(
    sql: str, instants: frozenset[str] = frozenset(), days: frozenset[str] = frozenset()
) -> tuple[SparkText, ...]:
    """One portable statement in Spark's words, in the steps it is computed in.

    Parameters in ``instants`` and ``days`` are bound as ISO texts.
    """
    tree = sqlglot.parse_one(sql, read="duckdb")
    return tuple(_spoken(name, query, instants, days) for name, query in steps(tree))


def _spoken(name: str, tree: exp.Expression, instants: frozenset[str], days: frozenset[str]) -> SparkText:
    bound, patterns = set(), set()
    for parameter in list(tree.find_all(exp.Placeholder)):
        if _is_pattern(parameter):
            patterns.add(parameter.name)
            continue
        bound.add(parameter.name)
        kind = "TIMESTAMPNTZ" if parameter.name in instants else "DATE" if parameter.name in days else None
        if kind:
            parameter.replace(exp.Cast(this=parameter.copy(), to=exp.DataType.build(kind)))
    return SparkText(name, tree.sql(dialect=PortableSpark), frozenset(bound), frozenset(patterns))


@cache
def case_map(function: str) -> tuple[str, str]:
    """Every character that ``upper`` or ``lower`` of the embedded engine changes, and what each becomes.

    Java changes more (ß becomes two letters, a final sigma another one), so its own is used on ASCII texts only.
    """
    with duckdb.connect() as connection:
        rows = connection.execute(
            f"select c, {function}(c) from (select chr(i::integer) as c from "
            f"(from range(1, 55296) as t(i) union all from range(57344, 1114112) as t(i))) "  # without surrogates
            f"where c <> {function}(c) order by c"
        ).fetchall()
    return "".join(before for before, _ in rows), "".join(after for _, after in rows)


def is_interval(node: exp.Expression) -> bool:
    """Whether an expression is a span of time, as far as its form shows."""
    node = node.unnest()
    if isinstance(node, (exp.Mul, exp.Add, exp.Sub)):
        return is_interval(node.left) or (is_interval(node.right) and not isinstance(node, (exp.Add, exp.Sub)))
    return is_interval(node.this) if isinstance(node, exp.Neg) else isinstance(node, exp.Interval)


def _is_pattern(node: exp.Expression) -> bool:
    return isinstance(node.parent, exp.RegexpLike) and node.arg_key == "expression"


def _whole(text: str) -> str:
    """Spark's functions over small numbers give INT (or DOUBLE); the embedded engine's give BIGINT."""
    return f"CAST({text} AS BIGINT)"


def _divided(word: str) -> Callable[..., str]:
    """Division by zero is null on the embedded engine and stops Spark."""

    def write(self: Any, node: exp.Binary) -> str:
        divisor = node.expression.unnest()
        if isinstance(divisor, exp.Literal) and divisor.is_int and int(divisor.name) != 0:
            return f"{self.sql(node, 'this')} {word} {divisor.name}"
        return f"{self.sql(node, 'this')} {word} NULLIF({self.sql(divisor)}, 0)"

    return write


def _moved(word: str) -> Callable[..., str]:
    """A date and a span of time give a timestamp on the embedded engine; on Spark that depends on the span."""

    def write(self: Any, node: exp.Binary) -> str:
        sides = []
        for own, other in ((node.left, node.right), (node.right, node.left)):
            text = self.sql(own)
            sides.append(f"CAST({text} AS TIMESTAMP_NTZ)" if is_interval(other) and not is_interval(own) else text)
        return f"{sides[0]} {word} {sides[1]}"

    return write


def _interval(self: Any, node: exp.Interval) -> str:
    count, unit = node.this, node.text("unit").upper()
    if isinstance(count, exp.Literal):
        return f"INTERVAL '{count.name}' {unit}"
    return f"({self.sql(count)} * INTERVAL '1' {unit})"


def _local(self: Any, node: exp.Expression) -> str:
    """An instant in Spark's type with a zone (the session's is UTC), which its own functions want."""
    return f"CAST(CAST({self.sql(node)} AS TIMESTAMP_NTZ) AS TIMESTAMP_LTZ)"


def _truncated(self: Any, node: exp.Expression) -> str:
    return f"CAST(DATE_TRUNC('{node.text('unit').upper()}', {_local(self, node.this)}) AS TIMESTAMP_NTZ)"


def _seconds(self: Any, node: exp.TimeToUnix) -> str:
    return f"(CAST(UNIX_MICROS({_local(self, node.this)}) AS DOUBLE) / 1000000)"


def _converted(self: Any, node: exp.Cast) -> str:
    if isinstance(node.this, exp.TimeToUnix):
        # The embedded engine rounds a double to the nearest even number, Spark cuts it off.
        return _whole(f"RINT({_seconds(self, node.this)})")
    return self.cast_sql(node)


def _days(self: Any, node: exp.DateDiff) -> str:
    """Spark counts whole days between instants, the embedded engine midnights passed: those of the dates."""
    until, since = (f"CAST({self.sql(side)} AS DATE)" for side in (node.this, node.expression))
    return _whole(f"DATEDIFF({until}, {since})")


def _extracted(self: Any, node: exp.Extract) -> str:
    part, source = node.this.name.upper(), self.sql(node, "expression")
    own = {
        "DOW": f"DAYOFWEEK({source}) - 1",
        "DAYOFWEEK": f"DAYOFWEEK({source}) - 1",
        "ISODOW": f"WEEKDAY({source}) + 1",
        "DAYOFWEEKISO": f"WEEKDAY({source}) + 1",
        "DAYOFYEAR": f"DAYOFYEAR({source})",
    }
    return _whole(own.get(part, f"EXTRACT({part} FROM {source})"))


def _window(self: Any, node: exp.Window) -> str:
    text = self.window_sql(node)
    return _whole(text) if isinstance(node.this, (exp.RowNumber, exp.Rank, exp.DenseRank)) else text


def _matched(self: Any, node: exp.RegexpLike) -> str:
    pattern = node.expression
    if isinstance(pattern, exp.Literal):
        return f"{self.sql(node, 'this')} RLIKE {self.sql(exp.Literal.string(java_pattern(pattern.name)))}"
    return f"{self.sql(node, 'this')} RLIKE :{pattern.name}{PATTERN_SUFFIX}"


def _like(self: Any, node: exp.Like) -> str:
    word = "NOT LIKE" if node.args.get("negate") else "LIKE"
    text = f"{self.sql(node, 'this')} {word} {self.sql(node, 'expression')}"
    return text if isinstance(node.parent, exp.Escape) else f"{text} ESCAPE '{_NO_ESCAPE}'"


def _cased(self: Any, node: exp.Upper | exp.Lower) -> str:
    name, text = node.sql_name(), self.sql(node, "this")
    before, after = case_map(name.lower())
    ascii_only = f"OCTET_LENGTH({text}) = CHAR_LENGTH({text})"
    return f"IF({ascii_only}, {name}({text}), TRANSLATE({text}, '{before}', '{after}'))"


def _trimmed(self: Any, node: exp.Trim) -> str:
    side = node.text("position").upper() or "BOTH"
    characters = self.sql(node, "expression") or f"'{SPACES}'"
    return f"TRIM({side} {characters} FROM {self.sql(node, 'this')})"


def _joined(self: Any, node: exp.Concat) -> str:
    """A null is an empty text in ``concat`` of the embedded engine."""
    parts = ", ".join(f"COALESCE(CAST({self.sql(part)} AS STRING), '')" for part in node.expressions)
    return f"CONCAT({parts})"


class PortableSpark(Spark):  # type: ignore[misc]
    """Spark SQL with the meaning that a statement has on the embedded engine."""

    class Generator(Spark.Generator):  # type: ignore[misc]
        #: Spark has nested WITH; taken to the top, CTEs of one name would meet there.
        EXPRESSIONS_WITHOUT_NESTED_CTES: ClassVar[set[type[exp.Expression]]] = set()
        TRANSFORMS: ClassVar[dict[type[exp.Expression], Callable[..., str]]] = {
            **Spark.Generator.TRANSFORMS,
            exp.Add: _moved("+"),
            exp.Cast: _converted,
            exp.Concat: _joined,
            exp.DateDiff: _days,
            exp.DateTrunc: _truncated,
            exp.Day: lambda self, node: _whole(f"DAY({self.sql(node, 'this')})"),
            exp.Extract: _extracted,
            exp.IntDiv: _divided("DIV"),
            exp.Interval: _interval,
            exp.Length: lambda self, node: _whole(f"CHAR_LENGTH({self.sql(node, 'this')})"),
            exp.Like: _like,
            exp.Lower: _cased,
            exp.Mod: _divided("%"),
            exp.Month: lambda self, node: _whole(f"MONTH({self.sql(node, 'this')})"),
            exp.RegexpLike: _matched,
            exp.Sign: lambda self, node: f"CAST(SIGN({self.sql(node, 'this')}) AS TINYINT)",
            exp.StrPosition: lambda self, node: _whole(f"LOCATE({self.sql(node, 'substr')}, {self.sql(node, 'this')})"),
            exp.Sub: _moved("-"),
            exp.TimestampTrunc: _truncated,
            exp.TimeToUnix: _seconds,
            exp.Trim: _trimmed,
            exp.Upper: _cased,
            exp.Window: _window,
            exp.Year: lambda self, node: _whole(f"YEAR({self.sql(node, 'this')})"),
        }
