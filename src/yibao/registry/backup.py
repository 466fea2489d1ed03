"""Backup and restore: one file for either database, proved by restoring it and verifying what was restored."""

from __future__ import annotations

import hashlib
import json
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, Table, insert, select

from yibao.registry.articles import RegistryError
from yibao.registry.database import connect
from yibao.registry.migrate import form_of, migrate, revisions
from yibao.registry.store import Registry
from yibao.registry.tables import METADATA
from yibao.registry.trail import as_stored
from yibao.registry.unit import reading
from yibao.registry.verify import Beside, Verified, verify

_MANIFEST = "manifest.json"
_PIECE = 2_000


@dataclass(frozen=True)
class Backup:
    """A backup: when, of which form, rows by table, and what verifying the restored copy found."""

    made_at: str
    form: str
    rows: dict[str, int]
    verified: Verified


def _nothing(_: Engine) -> None:
    """There is no annex."""


class Annex(NamedTuple):
    """Tables that others keep in the same database and that go into the same file.

    ``beside`` are those that the trail tells of; ``prepare`` makes all of them in an empty database, ``forget`` drops
    them again.
    """

    tables: Sequence[Table] = ()
    beside: Sequence[Beside] = ()
    prepare: Callable[[Engine], None] = _nothing
    forget: Callable[[Engine], None] = _nothing


NO_ANNEX = Annex()


def back_up(registry: Registry, path: Path, annex: Annex = NO_ANNEX) -> Backup:
    """Write the registry into ``path`` (a zip of JSON lines), from one state of the database, and prove it.

    The backup is restored into a scratch database and verified before it takes its place: a file that is there is good.
    """
    if path.exists():
        raise RegistryError("there is a file already", where=str(path), mend="name a new one", zh="文件已存在",
                            mend_zh="请换一个文件名")  # fmt: skip
    made_at = registry.clock().isoformat()
    form = str(form_of(registry.engine))
    part = path.with_name(path.name + ".part")
    try:
        with registry.engine.connect() as connection, reading(connection) as seen:
            rows = _write(seen, part, made_at, form, [*METADATA.sorted_tables, *annex.tables])
        with tempfile.TemporaryDirectory(prefix="yibao-registry-", dir=path.parent) as scratch:
            proof = _prove(part, Path(scratch), annex)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return Backup(made_at, form, rows, proof)


def _prove(part: Path, scratch: Path, annex: Annex) -> Verified:
    engine = connect(str(scratch / "proof.db"))
    try:
        restore(part, engine, annex)
        return verify(Registry(str(scratch / "proof.db"), engine), more=annex.beside)
    finally:
        engine.dispose()


def _write(connection: Connection, path: Path, made_at: str, form: str, tables: Sequence[Table]) -> dict[str, int]:
    rows: dict[str, int] = {}
    digests: dict[str, str] = {}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for table in tables:
            digest = hashlib.sha256()
            rows[table.name] = 0
            with archive.open(f"{table.name}.jsonl", "w", force_zip64=True) as file:
                query = select(*(as_stored(column) for column in table.columns)).order_by(*table.primary_key)
                for row in connection.execute(query, execution_options={"yield_per": _PIECE}):
                    line = json.dumps(list(row), ensure_ascii=False).encode() + b"\n"
                    digest.update(line)
                    file.write(line)
                    rows[table.name] += 1
            digests[table.name] = digest.hexdigest()
        columns = {table.name: list(table.columns.keys()) for table in tables}
        said = {"made_at": made_at, "form": form, "rows": rows, "sha256": digests, "columns": columns}
        archive.writestr(_MANIFEST, json.dumps(said, ensure_ascii=False, indent=1))
    return rows


def restore(path: Path, engine: Engine, annex: Annex = NO_ANNEX) -> dict[str, int]:
    """Restore a backup into an empty database, all or nothing, and bring it to the newest form. Returns rows by table.

    Rows of an annex that the backup has and the caller does not name are left out.
    Raises :class:`RegistryError` for a file that is damaged or none, and for a database that is not empty.
    """
    try:
        archive = zipfile.ZipFile(path)
        manifest = json.loads(archive.read(_MANIFEST))
        form, columns, digests = manifest["form"], manifest["columns"], manifest["sha256"]
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        raise _damaged(path, "it is not a backup of a registry") from None
    with archive:
        if form not in revisions():
            raise _damaged(path, f"its form {form} is not known to this version")
        if form_of(engine) is not None:
            raise RegistryError(
                "there is a registry already",
                where=engine.url.render_as_string(),
                mend="restore into an empty database",
                zh="此处已有登记库",
                mend_zh="请恢复到空数据库",
            )
        migrate(engine, form)
        try:
            annex.prepare(engine)
            rows = _load(archive, path, engine, columns, digests, [*METADATA.sorted_tables, *annex.tables])
        except BaseException:
            annex.forget(engine)
            migrate(engine, "base")
            raise
    migrate(engine)
    return rows


def _load(
    archive: zipfile.ZipFile, path: Path, engine: Engine, columns: dict[str, list[str]], digests: dict[str, str],
    tables: Sequence[Table],
) -> dict[str, int]:  # fmt: skip
    rows: dict[str, int] = {}
    with engine.begin() as connection:
        for table in tables:
            if table.name not in columns:
                continue
            digest = hashlib.sha256()
            rows[table.name] = 0
            for piece in _pieces(archive, path, table.name, digest):
                if any(not isinstance(row, list) or len(row) != len(columns[table.name]) for row in piece):
                    raise _damaged(path, f"{table.name}.jsonl is not what was written")
                made = [dict(zip(columns[table.name], row, strict=True)) for row in piece]
                connection.execute(insert(table), [_typed(table, row) for row in made])
                rows[table.name] += len(made)
            if digest.hexdigest() != digests.get(table.name):
                raise _damaged(path, f"{table.name}.jsonl is not what was written")
    return rows


def _pieces(archive: zipfile.ZipFile, path: Path, name: str, digest: Any) -> Iterator[list[list[Any]]]:
    try:
        with archive.open(f"{name}.jsonl") as file:
            piece: list[list[Any]] = []
            for line in file:
                digest.update(line)
                piece.append(json.loads(line))
                if len(piece) == _PIECE:
                    yield piece
                    piece = []
            if piece:
                yield piece
    except (KeyError, ValueError, zipfile.BadZipFile, EOFError, OSError):
        raise _damaged(path, f"{name}.jsonl cannot be read") from None


def _typed(table: Any, row: dict[str, Any]) -> dict[str, Any]:
    """A row as the columns take it: what is stored becomes what Python says, and is stored again the same."""
    from datetime import date

    from yibao.registry.types import Day, Instant

    made = dict(row)
    for name, value in row.items():
        if value is not None and isinstance(table.c[name].type, Instant):
            made[name] = datetime.fromisoformat(value)
        elif value is not None and isinstance(table.c[name].type, Day):
            made[name] = date.fromisoformat(value)
    return made


def _damaged(path: Path, why: str) -> RegistryError:
    return RegistryError(f"it cannot be restored: {why}", where=str(path), mend="take another backup",
                         zh=f"无法恢复：{why}", mend_zh="请换一份备份")  # fmt: skip
