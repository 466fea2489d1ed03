"""Source `x12`: what becomes of an 837, of its envelopes, and of claims that follow one another."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from interchanges import INSTITUTIONAL, Marks, bill, billing, interchange, one_set, subscriber
from takings import Taken, rows_of

from yibao.ledger.contracts import load_contracts
from yibao.ledger.refusals import BinaryFile, EmptyFile, NothingToRead, WrongCurrency
from yibao.ledger.sources import get_source
from yibao.ledger.sources.x12.interchange import BadEnvelope


def write(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def office(*bills: list, **options: object) -> str:
    return interchange(one_set(billing(), *[part for each in bills for part in (subscriber(), each)]), **options)


def test_a_professional_claim_becomes_rows(tmp_path: Path) -> None:
    told = bill(
        "A1", "150.50", ("REF", "D9", "CLEAR1"), ("AMT", "F5", "20"),
        ("NM1", "82", "1", "HOUSE", "GREGORY", "", "", "", "XX", "2222222222"), ("PRV", "PE", "PXC", "207R00000X"),
        ("NM1", "77", "2", "PLACE", "", "", "", "", "XX", "3333333333"), lines=["100", "50.5"],
    )  # fmt: skip
    rows = rows_of("x12", write(tmp_path / "a.x12", office(told)))
    assert rows["settlement"] == [
        {"settlement_id": "1111111111/A1", "encounter_id": "1111111111/A1", "person_id": "M1",
         "institution_id": "1111111111", "scheme": "US-CI", "kind": "11", "settled_at": "2025-03-10 09:30:00",
         "total_amount": "150.50", "cash_amount": "20", "x_frequency": "1", "x_clearing_number": "CLEAR1",
         "x_payer": "P9", "x_payer_name": "PAYER", "x_payer_rank": "P", "x_group_number": "G1", "x_place": "11",
         "x_place_kind": "B", "x_guide": "005010X222A1", "x_purpose": "CH"}
    ]  # fmt: skip
    assert rows["charge_line"][1] == {
        "line_id": "1111111111/A1/2", "settlement_id": "1111111111/A1", "encounter_id": "1111111111/A1",
        "person_id": "M1", "institution_id": "1111111111", "item_code": "99212", "quantity": "1", "amount": "50.5",
        "charged_at": "2025-03-01 00:00:00", "staff_id": "2222222222", "x_code_kind": "HC", "x_modifiers": "25",
        "x_unit": "UN", "x_place": "11", "x_diagnosis_pointers": "1", "x_served": "20250301", "x_line_number": "2",
    }  # fmt: skip
    assert [(row["sequence"], row["code"], row["is_main"], row["code_version"]) for row in rows["diagnosis"]] == [
        ("1", "E119", "1", "ICD-10-CM"), ("2", "I10", "0", "ICD-10-CM"),
    ]  # fmt: skip
    assert rows["encounter"][0]["admitted_at"] == "2025-03-01 00:00:00"
    assert (rows["encounter"][0]["main_diagnosis"], rows["encounter"][0]["x_facility"]) == ("E119", "3333333333")
    assert rows["person"] == [
        {"person_id": "M1", "name": "DOE, JANE", "sex": "2", "birth_date": "1970-02-03", "address": "SPRINGFIELD",
         "x_state": "IL", "x_zip": "62701", "x_subscriber": "M1", "x_relationship": "18"}
    ]  # fmt: skip
    assert rows["institution"] == [
        {"institution_id": "1111111111", "name": "CLINIC", "x_address": "1 MAIN ST, SPRINGFIELD", "x_state": "IL",
         "x_taxonomy": "207Q00000X"}
    ]  # fmt: skip
    assert rows["staff"] == [
        {"staff_id": "2222222222", "name": "HOUSE, GREGORY", "kind": "doctor", "x_taxonomy": "207R00000X"}
    ]


def test_an_institutional_claim_becomes_rows(tmp_path: Path) -> None:
    stay = [
        ("CLM", "H1", "5000", "", "", "11:A:1", "", "A", "Y", "Y"), ("DTP", "434", "RD8", "20250301-20250305"),
        ("DTP", "435", "DT", "202503010815"), ("DTP", "096", "TM", "1130"), ("CL1", "1", "7", "20"),
        ("HI", "ABK:J189:::::::Y"), ("HI", "ABJ:R05"), ("HI", "ABF:I10:::::::N", "ABF:E119:::::::W"), ("HI", "DR:193"),
        ("HI", "BBR:0BH17EZ:D8:20250302"), ("HI", "BBQ:5A1945Z:D8:20250303"), ("HI", "BE:80:::4", "BE:01:::1200"),
        ("NM1", "71", "1", "WELBY", "M", "", "", "", "XX", "4444444444"),
        ("NM1", "72", "1", "CUTTER", "S", "", "", "", "XX", "5555555555"),
        ("SBR", "S", "18", "", "", "", "", "", "", "MB"), ("CAS", "PR", "1", "100", "", "2", "50"),
        ("AMT", "D", "300.25"), ("OI", "", "", "Y"), ("NM1", "IL", "1", "DOE", "JANE", "", "", "", "MI", "OTHER1"),
        ("NM1", "PR", "2", "MEDICARE", "", "", "", "", "PI", "MCR"),
        ("LX", "1"), ("SV2", "0120", "", "4000", "DA", "4", "1000", "100"), ("DTP", "472", "RD8", "20250301-20250305"),
        ("LX", "2"), ("SV2", "0250", "HC:J1745", "1000", "UN", "2"), ("LIN", "", "N4", "50242004001"),
        ("CTP", "", "", "", "2.5", "ML"), ("REF", "XZ", "RX7"), ("SVD", "MCR", "300.25", "", "", "2"),
        ("CAS", "CO", "45", "9"),
    ]  # fmt: skip
    made = one_set(billing(name="HOSPITAL"), subscriber(), stay, guide=INSTITUTIONAL)
    rows = rows_of("x12", write(tmp_path / "a.x12", interchange(made, version=INSTITUTIONAL)))
    visit = rows["encounter"][0]
    assert (visit["kind"], visit["admitted_at"], visit["discharged_at"], visit["discharge_way"]) == (
        "21", "2025-03-01 08:15:00", "2025-03-05 11:30:00", "5",
    )  # fmt: skip
    assert (visit["staff_id"], visit["x_operating"], visit["main_diagnosis"]) == ("4444444444", "5555555555", "J189")
    assert rows["settlement"][0]["drg_code"] == "193"
    assert rows["settlement"][0]["x_other_codes"] == "BE:80:::4;BE:01:::1200"
    assert [(row["code"], row["x_qualifier"], row.get("admission_condition")) for row in rows["diagnosis"]] == [
        ("J189", "ABK", "1"), ("R05", "ABJ", None), ("I10", "ABF", "4"), ("E119", "ABF", "2"),
    ]  # fmt: skip
    assert [(row["code"], row["begin_at"], row["is_main"], row["surgeon_id"]) for row in rows["procedure"]] == [
        ("0BH17EZ", "2025-03-02 00:00:00", "1", "5555555555"), ("5A1945Z", "2025-03-03 00:00:00", "0", "5555555555"),
    ]  # fmt: skip
    assert rows["settlement_layer"] == [
        {"settlement_id": "1111111111/H1", "layer": "MCR/S", "person_id": "M1", "amount": "300.25", "note": "MEDICARE",
         "x_filing": "MB", "x_adjustments": "PR:1:100"}
    ]  # fmt: skip
    room, drug = rows["charge_line"]
    assert (room["item_code"], room["x_code_kind"], room["unit_price"], room["not_covered_amount"]) == (
        "0120", "NU", "1000", "100",
    )  # fmt: skip
    assert (drug["item_code"], drug["x_revenue_code"], drug["x_drug"], drug["list_type"]) == (
        "J1745", "0250", "50242004001", "101",
    )  # fmt: skip
    assert (drug["charged_at"], drug["x_paid_elsewhere"], drug["x_adjustments"]) == (
        "2025-03-01 08:15:00", "MCR:300.25", "CO:45:9",
    )  # fmt: skip
    assert rows["prescription"] == [
        {"prescription_id": "1111111111/H1/RX7", "item_code": "50242004001", "encounter_id": "1111111111/H1",
         "person_id": "M1", "institution_id": "1111111111", "staff_id": "4444444444",
         "issued_at": "2025-03-01 08:15:00", "quantity": "2.5", "x_code_kind": "N4", "x_unit": "ML"}
    ]  # fmt: skip
    assert rows["institution"][0]["kind"] == "1"
    assert "OTHER1" not in {row["person_id"] for row in rows["person"]}


def test_a_patient_who_is_not_the_subscriber(tmp_path: Path) -> None:
    child = [
        ("HL", "3", "2", "23", "0"), ("PAT", "19"), ("NM1", "QC", "1", "DOE", "Ann"), ("DMG", "D8", "20150607", "F"),
    ]  # fmt: skip
    again = [("HL", "4", "1", "22", "0"), *subscriber("M2")[1:]]
    made = one_set(billing(), subscriber(child=True), child, bill("A1", "10"), again, bill("A2", "20"))
    rows = rows_of("x12", write(tmp_path / "a.x12", interchange(made)))
    assert {row["settlement_id"][-2:]: row["person_id"] for row in rows["settlement"]} == {
        "A1": "M1/ANN/20150607", "A2": "M2",
    }  # fmt: skip
    people = {row["person_id"]: (row["name"], row["x_relationship"]) for row in rows["person"]}
    assert people == {"M1/ANN/20150607": ("DOE, Ann", "19"), "M2": ("DOE, JANE", "18")}


@pytest.mark.parametrize(
    ("marks", "after"),
    [
        (Marks(), ""),
        (Marks(), "\r\n"),
        (Marks("|", ">", "\n"), ""),
        (Marks("*", ":", "\r"), "\n"),
        (Marks("\x1d", "\x1f", "\x1c", "!"), "\n"),
        (Marks(segment="'"), "\n"),
    ],
)
def test_delimiters_are_those_of_each_interchange(tmp_path: Path, marks: Marks, after: str) -> None:
    first = office(bill("Q1", "10"), bill("Q2", "20"), marks=marks, after=after)
    second = office(bill("B1", "30"), marks=Marks("^", "&", "!", "%"), control="000000002")
    rows = rows_of("x12", write(tmp_path / "a.x12", "\n " + first + "\r\n" + second + first.replace("Q", "W") + "\n"))
    assert sorted(row["settlement_id"][-2:] for row in rows["settlement"]) == ["B1", "Q1", "Q2", "W1", "W2"]
    assert {row["amount"] for row in rows["charge_line"]} == {"10", "20", "30"}


def test_small_pieces_read_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = office(*[bill(f"A{n}", f"{n}.00") for n in range(60)])
    text += office(*[bill(f"B{n}", f"{n}.00") for n in range(60)], control="000000002")
    path = write(tmp_path / "a.x12", text)
    whole = rows_of("x12", path)
    monkeypatch.setattr("yibao.ledger.sources.x12.interchange.BLOCK", 600)
    monkeypatch.setattr("yibao.ledger.sources.unpacking._SELECTED", 2_000)
    packed = tmp_path / "b.x12.gz"
    packed.write_bytes(gzip.compress(text.encode()))
    pieces = rows_of("x12", packed)
    for table in whole:
        assert sorted(map(str, pieces[table])) == sorted(map(str, whole[table]))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("SE*19*", "SE*18*", "SE-01 18 <> 19"),
        ("SE*19*0001", "SE*19*0002", "SE-02 0002 <> 0001"),
        ("SE*19*0001~", "", "SE -"),
        ("SE*19*", "SE**", "SE-01 - <> 19"),
        ("GE*1*7", "GE*2*7", "GE-01 2 <> 1"),
        ("GE*1*7", "GE*1*8", "GE-02 8 <> 7"),
        ("GE*1*7~", "", "GE -"),
        ("IEA*1*", "IEA*3*", "IEA-01 3 <> 1"),
        ("IEA*1*000000001", "IEA*1*000000009", "IEA-02 000000009 <> 000000001"),
        ("IEA*1*000000001~", "", "IEA -"),
    ],
)
def test_an_envelope_that_does_not_add_up(tmp_path: Path, old: str, new: str, told: str) -> None:
    text = office(bill("A1", "10"))
    assert old in text
    taken = Taken("x12", write(tmp_path / "a.x12", text.replace(old, new)), tmp_path / "ledger")
    assert taken.reasons() == [("a.x12", 16, "envelope_count", told)]
    assert taken.report.tables["charge_line"].quarantined == 1
    assert not taken.table("person")
    taken.balances()


def test_a_file_cut_off_anywhere_gives_no_half_claim(tmp_path: Path) -> None:
    text = office(bill("A1", "10"), bill("A2", "20"))
    first = text.index("CLM*A1")
    for end in range(first, len(text) - 4, 89):
        taken = Taken("x12", write(tmp_path / "a.x12", text[:end]), tmp_path / f"ledger{end}")
        assert not taken.table("settlement")
        assert not taken.table("charge_line")


def test_a_file_cut_off_before_its_first_claim_is_told(tmp_path: Path) -> None:
    text = office(bill("A1", "10"))
    for number, end in enumerate((text.index("GS*"), text.index("ST*"), text.index("BHT*"), text.index("CLM*"))):
        taken = Taken("x12", write(tmp_path / f"{number}.x12", text[:end]), tmp_path / f"ledger{number}")
        assert [code for _, _, code, _ in taken.reasons()] == ["no_claim"]
        assert taken.report.tables["settlement"].unreadable == 1
        taken.balances()


def test_a_set_whose_only_claim_is_broken_is_told(tmp_path: Path) -> None:
    text = office(bill("A1", "10")).replace("CLM*A1", "CLX*A1")
    taken = Taken("x12", write(tmp_path / "a.x12", text), tmp_path / "ledger")
    assert "no_claim" in {code for _, _, code, _ in taken.reasons()}


def test_tests_and_other_documents_are_set_aside(tmp_path: Path) -> None:
    remittance = [("ST", "835", "0001"), ("BPR", "I", "1"), ("SE", "3", "0001")]
    dental = one_set(billing(), subscriber(), bill("D1", "10"), guide="005010X224A2")
    write(tmp_path / "a.x12", office(bill("A1", "10"), usage="T"))
    write(tmp_path / "b.x12", interchange(remittance))
    write(tmp_path / "c.x12", interchange(dental))
    taken = Taken("x12", tmp_path, tmp_path / "ledger")
    assert sorted((name, code, value) for name, _, code, value in taken.reasons()) == [
        ("a.x12", "test_record", "ISA-15 T"), ("b.x12", "out_of_scope", "835"),
        ("c.x12", "out_of_scope", "005010X224A2"),
    ]  # fmt: skip


@pytest.mark.parametrize("spoiled", ["CLX*A1*10", "CLM-A1-10", "DOE said *so", "SV1*HC:1*5*UN*1"])
def test_a_set_with_a_segment_out_of_place_is_not_taken(tmp_path: Path, spoiled: str) -> None:
    """A broken CLM would otherwise give its lines to the claim above."""
    text = office(bill("A0", "5"), bill("A1", "10"))
    text = text.replace("CLM*A1*10***11:B:1*Y*A*Y*Y", spoiled)
    taken = Taken("x12", write(tmp_path / "a.x12", text), tmp_path / "ledger")
    assert {code for _, _, code, _ in taken.reasons()} == {"bad_segment"}
    assert not taken.table("charge_line")
    assert taken.reasons()[0][3] is not None


@pytest.mark.parametrize("place", ["GE*1*7~", "ST*837*0001"])
def test_segments_outside_a_set_are_told(tmp_path: Path, place: str) -> None:
    """Behind the trailer of a set nothing of it is left to come, before its header nothing has begun."""
    text = office(bill("A1", "10")).replace(place, "CLM*B1*5~SV1*HC:9*5*UN*1~WHAT*IS*THIS~" + place)
    taken = Taken("x12", write(tmp_path / "a.x12", text), tmp_path / "ledger")
    told = [(code, value) for _, _, code, value in taken.reasons()]
    assert told == [("bad_segment", "CLM*B1*5"), ("bad_segment", "SV1*HC:9*5*UN*1"), ("bad_segment", "WHAT*IS*THIS")]
    assert [row["settlement_id"] for row in taken.table("settlement")] == ["1111111111/A1"]
    taken.balances()


def test_a_void_takes_back_and_a_replacement_takes_the_place(tmp_path: Path) -> None:
    def again(number: str, total: str, frequency: str) -> list:
        return bill(number, total, ("REF", "F8", "ICN1"), place=f"11:B:{frequency}")

    write(tmp_path / "1.x12", office(bill("A1", "10"), bill("A2", "20"), bill("A3", "30")))
    write(tmp_path / "2.x12", office(again("A1", "10", "8"), again("A2", "25", "7"), again("A4", "40", "7")))
    write(tmp_path / "3.x12", office(again("A2", "26", "7"), again("A5", "50", "8")))
    taken = Taken("x12", tmp_path, tmp_path / "ledger")
    bills = {
        row["settlement_id"].removeprefix("1111111111/"): (row["total_amount"], row["reversed_settlement_id"])
        for row in taken.table("settlement")
    }
    assert bills == {
        "A1": (1000, None), "A1/void": (-1000, "1111111111/A1"), "A2": (2000, None),
        "A2/void": (-2000, "1111111111/A2"), "A2/7-1": (2500, None), "A2/7-1/void": (-2500, "1111111111/A2/7-1"),
        "A2/7-2": (2600, None), "A3": (3000, None), "A5/void": (-5000, "1111111111/A5"),
    }  # fmt: skip
    lines = {row["line_id"]: row for row in taken.table("charge_line")}
    assert lines["1111111111/A2/void/1"]["reversed_line_id"] == "1111111111/A2/1"
    assert (lines["1111111111/A2/void/1"]["amount"], lines["1111111111/A2/void/1"]["quantity"]) == (-2000, -1000)
    assert taken.reasons() == [("2.x12", 40, "no_original", "1111111111/A4")]
    assert sum(row["amount"] for row in lines.values()) == sum(total for total, _ in bills.values())
    visits = {row["encounter_id"].removeprefix("1111111111/") for row in taken.table("encounter")}
    assert visits == {"A1", "A2", "A2/7-1", "A2/7-2", "A3"}
    taken.balances()


def test_bills_in_parts_keep_apart(tmp_path: Path) -> None:
    parts = [
        bill("A1", "10", ("DTP", "434", "RD8", "20250301-20250331"), place="11:A:2"),
        bill("A1", "20", ("DTP", "434", "RD8", "20250401-20250430"), place="11:A:3"),
        bill("A1", "5", ("DTP", "434", "RD8", "20250401-20250430"), place="11:A:5"),
    ]  # fmt: skip
    rows = rows_of("x12", write(tmp_path / "a.x12", office(*parts)))
    assert [row["settlement_id"] for row in rows["settlement"]] == [
        "1111111111/A1/2-20250301", "1111111111/A1/3-20250401", "1111111111/A1/5-20250401",
    ]  # fmt: skip


def test_one_number_for_two_claims_is_told(tmp_path: Path) -> None:
    """The second is set aside as a whole: its third line must not become one of the first."""
    write(tmp_path / "1.x12", office(bill("A1", "10"), bill("A2", "20")))
    write(tmp_path / "2.x12", office(bill("A1", "60", lines=["10", "20", "30"]), bill("A2", "20")))
    taken = Taken("x12", tmp_path, tmp_path / "ledger")
    assert taken.reasons() == [("2.x12", 16, "key_conflict", "1111111111/A1")]
    assert sorted(row["amount"] for row in taken.table("charge_line")) == [1000, 2000]
    assert taken.report.tables["settlement"].duplicates == 1


def test_the_currency_is_the_dollar_unless_cur_names_another(tmp_path: Path) -> None:
    canadian = interchange(one_set(billing("1", "C", ("CUR", "85", "CAD")), subscriber(), bill("A1", "10")))
    path = write(tmp_path / "a.x12", canadian + office(bill("A2", "20"), control="000000002"))
    taken = Taken("x12", path, tmp_path / "ledger")
    assert taken.report.currency == "CAD"
    assert [(code, value) for _, _, code, value in taken.reasons()] == [("other_currency", "CUR-02 USD")]
    with pytest.raises(WrongCurrency):
        Taken("x12", write(tmp_path / "b.x12", office(bill("A3", "30"))), tmp_path / "ledger")


def test_amounts_are_read_exactly(tmp_path: Path) -> None:
    amounts = [".5", "5.", "-.25", "1e3", "1,000", "0.001", "123456789012345", "", "12.30"]
    path = write(tmp_path / "a.x12", office(bill("A1", "1", lines=amounts), bill("A2", "20")))
    taken = Taken("x12", path, tmp_path / "ledger")
    lines = {
        row["line_id"].split("/")[-1]: row["amount"] for row in taken.table("charge_line") if "A1" in row["line_id"]
    }
    assert lines == {"1": 50, "2": 500, "9": 1230}
    told = [(code, value) for _, _, code, value in taken.reasons("charge_line")]
    assert told == [
        ("amount_sign", None), ("not_money", "1e3"), ("not_money", "1,000"), ("not_money", "0.001"),
        ("not_money", "123456789012345"), ("missing_value", None),
    ]  # fmt: skip
    fields = {row["field"] for row in taken.ledger.quarantine().to_pylist() if row["code"] == "not_money"}
    assert fields == {"2400 SV1-02 SV2-03"}


def test_what_a_claim_lacks_is_told_by_loop_and_element(tmp_path: Path) -> None:
    text = office(bill("A1", "10"), bill("A2", "20")).replace("*MI*M1~", "~", 1).replace("20250310*0930*CH", "", 1)
    taken = Taken("x12", write(tmp_path / "a.x12", text), tmp_path / "ledger")
    told = {(row["table_name"], row["field"], row["code"]) for row in taken.ledger.quarantine().to_pylist()}
    assert ("settlement", "2010BA NM1-09", "missing_value") in told
    taken.balances()


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"", EmptyFile), (b"\n\n", EmptyFile), (b"UNB+UNOA:1+", BadEnvelope), (b"ISA", BadEnvelope),
        (b"ISA*", BadEnvelope),
        (b"ISA*00*x", BadEnvelope), (b"ISA" + b"*" * 200, BadEnvelope), (b"ISA" + b"a" * 200, BadEnvelope),
        (b"PK\x03\x04\x00\x00", BinaryFile), (office(bill("A", "1")).encode() + b"more~", BadEnvelope),
    ],
)  # fmt: skip
def test_what_is_no_x12_is_refused(tmp_path: Path, content: bytes, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        rows_of("x12", write(tmp_path / "a.x12", content))


def test_a_directory_without_claims_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "a.csv", "x")
    with pytest.raises(NothingToRead):
        rows_of("x12", tmp_path)


def test_whoever_collects_the_pieces_before_reading_them_does_not_wait_for_ever(tmp_path: Path) -> None:
    path = write(tmp_path / "a.x12", office(bill("A1", "10")))
    items = get_source("x12").inputs(path, load_contracts()).items
    loads = [(item.table, load) for item in items for load in item.chunks()]
    counts: dict[str, int] = {}
    for table, load in loads:
        counts[table] = counts.get(table, 0) + load().columns.num_rows
    assert (counts["settlement"], counts["charge_line"], counts["diagnosis"]) == (1, 1, 2)


def test_text_that_is_not_utf8_is_read(tmp_path: Path) -> None:
    text = interchange(one_set(billing(name="CLINIQUE ÉTOILE"), subscriber(), bill("A1", "10")))
    rows = rows_of("x12", write(tmp_path / "a.x12", b"\xef\xbb\xbf" + text.encode()))
    assert rows["institution"][0]["name"] == "CLINIQUE ÉTOILE"
    rows = rows_of("x12", write(tmp_path / "b.x12", text.encode("latin-1")))
    assert rows["institution"][0]["name"] == "CLINIQUE ÉTOILE"
