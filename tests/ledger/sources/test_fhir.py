"""Source `fhir`: what becomes of each kind of resource and document, and what is set aside or refused."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest
from takings import Taken, rows_of

from yibao.ledger.refusals import BinaryFile, EmptyFile, NothingToRead, WrongCurrency
from yibao.ledger.sources.fhir.documents import NotJson

Resource = dict[str, Any]


def number(text: str) -> str:
    """A number that is written with exactly these digits; see :func:`dumps`."""
    return f"#{text}#"


def dumps(value: Any, indent: int | None = None) -> str:
    return re.sub(r'"#([^"]*)#"', r"\1", json.dumps(value, ensure_ascii=False, indent=indent))


def usd(value: str, currency: str = "USD") -> Resource:
    return {"value": number(value), "currency": currency}


def code(text: str, system: str = "http://terminology.hl7.org/CodeSystem/x", display: str | None = None) -> Resource:
    return {"coding": [{"system": system, "code": text, **({"display": display} if display else {})}]}


def judged(category: str, value: str) -> Resource:
    return {"category": code(category), "amount": usd(value)}


def eob(number: str = "e1", **more: Any) -> Resource:
    """An explanation of benefit of one office visit, 120.00 asked and 80.00 paid."""
    return {
        "resourceType": "ExplanationOfBenefit", "id": number, "status": "active", "use": "claim", "outcome": "complete",
        "type": code("professional"), "patient": {"reference": "Patient/p1"}, "created": "2025-03-05",
        "provider": {"reference": "Organization/o1"}, "insurer": {"reference": "Organization/payer"},
        "billablePeriod": {"start": "2025-03-01", "end": "2025-03-01"},
        "careTeam": [{"sequence": 1, "provider": {"reference": "Practitioner/d1"}, "responsible": True}],
        "diagnosis": [{"sequence": 1, "diagnosisCodeableConcept": code("E11.9", "http://hl7.org/fhir/sid/icd-10-cm")}],
        "item": [{
            "sequence": 1, "productOrService": code("99213", "http://www.ama-assn.org/go/cpt", "Office visit"),
            "servicedDate": "2025-03-01", "quantity": {"value": 1}, "net": usd("120.00"),
            "adjudication": [judged("eligible", "100.00"), judged("benefit", "80.00"), judged("noncovered", "20.00")],
        }],
        "total": [judged("submitted", "120.00"), judged("benefit", "80.00"), judged("deductible", "20.00")],
        "payment": {"date": "2025-03-20", "amount": usd("80.00")},
        **more,
    }  # fmt: skip


def claim(number: str = "c1", **more: Any) -> Resource:
    return {
        "resourceType": "Claim", "id": number, "status": "active", "use": "claim", "type": code("professional"),
        "patient": {"reference": "Patient/p1"}, "created": "2025-03-02T10:30:00.250+01:00",
        "provider": {"reference": "Organization/o1"}, "item": [line(1, "50.00")], "total": usd("50.00"), **more,
    }  # fmt: skip


def line(sequence: int, net: str | None, **more: Any) -> Resource:
    item = {"sequence": sequence, "productOrService": code("99213"), "servicedDate": "2025-03-01", **more}
    return item if net is None else {**item, "net": usd(net)}


def write(path: Path, *resources: Any, indent: int | None = None) -> Path:
    """NDJSON, or with ``indent`` one document."""
    texts = [dumps(resource, indent) for resource in resources]
    path.write_text("\n".join(texts) + "\n", encoding="utf-8")
    return path


def test_an_explanation_of_benefit_becomes_rows(tmp_path: Path) -> None:
    rows = rows_of("fhir", write(tmp_path / "a.ndjson", eob()))
    bill = rows["settlement"][0]
    assert {name: bill[name] for name in bill if not name.startswith(("x_", "_"))} == {
        "settlement_id": "ExplanationOfBenefit/e1", "encounter_id": "ExplanationOfBenefit/e1",
        "person_id": "Patient/p1", "institution_id": "Organization/o1", "kind": "11",
        "settled_at": "2025-03-20 00:00:00", "total_amount": "120.00", "deductible_amount": "20.00",
        "fund_amount": "80.00",
    }  # fmt: skip
    assert (bill["x_total_from"], bill["x_lines"], bill["x_outcome"]) == ("total", "120.00", "complete")
    charged = rows["charge_line"][0]
    assert {name: charged[name] for name in charged if not name.startswith("_")} == {
        "line_id": "ExplanationOfBenefit/e1/1", "settlement_id": "ExplanationOfBenefit/e1",
        "encounter_id": "ExplanationOfBenefit/e1", "person_id": "Patient/p1", "institution_id": "Organization/o1",
        "item_code": "99213", "item_name": "Office visit", "quantity": "1", "amount": "120.00",
        "not_covered_amount": "20.00", "eligible_amount": "100.00", "fund_amount": "80.00",
        "charged_at": "2025-03-01 00:00:00", "staff_id": "Practitioner/d1",
        "x_code_system": "http://www.ama-assn.org/go/cpt",
        "x_adjudication": "eligible=100.00;benefit=80.00;noncovered=20.00",
    }  # fmt: skip
    assert rows["settlement_layer"] == [
        {"settlement_id": "ExplanationOfBenefit/e1", "layer": "Organization/payer", "person_id": "Patient/p1",
         "amount": "80.00", "note": "benefit"}
    ]  # fmt: skip
    assert rows["diagnosis"] == [
        {"encounter_id": "ExplanationOfBenefit/e1", "sequence": "1", "person_id": "Patient/p1", "code": "E11.9",
         "code_version": "ICD-10-CM", "is_main": "1"}
    ]  # fmt: skip
    assert rows["encounter"][0]["main_diagnosis"] == "E11.9"
    assert rows["person"] == [{"person_id": "Patient/p1"}]
    assert rows["staff"] == [{"staff_id": "Practitioner/d1", "kind": "doctor"}]


def test_lines_are_the_details_when_each_has_an_amount(tmp_path: Path) -> None:
    whole = line(1, "30.00", detail=[
        line(1, "10.00"),
        line(2, "20.00", subDetail=[line(1, "5.00"), line(2, "15.00")]),
    ])  # fmt: skip
    partial = line(2, "20.00", detail=[line(1, "15.00"), line(2, None)])
    added = {"productOrService": code("A1"), "net": usd("7.00")}
    rows = rows_of("fhir", write(tmp_path / "a.ndjson", claim(item=[whole, partial], addItem=[added], total=None)))
    lines = {row["line_id"].removeprefix("Claim/c1/"): row["amount"] for row in rows["charge_line"]}
    assert lines == {"1.1": "10.00", "1.2.1": "5.00", "1.2.2": "15.00", "2": "20.00", "add1": "7.00"}
    bill = rows["settlement"][0]
    assert bill["x_total_from"] == "items"
    assert float(bill["total_amount"]) == 57


def test_a_total_that_differs_from_its_lines_is_kept(tmp_path: Path) -> None:
    bill = rows_of("fhir", write(tmp_path / "a.ndjson", claim(total=usd("49.99"))))["settlement"][0]
    assert (bill["total_amount"], bill["x_lines"], bill["x_total_from"]) == ("49.99", "50.00", "total")


def test_stu3_names_are_read(tmp_path: Path) -> None:
    money = {"value": number("812.5"), "system": "urn:iso:std:iso:4217", "code": "USD"}
    old = {
        "resourceType": "ExplanationOfBenefit", "id": "i1", "status": "active", "type": code("INPATIENT"),
        "patient": {"reference": "Patient/p1"}, "organization": {"identifier": {"value": "999"}},
        "hospitalization": {"start": "2020-03-13", "end": "2020-03-22"}, "totalCost": money,
        "billablePeriod": {"start": "2020-03-13", "end": "2020-03-22"},
        "insurance": {"coverage": {"reference": "Coverage/a"}},
        "item": [{"sequence": 1, "service": code("J0001"), "adjudication": [
            {"category": code("https://x/variables/rev_cntr_tot_chrg_amt"), "amount": money}]}],
    }  # fmt: skip
    rows = rows_of("fhir", write(tmp_path / "a.ndjson", old))
    assert (rows["settlement"][0]["kind"], rows["settlement"][0]["total_amount"]) == ("21", "812.5")
    assert rows["settlement"][0]["x_coverage"] == "Coverage/a"
    assert rows["encounter"][0]["discharged_at"] == "2020-03-22 00:00:00"
    assert (rows["charge_line"][0]["amount"], rows["charge_line"][0]["item_code"]) == ("812.5", "J0001")
    assert rows["institution"] == [{"institution_id": "999"}]


def bundle(*entries: tuple[str, Resource], kind: str = "collection") -> Resource:
    listed = [{"fullUrl": url, "resource": resource} for url, resource in entries]
    return {"resourceType": "Bundle", "type": kind, "entry": listed}


def test_references_inside_a_bundle_are_followed(tmp_path: Path) -> None:
    """urn:uuid, a server's address with a version, a search, a contained resource, an Encounter, a Condition."""
    nameless = claim(
        patient={"reference": "urn:uuid:aa"},
        provider={"reference": "https://x.example/fhir/Organization/o7/_history/3"},
        careTeam=[{"sequence": 1, "provider": {"reference": "Practitioner?identifier=http://npi|123"}}],
        diagnosis=[{"sequence": 1, "diagnosisReference": {"reference": "urn:uuid:cc"}}],
        item=[line(1, "50.00", encounter=[{"reference": "urn:uuid:bb"}])],
        insurance=[{"focal": True, "coverage": {"reference": "#cover"}}],
        contained=[{"resourceType": "Coverage", "id": "cover", "type": code("HIP"), "beneficiary": {"reference": "#me"},
                    "status": "active", "period": {"start": "2025-01-01"}}],
    )  # fmt: skip
    del nameless["id"]
    doc = bundle(
        ("urn:uuid:aa", {"resourceType": "Patient", "id": "pat", "gender": "female", "birthDate": "1970-02-03"}),
        ("urn:uuid:bb", {"resourceType": "Encounter", "class": {"code": "IMP"}, "subject": {"reference": "urn:uuid:aa"},
                         "status": "finished", "period": {"start": "2025-02-27T08:00:00Z", "end": "2025-03-01"}}),
        ("urn:uuid:cc", {"resourceType": "Condition", "id": "k", "code": code("J18", "http://hl7.org/fhir/sid/icd-10")}),
        ("urn:uuid:dd", nameless),
    )  # fmt: skip
    rows = rows_of("fhir", write(tmp_path / "a.json", doc, indent=1))
    bill = rows["settlement"][0]
    assert (bill["settlement_id"], bill["person_id"], bill["institution_id"]) == (
        "Claim/dd", "Patient/pat", "Organization/o7",
    )  # fmt: skip
    assert (bill["encounter_id"], bill["kind"], bill["scheme"]) == ("Encounter/bb", "21", "HIP")
    assert rows["encounter"] == [
        {"encounter_id": "Encounter/bb", "person_id": "Patient/pat", "institution_id": "Organization/o7", "kind": "21",
         "scheme": "HIP", "staff_id": "123", "admitted_at": "2025-02-27 08:00:00",
         "discharged_at": "2025-03-01 00:00:00", "main_diagnosis": "J18", "x_class": "IMP"}
    ]  # fmt: skip
    assert rows["diagnosis"][0]["code"] == "J18"
    assert rows["person"] == [
        {"person_id": "Patient/pat", "sex": "2", "birth_date": "1970-02-03", "x_birth_date": "1970-02-03"}
    ]
    assert rows["enrolment"][0]["enrolment_id"] == "Claim/dd#cover"
    assert rows["enrolment"][0]["person_id"] == "Claim/dd#me"


