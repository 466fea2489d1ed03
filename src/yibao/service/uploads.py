"""Files that institutions hand in: stored, looked at for whose rows they are, then read into the ledger in their turn.

Reading is idempotent: a service that was stopped in between reads the file again when it starts.
"""

from __future__ import annotations

import hashlib
import logging
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import duckdb
from sqlalchemy import Connection, insert, select, update

from yibao.engine.schema import Table
from yibao.errors import YibaoError
from yibao.ledger.belonging import PARENTS
from yibao.ledger.contracts import load_contracts
from yibao.ledger.duck import connect
from yibao.ledger.ingest import ingest
from yibao.service.access.trail import Changed, record
from yibao.service.problems import Problem
from yibao.service.reads import reads
from yibao.service.state import Service
from yibao.service.tables import UPLOAD

log = logging.getLogger("yibao.service.uploads")
#: A file is named after its table, as source `national` reads it.
_NAME = re.compile(r"([a-z][a-z_]{1,40}?)(_[0-9]{1,20})?\.csv")


def table_of(file_name: str) -> Table:
    """The contract that a file's name says. Raises :class:`Problem` 422: no path, no other ending, no unknown table."""
    match = _NAME.fullmatch(file_name)
    contracts = load_contracts()
    found = {t.national: t for t in contracts.values() if t.national} | dict(contracts)
    table = found.get(match[1]) if match else None
    if table is None or table.kind != "fact":
        raise Problem(
            422, "file_name", "the file is named after no table of facts", "文件名不是事实表的名称", field="file",
            mend="name it TABLE.csv or TABLE_NUMBER.csv, such as charge_line_202603.csv",
            mend_zh="请命名为 表名.csv 或 表名_编号.csv，如 charge_line_202603.csv",
        )  # fmt: skip
    return table


def receive(service: Service, upload_id: str, file_name: str, content: BinaryIO) -> tuple[Path, str, int]:
    """Store a file under its upload; returns its path, SHA-256 and size."""
    folder = service.settings.home / "uploads" / upload_id
    folder.mkdir(parents=True)
    path, seen, size = folder / file_name, hashlib.sha256(), 0
    with path.open("wb") as file:
        while piece := content.read(1 << 20):
            seen.update(piece)
            size += len(piece)
            file.write(piece)
    return path, seen.hexdigest(), size


def refuse_foreign(service: Service, path: Path, table: Table, institution_id: str) -> None:
    """Rows are the institution's own, or hang on encounters, bills and reports of its own. Raises :class:`Problem` 422.

    What can be tied to no institution is handed in by the agency.
    """
    column = next((name for name in ("institution_id", *PARENTS) if name in table.by_name), None)
    if column is None:
        raise Problem(422, "not_yours", f"{table.name} is handed in by the agency", f"{table.name} 由经办机构上传",
                      field="file")  # fmt: skip
    named = {column, table.by_name[column].national}
    values = _distinct(path, named)
    if column == "institution_id":
        foreign = [value for value in values if value != institution_id]
    else:
        parent = PARENTS[column][0]
        rows = service.ledger.rows(parent, column, [value for value in values if value])
        own = {r[column] for r in rows.select([column, "institution_id"]).to_pylist()
               if r["institution_id"] == institution_id}  # fmt: skip
        foreign = [value for value in values if value not in own]
    if foreign:
        raise Problem(
            422, "not_yours", f"{len(foreign)} values of {column} are not of this institution",
            f"有 {len(foreign)} 个 {column} 不属于本机构", field=column,
            mend="hand in rows of your own only", mend_zh="请只上传本机构的数据",
        )  # fmt: skip


