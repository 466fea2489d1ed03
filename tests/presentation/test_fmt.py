"""Numbers, money and dates as the reader's language writes them."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yibao.presentation.fmt import Format, decimal, heading, trimmed

ZH, EN, US = Format("zh"), Format("en"), Format("en", "USD")


@pytest.mark.parametrize(
    ("minor", "zh", "en"),
    [
        (0, "0 元", "¥0"),
        (842_000, "8,420 元", "¥8,420"),
        (999_949, "9,999 元", "¥9,999"),
        (999_950, "1.0 万元", "¥10K"),  # the step follows the rounded figure
        (558_100_000, "558.1 万元", "¥5.58M"),
        (99_999_900_00, "1.00 亿元", "¥100.00M"),
        (13_100_000_000, "1.31 亿元", "¥131.00M"),
        (131_000_000_000, "13.10 亿元", "¥1.31B"),
        (-842_000, "−8,420 元", "−¥8,420"),
    ],
)
def test_short_money_by_language(minor: int, zh: str, en: str) -> None:
    assert (ZH.short(minor), EN.short(minor)) == (zh, en)


def test_exact_money_names_the_ledgers_currency() -> None:
    assert ZH.money(15_417_176) == "154,171.76 元"
    assert EN.money(15_417_176) == "¥154,171.76"
    assert US.money(15_417_176) == "$154,171.76"
    assert Format("zh", "USD").money(15_417_176) == "154,171.76 美元"
    assert Format("zh", "EUR").money(100) == "1.00 EUR"


@given(st.integers(-(10**15), 10**15))
def test_an_amount_reads_back_to_the_same_minor_units(minor: int) -> None:
    text = ZH.amount(minor).replace(",", "").replace("−", "-").replace(".", "")
    assert int(text) == minor


@given(st.integers(-(10**12), 10**12), st.integers(1, 10**6), st.integers(0, 6))
def test_rounding_is_half_away_from_zero_and_symmetric(number: int, scale: int, digits: int) -> None:
    assert decimal(-number, scale, digits).replace("−", "") == decimal(number, scale, digits).replace("−", "")


def test_what_is_not_there_is_a_dash() -> None:
    assert {ZH.money(None), ZH.short(None), ZH.count(None), ZH.date(None), ZH.time(None), ZH.ppm(None)} == {"—"}
    assert ZH.percent(1, 0) == "—"


def test_quantities_prices_and_rates_drop_noise_only() -> None:
    assert [ZH.quantity(n) for n in (1000, 1500, -5000)] == ["1", "1.5", "−5"]
    assert [ZH.price(n) for n in (12_345_600, 12_000_000)] == ["12.3456", "12.00"]
    assert [ZH.rate(n) for n in (1000, 1250, 9)] == ["10%", "12.5%", "0.09%"]
    assert trimmed(100_000, 1000, 0, 3) == "100"


def test_shares_of_small_wholes_have_no_decimals() -> None:
    assert (ZH.percent(1, 3), ZH.percent(333, 1000)) == ("33%", "33.3%")


def test_dates_in_tables_and_in_sentences() -> None:
    day = date(2026, 9, 30)
    assert (ZH.date(day), ZH.day(day), EN.day(day)) == ("2026-09-30", "2026 年 9 月 30 日", "30 September 2026")
    assert (ZH.quarter(day), EN.quarter(day), ZH.month(day)) == ("2026 年三季度", "2026 Q3", "2026-09")
    assert ZH.time(datetime(2026, 9, 30, 14, 5)) == "2026-09-30 14:05"
    assert EN.span(date(2025, 1, 1), date(2025, 3, 31)) == "2025-01-01 to 2025-03-31"


def test_chinese_never_says_k_or_m_and_english_never_wan() -> None:
    for minor in (10**k for k in range(2, 15)):
        assert not set("KMB¥") & set(ZH.short(minor))
        assert not set("万亿元") & set(EN.short(minor))


def test_headings_begin_with_a_capital_letter_where_there_is_one() -> None:
    assert [heading(t) for t in ("charge line", "31-day readmission", "挂床住院", "")] == [
        "Charge line", "31-day readmission", "挂床住院", "",
    ]  # fmt: skip
