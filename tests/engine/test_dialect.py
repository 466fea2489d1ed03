"""Every construct of the portable subset gives the same values and types on both engines, on edges and by chance."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pytest
import sqlglot
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlglot import exp

from yibao.engine import DuckEngine
from yibao.engine.content import require_equal
from yibao.engine.portable import Statement, check
from yibao.engine.refusals import _ALLOWED
from yibao.engine.schema import Column, Table
from yibao.engine.spark import SparkEngine

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("spark")]

COLUMNS = {
    "id": "int", "a": "int", "b": "int", "n": "int", "s": "text", "t": "text", "d": "date", "e": "date", "at": "time",
    "until": "time", "p": "bool", "q": "bool",
}  # fmt: skip
SAMPLE = Table(
    "sample", "fact", "test", {}, {}, tuple(Column(name, kind, name, name) for name, kind in COLUMNS.items()), ("id",)
)
TABLES = {"sample": SAMPLE}
PARAMS: dict[str, Any] = {
    "as_of": datetime(2026, 3, 1, 8, 30), "day": date(2024, 2, 29), "k": 3, "word": "it's ${x} \\", "flag": True,
    "pattern": "^[A-Z][0-9](\\.|$)",
}  # fmt: skip

#: Construct -> an expression over one row.
ROWS = {
    "plus, minus, times": "a + b - n * 2",
    "negation": "-a",
    "whole division": "a // b",
    "whole division by a constant": "a // 7",
    "whole division by a negative constant": "a // -7",
    "chained division": "a // b // n",
    "remainder": "a % b",
    "mod": "mod(a, b)",
    "remainder of a product": "a % (b * 2)",
    "rounding half up": "round_half_up(a, 7)",
    "abs": "abs(a)",
    "sign": "sign(a)",
    "bits": "(a & 255) | (b & 15)",
    "greatest": "greatest(a, b, n)",
    "least": "least(a, b, 5)",
    "greatest date and time": "greatest(cast(d as timestamp), at)",
    "coalesce": "coalesce(a, b, 0)",
    "coalesce of texts": "coalesce(s, t, '?')",
    "nullif": "nullif(a, b)",
    "case": "case when a > b then 'more' when a < b then 'less' when a = b then 'same' else 'null' end",
    "case of a value": "case s when 'A' then 1 when 'ß' then 2 else 3 end",
    "if": "if(p, a, b)",
    "and or not": "(p and not q) or (q and a > 0)",
    "is true": "p is true",
    "is not distinct": "a is not distinct from b",
    "is distinct": "s is distinct from t",
    "is null": "a is null and s is not null",
    "between": "a between b and n",
    "in": "s in ('A', 'é', '')",
    "in with null": "a in (1, 2, null)",
    "comparison of texts": "s < t",
    "comparison of numbers": "a >= b",
    "comparison of booleans": "p = q",
    "date with time": "d < at",
    "date with text": "d >= '2000-01-01'",
    "joined texts": "s || '|' || t",
    "number in a text": "s || a",
    "concat": "concat(s, a, t)",
    "upper": "upper(s)",
    "lower": "lower(s)",
    "upper of joined": "upper(s || t)",
    "trim": "trim(s)",
    "trim characters": "trim(s, 'aA ')",
    "ltrim": "ltrim(s)",
    "rtrim zeros": "rtrim(t, '0')",
    "length": "length(s)",
    "substr": "substr(s, 2, 3)",
    "substr from the end": "substr(s, -2)",
    "substr computed": "substr(s, n, b)",
    "left": "left(s, 2)",
    "left computed": "left(s, n)",
    "right computed": "right(s, n)",
    "strpos": "strpos(s, t)",
    "strpos of a character": "strpos('0123456789', left(t, 1))",
    "starts_with": "starts_with(s, t)",
    "ends_with": "ends_with(s, t)",
    "contains": "contains(s, t)",
    "replace": "replace(s, 'a', '')",
    "lpad": "lpad(s, 4, '0')",
    "rpad": "rpad(s, 4, '*')",
    "like": "s like 'a%'",
    "like with wildcards as characters": "s like '%\\_%'",
    "not like": "s not like '%a_'",
    "like of a column": "s like t",
    "like with escape": "s like '%!%%' escape '!'",
    "pattern": "regexp_matches(s, '^[^a-z&&[]+\\s?.$')",
    "pattern of digits": "regexp_matches(t, '^\\d{1,3}(\\.\\d+)?$')",
    "pattern in a parameter": "regexp_matches(s, $pattern)",
    "no match": "not regexp_matches(coalesce(s, ''), '\\w')",
    "md5": "md5(s)",
    "text with marks": "'it''s ${x} \\ \"' || s",
    "parameter of a number": "a + $k",
    "parameter of a text": "s || $word",
    "parameter of a time": "at <= $as_of",
    "parameter of a date": "d - $k * interval 1 day <= $day",
    "parameter of a boolean": "p = $flag",
    "number as text": "cast(a as varchar)",
    "text as number": "cast(cast(a as varchar) as bigint)",
    "date as text": "cast(d as varchar)",
    "text as date": "cast(cast(d as varchar) as date)",
    "time as text": "cast(at as varchar)",
    "text as time": "cast(cast(at as varchar) as timestamp)",
    "boolean as text": "cast(p as varchar)",
    "boolean as number": "cast(p as bigint)",
    "time as date": "cast(at as date)",
    "date as time": "cast(d as timestamp)",
    "null as text": "cast(null as varchar)",
    "date plus days": "d + n * interval 1 day",
    "date plus days as date": "cast(d - 3 * interval 1 day as date)",
    "date plus hours": "d + interval 5 hour",
    "date plus a month": "d + interval 1 month",
    "date minus a year": "d - interval 1 year",
    "time plus minutes": "at + n * interval 1 minute",
    "span before the time": "interval 2 day + at",
    "span of computed length": "at - interval (n) day",
    "weeks": "d + 2 * interval 1 week",
    "days between": "date_diff('day', d, e)",
    "days between times": "date_diff('day', at, until)",
    "days between date and time": "date_diff('day', cast(d as date), cast(at as date))",
    "seconds": "cast(epoch(at) as bigint)",
    "seconds of a date": "cast(epoch(d) as bigint)",
    "seconds between": "cast(epoch(until) as bigint) - cast(epoch(at) as bigint)",
    "seconds of a day": "cast(epoch(at) as bigint) % 86400",
    "start of month": "date_trunc('month', at)",
    "start of month of a date": "date_trunc('month', d)",
    "start of week": "date_trunc('week', at)",
    "start of quarter": "date_trunc('quarter', d)",
    "start of year": "date_trunc('year', at)",
    "start of day": "date_trunc('day', at)",
    "start of hour": "date_trunc('hour', at)",
    "year month day": "year(d) * 10000 + month(d) * 100 + day(d)",
    "extract": "extract(year from at) * 100 + extract(month from at)",
    "extract hour and minute": "extract(hour from at) * 60 + extract(minute from at)",
    "extract quarter": "extract(quarter from d)",
    "extract week": "extract(week from d)",
    "weekday from sunday": "extract(dow from d)",
    "weekday from monday": "extract(isodow from at)",
    "day of year": "extract(doy from d)",
    "exists": "exists (select 1 from sample as o where o.a = x.b and o.id <> x.id)",
    "scalar subquery": "(select max(o.b) from sample as o where o.a = x.a)",
}

#: Construct -> a statement; rows come in any order.
STATEMENTS = {
    "count, sum, min, max": "select p, count(*) as n, count(a) as known, cast(sum(a) as bigint) as a, min(s) as low, "
    "max(s) as high, max(at) as last, min(d) as first, max(q) as any_q from sample group by p",
    "sums of nothing": "select cast(sum(a) as bigint) as a, count(*) as n, max(s) as s from sample where id < 0",
    "count distinct": "select q, count(distinct s) as n, count(distinct a) as m from sample group by q",
    "filter": "select s, count(*) filter (where p) as n, cast(sum(a) filter (where a > 0) as bigint) as a "
    "from sample group by s",
    "bool_or and bool_and": "select n, bool_or(p) as x, bool_and(q) as y from sample group by n",
    "having and ordinals": "select s, t, count(*) as n from sample group by 1, 2 having count(*) > 1",
    "rollup": "select p, q, count(*) as n from sample group by rollup (p, q)",
    "distinct": "select distinct s, p from sample",
    "union, union all": "select s as x from sample union select t from sample union all select s from sample",
    "except and intersect": "select s from sample except select t from sample intersect select s from sample",
    "row_number": "select id, row_number() over (partition by p order by a, s desc, id) as n from sample",
    "row_number is a bigint": "select id, row_number() over (order by id) * 3000000000 as n from sample",
    "rank": "select id, rank() over (order by s) as r, dense_rank() over (order by s desc) as d from sample",
    "order of nulls": "select id, row_number() over (order by a nulls first, id) as f, "
    "row_number() over (order by a desc nulls last, id) as l, row_number() over (order by a desc, id) as m "
    "from sample",
    "lag and lead": "select id, lag(a) over (order by id) as before, lead(s, 2) over (partition by p order by id) as x"
    ", lag(a, 1, 0) over (order by id desc) as y from sample",
    "last value that is known": "select id, last_value(a ignore nulls) over (order by id rows between unbounded "
    "preceding and 1 preceding) as x, first_value(s ignore nulls) over (order by id rows between unbounded preceding "
    "and unbounded following) as y from sample",
    "first and last value": "select id, first_value(a) over w as f, last_value(a) over w as l from sample "
    "window w as (partition by p order by id)",
    "running sums": "select id, cast(sum(b) over (order by id rows between 2 preceding and current row) as bigint) "
    "as x, cast(sum(b) over (partition by p order by n, id) as bigint) as y, count(*) over (partition by q) as z "
    "from sample",
    "range frame": "select id, count(*) over (order by n range between 3 preceding and 2 following) as x, "
    "max(a) over (partition by p order by n range between unbounded preceding and current row) as y from sample",
    "window with filter": "select id, max(a) filter (where p) over (partition by q) as x from sample",
    "qualify": "select id, s from sample qualify row_number() over (partition by s order by id) = 1",
    "qualify by name": "select id, count(*) over (partition by p) as c from sample qualify c > 1 and id % 2 = 0",
    "joins": "select x.id, y.id as other from sample as x join sample as y on x.a = y.b and x.id < y.id",
    "outer joins": "select x.id, y.id as other from sample as x full join sample as y on x.a = y.b and y.p",
    "join by names": "select id, x.a, y.b from sample as x left join sample as y using (id)",
    "semi and anti": "select id from sample as x semi join sample as y on x.a = y.b union all "
    "select id from sample as x anti join sample as y on x.a = y.b",
    "cross join": "select x.id, c.k from sample as x cross join (values (1, 'a'), (2, null)) as c(k, word)",
    "in a query": "select id from sample where s in (select t from sample where t is not null)",
    "pairs in a query": "select id from sample where (a, p) in (select b, q from sample)",
    "not in a query": "select id from sample where a not in (select b from sample where b is not null)",
    "not in with nulls": "select id from sample where a not in (select b from sample)",
    "steps": "with x as (select id, a, b from sample where a is not null), y as (select x.id, x.a, z.b from x "
    "join x as z on x.id = z.id) select y.id, x.a, y.b from y join x on x.id = y.id union all select id, a, b from y",
    "names of a cte": "with c(k, v) as (select id, a from sample) select c.k, o.v from c join c as o on o.k = c.k",
    "all of a cte": "with c as (select id, a, s from sample) select * from c",
    "all of a cte beside a table": (
        "with c as (select id, a from sample) select c.*, sample.s from c join sample on sample.id = c.id"
    ),
    "xor in a subset": "select id, xor(a & 7, b & 7) as x from sample",
    "order by": "select id, s from sample order by s desc, id",
}

WORDS = st.text(st.sampled_from("aAé1 0.%_\\'\"ß中\u3000\n\t𝄞Ⅳσς[&$z-"), max_size=6)
NUMBERS = st.integers(-(2**31), 2**31)
DATES = st.dates(date(1500, 1, 1), date(2200, 1, 1))
TIMES = st.datetimes(datetime(1500, 1, 1), datetime(2200, 1, 1)).map(lambda t: t.replace(microsecond=0))
ROW = st.fixed_dictionaries(
    {
        "a": st.none() | st.integers(-5, 5) | NUMBERS, "b": st.none() | st.integers(-5, 5) | NUMBERS,
        "n": st.none() | st.integers(-4, 4), "s": st.none() | WORDS, "t": st.none() | WORDS,
        "d": st.none() | DATES, "e": st.none() | DATES, "at": st.none() | TIMES, "until": st.none() | TIMES,
        "p": st.none() | st.booleans(), "q": st.none() | st.booleans(),
    }
)  # fmt: skip

EDGES: list[dict[str, Any]] = [
    {},
    {"a": 0, "b": 0, "n": 0, "s": "", "t": "", "p": True, "q": False},
    {"a": -7, "b": 2, "n": -2, "s": "A1.2", "t": "a", "d": date(2024, 2, 29), "e": date(2023, 2, 28), "p": False},
    {"a": 7, "b": -2, "n": 3, "s": "a_b", "t": "1.50", "d": date(2024, 1, 31), "e": date(2024, 3, 1), "q": True},
    {"a": 2**31 - 1, "b": -(2**31), "n": 1, "s": "A1", "t": "A1", "at": datetime(2024, 12, 31, 23, 59, 59)},
    {"a": 1, "b": 1, "n": 1, "s": "ß中\u3000", "t": "中", "at": datetime(1969, 12, 31, 23, 59, 59), "p": True},
    {"a": 5, "b": 5, "n": 2, "s": " İΑΣ ", "t": "Σ", "until": datetime(2000, 2, 29), "at": datetime(2000, 2, 28, 1)},
    {"a": 5, "b": None, "n": -3, "s": "a\n", "t": "\n", "d": date(1582, 10, 10), "at": datetime(1582, 10, 10, 1)},
    {"a": None, "b": 5, "n": 4, "s": "aaa%", "t": "%a%", "d": date(1, 1, 1), "e": date(9999, 12, 31), "q": False},
    {"a": -1, "b": 3, "n": 0, "s": "a\r", "t": "000", "at": datetime(2024, 1, 1), "until": datetime(2024, 1, 1, 5)},
    {"a": 3, "b": -1, "n": 0, "s": "𝄞a\u0301", "t": "a\u0301", "d": date(2023, 1, 1), "p": True, "q": True},
    {"a": 3, "b": 3, "n": 2, "s": "x\v", "t": "\\", "d": date(2020, 12, 31), "e": date(2021, 1, 3), "p": False},
    {"a": 2, "b": 4, "n": 1, "s": "A", "t": "ß"},
]
#: What cannot be moved by days and months without leaving the calendar.
_FAR = {date(1, 1, 1), date(9999, 12, 31)}


def sample(rows: list[dict[str, Any]]) -> pa.Table:
    numbered = [{"id": index, **row} for index, row in enumerate(rows, start=1)]
    return pa.Table.from_pylist(numbered, schema=SAMPLE.arrow_schema())


def statement(sql: str) -> Statement:
    found, problems = check(sql, TABLES)
    assert not problems, [str(problem) for problem in problems]
    assert found is not None
    return found


def by_row(expressions: Mapping[str, str]) -> Statement:
    listed = ", ".join(f"{sql} as c{index}" for index, sql in enumerate(expressions.values()))
    return statement(f"select id, {listed} from sample as x")


def both(spark: SparkEngine, rows: list[dict[str, Any]], query: Statement) -> dict[str, pa.Table]:
    params = {name: PARAMS[name] for name in query.parameters}
    answers = {}
    with DuckEngine(threads=1) as duck, spark.apart() as other:
        for engine in (duck, other):
            engine.register("sample", sample(rows))
            answers[engine.name] = engine.execute(query.text, params)
    return answers


@pytest.fixture(scope="module")
def on_edges(spark: SparkEngine) -> dict[str, pa.Table]:
    """Values of every expression on the edges, all in one statement per engine."""
    rows = [row if row.get("d") not in _FAR else {**row, "d": None, "e": None} for row in EDGES]
    return {name: table.sort_by("id") for name, table in both(spark, rows, by_row(ROWS)).items()}


@pytest.mark.parametrize("construct", ROWS)
def test_expression(on_edges: dict[str, pa.Table], construct: str) -> None:
    column = f"c{list(ROWS).index(construct)}"
    embedded, cluster = on_edges["duckdb"][column], on_edges["spark"][column]
    assert cluster.type == embedded.type, ROWS[construct]
    assert cluster.to_pylist() == embedded.to_pylist(), ROWS[construct]
    assert len(embedded.unique()) > 1 or construct == "null as text", "the edges tell nothing apart"


@pytest.mark.parametrize("construct", STATEMENTS)
def test_statement(spark: SparkEngine, construct: str) -> None:
    require_equal(both(spark, EDGES, statement(STATEMENTS[construct])))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROW, min_size=1, max_size=25))
def test_any_rows(spark: SparkEngine, rows: list[dict[str, Any]]) -> None:
    require_equal(both(spark, rows, by_row(ROWS)))


def test_dates_at_the_ends_of_the_calendar(spark: SparkEngine) -> None:
    query = "select id, d, cast(d as varchar) as t, date_diff('day', d, e) as n, year(e) as y from sample"
    require_equal(both(spark, EDGES, statement(query)))


def test_letters_of_all_languages(spark: SparkEngine) -> None:
    """Upper, lower and trim of every character there is."""
    characters = [chr(i) for i in range(1, 0x110000) if not 0xD800 <= i < 0xE000]
    rows = [{"s": "".join(characters[start : start + 512])} for start in range(0, len(characters), 512)]
    query = "select id, md5(upper(s)) as u, md5(lower(s)) as l from sample"
    require_equal(both(spark, rows, statement(query)))
    spaces = [{"s": f"{c}x{c}"} for c in characters if c.isspace() or c in "\u200b\ufeff\u180e"]
    require_equal(both(spark, spaces, statement("select id, trim(s) as t, ltrim(s) as l, rtrim(s) as r from sample")))


def test_nothing_that_is_allowed_goes_untested() -> None:
    texts = [*(f"select {sql} as c from sample as x" for sql in ROWS.values()), *STATEMENTS.values()]
    seen = {type(node) for sql in texts for node in sqlglot.parse_one(sql, read="duckdb").walk()}
    seen |= {exp.DateTrunc}  # the parser reads date_trunc as TimestampTrunc
    assert not [kind.__name__ for kind in _ALLOWED if kind not in seen]


@pytest.mark.parametrize(
    "sql", ["select a * 4294967296 * 4294967296 as x from sample", "select cast(sum(a) as bigint) as x from sample"]
)
def test_an_overflow_stops_both_engines(spark: SparkEngine, sql: str) -> None:
    rows = [{"a": 2**62}, {"a": 2**62}]
    with DuckEngine(threads=1) as duck, spark.apart() as other:
        for engine in (duck, other):
            engine.register("sample", sample(rows))
            with pytest.raises(Exception, match=r"(?i)overflow|out of range"):
                engine.execute(statement(sql).text)
