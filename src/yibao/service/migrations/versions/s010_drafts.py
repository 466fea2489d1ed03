"""Drafts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "s010"
down_revision = "s001"


def upgrade() -> None:
    op.create_table(
        "service_draft",
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("actor_id", "object", name=op.f("pk_service_draft")),
    )


def downgrade() -> None:
    op.drop_table("service_draft")