def _distinct(path: Path, named: set[str | None]) -> list[str | None]:
    """The distinct values of the column that has one of the names."""
    try:
        with connect() as engine:
            read = "read_csv(?, all_varchar = true, header = true, strict_mode = false)"
            names = [row[0] for row in engine.execute(f"describe select * from {read}", [str(path)]).fetchall()]
            column = next((name for name in names if name in named), None)
            if column is None:
                return [None]
            quoted = '"' + column.replace('"', '""') + '"'
            found = engine.execute(f"select distinct {quoted} from {read}", [str(path)]).fetchall()
    except duckdb.Error:
        raise Problem(
            422, "unreadable", "the file is no CSV in UTF-8", "文件不是 UTF-8 编码的 CSV", field="file",
            mend="save it as CSV in UTF-8", mend_zh="请另存为 UTF-8 编码的 CSV",
        ) from None  # fmt: skip
    return [row[0] for row in found]


def enter(service: Service, row: Mapping[str, Any]) -> None:
    """Note an upload, and have it read in its turn."""
    with service.registry.engine.begin() as connection:
        connection.execute(insert(UPLOAD), dict(row))
        record(connection, row["made_at"], row["actor_id"], "upload.receive", f"upload:{row['upload_id']}",
               institution_id=row["institution_id"], sha256=row["sha256"], bytes=row["bytes"],
               changed=_upload(row["upload_id"]))  # fmt: skip
    service.work.submit(read_in, service, row["upload_id"])


def resume(service: Service) -> None:
    """Take up what an earlier process left unread."""
    with reads(service.registry) as connection:
        open_ = select(UPLOAD.c.upload_id).where(UPLOAD.c.state.in_(("received", "reading")))
        waiting = connection.execute(open_.order_by(UPLOAD.c.made_at)).scalars().all()
    for upload_id in waiting:
        service.work.submit(read_in, service, upload_id)


def read_in(service: Service, upload_id: str) -> None:
    """Read one upload into the ledger, telling how far it is. A failure is told in its row."""
    told = 0.0

    def progress(stage: str, done: float, total: float) -> None:  # noqa: ARG001 - the signature of progress
        nonlocal told
        if time.monotonic() - told > 1:
            told = time.monotonic()
            _note(service, upload_id, state="reading", done=int(done), total=int(total))

    folder = service.settings.home / "uploads" / upload_id
    try:
        with service.writing:
            report = ingest(folder, "national", service.ledger.path, progress=progress)
            service.reload()
    except YibaoError as error:
        _end(service, upload_id, state="failed", said=error.zh)
    except Exception:
        log.exception("an upload failed", extra={"said": {"upload": upload_id}})
        _end(service, upload_id, state="failed", said="内部错误，已记录 internal error, recorded")
    else:
        _end(service, upload_id, state="taken", done=report.rows_in, total=report.rows_in, rows_in=report.rows_in,
             accepted=report.accepted, quarantined=report.quarantined, duplicates=report.duplicates,
             ledger_batch=report.batch_id)  # fmt: skip


def _note(service: Service, upload_id: str, **changes: Any) -> None:
    """How far it is."""
    with service.registry.engine.begin() as connection:
        _write(connection, upload_id, {**changes, "moved_at": service.registry.clock()})


def _end(service: Service, upload_id: str, **changes: Any) -> None:
    """What came of it, in the trail too, as an act of who handed it in."""
    now = service.registry.clock()
    with service.registry.engine.begin() as connection:
        _write(connection, upload_id, {**changes, "moved_at": now})
        by = connection.execute(select(UPLOAD.c.actor_id).where(UPLOAD.c.upload_id == upload_id)).scalar_one()
        record(connection, now, by, f"upload.{changes['state']}", f"upload:{upload_id}",
               changed=_upload(upload_id))  # fmt: skip


def _write(connection: Connection, upload_id: str, changes: Mapping[str, Any]) -> None:
    connection.execute(update(UPLOAD).where(UPLOAD.c.upload_id == upload_id).values(dict(changes)))


def _upload(upload_id: str) -> tuple[Changed, ...]:
    return ((UPLOAD, {"upload_id": upload_id}),)