def test_ids_with_quotes_do_not_break_their_bundle(tmp_path: Path) -> None:
    odd = {"resourceType": "Patient", "id": 'a"b\\c'}
    doc = bundle(("urn:uuid:1", odd), ("urn:uuid:2", claim(patient={"reference": "urn:uuid:1"})))
    rows = rows_of("fhir", write(tmp_path / "a.json", doc))
    assert rows["settlement"][0]["person_id"] == 'Patient/a"b\\c' == rows["person"][0]["person_id"]


def test_claims_of_one_encounter_do_not_share_numbers(tmp_path: Path) -> None:
    visit = {"resourceType": "Encounter", "id": "v", "class": {"code": "AMB"}, "subject": {"reference": "Patient/p1"},
             "status": "finished", "period": {"start": "2025-03-01"}}  # fmt: skip
    item = [line(1, "5.00", encounter=[{"reference": "Encounter/v"}])]
    listed = [{"sequence": n, "diagnosisCodeableConcept": code(f"I1{n}")} for n in (1, 2)]
    write(tmp_path / "a.ndjson", claim("c1", item=item, diagnosis=listed), claim("c2", item=item, diagnosis=listed[:1]))
    write(tmp_path / "b.ndjson", visit)
    found = {(row["encounter_id"], row["sequence"], row["code"]) for row in rows_of("fhir", tmp_path)["diagnosis"]}
    assert found == {("Encounter/v", "1", "I11"), ("Encounter/v", "2", "I12"), ("Encounter/v", "3", "I11")}


