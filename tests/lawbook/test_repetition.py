"""One written row that stands for many."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yibao.engine.yaml import read_yaml
from yibao.lawbook.repetition import repeated


def rows(text: str) -> list[dict[str, Any]]:
    return [dict(row) for row in repeated(read_yaml(f"x:\n  - {text}\n", "x")["x"])]


def test_a_row_without_repeat_stays_as_it_is() -> None:
    assert rows('{line_id: "{n}", amount: 5}') == [{"line_id": "{n}", "amount": "5"}]


def test_numbers_stand_in_texts_and_times_move_on() -> None:
    made = rows('{repeat: 3, line_id: "l{n+1:02}", charged_at: "2025-12-31 23:30:00 + {20*n} minutes", unit: null}')
    assert made == [
        {"line_id": "l01", "charged_at": "2025-12-31 23:30:00", "unit": None},
        {"line_id": "l02", "charged_at": "2025-12-31 23:50:00", "unit": None},
        {"line_id": "l03", "charged_at": "2026-01-01 00:10:00", "unit": None},
    ]


def test_the_first_name_changes_slowest() -> None:
    made = rows(
        '{repeat: {day: 1..2, n: 0..1}, id: "e{day}_{n}", on: "2024-02-28 + {day} days", place: "h{(day+n)%2}"}'
    )
    assert [row["id"] for row in made] == ["e1_0", "e1_1", "e2_0", "e2_1"]
    assert [row["on"] for row in made] == ["2024-02-29", "2024-02-29", "2024-03-01", "2024-03-01"]
    assert [row["place"] for row in made] == ["h1", "h0", "h0", "h1"]


@given(first=st.integers(0, 40), count=st.integers(1, 40), step=st.integers(-9, 9))
def test_as_many_rows_as_the_span_says(first: int, count: int, step: int) -> None:
    made = rows(f'{{repeat: {{n: {first}..{first + count - 1}}}, amount: "{{1000+{step}*n}}"}}'.replace("+-", "-"))
    assert [int(row["amount"]) for row in made] == [1000 + step * n for n in range(first, first + count)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{repeat: 0, id: a}", "1 to 100000 rows"),
        ("{repeat: {n: 5..1}, id: a}", "1 to 100000 rows"),
        ("{repeat: often, id: a}", "a span such as 0..5"),
        ('{repeat: 2, id: "{m}"}', "'m' is not repeated; known: n"),
        ('{repeat: 2, id: "{n+}"}', "no arithmetic"),
        ('{repeat: 2, id: "{n.real}"}', "only whole numbers"),
        ('{repeat: 2, id: "{5//n}"}', "division by nought"),
    ],
)
def test_what_cannot_be_repeated_is_said(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        rows(text)
