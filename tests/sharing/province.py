"""A nation in miniature: a province with two cities, another province, and what each city's ledger knows.

Everyone is named after where he is insured (``a1`` in city 990100, ``b1`` in 990200, ``x1`` in the other province),
every hospital after where it stands, every settlement after whose it is and where: ``s.a1.hb.1``.
"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from yibao.engine.schema import Tables
from yibao.ledger import Ledger, create_ledger, open_ledger
from yibao.ledger.ingest import ingest
from yibao.ledger.memory import MemoryInput
from yibao.ledger.sources import Inputs
from yibao.sharing.keys import new_key, read_private
from yibao.sharing.make import Made, Order, make_package
from yibao.sharing.manifest import RECORDED
from yibao.sharing.receive import Received, receive_package
from yibao.sharing.trust import set_own, trust

PROVINCE, CITY_A, CITY_B = "990000", "990100", "990200"
REGIONS = [
    ("100000", "nation", None), ("980000", "province", "100000"), ("980100", "city", "980000"),
    (PROVINCE, "province", "100000"), (CITY_A, "city", PROVINCE), ("990102", "county", CITY_A),
    (CITY_B, "city", PROVINCE),
]  # fmt: skip
HOME = {"a": CITY_A, "b": CITY_B, "x": "980100"}

Rows = dict[str, list[dict[str, Any]]]


def regions() -> list[dict[str, Any]]:
    return [{"region_code": c, "name": c, "level": level, "parent_code": up} for c, level, up in REGIONS]


def person(name: str, **more: Any) -> Rows:
    enrolment = {
        "enrolment_id": f"n.{name}", "person_id": name, "scheme": "310", "region_code": HOME[name[0]],
        "begin_date": date(2020, 1, 1),
    }  # fmt: skip
    return {"person": [{"person_id": name, "name": name.upper(), "id_type": "01", **more}], "enrolment": [enrolment]}


def hospital(name: str) -> Rows:
    return {
        "institution": [{"institution_id": name, "name": name, "kind": "1", "level": "3", "region_code": HOME[name[1]]}]
    }


def visit(who: str, where: str, number: int, total: int, fund: int, day: int = 2, **more: Any) -> Rows:
    """An encounter with its settlement and one charge line; amounts in fen."""
    tail = f"{who}.{where}.{number}"
    at = datetime(2026, 3, day, 8)
    ids = {"person_id": who, "institution_id": where, "encounter_id": f"e.{tail}"}
    return {
        "encounter": [
            {**ids, "kind": "11", "scheme": "310", "admitted_at": at, "out_of_region": who[0] != where[1]}
        ],
        "settlement": [
            {
                **ids, "settlement_id": f"s.{tail}", "scheme": "310", "kind": "11", "settled_at": at.replace(hour=9),
                "insured_region": HOME[who[0]], "total_amount": total, "fund_amount": fund,
                "person_amount": total - fund, **more,
            }
        ],
        "charge_line": [
            {
                **ids, "line_id": f"l.{tail}", "settlement_id": f"s.{tail}", "item_code": "i", "item_name": "item",
                "list_type": "201", "charge_type": "03", "payment_class": "01",
                "quantity": 1000, "unit_price": total * 10_000, "amount": total, "charged_at": at,
            }
        ],
    }  # fmt: skip


def together(*parts: Rows) -> Rows:
    rows: Rows = {}
    for part in parts:
        for name, found in part.items():
            rows.setdefault(name, []).extend(found)
    return rows


def ledger_of(folder: Path, region: str, rows: Rows) -> Ledger:
    """A ledger of ``region`` with these rows; its key pair lies beside it under the region's code."""
    ledger = create_ledger(folder / region)
    add(ledger, rows)
    set_own(ledger, new_key(folder / f"{region}.key", region, f"bureau {region}", None))
    return ledger


class Given:
    """A source whose files are rows at hand."""

    name, currency = "test", None

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def inputs(self, path: Path, tables: Tables) -> Inputs:
        items = []
        for name, found in self._rows.items():
            fields = [f for f in tables[name].arrow_schema() if f.name not in RECORDED]
            items.append(MemoryInput(name, pa.Table.from_pylist(found, schema=pa.schema(fields))))
        return Inputs(items)


def add(ledger: Ledger, rows: Rows, *, corrections: bool = False) -> None:
    report = ingest(ledger.path, Given(rows), ledger.path, corrections=corrections)
    assert report.accepted == report.rows_in
    ledger.refresh()


def nation(folder: Path) -> dict[str, Ledger]:
    """Ledgers of both cities and the province; all trust each other as they should.

    City A holds copies of its people's care elsewhere: one bill as B has it, one with another fund amount, one only A
    knows (B was never told), and one in the other province. B has one that A does not know.
    """
    a = together(
        {"region": regions()},
        person("a1", phone="1"), person("a2"), person("x1"),
        hospital("ha"), hospital("hb"), hospital("hx"),
        visit("a1", "ha", 1, 10_000, 6_000), visit("x1", "ha", 1, 700, 500),
        visit("a1", "hb", 1, 20_000, 9_000), visit("a1", "hb", 2, 3_000, 1_000, day=3),
        visit("a2", "hb", 1, 777, 7, day=4), visit("a2", "hx", 1, 50_000, 30_001),
    )  # fmt: skip
    b = together(
        {"region": regions()},
        person("b1"), person("a1"), hospital("ha"), hospital("hb"),
        visit("b1", "hb", 1, 4_000, 2_000), visit("a1", "hb", 1, 20_000, 9_000),
        visit("a1", "hb", 2, 3_000, 1_100, day=3), visit("a1", "hb", 3, 8_000, 4_000, day=5),
    )  # fmt: skip
    ledgers = {
        CITY_A: ledger_of(folder, CITY_A, a),
        CITY_B: ledger_of(folder, CITY_B, b),
        PROVINCE: ledger_of(folder, PROVINCE, {"region": regions()}),
    }
    for receiver, senders in ((PROVINCE, (CITY_A, CITY_B)), (CITY_A, (PROVINCE,)), (CITY_B, (PROVINCE,))):
        for sender in senders:
            trust(ledgers[receiver], read_private(folder / f"{sender}.key").public)
    return ledgers


def send(ledgers: dict[str, Ledger], sender: str, receiver: str, out: Path, **order: Any) -> Made | None:
    out.mkdir(exist_ok=True)
    ledger = ledgers[sender]
    return make_package(ledger, Order(receiver, **order), out, read_private(ledger.path.with_name(f"{sender}.key")))


def take(ledgers: dict[str, Ledger], receiver: str, package: Path, **more: Any) -> Received:
    received = receive_package(package, ledgers[receiver], **more)
    ledgers[receiver] = open_ledger(ledgers[receiver].path)
    return received


def made(found: Made | None) -> Made:
    assert found is not None
    return found


#: Ledgers by region after both cities sent up, and the packages of the cities.
Sent = tuple[dict[str, Ledger], dict[str, Made]]
