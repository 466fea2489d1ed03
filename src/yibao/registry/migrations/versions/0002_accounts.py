"""What counters remember of a person, and what moved it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from yibao.registry.migrations.columns import number, text

revision = "0002"
down_revision = "0001"
#: What this step made, and going down drops.
TABLES = ("account", "account_transaction")


def upgrade() -> None:
    op.create_table(
        "account",
        text("person_id"),
        number("transactions"),
        text("figures"),
        number("version"),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_account")),
    )
    op.create_table(
        "account_transaction",
        text("transaction_id"),
        text("person_id"),
        number("sequence"),
        text("kind"),
        text("settlement_id"),
        text("reverses", needed=False),
        text("reversed_by", needed=False),
        text("acted_at"),
        text("before_figures"),
        text("after_figures"),
        text("result"),
        number("version"),
        sa.CheckConstraint(
            "(kind = 'reversal') = (reverses is not null)", name=op.f("ck_account_transaction_reverses")
        ),
        sa.CheckConstraint("kind in ('settlement', 'reversal')", name=op.f("ck_account_transaction_kind")),
        sa.ForeignKeyConstraint(["person_id"], ["account.person_id"], name=op.f("fk_account_transaction_person_id")),
        sa.PrimaryKeyConstraint("transaction_id", name=op.f("pk_account_transaction")),
        sa.UniqueConstraint("person_id", "sequence", name=op.f("uq_account_transaction_person_id_sequence")),
        sa.UniqueConstraint("reverses", name=op.f("uq_account_transaction_reverses")),
    )
    op.create_index(
        "uq_account_transaction_settlement",
        "account_transaction",
        ["settlement_id"],
        unique=True,
        postgresql_where=sa.text("kind = 'settlement'"),
        sqlite_where=sa.text("kind = 'settlement'"),
    )


def downgrade() -> None:
    op.drop_index(
        "uq_account_transaction_settlement",
        table_name="account_transaction",
        postgresql_where=sa.text("kind = 'settlement'"),
        sqlite_where=sa.text("kind = 'settlement'"),
    )
    op.drop_table("account_transaction")
    op.drop_table("account")
