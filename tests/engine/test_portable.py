"""The portable subset: what is refused, by name and line, and that what is allowed runs."""

from __future__ import annotations

import pytest

from yibao.engine.portable import check
from yibao.ledger.contracts import load_contracts

TABLES = load_contracts()

REFUSED = {
    "division": ("select line_id, amount / 2 as x from charge_line", "`/`"),
    "decimal cast": ("select cast(amount as decimal(18, 2)) as x from charge_line", "DECIMAL"),
    "double cast": ("select cast(amount as double) as x from charge_line", "DOUBLE"),
    "fraction literal": ("select amount * 0.5 as x from charge_line", "fraction"),
    "bare sum": ("select sum(amount) as x from charge_line", "sum(x)"),
    "sum cast to integer": ("select cast(sum(amount) as integer) as x from charge_line", "sum(x)"),
    "average": ("select avg(amount) as x from charge_line", "avg"),
    "median": ("select median(amount) as x from charge_line", "median"),
    "percentile": ("select percentile_cont(0.5) within group (order by amount) as x from charge_line", "percentile"),
    "string_agg": ("select string_agg(line_id, ',') as x from charge_line", "GroupConcat"),
    "list": ("select list(line_id) as x from charge_line", "nested"),
    "asof": (
        "select l.line_id from charge_line l asof join encounter e on l.person_id = e.person_id "
        "and l.charged_at >= e.admitted_at",
        "ASOF",
    ),
    "clock": ("select line_id from charge_line where charged_at < current_timestamp", "clock"),
    "now": ("select line_id from charge_line where charged_at < now()", "now"),
    "chance": ("select random() as x from charge_line", "chance"),
    "hour difference": ("select date_diff('hour', charged_at, executed_at) as x from charge_line", "only 'day'"),
    "group by all": ("select item_code, count(*) as n from charge_line group by all", "GROUP BY ALL"),
    "star": ("select * from charge_line", "select *"),
    "star of a table beside a cte": (
        "with c as (select line_id from charge_line) select l.*, c.line_id as k from charge_line as l "
        "join c on c.line_id = l.line_id",
        "select *",
    ),
    "engine function": ("select list_sort([1]) as x from charge_line", "portable subset"),
    "file access": ("select * from read_csv('/etc/passwd')", "portable subset"),
    "text tried": ("select try_cast(item_code as bigint) as x from charge_line", "try_cast"),
    "huge number": ("select amount + 9999999999999999999 as x from charge_line", "larger"),
    "other type": ("select cast(amount as hugeint) as x from charge_line", "INT128"),
    "time of day": ("select cast(charged_at as time) as x from charge_line", "TIME"),
    "ilike": ("select line_id from charge_line where item_name ilike 'a%'", "ilike"),
    "similar to": ("select line_id from charge_line where item_name similar to 'a'", "similar to"),
    "glob": ("select line_id from charge_line where item_name glob 'a*'", "glob"),
    "tilde": ("select line_id\nfrom charge_line where item_name ~ 'a'", "line 2: `~`"),
    "not tilde": ("select line_id from charge_line where item_name !~ 'a'", "`~`"),
    "pattern with options": ("select regexp_matches(item_name, 'a', 'i') as x from charge_line", "options"),
    "pattern of a column": ("select regexp_matches(item_name, item_code) as x from charge_line", "written out"),
    "pattern of one engine": ("select regexp_matches(item_name, '\\bx') as x from charge_line", "\\b"),
    "place zero": ("select substr(item_code, 0, 2) as x from charge_line", "counts from 1"),
    "negative length": ("select substr(item_code, 2, -1) as x from charge_line", "counts from 1"),
    "left of less than nothing": ("select left(item_code, -1) as x from charge_line", "negative"),
    "character of a text": ("select item_code[1] as x from charge_line", "substr"),
    "bare epoch": ("select epoch(charged_at) as x from charge_line", "epoch"),
    "decade": ("select date_trunc('decade', charged_at) as x from charge_line", "date_trunc"),
    "part of a second": ("select extract(millisecond from charged_at) as x from charge_line", "extract"),
    "two units": ("select charged_at + interval '1 month 2 days' as x from charge_line", "one unit"),
    "limit": ("select line_id from charge_line order by line_id limit 3", "LIMIT"),
    "sample": ("select line_id from charge_line using sample 3", "chance"),
    "distinct on": ("select distinct on (item_code) line_id from charge_line", "DISTINCT ON"),
    "recursive": ("with recursive r as (select 1 as n) select n from r", "recursive"),
    "lateral": ("select l.line_id from charge_line l, lateral (select l.amount as a) x", "lateral"),
    "positional": ("select a.line_id from charge_line a positional join charge_line b", "POSITIONAL"),
    "star without": ("with c as (select line_id, amount from charge_line) select * exclude (amount) from c", "EXCLUDE"),
    "shift": ("select amount << 2 as x from charge_line", "shifting"),
    "collation": ("select item_name collate nocase as x from charge_line", "collations"),
    "unordered window": ("select row_number() over (partition by item_code) as x from charge_line", "ORDER BY"),
    "distinct window": ("select count(distinct item_code) over (partition by person_id) as x from charge_line", "over"),
    "groups": (
        "select count(*) over (order by amount groups between 1 preceding and current row) as x from charge_line",
        "GROUPS",
    ),
    "frame of time": (
        "select count(*) over (order by charged_at range between interval 1 day preceding and current row) as x "
        "from charge_line",
        "frame over intervals",
    ),
    "result in where": ("select amount + 1 as more from charge_line where more > 3", "WHERE"),
    "two meanings": (
        "select line_id, max(amount) over (partition by item_code) as amount from charge_line qualify amount > 3",
        "QUALIFY",
    ),
    "unknown table": ("select a from no_such_table", "no_such_table"),
    "unknown column": ("select line_idd from charge_line", "line_idd"),
    "two statements": ("select line_id from charge_line; drop table charge_line", "exactly one"),
    "not a query": ("delete from charge_line", "exactly one"),
    "syntax": ("select from where", "syntax error"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    sql, word = REFUSED[name]
    _, problems = check(sql, TABLES)
    assert problems, name
    assert any(word in str(p) for p in problems), [str(p) for p in problems]


def test_the_line_is_named() -> None:
    _, problems = check("select line_id,\n  amount,\n  avg(amount) as x\nfrom charge_line", TABLES)
    assert [p.line for p in problems] == [3]


def test_allowed_statement_reports_tables_and_parameters() -> None:
    sql = """
        with recent as (
            select person_id, item_code, amount, charged_at,
                row_number() over (partition by person_id order by charged_at) as n,
                lag(charged_at) over (partition by person_id order by charged_at) as before,
                cast(sum(amount) over (partition by person_id order by charged_at
                    rows between unbounded preceding and current row) as bigint) as running
            from charge_line
            where charged_at >= $as_of - $days * interval 1 day and regexp_matches(item_code, '^00')
        )
        select *, date_diff('day', cast(before as date), cast(charged_at as date)) as gap,
            cast(epoch(charged_at) as bigint) as seconds, round_half_up(round_half_up(running, 3), 7) as part
        from recent
        qualify max(n) over (partition by person_id) = n"""
    statement, problems = check(sql, TABLES)
    assert not problems
    assert statement is not None
    assert statement.tables == {"charge_line"}
    assert statement.parameters == {"as_of", "days"}
    assert "ROUND_HALF_UP" not in statement.text.upper()


def test_missing_and_unexpected_outputs() -> None:
    _, problems = check("select line_id, amount from charge_line", TABLES, outputs={"line_id", "person_id"})
    assert sorted(str(p) for p in problems) == [
        "the result has the unexpected column 'amount'",
        "the result lacks the column 'person_id'",
    ]


@pytest.mark.parametrize(
    ("sql", "line", "words"),
    [
        ("select line_id\nfrom charge_line\nwhere amount > $low\n and\n amount / 2 > 1", 5, "`/`"),
        ("select line_id\nfrom charge_line\nwhere amount > $low\n and\n amuont > 1", 5, "did you mean amount?"),
        ("select l.line_id\nfrom charge_line l\nwhere l.amount > $low\n and\n l.amuont > 1", 5, "charge_line has no"),
        ("select line_id\nfrom charge_line\nwhere amount > $low\n and\n in (1)", 5, "syntax error"),
        (
            "with a as (select line_id, amount from charge_line where amount > $low),\nb as (select * from a)\n"
            "select b.line_id,\n b.amuont from b",
            4,
            "b has no column 'amuont'; did you mean amount?",
        ),
    ],
)
def test_lines_are_counted_as_the_author_counts_them(sql: str, line: int, words: str) -> None:
    _, problems = check(sql, TABLES)
    assert [(p.line, words in p.message) for p in problems] == [(line, True)], problems


@pytest.mark.parametrize(
    "sql",
    [
        "select '~' as x from charge_line  -- about ~ five",
        "select line_id from charge_line where item_name like '%[a]%'",
        "select first_value(amount) over w as x from charge_line window w as (partition by person_id order by line_id)",
        "select max(amount) over (partition by person_id) as x from charge_line",
        "with c as (select amount + 1 as more from charge_line) select more from c where more > 3",
    ],
)
def test_not_refused(sql: str) -> None:
    _, problems = check(sql, TABLES)
    assert not problems, [str(p) for p in problems]


def test_computed_lengths_are_bounded_once() -> None:
    """A statement made of statements is checked again; what was expanded stays as it is."""
    once, _ = check("select substr(item_code, quantity, amount) as x from charge_line", TABLES)
    assert once is not None
    again, problems = check(once.text, TABLES)
    assert not problems
    assert again is not None
    assert again.text == once.text
    assert "CASE WHEN (amount) < 0 THEN 0 ELSE amount END" in once.text
