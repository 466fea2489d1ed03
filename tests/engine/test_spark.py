"""The cluster engine does what the embedded one does: files, tables, parameters, kernels, refusals."""

from __future__ import annotations

import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from yibao.engine import DuckEngine, Engine, EngineChoice, EngineError, Kernel, table_hash
from yibao.engine.content import require_equal
from yibao.engine.opening import FEW
from yibao.engine.protocol import Keep
from yibao.engine.session import SparkMissing, start
from yibao.engine.spark import SparkEngine
from yibao.errors import UsageError

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("spark")]

FACTS = pa.schema(
    [("person", pa.string()), ("amount", pa.int64()), ("day", pa.date32()), ("paid_at", pa.timestamp("us")),
     ("paid", pa.bool_())]
)  # fmt: skip


def facts(rows: int, first: int = 0) -> pa.Table:
    numbers = range(first, first + rows)
    return pa.table(
        {
            "person": pa.array([None if n % 11 == 0 else f"p{n % 7}" for n in numbers], pa.string()),
            "amount": pa.array([n * 37 % 101 - 50 for n in numbers], pa.int64()),
            "day": pa.array([date(2026, 1, 1 + n % 28) for n in numbers], pa.date32()),
            "paid_at": pa.array([datetime(1500 + n % 700, 3, 1, n % 24, 30) for n in numbers], pa.timestamp("us")),
            "paid": pa.array([None if n % 5 == 0 else n % 2 == 0 for n in numbers], pa.bool_()),
        },
        schema=FACTS,
    )


def on_both(spark: SparkEngine, work: Any) -> dict[str, pa.Table]:
    with DuckEngine(threads=1) as duck, spark.apart() as other:
        return {engine.name: work(engine) for engine in (duck, other)}


def test_files_of_one_family(spark: SparkEngine, tmp_path: Path) -> None:
    """Files are joined by column names; what an older file lacks is null; a folder's name is no column."""
    folder = tmp_path / "bucket=7"
    folder.mkdir()
    pq.write_table(facts(50), folder / "a.parquet")
    later = facts(50, 50).append_column("x_note", pa.array(["n"] * 50))
    pq.write_table(later.select(sorted(later.column_names)), folder / "b.parquet")
    files = [folder / "a.parquet", folder / "b.parquet"]

    def work(engine: Engine, keep: Keep = "no") -> pa.Table:
        engine.register("fact", files, columns=["person", "amount", "paid_at", "day", "paid", "x_note"], keep=keep)
        return engine.execute("select person, amount, day, paid_at, paid, x_note from fact")

    require_equal(on_both(spark, work))
    require_equal(on_both(spark, lambda engine: work(engine, keep="memory")))
    require_equal(on_both(spark, lambda engine: work(engine, keep="disk")))
    with spark.apart() as other:
        other.register("fact", files)
        assert set(other.execute("select * from fact").column_names) == {*FACTS.names, "x_note"}


def test_tables_views_and_what_is_kept(spark: SparkEngine) -> None:
    """A kept table made in steps stays readable after other statements, and so does one without rows."""

    def work(engine: Engine) -> pa.Table:
        engine.register("fact", facts(60))
        engine.register("nothing", FACTS.empty_table())
        steps = (
            "with a as (select person, amount from fact) select a.person, b.amount from a join a as b using (person)"
        )
        engine.materialise("kept", f"{steps} where b.amount > $least", {"least": 10})
        engine.view("seen", "select person, amount from kept where amount < 40")
        engine.execute("with c as (select person from fact) select c.person from c join c as d using (person)")
        return engine.execute("select person, amount from seen union all select person, amount from nothing")

    answers = on_both(spark, work)
    require_equal(answers)
    assert table_hash(answers["spark"]) == table_hash(answers["duckdb"])


