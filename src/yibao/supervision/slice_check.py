"""Laws over one person's slice of the ledger plus rows that do not exist yet, as of now: orders and bills alike.

Reference tables stay resident; only laws that can fire on one of the codes run. Statements stay planned, and a check
only exchanges the rows below them.
"""

from __future__ import annotations

import gc
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

import pyarrow as pa
import pyarrow.compute as pc

from yibao.engine import DuckEngine
from yibao.engine.portable import derived_order
from yibao.lawbook import Law, Lawbook, columns_of
from yibao.lawbook.exemptions import READS, may_be_exempted
from yibao.ledger import Ledger
from yibao.supervision.absent import absent_columns, absent_words
from yibao.supervision.lifecycle.register import in_force
from yibao.supervision.person_rows import Columns, Draft, PersonRows, together
from yibao.supervision.reminders import Evidence
from yibao.supervision.set_aside import Exempted, set_aside
from yibao.supervision.slice_rows import about, names_of
from yibao.supervision.standing_laws import StandingLaws


@dataclass(frozen=True)
class Judgement:
    """What the laws say of a draft: body rows per law that fired, the laws that could, failures by law."""

    bodies: Sequence[tuple[Law, pa.Table]]
    laws: Sequence[Law]
    failures: Sequence[str]
    exempted: Sequence[Exempted] = ()


