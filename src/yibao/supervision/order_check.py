"""Before the order is signed: the same compiled laws, over one person's slice of the ledger plus the draft, as of now.

Reference tables stay resident; only laws that can fire on an ordered code run. A statement is planned anew for each
check: DuckDB 1.5 prepares plans with the statistics of the moment, and a plan over empty slices misses findings.
"""

from __future__ import annotations

import gc
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from yibao.engine import DuckEngine
from yibao.engine.portable import columns_read, derived_order
from yibao.engine.schema import Table
from yibao.lawbook import Law, Lawbook, bind, run_body
from yibao.lawbook.explain import explanation
from yibao.lawbook.run import finding_id
from yibao.ledger import Ledger
from yibao.supervision.draft import PREFIX, Draft, OrderLine, draft_rows
from yibao.supervision.lifecycle.register import in_force
from yibao.supervision.reminders import Answer, Evidence, Reminder


class OrderChecker:
    """Checks drafts against one ledger; keep it and reuse it. One thread at a time."""

    def __init__(self, ledger: Ledger, lawbook: Lawbook) -> None:
        self.ledger = ledger
        self.tables = ledger.tables()
        self.laws = in_force(ledger, lawbook)[0].of("rule", stage="order")
        self.engine = DuckEngine(threads=1)
        self.parts = {(law.key, name): law.only(name) for law in self.laws for name in law.parts}
        self.columns = {law.key: columns_read(law.bodies, self.tables) for law in self.laws}
        self._load_reference()
        self._prepare_slices()
        self.candidates = self._candidates()

    def close(self) -> None:
        self.engine.close()

    def settle(self) -> None:
        """For a process that keeps the checker: what is loaded now stays, so the collector need not walk it again.

        Without this a collection during a check walks the syntax trees of all laws, which takes 10 to 20 ms.
        """
        gc.collect()
        gc.freeze()

    def __enter__(self) -> OrderChecker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def laws_for(self, draft: Draft) -> list[Law]:
        """The order-stage laws in force that can fire on one of the ordered codes, in the order of their ids.

        Of a law with several primitives only those that serve the codes.
        """
        day = draft.ordered_at.date()
        parts: dict[str, set[str | None]] = defaultdict(set)
        for order in draft.orders:
            for key, primitive in self.candidates.get(order.item_code, ()):
                parts[key].add(primitive)
        chosen = []
        for law in self.laws:
            effective = law.text.effective
            if law.key in parts and effective.start <= day and (effective.end is None or day < effective.end):
                one = parts[law.key].pop() if len(parts[law.key]) == 1 else None
                chosen.append(law if one is None else self.parts[law.key, one])
        return chosen

    def check(self, draft: Draft, as_of: datetime | None = None) -> Answer:
        """Judge a draft. ``as_of`` limits the history to what was recorded by then."""
        started = time.perf_counter()
        laws = self.laws_for(draft)
        reminders: list[Reminder] = []
        failures: list[str] = []
        if laws:
            slices = self._slices(draft, laws, as_of)
            laws = [law for law in laws if _occasion(law, slices)]
            for name in {name for law in laws for name in self._person_tables(law)}:
                self.engine.register(name, slices[name])
            for law in laws:
                try:
                    body = run_body(self.engine, law, bind(law, draft.ordered_at))
                    reminders += self._reminders(draft, law, _about_draft(body), as_of)
                except Exception as error:
                    # A doctor must never be stopped by a broken law: the check fails open and says so.
                    failures.append(f"{law.id}: {error}")
        milliseconds = (time.perf_counter() - started) * 1000
        return Answer(draft, reminders, [law.id for law in laws], milliseconds, failures)

    def _person_tables(self, law: Law) -> list[str]:
        """The tables kept by person that a law rests on, through derived tables too."""
        return [name for name in self.columns[law.key] if self.tables[name].slice is not None]

    def _load_reference(self) -> None:
        needed = {name for columns in self.columns.values() for name in columns}
        needed |= {c.table for law in self.laws for c in law.text.candidates} | {"catalogue_item", "institution"}
        reference = sorted(n for n in needed if self.tables[n].slice is None and self.tables[n].kind != "derived")
        with DuckEngine() as reader:
            self.ledger.attach(reader, only=reference)
            for name in reference:
                self.engine.register("loading", reader.execute(f'select * from "{name}"'))
                self.engine.materialise(name, "select * from loading")
        columns = "item_code, name, name_en, list_type, charge_type, payment_class, unit_price, valid_from, valid_to"
        rows = self.engine.execute(f"select {columns} from catalogue_item order by item_code, valid_from").to_pylist()
        self.catalogue: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in rows:
            self.catalogue[row["item_code"]].append(row)
        names = self.engine.execute("select institution_id, name, name_en from institution").to_pylist()
        self.places = {r["institution_id"]: {"zh": r["name"], "en": r["name_en"] or r["name"]} for r in names}

    def _candidates(self) -> dict[str, set[tuple[str, str | None]]]:
        """Ordered code -> laws (by key) that can fire on it, with the primitive that serves it if there are several."""
        found: dict[str, set[tuple[str, str | None]]] = defaultdict(set)
        for law in self.laws:
            for source in law.text.candidates:
                where = f"where {source.where}" if source.where else ""
                sql = f'select distinct "{source.column}" as code from "{source.table}" {where}'
                for code in self.engine.execute(sql).column("code").to_pylist():
                    found[code].add((law.key, source.primitive))
        return found

    def _prepare_slices(self) -> None:
        """What is read of each table, and derived tables as views over the slice."""
        self.read: dict[str, set[str]] = defaultdict(set)
        for columns in self.columns.values():
            for name, wanted in columns.items():
                table = self.tables[name]
                if table.slice is not None:
                    self.read[name] |= wanted | {table.slice, *table.key, *_clock(table)}
        self.schemas = {
            name: pa.schema([(c.name, c.arrow_type) for c in self.tables[name].columns if c.name in wanted])
            for name, wanted in self.read.items()
        }
        for name, schema in self.schemas.items():
            self.engine.register(name, schema.empty_table())
        for name in derived_order({n for columns in self.columns.values() for n in columns}, self.tables):
            self.engine.run(f'create or replace temp view "{name}" as {self.tables[name].sql}')

    def _slices(self, draft: Draft, laws: Sequence[Law], as_of: datetime | None) -> dict[str, pa.Table]:
        """The person's rows that the laws read, as known when the order was written, and the rows of the draft."""
        names = sorted({name for law in laws for name in self._person_tables(law)})
        slices = self.ledger.slice(draft.person_id, names, as_of=as_of, columns=self.read)
        rows = draft_rows(draft, {o.item_code: self._item(o.item_code, draft.ordered_at) for o in draft.orders})
        for name in names:
            known, added = self._history(self.tables[name], slices[name], draft.ordered_at), rows.get(name, [])
            if name == "encounter" and draft.encounter_id in set(known.column("encounter_id").to_pylist()):
                added = []
            if added:
                known = pa.concat_tables([known, pa.Table.from_pylist(added, schema=self.schemas[name])])
            slices[name] = known
        return slices

    def _history(self, table: Table, rows: pa.Table, instant: datetime) -> pa.Table:
        """Rows without what happened after the order was written."""
        rows = rows.select(self.schemas[table.name].names).cast(self.schemas[table.name])
        for clock in _clock(table):
            known = pc.less_equal(rows.column(clock), pa.scalar(instant, pa.timestamp("us")))
            rows = rows.filter(pc.fill_null(known, True))
        return rows

    def _item(self, code: str, instant: datetime) -> Mapping[str, Any]:
        day = instant.date()
        versions = self.catalogue.get(code, [])
        valid = [v for v in versions if v["valid_from"] <= day and (v["valid_to"] is None or day < v["valid_to"])]
        return (valid or versions or [{}])[-1]

    def _reminders(self, draft: Draft, law: Law, body: pa.Table, as_of: datetime | None) -> list[Reminder]:
        if not body.num_rows:
            return []
        rank = {name: place for place, name in enumerate(law.text.signals)}
        rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in sorted(body.to_pylist(), key=lambda r: (rank[r["signal"]], r["ref_table"], r["ref_id"])):
            rows[row["finding_key"]].append(row)
        orders = {o.row_id: o for o in draft.orders}
        shown = {r["ref_table"] for own in rows.values() for r in own if r["ref_id"] not in orders}
        tables = sorted(name for name in shown if self._of_person(name))
        slices = self.ledger.slice(draft.person_id, tables, as_of=as_of)  # whole rows, for people to read
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
        item = self._item(order.item_code, draft.ordered_at)
        return Reminder(
            reminder_id=finding_id(law, key),
            law=law,
            order_id=order.order_id,
            item_code=order.item_code,
            item=_names(item, order.item_code),
            explanation={lang: explanation(law, rows, lang) for lang in ("zh", "en")},
            amount=sum(r["amount"] or 0 for r in rows),
            evidence=[self._evidence(law, r, slices) for r in rows if r["ref_id"] not in orders],
        )

    def _of_person(self, name: str) -> bool:
        return name in self.tables and self.tables[name].slice is not None

    def _evidence(self, law: Law, ref: Mapping[str, Any], slices: Mapping[str, pa.Table]) -> Evidence:
        signal = law.text.signals[ref["signal"]]
        figure = "" if ref["value"] is None else str(ref["value"])
        words = {"zh": signal.zh.replace("{value}", figure), "en": signal.en.replace("{value}", figure)}
        row = self._row(ref["ref_table"], ref["ref_id"], slices)
        place = self.places.get(str(row.get("institution_id")), {})
        code = row.get("item_code")
        item = _names(self.catalogue.get(str(code), [{}])[-1], row.get("item_name") or code) if code else {}
        return Evidence(ref["signal"], words, ref["value"], ref["ref_table"], ref["ref_id"], row, item, place)

    def _row(self, name: str, ref_id: str, slices: Mapping[str, pa.Table]) -> Mapping[str, Any]:
        table, rows = self.tables.get(name), slices.get(name)
        if table is None or rows is None:
            return {}
        parts = ref_id.split("|")
        mask = None
        for column, part in zip(table.key, parts, strict=False):
            same = pc.equal(pc.cast(rows.column(column), pa.string()), part)
            mask = same if mask is None else pc.and_(mask, same)
        found = rows.filter(mask).to_pylist() if mask is not None else []
        return found[0] if found else {}