@pytest.mark.parametrize("form", ["ndjson", "crlf", "mark", "gz", "array", "bundle", "pretty", "bundles", "one line"])
def test_every_form_of_file_gives_the_same_rows(tmp_path: Path, form: str) -> None:
    two = [eob("e1"), claim("c1")]
    lines = [dumps(each) for each in two]
    path = tmp_path / ("a.json" if form in ("array", "bundle", "pretty", "bundles", "one line") else "a.ndjson")
    inside = bundle(("http://x/ExplanationOfBenefit/e1", two[0]), ("http://x/Claim/c1", two[1]), kind="searchset")
    text = {
        "ndjson": "\n\n".join(lines), "crlf": "\r\n".join(lines) + "\r\n", "mark": "\ufeff" + "\n".join(lines),
        "gz": "\n".join(lines), "array": dumps(two, 2), "bundle": dumps(inside, 2),
        "pretty": dumps([inside], 4).replace('":', '" :'),
        "bundles": "\n".join(dumps(bundle(("http://x", one))) for one in two), "one line": dumps(inside),
    }[form]  # fmt: skip
    path.write_bytes(text.encode())
    if form == "gz":
        path = tmp_path / "a.ndjson.gz"
        path.write_bytes(gzip.compress(text.encode()))
    rows = rows_of("fhir", path)
    plain = rows_of("fhir", write(tmp_path / "plain.ndjson", *two))
    for table in plain:
        assert sorted(map(str, rows[table])) == sorted(map(str, plain[table]))


