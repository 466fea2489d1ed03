"""Opinions of institutions on how they are paid and governed, and the bureau's answers."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Index, Table

from yibao.registry.tables.base import METADATA
from yibao.registry.types import day, instant, key, number, text, version

#: `subject` is what it is about: a group's code, an item's code, the id of a definition. `cases` is a list in JSON.
OPINION = Table(
    "opinion", METADATA, key("opinion_id"), text("institution_id"), text("region_code"), text("about"),
    text("subject", needed=False), text("words"), text("cases", needed=False), text("given_by"), instant("given_at"),
    day("due_on"), text("state"), text("outcome", needed=False), text("answer", needed=False),
    text("summary", needed=False), text("answered_by", needed=False), instant("answered_at", needed=False),
    number("published"), version(),
    CheckConstraint("about in ('group', 'price', 'definition', 'data', 'other')", name="about"),
    CheckConstraint("state in ('open', 'answered', 'withdrawn')", name="state"),
    CheckConstraint("outcome in ('accepted', 'partly', 'declined')", name="outcome"),
    CheckConstraint("published in (0, 1)", name="published"),
    Index("ix_opinion_state_due_on", "state", "due_on"), Index("ix_opinion_institution_id", "institution_id"),
)  # fmt: skip
