"""Clues: what was found, who reviewed it, what the institution said, what was decided and recovered."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Table, Text

from yibao.registry.tables.base import METADATA
from yibao.registry.types import day, instant, key, number, text, version


def _clue() -> Column[str]:
    return Column("clue_id", Text, ForeignKey("clue.clue_id"), nullable=False)


CLUE = Table(
    "clue",
    METADATA,
    key("clue_id"),
    text("grouping"),
    text("source"),
    text("law_ids"),
    text("result"),
    text("institution_id", needed=False),
    text("person_id", needed=False),
    text("region_code"),
    day("period_from"),
    day("period_to"),
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
    day("due_on", needed=False),
    text("clock", needed=False),
    text("team_lead", needed=False),
    text("first_reviewer", needed=False),
    text("second_reviewer", needed=False),
    text("opened_by"),
    instant("opened_at"),
    instant("moved_at"),
    instant("closed_at", needed=False),
    text("suspended_from", needed=False),
    version(),
    CheckConstraint("first_reviewer <> second_reviewer", name="four_eyes"),
    CheckConstraint("upheld <= claimed", name="upheld"),
    Index("ix_clue_state_due_on", "state", "due_on"),
    Index("ix_clue_institution_id", "institution_id"),
)

#: A finding belongs to one clue.
CLUE_FINDING = Table(
    "clue_finding", METADATA, key("finding_id"), _clue(), text("law_id"), text("result"), number("fund_amount"),
    text("person_id", needed=False), text("explanation_zh"), text("explanation_en"), version(),
    Index("ix_clue_finding_clue_id", "clue_id"),
)  # fmt: skip

#: The money of a clue by the row that carries it. A row of the ledger carries its money into one clue only.
CLUE_MONEY = Table(
    "clue_money", METADATA, key("ref_table"), key("ref_id"), _clue(), text("finding_id"), number("amount"),
    number("fund_amount"), number("upheld", needed=False), number("recovered"), version(),
    CheckConstraint("recovered >= 0 and recovered <= coalesce(upheld, 0)", name="recovered"),
    Index("ix_clue_money_clue_id", "clue_id"),
)  # fmt: skip

#: The history of a clue, one row for each act.
CLUE_EVENT = Table(
    "clue_event", METADATA, Column("clue_id", Text, ForeignKey("clue.clue_id"), primary_key=True),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    text("from_state"), text("to_state"), text("act"), text("actor_id"), text("role"), instant("acted_at"),
    text("reason", needed=False), text("note", needed=False), text("attachment", needed=False), version(),
)  # fmt: skip

#: Evidence of a clue: what a reviewer opens, and what was handed in (by its SHA-256).
CLUE_EVIDENCE = Table(
    "clue_evidence", METADATA, Column("clue_id", Text, ForeignKey("clue.clue_id"), primary_key=True),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    text("kind"), text("title_zh"), text("title_en"), text("ref_table", needed=False), text("ref_id", needed=False),
    text("sha256", needed=False), text("status"), text("given_by", needed=False), instant("given_at", needed=False),
    version(),
)  # fmt: skip

#: What the institution answered: accepted, appealed, or said nothing in time.
STATEMENT = Table(
    "clue_statement", METADATA, key("statement_id"), _clue(), text("kind"), text("words", needed=False),
    text("given_by"), instant("given_at"), number("disputed"), text("sha256", needed=False),
    text("outcome", needed=False), version(), Index("ix_clue_statement_clue_id", "clue_id"),
)  # fmt: skip

DECISION = Table(
    "clue_decision", METADATA, key("decision_no"), _clue(), text("kind"), text("decided_by"), instant("decided_at"),
    number("amount"), text("basis_zh"), text("basis_en"), text("words", needed=False), text("state"),
    day("served_by"), day("served_on", needed=False), text("staff_id", needed=False), version(),
    CheckConstraint("state in ('in_force', 'withdrawn')", name="state"), Index("ix_clue_decision_clue_id", "clue_id"),
)  # fmt: skip

#: Money that came back. Part of a row may come now and part later; never more than was upheld.
RECOVERY = Table(
    "recovery", METADATA, key("recovery_id"), _clue(),
    Column("decision_no", Text, ForeignKey("clue_decision.decision_no"), nullable=False),
    text("ref_table"), text("ref_id"), number("amount"), text("way"), text("state"), instant("received_at"),
    text("receipt"), version(),
    CheckConstraint("amount > 0", name="amount"), CheckConstraint("state in ('received', 'returned')", name="state"),
    CheckConstraint("way in ('deducted', 'paid')", name="way"), Index("ix_recovery_clue_id", "clue_id"),
)  # fmt: skip

#: What must not become a clue, why, who answers for it, and until when.
EXEMPTION = Table(
    "exemption", METADATA, key("exemption_id"), text("law_id", needed=False), text("institution_id", needed=False),
    text("person_id", needed=False), text("ref_table", needed=False), text("ref_id", needed=False), text("kind"),
    text("reason_zh"), text("reason_en"), text("evidence"), text("owner"), text("region_code"), day("valid_from"),
    day("expires_on"), instant("withdrawn_at", needed=False), version(),
)  # fmt: skip

TYPICAL_CASE = Table(
    "typical_case", METADATA, key("case_id"), _clue(), text("law_ids"), text("title_zh"), text("title_en"),
    text("lesson_zh"), text("lesson_en"), number("recovered"), text("published_by"), instant("published_at"),
    version(),
)  # fmt: skip