def test_digits_are_those_of_the_text(tmp_path: Path) -> None:
    """Also those that no floating-point number keeps; what is no exact amount is set aside as it stands."""
    amounts = ["0.1", "1234567890.10", "20.0000000000000001", "1e2", "123456789012345678901234567890", "-0.00", "7"]
    items = [line(n, amount) for n, amount in enumerate(amounts, 1)]
    path = write(tmp_path / "a.ndjson", claim(item=items))
    lines = rows_of("fhir", path)["charge_line"]
    assert [row["amount"] for row in lines] == amounts
    taken = Taken("fhir", path, tmp_path / "ledger")
    assert {row["line_id"][-1]: row["amount"] for row in taken.table("charge_line")} == {
        "1": 10, "2": 123456789010, "6": 0, "7": 700,
    }  # fmt: skip
    assert [value for _, _, code_, value in taken.reasons("charge_line") if code_ == "not_money"] == [
        amounts[2], amounts[3], amounts[4],
    ]  # fmt: skip
    taken.balances()


def test_what_is_no_claim_in_force_is_set_aside_with_all_its_rows(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.ndjson",
        eob("e1"), eob("e2", status="cancelled"), eob("e3", status="entered-in-error"), eob("e4", status="draft"),
        eob("e5", use="preauthorization"), eob("e6", use="predetermination"), eob("e7", outcome="error"),
        eob("e8", outcome="queued"), eob("e9", outcome="partial"),
    )  # fmt: skip
    taken = Taken("fhir", path, tmp_path / "ledger")
    assert [(row, code_, value) for _, row, code_, value in taken.reasons()] == [
        (2, "claim_status", "cancelled"), (3, "claim_status", "entered-in-error"), (4, "claim_status", "draft"),
        (5, "claim_use", "preauthorization"), (6, "claim_use", "predetermination"), (7, "claim_outcome", "error"),
        (8, "claim_outcome", "queued"),
    ]  # fmt: skip
    for table in ("settlement", "charge_line", "settlement_layer", "encounter", "diagnosis"):
        assert (taken.report.tables[table].accepted, taken.report.tables[table].quarantined) == (2, 7)
    assert taken.report.tables["settlement"].money_quarantined == 7 * 12000
    fields = {row["field"] for row in taken.ledger.quarantine().to_pylist()}
    assert fields == {"status", "use", "outcome"}


