"""Batches of files: handed in, followed, and what was not taken fetched back with the reasons."""

from __future__ import annotations

import csv
import io
import secrets
import shutil
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Response, UploadFile
from pydantic import BaseModel
from sqlalchemy import select

from yibao.presentation.workbook import spreadsheet_safe
from yibao.service.access.guard import GuardedRoute, Of, Who, needs
from yibao.service.access.trail import look
from yibao.service.problems import unknown
from yibao.service.reads import reads
from yibao.service.state import Service
from yibao.service.systems.types import Id
from yibao.service.tables import UPLOAD
from yibao.service.uploads import enter, receive, refuse_foreign, table_of

router = APIRouter(prefix="/api/v1", tags=["uploads"], route_class=GuardedRoute)
_COLUMNS = ("file", "row", "sequence", "field", "value", "code", "expected_zh", "expected_en", "raw")


class Upload(BaseModel):
    """How far an upload is: received, reading, taken, failed. rows_in = accepted + quarantined + duplicates."""

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


@router.get("/uploads/{upload_id}/quarantine.csv", summary="What was not taken 下载隔离数据", response_class=Response)
@needs("upload.read")
def quarantine(upload_id: Id, caller: Who, service: Of) -> Response:
    """One row for each problem, as handed in, with what is expected; opens in Excel, no cell runs as a formula."""
    row = upload_of(caller, service, upload_id)
    found: list[dict[str, Any]] = []
    if row["ledger_batch"]:
        service.ledger.refresh()
        rows = service.ledger.quarantine(row["ledger_batch"])
        found = rows.select(_COLUMNS).to_pylist() if rows.num_rows else []
    look(service.registry, caller, "", "quarantine", {"quarantine": len(found)}, [f"upload/{upload_id}"])
    text = io.StringIO()
    text.write("\ufeff")
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    writer.writerows([[spreadsheet_safe(str(one[name] or "")) for name in _COLUMNS] for one in found])
    headers = {"Content-Disposition": f'attachment; filename="quarantine-{upload_id}.csv"'}
    return Response(text.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


def upload_of(caller: Who, service: Service, upload_id: str) -> Any:
    """The row of an upload within the caller's scope. Raises :class:`Problem` 404."""
    with reads(service.registry) as connection:
        row = connection.execute(select(UPLOAD).where(UPLOAD.c.upload_id == upload_id)).mappings().one_or_none()
    if not caller.covers(service.place_of(row["institution_id"] if row else "-")) or row is None:
        raise unknown("upload", "上传")
    return row
