"""What a step of a study gives: tables, figures, sentences with numbers, conventions, and variables for later steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from yibao.equity.checks import Floats
from yibao.equity.panel import Variable

#: A text in both languages: zh, en.
Words = tuple[str, str]


@dataclass(frozen=True)
class Column:
    """A column of a result: key in the rows, headings, decimals shown (None: text)."""

    key: str
    zh: str
    en: str
    digits: int | None = None
    width: int = 14


@dataclass(frozen=True)
class ResultTable:
    """A table with its title; a value that is not defined is None, and `note` says why there are any."""

    id: str
    title: Words
    columns: Sequence[Column]
    rows: Sequence[Mapping[str, Any]]
    note: Words | None = None


@dataclass(frozen=True)
class Figure:
    """A figure: its message, and how it is drawn in a language (an Altair chart)."""

    id: str
    title: Words
    draw: Callable[[str], Any]
    note: Words | None = None


@dataclass(frozen=True)
class StepResult:
    """All that one step gives.

    `findings` are sentences that say what came out; `notes` are conventions and warnings that are printed with the
    result; `variables` (regions, years) are there for later steps under their id; `kept` are objects for later steps.
    """

    tables: Sequence[ResultTable] = ()
    figures: Sequence[Figure] = ()
    findings: Sequence[Words] = ()
    notes: Sequence[Words] = ()
    variables: Sequence[tuple[Variable, Floats]] = ()
    kept: Mapping[str, Any] = field(default_factory=dict)


def defined(value: float | None) -> float | None:
    """A number for a table: None where it is not one."""
    return None if value is None or value != value or value in (float("inf"), float("-inf")) else float(value)
