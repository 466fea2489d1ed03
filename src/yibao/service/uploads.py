"""Files that institutions hand in: stored, looked at for whose rows they are, then read into the ledger in their turn.

Reading is idempotent: a service that was stopped in between reads the file again when it starts. An upload may be
cancelled until it is being stored: each of its states is left by one statement that asks for the state, so that either
the cancellation holds, and not one row came in, or the ledger has the batch and the cancellation is refused.
"""

from __future__ import annotations

import hashlib
import logging
import re
import shutil
import time
from collections.abc import Mapping, Sequence
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
#: States in which an upload may be cancelled, and those that it leaves by itself.
CANCELLABLE = ("received", "reading")
OPEN = (*CANCELLABLE, "storing")
#: Why an upload cannot be cancelled any more: name, zh, en.
_TOO_LATE = {
    "storing": ("being_stored", "正在写入账本，不能再取消", "it is being stored and cannot be cancelled any more"),
    "taken": ("already_taken", "数据已经入库，不能取消", "its rows are in the ledger and cannot be cancelled"),
    "failed": ("already_failed", "上传没有读入，不用取消", "it was not read: there is nothing to cancel"),
    "cancelled": ("already_cancelled", "已经取消过了", "it was cancelled before"),
}


class _Cancelled(Exception):
    """Somebody took the upload back while it was being read."""


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
    """Take up what an earlier process left unread, or cancelled and not removed."""
    with reads(service.registry) as connection:
        named = select(UPLOAD.c.upload_id, UPLOAD.c.state).where(UPLOAD.c.state.in_((*OPEN, "cancelled")))
        left = connection.execute(named.order_by(UPLOAD.c.made_at)).all()
    for upload_id, state in left:
        service.work.submit(_remove if state == "cancelled" else read_in, service, upload_id)


def read_in(service: Service, upload_id: str) -> None:
    """Read one upload into the ledger, telling how far it is. A failure is told in its row."""
    told = 0.0
    # What was being stored when the service stopped may be in the ledger already: it is not taken back to "reading".
    _move(service, upload_id, CANCELLABLE, state="reading")

    def progress(stage: str, done: float, total: float) -> None:  # noqa: ARG001 - the signature of progress
        nonlocal told
        if time.monotonic() - told > 1:
            told = time.monotonic()
            _insist(service, upload_id, done=int(done), total=int(total))

    folder = service.settings.home / "uploads" / upload_id
    try:
        with service.writing:
            _insist(service, upload_id)
            report = ingest(folder, "national", service.ledger.path, progress=progress,
                            gate=lambda: _insist(service, upload_id, state="storing"))  # fmt: skip
            service.reload()
    except _Cancelled:
        return
    except YibaoError as error:
        _end(service, upload_id, state="failed", said=error.zh)
    except Exception:
        log.exception("an upload failed", extra={"said": {"upload": upload_id}})
        _end(service, upload_id, state="failed", said="内部错误，已记录 internal error, recorded")
    else:
        _end(service, upload_id, state="taken", done=report.rows_in, total=report.rows_in, rows_in=report.rows_in,
             accepted=report.accepted, quarantined=report.quarantined, duplicates=report.duplicates,
             ledger_batch=report.batch_id)  # fmt: skip


def cancel(service: Service, upload_id: str, by: str, reason: str) -> None:
    """Take an upload back before it is stored: no row comes into the ledger, and the file is removed.

    Raises :class:`Problem` 409, named by how far it is, when it is too late.
    """
    now = service.registry.clock()
    with service.registry.engine.begin() as connection:
        if not _moved(connection, upload_id, CANCELLABLE, {"state": "cancelled", "said": reason, "moved_at": now}):
            state = connection.execute(select(UPLOAD.c.state).where(UPLOAD.c.upload_id == upload_id)).scalar_one()
            raise _too_late(state)
        record(connection, now, by, "upload.cancel", f"upload:{upload_id}", reason=reason,
               changed=_upload(upload_id))  # fmt: skip
    service.work.submit(_remove, service, upload_id)


def _too_late(state: str) -> Problem:
    name, zh, what = _TOO_LATE[state]
    return Problem(409, name, what, zh, field="state", mend="cancel an upload while it waits or is being read",
                   mend_zh="只能取消等待中或正在读入的上传")  # fmt: skip


def _remove(service: Service, upload_id: str) -> None:
    """Forget the file of a cancelled upload; the thread that reads files does it, so nobody is reading it."""
    shutil.rmtree(service.settings.home / "uploads" / upload_id, ignore_errors=True)


def _insist(service: Service, upload_id: str, **changes: Any) -> None:
    """Note how far it is. Raises :class:`_Cancelled` when it was cancelled in between."""
    if not _move(service, upload_id, OPEN, **changes):
        raise _Cancelled


def _move(service: Service, upload_id: str, states: Sequence[str], **changes: Any) -> bool:
    """Note how far it is if it is in one of the states; whether it was."""
    with service.registry.engine.begin() as connection:
        return _moved(connection, upload_id, states, {**changes, "moved_at": service.registry.clock()})


def _moved(connection: Connection, upload_id: str, states: Sequence[str], changes: Mapping[str, Any]) -> bool:
    there = update(UPLOAD).where(UPLOAD.c.upload_id == upload_id, UPLOAD.c.state.in_(states))
    return connection.execute(there.values(dict(changes))).rowcount == 1


def _end(service: Service, upload_id: str, **changes: Any) -> None:
    """What came of it, in the trail too, as an act of who handed it in."""
    now = service.registry.clock()
    with service.registry.engine.begin() as connection:
        if not _moved(connection, upload_id, OPEN, {**changes, "moved_at": now}):
            return  # cancelled: it failed, or brought nothing new, after that
        by = connection.execute(select(UPLOAD.c.actor_id).where(UPLOAD.c.upload_id == upload_id)).scalar_one()
        record(connection, now, by, f"upload.{changes['state']}", f"upload:{upload_id}",
               changed=_upload(upload_id))  # fmt: skip


def _upload(upload_id: str) -> tuple[Changed, ...]:
    return ((UPLOAD, {"upload_id": upload_id}),)
