"""Wrong sign-ins under names that nobody has."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "s030"
down_revision = "s020"


def upgrade() -> None:
    op.create_table(
        "service_stranger",
        sa.Column("bucket", sa.Text(), nullable=False),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("locked_until", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("bucket", name=op.f("pk_service_stranger")),
    )


def downgrade() -> None:
    op.drop_table("service_stranger")
