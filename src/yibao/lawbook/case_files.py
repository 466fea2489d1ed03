"""Reads the cases of a law: ``cases.yaml``, its shared tables and its cases, rows that repeat written out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from yibao.engine.yaml import Mapping as YamlMapping
from yibao.engine.yaml import read_yaml
from yibao.errors import YibaoError
from yibao.lawbook.repetition import repeated

DEFAULT_AS_OF = datetime(2026, 12, 31)
KINDS = ("positive", "lookalike", "edge")


class CaseError(YibaoError):
    """A case file is malformed."""


@dataclass(frozen=True)
class Case:
    """One case: the tables given, the instant, and the rows expected."""

    name: str
    kind: str
    about: str
    line: int
    as_of: datetime
    params: Mapping[str, Any]
    given: Mapping[str, list[YamlMapping]]
    expect: Sequence[YamlMapping]
    classes: tuple[int, ...] = ()  # official classes that it is about, where its law serves several


def read_cases(path: Path) -> tuple[Mapping[str, list[YamlMapping]], list[Case]]:
    """The shared tables and the cases of a file. Raises :class:`CaseError` naming file and line."""
    if not path.exists():
        raise CaseError("the law has no cases", where=str(path.parent.name), mend="write cases.yaml")
    where = f"{path.parent.name}/{path.name}"
    try:
        doc = read_yaml(path.read_text(encoding="utf-8"), where)
    except UnicodeDecodeError:
        raise CaseError("not UTF-8", where=where, mend="save the file as UTF-8") from None
    if not isinstance(doc, YamlMapping) or not isinstance(doc.get("cases"), list):
        raise CaseError("expected `cases:` with at least one case", where=where)
    cases = []
    for item in doc["cases"]:
        if not isinstance(item, YamlMapping) or not item.get("name"):
            raise CaseError(f"expected a case with name, kind, given and expect, got {item!r}", where=where)
        place = f"{where}, line {item.line}"
        unknown = set(item) - {"name", "kind", "about", "as_of", "params", "given", "expect", "classes"}
        if unknown:
            raise CaseError(f"unknown keys {sorted(unknown)}", where=place)
        if item.get("kind") not in KINDS:
            raise CaseError(f"kind must be one of {', '.join(KINDS)}", where=place)
        if not all(str(number).isdigit() for number in item.get("classes") or ()):
            raise CaseError("classes: expected numbers such as [56, 57]", where=place)
        try:
            as_of = datetime.fromisoformat(item["as_of"]) if item.get("as_of") else DEFAULT_AS_OF
        except ValueError:
            raise CaseError(f"as_of: expected YYYY-MM-DD HH:MM:SS, got {item['as_of']!r}", where=place) from None
        cases.append(
            Case(
                name=item["name"],
                kind=item["kind"],
                about=item.get("about") or "",
                line=item.line,
                as_of=as_of,
                params=item.get("params") or {},
                given=_tables(item.get("given"), where),
                expect=_rows("expect", item.get("expect"), where),
                classes=tuple(int(number) for number in item.get("classes") or ()),
            )
        )
    return _tables(doc.get("given"), where), cases


def _tables(given: Any, where: str) -> Mapping[str, list[YamlMapping]]:
    return {name: _rows(name, rows, where) for name, rows in (given or {}).items()}


def _rows(name: str, written: Any, where: str) -> list[YamlMapping]:
    """The rows of a list, those that repeat as often as they say."""
    rows: list[YamlMapping] = []
    for row in written or ():
        try:
            rows += repeated([row])
        except ValueError as error:
            raise CaseError(str(error), where=f"{where}, line {getattr(row, 'line', 0)}, {name}") from None
    return rows
