"""Raw bytes of a CSV file in blocks of whole records, with the encoding decided and the content hashed on the way.

One pass over the file serves hash, encoding, record boundaries and progress; parsing happens elsewhere, in parallel.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from yibao.ledger.refusals import BinaryFile, EmptyFile, TruncatedFile, UnreadableFile
from yibao.ledger.sources.national.encoding import GB18030, UTF8, decide, to_utf8

#: Small enough that a block and its columns stay near the processor, large enough to make a query worth planning.
BLOCK = 8 << 20
#: A record that is longer than this has lost its closing quote; it is cut at a line end and judged line by line.
LONGEST_RECORD = 1 << 20
HEADER = 1 << 16

_MARKS = {b"\xef\xbb\xbf": UTF8, b"\x84\x31\x95\x33": GB18030}


@dataclass(frozen=True)
class Block:
    """Whole records as they stand in the file. ``line`` is the 1-based line of the first; ``done`` counts raw bytes."""

    data: bytes
    line: int
    encoding: str  # "utf-8" or "gb18030"; what is pure ASCII is called utf-8
    done: int


class CsvBlocks:
    """Reads one file: ``header`` is its first line; iterate for the blocks; then ``sha256`` is complete."""

    def __init__(self, path: Path, name: str) -> None:
        self.name = name
        self._path = path
        self._digest = hashlib.sha256()
        self._encoding: str | None = None

    def header(self) -> str:
        """The first line. Raises a refusal when there is none, or when the file is not text."""
        with _Hashed(self._path, self.name, hashlib.sha256()) as raw:
            first = self._read(_decompressed(self._path, raw), HEADER)
        line = self._start(first).split(b"\n", 1)[0].rstrip(b"\r")
        encoding = self._encoding or decide(line) or UTF8
        return to_utf8(line, encoding, self.name, 1).decode(UTF8)

    def sha256(self) -> str:
        return self._digest.hexdigest()

    def __iter__(self) -> Iterator[Block]:
        self._digest = hashlib.sha256()
        with _Hashed(self._path, self.name, self._digest) as raw:
            stream = _decompressed(self._path, raw)
            rest = self._start(self._read(stream, BLOCK))
            _, _, rest = rest.partition(b"\n")
            line, told = 2, 0
            while True:
                more = self._read(stream, BLOCK)
                data = rest + more
                if not data and not more:
                    break
                cut = _last_record_end(data) if more else len(data)
                whole, rest = data[:cut], data[cut:]
                if whole:
                    yield Block(whole, line, self._encoding_of(whole), raw.read_bytes - told)
                    told, line = raw.read_bytes, line + whole.count(b"\n")
                elif len(rest) > 8 * BLOCK:
                    raise BinaryFile(f"no line end in {len(rest)} bytes", where=f"{self.name}, line {line}")
                if not more:
                    break

    def _read(self, stream: io.BufferedIOBase, size: int) -> bytes:
        try:
            data = stream.read(size)
        except EOFError as error:
            raise TruncatedFile(
                "the compressed file ends before its data does", where=self.name, mend="send the file again"
            ) from error
        except (gzip.BadGzipFile, zlib.error) as error:
            raise TruncatedFile(
                f"the compressed file is damaged: {error}", where=self.name, mend="send the file again"
            ) from error
        except OSError as error:
            raise UnreadableFile(error.strerror or str(error), where=self.name) from error
        if b"\0" in data:
            raise BinaryFile("the file holds zero bytes, so it is not text", where=self.name, mend=_text_only(data))
        return data

    def _start(self, data: bytes) -> bytes:
        for mark, encoding in _MARKS.items():
            if data.startswith(mark):
                data, self._encoding = data.removeprefix(mark), encoding
        if not data.strip():
            raise EmptyFile("the file is empty", where=self.name, mend="the first line must name the columns")
        if b"\n" not in data and b"\r" in data:
            raise BinaryFile("the lines end in CR alone", where=self.name, mend="save it with LF or CRLF line ends")
        return data

    def _encoding_of(self, data: bytes) -> str:
        """The first block that is not pure ASCII decides for the file; each block is verified when it is parsed."""
        if self._encoding is None:
            self._encoding = decide(data)
        return self._encoding or UTF8


class _Hashed(io.RawIOBase):
    """The raw file; whatever is read from it goes into the digest once."""

    def __init__(self, path: Path, name: str, digest: Any) -> None:
        try:
            self._file = path.open("rb", buffering=0)
        except OSError as error:
            raise UnreadableFile(error.strerror or str(error), where=name) from error
        self._digest = digest
        self.read_bytes = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count = self._file.readinto(buffer) or 0
        self._digest.update(memoryview(buffer)[:count])
        self.read_bytes += count
        return count

    def close(self) -> None:
        self._file.close()
        super().close()


def _decompressed(path: Path, raw: _Hashed) -> io.BufferedIOBase:
    if path.name.lower().endswith(".gz"):
        return gzip.GzipFile(fileobj=io.BufferedReader(raw, 1 << 20))
    return io.BufferedReader(raw, BLOCK)


def _last_record_end(data: bytes) -> int:
    """Length of the longest beginning of ``data`` that ends a record: a line end outside quotes."""
    end = data.rfind(b"\n") + 1
    if data.count(b'"', 0, end) % 2 == 0:
        return end
    quotes = np.flatnonzero(np.frombuffer(data, np.uint8) == ord('"'))
    lines = np.flatnonzero(np.frombuffer(data, np.uint8) == ord("\n"))
    outside = lines[np.searchsorted(quotes, lines) % 2 == 0]
    last = int(outside[-1]) + 1 if len(outside) else 0
    return last if len(data) - last <= LONGEST_RECORD else end


def _text_only(data: bytes) -> str:
    if data.startswith(b"\x1f\x8b"):
        return "it is compressed: name it .csv.gz"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "it is UTF-16: save it as UTF-8 or GB18030"
    return "only CSV text in UTF-8 or GB18030 is read"
