"""The second review: by another person; panel, outcome, and the look on site."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from yibao.registry.articles import Refused
from yibao.registry.clues.posts import add_evidence, must_be, told
from yibao.registry.clues.workflow import move, take
from yibao.registry.store import Answer, verb
from yibao.registry.tables.clues import CLUE_EVENT, CLUE_MONEY, DECISION, RECOVERY, STATEMENT
from yibao.registry.tables.core import ACTOR, GRANT
from yibao.registry.unit import Row, Unit


@verb("clue.review", "clue:{clue_id}")
def second(unit: Unit, clue_id: str) -> Answer:
    """Begin the second review. Raises :class:`Refused` (``same_reviewer``) for the first reviewer."""
    clue = take(unit, clue_id, "second")
    _other_than_first(unit, clue)
    return told(move(unit, clue, "second", second_reviewer=unit.actor_id))


@verb("clue.review", "clue:{clue_id}")
def uphold(unit: Unit, clue_id: str, reason: str) -> Answer:
    """Uphold the whole claim; after a reopening, what was upheld before."""
    clue = _second(unit, clue_id, "uphold")
    for row in _money(unit, clue_id):
        if row["upheld"] is None:
            unit.update(CLUE_MONEY, row, upheld=row["fund_amount"])
    return _concluded(unit, clue, "uphold", reason)


@verb("clue.review", "clue:{clue_id}")
def partly(unit: Unit, clue_id: str, reason: str, amounts: Mapping[str, int]) -> Answer:
    """Uphold part. ``amounts``: fund money upheld in fen by ``table:id`` of the row; others stand whole.

    Raises :class:`Refused`: ``unknown``, ``above_claim`` (a defence never makes a claim grow).
    """
    clue = _second(unit, clue_id, "partly")
    rows = {f"{row['ref_table']}:{row['ref_id']}": row for row in _money(unit, clue_id)}
    for name in amounts:
        if name not in rows:
            raise Refused("unknown", "two_bases", f"the clue has no row {name}", f"疑点中没有 {name}",
                          mend="yibao registry clue show lists its rows", mend_zh="请查看疑点明细")  # fmt: skip
    for name, row in rows.items():
        most = row["fund_amount"] if row["upheld"] is None else row["upheld"]
        upheld = amounts.get(name, most)
        if not 0 <= upheld <= most:
            raise Refused("above_claim", "penalty_41", f"{name}: {upheld} fen is more than the {most} claimed",
                          f"{name}：{upheld} 分超过所主张的 {most} 分", mend="uphold the claim or less",
                          mend_zh="只能维持或减少")  # fmt: skip
        lower(unit, row, upheld)
    return _concluded(unit, clue, "partly", reason)


@verb("clue.review", "clue:{clue_id}")
def withdraw(unit: Unit, clue_id: str, reason: str) -> Answer:
    """Withdraw the clue: the appeal is right, or the finding was wrong."""
    clue = _second(unit, clue_id, "withdraw")
    for row in _money(unit, clue_id):
        lower(unit, row, 0)
    return _concluded(unit, clue, "withdraw", reason)


@verb("clue.review", "clue:{clue_id}")
def panel(unit: Unit, clue_id: str, experts: Sequence[str], question: str) -> Answer:
    """Call a panel: an odd number of experts, none of whom has reviewed the clue (recusal)."""
    clue = _second(unit, clue_id, "panel")
    names = sorted(set(experts))
    if len(names) % 2 == 0 or len(names) < 3:
        raise Refused(
            "even_panel",
            "two_bases",
            f"a panel has an odd number of experts, three at least; these are {len(names)}",
            f"合议须为三名以上单数专家，现为 {len(names)} 名",
            mend="name other experts",
            mend_zh="请调整专家",
        )
    partial = sorted({clue["first_reviewer"], clue["second_reviewer"]} & set(names))
    if partial:
        raise Refused(
            "recusal",
            "two_bases",
            f"{', '.join(partial)} has reviewed the clue",
            f"{'、'.join(partial)} 曾审核本疑点，应当回避",
            mend="name another expert",
            mend_zh="请更换专家",
        )
    for name in names:
        held = select(GRANT.c.role).where(GRANT.c.actor_id == name, GRANT.c.revoked_at.is_(None))
        if "expert" not in unit.connection.execute(held).scalars().all():
            raise Refused(
                "no_role",
                "two_bases",
                f"{name} is not an expert",
                f"{name} 不是评审专家",
                mend="grant the role first",
                mend_zh="请先授予角色",
            )
    return told(move(unit, clue, "panel", reason=",".join(names), note=question))


@verb("clue.panel", "clue:{clue_id}")
def opinion(unit: Unit, clue_id: str, stands: bool, words: str) -> Answer:
    """An expert's opinion: whether the finding stands. Each of the panel speaks once."""
    clue = take(unit, clue_id, "opinion")
    called = unit.rows(select(CLUE_EVENT).where(CLUE_EVENT.c.clue_id == clue_id).order_by(CLUE_EVENT.c.sequence))
    panels = [event for event in called if event["act"] == "panel"]
    if not panels or unit.actor_id not in panels[-1]["reason"].split(","):
        raise Refused(
            "not_on_the_panel",
            "two_bases",
            f"{unit.actor_id} is not on the panel of {clue_id}",
            f"{unit.actor_id} 不在 {clue_id} 的合议名单中",
            mend="only those named speak",
            mend_zh="仅名单内专家可发表意见",
        )
    spoken = [e for e in called if e["act"] == "opinion" and e["sequence"] > panels[-1]["sequence"]]
    if unit.actor_id in {e["actor_id"] for e in spoken}:
        raise Refused(
            "spoken_before",
            "two_bases",
            f"{unit.actor_id} has spoken already",
            f"{unit.actor_id} 已发表意见",
            mend="one expert, one opinion",
            mend_zh="一人一次",
        )
    clue = move(unit, clue, "opinion", reason="stands" if stands else "falls", note=words)
    votes = [e["reason"] == "stands" for e in spoken] + [stands]
    return told(clue, for_it=sum(votes), against_it=len(votes) - sum(votes),
                 missing=len(panels[-1]["reason"].split(",")) - len(votes))  # fmt: skip


