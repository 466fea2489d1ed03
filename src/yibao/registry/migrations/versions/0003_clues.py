"""Clues, their review, decisions and recoveries."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

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
        sa.Column("clue_id", sa.Text(), nullable=False),
        sa.Column("grouping", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("law_ids", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("institution_id", sa.Text(), nullable=True),
        sa.Column("person_id", sa.Text(), nullable=True),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("period_from", sa.Text(), nullable=False),
        sa.Column("period_to", sa.Text(), nullable=False),
        sa.Column("title_zh", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("explanation_zh", sa.Text(), nullable=False),
        sa.Column("explanation_en", sa.Text(), nullable=False),
        sa.Column("findings", sa.BigInteger(), nullable=False),
        sa.Column("persons", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("fund_amount", sa.BigInteger(), nullable=False),
        sa.Column("claimed", sa.BigInteger(), nullable=False),
        sa.Column("upheld", sa.BigInteger(), nullable=True),
        sa.Column("strength_ppm", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Text(), nullable=True),
        sa.Column("clock", sa.Text(), nullable=True),
        sa.Column("team_lead", sa.Text(), nullable=True),
        sa.Column("first_reviewer", sa.Text(), nullable=True),
        sa.Column("second_reviewer", sa.Text(), nullable=True),
        sa.Column("opened_by", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.Text(), nullable=False),
        sa.Column("moved_at", sa.Text(), nullable=False),
        sa.Column("closed_at", sa.Text(), nullable=True),
        sa.Column("suspended_from", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("first_reviewer <> second_reviewer", name=op.f("ck_clue_four_eyes")),
        sa.CheckConstraint("upheld <= claimed", name=op.f("ck_clue_upheld")),
        sa.PrimaryKeyConstraint("clue_id", name=op.f("pk_clue")),
    )
    op.create_index("ix_clue_institution_id", "clue", ["institution_id"], unique=False)
    op.create_index("ix_clue_state_due_on", "clue", ["state", "due_on"], unique=False)
    op.create_table(
        "exemption",
        sa.Column("exemption_id", sa.Text(), nullable=False),
        sa.Column("law_id", sa.Text(), nullable=True),
        sa.Column("institution_id", sa.Text(), nullable=True),
        sa.Column("person_id", sa.Text(), nullable=True),
        sa.Column("ref_table", sa.Text(), nullable=True),
        sa.Column("ref_id", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason_zh", sa.Text(), nullable=False),
        sa.Column("reason_en", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Text(), nullable=False),
        sa.Column("expires_on", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("exemption_id", name=op.f("pk_exemption")),
    )
    op.create_table(
        "clue_decision",
        sa.Column("decision_no", sa.Text(), nullable=False),
        sa.Column("clue_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("basis_zh", sa.Text(), nullable=False),
        sa.Column("basis_en", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("served_by", sa.Text(), nullable=False),
        sa.Column("served_on", sa.Text(), nullable=True),
        sa.Column("staff_id", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("state in ('in_force', 'withdrawn')", name=op.f("ck_clue_decision_state")),
        sa.ForeignKeyConstraint(["clue_id"], ["clue.clue_id"], name=op.f("fk_clue_decision_clue_id")),
        sa.PrimaryKeyConstraint("decision_no", name=op.f("pk_clue_decision")),
    )
    op.create_index("ix_clue_decision_clue_id", "clue_decision", ["clue_id"], unique=False)
    op.create_table(
        "clue_event",
        sa.Column("clue_id", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("from_state", sa.Text(), nullable=False),
        sa.Column("to_state", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("acted_at", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("attachment", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["clue_id"], ["clue.clue_id"], name=op.f("fk_clue_event_clue_id")),
        sa.PrimaryKeyConstraint("clue_id", "sequence", name=op.f("pk_clue_event")),
    )
    op.create_table(
        "clue_evidence",
        sa.Column("clue_id", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title_zh", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("ref_table", sa.Text(), nullable=True),
        sa.Column("ref_id", sa.Text(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("given_by", sa.Text(), nullable=True),
        sa.Column("given_at", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["clue_id"], ["clue.clue_id"], name=op.f("fk_clue_evidence_clue_id")),
        sa.PrimaryKeyConstraint("clue_id", "sequence", name=op.f("pk_clue_evidence")),
    )
    op.create_table(
        "clue_finding",
        sa.Column("finding_id", sa.Text(), nullable=False),
        sa.Column("clue_id", sa.Text(), nullable=False),
        sa.Column("law_id", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("fund_amount", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=True),
        sa.Column("explanation_zh", sa.Text(), nullable=False),
        sa.Column("explanation_en", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["clue_id"], ["clue.clue_id"], name=op.f("fk_clue_finding_clue_id")),
        sa.PrimaryKeyConstraint("finding_id", name=op.f("pk_clue_finding")),
    )
    op.create_index("ix_clue_finding_clue_id", "clue_finding", ["clue_id"], unique=False)
    op.create_table(
        "clue_money",
        sa.Column("ref_table", sa.Text(), nullable=False),
        sa.Column("ref_id", sa.Text(), nullable=False),
        sa.Column("clue_id", sa.Text(), nullable=False),
        sa.Column("finding_id", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("fund_amount", sa.BigInteger(), nullable=False),
        sa.Column("upheld", sa.BigInteger(), nullable=True),
        sa.Column("recovered", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("recovered >= 0 and recovered <= coalesce(upheld, 0)", name=op.f("ck_clue_money_recovered")),
        sa.ForeignKeyConstraint(["clue_id"], ["clue.clue_id"], name=op.f("fk_clue_money_clue_id")),
        sa.PrimaryKeyConstraint("ref_table", "ref_id", name=op.f("pk_clue_money")),
    )
    op.create_index("ix_clue_money_clue_id", "clue_money", ["clue_id"], unique=False)
    op.create_table(
        "clue_statement",
        sa.Column("statement_id", sa.Text(), nullable=False),
        sa.Column("clue_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("given_by", sa.Text(), nullable=False),
        sa.Column("given_at", sa.Text(), nullable=False),
        sa.Column("disputed", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["clue_id"], ["clue.clue_id"], name=op.f("fk_clue_statement_clue_id")),
        sa.PrimaryKeyConstraint("statement_id", name=op.f("pk_clue_statement")),
    )
    op.create_index("ix_clue_statement_clue_id", "clue_statement", ["clue_id"], unique=False)
    op.create_table(
        "typical_case",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("clue_id", sa.Text(), nullable=False),
        sa.Column("law_ids", sa.Text(), nullable=False),
        sa.Column("title_zh", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("lesson_zh", sa.Text(), nullable=False),
        sa.Column("lesson_en", sa.Text(), nullable=False),
        sa.Column("recovered", sa.BigInteger(), nullable=False),
        sa.Column("published_by", sa.Text(), nullable=False),
        sa.Column("published_at", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["clue_id"], ["clue.clue_id"], name=op.f("fk_typical_case_clue_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_typical_case")),
    )
    op.create_table(
        "recovery",
        sa.Column("recovery_id", sa.Text(), nullable=False),
        sa.Column("clue_id", sa.Text(), nullable=False),
        sa.Column("decision_no", sa.Text(), nullable=False),
        sa.Column("ref_table", sa.Text(), nullable=False),
        sa.Column("ref_id", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("received_at", sa.Text(), nullable=False),
        sa.Column("receipt", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
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
