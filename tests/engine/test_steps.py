"""A statement taken apart gives the same rows, and nothing is computed twice."""

from __future__ import annotations

import pytest
import sqlglot

from yibao.engine import DuckEngine
from yibao.engine.steps import steps

TABLE = "select * from (values (1, 'x'), (2, 'y'), (3, null)) as v(id, s)"

#: SQL -> names of the CTEs that become steps.
STATEMENTS = {
    "select id from t": [],
    "with a as (select id from t) select id from a": [],
    "with a as (select id from t) select x.id from a as x join a as y on x.id = y.id": ["a"],
    "with a as (select id, s from t), b as (select a.id from a), c as (select a.id, b.id as other from a join b "
    "on a.id = b.id) select c.id, d.other from c join c as d on c.id = d.id": ["a", "c"],
    "with c(k, v) as (select id, s from t) select c.k, o.v from c join c as o on c.k = o.k": ["c"],
    "select p.id from (with a as (select id from t) select a.id from a join a as b on a.id = b.id) as p "
    "union all select q.id from (with a as (select id + 1 as id from t) select id from a union all select id from a) "
    "as q": ["a", "a"],
    "with a as (select id from t) select id from a where exists (select 1 from a as b where b.id > a.id)": ["a"],
    # A WITH inside another one may read what the outer one names, so only the outer one is taken apart.
    "with a as (select id from t) select id from (with b as (select id from a) select x.id from b as x join b as y "
    "on x.id = y.id) as q": [],
    # An inner CTE hides the outer one of its name.
    "with a as (select id from t) select id from (with a as (select 9 as id) select id from a) as q "
    "union all select id from a": [],
    "with a as (select id from t) select id from a, (select max(id) as m from a) as top where id < m": ["a"],
    "select id from t where id in (with a as (select id from t) select x.id from a as x, a as y)": [],
}


@pytest.mark.parametrize("sql", STATEMENTS)
def test_same_rows(sql: str) -> None:
    *before, last = steps(sqlglot.parse_one(sql, read="duckdb"))
    names = [name for name, _ in before]
    assert [name.rpartition("_")[2] for name in names] == STATEMENTS[sql]
    assert len(set(names)) == len(names)
    assert last[0] == ""
    with DuckEngine(threads=1) as engine:
        engine.materialise("t", TABLE)
        expected = sorted(engine.execute(sql).to_pylist(), key=str)
        for name, query in before:
            engine.materialise(name, query.sql("duckdb"))
        assert sorted(engine.execute(last[1].sql("duckdb")).to_pylist(), key=str) == expected