def test_times_are_bound_as_they_are(spark: SparkEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The zone of the machine does not move a parameter."""
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    params = {"at": datetime(2026, 3, 1, 0, 30), "on": date(2026, 3, 1), "word": "':on'", "none": None}
    query = "select cast($at as timestamp) as t, $on as d, $word as w, ':on' as c, cast($none as varchar) as n"
    answers = on_both(spark, lambda engine: engine.execute(query, params))
    assert answers["spark"].to_pylist() == answers["duckdb"].to_pylist()
    assert answers["spark"]["t"].to_pylist() == [datetime(2026, 3, 1, 0, 30)]


def _running(table: pa.Table, params: dict[str, Any]) -> pa.Table:
    """Rows and sum of each person, and the amount of the first row: wrong when a partition is cut or unsorted."""
    grouped = table.group_by("person", use_threads=False).aggregate(
        [("amount", "sum"), ("amount", "count"), ("amount", "first")]
    )
    return pa.table(
        {
            "person": grouped["person"],
            "total": pc.multiply(grouped["amount_sum"], params["times"]),
            "rows": grouped["amount_count"],
            "first": grouped["amount_first"],
        }
    )


RUNNING = Kernel(
    "running", ("person",), ("paid_at", "amount"), _running,
    pa.schema([("person", pa.string()), ("total", pa.int64()), ("rows", pa.int64()), ("first", pa.int64())]),
)  # fmt: skip


@pytest.mark.parametrize("rows", [0, 1, 500])
def test_kernels_meet_whole_partitions(spark: SparkEngine, rows: int) -> None:
    """Whatever the number of tasks; persons unknown are one partition."""

    def work(engine: Engine) -> pa.Table:
        engine.register("fact", facts(rows))
        query = "select person, amount, paid_at from fact where amount > $least"
        return engine.apply(RUNNING, query, {"least": -40}, {"times": 3, "least": -40})

    answers = on_both(spark, work)
    with SparkEngine.start() as many:  # with the partitions of a cluster
        answers["many"] = work(many)
    require_equal({name: answers[name] for name in ("duckdb", "spark")})
    require_equal({name: answers[name] for name in ("duckdb", "many")})


def test_plans_adapt_to_a_ledger_of_many_rows_only(spark: SparkEngine) -> None:
    for rows, adapts in ((FEW, False), (FEW + 1, True)):
        with EngineChoice("spark").open(rows=rows) as engine:
            engine.register("fact", facts(20))
            plan = engine.explain("select person, count(*) as n from fact group by person")
            assert ("AdaptiveSparkPlan" in plan) is adapts


def test_a_kernel_without_partition_sees_everything(spark: SparkEngine) -> None:
    def count(table: pa.Table, params: dict[str, Any]) -> pa.Table:
        return pa.table({"rows": [table.num_rows]})

    def work(engine: Engine) -> pa.Table:
        engine.register("fact", facts(90))
        return engine.apply(
            Kernel("count", (), (), count, pa.schema([("rows", pa.int64())])), "select amount from fact"
        )

    assert on_both(spark, work)["spark"].to_pylist() == [{"rows": 90}]


def test_a_failing_kernel_is_named_with_its_line(spark: SparkEngine) -> None:
    with spark.apart() as other:
        other.register("fact", facts(5))
        with pytest.raises(EngineError, match=r"engine/test_spark\.py, line \d+: KeyError: 'times'"):
            other.apply(RUNNING, "select person, amount, paid_at from fact", {}, {})


def test_export_and_plan(spark: SparkEngine, tmp_path: Path) -> None:
    with spark.apart() as other:
        other.register("fact", facts(20))
        other.export_parquet("select person, amount from fact where amount > $n", tmp_path / "out", {"n": 0})
        assert "LocalTableScan" in other.explain("select person from fact")
    with DuckEngine(threads=1) as duck:
        duck.register("fact", facts(20))
        expected = duck.execute("select person, amount from fact where amount > 0")
    assert table_hash(pq.read_table(tmp_path / "out")) == table_hash(expected)


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("select nope from fact", "UNRESOLVED_COLUMN"),
        ("select cast('x' || person as bigint) as n from fact", "CAST_INVALID_INPUT"),
        ("select amount from absent", "TABLE_OR_VIEW_NOT_FOUND"),
        ("with a as (select cast('x' || person as bigint) as n from fact) select a.n from a join a as b using (n)",
         "CAST_INVALID_INPUT"),
    ],
)  # fmt: skip
def test_refusals_are_in_sparks_words_without_its_stack(spark: SparkEngine, sql: str, words: str) -> None:
    with spark.apart() as other:
        other.register("fact", facts(5))
        with pytest.raises(EngineError, match=words) as refused:
            other.execute(sql)
    assert "\tat " not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_engines_apart_share_no_tables(spark: SparkEngine) -> None:
    with spark.apart() as one, spark.apart() as two:
        one.register("mine", facts(1))
        with pytest.raises(EngineError, match="TABLE_OR_VIEW_NOT_FOUND"):
            two.execute("select amount from mine")
    with spark.apart() as later, pytest.raises(EngineError, match="TABLE_OR_VIEW_NOT_FOUND"):
        later.execute("select amount from mine")


def test_rows_that_differ_are_named() -> None:
    with pytest.raises(EngineError, match=r"only duckdb: \{'a': 1\}; only spark: \{'a': 2\}"):
        require_equal({"duckdb": pa.table({"a": [1, 3]}), "spark": pa.table({"a": [3, 2]})})
    with pytest.raises(EngineError, match="different types"):
        require_equal({"duckdb": pa.table({"a": [1]}), "spark": pa.table({"a": ["1"]})})


def test_without_pyspark_a_user_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with pytest.raises(SparkMissing, match=r"pip install 'yibao\[spark\]'"):
        EngineChoice("spark").open()


def test_without_java_a_user_is_told_what_to_install(
    spark: SparkEngine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from pyspark import SparkContext

    monkeypatch.setattr(SparkContext, "_active_spark_context", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(SparkMissing, match="openjdk-17"):
        start(None, None, False, tmp_path)


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ({"name": "pandas"}, "known: duckdb, spark"), ({"memory": "4 apples"}, "4GB"), ({"memory": "0GB"}, "4GB"),
        ({"master": "local[2]"}, "--engine spark"),
    ],
)  # fmt: skip
def test_choices_that_there_are_not(choice: dict[str, str], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        EngineChoice(**choice)


def test_the_embedded_engine_keeps_to_its_memory() -> None:
    with EngineChoice("duckdb", memory="800MB").open() as engine:
        limit = engine.execute("select current_setting('memory_limit') as m").to_pylist()[0]["m"]
    assert limit == "762.9 MiB"
