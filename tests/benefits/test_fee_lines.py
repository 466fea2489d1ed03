"""The split of fee lines: worked examples, a plain line-by-line reference, and the care place's catalogue."""

from __future__ import annotations

import datetime as dt
import random
from fractions import Fraction
from typing import Any

import pyarrow as pa
import pytest

from yibao.benefits import bill_parts, split_lines
from yibao.benefits.lines import OWN_RATE, SPLIT, wrong_amounts
from yibao.benefits.vocabulary import LineRule

SCHEMA = pa.schema(
    [
        ("settlement_id", pa.string()), ("item_code", pa.string()), ("list_type", pa.string()),
        ("payment_class", pa.string()), ("quantity", pa.int64()), ("unit_price", pa.int64()), ("amount", pa.int64()),
        ("ceiling_price", pa.int64()), ("first_share_rate", pa.int64()), ("restriction_met", pa.bool_()),
        ("charged_at", pa.timestamp("us")),
    ]
)  # fmt: skip
CATALOGUE = pa.schema(
    [
        ("item_code", pa.string()), ("valid_from", pa.date32()), ("valid_to", pa.date32()),
        ("payment_class", pa.string()), ("ceiling_price", pa.int64()), ("first_share_rate", pa.int64()),
    ]
)  # fmt: skip


def line(**values: Any) -> dict[str, Any]:
    return {"settlement_id": "s", "quantity": 1000, "charged_at": dt.datetime(2024, 5, 1)} | values


def split(rows: list[dict[str, Any]], *args: Any, **options: Any) -> list[dict[str, Any]]:
    table = split_lines(pa.Table.from_pylist(rows, schema=SCHEMA), *args, **options)
    return [{k: row[k] for k in (*SPLIT, *OWN_RATE, "matched")} for row in table.to_pylist()]


def parts(rows: list[dict[str, Any]], *args: Any, **options: Any) -> list[tuple[int, ...]]:
    return [tuple(row[k] for k in SPLIT) for row in split(rows, *args, **options)]


def test_the_four_parts_of_a_line() -> None:
    yuan = 10**6
    rows = [
        line(payment_class="01", unit_price=100 * yuan, amount=10_000),
        line(payment_class="02", unit_price=100 * yuan, amount=10_000, first_share_rate=1000),
        line(
            payment_class="02",
            quantity=3000,
            unit_price=100 * yuan,
            amount=30_000,
            ceiling_price=80 * yuan,
            first_share_rate=1000,
        ),
        line(payment_class="03", unit_price=100 * yuan, amount=10_000),
        line(payment_class="01", unit_price=100 * yuan, amount=10_000, restriction_met=False),
        line(unit_price=100 * yuan, amount=10_000),
    ]
    assert parts(rows) == [
        (0, 0, 0, 10_000),
        (0, 0, 1_000, 9_000),
        (0, 6_000, 2_400, 21_600),
        (10_000, 0, 0, 0),
        (10_000, 0, 0, 0),
        (10_000, 0, 0, 0),
    ]
    assert [row["matched"] for row in split(rows)] == [True] * 5 + [False]


def test_a_refund_mirrors_its_line() -> None:
    given = {"payment_class": "02", "unit_price": 12_345_600, "ceiling_price": 11_000_000, "first_share_rate": 1500}
    one, back = parts([line(quantity=1500, amount=1852, **given), line(quantity=-1500, amount=-1852, **given)])
    assert tuple(-v for v in one) == back


def test_against_a_plain_split_line_by_line() -> None:
    rng = random.Random(3)
    rows = []
    for _ in range(3000):
        quantity, price = rng.choice([1000, 2500, 30_000, -1000]), rng.randint(1, 10**9)
        rows.append(
            line(
                payment_class=rng.choice(["01", "02", "03", None]), quantity=quantity, unit_price=price,
                amount=_half_up(Fraction(quantity * price, 10**7)), first_share_rate=rng.choice([None, 0, 500, 3333]),
                ceiling_price=rng.choice([None, rng.randint(1, 10**9)]),
                restriction_met=rng.choice([None, True, False]),
            )
        )  # fmt: skip
    assert parts(rows, threads=2) == [_plain(row) for row in rows]


def _half_up(exact: Fraction) -> int:
    magnitude = (2 * abs(exact.numerator) + exact.denominator) // (2 * exact.denominator)
    return -magnitude if exact < 0 else magnitude


