"""What a law says of a draft on one person's slice is what it says in a run over everybody, as of that instant."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yibao.engine import DuckEngine
from yibao.engine.portable import columns_read, derived_order
from yibao.lawbook import bind, run_body
from yibao.lawbook.exemptions import READS
from yibao.runs.demo import Demo
from yibao.runs.laws import load_lawbook
from yibao.supervision.bill import bill_from
from yibao.supervision.bill_check import BillChecker
from yibao.supervision.draft import Draft as Order
from yibao.supervision.draft import OrderLine
from yibao.supervision.order_check import OrderChecker
from yibao.supervision.person_rows import Draft
from yibao.supervision.set_aside import set_aside
from yibao.supervision.slice_check import SliceChecker
from yibao.supervision.slice_rows import about, known_by, later_encounters

pytestmark = pytest.mark.slow

#: Drafts of one example: different persons, one instant, one batch over all of them.
DRAFTS = 12
Verdict = set[tuple[str, tuple[Any, ...]]]


class World:
    """The demo ledger with what both sides need: the checkers, everybody's rows, persons to draw and codes to order."""

    def __init__(self, demo: Demo) -> None:
        lawbook = load_lawbook()
        self.orders = OrderChecker(demo.ledger, lawbook)
        self.bills = BillChecker(demo.ledger, lawbook)
        self.tables = demo.ledger.tables()
        laws = [*self.orders.laws, *self.bills.laws]
        columns = columns_read((body for law in laws for body in law.bodies), self.tables)
        for name, read in READS.items():
            columns.setdefault(name, set()).update(read)
        columns["encounter"] = set(self.tables["encounter"].column_names)
        self.columns = columns
        with DuckEngine(threads=1) as engine:
            demo.ledger.attach(engine, only=[n for n in columns if self.tables[n].kind != "derived"])
            self.everything = {
                n: engine.execute(f'select * from "{n}"') for n in columns if self.tables[n].kind != "derived"
            }
        # Persons about whom there is something to find, so that verdicts are not all empty.
        truth = (demo.folder / "city" / "truth" / "truth.csv").read_text(encoding="utf-8").splitlines()[1:]
        persons = {row.split(",")[7] for row in truth}
        visits = self.everything["encounter"].to_pylist()
        self.visits = sorted((v for v in visits if v["person_id"] in persons), key=lambda v: v["encounter_id"])
        self.codes = sorted(self.orders.candidates)

    def batch(self, checker: SliceChecker, drafts: list[Draft], instant: datetime) -> dict[str, Verdict]:
        """Every law of the stage over everybody's rows as of the instant and all drafts at once, by person."""
        later = later_encounters(self.everything["encounter"], instant)
        with DuckEngine(threads=1) as engine:
            for name, rows in self.everything.items():
                table = self.tables[name]
                if table.slice is not None:
                    rows = known_by(table, rows, instant, later)
                    fresh = [row for draft in drafts for row in draft.rows.get(name, ())]
                    keys = {tuple(str(row.get(k)) for k in table.key) for row in fresh}
                    own_keys = zip(*(rows[k].to_pylist() for k in table.key), strict=True)
                    kept = [tuple(map(str, key)) not in keys for key in own_keys]
                    rows = rows.filter(pa.array(kept, pa.bool_()))
                    added = pa.Table.from_pylist(
                        [{c: row.get(c) for c in rows.column_names} for row in fresh], schema=rows.schema
                    )
                    rows = pa.concat_tables([rows, added])
                engine.register(name, rows)
            for name in derived_order(set(self.columns), self.tables):
                engine.materialise(name, self.tables[name].sql or "")
            own = frozenset().union(*(draft.own for draft in drafts))
            found: dict[str, Verdict] = {draft.person_id: set() for draft in drafts}
            bodies = [(law, about(run_body(engine, law, bind(law, instant)), own)) for law in checker.laws]
            for law, body in set_aside(engine, bodies)[0]:
                for row in body.to_pylist():
                    found[row["person_id"]].add((law.id, tuple(row.values())))
        return found


@pytest.fixture(scope="module")
def world(demo: Demo) -> Iterator[World]:
    made = World(demo)
    yield made
    made.orders.close()
    made.bills.close()


def sliced(checker: SliceChecker, draft: Draft) -> Verdict:
    judged = checker.judge(draft)
    assert not judged.failures
    return {(law.id, tuple(row.values())) for law, body in judged.bodies for row in body.to_pylist()}


