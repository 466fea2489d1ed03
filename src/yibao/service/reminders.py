"""Reminders that were shown, what was answered, and the figures that come of it.

compliance rate = accepted / (accepted + overridden) (supervision: 遵从率); ignored cards are counted beside it.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
from sqlalchemy import ColumnElement, Connection, and_, case, func, insert, or_, select, update

from yibao.engine.money import round_half_up
from yibao.service.access.trail import record
from yibao.service.reads import reads
from yibao.service.state import Service
from yibao.service.tables import CARD
from yibao.supervision.answers import OTHER, reasons
from yibao.supervision.draft import Draft
from yibao.supervision.reminders import Reminder

log = logging.getLogger("yibao.service.reminders")
#: The same card for the same doctor and patient is one card for so long.
SAME = timedelta(hours=24)
#: Of so many answers the share that were overridden above which a law's cards become information only.
ENOUGH, NOISE = 200, 0.70


class AnswerRefused(ValueError):
    """An answer that cannot be kept; ``zh`` says why in Chinese."""

    def __init__(self, what: str, zh: str) -> None:
        super().__init__(what)
        self.zh = zh


@dataclass(frozen=True)
class Shown:
    """A reminder as a card: its number, and whether the doctor answered it within the last day."""

    card_id: str
    reminder: Reminder
    answered: bool


def show(service: Service, service_id: str, draft: Draft, reminders: Iterable[Reminder], actor_id: str) -> list[Shown]:
    """Note reminders as shown; one that was shown to this doctor for this patient today keeps its number."""
    now = service.registry.clock()
    shown, new = [], []
    with service.registry.engine.begin() as connection:
        for reminder in reminders:
            known = _known(connection, draft, reminder, now)
            card_id = known["card_id"] if known else f"C{secrets.token_hex(10)}"
            if known is None:
                connection.execute(insert(CARD), _row(card_id, service_id, draft, reminder, now))
                new.append((CARD, {"card_id": card_id}))
            shown.append(Shown(card_id, reminder, known is not None and known["outcome"] is not None))
        if new:
            record(connection, now, actor_id, "reminder.show", f"person:{draft.person_id}", service=service_id,
                   cards=len(new), changed=new)  # fmt: skip
    return shown


def _known(connection: Connection, draft: Draft, reminder: Reminder, now: datetime) -> Any:
    table, ref = _first(reminder)
    same = {
        "person_id": draft.person_id, "staff_id": draft.staff_id, "institution_id": draft.institution_id,
        "law_id": reminder.law.id, "item_code": reminder.item_code,
    }  # fmt: skip
    mine = and_(*(CARD.c[name] == value for name, value in same.items()), CARD.c.shown_at > now - SAME)
    proof = and_(CARD.c.ref_table.is_not_distinct_from(table), CARD.c.ref_id.is_not_distinct_from(ref))
    return connection.execute(select(CARD).where(mine, proof).order_by(CARD.c.shown_at.desc())).mappings().first()


def _row(card_id: str, service_id: str, draft: Draft, reminder: Reminder, now: datetime) -> dict[str, Any]:
    table, ref = _first(reminder)
    return {
        "card_id": card_id, "service_id": service_id, "person_id": draft.person_id,
        "institution_id": draft.institution_id, "staff_id": draft.staff_id, "encounter_id": draft.encounter_id,
        "law_id": reminder.law.id, "reminder_id": reminder.reminder_id, "order_id": reminder.order_id,
        "item_code": reminder.item_code, "ref_table": table, "ref_id": ref, "amount": reminder.amount, "shown_at": now,
    }  # fmt: skip


def _first(reminder: Reminder) -> tuple[str | None, str | None]:
    first = reminder.evidence[0] if reminder.evidence else None
    return (first.ref_table, first.ref_id) if first else (None, None)


def answer(
    service: Service, connection: Connection, row: Mapping[str, Any], outcome: str, reason: str | None,
    comment: str | None, at: datetime, actor_id: str,
) -> bool:  # fmt: skip
    """Keep an answer to a card; False when the same answer is there already. Raises :class:`AnswerRefused`."""
    if outcome == "overridden" and reason not in reasons(service.ledger):
        raise AnswerRefused(f"unknown reason {reason!r}", f"没有理由编码 {reason!r}")
    if outcome == "overridden" and reason == OTHER and not (comment or "").strip():
        raise AnswerRefused(f"the reason {OTHER} needs words", f"理由 {OTHER} 须写明说明")
    if row["outcome"] is not None:
        if (row["outcome"], row["reason"]) == (outcome, reason if outcome == "overridden" else None):
            return False
        raise AnswerRefused("the card was answered otherwise before", "该提醒已有不同的答复")
    said = {"outcome": outcome, "reason": reason if outcome == "overridden" else None, "comment": comment,
            "answered_at": at}  # fmt: skip
    connection.execute(update(CARD).where(CARD.c.card_id == row["card_id"]).values(said))
    record(connection, service.registry.clock(), actor_id, "reminder.answer", f"card:{row['card_id']}",
           answer=outcome, reason=said["reason"], changed=((CARD, {"card_id": row["card_id"]}),))  # fmt: skip
    return True


def keep(service: Service) -> int:
    """Bring answers into the ledger as facts (``reminder_answer``), all that wait in one batch; returns how many.

    Killed in between, the same rows come again, which the ledger knows by their content and leaves out.
    """
    with service.writing:
        with reads(service.registry) as connection:
            waiting = select(CARD).where(CARD.c.outcome.is_not(None), CARD.c.kept_at.is_(None)).limit(5_000)
            rows = [dict(row) for row in connection.execute(waiting).mappings()]
        if not rows:
            return 0
        contract = service.ledger.tables()["reminder_answer"]
        fields = [(c.name, c.arrow_type) for c in contract.columns if c.name not in ("recorded_at", "batch_id")]
        facts = [
            {**row, "reminder_id": row["card_id"], "reason_code": row["reason"],
             "answered_at": row["answered_at"].replace(microsecond=0)}
            for row in rows
        ]  # fmt: skip
        table = pa.Table.from_pylist([{n: f.get(n) for n, _ in fields} for f in facts], schema=pa.schema(fields))
        service.ledger.append({"reminder_answer": table}, source="service")
        with service.registry.engine.begin() as connection:
            done = CARD.c.card_id.in_([row["card_id"] for row in rows])
            connection.execute(update(CARD).where(done).values(kept_at=service.registry.clock()))
    return len(rows)


def figures(connection: Connection, where: ColumnElement[bool], since: datetime) -> dict[str, Any]:
    """Shown, accepted, overridden by reason, not answered, money not spent (fen), rate in basis points; by law."""
    mine = and_(where, CARD.c.shown_at >= since)
    one = {o: func.sum(case((CARD.c.outcome == o, 1), else_=0)) for o in ("accepted", "overridden")}
    saved = func.sum(case((CARD.c.outcome == "accepted", CARD.c.amount), else_=0))
    query = select(CARD.c.law_id, func.count(), one["accepted"], one["overridden"], saved).where(mine)
    laws = {
        law: _counted(int(n), int(yes or 0), int(no or 0), int(money or 0))
        for law, n, yes, no, money in connection.execute(query.group_by(CARD.c.law_id).order_by(CARD.c.law_id))
    }
    why = select(CARD.c.reason, func.count()).where(mine, CARD.c.outcome == "overridden").group_by(CARD.c.reason)
    total = [sum(law[name] for law in laws.values()) for name in ("shown", "accepted", "overridden", "saved_amount")]
    return {
        **_counted(*total), "reasons": {str(reason): int(n) for reason, n in connection.execute(why)}, "laws": laws,
    }  # fmt: skip


def _counted(shown: int, accepted: int, overridden: int, saved: int) -> dict[str, Any]:
    answered = accepted + overridden
    return {
        "shown": shown, "accepted": accepted, "overridden": overridden, "ignored": shown - answered,
        "saved_amount": saved, "compliance_rate": round_half_up(accepted * 10_000, answered) if answered else None,
    }  # fmt: skip


def noisy(service: Service, laws: Sequence[str]) -> frozenset[str]:
    """Laws whose reminders are mostly overridden: they inform, they do not warn (at least 200 answers, over 70 %)."""
    if not laws:
        return frozenset()
    answered = or_(CARD.c.outcome == "accepted", CARD.c.outcome == "overridden")
    over = func.sum(case((CARD.c.outcome == "overridden", 1), else_=0))
    query = select(CARD.c.law_id, func.count(), over).where(CARD.c.law_id.in_(laws), answered).group_by(CARD.c.law_id)
    with reads(service.registry) as connection:
        return frozenset(law for law, n, no in connection.execute(query) if n >= ENOUGH and no > n * NOISE)
