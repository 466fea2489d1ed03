"""The watch over laws in force: positive rate and false-alarm rate of what people decided, with alarms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from yibao.ledger import Ledger
from yibao.measures import wilson_interval
from yibao.supervision.models.clues import UPHELD, decisions

#: Days of the rolling window, the least positive rate and the greatest false-alarm rate.
DAYS, LEAST_POSITIVE, MOST_FALSE = 30, 0.30, 0.15
#: Decisions below which a rate is chance; then there is no alarm, and the table says so.
LEAST_DECIDED = 10


@dataclass(frozen=True)
class Watched:
    """A law's decisions of the window: counts, rates, the 95 % interval of the positive rate, alarms by name."""

    law_id: str
    decided: int
    upheld: int
    unproven: int
    false_alarms: int
    positive_rate: float
    lower: float
    upper: float
    false_rate: float
    amount_upheld: int
    alarms: tuple[str, ...]
    enough: bool


def watch(
    ledger: Ledger,
    *,
    days: int = DAYS,
    until: datetime | None = None,
    least_positive: float = LEAST_POSITIVE,
    most_false: float = MOST_FALSE,
) -> list[Watched]:
    """Every law with a decision in the ``days`` before ``until`` (default: the latest decision), by id."""
    rows = decisions(ledger).to_pylist()
    if not rows:
        return []
    end = until or max(row["decided_at"] for row in rows)
    start = end - timedelta(days=days)
    by_law: dict[str, list[dict]] = {}
    for row in rows:
        if start < row["decided_at"] <= end:
            by_law.setdefault(row["law_id"], []).append(row)
    return [_watched(law, found, least_positive, most_false) for law, found in sorted(by_law.items())]


def _watched(law: str, rows: Sequence[dict], least_positive: float, most_false: float) -> Watched:
    outcomes = [row["outcome"] for row in rows]
    decided, upheld = len(rows), sum(o in UPHELD for o in outcomes)
    wrong = outcomes.count("false_alarm")
    lower, upper = wilson_interval(upheld, decided)
    enough = decided >= LEAST_DECIDED
    alarms = []
    if enough and upheld / decided < least_positive:
        alarms.append("positive_rate")
    if enough and wrong / decided > most_false:
        alarms.append("false_alarm_rate")
    return Watched(
        law, decided, upheld, outcomes.count("unproven"), wrong, upheld / decided, float(lower), float(upper),
        wrong / decided, sum(row["amount_upheld"] or 0 for row in rows), tuple(alarms), enough,
    )  # fmt: skip
