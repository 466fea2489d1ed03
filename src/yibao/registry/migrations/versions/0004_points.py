"""Payment qualification of staff."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
#: What this step made, and going down drops.
TABLES = ("points_repair", "qualified_staff", "points_event", "status_span")


def upgrade() -> None:
    op.create_table(
        "points_repair",
        sa.Column("repair_id", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.Text(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("days", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("asked_at", sa.Text(), nullable=False),
        sa.Column("decide_by", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("state in ('asked', 'granted', 'refused')", name=op.f("ck_points_repair_state")),
        sa.PrimaryKeyConstraint("repair_id", name=op.f("pk_points_repair")),
    )
    op.create_table(
        "qualified_staff",
        sa.Column("staff_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("institution_id", sa.Text(), nullable=False),
        sa.Column("sites", sa.Text(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("registered_on", sa.Text(), nullable=False),
        sa.Column("committed_on", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("status_from", sa.Text(), nullable=False),
        sa.Column("status_to", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("status in ('normal', 'suspended', 'terminated')", name=op.f("ck_qualified_staff_status")),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_qualified_staff")),
    )
    op.create_table(
        "points_event",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.Text(), nullable=False),
        sa.Column("decision_no", sa.Text(), nullable=False),
        sa.Column("decided_on", sa.Text(), nullable=False),
        sa.Column("year", sa.BigInteger(), nullable=False),
        sa.Column("behaviour", sa.Text(), nullable=False),
        sa.Column("situation", sa.Text(), nullable=False),
        sa.Column("responsibility", sa.Text(), nullable=False),
        sa.Column("base", sa.BigInteger(), nullable=False),
        sa.Column("adjustment", sa.BigInteger(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("repaired", sa.BigInteger(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("clue_id", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("notice_by", sa.Text(), nullable=False),
        sa.Column("noticed_on", sa.Text(), nullable=True),
        sa.Column("appeal_by", sa.Text(), nullable=True),
        sa.Column("verify_by", sa.Text(), nullable=True),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "state in ('decided', 'noticed', 'appealed', 'active', 'revoked')", name=op.f("ck_points_event_state")
        ),
        sa.CheckConstraint(
            "points between 0 and 12 and repaired between 0 and points", name=op.f("ck_points_event_points")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["qualified_staff.staff_id"], name=op.f("fk_points_event_staff_id")),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_points_event")),
    )
    op.create_index("ix_points_event_staff_id_year", "points_event", ["staff_id", "year"], unique=False)
    op.create_table(
        "status_span",
        sa.Column("span_id", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("begins_on", sa.Text(), nullable=False),
        sa.Column("ends_on", sa.Text(), nullable=False),
        sa.Column("year", sa.BigInteger(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("made_at", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("state in ('in_force', 'lifted', 'over')", name=op.f("ck_status_span_state")),
        sa.ForeignKeyConstraint(["staff_id"], ["qualified_staff.staff_id"], name=op.f("fk_status_span_staff_id")),
        sa.PrimaryKeyConstraint("span_id", name=op.f("pk_status_span")),
    )
    op.create_index("ix_status_span_staff_id", "status_span", ["staff_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_status_span_staff_id", table_name="status_span")
    op.drop_table("status_span")
    op.drop_index("ix_points_event_staff_id_year", table_name="points_event")
    op.drop_table("points_event")
    op.drop_table("qualified_staff")
    op.drop_table("points_repair")
