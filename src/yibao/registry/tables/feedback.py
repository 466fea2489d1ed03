"""What insured people and the public tell the bureau: praise, complaints, questions, reports; and the answers."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Index, Table

from yibao.registry.tables.base import METADATA
from yibao.registry.types import day, instant, key, text, version

#: `subject` is the id of what it is about (a bill, a look, a record). `person_id` is empty for what came without a
#: name; `receipt` is the digest of the code by which such a person finds the answer.
FEEDBACK = Table(
    "feedback",
    METADATA,
    key("feedback_id"),
    text("kind"),
    text("about"),
    text("subject", needed=False),
    text("person_id", needed=False),
    text("institution_id", needed=False),
    text("region_code"),
    text("words"),
    text("contact", needed=False),
    text("receipt", needed=False),
    text("given_by"),
    instant("given_at"),
    day("due_on"),
    text("state"),
    text("answer", needed=False),
    text("answered_by", needed=False),
    instant("answered_at", needed=False),
    version(),
    CheckConstraint("kind in ('praise', 'complaint', 'question', 'access', 'report')", name="kind"),
    CheckConstraint("about in ('bill', 'look', 'record', 'entitlement', 'institution', 'other')", name="about"),
    CheckConstraint("state in ('open', 'answered', 'withdrawn')", name="state"),
    CheckConstraint("person_id is not null or receipt is not null", name="found_again"),
    Index("ix_feedback_state_due_on", "state", "due_on"),
    Index("ix_feedback_person_id", "person_id"),
    Index("ix_feedback_institution_id", "institution_id"),
)
