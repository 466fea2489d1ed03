"""Answers beside those that are expected: another program's, or an official grouper's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

#: Column of ``case_group`` -> column with what is expected.
PAIRS = {
    "status": "expected_status",
    "major_category": "expected_mdc",
    "base_group": "expected_adrg",
    "group_code": "expected_drg",
}
#: So many disagreements are kept to be looked at.
SHOWN = 50


@dataclass
class Agreement:
    """How many cases agree in every compared column, and the first that do not."""

    cases: int = 0
    agreed: int = 0
    by_column: dict[str, int] = field(default_factory=dict)
    differing: list[dict[str, Any]] = field(default_factory=list)

    def compare(self, expected: pa.Table, answers: pa.Table) -> None:
        """Count rows of ``case_group`` against the records they came from, in the same order."""
        pairs = {own: name for own, name in PAIRS.items() if name in expected.column_names}
        columns = {own: (answers[own].to_pylist(), expected[name].to_pylist()) for own, name in pairs.items()}
        ids = answers["encounter_id"].to_pylist()
        equal = [True] * len(ids)
        for own, (got, wanted) in columns.items():
            same = [a == (b or None) for a, b in zip(got, wanted, strict=True)]
            self.by_column[own] = self.by_column.get(own, 0) + sum(same)
            equal = [a and b for a, b in zip(equal, same, strict=True)]
        self.cases += len(ids)
        self.agreed += sum(equal)
        self._keep([row for row, fits in enumerate(equal) if not fits], ids, columns)

    def _keep(self, rows: Sequence[int], ids: Sequence[str], columns: dict[str, tuple[list, list]]) -> None:
        for row in rows[: SHOWN - len(self.differing)]:
            said = {own: {"got": got[row], "expected": wanted[row]} for own, (got, wanted) in columns.items()}
            self.differing.append({"case_id": ids[row], **said})

    def to_dict(self) -> dict[str, Any]:
        """Plain figures."""
        return {
            "cases": self.cases,
            "agreed": self.agreed,
            "by_column": dict(self.by_column),
            "differing": self.differing,
        }
