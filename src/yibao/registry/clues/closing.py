"""The end of a clue, its rest and its new beginning, and what is learnt from it."""

from __future__ import annotations

from yibao.registry.articles import Refused
from yibao.registry.clues.decisions import decisions_in_force, money_rows
from yibao.registry.clues.workflow import move, take
from yibao.registry.store import Answer, verb
from yibao.registry.tables.clues import TYPICAL_CASE
from yibao.registry.unit import Unit


@verb("clue.close", "clue:{clue_id}")
def close(unit: Unit, clue_id: str, reason: str | None = None) -> Answer:
    """Close a clue. Raises :class:`Refused` (``money_open``) while money is open and no reason is given."""
    clue = take(unit, clue_id, "close")
    open_ = sum(d["amount"] for d in decisions_in_force(unit, clue_id)) - sum(
        row["recovered"] for row in money_rows(unit, clue_id)
    )
    if open_ > 0 and not reason:
        raise Refused(
            "money_open",
            "regulation_38",
            f"{open_} fen are still open on {clue_id}",
            f"{clue_id} 尚有 {open_} 分未追回",
            mend="record what came back, or say why no more will come",
            mend_zh="请登记到账，或说明不再追回的理由",
        )
    clue = move(unit, clue, "close", reason=reason)
    return {"clue_id": clue_id, "state": clue["state"], "written_off": max(open_, 0)}


@verb("clue.suspend", "clue:{clue_id}")
def suspend(unit: Unit, clue_id: str, reason: str) -> Answer:
    """Let a clue rest: its clock stands still."""
    clue = take(unit, clue_id, "suspend")
    made = move(unit, clue, "suspend", reason=reason, suspended_from=clue["state"])
    return {"clue_id": clue_id, "state": made["state"]}


@verb("clue.resume", "clue:{clue_id}")
def resume(unit: Unit, clue_id: str) -> Answer:
    """Go on where the clue was; its clock begins anew."""
    clue = take(unit, clue_id, "resume")
    made = move(unit, clue, "resume", to=clue["suspended_from"], suspended_from=None)
    return {"clue_id": clue_id, "state": made["state"], "due_on": made["due_on"] and made["due_on"].isoformat()}


@verb("clue.reopen", "clue:{clue_id}")
def reopen(unit: Unit, clue_id: str, reason: str, ground: str) -> Answer:
    """Reopen a closed clue, by ``ground``: administrative review, the court, or new evidence."""
    clue = take(unit, clue_id, "reopen")
    if clue["first_reviewer"] is None:
        raise Refused("illegal_transition", "two_bases", f"{clue_id} was never reviewed", f"{clue_id} 未经审核",
                      mend="open a new clue", mend_zh="请另立疑点")  # fmt: skip
    made = move(unit, clue, "reopen", reason=ground, note=reason, closed_at=None, second_reviewer=None)
    return {"clue_id": clue_id, "state": made["state"], "due_on": made["due_on"] and made["due_on"].isoformat()}


@verb("clue.publish", "clue:{clue_id}")
def publish_case(unit: Unit, clue_id: str, title_zh: str, title_en: str, lesson_zh: str, lesson_en: str) -> Answer:
    """Put a closed clue into the library of typical cases: its lesson, without names."""
    clue = take(unit, clue_id)
    if clue["state"] != "S10" or not clue["upheld"]:
        raise Refused(
            "not_closed",
            "regulation_32",
            f"{clue_id} is not closed with something upheld",
            f"{clue_id} 尚未以成立办结",
            mend="a typical case is a finished one",
            mend_zh="典型案例须已办结",
        )
    names = [name for name in (clue["institution_id"], clue["person_id"]) if name]
    text = f"{title_zh} {title_en} {lesson_zh} {lesson_en}"
    if any(name in text for name in names):
        raise Refused(
            "names_somebody",
            "regulation_32",
            "the case names the institution or the person",
            "案例中出现机构或个人标识",
            mend="leave names out",
            mend_zh="请去除标识",
        )
    back = sum(row["recovered"] for row in money_rows(unit, clue_id))
    unit.insert(TYPICAL_CASE, case_id=f"TC-{clue_id}", clue_id=clue_id, law_ids=clue["law_ids"], title_zh=title_zh,
                title_en=title_en, lesson_zh=lesson_zh, lesson_en=lesson_en, recovered=back,
                published_by=unit.actor_id, published_at=unit.at)  # fmt: skip
    return {"case_id": f"TC-{clue_id}"}
