"""Where a person stands on a day, from the ledger: insured where, in which scheme and class, entitled to what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from yibao.benefits.load import PolicyBook
from yibao.benefits.vocabulary import Policy
from yibao.ledger import Ledger

#: What is read of the person, and counted in the audit trail: no more of it than is used.
COLUMNS = {
    "person": ("person_id", "id_number", "name", "birth_date", "death_date"),
    "enrolment": ("person_id", "scheme", "region_code", "status", "person_class", "begin_date", "end_date"),
    "assistance_status": ("person_id", "kind", "begin_date", "end_date"),
    "chronic_certificate": ("person_id", "disease_code", "begin_date", "end_date"),
    "referral_filing": ("person_id", "kind", "begin_date", "end_date"),
    "account": ("person_id", "amount"),
}
#: Person classes of the national code -> the words of policies.
CLASSES = {"11": "in_service", "12": "retired", "13": "retired_cadre", "14": "minor", "15": "adult", "16": "elderly"}
#: Basic schemes, of which one pays; a supplement is no cover by itself.
BASIC = ("310", "390", "340")
NORMAL = "1"


@dataclass(frozen=True)
class Standing:
    """A person on a day. ``enrolment`` is None for somebody who is not insured that day; money in fen."""

    person: Mapping[str, Any]
    day: date
    enrolment: Mapping[str, Any] | None
    pool: str
    statuses: tuple[str, ...]
    supplements: tuple[str, ...]
    certificates: Sequence[Mapping[str, Any]]
    filings: Sequence[Mapping[str, Any]]
    account_balance: int
    rows: Mapping[str, int]

    @property
    def insured(self) -> bool:
        """Whether benefits are due that day: enrolled, not paused, and alive."""
        died = self.person["death_date"]
        return self.enrolment is not None and self.enrolment["status"] == NORMAL and (died is None or died >= self.day)

    @property
    def person_class(self) -> str:
        return CLASSES.get(str((self.enrolment or {}).get("person_class")), "")

    @property
    def age(self) -> int | None:
        born = self.person["birth_date"]
        if born is None or born > self.day:
            return None
        return self.day.year - born.year - ((self.day.month, self.day.day) < (born.month, born.day))

    def policy(self, book: PolicyBook) -> Policy | None:
        """The policy in force for the person. Raises :class:`PolicyError` when there is none."""
        return None if self.enrolment is None else book.in_force(self.pool, self.enrolment["scheme"], self.day)

    def status(self, policy: Policy) -> str:
        """The hardship status that the policy looks at first; ``none`` without one."""
        return next((kind for kind in policy.statuses if kind in self.statuses), "none")

    def filed(self) -> str | None:
        """How care elsewhere was filed for that day; None when it was not."""
        kinds = [row["kind"] for row in self.filings]
        return next((kind for kind in ("long_term", "referral", "emergency") if kind in kinds), None)


def standing(ledger: Ledger, pools: Mapping[str, str], person_id: str, day: date) -> Standing | None:
    """Where a person stands on a day; None for somebody whom the ledger does not know."""
    slices = ledger.slice(person_id, list(COLUMNS), columns=COLUMNS, at_hand=True)
    found = {name: table.to_pylist() for name, table in slices.items()}
    if not found["person"]:
        return None
    enrolments = _on(day, found["enrolment"])
    basic = [row for row in enrolments if row["scheme"] in BASIC]
    basic.sort(key=lambda row: (row["status"] != NORMAL, BASIC.index(row["scheme"]), str(row["begin_date"])))
    chosen = basic[0] if basic else None
    region = str(chosen["region_code"]) if chosen else ""
    supplements = ("civil_servant",) if any(row["scheme"] == "320" for row in enrolments) else ()
    return Standing(
        found["person"][0], day, chosen, pools.get(region, region),
        tuple(dict.fromkeys(row["kind"] for row in _on(day, found["assistance_status"]))), supplements,
        list(_on(day, found["chronic_certificate"])), list(_on(day, found["referral_filing"])),
        sum(row["amount"] for row in found["account"]), {name: len(rows) for name, rows in found.items()},
    )  # fmt: skip


def _on(day: date, rows: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Rows whose span has the day in it."""
    return [
        row for row in rows
        if (row["begin_date"] or day) <= day <= (row["end_date"] or day)
    ]  # fmt: skip
