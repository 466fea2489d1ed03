"""Codes before they are grouped: their usual spelling, explicit maps of local codes, and whether anybody knows them.

The national code lists write letters of a category large, the placeholder of an extension as a small ``x``, and
everything in half-width characters (``I10.x05``). A code that is known as it stands is never rewritten.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from yibao.casemix.files import columns_of, lacks, text_table
from yibao.casemix.refusals import CaseFileError

Kind = Literal["diagnosis", "procedure"]
KINDS: tuple[Kind, ...] = ("diagnosis", "procedure")

#: How a code came to be what is grouped, by number.
AS_WRITTEN, RESPELLED, MAPPED, UNKNOWN = 0, 1, 2, 3
Ways = npt.NDArray[np.int8]
WAYS = ("as_written", "respelled", "mapped", "unknown")

#: What a code of either kind looks like; anything else is unknown wherever there is no list to ask.
_FORMS: Mapping[Kind, re.Pattern[str]] = {
    "diagnosis": re.compile(r"[A-Z]\d[0-9A-Z](\.[0-9A-Zx]+)?([+*].*)?|M\d{4,5}.*"),
    "procedure": re.compile(r"\d\d(\.[0-9A-Zx]+)?"),
}
_SPACE = re.compile(r"\s+")
_SMALL_X = re.compile(r"(?<=[0-9.x])X")


@dataclass(frozen=True)
class CodeRules:
    """What is done to codes before grouping: explicit maps (source code -> grouper code) and lists of known codes.

    ``tables`` are the codes of the national lists; without one, a code is judged by its form.
    """

    maps: Mapping[Kind, Mapping[str, str]] = field(default_factory=dict)
    tables: Mapping[Kind, Set[str]] = field(default_factory=dict)


class Speller:
    """Spells codes of one kind for one pack; each distinct code is looked at once."""

    def __init__(self, rules: CodeRules, kind: Kind, known: Mapping[str, int]) -> None:
        self._kind, self._known, self._map, self._table = kind, known, rules.maps.get(kind, {}), rules.tables.get(kind)
        self._seen: dict[str, tuple[str, int]] = {}

    def spell(self, codes: Sequence[str]) -> tuple[list[str], Ways]:
        """Each code as it is grouped, and how it came to that."""
        seen = self._seen
        for code in codes:
            if code not in seen:
                seen[code] = self._one(code)
        return [seen[code][0] for code in codes], np.fromiter((seen[code][1] for code in codes), np.int8, len(codes))

    def _one(self, code: str) -> tuple[str, int]:
        found = self._look_up(code)
        if found is not None:
            return found, MAPPED if found != code else AS_WRITTEN
        usual = usual_spelling(code)
        found = self._look_up(usual)
        if found is not None:
            return found, MAPPED if found != usual else RESPELLED
        if self._table is not None or not _FORMS[self._kind].fullmatch(usual):
            return code, UNKNOWN
        return usual, AS_WRITTEN if usual == code else RESPELLED

    def _look_up(self, code: str) -> str | None:
        """What a code that is known as it stands is grouped as; None where it is not known."""
        target = self._map.get(code)
        if target:
            return target
        return code if code in self._known or (self._table is not None and code in self._table) else None


def usual_spelling(code: str) -> str:
    """A code as the national lists spell it.

    >>> usual_spelling("ｉ１０．Ｘ０５"), usual_spelling(" a01.001+k77.0* ")
    ('I10.x05', 'A01.001+K77.0*')
    """
    half = unicodedata.normalize("NFKC", _SPACE.sub("", unicodedata.normalize("NFKC", code)).upper())
    return _SMALL_X.sub("x", half)


def read_map(path: Path, kind: Kind) -> Mapping[str, str]:
    """A map of codes from a file with the columns ``source_code`` and ``grouper_code``.

    Raises :class:`CaseFileError` when a code has two targets: nobody can say which is meant.
    """
    source, target = columns_of(path, ("source_code", "grouper_code"))
    found: dict[str, str] = {}
    for one, other in zip(source, target, strict=True):
        if one and other and found.setdefault(one, other) != other:
            raise CaseFileError(
                f"the {kind} code {one} has two targets, {found[one]} and {other}", where=path.name,
                mend="keep one of them", zh=f"编码 {one} 有两个对照：{found[one]} 和 {other}", mend_zh="请保留一个",
            )  # fmt: skip
    return found


def read_table(path: Path) -> Mapping[str, str]:
    """The codes of a national list and their names, from a file with the column ``code`` and perhaps ``name``."""
    table = text_table(path, wanted=("code", "name"))
    if "code" not in table.column_names:
        raise lacks(path, ["code"])
    names = table["name"].to_pylist() if "name" in table.column_names else [""] * table.num_rows
    return {code: name or "" for code, name in zip(table["code"].to_pylist(), names, strict=True) if code}
