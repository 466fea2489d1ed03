"""Uploads that are being stored, and uploads that were cancelled."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "s040"
down_revision = "s030"

_NAME = "ck_service_upload_state"
_BEFORE = "state in ('received', 'reading', 'taken', 'failed')"
_AFTER = "state in ('received', 'reading', 'storing', 'taken', 'failed', 'cancelled')"


def upgrade() -> None:
    _exchange(_BEFORE, _AFTER)


def downgrade() -> None:
    _exchange(_AFTER, _BEFORE)


def _exchange(old: str, new: str) -> None:
    """SQLite makes the table anew, from what is read of it; its named conditions are not."""
    there = sa.Table("service_upload", sa.MetaData(), autoload_with=op.get_bind())
    there.append_constraint(sa.CheckConstraint(old, name=_NAME))
    with op.batch_alter_table("service_upload", copy_from=there) as table:
        table.drop_constraint(_NAME, type_="check")
        table.create_check_constraint(_NAME, new)
