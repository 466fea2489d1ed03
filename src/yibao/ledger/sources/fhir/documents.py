"""Files of FHIR JSON cut into pieces: lines of NDJSON, or one document (a resource, a Bundle, an array).

What a file is, its content says: when its first line is a whole JSON value it has one on each line; otherwise the file
is one document, which must fit into memory. A file named .ndjson or .jsonl is lines whatever its first line is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from yibao.ledger.raw.stream import RawStream
from yibao.ledger.refusals import BinaryFile, EmptyFile, InputRefused
from yibao.ledger.sources.unpacking import Piece

#: Large enough that planning the statements for a piece is little beside running them.
BLOCK = 32 << 20
#: A single document is parsed as a whole, and takes several times its size while it is.
LONGEST = 256 << 20
_MARK = b"\xef\xbb\xbf"
_LINES = (".ndjson", ".jsonl")
_FORMS = {
    b"\xff\xfe": ("it is UTF-16: save it as UTF-8", "它是 UTF-16 编码：请存为 UTF-8"),
    b"\xfe\xff": ("it is UTF-16: save it as UTF-8", "它是 UTF-16 编码：请存为 UTF-8"),
    b"\x1f\x8b": ("it is compressed: its name must end in .gz", "它是压缩文件：文件名须以 .gz 结尾"),
    b"PK\x03\x04": ("it is a ZIP archive: unpack it", "它是 ZIP 包：请先解压"),
    b"<": ("it is XML: export it as JSON", "它是 XML：请导出为 JSON"),
}


class NotJson(InputRefused):
    """A file that is no JSON."""


@dataclass(frozen=True)
class Documents:
    """JSON texts: ``data`` is one on each line, the first on the line ``first``; or ``whole``, one altogether."""

    data: bytes
    first: int
    whole: bool


def pieces(name: str, stream: RawStream) -> Iterator[Piece]:
    """All of a file. Raises a refusal for what is no JSON text."""
    data = _start(stream.read(BLOCK), name)
    if _by_lines(name, data):
        yield from _lines(name, stream, data)
        return
    while more := stream.read(BLOCK):
        data += more
        if len(data) > LONGEST:
            raise NotJson(
                f"one JSON document of more than {LONGEST >> 20} MB",
                where=name,
                mend="write one resource on each line (NDJSON)",
                zh=f"单个 JSON 文档超过 {LONGEST >> 20} MB",
                mend_zh="请每行写一个资源（NDJSON）",
            )
    error = _error(data)
    whole = error is None
    if error is not None and not any(_is_whole(line) for line in data.split(b"\n")):
        raise _no_json(error, name)
    yield Piece(Documents(data, 1, whole), stream.read_bytes)


def _start(data: bytes, name: str) -> bytes:
    data = data.removeprefix(_MARK)
    begin = data.lstrip()
    if not begin:
        raise EmptyFile(
            "the file is empty", where=name, mend="send the file again", zh="文件是空的", mend_zh="请重新发送此文件"
        )
    form = next((words for mark, words in _FORMS.items() if begin.startswith(mark)), None)
    if form is not None:
        raise BinaryFile("the file is not JSON", where=name, mend=form[0], zh="文件不是 JSON", mend_zh=form[1])
    return data


def _by_lines(name: str, data: bytes) -> bool:
    if name.lower().removesuffix(".gz").endswith(_LINES):
        return True
    return _is_whole(data.lstrip().split(b"\n", 1)[0])


def _lines(name: str, stream: RawStream, data: bytes) -> Iterator[Piece]:
    """Blocks of whole lines; a file without a single good line in its first block is refused."""
    line, told, judged = 1, 0, False
    more = stream.read(BLOCK)
    if not more and b"\n" not in data.strip() and _is_whole(data):
        yield Piece(Documents(data, 1, whole=True), stream.read_bytes)
        return
    while True:
        cut = data.rfind(b"\n") + 1 if more else len(data)
        whole, data = data[:cut], data[cut:] + more
        if whole.strip():
            if not judged:
                if not any(_is_whole(one) for one in whole.split(b"\n")):
                    raise _no_json(_error(whole.lstrip().split(b"\n", 1)[0]), name)
                judged = True
            done, told = stream.read_bytes - told, stream.read_bytes
            yield Piece(Documents(whole, line, whole=False), done)
        line += whole.count(b"\n")
        if not more:
            return
        more = stream.read(BLOCK)
        if len(data) > LONGEST:
            raise NotJson(
                f"a line of more than {LONGEST >> 20} MB",
                where=f"{name}, line {line}",
                mend="write one resource on each line",
                zh=f"一行超过 {LONGEST >> 20} MB",
                mend_zh="每行写一个资源",
            )


def _is_whole(line: bytes) -> bool:
    line = line.strip()
    return line[:1] in (b"{", b"[") and len(line) > 1 and _error(line) is None


def _error(data: bytes) -> Exception | None:
    try:
        json.loads(data, parse_float=str, parse_int=str)
    except (ValueError, RecursionError) as error:
        return error
    return None


def _no_json(error: Exception | None, name: str) -> NotJson:
    where, said = name, "it holds no JSON"
    if isinstance(error, json.JSONDecodeError):
        where, said = f"{name}, line {error.lineno}, column {error.colno}", error.msg
    elif error is not None:
        said = str(error)
    return NotJson(
        f"the file is no JSON: {said}",
        where=where,
        mend="a resource, a Bundle, an array of them, or one on each line (NDJSON)",
        zh=f"文件不是 JSON：{said}",
        mend_zh="应为一个资源、Bundle、资源数组，或每行一个资源（NDJSON）",
    )
