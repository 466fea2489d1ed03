"""Before a bill is paid: the settlement-stage laws over the person's slice plus the bill, as of its settlement.

The same law gives the same answer here and in the run that judges settled bills: what is judged are rows.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pyarrow as pa

from yibao.lawbook import Law
from yibao.lawbook.explain import explanation
from yibao.lawbook.run import finding_id
from yibao.supervision.bill import Bill
from yibao.supervision.draft import PREFIX
from yibao.supervision.person_rows import Draft
from yibao.supervision.reminders import Evidence
from yibao.supervision.set_aside import Exempted
from yibao.supervision.slice_check import SliceChecker


@dataclass(frozen=True)
class Objection:
    """A finding on a bill. A ``violation`` may be refused at once; anything else goes to people. Money in fen."""

    finding_id: str
    law: Law
    explanation: Mapping[str, str]
    amount: int
    fund_amount: int
    lines: Sequence[str]
    evidence: Sequence[Evidence]


@dataclass(frozen=True)
class BillAnswer:
    """The outcome: objections, what is exempted, the laws that judged, those that need more than one person's rows."""

    bill: Bill
    objections: Sequence[Objection]
    laws: Sequence[str]
    left_out: Sequence[str]
    milliseconds: float
    failures: Sequence[str] = field(default_factory=tuple)
    exempted: Sequence[Exempted] = field(default_factory=tuple)


class BillChecker(SliceChecker):
    """Checks bills against one ledger before they are settled; keep it and reuse it. One thread at a time."""

    stage = "settlement"

    def check(self, bill: Bill, as_of: datetime | None = None) -> BillAnswer:
        """Judge a bill. ``as_of`` limits the history to what was recorded by then."""
        started = time.perf_counter()
        judged = self.judge(self.rows(bill), as_of)
        objections: list[Objection] = []
        failures = list(judged.failures)
        for law, body in judged.bodies:
            try:
                objections += self._objections(bill, law, body, as_of)
            except Exception as error:
                failures.append(f"{law.id}: {error}")
        milliseconds = (time.perf_counter() - started) * 1000
        judging, left_out = [law.id for law in judged.laws], [law.id for law in self.left_out]
        return BillAnswer(bill, objections, judging, left_out, milliseconds, failures, judged.exempted)

    def rows(self, bill: Bill) -> Draft:
        """The bill as the rows that it would become."""
        return Draft(bill.person_id, bill.settled_at, bill.codes, bill.rows, frozenset({bill.encounter_id}))

    def _objections(self, bill: Bill, law: Law, body: pa.Table, as_of: datetime | None) -> list[Objection]:
        rank = {name: place for place, name in enumerate(law.text.signals)}
        rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in sorted(body.to_pylist(), key=lambda r: (rank[r["signal"]], r["ref_table"], r["ref_id"])):
            rows[row["finding_key"]].append(row)
        slices = self.histories(bill.person_id, [r for own in rows.values() for r in own], as_of)
        for name, table in slices.items():
            fresh = [{c: row.get(c) for c in table.column_names} for row in bill.rows.get(name, ())]
            slices[name] = pa.concat_tables([table, pa.Table.from_pylist(fresh, schema=table.schema)])
        return [
            Objection(
                finding_id(law, key), law, {lang: explanation(law, own, lang) for lang in ("zh", "en")},
                sum(r["amount"] or 0 for r in own), sum(r["fund_amount"] or 0 for r in own),
                [r["ref_id"].removeprefix(PREFIX) for r in own if r["ref_table"] == "charge_line"],
                [self.evidence(law, r, slices) for r in own],
            )
            for key, own in rows.items()
        ]  # fmt: skip
