"""Batches of files: handed in, followed, and what was not taken fetched back with the reasons."""

from __future__ import annotations

import csv
import io
import secrets
import shutil
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import pyarrow as pa
from fastapi import APIRouter, File, Form, Response, UploadFile
from pydantic import BaseModel
from sqlalchemy import select

from yibao.presentation.workbook import spreadsheet_safe
from yibao.service.access.guard import GuardedRoute, Of, Who, needs
from yibao.service.access.scope import Caller
from yibao.service.access.trail import look
from yibao.service.problems import unknown
from yibao.service.reads import reads
from yibao.service.state import Service
from yibao.service.systems.types import Id, Request, Words, example
from yibao.service.tables import UPLOAD
from yibao.service.uploads import cancel, enter, receive, refuse_foreign, table_of

router = APIRouter(prefix="/api/v1", tags=["uploads"], route_class=GuardedRoute)
_COLUMNS = ("file", "row", "sequence", "field", "value", "code", "expected_zh", "expected_en", "raw")


class Cancellation(Request):
    """Why an upload is taken back."""

    model_config = example({"reason": "选错了月份的文件"})

    reason: Words


class Upload(BaseModel):
    """How far an upload is: received, reading, storing; then taken, failed or cancelled, ``said`` says why.

    rows_in = accepted + quarantined + duplicates.
    """

    upload_id: str
    institution_id: str
    file_name: str
    sha256: str
    bytes: int
    state: str
    done: int
    total: int
    rows_in: int
    accepted: int
    quarantined: int
    duplicates: int
    ledger_batch: str | None
    said: str | None
    made_at: datetime
    moved_at: datetime


@router.post("/uploads", summary="Hand a file in 批量上传", status_code=202)
@needs("upload.send")
def send(
    caller: Who, service: Of, institution_id: Annotated[Id, Form()], file: Annotated[UploadFile, File()]
) -> Upload:
    """A CSV named after its table (source ``national``). Rows of another institution refuse the whole file."""
    caller.over(service.place_of(institution_id))
    table = table_of(file.filename or "")
    upload_id, now = f"U{secrets.token_hex(8)}", service.registry.clock()
    path, sha256, size = receive(service, upload_id, str(file.filename), file.file)
    if not any(grant["scope_kind"] == "region" for grant in caller.grants):
        try:
            refuse_foreign(service, path, table, institution_id)
        except Exception:
            shutil.rmtree(path.parent)
            raise
    row: dict[str, Any] = {
        "upload_id": upload_id, "institution_id": institution_id, "actor_id": caller.actor_id,
        "file_name": path.name, "sha256": sha256, "bytes": size, "state": "received", "done": 0, "total": size,
        "rows_in": 0, "accepted": 0, "quarantined": 0, "duplicates": 0, "ledger_batch": None, "said": None,
        "made_at": now, "moved_at": now,
    }  # fmt: skip
    enter(service, row)
    return Upload(**{name: row[name] for name in Upload.model_fields})


@router.get("/uploads/{upload_id}", summary="How far an upload is 上传进度")
@needs("upload.read")
def show(upload_id: Id, caller: Who, service: Of) -> Upload:
    """Uploads of institutions within scope."""
    row = upload_of(caller, service, upload_id)
    return Upload(**{name: row[name] for name in Upload.model_fields})


@router.post("/uploads/{upload_id}/cancellation", summary="Take an upload back 取消上传")
@needs("upload.send")
def take_back(upload_id: Id, asked: Cancellation, caller: Who, service: Of) -> Upload:
    """While it waits or is being read: not one row comes into the ledger, and the file is removed.

    Later, and the second time, it is refused (409) by the name of how far it is: ``being_stored``, ``already_taken``,
    ``already_failed``, ``already_cancelled``.
    """
    upload_of(caller, service, upload_id)
    cancel(service, upload_id, caller.actor_id, asked.reason)
    return show(upload_id, caller, service)


@router.get("/uploads/{upload_id}/quarantine.csv", summary="What was not taken 下载隔离数据", response_class=Response)
@needs("upload.read")
def quarantine(upload_id: Id, caller: Who, service: Of) -> Response:
    """One row for each problem, as handed in, with what is expected; opens in Excel, no cell runs as a formula."""
    row = upload_of(caller, service, upload_id)
    rows = set_aside(caller, service, row)
    found = rows.select(_COLUMNS).to_pylist() if rows.num_rows else []
    text = io.StringIO()
    text.write("\ufeff")
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    writer.writerows([[spreadsheet_safe(str(one[name] or "")) for name in _COLUMNS] for one in found])
    headers = {"Content-Disposition": f'attachment; filename="quarantine-{upload_id}.csv"'}
    return Response(text.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


def set_aside(caller: Caller, service: Service, row: Mapping[str, Any]) -> pa.Table:
    """Rows of an upload that were not taken, each with its problem; that the caller saw them is noted."""
    rows = pa.table({})
    if row["ledger_batch"]:
        service.ledger.refresh()
        rows = service.ledger.quarantine(row["ledger_batch"])
    look(service.registry, caller, "", "quarantine", {"quarantine": rows.num_rows}, [f"upload/{row['upload_id']}"])
    return rows


def upload_of(caller: Who, service: Service, upload_id: str) -> Any:
    """The row of an upload within the caller's scope. Raises :class:`Problem` 404."""
    with reads(service.registry) as connection:
        row = connection.execute(select(UPLOAD).where(UPLOAD.c.upload_id == upload_id)).mappings().one_or_none()
    if not caller.covers(service.place_of(row["institution_id"] if row else "-")) or row is None:
        raise unknown("upload", "上传")
    return row