@verb("clue.verify", "clue:{clue_id}")
def verify_on_site(unit: Unit, clue_id: str, officers: Sequence[str], words: str, sha256: str | None = None) -> Answer:
    """The look on site. Raises :class:`Refused` (``two_officers``) without two officers who have licences."""
    clue = take(unit, clue_id, "verify")
    _must_be_concluded(clue)
    names = sorted(set(officers))
    licensed = unit.rows(select(ACTOR).where(ACTOR.c.actor_id.in_(names), ACTOR.c.licence.is_not(None)))
    if len(licensed) < 2 or len(licensed) < len(names):
        raise Refused(
            "two_officers",
            "penalty_16",
            "at least two officers with enforcement licences are needed",
            "执法人员不得少于两人，并应持有执法证件",
            mend="name officers with licences",
            mend_zh="请填写持证执法人员",
        )
    if sha256 is not None:
        add_evidence(unit, clue_id, "on_site", words[:80], sha256)
    return told(move(unit, clue, "verify", reason=",".join(names), note=words, attachment=sha256))


def _concluded(unit: Unit, clue: Row, act: str, reason: str) -> Answer:
    """Write the outcome into the clue and into the statement that it answers; after a panel, as its majority says."""
    if clue["state"] == "S6":
        _as_the_panel_says(unit, clue, act)
    upheld = sum(row["upheld"] or 0 for row in _money(unit, clue["clue_id"]))
    clue = move(unit, clue, act, reason=reason, upheld=upheld, second_reviewer=unit.actor_id)
    query = select(STATEMENT).where(STATEMENT.c.clue_id == clue["clue_id"], STATEMENT.c.outcome.is_(None))
    for statement in unit.rows(query):
        unit.update(STATEMENT, statement, outcome=act)
    # Of a clue that was reopened: what was decided on the old outcome is decided anew.
    old = select(DECISION).where(DECISION.c.clue_id == clue["clue_id"], DECISION.c.state == "in_force")
    for decision in unit.rows(old):
        unit.update(DECISION, decision, state="withdrawn")
    return told(clue)


