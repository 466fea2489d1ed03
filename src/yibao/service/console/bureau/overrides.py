"""Why reminders of a rule were overridden: the doctors' reasons, beside how many were followed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from yibao.presentation.fmt import Format, Lang
from yibao.service.console.listing import Column, Listing
from yibao.service.console.suppression import BUREAU, suppressed


def overridden(
    rows: Iterable[Mapping[str, Any]], institutions: frozenset[str], words: Mapping[str, Mapping[str, str]]
) -> Listing:
    """Overrides by reason within some institutions, most first. Counts below five are not shown."""
    counted: Counter[str] = Counter()
    for row in rows:
        if row["outcome"] == "overridden" and row["institution_id"] in institutions:
            counted[row["reason_code"]] += row["answers"]
    total = sum(counted.values())
    listed = [
        {"reason": (words[code]["zh"], words[code]["en"]) if code in words else code or "—", "answers": n,
         "share": n * 1_000_000 // total}
        for code, n in counted.most_common()
    ]  # fmt: skip
    return Listing("overrides", "为什么没有遵从", "Why they were overridden", (
        Column("reason", "理由", "Reason", head=True), Column("answers", "提醒", "Reminders", "count"),
        Column("share", "占比", "Share", "percent"),
    ), suppressed(listed, BUREAU, "answers", ["share"]))  # fmt: skip


def followed(rows: Iterable[Mapping[str, Any]], institutions: frozenset[str], lang: Lang) -> str:
    """How many reminders were answered, and how many followed; empty where none was."""
    inside = [row for row in rows if row["institution_id"] in institutions]
    every = sum(row["answers"] for row in inside)
    yes = sum(row["answers"] for row in inside if row["outcome"] == "accepted")
    if every < BUREAU:
        return ""
    fmt = Format(lang)
    if lang == "zh":
        return f"这条规则的提醒有 *{fmt.count(every)} 条*答复，遵从 *{fmt.percent(yes, every)}*。"
    return f"*{fmt.count(every)}* of its reminders were answered, *{fmt.percent(yes, every)}* of them followed."
