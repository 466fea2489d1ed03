"""A ledger whose facts were ingested before a contract got a column: the laws that read it say so, the rest runs."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from yibao.cli.app import app
from yibao.lawbook import Lawbook
from yibao.ledger import Ledger, create_ledger, open_ledger
from yibao.ledger.contracts import load_contracts
from yibao.runs.laws import load_lawbook
from yibao.runs.run import run
from yibao.supervision.absent import AbsentColumns, absent_columns
from yibao.supervision.bill import bill_from
from yibao.supervision.bill_check import BillChecker
from yibao.supervision.coverage import ClassCoverage, _judge
from yibao.supervision.lifecycle.backtest import backtest
from yibao.supervision.official_classes import official_classes

TABLES = load_contracts()
AT = datetime(2026, 3, 10, 9)
#: Columns that the contracts got late, by table.
LATE = {"enrolment": ["benefit_from"], "catalogue_item": ["prescription_only"]}


def facts(name: str, *rows: dict[str, object]) -> pa.Table:
    schema = pa.schema([f for f in TABLES[name].arrow_schema() if f.name not in ("recorded_at", "batch_id")])
    return pa.Table.from_pylist(list(rows), schema=schema)


@pytest.fixture(scope="module")
def lawbook() -> Lawbook:
    return load_lawbook()


@pytest.fixture
def old(tmp_path: Path) -> Ledger:
    """A dead person's visit (E01) in a paused enrolment (E05), in files as an older contract wrote them."""
    made = create_ledger(tmp_path / "ledger", currency="CNY")
    made.append(
        {
            "person": facts("person", {"person_id": "p", "sex": "1", "death_date": date(2026, 1, 1)}),
            "death_source": facts(
                "death_source",
                {"death_source_id": "d1", "person_id": "p", "source": "police", "death_date": date(2026, 1, 1)},
                {"death_source_id": "d2", "person_id": "p", "source": "cdc", "death_date": date(2026, 1, 1)},
            ),
            "enrolment": facts(
                "enrolment",
                {"enrolment_id": "n", "person_id": "p", "scheme": "310", "status": "2", "begin_date": date(2025, 1, 1)},
            ),
            "catalogue_item": facts(
                "catalogue_item", {"item_code": "A", "valid_from": date(2020, 1, 1), "name": "阿莫西林"}
            ),
            "encounter": facts(
                "encounter",
                {"encounter_id": "e", "person_id": "p", "institution_id": "h", "kind": "41", "admitted_at": AT},
            ),
            "settlement": facts(
                "settlement",
                {"settlement_id": "s", "encounter_id": "e", "person_id": "p", "institution_id": "h", "settled_at": AT,
                 "total_amount": 2000, "fund_amount": 1500},
            ),
            "charge_line": facts(
                "charge_line",
                {"line_id": "l", "settlement_id": "s", "encounter_id": "e", "person_id": "p", "institution_id": "h",
                 "item_code": "A", "quantity": 1000, "amount": 2000, "fund_amount": 1500, "charged_at": AT},
            ),
        },
        "test",
    )  # fmt: skip
    found = open_ledger(made.path)
    for name, columns in LATE.items():
        for path in found.files(name):
            pq.write_table(pq.read_table(path).drop_columns(columns), path)
    return open_ledger(made.path)


def test_the_laws_concerned_are_named_with_their_columns(old: Ledger, lawbook: Lawbook) -> None:
    absent = absent_columns(old, lawbook.of("rule"))
    by_law = {key.partition("@")[0]: columns for key, columns in absent.items()}
    assert by_law["E05"] == ["enrolment.benefit_from"]
    assert by_law["F09"] == ["catalogue_item.prescription_only"]
    assert "E01" not in by_law


def test_the_run_leaves_them_out_and_finds_the_rest(old: Ledger, lawbook: Lawbook) -> None:
    result = run(old, lawbook, only=["supervision"])
    entries = {key.partition("@")[0]: entry for key, entry in result.manifest.laws.items()}
    assert (entries["E05"].status, entries["E05"].message) == ("lacking", "enrolment.benefit_from")
    assert entries["F09"].status == "lacking"
    assert (entries["E01"].status, entries["E01"].rows) == ("ran", 1)
    assert not [entry.message for entry in entries.values() if entry.status == "failed"]
    assert run(old, lawbook, only=["supervision"]).unchanged


def test_the_command_says_what_to_do_and_ends_well(old: Ledger) -> None:
    shown = CliRunner().invoke(app, ["supervise", str(old.path)])
    assert shown.exit_code == 0, shown.output
    assert "enrolment.benefit_from" in shown.output
    assert "重新导入" in shown.output or "ingest the data again" in shown.output


def test_coverage_names_the_columns(old: Ledger, lawbook: Lawbook) -> None:
    rows = [ClassCoverage(one, laws=["F09"]) for one in official_classes()[:1]]
    _judge(rows, lawbook, TABLES, old)
    assert rows[0].absent == ["catalogue_item.prescription_only"]
    assert rows[0].evaluable == "no"
    assert json.loads(json.dumps(rows[0].to_dict()))["absent"] == rows[0].absent


def test_a_bill_is_judged_by_the_others(old: Ledger, lawbook: Lawbook) -> None:
    bill = {
        "person_id": "p", "institution_id": "h", "settled_at": str(AT), "encounter": {"kind": "41"},
        "lines": [{"item_code": "A", "amount": 20, "fund_amount": 15}],
    }  # fmt: skip
    with BillChecker(old, lawbook) as checker:
        answer = checker.check(bill_from(bill, TABLES))
    assert "E01" in [one.law.id for one in answer.objections]
    assert [line for line in answer.failures if line.startswith("E05: ") and "enrolment.benefit_from" in line]


def test_a_law_is_not_tried_on_such_a_ledger(old: Ledger, lawbook: Lawbook) -> None:
    with pytest.raises(AbsentColumns, match="ingest the data again") as told:
        backtest(old, lawbook.get("E05"))
    assert "重新导入" in told.value.zh
