"""What every part of the report needs: the run's figures, the laws, names and the language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from yibao.engine import Tables
from yibao.presentation.fmt import Format, heading
from yibao.presentation.messages import Messages
from yibao.presentation.report.coverage import Coverage
from yibao.presentation.report.names import Names
from yibao.presentation.report.results import Results
from yibao.presentation.report.rows import Cell, Head


@dataclass(frozen=True)
class Context:
    """What every part of the report needs: the run's figures, the laws, names and the language."""

    results: Results
    laws: Mapping[str, Any]
    tables: Tables
    empty: frozenset[str]
    """Fact tables of which the ledger has no row."""
    coverage: Coverage
    names: Names
    fmt: Format
    t: Messages

    def title(self, law_id: str) -> str:
        """A law's title in the reader's language; a law that is no longer at hand is named by its id."""
        law = self.laws.get(law_id)
        return heading(law.title[self.fmt.lang]) if law else ""

    def name(self, law_id: str) -> str:
        return f"{law_id} {self.title(law_id)}".strip()

    def money_head(self, key: str) -> Head:
        return Head(self.t("table.with_unit", label=self.t(key), unit=self.fmt.money_unit), "n")

    def number(self, n: int) -> Cell:
        return Cell(self.fmt.count(n), "n", n)

    def money(self, minor: int | None) -> Cell:
        return Cell(self.fmt.amount(minor), "n", minor)

    def table(self, name: str) -> str:
        """A table's title in the reader's language."""
        found = self.tables.get(name)
        return heading(found.title[self.fmt.lang]) if found else name

    def whom(self, row: Mapping[str, Any]) -> str:
        """How many persons and providers, as far as there are any: not every law is about a person."""
        counts = [self.t.count(f"n.{kind}", row[kind]) for kind in ("persons", "institutions") if row[kind]]
        return self.t("list.and").join(counts)

    def lacking(self, law_id: str) -> list[str]:
        """Tables that a law reads and the ledger does not have: it may have found nothing for that reason alone."""
        entry = self.results.manifest["laws"].get(self.laws[law_id].key, {})
        absent = entry.get("message", "").split(", ") if entry.get("status") == "lacking" else ()
        return sorted({*self.empty.intersection(self.laws[law_id].reads), *(one.partition(".")[0] for one in absent)})
