"""How often a rule was right: what reviews and appeals made of its clues."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import case, func, select

from yibao.registry.tables.clues import CLUE, CLUE_EVENT, STATEMENT
from yibao.service.reads import reads
from yibao.service.state import Service
from yibao.supervision.lifecycle.watch import DAYS, LEAST_DECIDED, LEAST_POSITIVE


@dataclass(frozen=True)
class Record:
    """Clues of one rule: all, concluded, upheld at least in part, appealed, overturned on appeal; fund money in fen."""

    law_id: str
    clues: int
    reviewed: int
    upheld: int
    appealed: int
    overturned: int
    claimed: int
    upheld_money: int


def records(service: Service, law_id: str | None = None) -> dict[str, Record]:
    """The record of each rule by its id, of the whole registry: how good a rule is does not depend on who asks."""
    done = CLUE.c.upheld.is_not(None)
    query = select(
        CLUE.c.law_ids, func.count(), func.sum(case((done, 1), else_=0)),
        func.sum(case((CLUE.c.upheld > 0, 1), else_=0)), func.sum(CLUE.c.claimed),
        func.sum(func.coalesce(CLUE.c.upheld, 0)),
    ).group_by(CLUE.c.law_ids)  # fmt: skip
    turned = STATEMENT.c.outcome.in_(("withdraw", "partly"))
    appeals = (
        select(CLUE.c.law_ids, func.count(), func.sum(case((turned, 1), else_=0)))
        .join(STATEMENT, STATEMENT.c.clue_id == CLUE.c.clue_id)
        .where(STATEMENT.c.kind == "appeal").group_by(CLUE.c.law_ids)
    )  # fmt: skip
    if law_id is not None:
        query, appeals = query.where(CLUE.c.law_ids == law_id), appeals.where(CLUE.c.law_ids == law_id)
    with reads(service.registry) as connection:
        appealed = {law: (count, over or 0) for law, count, over in connection.execute(appeals)}
        return {
            law: Record(law, count, reviewed or 0, upheld or 0, *appealed.get(law, (0, 0)), claimed or 0, money or 0)
            for law, count, reviewed, upheld, claimed, money in connection.execute(query)
        }


#: Acts that conclude a clue.
CONCLUSIONS = ("uphold", "partly", "withdraw", "close_false")


@dataclass(frozen=True)
class Alarm:
    """A rule of whose clues too few were upheld of late."""

    law_id: str
    decided: int
    upheld: int


def alarms(service: Service) -> list[Alarm]:
    """Rules below the least positive rate over the last days, of those with enough decisions."""
    since = service.registry.clock() - timedelta(days=DAYS)
    held = CLUE_EVENT.c.act.in_(("uphold", "partly"))
    query = (
        select(CLUE.c.law_ids, func.count(), func.sum(case((held, 1), else_=0)))
        .join(CLUE, CLUE.c.clue_id == CLUE_EVENT.c.clue_id)
        .where(CLUE_EVENT.c.acted_at >= since, CLUE_EVENT.c.act.in_(CONCLUSIONS))
        .group_by(CLUE.c.law_ids)
    )
    with reads(service.registry) as connection:
        rows = connection.execute(query).all()
    return [
        Alarm(law, decided, upheld) for law, decided, upheld in rows
        if decided >= LEAST_DECIDED and upheld < LEAST_POSITIVE * decided
    ]  # fmt: skip
