"""Cards: what a doctor sees in his own system, at most three at a time, each with a way on.

A reminder never blocks: the clinician's judgement is the standard (检查检验结果互认办法 Art. 4), and every card offers
the reasons of Art. 19 for going on.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from yibao.service.english import in_english
from yibao.service.reminders import Shown
from yibao.supervision.reminders import Evidence, Reminder

#: A card's first line (CDS Hooks: below 140 characters), and cards in one answer.
SUMMARY, MOST = 139, 3
INDICATORS = {"violation": "critical", "suspect": "warning", "lead": "info"}
REASON_SYSTEM, TOPIC_SYSTEM = "urn:local:hr-override", "urn:local:card-type"
_RANK = {"critical": 0, "warning": 1, "info": 2}


def cards(
    shown: Sequence[Shown], lang: str, issuer: Mapping[str, str], reasons: Mapping[str, Mapping[str, str]],
    base_url: str, quiet: frozenset[str], names: Mapping[str, str],
) -> list[dict[str, Any]]:  # fmt: skip
    """The cards of reminders, the gravest first; answered ones and all but one of a law on one order are left out.

    ``names`` are those known in English too, Chinese -> English.
    """
    made: dict[tuple[str, str], dict[str, Any]] = {}
    for one in shown:
        key = (one.reminder.law.id, one.reminder.order_id)
        if not one.answered and key not in made:
            made[key] = _card(one, lang, issuer, reasons, base_url, one.reminder.law.id in quiet, names)
    return sorted(made.values(), key=lambda card: _RANK[card["indicator"]])[:MOST]


def _card(
    one: Shown, lang: str, issuer: Mapping[str, str], reasons: Mapping[str, Mapping[str, str]], base_url: str,
    quiet: bool, names: Mapping[str, str],
) -> dict[str, Any]:  # fmt: skip
    law, told = one.reminder.law, one.reminder.explanation[lang]
    if lang == "en":
        told = in_english(names, told)
    return {
        "uuid": one.card_id,
        "summary": clipped(told),
        "detail": _detail(one.reminder, told, lang),
        "indicator": "info" if quiet else INDICATORS[law.text.result or "lead"],
        "source": {
            "label": issuer[lang], "url": f"{base_url}/law/rule/{law.id}",
            "topic": {"system": TOPIC_SYSTEM, "code": law.id, "display": law.title[lang]},
        },
        "suggestions": [_suggestion(one, lang)],
        "selectionBehavior": "at-most-one",
        "overrideReasons": [
            {"system": REASON_SYSTEM, "code": code, "display": words[lang]} for code, words in reasons.items()
        ],
        "links": [
            {"label": "依据与口径" if lang == "zh" else "Law and definition", "type": "absolute",
             "url": f"{base_url}/law/rule/{law.id}"},
        ],
    }  # fmt: skip


def _suggestion(one: Shown, lang: str) -> dict[str, Any]:
    """Take the order back: what it would tell is there already, or it is not paid."""
    item = one.reminder.item[lang]
    zh = lang == "zh"
    label = f"调阅既往结果，取消本次{item}" if zh else f"Read what is there; cancel this {item}"
    if one.reminder.law.text.result == "violation":
        label = f"取消{item}" if zh else f"Cancel {item}"
    action = {"type": "delete", "description": f"取消{item}" if zh else f"Cancel {item}",
              "resourceId": one.reminder.order_id}  # fmt: skip
    number = str(uuid.uuid5(uuid.NAMESPACE_URL, f"yibao:{one.card_id}"))
    return {"label": clipped(label), "uuid": number, "isRecommended": True, "actions": [action]}


def _detail(reminder: Reminder, told: str, lang: str) -> str:
    """What it says, and the evidence as a table (GitHub-flavoured Markdown)."""
    head = ("机构", "日期", "项目", "说明") if lang == "zh" else ("Provider", "Date", "Item", "What")
    lines = [escaped(told)]
    if reminder.evidence:
        lines += [
            "",
            _row(head),
            _row(["---"] * len(head)),
            *(_row(_cells(row, lang)) for row in reminder.evidence[:5]),
        ]
    return "\n".join(lines)


def _cells(row: Evidence, lang: str) -> list[str]:
    at = next((row.row[name] for name in ("examined_at", "charged_at", "begin_at") if row.row.get(name)), None)
    words = row.words[lang]
    conclusion, colon = row.row.get("conclusion"), "：" if lang == "zh" else ": "
    return [
        escaped(row.place.get(lang, "")), at.strftime("%Y-%m-%d") if at else "", escaped(row.item.get(lang, "")),
        escaped(f"{words}{colon}{conclusion}" if conclusion else words),
    ]  # fmt: skip


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def escaped(text: str) -> str:
    """Text that is text in Markdown and in HTML that is made of it."""
    plain = re.sub(r"\s+", " ", text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_\[\]|#!~])", r"\\\1", plain)


def clipped(text: str) -> str:
    """A line that fits a card's head, cut at a character with an ellipsis."""
    line = re.sub(r"\s+", " ", text).strip()
    return line if len(line) <= SUMMARY else line[: SUMMARY - 1] + "…"
