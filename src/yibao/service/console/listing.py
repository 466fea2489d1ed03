"""Tables of pages: sorted and turned over by the address, cards on a phone, and the same rows as CSV, JSON and XLSX."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from fastapi import Request, Response
from markupsafe import Markup

from yibao.presentation.fmt import NONE, Format, Lang
from yibao.presentation.workbook import Field, Workbook, write_csv
from yibao.service.problems import Problem, language

PAGE = 50
Row = Mapping[str, Any]
#: How a column's kind is written into files.
_FILED = {"text": "text", "long": "long", "id": "text", "count": "count", "money": "money", "short": "money",
          "percent": "ppm", "ratio": "number", "date": "date", "time": "text", "chip": "text"}  # fmt: skip
_NUMBERS = frozenset({"count", "money", "short", "percent", "ratio"})
_TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json",
          "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}  # fmt: skip


@dataclass(frozen=True)
class Column:
    """A column over ``row[key]``.

    Kinds: text, long, id, count, money (fen, exact), short (fen, for reading), percent (parts per million), ratio (the
    same with two decimals), date, time, chip (a code that ``words`` says). A value that is a string in a column of
    numbers is shown as it is: so suppressed figures look. ``below`` is a smaller line under the value, ``mark`` a
    picture beside it, ``href`` where it leads; ``head`` marks the column that names the row. ``by`` is the
    key of the number that a column of words stands in order of, such as values of several units.
    """

    key: str
    zh: str
    en: str
    kind: str = "text"
    head: bool = False
    sorts: bool = True
    href: Callable[[Row], str | None] | None = None
    below: Callable[[Row, Format], str] | None = None
    mark: Callable[[Row, Lang], Markup | str] | None = None
    words: Mapping[Any, tuple[str, str]] | None = None
    tone: Callable[[Row], str] | None = None
    filed: bool = True
    by: str = ""

    @property
    def numeric(self) -> bool:
        return self.kind in _NUMBERS or bool(self.by)

    def label(self, lang: Lang) -> str:
        return self.zh if lang == "zh" else self.en

    def text(self, row: Row, fmt: Format) -> str:
        """The value in words of the reader's language."""
        value = row.get(self.key)
        if value is None or value == "":
            return NONE
        if self.words is not None:
            said = self.words.get(value)
            return (said[0] if fmt.lang == "zh" else said[1]) if said else str(value)
        if isinstance(value, str):
            return value
        if isinstance(value, datetime):
            return fmt.time(value)
        if isinstance(value, date):
            return fmt.date(value)
        if isinstance(value, tuple):
            return str(value[0] if fmt.lang == "zh" else value[1])
        shown: dict[str, Callable[[int], str]] = {
            "money": fmt.amount, "short": fmt.short, "percent": lambda n: fmt.percent(n, 1_000_000),
            "ratio": fmt.ppm, "count": fmt.count,
        }  # fmt: skip
        return shown.get(self.kind, str)(value)


def under(key: str) -> Callable[[Row, Format], str]:
    """For ``below``: the words of another key of the row."""

    def said(row: Row, fmt: Format) -> str:  # noqa: ARG001 - the signature of `below`
        return str(row[key])

    return said


@dataclass(frozen=True)
class Listing:
    """A table of a page. ``order`` is how it stands unless the address says otherwise (``-key``: falling)."""

    name: str
    zh: str
    en: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    order: str = ""
    total: Row | None = None
    note: tuple[str, str] | None = None
    caption: bool = True
    page: int = PAGE

    def title(self, lang: Lang) -> str:
        return self.zh if lang == "zh" else self.en


class Stored(Sequence[Row]):
    """Rows that stay in the registry's database: only those of the page are fetched, in the order that is asked for."""

    def __init__(self, count: int, fetch: Callable[[str, int, int | None], list[Row]], sort: str = "") -> None:
        """``fetch(sort, first, number)`` gives rows; ``number`` None: all from there on."""
        self._count, self._fetch, self._sort = count, fetch, sort

    def ordered(self, sort: str) -> Stored:
        return Stored(self._count, self._fetch, sort)

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice):
            first, last, _ = at.indices(self._count)
            return self._fetch(self._sort, first, max(last - first, 0))
        return self._fetch(self._sort, at, 1)[0]

    def __iter__(self) -> Iterator[Row]:
        return iter(self._fetch(self._sort, 0, None))


@dataclass(frozen=True)
class View:
    """A listing as a request sees it: the rows of its page, in its order."""

    listing: Listing
    rows: Sequence[Row]
    sort: str
    number: int
    last: int
    first_row: int

    @property
    def suffix(self) -> str:
        return self.listing.name

    def turned(self, column: Column) -> str:
        """The order that a click on a heading asks for: rising first for words, falling first for numbers."""
        if self.sort == column.key:
            return f"-{column.key}"
        return column.key if self.sort == f"-{column.key}" or not column.numeric else f"-{column.key}"

    def direction(self, column: Column) -> str:
        return {column.key: "ascending", f"-{column.key}": "descending"}.get(self.sort, "")


