"""Clues, their review, decisions and recoveries."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from yibao.registry.migrations.columns import number, text

revision = "0003"
down_revision = "0002"
#: What this step made, and going down drops.
TABLES = (
    "clue",
    "exemption",
    "clue_decision",
    "clue_event",
    "clue_evidence",
    "clue_finding",
    "clue_money",
    "clue_statement",
    "typical_case",
    "recovery",
)


def upgrade() -> None:
    op.create_table(
        "clue",
        text("clue_id"),
        text("grouping"),
        text("source"),
        text("law_ids"),
        text("result"),
        text("institution_id", needed=False),
        text("person_id", needed=False),
        text("region_code"),
        text("period_from"),
        text("period_to"),
        text("title_zh"),
        text("title_en"),
        text("explanation_zh"),
        text("explanation_en"),
        number("findings"),
        number("persons"),
        number("amount"),
        number("fund_amount"),
        number("claimed"),
        number("upheld", needed=False),
        number("strength_ppm"),
        text("state"),
        text("due_on", needed=False),
        text("clock", needed=False),
        text("team_lead", needed=False),
        text("first_reviewer", needed=False),
        text("second_reviewer", needed=False),
        text("opened_by"),
        text("opened_at"),
        text("moved_at"),
        text("closed_at", needed=False),
        text("suspended_from", needed=False),
        number("version"),
        sa.CheckConstraint("first_reviewer <> second_reviewer", name=op.f("ck_clue_four_eyes")),
        sa.CheckConstraint("upheld <= claimed", name=op.f("ck_clue_upheld")),
        sa.PrimaryKeyConstraint("clue_id", name=op.f("pk_clue")),
    )
    op.create_index("ix_clue_institution_id", "clue", ["institution_id"], unique=False)
    op.create_index("ix_clue_state_due_on", "clue", ["state", "due_on"], unique=False)
    op.create_table(
        "exemption",
        text("exemption_id"),
        text("law_id", needed=False),
        text("institution_id", needed=False),
        text("person_id", needed=False),
        text("ref_table", needed=False),
        text("ref_id", needed=False),
        text("kind"),
        text("reason_zh"),
        text("reason_en"),
        text("evidence"),
        text("owner"),
        text("region_code"),
        text("valid_from"),
        text("expires_on"),
        text("withdrawn_at", needed=False),
        number("version"),
        sa.PrimaryKeyConstraint("exemption_id", name=op.f("pk_exemption")),
    )
    op.create_table(
        "clue_decision",
        text("decision_no"),
        text("clue_id"),
        text("kind"),
        text("decided_by"),
        text("decided_at"),
        number("amount"),
        text("basis_zh"),
        text("basis_en"),
        text("words", needed=False),
        text("state"),
        text("served_by"),
        text("served_on", needed=False),
        text("staff_id", needed=False),
        number("version"),
        sa.CheckConstraint("state in ('in_force', 'withdrawn')", name=op.f("ck_clue_decision_state")),
        sa.ForeignKeyConstraint(["clue_id"], ["clue.clue_id"], name=op.f("fk_clue_decision_clue_id")),
        sa.PrimaryKeyConstraint("decision_no", name=op.f("pk_clue_decision")),
    )
    op.create_index("ix_clue_decision_clue_id", "clue_decision", ["clue_id"], unique=False)
    op.create_table(
        "clue_event",
        text("clue_id"),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        text("from_state"),
        text("to_state"),
        text("act"),
        text("actor_id"),
        text("role"),
        text("acted_at"),
        text("reason", needed=False),
        text("note", needed=False),
        text("attachment", needed=False),
        number("version"),
        sa.ForeignKeyConstraint(["clue_id"], ["clue.clue_id"], name=op.f("fk_clue_event_clue_id")),
        sa.PrimaryKeyConstraint("clue_id", "sequence", name=op.f("pk_clue_event")),
    )
    op.create_table(
        "clue_evidence",
        text("clue_id"),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        text("kind"),
        text("title_zh"),
        text("title_en"),
        text("ref_table", needed=False),
        text("ref_id", needed=False),
        text("sha256", needed=False),
        text("status"),
        text("given_by", needed=False),
        text("given_at", needed=False),
        number("version"),
        sa.ForeignKeyConstraint(["clue_id"], ["clue.clue_id"], name=op.f("fk_clue_evidence_clue_id")),
        sa.PrimaryKeyConstraint("clue_id", "sequence", name=op.f("pk_clue_evidence")),
    )
    op.create_table(
        "clue_finding",
        text("finding_id"),
        text("clue_id"),
        text("law_id"),
        text("result"),
        number("fund_amount"),
        text("person_id", needed=False),
        text("explanation_zh"),
        text("explanation_en"),
        number("version"),
        sa.ForeignKeyConstraint(["clue_id"], ["clue.clue_id"], name=op.f("fk_clue_finding_clue_id")),
        sa.PrimaryKeyConstraint("finding_id", name=op.f("pk_clue_finding")),
    )
    op.create_index("ix_clue_finding_clue_id", "clue_finding", ["clue_id"], unique=False)
    op.create_table(
        "clue_money",
        text("ref_table"),
        text("ref_id"),
        text("clue_id"),
        text("finding_id"),
        number("amount"),
        number("fund_amount"),
        number("upheld", needed=False),
        number("recovered"),
        number("version"),
        sa.CheckConstraint("recovered >= 0 and recovered <= coalesce(upheld, 0)", name=op.f("ck_clue_money_recovered")),
        sa.ForeignKeyConstraint(["clue_id"], ["clue.clue_id"], name=op.f("fk_clue_money_clue_id")),
        sa.PrimaryKeyConstraint("ref_table", "ref_id", name=op.f("pk_clue_money")),
    )
    op.create_index("ix_clue_money_clue_id", "clue_money", ["clue_id"], unique=False)
    op.create_table(
        "clue_statement",
        text("statement_id"),
        text("clue_id"),
        text("kind"),
        text("words", needed=False),
        text("given_by"),
        text("given_at"),
        number("disputed"),
        text("sha256", needed=False),
        text("outcome", needed=False),
        number("version"),
        sa.ForeignKeyConstraint(["clue_id"], ["clue.clue_id"], name=op.f("fk_clue_statement_clue_id")),
        sa.PrimaryKeyConstraint("statement_id", name=op.f("pk_clue_statement")),
    )
    op.create_index("ix_clue_statement_clue_id", "clue_statement", ["clue_id"], unique=False)
    op.create_table(
        "typical_case",
        text("case_id"),
        text("clue_id"),
        text("law_ids"),
        text("title_zh"),
        text("title_en"),
        text("lesson_zh"),
        text("lesson_en"),
        number("recovered"),
        text("published_by"),
        text("published_at"),
        number("version"),
        sa.ForeignKeyConstraint(["clue_id"], ["clue.clue_id"], name=op.f("fk_typical_case_clue_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_typical_case")),
    )
    op.create_table(
        "recovery",
        text("recovery_id"),
        text("clue_id"),
        text("decision_no"),
        text("ref_table"),
        text("ref_id"),
        number("amount"),
        text("way"),
        text("state"),
        text("received_at"),
        text("receipt"),
        number("version"),
        sa.CheckConstraint("state in ('received', 'returned')", name=op.f("ck_recovery_state")),
        sa.CheckConstraint("way in ('deducted', 'paid')", name=op.f("ck_recovery_way")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_recovery_amount")),
        sa.ForeignKeyConstraint(["clue_id"], ["clue.clue_id"], name=op.f("fk_recovery_clue_id")),
        sa.ForeignKeyConstraint(["decision_no"], ["clue_decision.decision_no"], name=op.f("fk_recovery_decision_no")),
        sa.PrimaryKeyConstraint("recovery_id", name=op.f("pk_recovery")),
    )
    op.create_index("ix_recovery_clue_id", "recovery", ["clue_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_recovery_clue_id", table_name="recovery")
    op.drop_table("recovery")
    op.drop_table("typical_case")
    op.drop_index("ix_clue_statement_clue_id", table_name="clue_statement")
    op.drop_table("clue_statement")
    op.drop_index("ix_clue_money_clue_id", table_name="clue_money")
    op.drop_table("clue_money")
    op.drop_index("ix_clue_finding_clue_id", table_name="clue_finding")
    op.drop_table("clue_finding")
    op.drop_table("clue_evidence")
    op.drop_table("clue_event")
    op.drop_index("ix_clue_decision_clue_id", table_name="clue_decision")
    op.drop_table("clue_decision")
    op.drop_table("exemption")
    op.drop_index("ix_clue_state_due_on", table_name="clue")
    op.drop_index("ix_clue_institution_id", table_name="clue")
    op.drop_table("clue")
