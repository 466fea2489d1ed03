"""What the command line prints: tables and progress for people, JSON for programs, refusals without a traceback."""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from yibao.cli.words import t
from yibao.errors import YibaoError

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

#: A progress bar appears when work takes longer than this.
PATIENCE_SECONDS = 2.0


def say(text: str) -> None:
    out.print(text, markup=False)


def print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=_plain) + "\n")


def _plain(value: Any) -> Any:
    if isinstance(value, (datetime, date)):
        return value.isoformat(sep=" ") if isinstance(value, datetime) else value.isoformat()
    # What else a query may return (bytes, intervals, exact decimals) has no form of its own in JSON.
    return value.hex() if isinstance(value, bytes) else str(value)


def print_table(columns: Sequence[str], rows: Sequence[Sequence[Any]], *, right: Sequence[int] = ()) -> None:
    """A table on a terminal, tab-separated lines in a pipe."""
    if not out.is_terminal:
        for row in (columns, *rows):
            sys.stdout.write("\t".join(_cell(cell) for cell in row) + "\n")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for index, name in enumerate(columns):
        table.add_column(name, justify="right" if index in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(escape(_cell(cell)) for cell in row))
    out.print(table)


def _cell(value: Any) -> str:
    """A value on one line: line ends and other control characters are shown."""
    return visible(str(value)).replace("\n", "\\n")


def spreadsheet_safe(cell: Any) -> Any:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def refuse(error: YibaoError) -> int:
    """Print a refusal: what, where, how to mend. Returns the exit code."""
    err.print(f"[bold red]{t('拒绝', 'refused')}[/]: ", end="")
    err.print(visible(": ".join(part for part in (place(error.where), t(error.zh, error.what)) if part)), markup=False)
    if error.mend:
        err.print(visible(f"  {t('办法', 'mend')}: {t(error.mend_zh, error.mend)}"), markup=False)
    return error.exit_code


def place(where: str) -> str:
    """A place such as ``a.csv, line 3`` in the user's language."""
    return t(re.sub(r", (line|order) (\d+)", lambda m: f" {_PLACES[m[1]].format(m[2])}", where), where)


_PLACES = {"line": "第 {} 行", "order": "第 {} 条医嘱"}


def visible(text: str) -> str:
    """Text from somebody's file, safe to print: control characters are shown, not obeyed."""
    return _CONTROLS.sub(lambda m: repr(m[0])[1:-1], text)


#: Control characters except the line end.
_CONTROLS = re.compile("[\\x00-\\x09\\x0b-\\x1f\\x7f-\\x9f]")


class Bar:
    """A progress callback ``(stage, done, total)``: silent for two seconds, then a bar on a terminal."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self._started = time.monotonic()
        self._tasks: dict[str, Any] = {}

    def __call__(self, stage: str, done: float, total: float) -> None:
        if self._progress is None or time.monotonic() - self._started < PATIENCE_SECONDS:
            return
        if stage not in self._tasks:
            self._tasks[stage] = self._progress.add_task(stage, total=total)
        self._progress.update(self._tasks[stage], completed=done, total=total)


@contextmanager
def progress() -> Iterator[Bar]:
    """A bar on the error stream when that is a terminal; nothing otherwise."""
    if not err.is_terminal:
        yield Bar(None)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:,.0f}/{task.total:,.0f}"))
    with Progress(*columns, TimeElapsedColumn(), console=err, transient=True) as shown:
        yield Bar(shown)


def counts(values: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {number:,}" for name, number in values.items())
