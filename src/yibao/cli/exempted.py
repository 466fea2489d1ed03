"""Findings that an exemption covers, shown beside what a check says."""

from __future__ import annotations

from collections.abc import Sequence

from yibao.cli.show import say
from yibao.cli.words import language, t
from yibao.presentation.messages import Messages
from yibao.supervision.set_aside import Exempted


def exempted_dicts(exempted: Sequence[Exempted]) -> list[dict[str, str]]:
    """For ``--json``: law, key and ground."""
    return [{"law_id": one.law.id, "finding_key": one.finding_key, "ground": one.ground} for one in exempted]


def print_exempted(exempted: Sequence[Exempted]) -> None:
    """One line each: nobody is reminded of it, and it is not hidden either."""
    lang = language()
    words = Messages(lang)
    for one in exempted:
        kind, _, number = one.ground.partition(" ")
        ground = " ".join(part for part in (words.word("exemption", kind), number) if part)
        say(f"○ {t('已豁免', 'exempted')}  {one.law.id} {one.law.text.title[lang]}: {ground}")
