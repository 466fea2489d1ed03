"""Data rights: classified data sets, purposes, consents, permits, releases, and who looked at whom."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Table, Text

from yibao.registry.tables.base import METADATA
from yibao.registry.types import day, instant, key, number, text, version

DATASET = Table(
    "dataset", METADATA, key("dataset_id"), text("title_zh"), text("title_en"), text("level"), text("owner"),
    text("source"), text("basis"), text("subjects"), text("retention"), text("location"), version(),
    CheckConstraint("level in ('L1', 'L2', 'L3', 'L4', 'L5')", name="level"),
)  # fmt: skip

PURPOSE = Table(
    "purpose", METADATA, key("purpose_id"), text("title_zh"), text("title_en"), text("basis"), text("statutory"),
    version(), CheckConstraint("statutory in ('yes', 'no')", name="statutory"),
)  # fmt: skip

#: A person's consent to the use of a data set for a purpose.
CONSENT = Table(
    "consent", METADATA, key("consent_id"), text("person_id"), text("dataset_id"), text("purpose_id"),
    day("valid_from"), day("valid_to"), text("given_by"), instant("withdrawn_at", needed=False), version(),
    Index("ix_consent_person_id", "person_id"),
)  # fmt: skip

#: Who may use which data set for which purpose, until when, by whose approval.
PERMIT = Table(
    "permit", METADATA, key("permit_id"), Column("dataset_id", Text, ForeignKey("dataset.dataset_id"), nullable=False),
    Column("purpose_id", Text, ForeignKey("purpose.purpose_id"), nullable=False), text("actor_id"),
    text("region_code"), text("ticket"), text("approved_by"), text("second_approval", needed=False),
    day("valid_from"), day("valid_to"), text("impact_assessment", needed=False), instant("revoked_at", needed=False),
    version(), CheckConstraint("approved_by <> second_approval", name="two_persons"),
)  # fmt: skip

#: A look at data of persons.
LOOK = Table(
    "look", METADATA, key("look_id"), text("permit_id", needed=False), text("actor_id"), text("role"),
    text("organisation", needed=False), text("dataset_id"), text("purpose_id"), text("columns"),
    text("predicate_digest"), number("rows"), number("persons"), text("device", needed=False), instant("looked_at"),
    text("alerts", needed=False), version(), Index("ix_look_actor_id_looked_at", "actor_id", "looked_at"),
)  # fmt: skip

LOOK_PERSON = Table(
    "look_person", METADATA, Column("look_id", Text, ForeignKey("look.look_id"), primary_key=True), key("person_id"),
    version(), Index("ix_look_person_person_id", "person_id"),
)  # fmt: skip

RELEASE = Table(
    "release", METADATA, key("release_id"), text("dataset_id"), text("purpose_id"), text("receiver"), text("level"),
    number("rows"), number("smallest_cell", needed=False), text("sha256"), text("asked_by"), instant("asked_at"),
    text("approved_by", needed=False), instant("approved_at", needed=False), text("state"), text("checks"), version(),
    CheckConstraint("asked_by <> approved_by", name="two_persons"),
    CheckConstraint("state in ('asked', 'approved', 'refused', 'recalled')", name="state"),
)  # fmt: skip

#: A person's request: see, copy, correct, delete, explain, refuse an automated decision.
RIGHTS_REQUEST = Table(
    "rights_request", METADATA, key("request_id"), text("person_id"), text("kind"), text("words"),
    instant("asked_at"), day("answer_by"), text("state"), text("answer", needed=False),
    text("answered_by", needed=False), instant("answered_at", needed=False), version(),
)  # fmt: skip
