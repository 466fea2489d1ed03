"""SQL that turns one chunk of raw columns into contract types, marks the rows that do not fit, and says why.

Amounts are read exactly: a text must be a plain decimal with no more digits than the type holds, so nothing is ever
rounded. The pattern is tested before the cast because engines read ``1e2``, `` 5`` and ``1_000`` as numbers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count

import pyarrow as pa

from yibao.engine.schema import Column, Table
from yibao.engine.sql import sql_name, sql_text
from yibao.ledger.contracts import RECORDED
from yibao.ledger.sources import FAULTS

#: Currencies whose minor unit is not a hundredth.
MINOR_DIGITS = {"JPY": 0, "KRW": 0, "VND": 0, "XAF": 0, "XOF": 0, "RWF": 0, "CLP": 0, "BHD": 3, "KWD": 3, "TND": 3}
#: Decimals that a text of this type may have; those of money are the currency's.
DECIMALS = {"money": 2, "milli": 3, "rate": 4, "micro": 6}
#: Digits before the point: room for a national fund in one record, and for the sums of it in 64 bits. More is no amount
#: but a cell that slipped.
WHOLE = {"money": 12, "milli": 12, "rate": 6, "micro": 9}
#: Up to so many digits, decimals counted twice, the scaled number fits DuckDB's 64-bit decimal, which is the quick one.
_QUICK = 18
BUCKETS = 64

_RECORDED = {column.name for column in RECORDED}


@dataclass(frozen=True)
class Typing:
    """Statements over the relation ``raw`` for one table and one shape of raw columns.

    ``typed`` gives the contract columns (those absent as null), extensions, ``_ok`` (the row may be accepted),
    ``_amount`` (the row's money, null when there is none), ``_key`` (hash of its key) and ``_bucket``. ``problems``
    gives for each raw row the list of its problems ``{column, code, value}``, those that the source tells of
    (:data:`yibao.ledger.sources.FAULTS`) first; it is empty when nothing can be wrong.
    """

    typed: str
    problems: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Problem:
    """A reason against a row: its code, the column it is about, the SQL condition under which it applies."""

    code: str
    column: str | None
    when: str


def typing_of(table: Table, raw: pa.Schema, currency: str) -> Typing:
    """Statements for ``table`` when the raw relation has the columns of ``raw`` (text, or the contract's own types)."""
    digits = MINOR_DIGITS.get(currency, 2)
    columns = [column for column in table.columns if column.name not in _RECORDED]
    extensions = tuple(sorted(name for name in raw.names if name.startswith("x_")))
    shape = {name: pa.types.is_string(raw.field(name).type) for name in raw.names if name != FAULTS}
    faults = sql_name(f"raw {FAULTS}") if FAULTS in raw.names else None
    names = tuple(column.name for column in columns) + extensions

    casts = [f"{_cast(column, shape.get(column.name), digits)} as {sql_name(column.name)}" for column in columns]
    casts += [
        f"nullif(raw.{sql_name(name)}, '') as {sql_name(name)}" if shape[name] else f"raw.{sql_name(name)}"
        for name in extensions
    ]
    casts += [f"raw.{sql_name(name)} as {sql_name('raw ' + name)}" for name in raw.names if name not in extensions]
    inner = f"select {', '.join(casts)} from raw"

    problems = [problem for column in columns for problem in _problems(column, shape.get(column.name))]
    problems += [Problem(check.code, None, f"not coalesce(({check.sql}), true)") for check in table.checks]
    fits = " and ".join([*(f"not ({p.when})" for p in problems), *([f"{faults} is null"] if faults else [])]) or "true"
    extra = [
        f"{fits} as _ok",
        f"{sql_name(table.money) if table.money else 'null::bigint'} as _amount",
        f"hash({', '.join(sql_name(name) for name in table.key)}) as _key",
        f"{bucket_sql(table)} as _bucket",
    ]
    told = _told([_found(problem, shape) for problem in problems], faults)
    return Typing(
        typed=f"select {', '.join([sql_name(name) for name in names] + extra)} from ({inner})",
        problems=f"select {told} as problems from ({inner})" if told else "",
        columns=names,
    )


def bucket_sql(table: Table) -> str:
    """The bucket of a row as SQL: the first byte of the MD5 of the slice column, modulo the number of buckets."""
    if table.slice is None:
        return "cast(0 as utinyint)"
    # DuckDB's number puts the first byte of the digest last.
    return f"cast(md5_number(coalesce({sql_name(table.slice)}, '')) & {BUCKETS - 1} as utinyint)"


def bucket_of(value: str) -> int:
    """The same for one value.

    >>> bucket_of("a")
    12
    """
    return hashlib.md5(value.encode(), usedforsecurity=False).digest()[0] % BUCKETS


def nobody_in(bucket: int) -> str:
    """A key of nobody that falls into a bucket: its slice reads the footers of the bucket's files, and no rows.

    >>> bucket_of(nobody_in(12))
    12
    """
    return next(name for number in count() if bucket_of(name := f"nobody-{number}") == bucket)


def _told(found: Sequence[str], faults: str | None) -> str:
    """All problems of a row as a list. Of a column that the source tells of, its own words are enough, and of a record
    that it sets aside as a whole."""
    ours = f"list_filter([{', '.join(found)}], p -> p is not null)" if found else ""
    if faults is None:
        return ours
    if not ours:
        return faults
    columns = f"list_transform({faults}, f -> f.column)"
    new = f"list_filter({ours}, p -> not coalesce(list_contains({columns}, p.column), false))"
    whole = f"len(list_filter({faults}, f -> f.column is null)) > 0"
    return f"case when {whole} then {faults} else list_concat({faults}, {new}) end"


def _found(problem: Problem, shape: Mapping[str, bool]) -> str:
    known = problem.column is not None and problem.column in shape
    value = f"cast({sql_name(f'raw {problem.column}')} as varchar)" if known else "null::varchar"
    said = f"{{'column': {_text(problem.column)}, 'code': {_text(problem.code)}, 'value': {value}}}"
    return f"case when {problem.when} then {said} end"


def _cast(column: Column, text: bool | None, digits: int) -> str:
    """The typed column; ``text`` says whether the raw column is text, None that there is none."""
    name = f"raw.{sql_name(column.name)}"
    if text is None:
        return f"null::{column.sql_type}"
    if not text:
        return name
    if column.type == "text":
        return f"nullif({name}, '')"
    if column.type in DECIMALS:
        return _decimal(name, WHOLE[column.type], digits if column.type == "money" else DECIMALS[column.type])
    if column.type == "int":
        return f"case when regexp_full_match({name}, '-?[0-9]{{1,18}}') then cast({name} as bigint) end"
    if column.type == "bool":
        return f"case {name} when '1' then true when '0' then false end"
    day = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
    if column.type == "date":
        # Some databases write a DATE with midnight; that is exact.
        form, typed = f"{day}( 00:00:00(\\.0+)?)?", f"try_cast(left({name}, 10) as date)"
    else:
        form, typed = f"{day}[ T][0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}(\\.0+)?", f"try_cast({name} as timestamp)"
    return f"case when regexp_full_match({name}, '{form}') then {typed} end"


def _decimal(name: str, whole: int, places: int) -> str:
    """Exact integer of a decimal text; null when it has more digits than ``whole`` before or ``places`` after it."""
    fraction = f"(\\.[0-9]{{1,{places}}}0*)?" if places else "(\\.0+)?"
    quick = min(whole, _QUICK - 2 * places)
    widths = [(quick, 18)] if quick == whole else [(quick, 18), (whole, 38)]
    whens = [
        f"when regexp_full_match({name}, '-?[0-9]{{1,{digits}}}{fraction}') "
        f"then cast(cast({name} as decimal({width}, {places})) * {10**places} as bigint)"
        for digits, width in widths
    ]
    return f"case {' '.join(whens)} end"


def _problems(column: Column, text: bool | None) -> list[Problem]:
    """What may be wrong with a column, in the order in which it is told."""
    name, raw = sql_name(column.name), sql_name("raw " + column.name)
    problems = []
    if text and column.type != "text":
        problems.append(
            Problem(f"not_{column.type}", column.name, f"{name} is null and {raw} is not null and {raw} <> ''")
        )
    if column.required:
        empty = f"({raw} is null or {raw} = '')" if text else f"{name} is null"
        problems.append(Problem("missing_value", column.name, empty))
    if text is not None and column.codes and not column.open:
        codes = ", ".join(_text(code.value) for code in column.codes)
        problems.append(Problem("unknown_code", column.name, f"coalesce({name} not in ({codes}), false)"))
    for code, bound, sign in (("below_min", column.min, "<"), ("above_max", column.max, ">")):
        if text is not None and bound is not None:
            beyond = f"coalesce({name} {sign} {_bound(column, bound, code)}, false)"
            problems.append(Problem(code, column.name, beyond))
    return problems


def _bound(column: Column, bound: str, code: str) -> str:
    if column.type == "date":
        return f"date {_text(bound)}"
    if column.type == "time":
        # A day as the upper bound of a time means the whole day.
        late = len(bound) == 10 and code == "above_max"
        return f"timestamp {_text(bound + ' 23:59:59' if late else bound)}"
    return _text(bound) if column.type == "text" else f"cast({_text(bound)} as bigint)"


def _text(value: str | None) -> str:
    return "null::varchar" if value is None else sql_text(value)


def text_sql(column: Column, digits: int = 2) -> str:
    """The inverse of typing: a contract column written as the national platform writes it, as SQL."""
    name = sql_name(column.name)
    if column.type in DECIMALS:
        places = digits if column.type == "money" else DECIMALS[column.type]
        sign, whole = f"case when {name} < 0 then '-' else '' end", f"abs({name}) // {10**places}"
        if places == 0:
            return f"{sign} || {whole}"
        return f"{sign} || {whole} || '.' || lpad(cast(abs({name}) % {10**places} as varchar), {places}, '0')"
    if column.type == "time":
        return f"strftime({name}, '%Y-%m-%d %H:%M:%S')"
    if column.type == "bool":
        return f"case {name} when true then '1' when false then '0' end"
    return f"cast({name} as varchar)"
