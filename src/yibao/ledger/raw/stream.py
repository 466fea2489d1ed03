"""The bytes of a raw file, in one pass: unpacked when it is compressed, hashed as they stand on disk, counted."""

from __future__ import annotations

import gzip
import hashlib
import io
import zlib
from pathlib import Path
from types import TracebackType
from typing import Any

from yibao.ledger.refusals import TruncatedFile, unreadable

_BUFFER = 1 << 20


class RawStream:
    """Reads ``path``; a name that ends in ``.gz`` is unpacked. A context manager.

    ``read_bytes`` counts the bytes taken from disk so far; ``digest`` (a hashlib object, SHA-256 by default) has seen
    them. Raises a refusal for a file that cannot be read, or that is damaged.
    """

    def __init__(self, path: Path, name: str, digest: Any = None) -> None:
        self._name = name
        self.digest = hashlib.sha256() if digest is None else digest
        try:
            self._raw = _Hashed(path, self.digest)
        except OSError as error:
            raise unreadable(error, name) from error
        buffered = io.BufferedReader(self._raw, _BUFFER)
        self._stream = gzip.GzipFile(fileobj=buffered) if path.name.lower().endswith(".gz") else buffered

    @property
    def read_bytes(self) -> int:
        return self._raw.read_bytes

    def read(self, size: int) -> bytes:
        """The next ``size`` bytes, fewer only at the end."""
        try:
            return self._stream.read(size)
        except EOFError as error:
            raise TruncatedFile(
                "the compressed file ends before its data does",
                where=self._name,
                mend="send the file again",
                zh="压缩文件不完整，数据未到结尾",
                mend_zh="请重新发送此文件",
            ) from error
        except (gzip.BadGzipFile, zlib.error) as error:
            raise TruncatedFile(
                f"the compressed file is damaged: {error}",
                where=self._name,
                mend="send the file again",
                zh=f"压缩文件已损坏：{error}",
                mend_zh="请重新发送此文件",
            ) from error
        except OSError as error:
            raise unreadable(error, self._name) from error

    def __enter__(self) -> RawStream:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._raw.close()


class _Hashed(io.RawIOBase):
    """The raw file; whatever is read from it goes into the digest once."""

    def __init__(self, path: Path, digest: Any) -> None:
        self._file = path.open("rb", buffering=0)
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
