"""What a doctor answers to a reminder, kept as facts: accepted, or overridden with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pyarrow as pa

from yibao.errors import UsageError
from yibao.ledger import Ledger
from yibao.supervision.reminders import Answer, Reminder

#: The reason that says nothing by itself (互认办法 Art. 19, other): it needs words.
OTHER = "HR19-6"


def reasons(ledger: Ledger) -> dict[str, dict[str, str]]:
    """Override reasons by code, zh and en, from the contract of ``reminder_answer``."""
    codes = ledger.tables()["reminder_answer"].by_name["reason_code"].codes
    return {code.value: {"zh": code.zh, "en": code.en} for code in codes}


def record(
    ledger: Ledger, answer: Answer, outcome: str, *, at: datetime, reason: str | None = None, comment: str | None = None
) -> int:
    """Append one ``reminder_answer`` row per reminder; returns how many.

    Raises :class:`UsageError` when an override gives no known reason, or the reason "other" without words.
    """
    if outcome == "overridden":
        known = reasons(ledger)
        if reason not in known:
            raise UsageError(
                f"unknown reason {reason!r}",
                mend="; ".join(f"{c} {w['en']}" for c, w in known.items()),
                zh=f"没有理由编码 {reason!r}",
                mend_zh="；".join(f"{c} {w['zh']}" for c, w in known.items()),
            )
        if reason == OTHER and not (comment or "").strip():
            raise UsageError(
                f"the reason {OTHER} needs words",
                mend="give a comment",
                zh=f"理由 {OTHER} 须写明说明",
                mend_zh="请填写说明（--comment）",
            )
    rows = [_row(answer, reminder, outcome, at, reason, comment) for reminder in answer.reminders]
    if rows:
        columns = [c for c in ledger.tables()["reminder_answer"].columns if c.name not in ("recorded_at", "batch_id")]
        schema = pa.schema([(c.name, c.arrow_type) for c in columns])
        ledger.append({"reminder_answer": pa.Table.from_pylist(rows, schema=schema)}, source="check-order")
    return len(rows)


def _row(
    answer: Answer, reminder: Reminder, outcome: str, at: datetime, reason: str | None, comment: str | None
) -> dict[str, object]:
    draft, shown = answer.draft, _shown(reminder)
    return {
        "reminder_id": f"{reminder.reminder_id}-{at:%Y%m%d%H%M%S}",
        "law_id": reminder.law.id,
        "person_id": draft.person_id,
        "institution_id": draft.institution_id,
        "staff_id": draft.staff_id or None,
        "encounter_id": draft.encounter_id,
        "order_id": reminder.order_id,
        "item_code": reminder.item_code,
        "answered_at": at,
        "outcome": outcome,
        "reason_code": reason,
        "comment": comment,
        "ref_table": shown[0],
        "ref_id": shown[1],
    }


def _shown(reminder: Reminder) -> Sequence[str | None]:
    first = reminder.evidence[0] if reminder.evidence else None
    return (first.ref_table, first.ref_id) if first else (None, None)
