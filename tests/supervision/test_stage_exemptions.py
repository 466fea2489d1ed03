"""An approved exemption holds before the order, before the bill is paid, and in the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from yibao.engine import DuckEngine
from yibao.engine.portable import columns_read
from yibao.lawbook import Lawbook, run_law
from yibao.lawbook.exemptions import READS
from yibao.ledger import Ledger, create_ledger, open_ledger
from yibao.ledger.contracts import load_contracts
from yibao.runs.laws import load_lawbook
from yibao.supervision.arbitration import arbitrate
from yibao.supervision.bill import bill_from
from yibao.supervision.bill_check import BillChecker
from yibao.supervision.draft import draft_from
from yibao.supervision.order_check import OrderChecker

TABLES = load_contracts()
AT = datetime(2026, 3, 10, 9)
SINCE = date(2020, 1, 1)

FACTS: Mapping[str, Sequence[Mapping[str, Any]]] = {
    "person": [{"person_id": "p", "sex": "1", "birth_date": date(1980, 5, 1)}],
    "institution": [{"institution_id": "h", "name": "市一院", "kind": "1"}],
    "catalogue_item": [
        {"item_code": "SYRUP", "valid_from": SINCE, "name": "小儿糖浆", "list_type": "101", "charge_type": "09",
         "unit_price": 20_000_000},
    ],
    "knowledge_point": [
        {"kp_id": "k", "item_code": "SYRUP", "other_item_code": "", "rule_class": "药品限儿童使用", "primitive": "P2",
         "target": "drug", "age_from_days": 0, "age_to_days": 6575, "status": "compiled", "valid_from": SINCE},
    ],
}  # fmt: skip
EXEMPTION = {
    "exemption_id": "x1", "kind": "off_label", "person_id": "p", "item_code": "SYRUP", "evidence_kind": "approval",
    "owner": "药事会", "expires_on": date(2026, 6, 1),
}  # fmt: skip
CHARGED: Mapping[str, Sequence[Mapping[str, Any]]] = {
    "encounter": [{"encounter_id": "e", "person_id": "p", "institution_id": "h", "kind": "11", "admitted_at": AT}],
    "settlement": [
        {"settlement_id": "s", "encounter_id": "e", "person_id": "p", "institution_id": "h", "settled_at": AT,
         "total_amount": 2000, "fund_amount": 1500},
    ],
    "charge_line": [
        {"line_id": "l", "settlement_id": "s", "encounter_id": "e", "person_id": "p", "institution_id": "h",
         "item_code": "SYRUP", "list_type": "101", "quantity": 1000, "amount": 2000, "fund_amount": 1500,
         "charged_at": AT},
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def lawbook() -> Lawbook:
    return load_lawbook()


def ledger(folder: Path, *parts: Mapping[str, Sequence[Mapping[str, Any]]]) -> Ledger:
    made = create_ledger(folder / "ledger", currency="CNY")
    tables = {}
    for part in parts:
        for name, rows in part.items():
            schema = pa.schema([f for f in TABLES[name].arrow_schema() if f.name not in ("recorded_at", "batch_id")])
            tables[name] = pa.Table.from_pylist(list(rows), schema=schema)
    made.append(tables, "test")
    return open_ledger(made.path)


def verdicts(found: Ledger, lawbook: Lawbook, at: datetime = AT) -> dict[str, tuple[list[str], list[str]]]:
    """By stage: the laws that speak, and the grounds on which B02 is set aside."""
    order = {"person_id": "p", "institution_id": "h", "ordered_at": str(at), "orders": [{"item_code": "SYRUP"}]}
    with OrderChecker(found, lawbook) as orders:
        told = orders.check(draft_from(order))
    bill = {
        "person_id": "p", "institution_id": "h", "settled_at": str(at), "encounter": {"kind": "11"},
        "lines": [{"item_code": "SYRUP", "amount": 20, "fund_amount": 15}],
    }  # fmt: skip
    with BillChecker(found, lawbook) as bills:
        objected = bills.check(bill_from(bill, TABLES))
    assert not told.failures
    assert not objected.failures
    return {
        "order": ([r.law.id for r in told.reminders], [e.ground for e in told.exempted]),
        "settlement": ([o.law.id for o in objected.objections], [e.ground for e in objected.exempted]),
    }


def batch(found: Ledger, lawbook: Lawbook) -> list[str | None]:
    """``exempted_by`` of what B02 finds in a run over everything."""
    law = lawbook.get("B02")
    with DuckEngine() as engine:
        read = columns_read(law.bodies, TABLES)
        found.attach(engine, only={name: {*read.get(name, ()), *READS.get(name, ())} for name in {*read, *READS}})
        outcome = run_law(engine, law, AT)
        judged, _ = arbitrate(engine, [law], outcome.tables["finding"], outcome.tables["finding_ref"])
    grounds: list[str | None] = judged["exempted_by"].to_pylist()
    return grounds


def test_without_an_exemption_every_stage_speaks(tmp_path: Path, lawbook: Lawbook) -> None:
    assert verdicts(ledger(tmp_path, FACTS), lawbook) == {"order": (["B02"], []), "settlement": (["B02"], [])}
    assert batch(ledger(tmp_path / "run", FACTS, CHARGED), lawbook) == [None]


def test_an_approved_exemption_holds_at_every_stage(tmp_path: Path, lawbook: Lawbook) -> None:
    approved = {"exemption": [EXEMPTION]}
    before = ledger(tmp_path, FACTS, approved)
    assert verdicts(before, lawbook) == {"order": ([], ["off_label x1"]), "settlement": ([], ["off_label x1"])}
    assert batch(ledger(tmp_path / "run", FACTS, CHARGED, approved), lawbook) == ["off_label x1"]


def test_an_exemption_that_has_expired_holds_nowhere(tmp_path: Path, lawbook: Lawbook) -> None:
    expired = {"exemption": [{**EXEMPTION, "expires_on": date(2026, 3, 10)}]}
    assert verdicts(ledger(tmp_path, FACTS, expired), lawbook) == {
        "order": (["B02"], []), "settlement": (["B02"], []),
    }  # fmt: skip
    assert batch(ledger(tmp_path / "run", FACTS, CHARGED, expired), lawbook) == [None]


def test_of_another_item_it_does_not_hold(tmp_path: Path, lawbook: Lawbook) -> None:
    other = {"exemption": [{**EXEMPTION, "item_code": "OTHER"}]}
    assert verdicts(ledger(tmp_path, FACTS, other), lawbook)["order"] == (["B02"], [])


def test_every_kind_that_can_be_approved_or_seen_is_admitted_by_a_law(lawbook: Lawbook) -> None:
    """A kind under another name in the laws than in the table would never exempt anything."""
    kinds = {code.value for code in TABLES["exemption"].by_name["kind"].codes}
    admitted = {kind for law in lawbook.of("rule") for kind in law.text.exemptions}
    assert kinds - admitted == set()
