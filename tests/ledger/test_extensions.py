"""Columns ``x_*`` of several batches: what reads together is taken, what does not is refused before it is recorded."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from yibao.engine import DuckEngine
from yibao.ledger import Ledger, create_ledger
from yibao.ledger.compact import compact
from yibao.ledger.contracts import load_contracts
from yibao.ledger.extensions import Extensions, agree
from yibao.ledger.refusals import ExtensionRefused


def regions(code: str, **extra: pa.Array) -> dict[str, pa.Table]:
    rows = {"region_code": pa.array([code]), "name": pa.array(["X"]), "level": pa.array(["city"])}
    return {"region": pa.table(rows | extra)}


def ward(ledger: Ledger) -> list[object]:
    with DuckEngine() as engine:
        ledger.attach(engine)
        found = engine.execute("select x_ward from region order by region_code")
    return found["x_ward"].to_pylist()


def test_a_batch_whose_extension_column_cannot_be_read_with_the_recorded_one_is_refused(tmp_path: Path) -> None:
    ledger = create_ledger(tmp_path / "led")
    ledger.append(regions("990000", x_ward=pa.array([1])), "test")
    before = ledger.content_hash("region")
    with pytest.raises(ExtensionRefused) as told:
        ledger.append(regions("990100", x_ward=pa.array([date(2025, 3, 1)])), "test")
    assert all(part in str(told.value) for part in ("x_ward", "region", "int64", "date32", "another name"))
    assert "无法作为同一列读取" in told.value.zh
    ledger.refresh()
    assert (ledger.content_hash("region"), len(ledger.batches())) == (before, 1)
    assert ward(ledger) == [1]


def test_what_reads_together_is_taken_and_survives_compaction(tmp_path: Path) -> None:
    ledger = create_ledger(tmp_path / "led")
    ledger.append(regions("990000", x_ward=pa.array([1])), "test")
    ledger.append(regions("990100", x_ward=pa.array(["two"])), "test")
    ledger.append(regions("990200"), "test")
    assert ward(ledger) == ["1", "two", None]
    # Text is there already, but a reading of the first and the fourth batch alone would fail.
    with pytest.raises(ExtensionRefused):
        ledger.append(regions("990300", x_ward=pa.array([date(2025, 3, 1)])), "test")
    compact(ledger.path)
    ledger.refresh()
    assert ward(ledger) == ["1", "two", None]


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        (pa.int64(), pa.string(), True),
        (pa.int64(), pa.float64(), True),
        (pa.bool_(), pa.float64(), True),
        (pa.date32(), pa.timestamp("us"), True),
        (pa.date32(), pa.string(), True),
        (pa.null(), pa.date32(), True),
        (pa.int64(), pa.date32(), False),
        (pa.bool_(), pa.timestamp("us"), False),
        (pa.list_(pa.int64()), pa.string(), False),
        (pa.struct({"a": pa.int64()}), pa.string(), False),
        (pa.list_(pa.string()), pa.list_(pa.string()), True),
    ],
)
def test_types_agree_when_every_value_reads_as_one_column(one: pa.DataType, other: pa.DataType, together: bool) -> None:
    assert agree(one, other) == agree(other, one) == together


def test_the_files_of_one_batch_are_compared_too() -> None:
    types = Extensions(load_contracts()["region"], [])
    types.admit(pa.schema({"x_ward": pa.int64(), "x_note": pa.string()}), "a.csv")
    types.admit(pa.schema({"x_ward": pa.float64()}), "b.csv")
    with pytest.raises(ExtensionRefused, match=r"date32.* here and int64 in a\.csv"):
        types.admit(pa.schema({"x_ward": pa.date32()}), "c.csv")


def test_a_column_of_another_table_is_no_concern(tmp_path: Path) -> None:
    ledger = create_ledger(tmp_path / "led")
    both = regions("990000", x_ward=pa.array([datetime(2025, 3, 1)])) | {
        "household": pa.table({"household_id": ["H1"], "x_ward": [1]})
    }
    receipt = ledger.append(both, "test")
    assert {name: tally.accepted for name, tally in receipt.tables.items()} == {"region": 1, "household": 1}
