"""Names that the files of a settlement show: institutions and regions of the ledger, policies, sides."""

from __future__ import annotations

from collections.abc import Iterable

from yibao.benefits.load import Written
from yibao.benefits.statement_words import GRADES
from yibao.engine import DuckEngine
from yibao.ledger import Ledger

#: Chinese and English.
Pair = tuple[str, str]


def institution_names(ledger: Ledger) -> dict[str, str]:
    """Names by id."""
    with DuckEngine(threads=1) as engine:
        ledger.attach(engine, only=["institution"])
        found = engine.execute("select institution_id, coalesce(name, '') as name from institution").to_pylist()
    return {row["institution_id"]: row["name"] for row in found}


def region_names(ledger: Ledger) -> dict[str, Pair]:
    """Names by code, in Chinese and English."""
    with DuckEngine(threads=1) as engine:
        ledger.attach(engine, only=["region"])
        found = engine.execute("select region_code, name, coalesce(name_en, name) as name_en from region").to_pylist()
    return {row["region_code"]: (row["name"], row["name_en"]) for row in found}


def policy_words(written: Iterable[Written]) -> list[Pair]:
    """A line for each policy: its title, key and trust grade."""
    out = []
    for key, policy in {w.policy.key: w.policy for w in written}.items():
        zh, en = GRADES[policy.grade]
        out.append(
            (
                f"{policy.title.zh}（{key}），可信度 {policy.grade}：{zh}",
                f"{policy.title.en} ({key}), trust grade {policy.grade}: {en}",
            )
        )
    return out
