"""Raw bytes of a CSV file in blocks of whole records, with the encoding decided and the content hashed on the way.

One pass over the file serves hash, encoding, record boundaries and progress; parsing happens elsewhere, in parallel.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from yibao.ledger.raw.encoding import GB18030, UTF8, decide, to_utf8
from yibao.ledger.raw.stream import RawStream
from yibao.ledger.refusals import BinaryFile, EmptyFile

#: Small enough that a block and its columns stay near the processor, large enough to make a query worth planning.
BLOCK = 8 << 20
#: A record that is longer than this has lost its closing quote; it is cut at a line end and judged line by line.
LONGEST_RECORD = 1 << 20
HEADER = 1 << 16
_LF = b"\n"

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
        with RawStream(self._path, self.name) as raw:
            first = raw.read(HEADER)
        _refuse_binary(first, 1, self.name)
        if b"\n" not in first and len(first) == HEADER:
            raise BinaryFile(
                f"the first line is longer than {HEADER:,} bytes, so it names no columns",
                where=f"{self.name}, line 1",
                mend="the first line must name the columns",
                zh=f"第一行超过 {HEADER:,} 字节，不是列名",
                mend_zh="第一行应为列名",
            )
        line = self._start(first).split(b"\n", 1)[0].rstrip(b"\r")
        encoding = self._encoding or decide(line) or UTF8
        return to_utf8(line, encoding, self.name, 1).decode(UTF8)

    def sha256(self) -> str:
        return self._digest.hexdigest()

    def __iter__(self) -> Iterator[Block]:
        self._digest = hashlib.sha256()
        with RawStream(self._path, self.name, self._digest) as raw:
            rest = self._start(raw.read(BLOCK))
            _, _, rest = rest.partition(b"\n")
            line, told = 2, 0
            while True:
                more = raw.read(BLOCK)
                data = rest + more
                _refuse_binary(data, line, self.name)
                if not data and not more:
                    break
                cut = _last_record_end(data) if more else len(data)
                whole, rest = data[:cut], data[cut:]
                if whole:
                    yield Block(whole, line, self._encoding_of(whole), raw.read_bytes - told)
                    told, line = raw.read_bytes, line + whole.count(b"\n")
                elif len(rest) > 8 * BLOCK:
                    raise BinaryFile(
                        f"no line end in {len(rest):,} bytes",
                        where=f"{self.name}, line {line}",
                        mend="send one record on each line",
                        zh=f"{len(rest):,} 字节内没有换行",
                        mend_zh="每行应为一条记录",
                    )
                if not more:
                    break

    def _start(self, data: bytes) -> bytes:
        for mark, encoding in _MARKS.items():
            if data.startswith(mark):
                data, self._encoding = data.removeprefix(mark), encoding
        if not data.strip():
            raise EmptyFile(
                "the file is empty",
                where=self.name,
                mend="the first line must name the columns",
                zh="文件是空的",
                mend_zh="第一行应为列名",
            )
        if b"\n" not in data and b"\r" in data:
            raise BinaryFile(
                "the lines end in CR alone",
                where=self.name,
                mend="save it with LF or CRLF line ends",
                zh="行末只有回车符（CR）",
                mend_zh="请以 LF 或 CRLF 换行保存",
            )
        return data

    def _encoding_of(self, data: bytes) -> str:
        """The first block that is not pure ASCII decides for the file; each block is verified when it is parsed."""
        if self._encoding is None:
            self._encoding = decide(data)
        return self._encoding or UTF8


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


#: How files begin that are often sent in place of text, and what to do with them.
_FORMS = {
    b"\x1f\x8b": ("it is compressed: name it .csv.gz", "它是压缩文件：请命名为 .csv.gz"),
    b"\xff\xfe": ("it is UTF-16: save it as UTF-8 or GB18030", "它是 UTF-16 编码：请存为 UTF-8 或 GB18030"),
    b"\xfe\xff": ("it is UTF-16: save it as UTF-8 or GB18030", "它是 UTF-16 编码：请存为 UTF-8 或 GB18030"),
    b"PK\x03\x04": ("it is a spreadsheet or ZIP archive: save it as CSV", "它是电子表格或 ZIP 包：请另存为 CSV"),
    b"\xd0\xcf\x11\xe0": ("it is a spreadsheet (.xls): save it as CSV", "它是 .xls 电子表格：请另存为 CSV"),
    b"%PDF": ("it is a PDF: ask for the data as CSV", "它是 PDF：请索取 CSV 数据"),
    b"\x89PNG": ("it is a picture: ask for the data as CSV", "它是图片：请索取 CSV 数据"),
    b"PAR1": ("it is Parquet: export it as CSV", "它是 Parquet：请导出为 CSV"),
}


def _refuse_binary(data: bytes, line: int, name: str) -> None:
    """Refuse what is not text; ``data`` begins at ``line``, and on line 1 with the file."""
    form = next((words for mark, words in _FORMS.items() if line == 1 and data.startswith(mark)), None)
    at = data.find(b"\0")
    if form is None and at < 0:
        return
    en, zh = form or ("only CSV text in UTF-8 or GB18030 is read", "只读取 UTF-8 或 GB18030 编码的 CSV 文本")
    if form is None:
        raise BinaryFile(
            "a zero byte, which text does not have",
            where=f"{name}, line {line + data[:at].count(_LF)}",
            mend=en,
            zh="有零字节，不是文本",
            mend_zh=zh,
        )
    raise BinaryFile("the file is not text", where=name, mend=en, zh="文件不是文本", mend_zh=zh)
