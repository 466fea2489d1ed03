"""What a check of an order says: reminders, each with the evidence that it rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from yibao.lawbook import Law
from yibao.supervision.draft import Draft
from yibao.supervision.set_aside import Exempted


@dataclass(frozen=True)
class Evidence:
    """One row that a reminder rests on: its words, and what the ledger says of it."""

    signal: str
    words: Mapping[str, str]
    value: int | None
    ref_table: str
    ref_id: str
    row: Mapping[str, Any]
    item: Mapping[str, str]
    place: Mapping[str, str]


@dataclass(frozen=True)
class Reminder:
    """What a doctor is told about one ordered item."""

    reminder_id: str
    law: Law
    order_id: str
    item_code: str
    item: Mapping[str, str]
    explanation: Mapping[str, str]
    amount: int
    evidence: Sequence[Evidence]


@dataclass(frozen=True)
class Answer:
    """The outcome of a check: the reminders, the laws that could have fired, the time it took, what is exempted."""

    draft: Draft
    reminders: Sequence[Reminder]
    laws: Sequence[str]
    milliseconds: float
    failures: Sequence[str] = field(default_factory=tuple)
    exempted: Sequence[Exempted] = field(default_factory=tuple)
