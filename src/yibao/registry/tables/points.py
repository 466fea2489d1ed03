"""Payment qualification of staff: register, points, and spans of suspension and termination."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Table, Text

from yibao.registry.tables.base import METADATA
from yibao.registry.types import day, instant, key, number, text, version


def _staff() -> Column[str]:
    return Column("staff_id", Text, ForeignKey("qualified_staff.staff_id"), nullable=False)


QUALIFIED_STAFF = Table(
    "qualified_staff", METADATA, key("staff_id"), text("name"), text("kind"), text("institution_id"),
    text("sites"), text("region_code"), day("registered_on"), day("committed_on"), text("status"),
    day("status_from"), day("status_to", needed=False), version(),
    CheckConstraint("status in ('normal', 'suspended', 'terminated')", name="status"),
)  # fmt: skip

#: Points by one decision for one type of violation.
POINTS_EVENT = Table(
    "points_event", METADATA, key("event_id"), _staff(), text("decision_no"), day("decided_on"), number("year"),
    text("behaviour"), text("situation"), text("responsibility"), number("base"), number("adjustment"),
    number("points"), number("repaired"), text("site"), text("clue_id", needed=False), text("state"),
    day("notice_by"), day("noticed_on", needed=False), day("appeal_by", needed=False),
    day("verify_by", needed=False), text("explanation"), version(),
    CheckConstraint("points between 0 and 12 and repaired between 0 and points", name="points"),
    CheckConstraint("state in ('decided', 'noticed', 'appealed', 'active', 'revoked')", name="state"),
    Index("ix_points_event_staff_id_year", "staff_id", "year"),
)  # fmt: skip

#: Every span in which a status other than normal held, and why.
STATUS_SPAN = Table(
    "status_span",
    METADATA,
    key("span_id"),
    _staff(),
    text("status"),
    day("begins_on"),
    day("ends_on"),
    number("year"),
    number("points"),
    text("ground"),
    text("state"),
    instant("made_at"),
    version(),
    CheckConstraint("state in ('in_force', 'lifted', 'over')", name="state"),
    Index("ix_status_span_staff_id", "staff_id"),
)

REPAIR = Table(
    "points_repair", METADATA, key("repair_id"), Column("staff_id", Text, nullable=False), text("measure"),
    number("points"), number("days"), text("sha256", needed=False), instant("asked_at"), day("decide_by"),
    text("state"), text("decided_by", needed=False), instant("decided_at", needed=False), version(),
    CheckConstraint("state in ('asked', 'granted', 'refused')", name="state"),
)  # fmt: skip
