"""Reminders of the own institution: what was shown, followed and overridden; and the doctor's answer to one card."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import select

from yibao.engine.money import round_half_up
from yibao.service.reads import reads
from yibao.service.state import Service
from yibao.service.tables import CARD

Row = Mapping[str, Any]
#: The same matter shown again so soon after it was followed was not settled by it.
REPEAT = timedelta(days=30)


def shown_since(service: Service, institution_id: str, since: datetime) -> list[Row]:
    """The institution's cards since then, the newest first."""
    query = select(CARD).where(CARD.c.institution_id == institution_id, CARD.c.shown_at >= since)
    with reads(service.registry) as connection:
        rows = connection.execute(query.order_by(CARD.c.shown_at.desc(), CARD.c.card_id)).mappings()
        return [dict(row) for row in rows]


def by_law(cards: Sequence[Row]) -> list[dict[str, Any]]:
    """By law: shown, followed, overridden, unanswered, rate (millionths), repeats, median seconds to an answer."""
    found = []
    for law in sorted({card["law_id"] for card in cards}):
        mine = [card for card in cards if card["law_id"] == law]
        yes = [card for card in mine if card["outcome"] == "accepted"]
        no = [card for card in mine if card["outcome"] == "overridden"]
        waits = [
            (card["answered_at"] - card["shown_at"]).total_seconds() for card in mine if card["answered_at"] is not None
        ]
        answered = len(yes) + len(no)
        found.append({
            "law_id": law, "shown": len(mine), "accepted": len(yes), "overridden": len(no),
            "ignored": len(mine) - answered, "saved": sum(card["amount"] for card in yes),
            "rate": round_half_up(len(yes) * 10**6, answered) if answered else None, "repeats": repeats(yes, mine),
            "wait": round(float(np.median(waits))) if waits else None,
        })  # fmt: skip
    return sorted(found, key=lambda row: -row["shown"])


def repeats(followed: Sequence[Row], cards: Sequence[Row]) -> int:
    """Followed cards whose matter (person and item) was shown again within thirty days."""
    again = 0
    for card in followed:
        again += any(
            other["person_id"] == card["person_id"] and other["item_code"] == card["item_code"]
            and card["shown_at"] < other["shown_at"] <= card["shown_at"] + REPEAT
            for other in cards
        )  # fmt: skip
    return again


def why(cards: Sequence[Row], words: Mapping[str, Mapping[str, str]]) -> list[dict[str, Any]]:
    """Overridden cards by their reason, most first."""
    counted = Counter(card["reason"] for card in cards if card["outcome"] == "overridden")
    total = sum(counted.values())
    return [
        {"reason": (words[code]["zh"], words[code]["en"]) if code in words else (code, code), "cards": n,
         "share": round(n / total * 10**6)}
        for code, n in counted.most_common()
    ]  # fmt: skip


def card(service: Service, card_id: str) -> Row | None:
    """One card, as it was shown."""
    with reads(service.registry) as connection:
        row = connection.execute(select(CARD).where(CARD.c.card_id == card_id)).mappings().one_or_none()
    return None if row is None else dict(row)
