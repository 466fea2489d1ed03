"""X12 files cut into pieces of whole transaction sets, each with the delimiters of its interchange.

The delimiters stand in the ISA segment: the character after ``ISA`` separates elements, ISA11 repetitions, ISA16
components, and the character after ISA16 ends segments. Line breaks after that character are layout. A file may hold
several interchanges one after the other, each with delimiters of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

from yibao.ledger.raw.stream import RawStream
from yibao.ledger.refusals import BinaryFile, EmptyFile, InputRefused
from yibao.ledger.sources.unpacking import Piece

BLOCK = 4 << 20
#: One transaction set must fit into memory with all that is made of it; the guides ask for at most 5 000 claims.
LONGEST_SET = 256 << 20
_ELEMENTS = 16
_LONGEST_ISA = 512
_MARK = b"\xef\xbb\xbf"
_BLANK = b" \t\r\n"


class BadEnvelope(InputRefused):
    """A file that is no X12, or whose delimiters cannot be told."""


@dataclass(frozen=True)
class Delimiters:
    """One character each; ``repetition`` is None where ISA11 is not one (before version 00501)."""

    element: bytes
    component: bytes
    segment: bytes
    repetition: bytes | None


@dataclass(frozen=True)
class Sets:
    """Segments with the same delimiters: whole transaction sets with the envelope segments around them.

    ``first`` is the number of the first segment in the file, from 1.
    """

    data: bytes
    delimiters: Delimiters
    first: int


def pieces(name: str, stream: RawStream) -> Iterator[Piece]:
    """All of a file. Raises :class:`BadEnvelope` where no interchange begins though one must."""
    text = _Text(stream, name)
    run, delimiters, first, told = bytearray(), None, 1, 0
    while text.skip_blank():
        began, whole = _delimiters(text.peek(_LONGEST_ISA), text.where()), False
        while not whole:
            if run and (delimiters != began or len(run) >= BLOCK):
                yield Piece(Sets(bytes(run), delimiters or began, first), stream.read_bytes - told)
                run, told = bytearray(), stream.read_bytes
            if not run:
                delimiters, first = began, text.segment
            data, whole = text.sets(began)
            run += data
            whole = whole or not data
    if delimiters is None:
        raise EmptyFile(
            "the file is empty", where=name, mend="send the file again", zh="文件是空的", mend_zh="请重新发送"
        )
    yield Piece(Sets(bytes(run), delimiters, first), stream.read_bytes - told)


class _Text:
    """What was read of a file and not yet taken; ``segment`` is the number of the segment that comes next."""

    def __init__(self, stream: RawStream, name: str) -> None:
        self._stream, self._name = stream, name
        self._held, self._at = b"", 0
        self._ended = False
        self.segment = 1
        if self.peek(len(_MARK)) == _MARK:
            self._at = len(_MARK)

    def where(self) -> str:
        return f"{self._name}, segment {self.segment}"

    def peek(self, size: int) -> bytes:
        """The next ``size`` bytes, fewer only at the end of the file."""
        self._hold(size)
        return self._held[self._at : self._at + size]

    def skip_blank(self) -> bool:
        """Past white space; whether anything follows."""
        while byte := self.peek(1):
            if byte not in _BLANK:
                return True
            self._at += 1
        return False

    def sets(self, delimiters: Delimiters) -> tuple[bytes, bool]:
        """Segments up to the interchange's end, or of the whole sets in memory; and whether the interchange ended."""
        trailer, last_set = _end_of(b"IEA", delimiters), _end_of(b"SE", delimiters)
        size = BLOCK
        while True:
            self._hold(size)
            found = trailer.search(self._held, self._at)
            if found:
                return self._take(found.end(), delimiters), True
            if self._ended:
                return self._take(len(self._held), delimiters), False
            ends = [match.end() for match in last_set.finditer(self._held, self._at)]
            if ends:
                return self._take(ends[-1], delimiters), False
            if size > LONGEST_SET:
                raise BadEnvelope(
                    f"no transaction set ends within {LONGEST_SET >> 20} MB",
                    where=self.where(),
                    mend="end each set with SE and hold at most 5 000 claims in one",
                    zh=f"{LONGEST_SET >> 20} MB 内没有交易集结束（SE）",
                    mend_zh="每个交易集以 SE 结束，所含索赔不超过 5 000 件",
                )
            size *= 2

    def _hold(self, size: int) -> None:
        while len(self._held) - self._at < size and not self._ended:
            more = self._stream.read(max(BLOCK, size))
            self._ended = not more
            self._held, self._at = self._held[self._at :] + more, 0

    def _take(self, end: int, delimiters: Delimiters) -> bytes:
        data = self._held[self._at : end]
        self._at = end
        self.segment += data.count(delimiters.segment)
        return data


def _end_of(segment: bytes, delimiters: Delimiters) -> re.Pattern[bytes]:
    """A whole segment of that name; before it stands an end mark, layout, or nothing that is still held."""
    mark = re.escape(delimiters.segment)
    before = b"(?<![^" + mark + rb"\r\n])"
    return re.compile(before + segment + re.escape(delimiters.element) + b"[^" + mark + b"]*" + mark)


def _delimiters(data: bytes, where: str) -> Delimiters:
    element = data[3:4]
    if not data.startswith(b"ISA") or not element:
        _no_isa(data, where)
    parts = data[:_LONGEST_ISA].split(element, _ELEMENTS)
    rest = parts[_ELEMENTS] if len(parts) > _ELEMENTS else b""
    component, segment = rest[:1], rest[1:2]
    repetition = parts[11] if len(parts) > _ELEMENTS else b""
    marks = [mark for mark in (element, component, segment) if mark]
    if len(set(marks)) < 3 or any(mark.isalnum() or mark in b" \0" or not mark.isascii() for mark in marks):
        raise BadEnvelope(
            "the delimiters cannot be read from the ISA segment",
            where=where,
            mend="an ISA segment has 16 elements; after the last stands the character that ends segments",
            zh="无法从 ISA 段读出分隔符",
            mend_zh="ISA 段有 16 个元素，其后的字符为段结束符",
        )
    known = len(repetition) == 1 and repetition.isascii() and not repetition.isalnum() and repetition not in marks
    return Delimiters(element, component, segment, repetition if known else None)


def _no_isa(data: bytes, where: str) -> NoReturn:
    shown = data[:20].decode("ascii", "replace")
    if b"\0" in data[:_LONGEST_ISA]:
        raise BinaryFile("the file is not text", where=where, zh="文件不是文本")
    raise BadEnvelope(
        f"an interchange begins with ISA, not with {shown!r}",
        where=where,
        mend="send whole X12 interchanges, ISA to IEA",
        zh=f"交换应以 ISA 开头，而不是 {shown!r}",
        mend_zh="请发送从 ISA 到 IEA 的完整交换",
    )
