"""Figures of reminders: how often they were shown, followed, overridden and why."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated, Any

from fastapi import APIRouter, Query

from yibao.service.access.guard import GuardedRoute, Of, Who, needs
from yibao.service.reads import reads
from yibao.service.reminders import figures
from yibao.service.systems.types import Id
from yibao.service.tables import CARD

router = APIRouter(prefix="/api/v1", tags=["reminders"], route_class=GuardedRoute)


@router.get("/reminders/figures", summary="Compliance with reminders 提醒遵从率")
@needs("reminder.read")
def of_institution(caller: Who, service: Of, institution_id: Annotated[Id, Query()], since: date) -> dict[str, Any]:
    """Of one institution since a day. ``compliance_rate`` in basis points: accepted of those answered."""
    caller.over(service.place_of(institution_id))
    with reads(service.registry) as connection:
        return figures(connection, CARD.c.institution_id == institution_id, datetime.combine(since, time()))
