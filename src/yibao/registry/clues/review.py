"""Review: first and second reviewer, the institution's statement and appeal, the panel, the look on site."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from yibao.registry.articles import Refused
from yibao.registry.clues.posts import add_evidence, must_be, must_be_over, told
from yibao.registry.clues.workflow import extended, move, take
from yibao.registry.store import Answer, verb
from yibao.registry.tables.clues import CLUE_FINDING, CLUE_MONEY, STATEMENT
from yibao.registry.tables.core import ACTOR, GRANT
from yibao.registry.unit import Row, Unit


@verb("clue.import", "clue:{clue_id}")
def merge(unit: Unit, clue_id: str) -> Answer:
    """Note that the clue was compared with the others: each row's money is in it alone."""
    return told(move(unit, take(unit, clue_id, "merge"), "merge"))


@verb("clue.assign", "clue:{clue_id}")
def assign(unit: Unit, clue_id: str, to: str, reason: str | None = None) -> Answer:
    """Give a clue to its first reviewer; doing it again gives it to another and starts the clock anew."""
    clue = take(unit, clue_id, "assign")
    _must_review(unit, to)
    return told(move(unit, clue, "assign", reason=reason, first_reviewer=to, team_lead=unit.actor_id))


@verb("clue.review", "clue:{clue_id}")
def begin(unit: Unit, clue_id: str) -> Answer:
    """Begin the first review."""
    clue = take(unit, clue_id, "begin")
    must_be(unit, clue, "first_reviewer")
    return told(move(unit, clue, "begin"))


@verb("clue.review", "clue:{clue_id}")
def close_false(unit: Unit, clue_id: str, reason: str) -> Answer:
    """Close a clue as false."""
    clue = take(unit, clue_id, "close_false")
    must_be(unit, clue, "first_reviewer")
    return told(move(unit, clue, "close_false", reason=reason, upheld=0))


@verb("clue.review", "clue:{clue_id}")
def ask_material(unit: Unit, clue_id: str, note: str) -> Answer:
    """Ask the institution for material."""
    clue = take(unit, clue_id, "ask_material")
    must_be(unit, clue, "first_reviewer")
    return told(move(unit, clue, "ask_material", note=note))


@verb("clue.answer", "clue:{clue_id}")
def give_material(unit: Unit, clue_id: str, title: str, sha256: str) -> Answer:
    """Hand material in; the file stays where it is, its SHA-256 is kept."""
    clue = move(unit, take(unit, clue_id, "give_material"), "give_material", attachment=sha256)
    add_evidence(unit, clue_id, "material", title, sha256)
    return told(clue)


@verb("clue.review", "clue:{clue_id}")
def resume_review(unit: Unit, clue_id: str) -> Answer:
    """Go on without the material, once its time is over."""
    clue = take(unit, clue_id, "resume_review")
    must_be(unit, clue, "first_reviewer")
    must_be_over(unit, clue)
    return told(move(unit, clue, "resume_review"))


@verb("clue.review", "clue:{clue_id}")
def send(
    unit: Unit, clue_id: str, note: str | None = None, left_out: Sequence[str] = (), reason: str | None = None
) -> Answer:
    """Send the clue to the institution, whose time to answer begins.

    ``left_out`` are findings that do not count: their money is claimed no more. Raises :class:`Refused`: ``unknown``,
    ``nothing_left`` (then it is closed as false), ``no_reason``.
    """
    clue = take(unit, clue_id, "send")
    must_be(unit, clue, "first_reviewer")
    claimed = _leave_out(unit, clue, left_out, reason) if left_out else clue["claimed"]
    return told(move(unit, clue, "send", note=note, reason=reason, claimed=claimed))


@verb("clue.answer", "clue:{clue_id}")
def accept(unit: Unit, clue_id: str, words: str | None = None) -> Answer:
    """The institution accepts the clue."""
    clue = move(unit, take(unit, clue_id, "accept"), "accept", note=words)
    return told(clue, statement_id=_state(unit, clue, "accept", words, 0, None))


