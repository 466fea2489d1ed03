"""Kernels see complete, sorted partitions, whatever the size of the chunks."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yibao.engine import Kernel, apply_kernel, table_hash

SCHEMA = pa.schema([("person", pa.string()), ("rows", pa.int64()), ("first", pa.int64())])


def _first_and_count(table: pa.Table, params: dict[str, Any]) -> pa.Table:
    """A kernel in plain words: for each person its number of rows and the first value."""
    out: dict[str, list[int]] = {}
    for person, value in zip(table["person"].to_pylist(), table["value"].to_pylist(), strict=True):
        seen = out.setdefault(person, [0, value])
        seen[0] += 1
    rows = [{"person": p, "rows": n, "first": f} for p, (n, f) in out.items()]
    return pa.Table.from_pylist(rows, schema=SCHEMA)


KERNEL = Kernel("first_and_count", ("person",), ("value",), _first_and_count, SCHEMA)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abcdefg"), st.integers(0, 9)), max_size=60), st.integers(1, 20))
def test_chunks_never_split_a_partition(rows: list[tuple[str, int]], chunk: int) -> None:
    table = pa.table(
        {"person": pa.array([p for p, _ in rows], pa.string()), "value": pa.array([v for _, v in rows], pa.int64())}
    )
    got = {r["person"]: (r["rows"], r["first"]) for r in apply_kernel(KERNEL, table, {}, chunk_rows=chunk).to_pylist()}
    people = {p for p, _ in rows}
    assert got == {p: (sum(q == p for q, _ in rows), min(v for q, v in rows if q == p)) for p in people}


def test_wrong_columns_are_named() -> None:
    broken = Kernel("broken", ("person",), (), lambda table, params: table, SCHEMA)
    with pytest.raises(ValueError, match="missing"):
        apply_kernel(broken, pa.table({"person": ["a"], "value": [1]}), {})


@given(st.lists(st.tuples(st.none() | st.text(max_size=3), st.none() | st.integers(-5, 5)), max_size=12), st.randoms())
@settings(max_examples=25, deadline=None)
def test_content_hash_ignores_order_but_not_content(rows: list[tuple[str | None, int | None]], chance: Any) -> None:
    def table(items: list[tuple[str | None, int | None]]) -> pa.Table:
        return pa.table(
            {"t": pa.array([a for a, _ in items], pa.string()), "n": pa.array([b for _, b in items], pa.int64())}
        )

    mixed = list(rows)
    chance.shuffle(mixed)
    assert table_hash(table(rows)) == table_hash(table(mixed))
    assert table_hash(table(rows)) != table_hash(table([*rows, ("added", 1)]))


def _stops(table: pa.Table, params: dict[str, Any]) -> pa.Table:
    raise SystemExit(params["code"])


def _returns_nothing(table: pa.Table, params: dict[str, Any]) -> Any:
    """A kernel that forgot its return."""


@pytest.mark.parametrize(
    ("run", "params", "words"),
    [
        (_stops, {"code": 7}, r"engine/test_kernels\.py, line \d+: SystemExit: 7"),
        (_stops, {}, r"line \d+: KeyError: 'code'"),
        (_returns_nothing, {}, "returns NoneType, not an Arrow table"),
    ],
)
def test_a_failing_kernel_is_named_with_its_line(run: Any, params: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        apply_kernel(Kernel("broken", (), (), run, SCHEMA), pa.table({"person": ["a"]}), params)