def test_one_ledger_has_one_currency(tmp_path: Path) -> None:
    bare = claim("c4", total={"value": 50})
    path = write(
        tmp_path / "a.ndjson", claim("c1"), claim("c2", total=usd("50.00", "EUR")),
        claim("c3", total=usd("50.00", "EUR"), item=[{**line(1, None), "net": usd("50.00", "EUR")}]), bare,
    )  # fmt: skip
    taken = Taken("fhir", path, tmp_path / "ledger")
    assert taken.report.currency == "USD"
    assert [(row, code_, value) for _, row, code_, value in taken.reasons()] == [
        (2, "other_currency", "EUR, USD"), (3, "other_currency", "EUR"), (4, "no_currency", None),
    ]  # fmt: skip
    with pytest.raises(WrongCurrency):
        Taken("fhir", path, tmp_path / "other", currency="CNY")
    assert not (tmp_path / "other").exists()


def test_the_answer_counts_for_its_claim_wherever_it_is(tmp_path: Path) -> None:
    write(tmp_path / "Claim.ndjson", claim("c1"), claim("c2"), claim("c3"))
    write(
        tmp_path / "Eob.ndjson", eob("e1", claim={"reference": "Claim/c1"}),
        eob("e2", claim={"reference": "Claim/c2"}, status="cancelled"),
    )  # fmt: skip
    taken = Taken("fhir", tmp_path, tmp_path / "ledger")
    assert taken.reasons() == [
        ("Claim.ndjson", 1, "answered", "ExplanationOfBenefit/e1"), ("Eob.ndjson", 2, "claim_status", "cancelled"),
    ]  # fmt: skip
    assert {row["settlement_id"] for row in taken.table("settlement")} == {
        "Claim/c2", "Claim/c3", "ExplanationOfBenefit/e1",
    }  # fmt: skip


def test_of_several_versions_the_last_counts(tmp_path: Path) -> None:
    old = {"lastUpdated": "2025-03-01T00:00:00Z"}
    new = {"lastUpdated": "2025-04-01T00:00:00Z"}
    path = write(
        tmp_path / "a.ndjson", eob("e1", meta=old), eob("e1", meta=new, total=[judged("submitted", "99.00")]),
        eob("e2"), eob("e2"), eob("e3"), eob("e3", total=[judged("submitted", "1.00")]),
    )  # fmt: skip
    taken = Taken("fhir", path, tmp_path / "ledger")
    assert [(row, code_, value) for _, row, code_, value in taken.reasons()] == [
        (1, "superseded", old["lastUpdated"]), (6, "key_conflict", "ExplanationOfBenefit/e3"),
    ]  # fmt: skip
    assert {row["settlement_id"][-2:]: row["total_amount"] for row in taken.table("settlement")} == {
        "e1": 9900, "e2": 12000, "e3": 12000,
    }  # fmt: skip
    assert taken.report.tables["settlement"].duplicates == 1
    taken.balances()


