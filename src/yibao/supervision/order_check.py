"""Before the order is signed: the same compiled laws, over one person's slice plus the draft order, as of now."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa

from yibao.lawbook import Law
from yibao.lawbook.explain import explanation
from yibao.lawbook.run import finding_id
from yibao.supervision.draft import PREFIX, Draft, OrderLine, draft_rows
from yibao.supervision.person_rows import Draft as Rows
from yibao.supervision.reminders import Answer, Reminder
from yibao.supervision.slice_check import SliceChecker
from yibao.supervision.slice_rows import names_of


class OrderChecker(SliceChecker):
    """Checks doctors' draft orders against one ledger; keep it and reuse it. One thread at a time."""

    stage = "order"

    def laws_for(self, draft: Draft) -> list[Law]:
        """The order-stage laws in force that can fire on one of the ordered codes, in the order of their ids."""
        return self.laws_on([order.item_code for order in draft.orders], draft.ordered_at)

    def check(self, draft: Draft, as_of: datetime | None = None) -> Answer:
        """Judge a draft. ``as_of`` limits the history to what was recorded by then."""
        started = time.perf_counter()
        judged = self.judge(self.rows(draft), as_of)
        reminders: list[Reminder] = []
        failures = list(judged.failures)
        for law, body in judged.bodies:
            try:
                reminders += self._reminders(draft, law, body, as_of)
            except Exception as error:
                failures.append(f"{law.id}: {error}")
        milliseconds = (time.perf_counter() - started) * 1000
        return Answer(draft, reminders, [law.id for law in judged.laws], milliseconds, failures, judged.exempted)

    def rows(self, draft: Draft) -> Rows:
        """The draft as the rows that it would become; a visit that the ledger holds already is not opened again."""
        codes = tuple(order.item_code for order in draft.orders)
        rows = draft_rows(draft, {code: self.item(code, draft.ordered_at) for code in codes})
        if not draft.encounter_id.startswith(PREFIX):
            columns = {"encounter": {"person_id", "encounter_id"}}
            known = self.ledger.slice(draft.person_id, ["encounter"], columns=columns)["encounter"]
            if draft.encounter_id in known.column("encounter_id").to_pylist():
                rows["encounter"] = []
        return Rows(draft.person_id, draft.ordered_at, codes, rows)

    def _reminders(self, draft: Draft, law: Law, body: pa.Table, as_of: datetime | None) -> list[Reminder]:
        rank = {name: place for place, name in enumerate(law.text.signals)}
        rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in sorted(body.to_pylist(), key=lambda r: (rank[r["signal"]], r["ref_table"], r["ref_id"])):
            rows[row["finding_key"]].append(row)
        orders = {o.row_id: o for o in draft.orders}
        # A finding may touch the visit and none of the orders: nothing that the doctor could leave out.
        rows = {key: own for key, own in rows.items() if any(r["ref_id"] in orders for r in own)}
        shown = [r for own in rows.values() for r in own if r["ref_id"] not in orders]
        slices = self.histories(draft.person_id, shown, as_of)
        return [self._reminder(draft, law, key, own, orders, slices) for key, own in rows.items()]

    def _reminder(
        self,
        draft: Draft,
        law: Law,
        key: str,
        rows: Sequence[Mapping[str, Any]],
        orders: Mapping[str, OrderLine],
        slices: Mapping[str, pa.Table],
    ) -> Reminder:
        order = next(orders[r["ref_id"]] for r in rows if r["ref_id"] in orders)
        item = self.item(order.item_code, draft.ordered_at)
        return Reminder(
            reminder_id=finding_id(law, key),
            law=law,
            order_id=order.order_id,
            item_code=order.item_code,
            item=names_of(item, order.item_code),
            explanation={lang: explanation(law, rows, lang) for lang in ("zh", "en")},
            # what lies in the doctor's hands: earlier lines of the finding are spent
            amount=sum(r["amount"] or 0 for r in rows if r["ref_id"] in orders),
            evidence=[self.evidence(law, r, slices) for r in rows if r["ref_id"] not in orders],
        )