def view(request: Request, listing: Listing, main: bool) -> View:
    """The page of a listing that the address asks for. The main table's parameters have no suffix.

    Raises :class:`Problem` 422 for an unknown column or page.
    """
    suffix = "" if main else f".{listing.name}"
    sort = request.query_params.get(f"sort{suffix}", listing.order)
    known = {column.key for column in listing.columns if column.sorts}
    if sort and sort.removeprefix("-") not in known and sort != listing.order:
        raise _wrong(f"sort{suffix}", sort)
    rows = ordered(listing.rows, _key(listing, sort))
    last = max((len(rows) - 1) // listing.page + 1, 1)
    said = request.query_params.get(f"page{suffix}", "1")
    if not said.isdecimal() or len(said) > 6 or int(said) < 1:
        raise _wrong(f"page{suffix}", said)
    number = min(int(said), last)
    first = (number - 1) * listing.page
    return View(listing, rows[first : first + listing.page], sort, number, last, first)


def _key(listing: Listing, sort: str) -> str:
    """The key of the rows that an order by a column goes by."""
    by = {column.key: column.by for column in listing.columns if column.by}.get(sort.removeprefix("-"))
    return sort if by is None else "-" * sort.startswith("-") + by


def ordered(rows: Sequence[Row], sort: str) -> Sequence[Row]:
    """Rows by one column; what has no value, or none that is shown, comes last either way."""
    if isinstance(rows, Stored):
        return rows.ordered(sort)
    if not sort:
        return list(rows)
    key, falling = sort.removeprefix("-"), sort.startswith("-")
    numbers = any(isinstance(row.get(key), (int, float)) for row in rows)

    def valued(row: Row) -> bool:
        value = row.get(key)
        return value is not None and not (numbers and isinstance(value, str))

    full = sorted((row for row in rows if valued(row)), key=lambda row: row[key], reverse=falling)
    return full + [row for row in rows if not valued(row)]


def download(request: Request, listing: Listing, kind: str, currency: str = "CNY") -> Response:
    """All rows of a listing in its order as a file. ``kind``: csv, json, xlsx."""
    suffixed = request.query_params.get(f"sort.{listing.name}") or request.query_params.get("sort", listing.order)
    known = {column.key for column in listing.columns}
    rows = ordered(listing.rows, _key(listing, suffixed if suffixed.removeprefix("-") in known else listing.order))
    fields = [_field(column) for column in listing.columns if column.filed]
    said = [_filed(listing, row, language(request)) for row in rows]
    headers = {"content-disposition": f'attachment; filename="{listing.name}.{kind}"'}
    if kind == "json":
        text = json.dumps({"table": listing.name, "rows": said}, ensure_ascii=False, default=str)
        return Response(text, media_type=_TYPES[kind], headers=headers)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{listing.name}.{kind}"
        if kind == "csv":
            write_csv(path, fields, said, currency)
        else:
            with Workbook(path, currency) as book:
                book.sheet(listing.title("zh" if language(request) == "zh" else "en"), fields, said)
        return Response(path.read_bytes(), media_type=_TYPES[kind], headers=headers)


def _field(column: Column) -> Field:
    width = {"long": 48, "text": 24, "id": 20}.get(column.kind, 14)
    return Field(column.key, column.zh, column.en, _FILED[column.kind], width, 2)


def _filed(listing: Listing, row: Row, lang: str) -> dict[str, Any]:
    """A row as it is written into a file: codes in words, ratios as numbers, suppressed figures as they are shown."""
    fmt = Format("zh" if lang == "zh" else "en")
    made: dict[str, Any] = {}
    for column in listing.columns:
        value = row.get(column.key)
        if column.filed:
            plain = value is None or isinstance(value, str) or (column.numeric and column.kind != "ratio")
            if column.words is None and (plain or (isinstance(value, date) and not isinstance(value, datetime))):
                made[column.key] = value
            elif column.kind == "ratio" and isinstance(value, int):
                made[column.key] = value / 1_000_000
            else:
                made[column.key] = None if value is None else column.text(row, fmt)
    return made


def limited(listing: Listing, rows: int) -> Listing:
    """The same table with its first rows only."""
    return replace(listing, rows=ordered(listing.rows, listing.order)[:rows])


def _wrong(field: str, value: str) -> Problem:
    return Problem(
        422, "form", f"{value[:40]!r} is not a value of {field}", f"{field} 没有 {value[:40]!r} 这个值", field=field,
        mend="use the links of the table", mend_zh="请使用表中的链接",
    )  # fmt: skip
