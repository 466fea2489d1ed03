"""Peers that a hospital chose."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "s020"
down_revision = "s010"


def upgrade() -> None:
    op.create_table(
        "service_peer_choice",
        sa.Column("choice_id", sa.Text(), nullable=False),
        sa.Column("institution_id", sa.Text(), nullable=False),
        sa.Column("peers", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("made_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("choice_id", name=op.f("pk_service_peer_choice")),
    )
    op.create_index("ix_service_peer_choice_institution_id", "service_peer_choice", ["institution_id"], unique=False)


def downgrade() -> None:
    op.drop_table("service_peer_choice")
