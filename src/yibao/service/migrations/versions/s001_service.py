"""Sign-in, keys, vouchers, cards, renewals, uploads."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "s001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "service_api_key",
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("made_at", sa.Text(), nullable=False),
        sa.Column("ends_at", sa.Text(), nullable=False),
        sa.Column("revoked_at", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_service_api_key")),
    )
    op.create_index("ix_service_api_key_actor_id", "service_api_key", ["actor_id"], unique=False)
    op.create_table(
        "service_card",
        sa.Column("card_id", sa.Text(), nullable=False),
        sa.Column("service_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("institution_id", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.Text(), nullable=False),
        sa.Column("encounter_id", sa.Text(), nullable=False),
        sa.Column("law_id", sa.Text(), nullable=False),
        sa.Column("reminder_id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("item_code", sa.Text(), nullable=False),
        sa.Column("ref_table", sa.Text(), nullable=True),
        sa.Column("ref_id", sa.Text(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("shown_at", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.Text(), nullable=True),
        sa.Column("kept_at", sa.Text(), nullable=True),
        sa.CheckConstraint("outcome in ('accepted', 'overridden')", name=op.f("ck_service_card_outcome")),
        sa.PrimaryKeyConstraint("card_id", name=op.f("pk_service_card")),
    )
    op.create_index("ix_service_card_institution_id", "service_card", ["institution_id", "shown_at"], unique=False)
    op.create_index("ix_service_card_person_id", "service_card", ["person_id", "staff_id"], unique=False)
    op.create_table(
        "service_cds_client",
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("institution_id", sa.Text(), nullable=False),
        sa.Column("keys", sa.Text(), nullable=False),
        sa.Column("jku", sa.Text(), nullable=True),
        sa.Column("fhir_server", sa.Text(), nullable=True),
        sa.Column("changed_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("issuer", name=op.f("pk_service_cds_client")),
    )
    op.create_table(
        "service_credential",
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("totp_secret", sa.Text(), nullable=True),
        sa.Column("totp_confirmed_at", sa.Text(), nullable=True),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("locked_until", sa.Text(), nullable=True),
        sa.Column("changed_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("actor_id", name=op.f("pk_service_credential")),
    )
    op.create_table(
        "service_once",
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("until", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_service_once")),
    )
    op.create_index("ix_service_once_until", "service_once", ["until"], unique=False)
    op.create_table(
        "service_renewal",
        sa.Column("renewal_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("institution_id", sa.Text(), nullable=False),
        sa.Column("pharmacy_id", sa.Text(), nullable=False),
        sa.Column("prescription_id", sa.Text(), nullable=False),
        sa.Column("items", sa.Text(), nullable=False),
        sa.Column("delivery", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("moved_at", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("delivery in ('pickup', 'delivery')", name=op.f("ck_service_renewal_delivery")),
        sa.PrimaryKeyConstraint("renewal_id", name=op.f("pk_service_renewal")),
    )
    op.create_index("ix_service_renewal_person_id", "service_renewal", ["person_id"], unique=False)
    op.create_table(
        "service_renewal_step",
        sa.Column("renewal_id", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("renewal_id", "sequence", name=op.f("pk_service_renewal_step")),
    )
    op.create_table(
        "service_session",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("csrf", sa.Text(), nullable=False),
        sa.Column("factors", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.Text(), nullable=False),
        sa.Column("ends_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_service_session")),
    )
    op.create_index("ix_service_session_actor_id", "service_session", ["actor_id"], unique=False)
    op.create_table(
        "service_upload",
        sa.Column("upload_id", sa.Text(), nullable=False),
        sa.Column("institution_id", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("rows_in", sa.BigInteger(), nullable=False),
        sa.Column("accepted", sa.BigInteger(), nullable=False),
        sa.Column("quarantined", sa.BigInteger(), nullable=False),
        sa.Column("duplicates", sa.BigInteger(), nullable=False),
        sa.Column("ledger_batch", sa.Text(), nullable=True),
        sa.Column("said", sa.Text(), nullable=True),
        sa.Column("made_at", sa.Text(), nullable=False),
        sa.Column("moved_at", sa.Text(), nullable=False),
        sa.CheckConstraint("state in ('received', 'reading', 'taken', 'failed')", name=op.f("ck_service_upload_state")),
        sa.PrimaryKeyConstraint("upload_id", name=op.f("pk_service_upload")),
    )
    op.create_index("ix_service_upload_institution_id", "service_upload", ["institution_id"], unique=False)
    op.create_table(
        "service_visit",
        sa.Column("visit_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("institution_id", sa.Text(), nullable=False),
        sa.Column("use", sa.Text(), nullable=False),
        sa.Column("department", sa.Text(), nullable=True),
        sa.Column("slot", sa.Text(), nullable=True),
        sa.Column("made_at", sa.Text(), nullable=False),
        sa.Column("ends_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("visit_id", name=op.f("pk_service_visit")),
    )
    op.create_index("ix_service_visit_institution_id", "service_visit", ["institution_id"], unique=False)
    op.create_index("ix_service_visit_person_id", "service_visit", ["person_id"], unique=False)
    # ### end Alembic commands ###


def downgrade() -> None:
    op.drop_table("service_upload")
    op.drop_table("service_renewal_step")
    op.drop_table("service_renewal")
    op.drop_table("service_visit")
    op.drop_table("service_card")
    op.drop_table("service_cds_client")
    op.drop_table("service_once")
    op.drop_table("service_api_key")
    op.drop_table("service_session")
    op.drop_table("service_credential")