def numbered(rows: dict[str, list[dict[str, Any]]], suffix: str) -> dict[str, list[dict[str, Any]]]:
    """Draft ids made different from draft to draft: in a batch they stand side by side."""
    return {
        name: [
            {k: f"{v}-{suffix}" if isinstance(v, str) and v.startswith("draft:") else v for k, v in row.items()}
            for row in found
        ]
        for name, found in rows.items()
    }


quick = settings(
    max_examples=4, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
)  # fmt: skip


@quick
@given(data=st.data())
def test_orders(world: World, data: st.DataObject) -> None:
    instant = datetime(2025, 3, 1) + timedelta(hours=data.draw(st.integers(8, 24 * 300)))
    places = data.draw(st.lists(st.integers(0, len(world.visits) - 1), min_size=4, max_size=DRAFTS))
    chosen = {world.visits[i]["person_id"]: world.visits[i] for i in places}
    drafts = []
    for number, (person, visit) in enumerate(sorted(chosen.items())):
        codes = data.draw(st.lists(st.sampled_from(world.codes), min_size=1, max_size=8, unique=True))
        quantity, days = st.sampled_from([1000, 2000, 30_000]), st.sampled_from([None, 7, 100])
        lines = tuple(
            OrderLine(str(i), code, data.draw(quantity), days_supply=data.draw(days)) for i, code in enumerate(codes)
        )
        order = Order(person, visit["institution_id"], "", "draft:encounter", None, instant, None, lines)
        draft = world.orders.rows(order)
        drafts.append(Draft(person, instant, draft.codes, numbered(dict(draft.rows), str(number))))
    together = world.batch(world.orders, drafts, instant)
    for draft in drafts:
        assert sliced(world.orders, draft) == together[draft.person_id]


@quick
@given(data=st.data())
def test_bills(world: World, data: st.DataObject) -> None:
    """The bills of visits that happened, settled anew at their end."""
    first = data.draw(st.integers(0, len(world.visits) - 1))
    instant = world.visits[first]["discharged_at"] or world.visits[first]["admitted_at"]
    ready = {
        v["person_id"]: v
        for v in world.visits
        if v["admitted_at"] <= instant and (v["discharged_at"] or instant) <= instant
    }
    persons = {world.visits[first]["person_id"]}
    persons |= set(data.draw(st.lists(st.sampled_from(sorted(ready)), min_size=2, max_size=DRAFTS)))
    codes = st.lists(st.sampled_from(world.codes), min_size=1, max_size=4)
    drafts = []
    for number, person in enumerate(sorted(persons & set(ready))):
        visit = ready[person]
        doc = {
            "person_id": person, "institution_id": visit["institution_id"], "settled_at": str(instant),
            "encounter": {
                "kind": visit["kind"], "admitted_at": str(visit["admitted_at"]),
                "main_diagnosis": visit["main_diagnosis"],
                **({"discharged_at": str(visit["discharged_at"])} if visit["discharged_at"] else {}),
            },
            "diagnoses": [{"code": visit["main_diagnosis"] or "I10", "is_main": True}],
            "lines": [{"item_code": c, "quantity": 2, "amount": 100, "fund_amount": 60} for c in data.draw(codes)],
        }  # fmt: skip
        draft = world.bills.rows(bill_from(doc, world.tables))
        rows = numbered(dict(draft.rows), str(number))
        own = frozenset({rows["encounter"][0]["encounter_id"]})
        drafts.append(Draft(person, instant, draft.codes, rows, own))
    together = world.batch(world.bills, drafts, instant)
    for draft in drafts:
        assert sliced(world.bills, draft) == together[draft.person_id]


def test_planted_orders_and_bills_are_found_by_both(world: World) -> None:
    """The properties above would hold for laws that never fire: here verdicts are known not to be empty."""
    instant = datetime(2025, 12, 20, 12)
    found = 0
    for number, visit in enumerate(world.visits[:12]):
        lines = tuple(OrderLine(str(i), code, 1000) for i, code in enumerate(world.codes))
        order = Order(visit["person_id"], visit["institution_id"], "", "draft:encounter", None, instant, None, lines)
        draft = world.orders.rows(order)
        draft = Draft(order.person_id, instant, draft.codes, numbered(dict(draft.rows), str(number)))
        verdict = sliced(world.orders, draft)
        found += bool(verdict)
        if number == 0:
            assert verdict == world.batch(world.orders, [draft], instant)[order.person_id]
    assert found >= 9
