"""Opinions of institutions and their answers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0006"
#: What this step made, and going down drops.
TABLES = ("opinion",)


def upgrade() -> None:
    op.create_table(
        "opinion",
        sa.Column("opinion_id", sa.Text(), nullable=False),
        sa.Column("institution_id", sa.Text(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("cases", sa.Text(), nullable=True),
        sa.Column("given_by", sa.Text(), nullable=False),
        sa.Column("given_at", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("summary", sa.Text(), nullable=True),
        sa.Column("answered_by", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.Text(), nullable=True),
        sa.Column("published", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("about in ('group', 'price', 'definition', 'data', 'other')", name=op.f("ck_opinion_about")),
        sa.CheckConstraint("state in ('open', 'answered', 'withdrawn')", name=op.f("ck_opinion_state")),
        sa.CheckConstraint("outcome in ('accepted', 'partly', 'declined')", name=op.f("ck_opinion_outcome")),
        sa.CheckConstraint("published in (0, 1)", name=op.f("ck_opinion_published")),
        sa.PrimaryKeyConstraint("opinion_id", name=op.f("pk_opinion")),
    )
    op.create_index("ix_opinion_institution_id", "opinion", ["institution_id"], unique=False)
    op.create_index("ix_opinion_state_due_on", "opinion", ["state", "due_on"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_opinion_state_due_on", table_name="opinion")
    op.drop_index("ix_opinion_institution_id", table_name="opinion")
    op.drop_table("opinion")
