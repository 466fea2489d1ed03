"""Files that institutions hand in with an answer, kept by their SHA-256: no name of theirs is a path of ours."""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path
from typing import BinaryIO

from yibao.service.problems import Problem
from yibao.service.state import Service

#: What may be handed in, by the first bytes: no page and no program.
_KINDS = {b"%PDF-": "pdf", b"\x89PNG\r\n": "png", b"\xff\xd8\xff": "jpg", b"PK\x03\x04": "zip"}


def take_in(service: Service, clue_id: str, content: BinaryIO) -> str | None:
    """Keep a file under its clue; its SHA-256, None for an empty file. Raises :class:`Problem` 422 for another kind."""
    head = content.read(8)
    if not head:
        return None
    if not any(head.startswith(sign) for sign in _KINDS):
        raise Problem(
            422, "form", "the file is no PDF, PNG, JPEG or ZIP", "文件不是 PDF、PNG、JPEG 或 ZIP", field="file",
            mend="scan to PDF; pack several files into one ZIP", mend_zh="请扫描为 PDF；多个文件请打包为一个 ZIP",
        )  # fmt: skip
    folder = _folder(service, clue_id)
    folder.mkdir(parents=True, exist_ok=True)
    half, seen = folder / f".{secrets.token_hex(8)}", hashlib.sha256(head)
    with half.open("wb") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(head)
        while piece := content.read(1 << 20):
            seen.update(piece)
            file.write(piece)
    half.replace(folder / seen.hexdigest())
    return seen.hexdigest()


def is_there(service: Service, clue_id: str, sha256: str) -> bool:
    """Whether this file was handed in for this clue."""
    return len(sha256) == 64 and sha256.isalnum() and (_folder(service, clue_id) / sha256).is_file()


def _folder(service: Service, clue_id: str) -> Path:
    # The clue's number comes from the registry, but a folder is named by a digest all the same.
    return service.settings.home / "materials" / hashlib.sha256(clue_id.encode()).hexdigest()[:24]