def test_a_claim_replaced_among_the_files_no_longer_counts(tmp_path: Path) -> None:
    prior = {"relationship": code("prior")}
    path = write(
        tmp_path / "a.ndjson", claim("c1"), claim("c2", related=[{"claim": {"reference": "Claim/c1"}, **prior}]),
        claim("c3", identifier=[{"value": "N3"}]), claim("c4", related=[{"reference": {"value": "N3"}, **prior}]),
        claim("c5", related=[{"claim": {"reference": "Claim/elsewhere"}, **prior}]),
    )  # fmt: skip
    taken = Taken("fhir", path, tmp_path / "ledger")
    assert [(row, code_, value) for _, row, code_, value in taken.reasons()] == [
        (1, "superseded", "Claim/c2"), (3, "superseded", "Claim/c4"),
    ]  # fmt: skip
    replaces = {row["settlement_id"]: row["x_replaces"] for row in taken.table("settlement")}
    assert replaces == {"Claim/c2": "Claim/c1", "Claim/c4": "Claim/c3", "Claim/c5": "Claim/elsewhere"}


def test_a_negative_claim_reverses_the_one_it_names(tmp_path: Path) -> None:
    taken_back = claim(
        "c2", total=usd("-50.00"), item=[{**line(1, "-50.00"), "quantity": {"value": -1}}],
        related=[{"claim": {"reference": "Claim/c1"}}],
    )  # fmt: skip
    taken = Taken("fhir", write(tmp_path / "a.ndjson", claim("c1"), taken_back), tmp_path / "ledger")
    assert not taken.reasons()
    bills = {row["settlement_id"]: row for row in taken.table("settlement")}
    assert (bills["Claim/c2"]["reversed_settlement_id"], bills["Claim/c2"]["total_amount"]) == ("Claim/c1", -5000)
    lines = {row["line_id"]: row for row in taken.table("charge_line")}
    assert (lines["Claim/c2/1"]["reversed_line_id"], lines["Claim/c2/1"]["quantity"]) == ("Claim/c1/1", -1000)


def test_broken_lines_cost_themselves_only(tmp_path: Path) -> None:
    good = [dumps(claim(f"c{n}")) for n in range(3)]
    lines: list[bytes] = [
        good[0].encode(), good[1].encode()[:-9], b'{"resourceType":"Claim","id":"\xff"}', b'"text"', b'{"id":"x"}',
        b"[1]", dumps(claim("w", item={"sequence": 1})).encode(),
        dumps(claim("v", item=[{"net": 5}])).encode(),
        b'{"resourceType":"Patient"}', b'{"resourceType":"Foo"}', good[2].encode(), b"\x00",
    ]  # fmt: skip
    path = tmp_path / "a.ndjson"
    path.write_bytes(b"\n".join(lines))
    taken = Taken("fhir", path, tmp_path / "ledger")
    assert sorted((row, code_, value) for _, row, code_, value in taken.reasons()) == [
        (2, "bad_json", None), (3, "bad_json", None), (4, "no_resource", None), (5, "no_resource", None),
        (6, "no_resource", None), (7, "bad_structure", "item: {…}"), (8, "bad_structure", "item[0].net: 5"),
        (12, "bad_json", None),
    ]  # fmt: skip
    assert taken.reasons("person") == [("a.ndjson", 9, "no_id", "Patient")]
    assert any(message.startswith("Foo: 1 resource") for message in taken.report.messages)
    assert taken.report.tables["settlement"].accepted == 2
    taken.balances()


def test_records_that_only_one_of_two_readers_takes(tmp_path: Path) -> None:
    """A misshapen record is looked at a second time, by a reader that is stricter and has limits of its own."""
    deep = '{"resourceType":"Claim","id":"d","item":5,"x":' + "[" * 5_000 + "]" * 5_000 + "}"
    huge = '{"resourceType":"Claim","id":"h","item":5,"x":' + "9" * 5_000 + "}"
    comma = '{"resourceType":"Claim","id":"k","item":5,}'
    path = tmp_path / "a.ndjson"
    path.write_text("\n".join([dumps(claim("c0")), deep, huge, comma]), encoding="utf-8")
    taken = Taken("fhir", path, tmp_path / "ledger")
    assert sorted((row, code_, value) for _, row, code_, value in taken.reasons()) == [
        (2, "bad_structure", "nested too deeply"), (3, "bad_structure", "item: 5"), (4, "bad_json", None),
    ]  # fmt: skip


