"""Laws that a ledger cannot be judged by: its facts were ingested before a column that they read came to be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from yibao.errors import YibaoError
from yibao.lawbook import Law, columns_of
from yibao.ledger import Ledger


class AbsentColumns(YibaoError):
    """A law was to be tried on a ledger that lacks columns which it reads."""


def absent_columns(ledger: Ledger, laws: Iterable[Law], as_of: datetime | None = None) -> dict[str, list[str]]:
    """By key of the law the columns (``table.column``) that it reads and no fact of the ledger has; only such laws.

    A table without any fact is another matter: it lacks no column, it is empty.
    """
    tables = ledger.tables()
    known: dict[str, frozenset[str]] = {}
    found: dict[str, list[str]] = {}
    for law in laws:
        lacking = []
        for name, columns in columns_of([law], tables).items():
            if name not in known:
                known[name] = ledger.absent_columns(name, as_of)
            lacking += [f"{name}.{column}" for column in columns & known[name]]
        if lacking:
            found[law.key] = sorted(lacking)
    return found


def require_columns(ledger: Ledger, laws: Iterable[Law], as_of: datetime | None = None) -> None:
    """Raise :class:`AbsentColumns` when the ledger lacks a column that one of the laws reads."""
    for key, columns in absent_columns(ledger, laws, as_of).items():
        words = absent_words(columns)
        raise AbsentColumns(words["en"], where=key, zh=words["zh"])


def absent_words(columns: Sequence[str]) -> dict[str, str]:
    """What to do about it, zh and en."""
    return {
        "zh": f"账本导入时还没有列 {'、'.join(columns)}，请重新导入数据",
        "en": f"ingested before the column(s) {', '.join(columns)} came to be; ingest the data again",
    }
