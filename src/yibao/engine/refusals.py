"""What the portable subset of SQL refuses, and why: one engine lacks it, reads it otherwise, or leaves it to chance."""

from __future__ import annotations

import re

from sqlglot import exp

from yibao.engine.patterns import PatternError, java_pattern

_FRACTIONS = {
    "DECIMAL",
    "DOUBLE",
    "FLOAT",
    "BIGDECIMAL",
    "DECIMAL32",
    "DECIMAL64",
    "DECIMAL128",
    "DECIMAL256",
    "UDECIMAL",
}
_NESTED = {"ARRAY", "LIST", "STRUCT", "MAP", "JSON", "VARIANT", "OBJECT"}
_TYPES = {"VARCHAR", "TEXT", "BIGINT", "INT", "DATE", "TIMESTAMP", "TIMESTAMPNTZ", "BOOLEAN"}
_APPROXIMATE = (
    exp.Avg, exp.Median, exp.Quantile, exp.ApproxQuantile, exp.PercentileCont, exp.PercentileDisc, exp.Stddev,
    exp.StddevPop, exp.StddevSamp, exp.Variance, exp.VariancePop, exp.Corr, exp.CovarSamp, exp.CovarPop,
    exp.ApproxDistinct, exp.Round, exp.Ln, exp.Exp, exp.Sqrt, exp.Pow,
)  # fmt: skip
_CLOCKS = (exp.CurrentDate, exp.CurrentTimestamp, exp.CurrentTime, exp.CurrentDatetime, exp.Rand, exp.Uuid)
_ALLOWED = (
    exp.Count, exp.Min, exp.Max, exp.Sum, exp.Coalesce, exp.Nullif, exp.Abs, exp.Greatest, exp.Least, exp.RowNumber,
    exp.Rank, exp.DenseRank, exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue, exp.Substring, exp.Length, exp.Upper,
    exp.Lower, exp.Trim, exp.Left, exp.Right, exp.Replace, exp.RegexpLike, exp.StrPosition, exp.StartsWith,
    exp.Contains, exp.EndsWith, exp.Cast, exp.Case, exp.If, exp.DateDiff, exp.TimestampTrunc,
    exp.DateTrunc, exp.Extract, exp.Year, exp.Month, exp.Day, exp.Concat, exp.LogicalOr, exp.LogicalAnd, exp.Exists,
    exp.And, exp.Or, exp.TimeToUnix, exp.MD5, exp.Sign, exp.Pad, exp.Mod,
)  # fmt: skip
#: Functions that are expanded into portable SQL, and how many arguments they take.
HELPERS = {"ROUND_HALF_UP": 2}

