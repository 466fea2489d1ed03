"""Why an objection to an assessment was granted or refused."""

from __future__ import annotations

from alembic import op

from yibao.registry.migrations.columns import text

revision = "0031"
down_revision = "0030"
#: Going down drops a column of this table, so it must be empty.
TABLES = ("assessment_objection",)


def upgrade() -> None:
    op.add_column("assessment_objection", text("answer", needed=False))


def downgrade() -> None:
    op.drop_column("assessment_objection", "answer")
