"""Statements that stay planned answer as if they were planned anew, whatever rows are below them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yibao.engine import DuckEngine, EngineError
from yibao.engine.slots import Slot
from yibao.engine.standing import StandingEngine

SCHEMA = pa.schema([("k", pa.string()), ("at", pa.timestamp("us")), ("n", pa.int64())])
#: Joins, a window, an aggregate and a condition that no row may meet at the time of planning.
STATEMENT = """
    /* it's $not a parameter */
    with near as (
        select a.k, a.n, b.n as other from line as a join line as b on b.k = a.k and b.at < a.at
        where a.at <= $as_of and date_diff('day', b.at, a.at) <= $days -- nor $this
    )
    select k, '$nor this' as said, sum(n) as n, count(*) as pairs
    from near where k not in (select k from kept where n > $most) and k <> $none
    group by k having count(*) >= 1 order by k"""
ROWS = st.lists(
    st.tuples(st.sampled_from("abc"), st.datetimes(datetime(2025, 1, 1), datetime(2025, 1, 9)), st.integers(-5, 5)),
    max_size=6,
)


def _table(rows: list[tuple[str, datetime, int]]) -> pa.Table:
    return pa.Table.from_pylist([dict(zip(SCHEMA.names, row, strict=True)) for row in rows], SCHEMA)


@pytest.fixture(scope="module")
def standing() -> Iterator[StandingEngine]:
    """An engine that has planned its statement over no rows at all."""
    with StandingEngine() as engine:
        engine.register("line", SCHEMA.empty_table())
        engine.keep("kept", pa.table({"k": ["c"], "n": [7]}))
        engine.execute(STATEMENT, {"days": 3, "most": 6, "none": "", "as_of": datetime(2025, 1, 1)})
        yield engine


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(ROWS, st.datetimes(datetime(2025, 1, 1), datetime(2025, 1, 9)), st.sampled_from([6, 8]))
def test_a_plan_holds_for_any_rows_and_instant(
    standing: StandingEngine, rows: list[tuple[str, datetime, int]], at: datetime, most: int
) -> None:
    values = {"days": 3, "most": most, "none": "b", "as_of": at}
    with DuckEngine(threads=1) as fresh:
        fresh.register("line", _table(rows))
        fresh.register("kept", pa.table({"k": ["c"], "n": [7]}))
        expected = fresh.execute(STATEMENT, values).to_pylist()
    standing.register("line", _table(rows))
    assert standing.execute(STATEMENT, values).to_pylist() == expected


def test_a_statement_is_planned_once_for_each_set_of_parameters(standing: StandingEngine) -> None:
    values = {"days": 4, "most": 6, "none": "", "as_of": datetime(2025, 1, 2)}
    name = standing.plan(STATEMENT, values)
    assert standing.plan(STATEMENT, {**values, "as_of": datetime(2025, 1, 3)}) == name
    assert standing.plan(STATEMENT, {**values, "days": 5}) != name


def test_a_table_of_other_columns_is_read_too(standing: StandingEngine) -> None:
    standing.register("other", pa.table({"a": [1]}))
    assert standing.execute("select * from other").to_pylist() == [{"a": 1}]
    standing.register("other", pa.table({"b": ["x"], "a": [2]}))
    assert standing.execute("select a, b from other").to_pylist() == [{"a": 2, "b": "x"}]
    # a statement that was planned over the former columns too
    assert standing.execute("select * from other").to_pylist() == [{"b": "x", "a": 2}]
    # and one that the engine plans anew by itself, because another table came
    standing.keep("later", pa.table({"a": [2]}))
    assert standing.execute("select * from other").to_pylist() == [{"b": "x", "a": 2}]
    assert standing.execute("select b from other join later using (a)").to_pylist() == [{"b": "x"}]


def test_rows_are_read_as_often_as_a_statement_names_them_and_through_views(standing: StandingEngine) -> None:
    standing.view("total", "select k, sum(n) as n from line group by k")
    sql = (
        "with line_above as (select * from line where n > 0) select k, t.n, (select count(*) from line) as lines "
        "from total as t "
        "where k in (select k from line_above) and exists (select 1 from total where n < t.n) order by k"
    )
    at = datetime(2025, 1, 1)
    for rows in ([("a", at, 3), ("a", at, 1), ("b", at, 2)], [("b", at, 1)], [], [("c", at, 1), ("b", at, 7)]):
        standing.register("line", _table(rows))
        totals = {k: sum(n for key, _, n in rows if key == k) for k, _, _ in rows}
        expected = [{"k": k, "n": n, "lines": len(rows)} for k, n in sorted(totals.items()) if n > min(totals.values())]
        assert standing.execute(sql).to_pylist() == expected


def test_rows_that_no_scan_asked_for_are_let_go() -> None:
    taken = pa.total_allocated_bytes()
    slot = Slot(pa.table({"n": pa.array(range(10_000))}))
    for start in range(20):
        slot.rows = pa.table({"n": pa.array(range(start, start + 10_000))})
        slot.fill()
    assert pa.total_allocated_bytes() - taken < 3 * 80_000
    del slot
    assert pa.total_allocated_bytes() - taken < 80_000


@pytest.mark.parametrize(
    "value", [None, True, False, -3, "it's", date(2025, 2, 28), datetime(2025, 2, 28, 23, 59, 59, 1)]
)
def test_a_parameter_of_each_type_is_what_it_was(standing: StandingEngine, value: object) -> None:
    assert standing.execute("select $x as x", {"x": value}).to_pylist() == [{"x": value}]


def test_what_cannot_be_asked_is_told_in_the_words_of_the_engine(standing: StandingEngine) -> None:
    with pytest.raises(EngineError, match="nowhere"):
        standing.execute("select * from nowhere")
    with pytest.raises(TypeError, match="float"):
        standing.execute("select $x", {"x": 0.5})
