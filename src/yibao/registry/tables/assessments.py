"""Annual assessment of institutions: a frozen plan, declared and verified values, objections, results."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Table, Text

from yibao.registry.tables.base import METADATA
from yibao.registry.types import day, instant, key, number, text, version


def _plan() -> Column[str]:
    return Column("plan_id", Text, ForeignKey("assessment_plan.plan_id"), primary_key=True)


#: `tree` is the frozen text of the indicator law, `weights` what came of AHP and entropy.
PLAN = Table(
    "assessment_plan", METADATA, key("plan_id"), number("year"), text("region_code"), text("law"), text("tree"),
    text("state"), text("weights", needed=False), text("quality", needed=False), day("objections_by", needed=False),
    version(), CheckConstraint("state in ('open', 'drafted', 'final')", name="state"),
)  # fmt: skip

#: A value as the institution declared it and as the bureau found it; hundredths of the indicator's unit.
ASSESSED_VALUE = Table(
    "assessed_value", METADATA, _plan(), key("institution_id"), key("indicator"), number("declared", needed=False),
    text("sha256", needed=False), number("verified", needed=False), number("repeated", needed=False),
    text("verified_by", needed=False), text("note", needed=False), version(),
)  # fmt: skip

ASSESSED_SCORE = Table(
    "assessed_score", METADATA, _plan(), key("institution_id"), number("score_milli"), number("rank"),
    number("peers"), text("explanation"), text("state"), version(),
)  # fmt: skip

OBJECTION = Table(
    "assessment_objection", METADATA, key("objection_id"), text("plan_id"), text("institution_id"), text("indicator"),
    text("words"), instant("raised_at"), text("state"), number("mended", needed=False),
    text("answer", needed=False), text("decided_by", needed=False), instant("decided_at", needed=False), version(),
    CheckConstraint("state in ('raised', 'granted', 'refused')", name="state"),
)  # fmt: skip
