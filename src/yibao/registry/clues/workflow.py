"""The states of a clue: which act leads where, who may do it, and the clock that runs."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import func, select

from yibao.registry.articles import Refused, facts
from yibao.registry.calendar import Calendar
from yibao.registry.tables.clues import CLUE, CLUE_EVENT
from yibao.registry.unit import Row, Unit


@cache
def workflow() -> dict[str, Any]:
    """The workflow as it is written in ``facts/clue_workflow.yaml``."""
    said: dict[str, Any] = facts("clue_workflow.yaml")
    return said


def state_name(state: str, lang: str) -> str:
    return str(workflow()["states"][state][lang])


def limit(state: str, since: date, calendar: Calendar) -> date | None:
    """The last day of the state's clock; None where no clock runs."""
    clock = workflow()["states"][state].get("clock")
    if clock is None:
        return None
    return _reckoned(clock["unit"], since, int(clock["days"]), calendar)


def take(unit: Unit, clue_id: str, act: str | None = None) -> Row:
    """The clue, held until the unit ends: the actor may do this act there, and it may follow now.

    Raises :class:`Refused`: ``before_the_last_act``, ``illegal_transition``, ``clock_expired``, ``appeal_after_limit``.
    Without an act, it is only looked at.
    """
    clue = unit.get(CLUE, "clue", "疑点", clue_id=clue_id)
    unit.allow(unit.place_of(clue["institution_id"], clue["region_code"], clue["person_id"]))
    if act is None:
        return clue
    if unit.at < clue["moved_at"]:
        raise Refused(
            "before_the_last_act", "two_bases",
            f"{clue_id} was last acted on at {clue['moved_at']:%Y-%m-%d %H:%M}; this act is dated before",
            f"{clue_id} 上一次办理时间为 {clue['moved_at']:%Y-%m-%d %H:%M}，本次时间在其之前",
            mend="the clock is not moved back", mend_zh="时间不得倒退",
        )  # fmt: skip
    rule = workflow()["acts"][act]
    if clue["state"] not in rule["from"]:
        raise _illegal(clue, act)
    _in_time(unit, clue, act, rule)
    return clue


def move(
    unit: Unit, clue: Row, act: str, *, to: str | None = None, reason: str | None = None, note: str | None = None,
    attachment: str | None = None, **changes: Any,
) -> Row:  # fmt: skip
    """Lead a clue that was taken for an act along it: state, clock, history."""
    rule = workflow()["acts"][act]
    state = to or rule.get("to") or clue["state"]
    if state != clue["state"] and "due_on" not in changes:
        changes |= {"due_on": limit(state, unit.today, unit.calendar), "clock": _clock_name(state)}
    if workflow()["states"][state].get("end") == "true":
        changes |= {"closed_at": unit.at, "due_on": None, "clock": None}
    record(unit, clue, act, state, reason=reason, note=note, attachment=attachment)
    return unit.update(CLUE, clue, state=state, moved_at=unit.at, **changes)


def record(
    unit: Unit, clue: Row, act: str, state: str, *, reason: str | None = None, note: str | None = None,
    attachment: str | None = None,
) -> None:  # fmt: skip
    """Write an act into the clue's history."""
    last = select(func.max(CLUE_EVENT.c.sequence)).where(CLUE_EVENT.c.clue_id == clue["clue_id"])
    unit.insert(
        CLUE_EVENT, clue_id=clue["clue_id"], sequence=(unit.connection.execute(last).scalar() or 0) + 1,
        from_state=clue["state"], to_state=state, act=act, actor_id=unit.actor_id, role=unit.role, acted_at=unit.at,
        reason=reason, note=note, attachment=attachment,
    )  # fmt: skip


def extended(unit: Unit, clue: Row) -> date:
    """The clock's end once it is extended. Raises :class:`Refused` (``no_extension``) when it cannot be any more."""
    clock = workflow()["states"][clue["state"]].get("clock") or {}
    times = int(clock.get("times", 0))
    since = select(func.count()).select_from(CLUE_EVENT).where(
        CLUE_EVENT.c.clue_id == clue["clue_id"], CLUE_EVENT.c.act == "extend",
        CLUE_EVENT.c.from_state == clue["state"], CLUE_EVENT.c.acted_at >= _entered(unit, clue),
    )  # fmt: skip
    if unit.connection.execute(since).scalar_one() >= times:
        raise Refused(
            "no_extension",
            clock.get("article", "two_bases"),
            f"the clock of {clue['clue_id']} cannot be extended further",
            f"{clue['clue_id']} 的期限不能再延长",
            mend="decide, or close it",
            mend_zh="请作出决定或办结",
        )
    return _reckoned(clock["unit"], clue["due_on"], int(clock["extend"]), unit.calendar)


def next_acts(state: str) -> list[str]:
    """The acts that may follow in a state."""
    return [name for name, rule in workflow()["acts"].items() if state in rule["from"]]


def _entered(unit: Unit, clue: Row) -> datetime:
    """When the clue came into the state in which it is."""
    came = select(func.max(CLUE_EVENT.c.acted_at)).where(
        CLUE_EVENT.c.clue_id == clue["clue_id"], CLUE_EVENT.c.to_state == clue["state"],
        CLUE_EVENT.c.from_state != clue["state"],
    )  # fmt: skip
    found: datetime | None = unit.connection.execute(came).scalar()
    return found or clue["opened_at"]


def _in_time(unit: Unit, clue: Row, act: str, rule: Any) -> None:
    """A clock that has run out stops every act but those that may come late."""
    due = clue["due_on"]
    if due is None or unit.today <= due or rule.get("late") == "true" or act == "assign":
        return
    clock = workflow()["states"][clue["state"]].get("clock") or {}
    article = clock.get("article", "two_bases")
    if act in ("appeal", "accept", "give_material"):
        raise Refused(
            "appeal_after_limit" if act == "appeal" else "answer_after_limit",
            article,
            f"the {clock['en']} of {clue['clue_id']} ended on {due}",
            f"{clue['clue_id']} 的{clock['zh']}已于 {due} 届满",
            mend="silence counts as assent; after the decision, administrative review or the court is open",
            mend_zh="逾期视为无异议；对处理决定可申请行政复议或提起诉讼",
        )
    raise Refused(
        "clock_expired", article, f"the {clock['en']} of {clue['clue_id']} ended on {due}",
        f"{clue['clue_id']} 的{clock['zh']}已于 {due} 届满",
        mend="the team lead extends the clock or assigns anew, giving the reason",
        mend_zh="请由审核组长说明理由后延长期限或重新分派",
    )  # fmt: skip


def _illegal(clue: Row, act: str) -> Refused:
    allowed, act_zh = ", ".join(next_acts(clue["state"])) or "-", workflow()["acts"][act]["zh"]
    return Refused(
        "illegal_transition",
        "two_bases",
        f"{clue['clue_id']} is in {clue['state']} ({state_name(clue['state'], 'en')}): {act} cannot follow",
        f"{clue['clue_id']} 处于 {clue['state']}（{state_name(clue['state'], 'zh')}）：不能{act_zh}",
        mend=f"what can follow: {allowed}",
        mend_zh=f"可办理：{allowed}",
    )


def _clock_name(state: str) -> str | None:
    clock = workflow()["states"][state].get("clock")
    return None if clock is None else str(clock["en"])


def _reckoned(unit: str, since: date, days: int, calendar: Calendar) -> date:
    return calendar.after(since, days) if unit == "working" else since + timedelta(days=days)
