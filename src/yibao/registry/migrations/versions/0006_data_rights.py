"""Data sets, consents, permits, looks, releases."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from yibao.registry.migrations.columns import number, text

revision = "0006"
down_revision = "0005"
#: What this step made, and going down drops.
TABLES = ("consent", "dataset", "look", "purpose", "release", "rights_request", "look_person", "permit")


def upgrade() -> None:
    op.create_table(
        "consent",
        text("consent_id"),
        text("person_id"),
        text("dataset_id"),
        text("purpose_id"),
        text("valid_from"),
        text("valid_to"),
        text("given_by"),
        text("withdrawn_at", needed=False),
        number("version"),
        sa.PrimaryKeyConstraint("consent_id", name=op.f("pk_consent")),
    )
    op.create_index("ix_consent_person_id", "consent", ["person_id"], unique=False)
    op.create_table(
        "dataset",
        text("dataset_id"),
        text("title_zh"),
        text("title_en"),
        text("level"),
        text("owner"),
        text("source"),
        text("basis"),
        text("subjects"),
        text("retention"),
        text("location"),
        number("version"),
        sa.CheckConstraint("level in ('L1', 'L2', 'L3', 'L4', 'L5')", name=op.f("ck_dataset_level")),
        sa.PrimaryKeyConstraint("dataset_id", name=op.f("pk_dataset")),
    )
    op.create_table(
        "look",
        text("look_id"),
        text("permit_id", needed=False),
        text("actor_id"),
        text("role"),
        text("organisation", needed=False),
        text("dataset_id"),
        text("purpose_id"),
        text("columns"),
        text("predicate_digest"),
        number("rows"),
        number("persons"),
        text("device", needed=False),
        text("looked_at"),
        text("alerts", needed=False),
        number("version"),
        sa.PrimaryKeyConstraint("look_id", name=op.f("pk_look")),
    )
    op.create_index("ix_look_actor_id_looked_at", "look", ["actor_id", "looked_at"], unique=False)
    op.create_table(
        "purpose",
        text("purpose_id"),
        text("title_zh"),
        text("title_en"),
        text("basis"),
        text("statutory"),
        number("version"),
        sa.CheckConstraint("statutory in ('yes', 'no')", name=op.f("ck_purpose_statutory")),
        sa.PrimaryKeyConstraint("purpose_id", name=op.f("pk_purpose")),
    )
    op.create_table(
        "release",
        text("release_id"),
        text("dataset_id"),
        text("purpose_id"),
        text("receiver"),
        text("level"),
        number("rows"),
        number("smallest_cell", needed=False),
        text("sha256"),
        text("asked_by"),
        text("asked_at"),
        text("approved_by", needed=False),
        text("approved_at", needed=False),
        text("state"),
        text("checks"),
        number("version"),
        sa.CheckConstraint("state in ('asked', 'approved', 'refused', 'recalled')", name=op.f("ck_release_state")),
        sa.CheckConstraint("asked_by <> approved_by", name=op.f("ck_release_two_persons")),
        sa.PrimaryKeyConstraint("release_id", name=op.f("pk_release")),
    )
    op.create_table(
        "rights_request",
        text("request_id"),
        text("person_id"),
        text("kind"),
        text("words"),
        text("asked_at"),
        text("answer_by"),
        text("state"),
        text("answer", needed=False),
        text("answered_by", needed=False),
        text("answered_at", needed=False),
        number("version"),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_rights_request")),
    )
    op.create_table(
        "look_person",
        text("look_id"),
        text("person_id"),
        number("version"),
        sa.ForeignKeyConstraint(["look_id"], ["look.look_id"], name=op.f("fk_look_person_look_id")),
        sa.PrimaryKeyConstraint("look_id", "person_id", name=op.f("pk_look_person")),
    )
    op.create_index("ix_look_person_person_id", "look_person", ["person_id"], unique=False)
    op.create_table(
        "permit",
        text("permit_id"),
        text("dataset_id"),
        text("purpose_id"),
        text("actor_id"),
        text("region_code"),
        text("ticket"),
        text("approved_by"),
        text("second_approval", needed=False),
        text("valid_from"),
        text("valid_to"),
        text("impact_assessment", needed=False),
        text("revoked_at", needed=False),
        number("version"),
        sa.CheckConstraint("approved_by <> second_approval", name=op.f("ck_permit_two_persons")),
        sa.ForeignKeyConstraint(["dataset_id"], ["dataset.dataset_id"], name=op.f("fk_permit_dataset_id")),
        sa.ForeignKeyConstraint(["purpose_id"], ["purpose.purpose_id"], name=op.f("fk_permit_purpose_id")),
        sa.PrimaryKeyConstraint("permit_id", name=op.f("pk_permit")),
    )


def downgrade() -> None:
    op.drop_table("permit")
    op.drop_index("ix_look_person_person_id", table_name="look_person")
    op.drop_table("look_person")
    op.drop_table("rights_request")
    op.drop_table("release")
    op.drop_table("purpose")
    op.drop_index("ix_look_actor_id_looked_at", table_name="look")
    op.drop_table("look")
    op.drop_table("dataset")
    op.drop_index("ix_consent_person_id", table_name="consent")
    op.drop_table("consent")
