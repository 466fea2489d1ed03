"""What acts of review share: who must act, whether time is over, evidence, and what is answered."""

from __future__ import annotations

from sqlalchemy import func, select

from yibao.registry.articles import Refused
from yibao.registry.store import Answer
from yibao.registry.tables.clues import CLUE_EVIDENCE
from yibao.registry.unit import Row, Unit


def add_evidence(unit: Unit, clue_id: str, kind: str, title: str, sha256: str) -> None:
    """Keep that something was handed in."""
    last = select(func.max(CLUE_EVIDENCE.c.sequence)).where(CLUE_EVIDENCE.c.clue_id == clue_id)
    unit.insert(CLUE_EVIDENCE, clue_id=clue_id, sequence=(unit.connection.execute(last).scalar() or 0) + 1, kind=kind,
                title_zh=title, title_en=title, sha256=sha256, status="given", given_by=unit.actor_id,
                given_at=unit.at)  # fmt: skip


def must_be(unit: Unit, clue: Row, post: str) -> None:
    if clue[post] is not None and clue[post] != unit.actor_id:
        raise Refused(
            "not_the_reviewer",
            "two_bases",
            f"{clue['clue_id']} is with {clue[post]}",
            f"{clue['clue_id']} 由 {clue[post]} 办理",
            mend="the team lead assigns it anew",
            mend_zh="请由审核组长重新分派",
        )


def must_be_over(unit: Unit, clue: Row) -> None:
    if clue["due_on"] is not None and unit.today <= clue["due_on"]:
        raise Refused(
            "clock_runs",
            "two_bases",
            f"the institution may answer until {clue['due_on']}",
            f"机构可在 {clue['due_on']} 前答复",
            mend="wait until then",
            mend_zh="请等待期限届满",
        )


def told(clue: Row, **more: object) -> Answer:
    due = clue["due_on"]
    return {
        "clue_id": clue["clue_id"],
        "state": clue["state"],
        "due_on": due and due.isoformat(),
        "clock": clue["clock"],
        "claimed": clue["claimed"],
        "upheld": clue["upheld"],
        **more,
    }
