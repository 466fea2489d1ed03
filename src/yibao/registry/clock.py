"""The registry's clock: China Standard Time, which has no summer time, without zone as in the ledger."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone

Clock = Callable[[], datetime]

CHINA = timezone(timedelta(hours=8))

#: Clocks of several machines differ a little; one that is further back than this was moved.
TOLERANCE = timedelta(minutes=2)


def china_time() -> datetime:
    return datetime.now(CHINA).replace(tzinfo=None)
