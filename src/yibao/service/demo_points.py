"""The demonstration's payment qualification: some staff of the hospital and the pharmacy, and points for a few."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from yibao.registry import Registry, points

#: Registered at each institution.
_STAFF = 6
#: Decisions at each institution: (place in the list of staff, days ago, situation, responsibility). Those of
#: weeks ago have become final by silence, one of them suspends; the others are open to appeal, one is under appeal.
_DECISIONS = (
    (0, 40, "2-1", "important"), (0, 3, "1-1", "main"), (1, 3, "1-2", "general"), (2, 45, "3-9", "main"),
    (3, 5, "2-9", "general"),
)  # fmt: skip
#: The decision that its person has appealed against, by place in that list.
_APPEALED = 5


def give_points(
    registry: Registry, staff: Mapping[str, Sequence[Mapping[str, str]]], region: str, by: str,
    answering: Mapping[str, str],
) -> None:  # fmt: skip
    """Register staff (rows with ``staff_id``, ``name``, ``kind``) by institution, and decide about some of them.

    ``answering``: institution -> the actor who appeals for its staff.
    """
    now = registry.clock()
    for institution_id, rows in staff.items():
        known = rows[:_STAFF]
        for row in known:
            name = row["name"] or row["staff_id"]
            registry.do(points.register, row["staff_id"], name, row["kind"] or "doctor", institution_id, by=by,
                        at=now - timedelta(days=60))  # fmt: skip
        for number, (place, ago, situation, responsibility) in enumerate(_DECISIONS, start=1):
            if place >= len(known):
                continue
            who, decision, at = known[place]["staff_id"], f"JF-{institution_id}-{number}", now - timedelta(days=ago)
            behaviour = {"situations": [situation], "responsibility": responsibility}
            registry.do(points.decide, who, decision, institution_id, [behaviour], by=by, at=at)
            registry.do(points.notice, who, decision, by=by, at=at)
            if number == _APPEALED:
                registry.do(points.appeal, who, decision, "当日由他人代为操作，有排班记录",
                            by=answering[institution_id], at=now - timedelta(days=1))  # fmt: skip
    registry.do(points.tick, region, by=by)
