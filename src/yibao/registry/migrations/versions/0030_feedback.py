"""What people tell the bureau, and its answers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0010"
#: What this step made, and going down drops.
TABLES = ("feedback",)


def upgrade() -> None:
    op.create_table(
        "feedback",
        sa.Column("feedback_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("person_id", sa.Text(), nullable=True),
        sa.Column("institution_id", sa.Text(), nullable=True),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=True),
        sa.Column("receipt", sa.Text(), nullable=True),
        sa.Column("given_by", sa.Text(), nullable=False),
        sa.Column("given_at", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_by", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "kind in ('praise', 'complaint', 'question', 'access', 'report')", name=op.f("ck_feedback_kind")
        ),
        sa.CheckConstraint(
            "about in ('bill', 'look', 'record', 'entitlement', 'institution', 'other')", name=op.f("ck_feedback_about")
        ),
        sa.CheckConstraint("state in ('open', 'answered', 'withdrawn')", name=op.f("ck_feedback_state")),
        sa.CheckConstraint("person_id is not null or receipt is not null", name=op.f("ck_feedback_found_again")),
        sa.PrimaryKeyConstraint("feedback_id", name=op.f("pk_feedback")),
    )
    op.create_index("ix_feedback_state_due_on", "feedback", ["state", "due_on"])
    op.create_index("ix_feedback_person_id", "feedback", ["person_id"])
    op.create_index("ix_feedback_institution_id", "feedback", ["institution_id"])


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