_SPANS = {"YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE", "SECOND"}
_PARTS = {"YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "DOY", "DOW", "ISODOW", "HOUR", "MINUTE"}
#: Forms that exist on one engine only, or mean something else on the other: class -> what to say.
_FORMS: dict[type[exp.Expression], str] = {
    exp.ILike: "ilike folds letters differently between engines: compare lower(x)",
    exp.SimilarTo: "similar to exists on one engine only: use regexp_matches",
    exp.Glob: "glob exists on one engine only: use like or regexp_matches",
    exp.Bracket: "[ ] exists on one engine only: use substr",
    exp.Lateral: "lateral is planned differently between engines: join to a CTE",
    exp.TableSample: "a sample is left to chance",
    exp.Pivot: "pivot exists on one engine only: write case expressions",
    exp.Collate: "collations differ between engines: texts are compared byte by byte",
    exp.BitwiseLeftShift: "shifting bits overflows differently between engines: multiply",
    exp.BitwiseRightShift: "shifting bits differs between engines: use `//`",
    exp.TryCast: "try_cast reads other texts on each engine: test the form with regexp_matches, then cast",
}
#: Why the operator ``~`` is refused.
TILDE = "`~` matches the whole text on one engine and a part of it on the other: use regexp_matches"
_ORDERED = (exp.RowNumber, exp.Rank, exp.DenseRank, exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue)


def refusal(node: exp.Expression) -> str | None:
    """Why this node, taken by itself, must not be in a law; None when it may."""
    for judge in (_value_refusal, _form_refusal, _time_refusal, _text_refusal, _window_refusal, _function_refusal):
        message = judge(node)
        if message:
            return message
    return None


def tildes(sql: str) -> list[int]:
    """Lines with the operator ``~``, which the parser takes for another function than it is."""
    if "~" not in sql:
        return []
    quoted = r"'(?:[^']|'')*'|\"[^\"]*\"|--[^\n]*|/\*.*?\*/"
    bare = re.sub(quoted, lambda match: re.sub(r"[^\n]", " ", match.group()), sql, flags=re.DOTALL)
    return [bare.count("\n", 0, match.start()) + 1 for match in re.finditer("~", bare)]


def _value_refusal(node: exp.Expression) -> str | None:
    if isinstance(node, exp.DataType):
        return _type_refusal(node)
    if isinstance(node, exp.Div):
        return "`/` makes a fraction: use `//` on integers or round_half_up(numerator, denominator)"
    if isinstance(node, exp.Literal) and not node.is_string:
        if not node.is_int:
            return f"{node.sql()} is a fraction: write an integer in a smaller unit (basis points, thousandths, fen)"
        if int(node.name) >= 2**63:
            return f"{node.sql()} is larger than any whole number of a table"
    if isinstance(node, _APPROXIMATE):
        return f"{node.sql_name().lower()} is a fraction or differs between engines: use integers and row_number"
    if isinstance(node, _CLOCKS):
        return f"{node.sql_name().lower()} reads a clock or chance: use the parameter $as_of"
    if isinstance(node, exp.Sum) and not _cast_back(node):
        return "sum(x) widens the integer type: write cast(sum(x) as bigint)"
    if isinstance(node, (exp.GroupConcat, exp.ArrayAgg, exp.Array, exp.Struct, exp.Lambda, exp.Explode, exp.Unnest)):
        return f"{type(node).__name__} makes a nested or unordered value: return rows instead"
    return None


def _form_refusal(node: exp.Expression) -> str | None:
    if type(node) in _FORMS:
        return _FORMS[type(node)]
    if isinstance(node, exp.Join) and (node.args.get("method") or "").upper() in ("ASOF", "POSITIONAL"):
        return f"{node.args['method'].upper()} JOIN exists on one engine only: join on [valid_from, valid_to)"
    if isinstance(node, exp.Group) and node.args.get("all"):
        return "GROUP BY ALL: name the columns"
    if isinstance(node, exp.With) and node.args.get("recursive"):
        return "a recursive WITH differs between engines: use a kernel"
    if isinstance(node, exp.Distinct) and node.args.get("on"):
        return "DISTINCT ON leaves the row to chance: use row_number() with qualify"
    if isinstance(node, (exp.Limit, exp.Fetch, exp.Offset)):
        return "LIMIT leaves the rows to chance: use row_number() with qualify"
    if isinstance(node, exp.Star) and (node.args.get("except_") or node.args.get("replace") or node.args.get("rename")):
        return "* EXCLUDE, REPLACE and RENAME: name the columns"
    if isinstance(node, exp.Star) and not isinstance(node.parent, exp.Count) and not _star_of_ctes(node):
        return "select * over a contract table: name the columns (extension columns would come along)"
    return None


def _time_refusal(node: exp.Expression) -> str | None:
    if isinstance(node, exp.DateDiff) and (node.text("unit") or "").upper() != "DAY":
        return "date_diff counts boundaries in one engine and whole units in the other: only 'day'; else use epoch()"
    if isinstance(node, exp.TimeToUnix) and not (isinstance(node.parent, exp.Cast) and _is_bigint(node.parent)):
        return "epoch(x) is a fraction: write cast(epoch(x) as bigint)"
    if isinstance(node, (exp.TimestampTrunc, exp.DateTrunc)) and node.text("unit").upper() not in _SPANS:
        return f"date_trunc to {node.text('unit')!r}: only {', '.join(sorted(_SPANS)).lower()}"
    if isinstance(node, exp.Extract) and node.this.name.upper() not in _PARTS:
        return f"extract({node.this.name}): only {', '.join(sorted(_PARTS)).lower()}"
    if isinstance(node, exp.Interval) and node.text("unit").upper().rstrip("S") not in _SPANS:
        return "an interval of one number and one unit, such as interval 3 day, is the same on each engine"
    return None


def _text_refusal(node: exp.Expression) -> str | None:
    if isinstance(node, exp.RegexpLike):
        return _pattern_refusal(node)
    if isinstance(node, exp.Substring):
        start, length = (_number(node.args.get(key)) for key in ("start", "length"))
        if start == 0 or (length is not None and length < 0):
            return "substr counts from 1 and takes no negative number of characters"
    if isinstance(node, (exp.Left, exp.Right)) and (_number(node.expression) or 0) < 0:
        return f"{node.sql_name().lower()} takes no negative number of characters"
    return None


def _pattern_refusal(node: exp.RegexpLike) -> str | None:
    if node.args.get("flag"):
        return "options of regexp_matches differ between engines: use lower(x) or upper(x)"
    pattern = node.expression
    if isinstance(pattern, exp.Placeholder):
        return None  # its value is judged where the law names it
    if not pattern.is_string:
        return "a pattern must be written out or be a parameter, so that it can be said to each engine"
    try:
        java_pattern(pattern.name)
    except PatternError as error:
        return str(error)
    return None


def _window_refusal(node: exp.Expression) -> str | None:
    if not isinstance(node, exp.Window):
        return None
    function = node.this
    while isinstance(function, (exp.IgnoreNulls, exp.RespectNulls, exp.Filter)):
        function = function.this
    if isinstance(function, _ORDERED) and not node.args.get("order") and not node.alias:
        return f"{function.sql_name().lower()} without ORDER BY leaves the order to chance"
    if isinstance(function, exp.Count) and isinstance(function.this, exp.Distinct):
        return "count(distinct x) over (..) exists on one engine only: count in a CTE and join"
    frame = node.args.get("spec")
    if frame is not None and (frame.args.get("kind") or "").upper() == "GROUPS":
        return "a frame of GROUPS exists on one engine only: use ROWS or RANGE"
    if frame is not None and frame.find(exp.Interval):
        return "a frame over intervals differs between engines: use RANGE over whole days"
    return None


def _function_refusal(node: exp.Expression) -> str | None:
    if isinstance(node, exp.Anonymous) and node.name.upper() not in HELPERS:
        return f"the function {node.name.lower()} is not in the portable subset"
    if isinstance(node, exp.Anonymous) and len(node.expressions) != HELPERS[node.name.upper()]:
        return f"{node.name.lower()} takes {HELPERS[node.name.upper()]} arguments"
    if isinstance(node, exp.Func) and not isinstance(node, (exp.Anonymous, *_ALLOWED)):
        return f"the function {node.sql_name().lower()} is not in the portable subset"
    return None


def _type_refusal(node: exp.DataType) -> str | None:
    kind = node.this.value if hasattr(node.this, "value") else str(node.this)
    if kind in _FRACTIONS:
        return f"the type {kind} holds fractions: money and rates are integers here"
    if kind in _NESTED:
        return f"the type {kind} is nested: return rows instead"
    if kind not in _TYPES:
        return f"the type {kind} is not on each engine: use varchar, bigint, date, timestamp or boolean"
    return None


def _number(node: exp.Expression | None) -> int | None:
    """The value of a whole number that is written out."""
    if isinstance(node, exp.Neg) and isinstance(node.this, exp.Literal) and node.this.is_int:
        return -int(node.this.name)
    return int(node.name) if isinstance(node, exp.Literal) and node.is_int else None


def _is_bigint(node: exp.Cast) -> bool:
    return bool(node.to.this == exp.DataType.Type.BIGINT)


def _cast_back(node: exp.Sum) -> bool:
    parent = node.parent
    while isinstance(parent, (exp.Window, exp.Filter, exp.Paren)):
        parent = parent.parent
    return isinstance(parent, exp.Cast) and _is_bigint(parent)


def _star_of_ctes(node: exp.Star) -> bool:
    """`select *` is stable when every source that it spans, which `d.*` names, is a CTE or a subquery in the law."""
    select = node.find_ancestor(exp.Select)
    if select is None:
        return False
    root = select.root()
    ctes = {cte.alias for cte in root.find_all(exp.CTE)}
    sources = [t.this for t in (select.args.get("from_"), *(select.args.get("joins") or [])) if t is not None]
    named = node.parent.table if isinstance(node.parent, exp.Column) else ""
    spanned = [s for s in sources if not named or s.alias_or_name == named]
    return bool(spanned) and all(not isinstance(s, exp.Table) or s.name in ctes for s in spanned)