def _plain(row: dict[str, Any]) -> tuple[int, int, int, int]:
    amount = row["amount"]
    if row["payment_class"] in (None, "03") or row["restriction_met"] is False:
        return amount, 0, 0, 0
    over = 0
    if row["ceiling_price"] is not None:
        excess = max(0, row["unit_price"] - row["ceiling_price"])
        over = min(_half_up(Fraction(abs(row["quantity"]) * excess, 10**7)), abs(amount)) * (1 if amount >= 0 else -1)
    share = 0 if row["payment_class"] == "01" else row["first_share_rate"] or 0
    first = _half_up(Fraction((amount - over) * share, 10_000))
    return 0, over, first, amount - over - first


def test_the_catalogue_of_the_day_fills_what_a_line_leaves_open() -> None:
    catalogue = pa.Table.from_pylist(
        [
            {
                "item_code": "D1",
                "valid_from": dt.date(2023, 1, 1),
                "valid_to": dt.date(2024, 1, 1),
                "payment_class": "03",
            },
            {"item_code": "D1", "valid_from": dt.date(2024, 1, 1), "payment_class": "02", "first_share_rate": 2000},
            {
                "item_code": "D2",
                "valid_from": dt.date(2024, 1, 1),
                "valid_to": dt.date(2024, 3, 1),
                "payment_class": "01",
            },
        ],
        schema=CATALOGUE,
    )
    rows = [
        line(item_code="D1", unit_price=10**6, amount=100, charged_at=dt.datetime(2023, 12, 31, 23)),
        line(item_code="D1", unit_price=10**6, amount=100, charged_at=dt.datetime(2024, 1, 1)),
        line(item_code="D1", unit_price=10**6, amount=100, first_share_rate=500),
        line(item_code="D2", unit_price=10**6, amount=100),
        line(item_code="D2", unit_price=10**6, amount=100, charged_at=dt.datetime(2024, 2, 29)),
        line(item_code="unknown", unit_price=10**6, amount=100),
        line(item_code="D1", unit_price=10**6, amount=100, charged_at=dt.datetime(2022, 5, 1)),
    ]
    own, ours = (100, 0, 0, 0), (0, 0, 20, 80)
    assert parts(rows, catalogue) == [own, ours, (0, 0, 5, 95), own, (0, 0, 0, 100), own, own]
    assert [r["matched"] for r in split(rows, catalogue)] == [True, True, True, False, True, False, False]


def test_rules_of_a_policy_take_the_place_of_the_catalogue() -> None:
    rules = [
        LineRule.model_validate({"items": ["X"], "rate": "100%", "first_share": "50%"}),
        LineRule.model_validate({"list_type": ["301"], "ceiling": "0.50"}),
        LineRule.model_validate({"payment_class": ["02"], "first_share": "30%"}),
        LineRule.model_validate({"items": ["Y"], "pay_as": "03"}),
    ]
    rows = [
        line(item_code="X", payment_class="02", unit_price=10**6, amount=100),
        line(item_code="Z", list_type="301", payment_class="01", unit_price=10**6, amount=100),
        line(item_code="Z", payment_class="02", unit_price=10**6, amount=100, first_share_rate=1000),
        line(item_code="Y", payment_class="01", unit_price=10**6, amount=100),
    ]
    found = split(rows, None, rules)
    assert [tuple(r[k] for k in SPLIT) for r in found] == [
        (0, 0, 50, 50),
        (0, 50, 0, 50),
        (0, 0, 30, 70),
        (100, 0, 0, 0),
    ]
    assert [(r["own_rate_amount"], r["own_rate_pay"]) for r in found] == [(50, 50), (0, 0), (0, 0), (0, 0)]


def test_lines_add_up_to_their_bills_and_wrong_products_are_found() -> None:
    rows = [
        line(payment_class="01", unit_price=10**6, amount=100),
        line(payment_class="03", unit_price=10**6, amount=100),
        line(settlement_id="t", payment_class="01", unit_price=10**6, amount=102),
    ]
    table = split_lines(pa.Table.from_pylist(rows, schema=SCHEMA))
    assert wrong_amounts(table).tolist() == [False, False, True]
    bills = {row["settlement_id"]: row for row in bill_parts(table).to_pylist()}
    assert bills["s"]["total_amount"] == 200
    assert bills["s"]["not_covered_amount"] == bills["s"]["eligible_amount"] == 100


@pytest.mark.parametrize("quantity", [1, 10**9])
def test_large_quantities_and_prices_do_not_overflow(quantity: int) -> None:
    price = 10**13
    amount = _half_up(Fraction(quantity * price, 10**7))
    assert (
        parts([line(payment_class="01", quantity=quantity, unit_price=price, amount=amount, ceiling_price=1)])[0][1]
        <= amount
    )
