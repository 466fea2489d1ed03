"""The cluster engine runs the same kernel over partitions of persons: equal to the fen, set-aside rows included."""

from __future__ import annotations

import random

import pytest

from benefits import invented
from yibao.benefits import kernel, load_policies, settle
from yibao.benefits.load import PolicyBook
from yibao.benefits.results import parted
from yibao.engine import DuckEngine, table_hash
from yibao.engine.spark import SparkEngine

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("spark")]


def test_spark_and_the_embedded_engine_settle_to_the_same_fen(spark: SparkEngine) -> None:
    rng = random.Random(5)
    shipped = load_policies()
    book = PolicyBook(tuple(w for w in shipped.written if w.policy.id.startswith("EXAMPLE")))
    keys = list(book.policies)
    bills = [bill for n in range(150) for bill in invented.person(rng, f"p{n:04d}", keys)]
    bills[7]["total"] += 1  # one that does not add up
    table = invented.table(bills)
    mine = settle(table, book)
    assert mine.aside.num_rows > 0
    for engine in (DuckEngine(), spark.apart()):
        with engine:
            engine.register("bills", table)
            law, params = kernel(book)
            results, aside = parted(engine.apply(law, "select * from bills", params=params))
        assert table_hash(results) == table_hash(mine.results)
        assert table_hash(aside) == table_hash(mine.aside)
