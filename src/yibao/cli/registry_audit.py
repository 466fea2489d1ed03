"""`yibao registry audit`: what was done and what was refused."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from sqlalchemy import select

from yibao.cli.options import AsJson
from yibao.cli.registry_session import HERE, By, RegistryPlace, day, listed, session
from yibao.cli.words import t
from yibao.registry.tables.core import EVENT

app = typer.Typer(
    help=t("留痕：谁、何时、做了什么、被拒绝什么", "The audit trail: who did what when, and what was refused"),
    no_args_is_help=True,
)


@app.command("list", help=t("列出留痕，最新在前", "List events, the newest first"))
def list_events(
    by: By,
    subject: Annotated[
        str | None, typer.Option("--subject", help=t("对象，如 clue:CL-1", "the subject, such as clue:CL-1"))
    ] = None,
    actor: Annotated[str | None, typer.Option("--actor", metavar="ACTOR", help=t("操作人", "who acted"))] = None,
    refused: Annotated[bool, typer.Option("--refused", help=t("只看被拒绝的", "refusals only"))] = False,
    since: Annotated[str | None, typer.Option("--since", metavar="DAY", help=t("此日以来", "since this day"))] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help=t("最多行数", "at most so many"))] = 50,
    place: RegistryPlace = HERE,
    as_json: AsJson = False,
) -> None:
    query = select(EVENT).order_by(EVENT.c.recorded_at.desc(), EVENT.c.seq.desc()).limit(limit)
    if subject is not None:
        query = query.where(EVENT.c.subject == subject)
    if actor is not None:
        query = query.where(EVENT.c.actor_id == actor)
    if refused:
        query = query.where(EVENT.c.outcome == "refused")
    if since is not None:
        from datetime import datetime, time

        query = query.where(EVENT.c.recorded_at >= datetime.combine(day(since), time()))
    with session(place, by) as acting, acting.reading("audit.read") as unit:
        rows = [{**row, "note": _note(row["body"])} for row in unit.rows(query)]
    listed(rows, ("recorded_at", "actor_id", "role", "action", "subject", "outcome", "note"), as_json)


def _note(body: str | None) -> str:
    """What a refusal said; of what was done, the row tells enough."""
    return "" if body is None else str(json.loads(body).get("said", ""))
