"""Numbers of spreadsheets and of Parquet as text: the shortest decimal that is the same binary number, or a fault."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yibao.ledger.raw import Role
from yibao.ledger.raw.cells import EXACT, cell_texts, number_texts

NUMBERS = st.floats() | st.integers(-(10**18), 10**18).map(float) | st.decimals(-(10**12), 10**12, places=2).map(float)


@settings(deadline=None)
@given(st.lists(st.none() | NUMBERS, max_size=8), st.sampled_from(["code", "text", "form", None]))
def test_a_text_is_the_same_number_and_what_is_not_exact_is_told(values: list[float | None], role: Role) -> None:
    texts, doubts = number_texts(pa.array(values, pa.float64()), role)
    told = {place for place, _, _ in doubts}
    for place, (value, text) in enumerate(zip(values, texts.to_pylist(), strict=True)):
        if value is None:
            assert text is None and place not in told
            continue
        assert float(text) == value or value != value
        whole = value == value and abs(value) < EXACT and value == int(value)
        if whole:
            assert text == str(int(value))
        lost = {"code": not whole, "text": not abs(value) < EXACT, None: not abs(value) < EXACT, "form": False}[role]
        assert (place in told) == lost


@settings(deadline=None)
@given(st.decimals(Decimal("-99999999.99"), Decimal("99999999.99"), places=2))
def test_every_amount_in_yuan_survives_a_binary_number(amount: Decimal) -> None:
    texts, _ = number_texts(pa.array([float(amount)], pa.float64()), "form")
    assert Decimal(texts[0].as_py()) == amount


@pytest.mark.parametrize(
    ("values", "role", "texts", "codes"),
    [
        (["a", ""], "code", ["a", ""], []),
        ([1.0, "", 2.5], "form", ["1", None, "2.5"], []),
        ([1.0, "x", 2.5], "code", ["1", "x", "2.5"], [(2, "lost_digits")]),
        ([True, 1.0, ""], "form", ["1", "1", ""], []),
        ([datetime(2025, 3, 1, 8, 30)], "form", ["2025-03-01 08:30:00"], []),
        (
            [datetime(2025, 3, 1, 8, 30), date(2025, 3, 2), ""],
            "form",
            ["2025-03-01 08:30:00", "2025-03-02 00:00:00", None],
            [],
        ),
        ([datetime(2025, 3, 1, 8, 30, 0, 5000)], "form", ["2025-03-01 08:30:00.005000"], []),
        ([datetime(2025, 3, 1, 8, 30)], None, ["2025-03-01 08:30:00"], []),
        ([date(2025, 3, 1), "x"], "form", ["2025-03-01 00:00:00", "x"], []),
        ([date(2025, 3, 1)], None, ["2025-03-01"], []),
        ([date(2025, 3, 1)], "text", ["2025-03-01"], [(0, "date_as_text")]),
    ],
)
def test_cells_by_what_their_column_is_for(
    values: list[object], role: Role, texts: list[str | None], codes: list[tuple[int, str]]
) -> None:
    found, doubts, _ = cell_texts(values, role)
    assert found.to_pylist() == texts
    assert [(place, code) for place, code, _ in doubts] == codes
