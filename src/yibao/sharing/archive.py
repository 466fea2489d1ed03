"""The file that travels: a plain tar with one possible form for its content, so that no byte of it is free.

    manifest.json            what is in the package
    manifest.sig             96 bytes: the public key and its signature of manifest.json
    tables/<table>.parquet   in the order of the manifest

Any tar program lists it. Reading does not trust its headers: each is computed from what the manifest says and compared,
padding must be zero, and the length of the file is known before anything is unpacked. A name that leads elsewhere, a
file that grows while it is unpacked, or bytes behind the end cannot occur in a package that is accepted.
"""

from __future__ import annotations

import hashlib
import os
import tarfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from yibao.sharing.keys import PUBLIC_BYTES, SIGNATURE_BYTES, PrivateKey, signed_by
from yibao.sharing.refusals import PackageDamaged

MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
#: A manifest is text about some sixty tables; one of this size is none.
MANIFEST_BYTES = 16 << 20
_BLOCK = 512
_PIECE = 1 << 20
#: What is signed begins with this, so that a signature of something else is never one of a manifest.
_PURPOSE = b"yibao package manifest 1\n"


@dataclass(frozen=True)
class Member:
    """A file of the package after manifest and signature."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Sealed:
    """The head of a package whose manifest bears a valid signature of ``key`` (32 bytes, known or not)."""

    package: Path
    manifest: bytes
    key: bytes
    begin: int


def write_archive(target: Path, manifest: bytes, key: PrivateKey, files: Sequence[tuple[str, Path]]) -> str:
    """Write a package and return its SHA-256. The same content gives the same bytes."""
    signature = key.public.raw + key.sign(_PURPOSE + manifest)
    digest = hashlib.sha256()
    with target.open("wb") as out:

        def put(data: bytes) -> None:
            out.write(data)
            digest.update(data)

        for name, content in ((MANIFEST, manifest), (SIGNATURE, signature)):
            put(_header(name, len(content)) + content + _padding(len(content)))
        for name, path in files:
            size = path.stat().st_size
            put(_header(name, size))
            with path.open("rb") as source:
                while piece := source.read(_PIECE):
                    put(piece)
            put(_padding(size))
        put(bytes(2 * _BLOCK))
        out.flush()
        os.fsync(out.fileno())
    return digest.hexdigest()


def open_archive(package: Path) -> Sealed:
    """Read and check the head. Raises :class:`PackageDamaged` naming the file inside that is not as it should be."""
    with _opened(package) as source:
        header = source.read(_BLOCK)
        try:
            size = tarfile.TarInfo.frombuf(header, "utf-8", "strict").size
        except tarfile.TarError:
            raise _damaged(package, MANIFEST, "this is no package", "这不是数据包") from None
        if not 0 < size <= MANIFEST_BYTES or header != _header(MANIFEST, size):
            raise _damaged(package, MANIFEST, "this is no package", "这不是数据包")
        manifest = _read_padded(source, size, package, MANIFEST)
        length = PUBLIC_BYTES + SIGNATURE_BYTES
        if _read(source, _BLOCK, package, SIGNATURE) != _header(SIGNATURE, length):
            raise _altered(package, SIGNATURE)
        sealed = _read_padded(source, length, package, SIGNATURE)
        key, signature = sealed[:PUBLIC_BYTES], sealed[PUBLIC_BYTES:]
        if not signed_by(key, _PURPOSE + manifest, signature):
            raise _damaged(
                package,
                MANIFEST,
                "the manifest and its signature do not belong together: one of them was altered",
                "清单与其签名不符：其中之一被改动",
            )
        return Sealed(package, manifest, key, source.tell())


def unpack(
    sealed: Sealed, members: Sequence[Member], folder: Path | None, progress: Callable[[int, int], None]
) -> Mapping[str, Path]:
    """Check every file byte for byte and, with ``folder``, write it there. Returns where each path of a member lies.

    Nothing is written outside ``folder`` nor beyond the sizes that the manifest states; ``progress`` is told bytes.
    """
    package = sealed.package
    total = sealed.begin + sum(_BLOCK + m.size + len(_padding(m.size)) for m in members) + 2 * _BLOCK
    there = package.stat().st_size
    if there != total:
        short = there < total
        raise _damaged(
            package,
            "",
            f"the package is {'cut short' if short else 'longer than it should be'}: {there:,} of {total:,} bytes",
            f"数据包{'不完整' if short else '过长'}：{there:,} 字节，应为 {total:,} 字节",
        )
    found: dict[str, Path] = {}
    with _opened(package) as source:
        source.seek(sealed.begin)
        for number, member in enumerate(members):
            if _read(source, _BLOCK, package, member.path) != _header(member.path, member.size):
                raise _altered(package, member.path)
            target = None if folder is None else folder / f"{number}.parquet"
            _copy(source, member, package, target)
            if target is not None:
                found[member.path] = target
            if any(_read(source, len(_padding(member.size)), package, member.path)):
                raise _altered(package, member.path)
            progress(source.tell(), total)
        if any(_read(source, 2 * _BLOCK, package, "end")):
            raise _altered(package, "end")
    return found


def _copy(source: BinaryIO, member: Member, package: Path, target: Path | None) -> None:
    digest = hashlib.sha256()
    with open(os.devnull if target is None else target, "wb") as out:  # noqa: PTH123 - devnull has no directory
        for size in _pieces(member.size):
            piece = _read(source, size, package, member.path)
            digest.update(piece)
            out.write(piece)
    if digest.hexdigest() != member.sha256:
        raise _altered(package, member.path)


def _pieces(size: int) -> Iterable[int]:
    for at in range(0, size, _PIECE):
        yield min(_PIECE, size - at)


def _header(name: str, size: int) -> bytes:
    about = tarfile.TarInfo(name)
    about.size, about.mode, about.mtime = size, 0o644, 0
    return about.tobuf(tarfile.GNU_FORMAT, "utf-8", "strict")


def _padding(size: int) -> bytes:
    return bytes(-size % _BLOCK)


def _read_padded(source: BinaryIO, size: int, package: Path, name: str) -> bytes:
    content = _read(source, size, package, name)
    if any(_read(source, len(_padding(size)), package, name)):
        raise _altered(package, name)
    return content


def _read(source: BinaryIO, size: int, package: Path, name: str) -> bytes:
    data = source.read(size)
    if len(data) != size:
        raise _damaged(package, name, "the package is cut short", "数据包不完整")
    return data


def _opened(package: Path) -> BinaryIO:
    try:
        return package.open("rb")
    except OSError as error:
        raise PackageDamaged(
            f"the package cannot be read: {error.strerror}",
            where=str(package),
            zh=f"数据包无法读取：{error.strerror}",
        ) from error


def _altered(package: Path, name: str) -> PackageDamaged:
    return _damaged(package, name, "not as it was when the package was signed", "与签名时不一致")


def _damaged(package: Path, name: str, what: str, zh: str) -> PackageDamaged:
    return PackageDamaged(
        what,
        where=f"{package}: {name}" if name else str(package),
        mend="ask the sender for the file again and compare its SHA-256",
        zh=zh,
        mend_zh="请向发送方重新索取，并核对 SHA-256",
    )
