"""A page that answers one question: what was found in short, then sections of words, pictures and tables.

Evaluations, portraits, back-tests and sensitivity curves are such pages. Each is one self-contained HTML file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from yibao.presentation.fmt import Format, heading
from yibao.presentation.messages import Messages
from yibao.presentation.report.page import render
from yibao.presentation.report.rows import Cell, Head, RowTable
from yibao.presentation.report.scene import Figure


@dataclass(frozen=True)
class Section:
    """A part of the page; ``words`` are paragraphs, ``*stars*`` set bold."""

    id: str
    heading: str
    words: Sequence[str] = ()
    figures: Sequence[Figure] = ()
    tables: Sequence[RowTable] = ()


@dataclass(frozen=True)
class Study:
    """A page in one language. ``name`` is the stem of its file; ``caution`` is what it must not be taken for."""

    name: str
    title: str
    question: str
    meta: Sequence[str]
    says: Sequence[str]
    caution: str
    sections: Sequence[Section]
    foot: str = ""


@dataclass
class Rows:
    """Collects a table row by row; ``numeric`` are the places of right-aligned columns."""

    title: str
    heads: Sequence[str]
    numeric: Sequence[int] = ()
    rows: list[list[Cell]] = field(default_factory=list)

    def add(self, *cells: str, order: dict[int, float | int] | None = None) -> None:
        """A row; ``order`` gives what a column sorts by where its text is not that."""
        by = order or {}
        self.rows.append(
            [
                Cell(text, "head" if i == 0 else "n" if i in self.numeric else "", _sortable(by.get(i)))
                for i, text in enumerate(cells)
            ]
        )

    def view(self) -> RowTable:
        heads = [Head(heading(label), "n" if i in self.numeric else "") for i, label in enumerate(self.heads)]
        return RowTable(heading(self.title), heads, self.rows)


def write_study(folder: Path, study: Study, fmt: Format) -> Path:
    """Write ``<name>.<language>.html`` into ``folder``; the page links to its other language."""
    path = folder / f"{study.name}.{fmt.lang}.html"
    path.write_text(render("study.html.j2", fmt, Messages(fmt.lang), study=study), encoding="utf-8")
    return path


def _sortable(value: float | int | None) -> str | int | None:
    return value if value is None or isinstance(value, int) else f"{value:.9f}"
