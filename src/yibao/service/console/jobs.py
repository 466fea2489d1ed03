"""How far an upload is: a sentence, a bar, rows so far; the page comes again by itself until it ends."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from yibao.service.access.guard import GuardedRoute, Of, Who, needs
from yibao.service.console.pages import lang_of, page
from yibao.service.systems.types import Id
from yibao.service.systems.uploads import upload_of

router = APIRouter(prefix="/jobs", route_class=GuardedRoute, include_in_schema=False)


@router.get("/{upload_id}")
@needs("upload.read")
def job(request: Request, upload_id: Id, caller: Who, service: Of) -> Response:
    """An upload of an institution within scope."""
    row = upload_of(caller, service, upload_id)
    running = row["state"] in ("received", "reading")
    question = "交来的数据到哪一步了？" if lang_of(request) == "zh" else "How far are the data that were handed in?"
    return page(request, "job.html", caller=caller, status=202 if running else 200, question=question, job=row,
                running=running)  # fmt: skip
