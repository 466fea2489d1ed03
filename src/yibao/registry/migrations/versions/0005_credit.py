"""Credit of institutions and persons, annual assessment."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

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
        sa.Column("objection_id", sa.Text(), nullable=False),
        sa.Column("plan_id", sa.Text(), nullable=False),
        sa.Column("institution_id", sa.Text(), nullable=False),
        sa.Column("indicator", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("raised_at", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("mended", sa.BigInteger(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("state in ('raised', 'granted', 'refused')", name=op.f("ck_assessment_objection_state")),
        sa.PrimaryKeyConstraint("objection_id", name=op.f("pk_assessment_objection")),
    )
    op.create_table(
        "assessment_plan",
        sa.Column("plan_id", sa.Text(), nullable=False),
        sa.Column("year", sa.BigInteger(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("law", sa.Text(), nullable=False),
        sa.Column("tree", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("weights", sa.Text(), nullable=True),
        sa.Column("quality", sa.Text(), nullable=True),
        sa.Column("objections_by", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("state in ('open', 'drafted', 'final')", name=op.f("ck_assessment_plan_state")),
        sa.PrimaryKeyConstraint("plan_id", name=op.f("pk_assessment_plan")),
    )
    op.create_table(
        "credit_event",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("points_milli", sa.BigInteger(), nullable=False),
        sa.Column("happened_on", sa.Text(), nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("clue_id", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "state in ('active', 'objected', 'revoked', 'repaired')", name=op.f("ck_credit_event_state")
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_credit_event")),
    )
    op.create_index("ix_credit_event_subject", "credit_event", ["subject_kind", "subject_id"], unique=False)
    op.create_table(
        "credit_indicator",
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("indicator", sa.Text(), nullable=False),
        sa.Column("value_micro", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject_kind", "subject_id", "period", "indicator", name=op.f("pk_credit_indicator")),
    )
    op.create_table(
        "credit_request",
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("decide_by", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind in ('repair', 'objection')", name=op.f("ck_credit_request_kind")),
        sa.CheckConstraint("state in ('asked', 'granted', 'refused')", name=op.f("ck_credit_request_state")),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_credit_request")),
    )
    op.create_table(
        "credit_score",
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("scored_on", sa.Text(), nullable=False),
        sa.Column("score_milli", sa.BigInteger(), nullable=False),
        sa.Column("grade", sa.Text(), nullable=False),
        sa.Column("law", sa.Text(), nullable=False),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("grade in ('A', 'B', 'C', 'D', 'E')", name=op.f("ck_credit_score_grade")),
        sa.PrimaryKeyConstraint("subject_kind", "subject_id", "period", name=op.f("pk_credit_score")),
    )
    op.create_table(
        "assessed_score",
        sa.Column("plan_id", sa.Text(), nullable=False),
        sa.Column("institution_id", sa.Text(), nullable=False),
        sa.Column("score_milli", sa.BigInteger(), nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.Column("peers", sa.BigInteger(), nullable=False),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["assessment_plan.plan_id"], name=op.f("fk_assessed_score_plan_id")),
        sa.PrimaryKeyConstraint("plan_id", "institution_id", name=op.f("pk_assessed_score")),
    )
    op.create_table(
        "assessed_value",
        sa.Column("plan_id", sa.Text(), nullable=False),
        sa.Column("institution_id", sa.Text(), nullable=False),
        sa.Column("indicator", sa.Text(), nullable=False),
        sa.Column("declared", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("verified", sa.BigInteger(), nullable=True),
        sa.Column("repeated", sa.BigInteger(), nullable=True),
        sa.Column("verified_by", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
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
