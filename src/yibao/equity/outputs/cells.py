"""Cells of results as text: numbers with their column's decimals, words by language, "—" where nothing is defined."""

from __future__ import annotations

from typing import Any

from yibao.equity.results import Column

NONE = "—"
MINUS = "−"


def shown(column: Column, value: Any, lang: str) -> str:
    """A cell as it is printed in a language."""
    if value is None:
        return NONE
    if isinstance(value, tuple):
        return str(value[0] if lang == "zh" else value[1])
    if column.digits is None or isinstance(value, str):
        return str(value)
    if column.digits == 0 or isinstance(value, int):
        return f"{int(value)}" if column.key == "year" else _signed(f"{value:,.0f}")
    # A figure too small for the decimals keeps three of its own digits; one too large needs none.
    if value != 0 and abs(value) < 0.5 * 10**-column.digits:
        return _signed(f"{value:.2e}")
    size = abs(value)
    digits = column.digits if size < 1000 else 0 if size >= 100_000 or value == int(value) else min(column.digits, 1)
    return _signed(f"{value:,.{digits}f}")


def both(value: Any) -> Any:
    """A cell for files that hold both languages: words in both, numbers as they are."""
    if isinstance(value, tuple):
        return value[0] if value[0] == value[1] or not value[1] else f"{value[0]} {value[1]}".strip()
    return value


def _signed(text: str) -> str:
    return MINUS + text[1:] if text.startswith("-") else text
