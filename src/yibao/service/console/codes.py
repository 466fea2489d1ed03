"""Codes of the ledger in the words of its contracts."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from yibao.ledger.contracts import load_contracts

Pair = tuple[str, str]


@cache
def codes(table: str, column: str) -> Mapping[str, Pair]:
    """The codes of a column, Chinese and English."""
    return {code.value: (code.zh, code.en) for code in load_contracts()[table].by_name[column].codes}


def code(table: str, column: str, value: str | None) -> Pair:
    """One code in words; one that the contract does not know stands for itself."""
    said = value or "—"
    return codes(table, column).get(said, (said, said))
