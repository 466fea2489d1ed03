"""Live settlement: what counters remember of a person, and every settlement that moved them."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Table, Text, UniqueConstraint
from sqlalchemy import text as sql

from yibao.registry.tables.base import METADATA
from yibao.registry.types import instant, key, number, text, version

#: `figures`: JSON [[year, scheme, region_code, name, amount], …], sorted; amounts in fen, times as counts.
ACCOUNT = Table("account", METADATA, key("person_id"), number("transactions"), text("figures"), version())

#: One movement of an account: a settlement, or the reversal of one. `sequence` is its place in the account.
TRANSACTION = Table(
    "account_transaction",
    METADATA,
    key("transaction_id"),
    Column("person_id", Text, ForeignKey("account.person_id"), nullable=False),
    number("sequence"),
    text("kind"),
    text("settlement_id"),
    text("reverses", needed=False),
    text("reversed_by", needed=False),
    instant("acted_at"),
    text("before_figures"),
    text("after_figures"),
    text("result"),
    version(),
    UniqueConstraint("person_id", "sequence"),
    UniqueConstraint("reverses"),
    CheckConstraint("kind in ('settlement', 'reversal')", name="kind"),
    CheckConstraint("(kind = 'reversal') = (reverses is not null)", name="reverses"),
    Index(
        "uq_account_transaction_settlement",
        "settlement_id",
        unique=True,
        postgresql_where=sql("kind = 'settlement'"),
        sqlite_where=sql("kind = 'settlement'"),
    ),
)
