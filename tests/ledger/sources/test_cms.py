"""Source `cms`: what a claim becomes, what is refused, and that the real files keep their rows and money."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from yibao.ledger.contracts import load_contracts
from yibao.ledger.ingest import ingest
from yibao.ledger.refusals import HeaderRefused, NothingToRead, UnreadableFile
from yibao.ledger.sources import get_source

CLAIM = {
    "BeneID": "B1", "ClaimID": "C1", "Provider": "P1", "ClaimStartDt": "2009-03-01", "ClaimEndDt": "2009-03-05",
    "AdmissionDt": "2009-03-01", "DischargeDt": "2009-03-04", "InscClaimAmtReimbursed": "5000",
    "DeductibleAmtPaid": "1068.0", "AttendingPhysician": "D1", "OperatingPhysician": "D2", "DiagnosisGroupCode": "291",
    "ClmAdmitDiagnosisCode": "4280", "ClmDiagnosisCode_1": "4280", "ClmDiagnosisCode_3": "V4571",
    "ClmProcedureCode_1": "3722",
}  # fmt: skip
PERSON = {
    "BeneID": "B1", "DOB": "1940-05-01", "DOD": "2009-05-01", "Gender": "2", "Race": "1", "State": "39",
    "RenalDiseaseIndicator": "Y", "County": "230", "NoOfMonths_PartACov": "12", "NoOfMonths_PartBCov": "12",
}  # fmt: skip


def write(folder: Path, relation: str, rows: list[dict[str, str]], name: str | None = None, drop: str = "") -> Path:
    columns = [c for c in get_source("cms").text.relations[relation].columns if c != drop]  # type: ignore[attr-defined]
    lines = [",".join(columns), *(",".join(row.get(c, "NA") for c in columns) for row in rows)]
    path = folder / (name or f"Train_{relation.title()}data.csv")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def read(folder: Path) -> dict[str, pa.Table]:
    tables = load_contracts()
    inputs = get_source("cms").inputs(folder, tables)
    return {i.table: pa.concat_tables(c().columns for c in i.chunks()) for i in inputs.items}


def test_a_claim_becomes_rows_of_seven_tables(tmp_path: Path) -> None:
    write(tmp_path, "inpatient", [CLAIM])
    write(tmp_path, "beneficiary", [PERSON])
    rows = {name: table.to_pylist() for name, table in read(tmp_path).items()}
    assert {name: len(found) for name, found in rows.items()} == {
        "person": 1, "institution": 1, "staff": 2, "encounter": 1, "settlement": 1, "diagnosis": 2, "procedure": 1,
    }  # fmt: skip
    bill = rows["settlement"][0]
    assert (bill["total_amount"], bill["fund_amount"], bill["deductible_amount"]) == ("6068.00", "5000", "1068.0")
    assert rows["encounter"][0]["admitted_at"] == "2009-03-01 00:00:00"
    assert rows["settlement"][0]["settled_at"] == "2009-03-05 00:00:00"
    assert [(d["sequence"], d["code"], d["is_main"]) for d in rows["diagnosis"]] == [
        ("1", "4280", "1"),
        ("3", "V4571", "0"),
    ]
    assert rows["procedure"][0]["surgeon_id"] == "D2"


def test_a_missing_deductible_stays_unknown(tmp_path: Path) -> None:
    write(tmp_path, "inpatient", [{**CLAIM, "DeductibleAmtPaid": "NA"}])
    write(tmp_path, "beneficiary", [PERSON])
    bill = read(tmp_path)["settlement"].to_pylist()[0]
    assert (bill["total_amount"], bill["deductible_amount"], bill["person_amount"]) == ("5000", None, None)


def test_an_amount_that_is_no_number_leaves_no_total(tmp_path: Path) -> None:
    """The ingest then quarantines the row: a total is required."""
    write(tmp_path, "inpatient", [{**CLAIM, "DeductibleAmtPaid": "free"}])
    write(tmp_path, "beneficiary", [PERSON])
    assert read(tmp_path)["settlement"].to_pylist()[0]["total_amount"] is None


def test_masked_deaths_end_with_their_month(tmp_path: Path) -> None:
    write(tmp_path, "inpatient", [CLAIM])
    write(tmp_path, "beneficiary", [PERSON, {**PERSON, "BeneID": "B2", "DOD": "NA"}])
    died = {row["person_id"]: row["death_date"] for row in read(tmp_path)["person"].to_pylist()}
    assert died == {"B1": "2009-05-31", "B2": None}


def test_exact_deaths_stay(tmp_path: Path) -> None:
    write(tmp_path, "inpatient", [CLAIM])
    write(tmp_path, "beneficiary", [PERSON, {**PERSON, "BeneID": "B2", "DOD": "2009-06-17"}])
    died = {row["person_id"]: row["death_date"] for row in read(tmp_path)["person"].to_pylist()}
    assert died == {"B1": "2009-05-01", "B2": "2009-06-17"}


def test_parquet_and_csv_give_the_same_rows(tmp_path: Path) -> None:
    first, second = tmp_path / "csv", tmp_path / "parquet"
    first.mkdir()
    second.mkdir()
    for relation, row in (("inpatient", CLAIM), ("beneficiary", PERSON)):
        path = write(first, relation, [row])
        duckdb.sql(f"copy (from read_csv('{path}', nullstr = 'NA')) to '{second}/{relation}.parquet'")
    ours, theirs = read(first), read(second)
    for name in ours:
        for mine, other in zip(ours[name].to_pylist(), theirs[name].to_pylist(), strict=True):
            assert {k: v for k, v in mine.items() if not k.endswith("amount")} == {
                k: v for k, v in other.items() if not k.endswith("amount")
            }
    assert theirs["settlement"]["total_amount"].to_pylist() == ["6068.00"]


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    write(tmp_path, "inpatient", [CLAIM], drop="DischargeDt")
    write(tmp_path, "beneficiary", [PERSON])
    with pytest.raises(HeaderRefused, match="DischargeDt"):
        read(tmp_path)


def test_files_must_be_there_once(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile):
        read(tmp_path / "nowhere")
    write(tmp_path, "inpatient", [CLAIM])
    with pytest.raises(NothingToRead, match="beneficiary"):
        read(tmp_path)
    write(tmp_path, "beneficiary", [PERSON])
    write(tmp_path, "inpatient", [CLAIM], name="inpatient_again.csv")
    with pytest.raises(NothingToRead, match="two files for inpatient"):
        read(tmp_path)


def test_ingest_quarantines_what_cannot_be_read_and_takes_a_file_once(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    write(raw, "inpatient", [CLAIM, {**CLAIM, "ClaimID": "C2", "DeductibleAmtPaid": "free", "DischargeDt": "soon"}])
    write(raw, "beneficiary", [PERSON])
    report = ingest(raw, "cms", tmp_path / "ledger")
    tally = {name: (t.rows_in, t.accepted, t.quarantined) for name, t in report.tables.items()}
    assert report.currency == "USD"
    assert tally["settlement"] == tally["encounter"] == (2, 1, 1)
    assert tally["diagnosis"] == (4, 4, 0)
    assert report.tables["settlement"].money_accepted == 606_800
    again = ingest(raw, "cms", tmp_path / "ledger")
    assert again.accepted == 0 and again.rows_in == again.duplicates + again.quarantined


def test_the_real_files_keep_rows_and_money(real_data: Path) -> None:
    tables = read(real_data / "fraud_us")
    raw = duckdb.sql(f"from read_parquet('{real_data}/fraud_us/inpatient.parquet')")
    count, reimbursed, deductible = raw.aggregate(
        "count(*), sum(InscClaimAmtReimbursed), sum(coalesce(DeductibleAmtPaid, 0))"
    ).fetchall()[0]
    bills = tables["settlement"]
    total = sum(round(float(x) * 100) for x in bills["total_amount"].to_pylist())
    assert bills.num_rows == tables["encounter"].num_rows == count == 23189
    assert total == 100 * (reimbursed + deductible)
    assert bills["deductible_amount"].null_count == 525
    assert tables["person"].num_rows == 19136 and tables["institution"].num_rows == 1237
