"""Reads published knowledge points: the one-table layout, or an attachment with the columns of its own sheet."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from pathlib import Path

from yibao.engine.yaml import read_yaml
from yibao.errors import YibaoError
from yibao.ledger.codes.kinds import plain_heading
from yibao.ledger.codes.sheets import Sheet, open_sheet
from yibao.supervision.official_classes import class_named, official_classes
from yibao.supervision.points.numerals import number_of

_SPLIT = re.compile(r"[|,，;；、\s]+")
#: First days of the batches published so far; a later one brings its own date or is given one.
BATCHES = {
    "1": "2025-05-23", "2": "2025-07-22", "3": "2025-07-30", "4": "2025-08-08", "5": "2025-08-14", "6": "2025-08-26",
    "7": "2025-12-12", "8": "2026-01-06", "9": "2026-04-21", "10": "2026-04-28", "11": "2026-05-11",
    "12": "2026-05-23", "18": "2026-07-10",
}  # fmt: skip


class PointsError(YibaoError):
    """A file of knowledge points cannot be read as such."""


@dataclass(frozen=True)
class Point:
    """One published point as written. ``pairs`` are (code, other code or ''); ``line`` is its place in the file."""

    kp_id: str
    rule_class: str
    item_name: str
    text: str
    batch: str
    pairs: tuple[tuple[str, str], ...]
    valid_from: dt.date | None
    valid_to: dt.date | None
    supersedes: tuple[str, ...]
    line: int


@cache
def _headings() -> dict[str, list[str]]:
    path = files("yibao.supervision") / "points" / "headings.yaml"
    return dict(read_yaml(path.read_text(encoding="utf-8"), path.name))


def read_points(path: Path, given: Mapping[str, str], sheet: str | None = None) -> list[Point]:
    """The points of a file. ``given`` fills columns that it lacks (rule_class, batch, valid_from).

    The class may also be told by the name of the file or its sheet, as the published attachments are named. Raises
    :class:`PointsError` naming the columns that are missing.
    """
    known = {plain_heading(word): column for column, words in _headings().items() for word in words}
    opened = open_sheet(path, lambda cell: plain_heading(cell) in known, sheet)
    places: dict[str, int] = {}
    for place, cell in enumerate(opened.header.cells):
        column = known.get(plain_heading(cell))
        if column is not None:
            places.setdefault(column, place)
    _require(path, places, given)
    rows = _rows(opened, places)
    told = {"rule_class": _class_in(path.stem, *(opened.raw.stems)), "batch": _batch_in(path.stem)} | dict(given)
    return _joined([_point(row, line, told) for line, row in rows])


def _require(path: Path, places: Mapping[str, int], given: Mapping[str, str]) -> None:
    if not ({"med_codes"} <= set(places) or {"code_a", "code_b"} <= set(places)):
        raise PointsError(
            "no column holds the national codes of the points", where=path.name,
            mend="name it 医保编码 (or 项目A编码 and 项目B编码 for pairs)",
            zh="没有知识点的国家编码列", mend_zh="列名应为 医保编码（成对的为 项目A编码、项目B编码）",
        )  # fmt: skip
    if "rule_class" not in places and "rule_class" not in given and _class_in(path.stem) is None:
        raise PointsError(
            "the file does not say which official rule its points serve", where=path.name,
            mend="add a column 规则名称, or --set rule_class=药品限支付疗程",
            zh="文件没有说明知识点属于哪条官方规则", mend_zh="请增加列 规则名称，或用 --set rule_class=药品限支付疗程",
        )  # fmt: skip


def _rows(opened: Sheet, places: Mapping[str, int]) -> list[tuple[int, dict[str, str]]]:
    records = opened.records(places, {})
    columns = {name: records.columns.column(name).to_pylist() for name in records.columns.column_names}
    return [
        (int(line), {name: (values[k] or "").strip() for name, values in columns.items()})
        for k, line in enumerate(records.rows.tolist())
    ]


def _point(row: Mapping[str, str], line: int, told: Mapping[str, str | None]) -> Point:
    item = row.get("item_name") or "×".join(filter(None, (row.get("item_a"), row.get("item_b"))))
    rule_class = row.get("rule_class") or told.get("rule_class") or ""
    batch = (row.get("batch") or told.get("batch") or "").removeprefix("batch_").lstrip("0")
    codes = [code for code in _SPLIT.split(row.get("med_codes", "")) if code]
    if row.get("code_a"):
        pairs = [(row["code_a"], row.get("code_b", ""))]
    elif "重复收费" in rule_class or "相互作用" in rule_class or "配伍" in rule_class:
        # Two codes in the order of the two names; more than two stand for several of the second.
        pairs = [(codes[0], other) for other in codes[1:]] if len(codes) > 1 else [(code, "") for code in codes]
    else:
        pairs = [(code, "") for code in codes]
    text = row.get("constraint", "")
    begins = row.get("valid_from") or row.get("published_at") or told.get("valid_from") or BATCHES.get(batch)
    return Point(
        kp_id=row.get("kp_id") or _stable_id(rule_class, item, text, batch),
        rule_class=rule_class, item_name=item, text=text, batch=batch, pairs=tuple(pairs),
        valid_from=_day(begins, line), valid_to=_day(row.get("valid_to"), line),
        supersedes=tuple(filter(None, _SPLIT.split(row.get("supersedes", "")))), line=line,
    )  # fmt: skip


def _joined(points: Sequence[Point]) -> list[Point]:
    """Attachments write a point's codes on as many rows: rows of one point become one."""
    found: dict[str, Point] = {}
    for point in points:
        known = found.get(point.kp_id)
        found[point.kp_id] = replace(known, pairs=(*known.pairs, *point.pairs)) if known else point
    return [replace(point, pairs=tuple(dict.fromkeys(point.pairs))) for point in found.values()]


def _stable_id(rule_class: str, item: str, text: str, batch: str) -> str:
    """An id that the same point has in every reading of the same batch."""
    words = "|".join((rule_class, item, text, batch))
    return "KP-" + hashlib.md5(words.encode(), usedforsecurity=False).hexdigest()[:16]


def _day(text: str | None, line: int) -> dt.date | None:
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text.strip()[:10].replace("/", "-").replace(".", "-"))
    except ValueError:
        raise PointsError(
            f"{text!r} is no date", where=f"line {line}", mend="write it as 2026-01-31",
            zh=f"{text!r} 不是日期", mend_zh="请写作 2026-01-31",
        ) from None  # fmt: skip


def _class_in(*names: str) -> str | None:
    """The official class that a file or sheet is named after; the longest where one contains another."""
    text = "".join(names)
    found = [one.name for one in official_classes() if one.name in text]
    return max(found, key=len) if found else None


def _batch_in(name: str) -> str | None:
    match = re.search(r"第([0-9一二三四五六七八九十]+)批", name)
    if not match:
        return None
    return str(number_of(match[1]))


def known_class(point: Point) -> bool:
    """Whether the point's class is one of the 88."""
    return class_named(point.rule_class) is not None
