"""How texts, names and file paths are written in SQL; the one place that quotes them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


def sql_text(value: str) -> str:
    """A text as a literal.

    >>> sql_text("it's")
    "'it''s'"
    """
    return "'" + value.replace("'", "''") + "'"


def sql_name(name: str) -> str:
    """A name as an identifier.

    >>> sql_name("金额(元)")
    '"金额(元)"'
    """
    return '"' + name.replace('"', '""') + '"'


def sql_files(paths: Iterable[Path]) -> str:
    """Paths as a list of literals."""
    return f"[{', '.join(sql_text(str(path)) for path in paths)}]"
