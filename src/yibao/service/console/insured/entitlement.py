"""One thing that somebody may have a right to: its outcome, why, how to apply, and which record says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from yibao.benefits.load import PolicyError
from yibao.benefits.vocabulary import Policy
from yibao.presentation.fmt import Format
from yibao.service.console.insured.reckoning import Bills, Reckoner
from yibao.service.console.insured.words import Pair
from yibao.service.standing import Standing

#: found: the records say that something is due; may: somebody has to look; has: granted already; none: nothing found.
Outcome = Literal["found", "may", "has", "none"]
ZH, EN = Format("zh"), Format("en")


@dataclass(frozen=True)
class Record:
    """Which record says so: the register and since when; how to have it corrected is the same for all."""

    said: Pair
    since: date | None = None


@dataclass(frozen=True)
class Check:
    """One thing that was looked for. ``amount`` is about how much it would be (fen), 0 where that cannot be said."""

    name: str
    title: Pair
    outcome: Outcome
    why: Pair
    amount: int = 0
    apply: Pair | None = None
    records: Sequence[Record] = ()
    bills: Sequence[str] = ()


def policy_of(reckoner: Reckoner, standing: Standing) -> Policy | None:
    """The policy in force for the person; None where none is loaded."""
    try:
        return standing.policy(reckoner.book)
    except PolicyError:
        return None


def taken_back(bills: Bills) -> set[str]:
    """The bills that were reversed."""
    return {row["reversed_settlement_id"] for row in bills.settlements if row["reversed_settlement_id"]}