class SliceChecker:
    """Checks drafts against one ledger at one ``stage``; keep it and reuse it. One thread at a time."""

    stage = "order"

    def __init__(self, ledger: Ledger, lawbook: Lawbook) -> None:
        self.ledger = ledger
        self.tables = ledger.tables()
        # A law that needs more than one person's rows cannot be judged on them.
        at_stage = in_force(ledger, lawbook)[0].of("rule", stage=self.stage)
        self.laws = [law for law in at_stage if law.text.slice_key == "person_id"]
        self.left_out = [law for law in at_stage if law.text.slice_key != "person_id"]
        self.standing = StandingLaws()
        self.parts = {(law.key, name): law.only(name) for law in self.laws for name in law.parts}
        absent = absent_columns(ledger, self.laws)
        self.absent = {key: " / ".join(absent_words(columns).values()) for key, columns in absent.items()}
        self.columns = {law.key: columns_of([law], self.tables) for law in self.laws}
        self._load_reference()
        self.rows_of = self._prepare_rows()
        # By identity: a law and its parts have one key.
        self.needs = {id(law): self._needs(law) for law in (*self.laws, *self.parts.values())}
        self.occasions = {
            law.key: together({need.table: {need.column} if need.column else set()} for need in law.text.only_if)
            for law in self.laws
        }
        self.candidates = self._candidates()

    @property
    def read(self) -> Columns:
        """What is read of the tables kept by person, at most."""
        return self.rows_of.read

    def close(self) -> None:
        self.standing.close()

    def plan(self) -> None:
        """For a process that keeps the checker: every law is planned before somebody waits for it."""
        self.standing.plan(law for law in (*self.laws, *self.parts.values()) if law.key not in self.absent)

    def settle(self) -> None:
        """For such a process, last of all: what is loaded now stays, so the collector need not walk it again.

        Without this a collection during a check walks the syntax trees of all laws, which takes 10 to 20 ms.
        """
        gc.collect()
        gc.freeze()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def laws_on(self, codes: Collection[str], instant: datetime) -> list[Law]:
        """The laws in force that can fire on one of the codes, in the order of their ids; those without candidates too.

        Of a law with several primitives only those that serve the codes.
        """
        day = instant.date()
        parts: dict[str, set[str | None]] = defaultdict(set)
        for code in codes:
            for key, primitive in self.candidates.get(code, ()):
                parts[key].add(primitive)
        chosen = []
        for law in self.laws:
            effective = law.text.effective
            if not (effective.start <= day and (effective.end is None or day < effective.end)):
                continue
            if not law.text.candidates:
                chosen.append(law)
            elif law.key in parts:
                one = parts[law.key].pop() if len(parts[law.key]) == 1 else None
                chosen.append(law if one is None else self.parts[law.key, one])
        return chosen

    def judge(self, draft: Draft, as_of: datetime | None = None) -> Judgement:
        """Run the laws over the slice and the draft. ``as_of`` limits the history to what was recorded by then."""
        able = self.laws_on(draft.codes, draft.instant)
        bodies: list[tuple[Law, pa.Table]] = []
        failures = [f"{law.id}: {self.absent[law.key]}" for law in able if law.key in self.absent]
        laws = [law for law in able if law.key not in self.absent]
        held: Columns = {}
        if laws:
            laws, slices, held = self._occasions(draft, laws, as_of)
            self.standing.exchange(slices)
            for law, found in zip(laws, self.standing.ask(laws, draft.instant), strict=True):
                if isinstance(found, Exception):
                    # Nobody must ever be stopped by a broken law: the check fails open and says so.
                    failures.append(f"{law.id}: {found}")
                elif (body := about(found, draft.own)).num_rows:
                    bodies.append((law, body))
        try:
            bodies, aside = self._set_aside(draft, bodies, held, as_of)
        except Exception as error:
            failures.append(f"exemption: {error}")
            aside = []
        return Judgement(bodies, laws, failures, aside)

    def _occasions(
        self, draft: Draft, laws: Sequence[Law], as_of: datetime | None
    ) -> tuple[list[Law], dict[str, pa.Table], Columns]:
        """The laws that can fire at all, the rows that they read, and the columns of those rows that were read.

        What only a law with an occasion reads is not read before its occasion is met.
        """
        held = together(self.occasions[law.key] if law.text.only_if else self.needs[id(law)] for law in laws)
        slices = self.rows_of(draft, held, as_of)
        met = [law for law in laws if _occasion(law, slices)]
        wanted = together(self.needs[id(law)] for law in met)
        lacking = {name: columns for name, columns in wanted.items() if not columns <= held.get(name, set())}
        return met, {**slices, **self.rows_of(draft, lacking, as_of)}, {**held, **lacking}

    def _set_aside(
        self,
        draft: Draft,
        bodies: list[tuple[Law, pa.Table]],
        held: Columns,
        as_of: datetime | None,
    ) -> tuple[list[tuple[Law, pa.Table]], list[Exempted]]:
        """The rows of the findings that no exemption covers, and those that one does; as after a run.

        ``held`` are the columns that were read for the laws.
        """
        if not bodies or not may_be_exempted((law for law, _ in bodies), self.approved):
            return bodies, []
        placed = {name: columns for name, columns in READS.items() if self._of_person(name)}
        unread = {name: columns for name, columns in placed.items() if not columns <= held.get(name, set())}
        self.standing.exchange(self.rows_of(draft, unread, as_of))
        return set_aside(self.standing.first, bodies)

    def evidence(self, law: Law, ref: Mapping[str, Any], slices: Mapping[str, pa.Table]) -> Evidence:
        """One row that a finding rests on, in words and as the ledger holds it."""
        signal = law.text.signals[ref["signal"]]
        figure = "" if ref["value"] is None else str(ref["value"])
        words = {"zh": signal.zh.replace("{value}", figure), "en": signal.en.replace("{value}", figure)}
        row = self._row(ref["ref_table"], ref["ref_id"], slices)
        place = self.places.get(str(row.get("institution_id")), {})
        code = row.get("item_code")
        item = names_of(self.catalogue.get(str(code), [{}])[-1], row.get("item_name") or code) if code else {}
        return Evidence(ref["signal"], words, ref["value"], ref["ref_table"], ref["ref_id"], row, item, place)

    def histories(
        self, person_id: str, refs: Sequence[Mapping[str, Any]], as_of: datetime | None
    ) -> dict[str, pa.Table]:
        """Whole rows of the person's tables that ``refs`` name, for people to read."""
        tables = sorted({r["ref_table"] for r in refs if self._of_person(r["ref_table"])})
        return self.ledger.slice(person_id, tables, as_of=as_of)

    def item(self, code: str, instant: datetime) -> Mapping[str, Any]:
        """The catalogue entry of a code on a day; the last known one where none was valid, empty for no entry."""
        day = instant.date()
        versions = self.catalogue.get(code, [])
        valid = [v for v in versions if v["valid_from"] <= day and (v["valid_to"] is None or day < v["valid_to"])]
        return (valid or versions or [{}])[-1]

    def _needs(self, law: Law) -> Columns:
        """What is read for a law of the tables kept by person, through derived tables too.

        With what places its findings among exemptions, where there are any, so that a table is read once.
        """
        placed = READS if may_be_exempted([law], self.approved) else {}
        needed = columns_of([law], self.tables)
        return {name: columns | placed.get(name, set()) for name, columns in needed.items() if self._of_person(name)}

    def _load_reference(self) -> None:
        needed = {name for columns in self.columns.values() for name in columns}
        needed |= {c.table for law in self.laws for c in law.text.candidates} | {
            "catalogue_item",
            "institution",
            "exemption",
        }
        reference = sorted(n for n in needed if self.tables[n].slice is None and self.tables[n].kind != "derived")
        with DuckEngine() as reader:
            self.ledger.attach(reader, only=reference)
            for name in reference:
                self.standing.keep(name, reader.execute(f'select * from "{name}"'))
        ask = self.standing.first.once
        self.approved = bool(ask("select count(*) as n from exemption")["n"][0].as_py())
        columns = "item_code, name, name_en, list_type, charge_type, payment_class, unit_price, valid_from, valid_to"
        rows = ask(f"select {columns} from catalogue_item order by item_code, valid_from").to_pylist()
        self.catalogue: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in rows:
            self.catalogue[row["item_code"]].append(row)
        names = ask("select institution_id, name, name_en from institution").to_pylist()
        self.places = {r["institution_id"]: {"zh": r["name"], "en": r["name_en"] or r["name"]} for r in names}

    def _candidates(self) -> dict[str, set[tuple[str, str | None]]]:
        """Ordered code -> laws (by key) that can fire on it, with the primitive that serves it if there are several."""
        found: dict[str, set[tuple[str, str | None]]] = defaultdict(set)
        for law in self.laws:
            for source in law.text.candidates:
                where = f"where {source.where}" if source.where else ""
                sql = f'select distinct "{source.column}" as code from "{source.table}" {where}'
                for code in self.standing.first.once(sql).column("code").to_pylist():
                    found[code].add((law.key, source.primitive))
        return found

    def _prepare_rows(self) -> PersonRows:
        """What is read of each table, and derived tables as views over the rows."""
        needed = (*self.columns.values(), READS)
        rows = PersonRows(self.ledger, together(needed))
        self.standing.exchange({name: schema.empty_table() for name, schema in rows.schemas.items()})
        for name in derived_order({n for columns in needed for n in columns}, self.tables):
            self.standing.view(name, self.tables[name].sql or "")
        return rows

    def _of_person(self, name: str) -> bool:
        return name in self.tables and self.tables[name].slice is not None

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