def lower(unit: Unit, row: Row, upheld: int) -> None:
    """Uphold so much of a row; money of it that came in already and is above that goes back."""
    back = row["recovered"] - upheld
    if back > 0:
        received = select(RECOVERY).where(
            RECOVERY.c.ref_table == row["ref_table"], RECOVERY.c.ref_id == row["ref_id"], RECOVERY.c.state == "received"
        )  # fmt: skip
        last = unit.rows(received.order_by(RECOVERY.c.recovery_id.desc()))[0]
        unit.insert(RECOVERY, recovery_id=f"{last['recovery_id']}-back", clue_id=row["clue_id"],
                    decision_no=last["decision_no"], ref_table=row["ref_table"], ref_id=row["ref_id"], amount=back,
                    way=last["way"], state="returned", received_at=unit.at, receipt=last["receipt"])  # fmt: skip
    if upheld != row["upheld"]:
        unit.update(CLUE_MONEY, row, upheld=upheld, recovered=min(row["recovered"], upheld))


def _as_the_panel_says(unit: Unit, clue: Row, act: str) -> None:
    """Raises :class:`Refused` (``panel_incomplete``, ``against_the_panel``)."""
    events = unit.rows(
        select(CLUE_EVENT).where(CLUE_EVENT.c.clue_id == clue["clue_id"]).order_by(CLUE_EVENT.c.sequence)
    )
    called = next(event for event in reversed(events) if event["act"] == "panel")
    votes = [e["reason"] for e in events if e["act"] == "opinion" and e["sequence"] > called["sequence"]]
    missing = len(called["reason"].split(",")) - len(votes)
    if missing:
        raise Refused(
            "panel_incomplete",
            "two_bases",
            f"{missing} of the panel have not spoken",
            f"尚有 {missing} 名专家未发表意见",
            mend="wait for them",
            mend_zh="请等待全部意见",
        )
    stands = votes.count("stands") * 2 > len(votes)
    if stands == (act == "withdraw"):
        raise Refused(
            "against_the_panel",
            "two_bases",
            f"the panel found that it {'stands' if stands else 'falls'}",
            f"合议意见为{'成立' if stands else '不成立'}",
            mend="follow the majority",
            mend_zh="请按多数意见办理",
        )


def _money(unit: Unit, clue_id: str) -> list[Row]:
    query = select(CLUE_MONEY).where(CLUE_MONEY.c.clue_id == clue_id)
    return unit.rows(query.order_by(CLUE_MONEY.c.ref_table, CLUE_MONEY.c.ref_id))


def _second(unit: Unit, clue_id: str, act: str) -> Row:
    clue = take(unit, clue_id, act)
    if clue["second_reviewer"] is not None:
        must_be(unit, clue, "second_reviewer")
    else:
        _other_than_first(unit, clue)
    return clue


def _other_than_first(unit: Unit, clue: Row) -> None:
    if clue["first_reviewer"] == unit.actor_id:
        raise Refused(
            "same_reviewer",
            "two_bases",
            f"{unit.actor_id} reviewed {clue['clue_id']} first; the second reviewer is another",
            f"{unit.actor_id} 是 {clue['clue_id']} 的初审人；复审须由他人进行",
            mend="another auditor takes it",
            mend_zh="请由其他审核员复审",
        )


def _must_be_concluded(clue: Row) -> None:
    if clue["upheld"] is None:
        raise Refused("not_concluded", "two_bases", f"the second review of {clue['clue_id']} has no outcome yet",
                      f"{clue['clue_id']} 的复审尚无结论", mend="uphold it, in part or whole, first",
                      mend_zh="请先作出复审结论")  # fmt: skip
