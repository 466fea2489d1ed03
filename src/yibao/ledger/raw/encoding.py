"""UTF-8 or GB18030, decided from the bytes; a file that mixes them is refused at the line where it changes.

Short Chinese text in GB18030 may happen to be valid UTF-8 (女 is C5 AE, which is Ů), so "it decodes" is no proof.
Characters that UTF-8 writes in three bytes are: in GB18030 the same bytes would be a run of rare characters.
"""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa

from yibao.ledger.refusals import MixedEncoding

UTF8, GB18030 = "utf-8", "gb18030"

_CHINESE = re.compile("[\u3000-\u9fff\uff00-\uffef]")
#: Signs that occur in otherwise English text: degree, micro, times, middle dot, accents.
_BEYOND_LATIN = re.compile("[^\u0000-\u00ff]")


def decide(data: bytes) -> str | None:
    """The encoding that ``data`` speaks for, None while it is pure ASCII."""
    if data.isascii():
        return None
    try:
        text = data.decode(UTF8)
    except UnicodeDecodeError as error:
        # A UTF-8 file with a broken line is still UTF-8 when Chinese text before that line shows it.
        before = data[: data.rfind(b"\n", 0, error.start) + 1].decode(UTF8)
        return UTF8 if _CHINESE.search(before) else GB18030
    if _CHINESE.search(text) or not _BEYOND_LATIN.search(text):
        return UTF8
    return GB18030 if _is(data, GB18030) else UTF8


def to_utf8(data: bytes, encoding: str, file: str, line: int) -> bytes:
    """``data`` (whole lines, the first being ``line``) as verified UTF-8.

    Raises :class:`MixedEncoding` naming the line that is in another encoding.
    """
    if data.isascii():
        return data
    if encoding == UTF8:
        if not _valid_utf8(data):
            _refuse(data, file, line, UTF8)
        return data
    try:
        text = data.decode(GB18030)
    except UnicodeDecodeError:
        _refuse(data, file, line, GB18030)
    for number, one in enumerate(data.split(b"\n"), line):
        if not one.isascii() and _speaks_utf8(one):
            raise _mixed(file, number, GB18030, UTF8)
    return text.encode(UTF8)


def _valid_utf8(data: bytes) -> bool:
    # Arrow validates ten times faster than a decoding that is thrown away.
    ends = pa.py_buffer(np.array([0, len(data)], np.int32))
    try:
        pa.StringArray.from_buffers(1, ends, pa.py_buffer(data)).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _speaks_utf8(line: bytes) -> bool:
    try:
        return _CHINESE.search(line.decode(UTF8)) is not None
    except UnicodeDecodeError:
        return False


def _is(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _refuse(data: bytes, file: str, line: int, encoding: str) -> None:
    other = GB18030 if encoding == UTF8 else UTF8
    for number, one in enumerate(data.split(b"\n"), line):
        if not _is(one, encoding):
            raise _mixed(file, number, encoding, other if _is(one, other) else None)
    raise _mixed(file, line, encoding, None)


def _mixed(file: str, line: int, encoding: str, other: str | None) -> MixedEncoding:
    names = {UTF8: "UTF-8", GB18030: "GB18030"}
    found = f"in {names[other]}" if other else "in neither UTF-8 nor GB18030"
    found_zh = f"是 {names[other]}" if other else "既非 UTF-8 也非 GB18030"
    return MixedEncoding(
        f"the file is in {names[encoding]} up to here; this line is {found}",
        where=f"{file}, line {line}",
        mend="write the whole file in one encoding",
        zh=f"文件到此为 {names[encoding]} 编码，这一行{found_zh}",
        mend_zh="整个文件请用同一种编码",
    )
