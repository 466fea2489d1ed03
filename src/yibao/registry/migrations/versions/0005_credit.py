"""Credit of institutions and persons, annual assessment."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from yibao.registry.migrations.columns import number, text

revision = "0005"
down_revision = "0004"
#: What this step made, and going down drops.
TABLES = (
    "assessment_objection",
    "assessment_plan",
    "credit_event",
    "credit_indicator",
    "credit_request",
    "credit_score",
    "assessed_score",
    "assessed_value",
)


def upgrade() -> None:
    op.create_table(
        "assessment_objection",
        text("objection_id"),
        text("plan_id"),
        text("institution_id"),
        text("indicator"),
        text("words"),
        text("raised_at"),
        text("state"),
        number("mended", needed=False),
        text("decided_by", needed=False),
        text("decided_at", needed=False),
        number("version"),
        sa.CheckConstraint("state in ('raised', 'granted', 'refused')", name=op.f("ck_assessment_objection_state")),
        sa.PrimaryKeyConstraint("objection_id", name=op.f("pk_assessment_objection")),
    )
    op.create_table(
        "assessment_plan",
        text("plan_id"),
        number("year"),
        text("region_code"),
        text("law"),
        text("tree"),
        text("state"),
        text("weights", needed=False),
        text("quality", needed=False),
        text("objections_by", needed=False),
        number("version"),
        sa.CheckConstraint("state in ('open', 'drafted', 'final')", name=op.f("ck_assessment_plan_state")),
        sa.PrimaryKeyConstraint("plan_id", name=op.f("pk_assessment_plan")),
    )
    op.create_table(
        "credit_event",
        text("event_id"),
        text("subject_kind"),
        text("subject_id"),
        text("region_code"),
        text("kind"),
        number("points_milli"),
        text("happened_on"),
        text("ground"),
        text("clue_id", needed=False),
        text("state"),
        number("version"),
        sa.CheckConstraint(
            "state in ('active', 'objected', 'revoked', 'repaired')", name=op.f("ck_credit_event_state")
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_credit_event")),
    )
    op.create_index("ix_credit_event_subject", "credit_event", ["subject_kind", "subject_id"], unique=False)
    op.create_table(
        "credit_indicator",
        text("subject_kind"),
        text("subject_id"),
        text("period"),
        text("indicator"),
        number("value_micro"),
        text("source"),
        number("version"),
        sa.PrimaryKeyConstraint("subject_kind", "subject_id", "period", "indicator", name=op.f("pk_credit_indicator")),
    )
    op.create_table(
        "credit_request",
        text("request_id"),
        text("event_id"),
        text("kind"),
        text("words"),
        text("asked_at"),
        text("asked_by"),
        text("decide_by"),
        text("state"),
        text("decided_by", needed=False),
        text("decided_at", needed=False),
        number("version"),
        sa.CheckConstraint("kind in ('repair', 'objection')", name=op.f("ck_credit_request_kind")),
        sa.CheckConstraint("state in ('asked', 'granted', 'refused')", name=op.f("ck_credit_request_state")),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_credit_request")),
    )
    op.create_table(
        "credit_score",
        text("subject_kind"),
        text("subject_id"),
        text("period"),
        text("region_code"),
        text("scored_on"),
        number("score_milli"),
        text("grade"),
        text("law"),
        text("explanation"),
        number("version"),
        sa.CheckConstraint("grade in ('A', 'B', 'C', 'D', 'E')", name=op.f("ck_credit_score_grade")),
        sa.PrimaryKeyConstraint("subject_kind", "subject_id", "period", name=op.f("pk_credit_score")),
    )
    op.create_table(
        "assessed_score",
        text("plan_id"),
        text("institution_id"),
        number("score_milli"),
        number("rank"),
        number("peers"),
        text("explanation"),
        text("state"),
        number("version"),
        sa.ForeignKeyConstraint(["plan_id"], ["assessment_plan.plan_id"], name=op.f("fk_assessed_score_plan_id")),
        sa.PrimaryKeyConstraint("plan_id", "institution_id", name=op.f("pk_assessed_score")),
    )
    op.create_table(
        "assessed_value",
        text("plan_id"),
        text("institution_id"),
        text("indicator"),
        number("declared", needed=False),
        text("sha256", needed=False),
        number("verified", needed=False),
        number("repeated", needed=False),
        text("verified_by", needed=False),
        text("note", needed=False),
        number("version"),
        sa.ForeignKeyConstraint(["plan_id"], ["assessment_plan.plan_id"], name=op.f("fk_assessed_value_plan_id")),
        sa.PrimaryKeyConstraint("plan_id", "institution_id", "indicator", name=op.f("pk_assessed_value")),
    )


def downgrade() -> None:
    op.drop_table("assessed_value")
    op.drop_table("assessed_score")
    op.drop_table("credit_score")
    op.drop_table("credit_request")
    op.drop_table("credit_indicator")
    op.drop_index("ix_credit_event_subject", table_name="credit_event")
    op.drop_table("credit_event")
    op.drop_table("assessment_plan")
    op.drop_table("assessment_objection")
