"""What follows from a clue: decisions, their service, money that comes back, the end, and a new beginning."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import func, select

from yibao.registry.articles import Refused
from yibao.registry.clues.workflow import move, take, workflow
from yibao.registry.store import Answer, verb
from yibao.registry.tables.clues import CLUE_MONEY, DECISION, RECOVERY
from yibao.registry.unit import Row, Unit


@verb("clue.dispose", "clue:{clue_id}")
def decide(
    unit: Unit, clue_id: str, kind: str, decision_no: str, words: str, amount: int = 0, staff_id: str | None = None,
    harm: bool = False,
) -> Answer:  # fmt: skip
    """Decide what follows: one of 8a to 8h. ``amount`` is fund money in fen of those that take money.

    Raises :class:`Refused`: ``unknown_disposition``, ``not_concluded``, ``above_claim``, ``too_early`` (points before a
    decision that they follow), ``limitation``.
    """
    clue = _decidable(unit, clue_id, kind)
    return _decided(unit, clue, "decide", kind, decision_no, words, amount, staff_id, harm)


@verb("clue.penalise", "clue:{clue_id}")
def penalise(unit: Unit, clue_id: str, decision_no: str, words: str, amount: int = 0, harm: bool = False) -> Answer:
    """An administrative penalty (8d), by the administrative department, of what was verified on site."""
    clue = _decidable(unit, clue_id, "8d")
    return _decided(unit, clue, "decide", "8d", decision_no, words, amount, None, harm)


@verb("clue.transfer", "clue:{clue_id}")
def transfer(unit: Unit, clue_id: str, decision_no: str, words: str) -> Answer:
    """Hand the matter to another authority (8g)."""
    clue = _decidable(unit, clue_id, "8g")
    return _decided(unit, clue, "decide", "8g", decision_no, words, 0, None, False)


@verb("clue.dispose", "clue:{clue_id}")
def refuse_payment(unit: Unit, clue_id: str, decision_no: str, words: str) -> Answer:
    """Refuse payment of a clear violation found at settlement, without review; the institution may still appeal."""
    clue = take(unit, clue_id, "refuse_payment")
    if clue["result"] != "violation":
        raise Refused(
            "not_clear",
            "two_bases",
            f"{clue_id} is a {clue['result']}: only a clear violation is refused outright",
            f"{clue_id} 为可疑或线索，不属明确违规，不能直接拒付",
            mend="assign it for review",
            mend_zh="请分派审核",
        )
    for row in money_rows(unit, clue_id):
        unit.update(CLUE_MONEY, row, upheld=row["fund_amount"])
    clue = {**clue, "upheld": clue["claimed"]}
    return _decided(unit, clue, "refuse_payment", "8a", decision_no, words, clue["claimed"], None, False)


@verb("clue.execute", "clue:{clue_id}")
def serve(unit: Unit, clue_id: str) -> Answer:
    """Serve the decisions of a clue."""
    clue = move(unit, take(unit, clue_id, "serve"), "serve")
    served = [unit.update(DECISION, row, served_on=unit.today) for row in decisions_in_force(unit, clue_id)]
    return {"clue_id": clue_id, "state": clue["state"], "served": [row["decision_no"] for row in served]}


@verb("clue.recover", "clue:{clue_id}")
def recover(unit: Unit, clue_id: str, decision_no: str, amount: int, receipt: str, way: str = "deducted") -> Answer:
    """Money came back, all or part. It is laid to the clue's rows in order, so that no row is recovered twice.

    Raises :class:`Refused`: ``above_claim`` (more than was decided and is still open), ``receipt_used``.
    """
    clue = take(unit, clue_id, "recover")
    decision = unit.get(DECISION, "decision", "处理决定", decision_no=decision_no)
    if decision["clue_id"] != clue_id or decision["state"] != "in_force":
        raise Refused(
            "unknown",
            "regulation_38",
            f"{decision_no} is no decision in force on {clue_id}",
            f"{decision_no} 不是 {clue_id} 的有效决定",
            mend="check the number",
            mend_zh="请核对文号",
        )
    used = select(RECOVERY.c.clue_id).where(RECOVERY.c.receipt == receipt)
    if unit.connection.execute(used).first() is not None:
        raise Refused(
            "receipt_used",
            "regulation_38",
            f"the receipt {receipt} is recorded already",
            f"凭证 {receipt} 已登记",
            mend="nothing is recovered twice",
            mend_zh="同一笔款项不得重复登记",
        )
    rows = money_rows(unit, clue_id)
    open_ = sum(d["amount"] for d in decisions_in_force(unit, clue_id)) - sum(row["recovered"] for row in rows)
    if not 0 < amount <= open_:
        raise Refused(
            "above_claim",
            "regulation_38",
            f"{amount} fen is not between 1 and the {open_} still open on {clue_id}",
            f"{amount} 分不在 {clue_id} 尚待追回的 {open_} 分以内",
            mend="record what came back, no more",
            mend_zh="请如实登记，不得超过应追回金额",
        )
    left = amount
    count = unit.connection.execute(
        select(func.count()).select_from(RECOVERY).where(RECOVERY.c.clue_id == clue_id)
    ).scalar_one()
    for row in rows:
        part = min(left, (row["upheld"] or 0) - row["recovered"])
        if part > 0:
            count, left = count + 1, left - part
            unit.update(CLUE_MONEY, row, recovered=row["recovered"] + part)
            unit.insert(RECOVERY, recovery_id=f"{clue_id}/{count:04d}", clue_id=clue_id, decision_no=decision_no,
                        ref_table=row["ref_table"], ref_id=row["ref_id"], amount=part, way=way, state="received",
                        received_at=unit.at, receipt=receipt)  # fmt: skip
    move(unit, clue, "recover", reason=receipt, note=f"{amount // 100}.{amount % 100:02d}")
    return {"clue_id": clue_id, "recovered": amount, "open": open_ - amount}


def _decidable(unit: Unit, clue_id: str, kind: str) -> Row:
    rules = workflow()["dispositions"]
    if kind not in rules:
        raise Refused(
            "unknown_disposition",
            "agreement_38",
            f"there is no disposition {kind!r}",
            f"没有处理方式 {kind!r}",
            mend=f"known: {', '.join(rules)}",
            mend_zh=f"可用：{', '.join(rules)}",
        )
    clue = take(unit, clue_id, "decide")
    rule = rules[kind]
    if rule["by"] != unit.action:
        unit.allow(unit.place_of(clue["institution_id"], clue["region_code"]), permission=rule["by"])
    if clue["upheld"] is None and clue["state"] in ("S5", "S7"):
        raise Refused(
            "not_concluded",
            "two_bases",
            f"the second review of {clue_id} has no outcome yet",
            f"{clue_id} 的复审尚无结论",
            mend="uphold it, in part or whole, first",
            mend_zh="请先作出复审结论",
        )
    return clue


def _decided(
    unit: Unit, clue: Row, act: str, kind: str, decision_no: str, words: str, amount: int, staff_id: str | None,
    harm: bool,
) -> Answer:  # fmt: skip
    rule, clue_id = workflow()["dispositions"][kind], clue["clue_id"]
    before = decisions_in_force(unit, clue_id)
    _after(clue, kind, rule, before)
    if rule.get("needs") == "S7" and clue["state"] == "S5":
        raise Refused(
            "not_verified",
            "penalty_16",
            f"{clue_id} has not been verified on site",
            f"{clue_id} 尚未现场核实",
            mend="two officers verify it first",
            mend_zh="请先由两名执法人员核实",
        )
    if rule.get("limitation") == "true":
        _limitation(unit, clue, harm)
    decided = sum(d["amount"] for d in before)
    open_ = (clue["upheld"] or 0) - decided
    if amount and (rule.get("money") != "true" or not 0 < amount <= open_):
        most = open_ if rule.get("money") == "true" else 0
        raise Refused(
            "above_claim",
            "regulation_38",
            f"{amount} fen is more than the {most} that is upheld and undecided on {clue_id}",
            f"{amount} 分超过 {clue_id} 已维持且未处理的 {most} 分",
            mend="decide on what is upheld",
            mend_zh="处理金额不得超过维持金额",
        )
    if unit.find(DECISION, decision_no=decision_no) is not None:
        raise Refused(
            "decision_known",
            "agreement_38",
            f"there is a decision {decision_no} already",
            f"文号 {decision_no} 已存在",
            mend="give a number of its own",
            mend_zh="请使用新文号",
        )
    made = move(unit, clue, act, reason=kind, note=words, upheld=clue["upheld"])
    serve_by = unit.calendar.after(unit.today, 7)
    unit.insert(DECISION, decision_no=decision_no, clue_id=clue_id, kind=kind, decided_by=unit.actor_id,
                decided_at=unit.at, amount=amount, basis_zh=rule["zh"], basis_en=rule["en"], words=words,
                state="in_force", served_by=serve_by, staff_id=staff_id)  # fmt: skip
    return {"clue_id": clue_id, "state": made["state"], "decision_no": decision_no, "kind": kind, "amount": amount,
            "serve_by": serve_by.isoformat()}  # fmt: skip


def _after(clue: Row, kind: str, rule: dict[str, object], before: list[Row]) -> None:
    first = rule.get("after")
    if isinstance(first, list) and not {d["kind"] for d in before} & set(map(str, first)):
        raise Refused(
            "too_early",
            "qualification",
            f"{kind} follows a decision of {', '.join(map(str, first))}",
            f"{kind} 须在 {'、'.join(map(str, first))} 之后",
            mend="decide that first",
            mend_zh="请先作出相应处理",
        )


def _limitation(unit: Unit, clue: Row, harm: bool) -> None:
    years = int(workflow()["limitation_years"]["harm" if harm else "usual"])
    ends = _years_on(clue["period_to"] - timedelta(days=1), years)
    if clue["opened_at"].date() > ends:
        raise Refused(
            "limitation",
            "penalty_6",
            f"the matter ended by {clue['period_to']} and was found after {ends}",
            f"违法行为终了于 {clue['period_to']} 前，{ends} 之后才发现",
            mend="it may be recovered, not penalised",
            mend_zh="可追回基金，不再给予处罚",
        )


def _years_on(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, day=28)


def decisions_in_force(unit: Unit, clue_id: str) -> list[Row]:
    """The decisions in force."""
    return unit.rows(select(DECISION).where(DECISION.c.clue_id == clue_id, DECISION.c.state == "in_force"))


def money_rows(unit: Unit, clue_id: str) -> list[Row]:
    query = (
        select(CLUE_MONEY).where(CLUE_MONEY.c.clue_id == clue_id).order_by(CLUE_MONEY.c.ref_table, CLUE_MONEY.c.ref_id)
    )
    return unit.rows(query.with_for_update())
