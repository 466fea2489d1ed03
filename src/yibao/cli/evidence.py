"""What a check on the terminal says of one row of evidence."""

from __future__ import annotations

from yibao.supervision.reminders import Evidence


def evidence_words(item: Evidence, lang: str) -> list[str]:
    """What a person reads of one row of evidence."""
    row = item.row
    when = next(
        (row[k] for k in ("examined_at", "reported_at", "charged_at", "admitted_at", "death_date") if row.get(k)), ""
    )
    return [
        f"– {item.words[lang]}",
        item.place.get(lang, ""),
        str(when)[:16],
        item.item.get(lang, ""),
        str(row.get("conclusion") or ""),
        str(row.get("recognition_mark") or ""),
    ]
