"""Credit of institutions and insured persons: indicators, events, scores and repair."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Index, Table

from yibao.registry.tables.base import METADATA
from yibao.registry.types import day, instant, key, number, text, version

#: An indicator of a subject in a period, 0 to 100 points in millionths.
CREDIT_INDICATOR = Table(
    "credit_indicator", METADATA, key("subject_kind"), key("subject_id"), key("period"), key("indicator"),
    number("value_micro"), text("source"), version(),
)  # fmt: skip

CREDIT_EVENT = Table(
    "credit_event", METADATA, key("event_id"), text("subject_kind"), text("subject_id"), text("region_code"),
    text("kind"), number("points_milli"), day("happened_on"), text("ground"), text("clue_id", needed=False),
    text("state"), version(), CheckConstraint("state in ('active', 'objected', 'revoked', 'repaired')", name="state"),
    Index("ix_credit_event_subject", "subject_kind", "subject_id"),
)  # fmt: skip

CREDIT_SCORE = Table(
    "credit_score", METADATA, key("subject_kind"), key("subject_id"), key("period"), text("region_code"),
    day("scored_on"), number("score_milli"), text("grade"), text("law"), text("explanation"), version(),
    CheckConstraint("grade in ('A', 'B', 'C', 'D', 'E')", name="grade"),
)  # fmt: skip

#: A request of the subject about an event: repair, or objection.
CREDIT_REQUEST = Table(
    "credit_request", METADATA, key("request_id"), text("event_id"), text("kind"), text("words"), instant("asked_at"),
    text("asked_by"), day("decide_by"), text("state"), text("decided_by", needed=False),
    instant("decided_at", needed=False), version(),
    CheckConstraint("kind in ('repair', 'objection')", name="kind"),
    CheckConstraint("state in ('asked', 'granted', 'refused')", name="state"),
)  # fmt: skip
