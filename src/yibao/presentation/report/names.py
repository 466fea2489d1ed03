"""Who and what a report names: institutions and items by name, insured persons masked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from yibao.presentation.fmt import NONE, Lang
from yibao.presentation.report.source import Instant

SHOWN_DIGITS = 4


def mask_id(identifier: str | None) -> str:
    """The end of an identifier, enough to tell two rows of a page apart and not enough to know a person.

    >>> mask_id("P000012345"), mask_id("p7"), mask_id(None)
    ('…2345', '…7', '—')
    """
    if not identifier:
        return NONE
    return "…" + identifier[-min(SHOWN_DIGITS, len(identifier) // 2) :]


def mask_name(name: str | None) -> str:
    """
    >>> mask_name("张晓明"), mask_name("Mary Ann"), mask_name("")
    ('张**', 'M**', '')
    """
    return f"{name[0]}**" if name else ""


@dataclass(frozen=True)
class Person:
    """An insured person as a page may show them."""

    masked_id: str
    masked_name: str = ""
    sex: str | None = None
    birth: date | None = None
    death: date | None = None

    @property
    def label(self) -> str:
        return f"{self.masked_name}\u00a0{self.masked_id}".strip()

    def age(self, on: date) -> int | None:
        """Age in completed years on a day."""
        if self.birth is None:
            return None
        return on.year - self.birth.year - ((on.month, on.day) < (self.birth.month, self.birth.day))


class Names:
    """Look-ups in the reference tables, each fetched once for all keys that a report shows."""

    def __init__(self, ledger: Instant, lang: Lang) -> None:
        self._ledger, self._lang = ledger, lang
        self._institutions: dict[str, str] = {}
        self._persons: dict[str, Person] = {}
        self._items: dict[str, str] = {}

    def load_institutions(self, ids: Iterable[str | None]) -> None:
        self._institutions |= {
            row["institution_id"]: self._own(row) for row in self._fetch("institution", ids, self._institutions)
        }

    def load_persons(self, ids: Iterable[str | None]) -> None:
        for row in self._fetch("person", ids, self._persons):
            self._persons[row["person_id"]] = Person(
                mask_id(row["person_id"]), mask_name(row["name"]), row["sex"], row["birth_date"], row["death_date"]
            )

    def load_items(self, codes: Iterable[str | None]) -> None:
        """Catalogue names; when a code has several periods of validity the latest name stands."""
        rows = self._fetch("catalogue_item", codes, self._items)
        for row in sorted(rows, key=lambda r: r["valid_from"] or date.min):
            self._items[row["item_code"]] = self._own(row)

    def institution(self, identifier: str | None) -> str:
        return (self._institutions.get(identifier) or identifier) if identifier else NONE

    def person(self, identifier: str | None) -> Person:
        return self._persons.get(identifier or "") or Person(mask_id(identifier))

    def item(self, code: str | None, written: str | None = None) -> str:
        """The catalogue's name in the reader's language, else the name as written on the row, else the code."""
        known = self._items.get(code or "")
        if self._lang == "en" and known:
            return known
        return written or known or code or NONE

    def _own(self, row: Mapping[str, Any]) -> str:
        return (row["name_en"] if self._lang == "en" else None) or row["name"] or ""

    def _fetch(self, table: str, ids: Iterable[str | None], known: Mapping[str, Any]) -> list[dict[str, Any]]:
        wanted = sorted({i for i in ids if i} - known.keys())
        key = self._ledger.tables()[table].key[0]
        rows: list[dict[str, Any]] = self._ledger.rows(table, key, wanted).to_pylist() if wanted else []
        return rows
