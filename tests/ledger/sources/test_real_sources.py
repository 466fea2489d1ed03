"""Real files of other systems: every record and every amount, counted again by a reader that knows nothing of us."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from yibao.ledger import Ledger, open_ledger
from yibao.ledger.ingest import ingest
from yibao.ledger.report import IngestReport

Rows = list[dict[str, str]]


def take(path: Path, source: str, into: Path, currency: str | None = None) -> tuple[IngestReport, Ledger]:
    report = ingest(path, source, into, currency=currency)
    for name, tally in report.tables.items():
        assert tally.rows_in == tally.accepted + tally.quarantined + tally.duplicates, name
        assert tally.money_in == tally.money_accepted + tally.money_quarantined + tally.money_duplicates, name
    ledger = open_ledger(into)
    assert len([r for r in ledger.quarantine().to_pylist() if r["sequence"] == 1]) == report.quarantined
    return report, ledger


def table(ledger: Ledger, name: str) -> list[dict[str, Any]]:
    return [row for path in ledger.files(name) for row in pq.read_table(path).to_pylist()]


def naive(path: Path) -> Rows:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def cents(values: list[str]) -> int:
    return int(sum(Decimal(value or "0") for value in values) * 100)


# --- openIMIS --------------------------------------------------------------------------------------------------------

IMIS = {
    "insuree": "tblInsuree", "household": "tblFamilies", "enrolment": "tblInsureePolicy", "contribution": "tblPremium",
    "institution": "tblHF", "encounter": "tblClaim", "settlement": "tblClaim", "region": "tblLocations",
}  # fmt: skip


def test_openimis_keeps_every_version_and_every_amount(real_data: Path, tmp_path: Path) -> None:
    folder = real_data / "claims_other" / "openimis_demo"
    report, ledger = take(folder, "openimis", tmp_path / "ledger", "TZS")
    assert report.currency == "TZS"
    for name, file in IMIS.items():
        rows = naive(folder / f"{file}.csv")
        tally = report.tables["person" if name == "insuree" else name]
        old = [r for r in rows if r["ValidityTo"]]
        beyond = sum(r.get("LocationType") == "V" for r in rows if not r["ValidityTo"])
        assert (tally.rows_in, tally.quarantined) == (len(rows), len(old) + beyond), name
    premiums, claims = naive(folder / "tblPremium.csv"), naive(folder / "tblClaim.csv")
    for name, rows, column in (("contribution", premiums, "Amount"), ("settlement", claims, "Claimed")):
        tally = report.tables[name]
        assert tally.money_in == cents([r[column] for r in rows])
        assert tally.money_accepted == cents([r[column] for r in rows if not r["ValidityTo"]])
    in_force = {r["ClaimID"] for r in claims if not r["ValidityTo"]}
    lines = naive(folder / "tblClaimItems.csv") + naive(folder / "tblClaimServices.csv")
    amount = {True: Decimal(0), False: Decimal(0)}
    for line in lines:
        good = line["ClaimID"] in in_force and not line["ValidityTo"]
        amount[good] += Decimal(line["QtyProvided"]) * Decimal(line["PriceAsked"])
    tally = report.tables["charge_line"]
    assert tally.rows_in == len(lines)
    assert (tally.money_accepted, tally.money_quarantined) == (amount[True] * 100, amount[False] * 100)
    # What the lines of the claims in force ask adds up to what these claims ask.
    assert tally.money_accepted == report.tables["settlement"].money_accepted
    codes = Counter(r["code"] for r in ledger.quarantine().to_pylist())
    assert codes == {"superseded": report.quarantined - 14, "out_of_scope": 14}


def test_openimis_claims_and_lines_say_how_far_they_came(real_data: Path, tmp_path: Path) -> None:
    _, ledger = take(real_data / "claims_other" / "openimis_demo", "openimis", tmp_path / "ledger", "TZS")
    bills = {row["settlement_id"]: row for row in table(ledger, "settlement")}
    rejected, valuated, entered = bills["4"], bills["17"], bills["1"]
    assert (rejected["x_claim_status"], rejected["eligible_amount"], rejected["fund_amount"]) == ("rejected", 0, 0)
    assert (valuated["x_claim_status"], valuated["eligible_amount"]) == ("valuated", 790_000)
    assert (entered["x_claim_status"], entered["eligible_amount"], entered["fund_amount"]) == ("entered", None, None)
    lines = {row["line_id"]: row for row in table(ledger, "charge_line")}
    assert (lines["S18"]["amount"], lines["S18"]["eligible_amount"], lines["S18"]["fund_amount"]) == (80_000,) * 3
    refused = lines["I13"]
    assert (refused["amount"], refused["not_covered_amount"], refused["eligible_amount"]) == (100_000, 100_000, 0)
    assert (refused["x_status"], refused["x_rejection_reason"], refused["fund_amount"]) == ("rejected", "10", 0)
    assert lines["I1"]["eligible_amount"] is None  # nobody has reviewed it yet
    persons = {row["person_id"]: row for row in table(ledger, "person")}
    assert persons["1"]["name"] == "Joseph Macintyre" and persons["1"]["x_chf_id"] == "070707070"
    heads = {row["relative_id"]: (row["person_id"], row["relation"]) for row in table(ledger, "family_link")}
    assert heads["2"] == ("1", "spouse") and heads["3"] == ("1", "child")
    regions = {row["region_code"]: (row["level"], row["parent_code"]) for row in table(ledger, "region")}
    assert regions["R1D1"] == ("city", "R1") and regions["R1D1M1"] == ("county", "R1D1")


# --- OMOP ------------------------------------------------------------------------------------------------------------

OMOP = {
    "person": "person", "encounter": "visit_occurrence", "diagnosis": "condition_occurrence",
    "lab_result": "measurement", "procedure": "procedure_occurrence", "prescription": "drug_exposure",
    "exam_report": "measurement", "enrolment": "observation_period",
}  # fmt: skip


def test_omop_keeps_every_record_and_says_that_money_is_unknown(real_data: Path, tmp_path: Path) -> None:
    folder = real_data / "claims_other" / "omop_gibleed"
    report, ledger = take(folder, "omop", tmp_path / "ledger")
    raw = {name: pq.read_table(folder / f"{file}.parquet") for name, file in OMOP.items()}
    for name, rows in raw.items():
        assert report.tables[name].rows_in == rows.num_rows, name
    assert report.total.money_in == 0
    assert any("the money of these rows is unknown" in message for message in report.messages)
    assert not set(report.tables) & {"settlement", "charge_line"}
    early = {
        "encounter": sum(d.year < 1990 for d in raw["encounter"]["VISIT_START_DATE"].to_pylist()),
        "prescription": sum(d.year < 1990 for d in raw["prescription"]["DRUG_EXPOSURE_START_DATE"].to_pylist()),
        "enrolment": sum(d.year < 1950 for d in raw["enrolment"]["OBSERVATION_PERIOD_START_DATE"].to_pylist()),
        "diagnosis": raw["diagnosis"]["VISIT_OCCURRENCE_ID"].null_count,
    }
    assert {name: report.tables[name].quarantined for name in early} == early
    # The real file gives some measurement ids to two different measurements: one version of a record is kept.
    reports = raw["exam_report"].to_pylist()
    ids = Counter(row["MEASUREMENT_ID"] for row in reports if row["MEASUREMENT_DATE"].year >= 1990)
    conflicts = Counter(r["code"] for r in ledger.quarantine().to_pylist() if r["table_name"] == "exam_report")
    assert conflicts["key_conflict"] == sum(n - 1 for n in ids.values())
    concepts = {r["CONCEPT_ID"]: r for r in pq.read_table(folder / "concept.parquet").to_pylist()}
    wanted = {r["CONDITION_OCCURRENCE_ID"]: r for r in raw["diagnosis"].slice(0, 500).to_pylist()}
    seen = [row for row in table(ledger, "diagnosis") if row["sequence"] in wanted]
    assert len(seen) > 450
    for row in seen:
        one = wanted[row["sequence"]]
        concept = concepts[one["CONDITION_CONCEPT_ID"]]
        assert (row["code"], row["name"]) == (concept["CONCEPT_CODE"], concept["CONCEPT_NAME"])
        assert row["x_source_value"] == one["CONDITION_SOURCE_VALUE"]


def parquet(folder: Path, **tables: dict[str, list[Any]]) -> Path:
    folder.mkdir()
    for name, columns in tables.items():
        pq.write_table(pa.table(columns), folder / f"{name}.parquet")
    return folder


def test_omop_money_unmapped_codes_and_deaths(tmp_path: Path) -> None:
    """CDM 5.4 with what the real files lack: costs, payers, sites, deaths, concept 0, lower-case columns."""
    folder = parquet(
        tmp_path / "cdm",
        person={"person_id": [1, 2], "gender_concept_id": [8507, 8521], "year_of_birth": [1960, 1985],
                "month_of_birth": [2, None], "day_of_birth": [29, 7]},
        death={"person_id": [1], "death_date": ["2024-05-06"]},
        care_site={"care_site_id": [7], "care_site_name": ["Clinic"]},
        provider={"provider_id": [3], "provider_name": ["Dr"], "care_site_id": [7]},
        visit_occurrence={"visit_occurrence_id": [10, 11], "person_id": [1, 2], "visit_concept_id": [9203, 0],
                          "visit_start_date": ["2024-01-02"] * 2, "visit_end_date": ["2024-01-03", None],
                          "care_site_id": [7, None], "provider_id": [3, 0],
                          "discharged_to_concept_id": [4216643, None]},
        condition_occurrence={"condition_occurrence_id": [5], "person_id": [1], "condition_concept_id": [0],
                              "condition_start_date": ["2024-01-02"], "visit_occurrence_id": [10],
                              "condition_source_value": ["LOCAL9"]},
        drug_exposure={"drug_exposure_id": [20], "person_id": [1], "drug_concept_id": [99], "visit_occurrence_id": [10],
                       "drug_exposure_start_date": ["2024-01-02"], "quantity": [1.5], "days_supply": [3],
                       "drug_source_value": ["NDC1"]},
        payer_plan_period={"payer_plan_period_id": [30], "person_id": [1], "payer_source_value": ["Aetna"],
                           "payer_plan_period_start_date": ["2024-01-01"],
                           "payer_plan_period_end_date": ["2024-12-31"]},
        cost={"cost_id": [40, 41], "cost_event_id": [10, 20], "cost_domain_id": ["Visit", "Drug"],
              "total_charge": [100.1, None], "total_cost": [90.0, 12.34], "paid_by_payer": [80.05, 10.0],
              "paid_by_patient": [20.05, 2.34]},
        concept={"concept_id": [0, 99], "concept_name": ["No matching concept", "aspirin"],
                 "vocabulary_id": ["None", "RxNorm"], "concept_code": ["No matching concept", "1191"]},
    )  # fmt: skip
    report, ledger = take(folder, "omop", tmp_path / "ledger", "USD")
    assert report.quarantined == 0
    (bill,), (line,) = table(ledger, "settlement"), table(ledger, "charge_line")
    assert (bill["total_amount"], bill["fund_amount"], bill["person_amount"]) == (10_010, 8_005, 2_005)
    assert (bill["encounter_id"], bill["institution_id"]) == ("10", "7")
    assert (line["amount"], line["quantity"], line["item_code"], line["person_id"]) == (1_234, 1_500, "1191", "1")
    (diagnosis,) = table(ledger, "diagnosis")
    assert (diagnosis["code"], diagnosis["x_concept_id"], diagnosis["name"]) == ("LOCAL9", "0", None)
    assert "diagnosis: 1 conditions of concept 0 (unmapped) keep their source value" in report.messages
    assert "encounter: 1 visits of concept 0 (unmapped) stand as kind 99" in report.messages
    people = {row["person_id"]: row for row in table(ledger, "person")}
    assert str(people["1"]["birth_date"]) == "1960-02-29" and str(people["1"]["death_date"]) == "2024-05-06"
    assert str(people["2"]["birth_date"]) == "1985-01-01" and people["2"]["sex"] == "9"
    visits = {row["encounter_id"]: row for row in table(ledger, "encounter")}
    assert (visits["10"]["kind"], visits["10"]["discharge_way"], visits["11"]["institution_id"]) == ("13", "5", "0")
    assert {row["institution_id"] for row in table(ledger, "institution")} == {"7", "0"}
    assert [row["scheme"] for row in table(ledger, "enrolment")] == ["Aetna"]


# --- CMS DE-SynPUF ---------------------------------------------------------------------------------------------------


def layout(name: str) -> Callable[[Path], Path]:
    return lambda data: data / "claims_other" / "cms_synpuf_two_people" / name


@pytest.mark.parametrize("name", ["raw_cms_layout", "input"])
def test_synpuf_keeps_claims_lines_and_dollars(real_data: Path, tmp_path: Path, name: str) -> None:
    folder = layout(name)(real_data)
    report, ledger = take(folder, "synpuf", tmp_path / "ledger")
    held = {path.name.lower(): naive(path) for path in sorted(folder.glob("*.csv"))}

    def rows(part: str) -> Rows:
        return [row for file, found in held.items() if part in file for row in found]

    inpatient, outpatient, carrier, drugs = map(rows, ("inpatient", "outpatient", "carrier", "prescription"))
    claims = len(inpatient) + len(outpatient) + len(carrier) + len(drugs)
    assert report.tables["encounter"].accepted == report.tables["settlement"].accepted == claims == 8
    person = report.tables["person"]
    assert (person.rows_in, person.accepted, person.duplicates) == (6, 2, 4)
    facility = ("CLM_PMT_AMT", "NCH_PRMRY_PYR_CLM_PD_AMT", "NCH_BENE_BLOOD_DDCTBL_LBLTY_AM")
    total = sum(cents([r[c] for r in (*inpatient, *outpatient)]) for c in facility)
    total += sum(cents([r[c] for r in inpatient]) for c in ("NCH_BENE_IP_DDCTBL_AMT", "NCH_BENE_PTA_COINSRNC_LBLTY_AM"))
    total += sum(cents([r[c] for r in outpatient]) for c in ("NCH_BENE_PTB_DDCTBL_AMT", "NCH_BENE_PTB_COINSRNC_AMT"))
    allowed = sum(cents([r[f"LINE_ALOWD_CHRG_AMT_{n}"] for r in carrier]) for n in range(1, 14))
    paid = cents([r["TOT_RX_CST_AMT"] for r in drugs])
    assert report.tables["settlement"].money_accepted == total + allowed + paid
    assert report.tables["charge_line"].money_accepted == allowed + paid
    codes = sum(bool(r[c]) for r in (*inpatient, *outpatient, *carrier) for c in r if c.startswith("ICD9_DGNS"))
    assert report.tables["diagnosis"].accepted == codes
    spans = {row["enrolment_id"]: row for row in table(ledger, "enrolment")}
    assert len(spans) == 12 and str(spans["0002056B40CEE448-2009-A"]["end_date"]) == "2009-12-31"


def test_both_layouts_of_synpuf_say_the_same(real_data: Path, tmp_path: Path) -> None:
    """The trimmed files are the same claims: taken after the others they add nothing."""
    take(layout("raw_cms_layout")(real_data), "synpuf", tmp_path / "ledger")
    report, _ = take(layout("input")(real_data), "synpuf", tmp_path / "ledger")
    assert (report.accepted, report.quarantined) == (0, 0)
