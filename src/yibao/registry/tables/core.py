"""Who may act, where, and what was done: actors, grants, places, audit events, idempotency keys."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Table, Text

from yibao.registry.tables.base import METADATA
from yibao.registry.types import day, instant, key, number, text, version

#: Facts about the registry itself: its id, since when.
META = Table("meta", METADATA, key("name"), text("value"), version())

ACTOR = Table(
    "actor",
    METADATA,
    key("actor_id"),
    text("name"),
    text("kind"),
    text("organisation", needed=False),
    text("licence", needed=False),  # number of the enforcement licence: 执法证件号
    text("state"),
    version(),
    CheckConstraint("kind in ('person', 'service')", name="kind"),
    CheckConstraint("state in ('active', 'disabled')", name="state"),
)

#: A role given to an actor for a scope. `scope` is a region code, an institution id or a person id.
GRANT = Table(
    "actor_grant",
    METADATA,
    key("grant_id"),
    Column("actor_id", Text, ForeignKey("actor.actor_id"), nullable=False),
    text("role"),
    text("scope_kind"),
    text("scope"),
    day("valid_from"),
    day("valid_to", needed=False),
    text("granted_by"),
    instant("revoked_at", needed=False),
    version(),
    CheckConstraint("scope_kind in ('region', 'institution', 'person')", name="scope_kind"),
    Index("ix_actor_grant_actor_id", "actor_id"),
)

#: The region tree and the institutions in it, as the ledger says.
REGION = Table("region_node", METADATA, key("region_code"), text("name"), text("parent_code", needed=False), version())
INSTITUTION = Table(
    "institution_place", METADATA, key("institution_id"), text("name"), text("kind", needed=False), text("region_code"),
    version(),
)  # fmt: skip

#: The last event of each chain.
HEAD = Table("audit_head", METADATA, Column("chain", BigInteger, primary_key=True, autoincrement=False), number("seq"),
             text("hash"), instant("recorded_at", needed=False))  # fmt: skip

EVENT = Table(
    "audit_event",
    METADATA,
    Column("chain", BigInteger, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    instant("recorded_at"),
    instant("acted_at"),
    text("actor_id"),
    text("role"),
    text("action"),
    text("subject"),
    text("outcome"),
    text("body", needed=False),  # erased when its retention ends; its digest stays in the chain
    text("body_digest"),
    text("changes"),
    text("hash"),
    Index("ix_audit_event_subject", "subject"),
    Index("ix_audit_event_actor_id_recorded_at", "actor_id", "recorded_at"),
)

#: The answer that a request got: the same request again gets it again.
IDEMPOTENCY = Table(
    "idempotency_key", METADATA, key("request"), text("actor_id"), text("action"), text("digest"), text("answer"),
    instant("answered_at"), version(), Index("ix_idempotency_key_answered_at", "answered_at"),
)  # fmt: skip
