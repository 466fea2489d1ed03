"""Blanks at the ends of texts: taken off, counted, and kept in the record of a row that is quarantined."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rawfiles import line, write

from yibao.ledger import open_ledger
from yibao.ledger.blanks import BLANKS, trimmed
from yibao.ledger.ingest import ingest

#: Blanks, and texts that begin or end with bytes that blanks are made of.
LETTERS = st.sampled_from([*BLANKS, "a", "7", "、", "。", "女", "À", "\u0080", "\ufeee", "a b"])


@settings(deadline=None)
@given(st.lists(st.none() | st.lists(LETTERS, max_size=4).map("".join), max_size=12), st.integers(0, 3))
def test_every_text_is_trimmed_and_every_trimmed_cell_counted(texts: list[str | None], skip: int) -> None:
    column = pa.chunked_array([pa.array(texts, pa.string()).slice(skip), pa.array(["x "])], pa.string())
    kept = column.to_pylist()
    rows, counts = trimmed(pa.table({"it": column, "other": column}), ["it"])
    wanted = [None if text is None else text.strip(BLANKS) for text in kept]
    assert rows["it"].to_pylist() == wanted
    assert rows["other"].to_pylist() == kept
    assert counts.get("it", 0) == sum(a != b for a, b in zip(kept, wanted, strict=True))


@pytest.mark.parametrize("blank", [" ", "\t", "\u3000", "\u00a0"])
def test_padded_ids_are_one_person_and_said_so(tmp_path: Path, blank: str) -> None:
    raw = write(
        tmp_path / "raw",
        line(1),
        line(2, psn_no=f"{blank}P1{blank}"),
        line(1, psn_no=f"P1{blank}"),
        line(3, psn_no=blank, medins_list_name=f"{blank}阿司匹林 片{blank}"),
        line(4, det_item_fee_sumamt=f"{blank}12.50"),
        name="fee_list_d.csv",
    )
    report = ingest(raw, "national", tmp_path / "ledger")
    ledger = open_ledger(tmp_path / "ledger")
    assert ledger.rows("charge_line", "person_id", ["P1"]).num_rows == 2
    assert (report.accepted, report.duplicates, report.quarantined) == (2, 1, 2)
    assert "charge_line.person_id: 3 cells had blanks at the ends, taken without them" in report.messages
    assert "charge_line.person_id：3 个值首尾有空格，已去除" in report.messages_zh
    found = {r["code"]: r for r in ledger.quarantine().to_pylist()}
    assert set(found) == {"missing_value", "not_money"}  # an amount is read by its form, blanks and all
    assert json.loads(found["missing_value"]["raw"])["medins_list_name"] == f"{blank}阿司匹林 片{blank}"
