"""Exact rounding: Python, NumPy and SQL agree to the unit, and texts become minor units without a float."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import parse_one

from yibao.engine import DuckEngine
from yibao.engine.money import parse_money, round_half_up, round_half_up_array, round_half_up_sql

NUMERATORS = st.integers(-(2**50), 2**50)
DENOMINATORS = st.integers(1, 10**7)


@given(NUMERATORS, DENOMINATORS)
def test_rounding_is_half_away_from_zero(numerator: int, denominator: int) -> None:
    exact = (Decimal(numerator) / Decimal(denominator)).quantize(Decimal(1), ROUND_HALF_UP)
    assert round_half_up(numerator, denominator) == int(exact)


@given(st.lists(NUMERATORS, min_size=1, max_size=20), DENOMINATORS)
def test_arrays_round_like_single_values(numerators: list[int], denominator: int) -> None:
    rounded = round_half_up_array(np.array(numerators, dtype=np.int64), denominator)
    assert rounded.tolist() == [round_half_up(n, denominator) for n in numerators]


def test_sql_rounds_like_python() -> None:
    pairs = [(n, d) for n in (-7, -5, -3, -1, 0, 1, 3, 5, 7, 10**15 + 1) for d in (1, 2, 3, 4, 10_000)]
    values = ", ".join(f"(cast({n} as bigint), cast({d} as bigint))" for n, d in pairs)
    expression = round_half_up_sql(parse_one("n"), parse_one("d")).sql("duckdb")
    with DuckEngine(threads=1) as engine:
        rows = engine.execute(f"select n, d, {expression} as r from (values {values}) as t(n, d)").to_pylist()
    assert {(r["n"], r["d"]): r["r"] for r in rows} == {(n, d): round_half_up(n, d) for n, d in pairs}


@given(st.integers(-(10**14), 10**14))
def test_money_text_round_trips(fen: int) -> None:
    sign, magnitude = ("-" if fen < 0 else ""), abs(fen)
    assert parse_money(f"{sign}{magnitude // 100}.{magnitude % 100:02d}") == fen


@pytest.mark.parametrize("text", ["1.005", "1e3", "", "-", "１２", "12.3.4", "+5", " 5", "1,000"])
def test_money_text_is_never_rounded_or_guessed(text: str) -> None:
    with pytest.raises(ValueError, match=r"amount|decimals"):
        parse_money(text)