def _names(item: Mapping[str, Any], otherwise: str) -> dict[str, str]:
    """What an item is called in both languages; a code without a catalogue entry is called by itself."""
    name = item.get("name") or otherwise
    return {"zh": name, "en": item.get("name_en") or name}


def _clock(table: Table) -> list[str]:
    """The column that says when a row of the table happened, if it has one."""
    return [name for name in table.order if table.by_name[name].type == "time"][:1]


def _occasion(law: Law, slices: Mapping[str, pa.Table]) -> bool:
    """Whether the slice holds what the law needs to be able to fire at all."""
    if not law.text.only_if:
        return True
    for need in law.text.only_if:
        rows = slices[need.table]
        if need.column is None:
            met = rows.num_rows > 0
        elif need.value is None:
            met = rows.column(need.column).null_count < rows.num_rows
        else:
            met = bool(pc.any(pc.equal(rows.column(need.column), need.value)).as_py())
        if met:
            return True
    return False


def _about_draft(body: pa.Table) -> pa.Table:
    """The rows of findings that a draft row takes part in."""
    drafts = body.filter(pc.fill_null(pc.starts_with(body.column("ref_id"), PREFIX), False))
    return body.filter(pc.is_in(body.column("finding_key"), value_set=drafts.column("finding_key").combine_chunks()))
