"""Payment qualification of staff."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from yibao.registry.migrations.columns import number, text

revision = "0004"
down_revision = "0003"
#: What this step made, and going down drops.
TABLES = ("points_repair", "qualified_staff", "points_event", "status_span")


def upgrade() -> None:
    op.create_table(
        "points_repair",
        text("repair_id"),
        text("staff_id"),
        text("measure"),
        number("points"),
        number("days"),
        text("sha256", needed=False),
        text("asked_at"),
        text("decide_by"),
        text("state"),
        text("decided_by", needed=False),
        text("decided_at", needed=False),
        number("version"),
        sa.CheckConstraint("state in ('asked', 'granted', 'refused')", name=op.f("ck_points_repair_state")),
        sa.PrimaryKeyConstraint("repair_id", name=op.f("pk_points_repair")),
    )
    op.create_table(
        "qualified_staff",
        text("staff_id"),
        text("name"),
        text("kind"),
        text("institution_id"),
        text("sites"),
        text("region_code"),
        text("registered_on"),
        text("committed_on"),
        text("status"),
        text("status_from"),
        text("status_to", needed=False),
        number("version"),
        sa.CheckConstraint("status in ('normal', 'suspended', 'terminated')", name=op.f("ck_qualified_staff_status")),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_qualified_staff")),
    )
    op.create_table(
        "points_event",
        text("event_id"),
        text("staff_id"),
        text("decision_no"),
        text("decided_on"),
        number("year"),
        text("behaviour"),
        text("situation"),
        text("responsibility"),
        number("base"),
        number("adjustment"),
        number("points"),
        number("repaired"),
        text("site"),
        text("clue_id", needed=False),
        text("state"),
        text("notice_by"),
        text("noticed_on", needed=False),
        text("appeal_by", needed=False),
        text("verify_by", needed=False),
        text("explanation"),
        number("version"),
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
        text("span_id"),
        text("staff_id"),
        text("status"),
        text("begins_on"),
        text("ends_on"),
        number("year"),
        number("points"),
        text("ground"),
        text("state"),
        text("made_at"),
        number("version"),
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
