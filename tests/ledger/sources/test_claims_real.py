"""The real FHIR and X12 files: every claim's money counted again by a reader that knows nothing of ours."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from takings import Taken
from typer.testing import CliRunner

from yibao.cli.app import app

pytestmark = pytest.mark.slow
SUBMITTED = {"line_sbmtd_chrg_amt", "rev_cntr_tot_chrg_amt", "tot_rx_cst_amt"}


@pytest.fixture
def folder(real_data: Path) -> Path:
    return real_data / "claims_other" / "fhir_eob_x12_837"


def cents(value: Any) -> int:
    amount = Decimal(value) * 100
    assert amount == int(amount)
    return int(amount)


def eob_line(item: dict[str, Any]) -> int:
    asked = [
        part["amount"]["value"]
        for part in item["adjudication"]
        if part["category"]["coding"][0]["code"].rpartition("/")[2] in SUBMITTED and "amount" in part
    ]
    assert len(asked) == 1
    return cents(asked[0])


def money_of(taken: Taken, table: str, key: str, money: str) -> dict[str, int]:
    """Amounts by id, of what was accepted and of what was set aside."""
    found = {row[key]: row[money] for row in taken.table(table)}
    for row in taken.ledger.quarantine().to_pylist():
        if row["table_name"] == table and row["sequence"] == 1:
            raw = json.loads(row["raw"])
            name = next(value for field, value in raw.items() if field in ("id", "id / item.sequence"))
            assert name not in found
            found[name] = row["amount"]
    return found


def test_every_explanation_of_benefit(folder: Path, tmp_path: Path) -> None:
    path = folder / "sample_eob_200.ndjson.gz"
    with gzip.open(path, "rt", encoding="utf-8") as file:
        docs = [json.loads(text, parse_float=Decimal, parse_int=Decimal) for text in file]
    lines = {
        f"ExplanationOfBenefit/{doc['id']}/{item['sequence']}": eob_line(item) for doc in docs for item in doc["item"]
    }
    bills = {
        f"ExplanationOfBenefit/{doc['id']}": cents(doc["totalCost"]["value"])
        if "totalCost" in doc
        else sum(eob_line(item) for item in doc["item"])
        for doc in docs
    }
    assert len(bills) == len(docs) == 200
    taken = Taken("fhir", path, tmp_path / "ledger")
    taken.balances()
    assert taken.report.currency == "USD"
    assert money_of(taken, "settlement", "settlement_id", "total_amount") == bills
    assert money_of(taken, "charge_line", "line_id", "amount") == lines
    tallies = taken.report.tables
    assert (tallies["settlement"].money_in, tallies["charge_line"].money_in) == (
        sum(bills.values()),
        sum(lines.values()),
    )
    assert tallies["diagnosis"].rows_in == sum(len(doc.get("diagnosis", ())) for doc in docs)
    assert tallies["procedure"].rows_in == sum(len(doc.get("procedure", ())) for doc in docs)
    # Claims of before 1990 are out of the range of the contracts; 80 carrier lines name no service at all.
    assert taken.report.reasons == {"below_min": 90, "missing_value": 80}
    _judged(tmp_path / "ledger")


def test_every_837(folder: Path, tmp_path: Path) -> None:
    bills: Counter[str] = Counter()
    lines: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    for path in sorted(folder.glob("*.txt")):
        provider = number = ""
        for segment in re.split(r"~\s*", path.read_text(encoding="ascii")):
            name, *elements = segment.split("*")
            counts[name] += 1
            if name == "NM1" and elements[0] == "85":
                provider = elements[8]
            elif name == "CLM":
                number = f"{provider}/{elements[0]}"
                bills[number] += cents(elements[1])
            elif name == "SV1":
                lines[number] += cents(elements[1])
    assert bills == lines  # in these files each claim is what its lines are
    taken = Taken("x12", folder, tmp_path / "ledger")
    taken.balances()
    tallies = taken.report.tables
    assert (tallies["settlement"].rows_in, tallies["charge_line"].rows_in) == (counts["CLM"], counts["SV1"])
    assert tallies["settlement"].money_in == tallies["charge_line"].money_in == sum(bills.values())
    found: Counter[str] = Counter()
    for row in taken.table("settlement"):
        found[row["settlement_id"]] += row["total_amount"]
    for row in taken.ledger.quarantine().to_pylist():
        if row["table_name"] == "settlement" and row["sequence"] == 1:
            found[json.loads(row["raw"])["2010AA NM1-09 / 2300 CLM-01"]] += row["amount"]
    assert found == bills
    assert {row["x_drug"] for row in taken.table("charge_line")} == {None}
    # Two sets miscount their segments, one group its sets; one provider uses one number for two claims.
    assert sorted((name, code) for name, _, code, _ in taken.reasons()) == [
        ("sample_837_11.txt", "envelope_count"), ("sample_837_12.txt", "envelope_count"),
        ("sample_837_12.txt", "envelope_count"), ("sample_837_12.txt", "envelope_count"),
        ("sample_837_5.txt", "key_conflict"),
    ]  # fmt: skip
    _judged(tmp_path / "ledger")


def _judged(ledger: Path) -> None:
    """Quality laws and every other law work on such a ledger, and say what they lack."""
    runner = CliRunner()
    for command in ("quality", "run"):
        result = runner.invoke(app, [command, str(ledger), "--json"])
        assert result.exit_code == 0, result.output
        assert json.loads(result.stdout)
