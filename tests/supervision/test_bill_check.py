"""Before a bill is settled: what the laws of that stage object to, what cannot be read, who is left to the run."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from yibao.cli.app import app
from yibao.ledger.contracts import load_contracts
from yibao.runs.demo import Demo
from yibao.runs.laws import load_lawbook
from yibao.supervision.bill import BillError, bill_from, read_bill
from yibao.supervision.bill_check import BillChecker

TABLES = load_contracts()

BILL: dict[str, Any] = {
    "person_id": "p", "institution_id": "h", "settled_at": "2025-06-02 12:00:00", "encounter": {"kind": "11"},
    "lines": [{"item_code": "a", "quantity": 1.5, "unit_price": 2.345, "fund_amount": 1.2}],
}  # fmt: skip


def test_a_bill_becomes_typed_rows_with_ids_of_drafts() -> None:
    bill = bill_from(BILL, TABLES)
    (line,), (paid,), (visit,) = (bill.rows[name] for name in ("charge_line", "settlement", "encounter"))
    assert line["quantity"] == 1500 and line["unit_price"] == 2_345_000 and line["amount"] == 352
    assert paid["total_amount"] == 352 and paid["fund_amount"] == 120 and paid["kind"] == "11"
    assert line["line_id"] == "draft:charge_line-1" and visit["encounter_id"] == "draft:encounter"
    assert line["settlement_id"] == paid["settlement_id"] and bill.codes == ("a",)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"person_id": ""}, "person_id"),
        ({"lines": []}, "lines"),
        ({"colour": "red"}, "unknown field 'colour'"),
        ({"encounter": {"kind": "11", "colour": "red"}}, "unknown field 'colour'"),
        ({"encounter": {"department": "A"}}, "kind"),
        ({"settled_at": "2025-06-02T12:00:00+08:00"}, "local time"),
        ({"settled_at": "yesterday"}, "local time"),
        ({"diagnoses": {}}, "expected a list"),
        ({"lines": [{"quantity": 1}]}, "item_code"),
        ({"lines": [{"item_code": "a"}]}, "amount or the unit price"),
        ({"lines": [{"item_code": "a", "amount": 1.005}]}, "at most 2 decimals"),
        ({"lines": [{"item_code": "a", "amount": "much"}]}, "at most 2 decimals"),
        ({"lines": [{"item_code": "a", "amount": True}]}, "at most 2 decimals"),
        ({"lines": [{"item_code": ["a"], "amount": 1}]}, "a text"),
        ({"lines": ["a"]}, "an object"),
        ({"diagnoses": [{"code": "I10", "is_main": "yes"}]}, "true or false"),
    ],
)
def test_what_cannot_be_read_is_named(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(BillError, match=words) as told:
        bill_from({**BILL, **changes}, TABLES)
    assert any("\u4e00" <= c <= "\u9fff" for c in told.value.zh)


def test_a_file_that_is_no_bill_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BillError, match="cannot be read"):
        read_bill(tmp_path / "nothing.json", TABLES)
    (tmp_path / "bill.json").write_bytes(b"\xff{")
    with pytest.raises(BillError, match="not JSON"):
        read_bill(tmp_path / "bill.json", TABLES)


# --- over the demo's ledger -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def checker(demo: Demo) -> Iterator[BillChecker]:
    with BillChecker(demo.ledger, load_lawbook()) as made:
        yield made


def planted(demo: Demo, law: str) -> dict[str, str]:
    with (demo.folder / "city" / "truth" / "truth.csv").open(encoding="utf-8") as file:
        return next(r for r in csv.DictReader(file) if r["truth_rule"] == law and r["truth_role"] == "positive")


@pytest.mark.slow
def test_a_contained_item_is_objected_to_before_it_is_paid(demo: Demo, checker: BillChecker, tmp_path: Path) -> None:
    row = planted(demo, "A01")
    lines = demo.ledger.slice(row["person_id"], ["charge_line"])["charge_line"].to_pylist()
    visit = next(x["encounter_id"] for x in lines if x["line_id"] == row["ref_id"])
    own = [x for x in lines if x["encounter_id"] == visit]
    doc = {
        "person_id": row["person_id"], "institution_id": own[0]["institution_id"], "settled_at": "2026-01-05 17:00:00",
        "encounter": {"kind": "11", "admitted_at": "2026-01-05 08:00:00"},
        "lines": [
            {"item_code": x["item_code"], "quantity": x["quantity"] / 1000, "amount": x["amount"] / 100,
             "charged_at": f"2026-01-05 09:{i:02d}:00"}
            for i, x in enumerate(own)
        ],
    }  # fmt: skip
    answer = checker.check(bill_from(doc, TABLES))
    assert not answer.failures
    found = [o for o in answer.objections if o.law.id == "A01"]
    assert found and all(o.law.text.result == "violation" and o.amount > 0 and o.lines for o in found)
    (tmp_path / "bill.json").write_text(json.dumps(doc), encoding="utf-8")
    words = ["check-bill", str(tmp_path / "bill.json"), "--ledger", str(demo.ledger.path)]
    done = CliRunner().invoke(app, [*words, "--json", "--strict"])
    assert done.exit_code == 3
    told = json.loads(done.output)
    assert {o["finding_id"] for o in told["objections"]} == {o.finding_id for o in answer.objections}
    shown = CliRunner().invoke(app, words).output
    assert "A01" in shown and "Traceback" not in shown


@pytest.mark.slow
def test_a_bill_with_nothing_against_it_is_silent_and_says_who_judged(demo: Demo, checker: BillChecker) -> None:
    doc = {**BILL, "person_id": "nobody", "settled_at": "2026-01-05 12:00:00"}
    answer = checker.check(bill_from(doc, TABLES))
    assert answer.objections == [] and answer.failures == []
    # Laws that start from codes on a bill are not asked about codes that they do not know.
    assert not {law.id for law in checker.laws if law.text.candidates} & set(answer.laws)
    for law in checker.laws:
        for code in list(checker.candidates)[:1]:
            assert law.text.candidates or law in checker.laws_on([code], bill_from(doc, TABLES).settled_at)
