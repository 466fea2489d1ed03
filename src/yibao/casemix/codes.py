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

from yibao.casemix.files import columns_of
from yibao.casemix.refusals import CaseFileError

Kind = Literal["diagnosis", "procedure"]
KINDS: tuple[Kind, ...] = ("diagnosis", "procedure")

#: How a code came to be what is grouped, by number.
AS_WRITTEN, RESPELLED, MAPPED, UNKNOWN = 0, 1, 2, 3
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

    def spell(self, kind: Kind, codes: Sequence[str], known: Mapping[str, int]) -> tuple[list[str], Ways]:
        """Each distinct code as it is grouped, and how it came to that. ``known`` are the codes of the pack."""
        mapped, table = self.maps.get(kind, {}), self.tables.get(kind)
        spelled, ways = [], np.empty(len(codes), np.int8)
        for place, code in enumerate(codes):
            found, ways[place] = _spell(kind, code, known, mapped, table)
            spelled.append(found)
        return spelled, ways


Ways = npt.NDArray[np.int8]


def _spell(
    kind: Kind, code: str, known: Mapping[str, int], mapped: Mapping[str, str], table: Set[str] | None
) -> tuple[str, int]:
    usual = usual_spelling(code)
    for written in (code, usual) if usual != code else (code,):
        target = mapped.get(written)
        if target is not None and target != written:
            return target, MAPPED
        if target or written in known or (table and written in table):
            return written, AS_WRITTEN if written == code else RESPELLED
    if table is not None or not _FORMS[kind].fullmatch(usual):
        return code, UNKNOWN
    return usual, AS_WRITTEN if usual == code else RESPELLED


def usual_spelling(code: str) -> str:
    """A code as the national lists spell it.

    >>> usual_spelling("ｉ１０．Ｘ０５"), usual_spelling(" a01.001+k77.0* ")
    ('I10.x05', 'A01.001+K77.0*')
    """
    half = _SPACE.sub("", unicodedata.normalize("NFKC", code)).upper()
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


def read_table(path: Path) -> frozenset[str]:
    """The codes of a national list from a file with the column ``code``."""
    (codes,) = columns_of(path, ("code",))
    return frozenset(code for code in codes if code)