def test_what_a_claim_lacks_is_told_in_its_own_words(tmp_path: Path) -> None:
    poor = claim("c1", patient=None, provider=None, created=None, item=[{"sequence": 1, "net": usd("5.00")}])
    taken = Taken("fhir", write(tmp_path / "a.ndjson", claim("c0"), poor), tmp_path / "ledger")
    kept = taken.ledger.quarantine().to_pylist()
    told = {(row["table_name"], row["field"], row["code"]) for row in kept}
    assert {
        ("settlement", "patient", "missing_value"),
        ("settlement", "organization / provider / facility / careTeam", "missing_value"),
        ("settlement", "payment.date / created / billablePeriod", "missing_value"),
        ("charge_line", "item.productOrService / item.revenue", "missing_value"),
    } <= told  # fmt: skip


def test_people_who_contradict_themselves_are_told(tmp_path: Path) -> None:
    write(
        tmp_path / "Patient.ndjson", {"resourceType": "Patient", "id": "p1", "gender": "male"},
        {"resourceType": "Patient", "id": "p1", "name": [{"family": "Li", "given": ["Wei"]}]},
        {"resourceType": "Patient", "id": "p2", "gender": "male"},
        {"resourceType": "Patient", "id": "p2", "gender": "female"},
    )  # fmt: skip
    write(tmp_path / "Eob.ndjson", eob("e1"))
    taken = Taken("fhir", tmp_path, tmp_path / "ledger")
    people = {row["person_id"]: (row["sex"], row["name"]) for row in taken.table("person")}
    assert people == {"Patient/p1": ("1", "Li, Wei"), "Patient/p2": ("1", None)}
    assert taken.reasons("person") == [("Patient.ndjson", 4, "key_conflict", "Patient/p2")]


def test_the_same_files_again_change_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "raw"
    folder.mkdir()
    write(folder / "a.ndjson", eob("e1"), claim("c1"))
    Taken("fhir", folder, tmp_path / "ledger")
    again = Taken("fhir", folder, tmp_path / "ledger")
    assert again.report.batch_id is None
    write(folder / "b.ndjson", eob("e2"))
    more = Taken("fhir", folder, tmp_path / "ledger")
    assert (more.report.tables["settlement"].accepted, more.report.tables["settlement"].duplicates) == (1, 2)


@pytest.mark.parametrize(
    ("content", "refusal", "said"),
    [
        (b"", EmptyFile, "empty"),
        (b" \n \n", EmptyFile, "empty"),
        (b"\xff\xfe{\x00", BinaryFile, "UTF-16"),
        (b"<Bundle/>", BinaryFile, "XML"),
        (b'{\n "resourceType": "Claim",\n "id": }', NotJson, "line 3, column 8"),
        (b"nothing\nat all\n", NotJson, "line 1"),
        (b"[" * 100_000, NotJson, "no JSON"),
    ],
)
def test_what_is_no_json_is_refused(tmp_path: Path, content: bytes, refusal: type[Exception], said: str) -> None:
    for name in ("a.json", "a.ndjson"):
        path = tmp_path / name
        path.write_bytes(content)
        if name == "a.json":
            with pytest.raises(refusal, match=said):
                rows_of("fhir", path)
        else:
            with pytest.raises(refusal):
                rows_of("fhir", path)
    with pytest.raises(NothingToRead):
        rows_of("fhir", tmp_path / "..")


def test_deep_nesting_is_no_trap(tmp_path: Path) -> None:
    deep = dumps(claim("c1")).replace('"id"', '"x": ' + "[" * 5_000 + "]" * 5_000 + ', "id"', 1)
    path = tmp_path / "a.ndjson"
    path.write_text(dumps(claim("c0")) + "\n" + deep + "\n", encoding="utf-8")
    assert len(rows_of("fhir", path)["settlement"]) == 2
