"""Actors, grants, places, audit events, idempotency keys."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from yibao.registry.migrations.columns import number, text

revision = "0001"
down_revision = None
#: What this step made, and going down drops.
TABLES = (
    "actor",
    "audit_event",
    "audit_head",
    "idempotency_key",
    "institution_place",
    "meta",
    "region_node",
    "actor_grant",
)


def upgrade() -> None:
    op.create_table(
        "actor",
        text("actor_id"),
        text("name"),
        text("kind"),
        text("organisation", needed=False),
        text("licence", needed=False),
        text("state"),
        number("version"),
        sa.CheckConstraint("kind in ('person', 'service')", name=op.f("ck_actor_kind")),
        sa.CheckConstraint("state in ('active', 'disabled')", name=op.f("ck_actor_state")),
        sa.PrimaryKeyConstraint("actor_id", name=op.f("pk_actor")),
    )
    op.create_table(
        "audit_event",
        sa.Column("chain", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        text("recorded_at"),
        text("acted_at"),
        text("actor_id"),
        text("role"),
        text("action"),
        text("subject"),
        text("outcome"),
        text("body", needed=False),
        text("body_digest"),
        text("changes"),
        text("hash"),
        sa.PrimaryKeyConstraint("chain", "seq", name=op.f("pk_audit_event")),
    )
    op.create_index("ix_audit_event_actor_id_recorded_at", "audit_event", ["actor_id", "recorded_at"], unique=False)
    op.create_index("ix_audit_event_subject", "audit_event", ["subject"], unique=False)
    op.create_table(
        "audit_head",
        sa.Column("chain", sa.BigInteger(), autoincrement=False, nullable=False),
        number("seq"),
        text("hash"),
        text("recorded_at", needed=False),
        sa.PrimaryKeyConstraint("chain", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "idempotency_key",
        text("request"),
        text("actor_id"),
        text("action"),
        text("digest"),
        text("answer"),
        text("answered_at"),
        number("version"),
        sa.PrimaryKeyConstraint("request", name=op.f("pk_idempotency_key")),
    )
    op.create_index("ix_idempotency_key_answered_at", "idempotency_key", ["answered_at"], unique=False)
    op.create_table(
        "institution_place",
        text("institution_id"),
        text("name"),
        text("kind", needed=False),
        text("region_code"),
        number("version"),
        sa.PrimaryKeyConstraint("institution_id", name=op.f("pk_institution_place")),
    )
    op.create_table(
        "meta",
        text("name"),
        text("value"),
        number("version"),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_meta")),
    )
    op.create_table(
        "region_node",
        text("region_code"),
        text("name"),
        text("parent_code", needed=False),
        number("version"),
        sa.PrimaryKeyConstraint("region_code", name=op.f("pk_region_node")),
    )
    op.create_table(
        "actor_grant",
        text("grant_id"),
        text("actor_id"),
        text("role"),
        text("scope_kind"),
        text("scope"),
        text("valid_from"),
        text("valid_to", needed=False),
        text("granted_by"),
        text("revoked_at", needed=False),
        number("version"),
        sa.CheckConstraint("scope_kind in ('region', 'institution', 'person')", name=op.f("ck_actor_grant_scope_kind")),
        sa.ForeignKeyConstraint(["actor_id"], ["actor.actor_id"], name=op.f("fk_actor_grant_actor_id")),
        sa.PrimaryKeyConstraint("grant_id", name=op.f("pk_actor_grant")),
    )
    op.create_index("ix_actor_grant_actor_id", "actor_grant", ["actor_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_actor_grant_actor_id", table_name="actor_grant")
    op.drop_table("actor_grant")
    op.drop_table("region_node")
    op.drop_table("meta")
    op.drop_table("institution_place")
    op.drop_index("ix_idempotency_key_answered_at", table_name="idempotency_key")
    op.drop_table("idempotency_key")
    op.drop_table("audit_head")
    op.drop_index("ix_audit_event_subject", table_name="audit_event")
    op.drop_index("ix_audit_event_actor_id_recorded_at", table_name="audit_event")
    op.drop_table("audit_event")
    op.drop_table("actor")