@verb("clue.answer", "clue:{clue_id}")
def appeal(unit: Unit, clue_id: str, words: str, disputed: int | None = None, sha256: str | None = None) -> Answer:
    """The institution appeals. ``disputed`` is the fund money in dispute in fen, all of it by default."""
    clue = take(unit, clue_id, "appeal")
    money = clue["claimed"] if disputed is None else disputed
    if not 0 <= money <= clue["claimed"]:
        raise Refused("above_claim", "two_bases", f"the dispute is over {money} fen, the claim is {clue['claimed']}",
                      f"争议金额 {money} 分超过疑点金额 {clue['claimed']} 分", mend="dispute what is claimed",
                      mend_zh="争议金额不得超过疑点金额")  # fmt: skip
    clue = move(unit, clue, "appeal", note=words, attachment=sha256)
    if sha256 is not None:
        add_evidence(unit, clue_id, "appeal", words[:80], sha256)
    return told(clue, statement_id=_state(unit, clue, "appeal", words, money, sha256))


@verb("clue.review", "clue:{clue_id}")
def silence(unit: Unit, clue_id: str) -> Answer:
    """Take the institution's silence as assent, once its time is over."""
    clue = take(unit, clue_id, "silence")
    must_be_over(unit, clue)
    clue = move(unit, clue, "silence", reason="silence")
    return told(clue, statement_id=_state(unit, clue, "silence", None, 0, None))


@verb("clue.assign", "clue:{clue_id}")
def extend(unit: Unit, clue_id: str, reason: str) -> Answer:
    """Extend the clock that runs, as often as its rule allows."""
    clue = take(unit, clue_id, "extend")
    return told(move(unit, clue, "extend", reason=reason, due_on=extended(unit, clue)))


def _leave_out(unit: Unit, clue: Row, left_out: Sequence[str], reason: str | None) -> int:
    """Claim the money of these findings no more; returns the fund money that is still claimed."""
    clue_id, out = clue["clue_id"], set(left_out)
    money = unit.rows(select(CLUE_MONEY).where(CLUE_MONEY.c.clue_id == clue_id))
    of_clue = select(CLUE_FINDING.c.finding_id).where(CLUE_FINDING.c.clue_id == clue_id)
    known = {*unit.connection.execute(of_clue).scalars(), *(row["finding_id"] for row in money)}
    if out - known:
        raise Refused("unknown", "two_bases", f"{clue_id} has no finding {sorted(out - known)[0]}",
                      f"{clue_id} 没有命中 {sorted(out - known)[0]}", mend="look at the clue again",
                      mend_zh="请重新查看疑点")  # fmt: skip
    if not known - out:
        raise Refused("nothing_left", "two_bases", f"nothing of {clue_id} would be left", f"{clue_id} 没有计入任何命中",
                      mend="close it as false", mend_zh="请判为不成立并关闭")  # fmt: skip
    if not (reason or "").strip():
        raise Refused("no_reason", "two_bases", "what is left out needs a reason", "不计入的须写明理由",
                      mend="give the reason", mend_zh="请填写理由")  # fmt: skip
    left = 0
    for row in money:
        if row["finding_id"] in out:
            unit.update(CLUE_MONEY, row, upheld=0)
        else:
            left += row["fund_amount"]
    unit.say(left_out=sorted(out))
    return left


def _state(unit: Unit, clue: Row, kind: str, words: str | None, disputed: int, sha256: str | None) -> str:
    count = select(func.count()).select_from(STATEMENT).where(STATEMENT.c.clue_id == clue["clue_id"])
    statement_id = f"{clue['clue_id']}/{unit.connection.execute(count).scalar_one() + 1}"
    unit.insert(STATEMENT, statement_id=statement_id, clue_id=clue["clue_id"], kind=kind, words=words,
                given_by=unit.actor_id, given_at=unit.at, disputed=disputed, sha256=sha256)  # fmt: skip
    return statement_id


def _must_review(unit: Unit, actor_id: str) -> None:
    held = select(GRANT.c.role).join(ACTOR, ACTOR.c.actor_id == GRANT.c.actor_id).where(
        GRANT.c.actor_id == actor_id, GRANT.c.revoked_at.is_(None), ACTOR.c.state == "active"
    )  # fmt: skip
    if "auditor" not in unit.connection.execute(held).scalars().all():
        raise Refused("no_role", "qualification_56", f"{actor_id} is no auditor", f"{actor_id} 不是审核员",
                      mend="assign it to an auditor", mend_zh="请分派给审核员")  # fmt: skip
