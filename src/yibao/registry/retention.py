"""Retention: bodies of old events are erased; that they happened, and in which order, stays for good."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from sqlalchemy import func, select, update

from yibao.registry.articles import Refused
from yibao.registry.audit import CHAINS
from yibao.registry.store import REQUESTS_KEPT, Answer, verb
from yibao.registry.tables.core import EVENT, IDEMPOTENCY
from yibao.registry.unit import Unit

#: Logs are kept for six months by law, and for three years by the default of this house.
LEAST, USUAL = timedelta(days=183), timedelta(days=3 * 365 + 1)


@verb("registry.retain", "retention:{before}")
def retain(unit: Unit, before: date) -> Answer:
    """Erase the bodies of events recorded before a day, and answers of requests older than :data:`REQUESTS_KEPT`.

    Who acted, when, on what, and the digests stay in the chain, so that it verifies as before. Raises :class:`Refused`
    (``kept_by_law``) for a day within six months.
    """
    unit.allow_anywhere()
    if before > (unit.now - LEAST).date():
        raise Refused("kept_by_law", "cyber_21", f"events since {(unit.now - LEAST).date()} must be kept",
                      f"{(unit.now - LEAST).date()} 以来的日志依法须留存", mend="name an earlier day",
                      mend_zh="请给出更早的日期")  # fmt: skip
    instant = datetime.combine(before, time())
    upto: dict[str, int] = {}
    count = 0
    for chain in range(CHAINS):
        # Recorded times never fall along a chain, so that one place parts old from new.
        last = unit.connection.execute(
            select(func.max(EVENT.c.seq)).where(EVENT.c.chain == chain, EVENT.c.recorded_at < instant)
        ).scalar()
        if last is None:
            continue
        erased = update(EVENT).where(
            EVENT.c.chain == chain, EVENT.c.seq <= last, EVENT.c.body.is_not(None),
            EVENT.c.action != "registry.retain",
        )  # fmt: skip
        count += unit.connection.execute(erased, {"body": None}).rowcount
        upto[str(chain)] = last
    old = unit.rows(select(IDEMPOTENCY).where(IDEMPOTENCY.c.answered_at < unit.now - REQUESTS_KEPT))
    for row in old:
        unit.remove(IDEMPOTENCY, row)
    unit.say(erased=upto)
    return {"before": before.isoformat(), "bodies_erased": count, "requests_forgotten": len(old)}
