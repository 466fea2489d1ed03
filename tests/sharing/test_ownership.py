"""Every table of facts has one owner, decided by rule and looked at here: a new table must be looked at too."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from province import CITY_A, PROVINCE, Sent, add, made, send

from yibao.ledger.contracts import load_contracts
from yibao.sharing.profiles import load_profile
from yibao.sharing.scope import owner

OWNERS = {
    "insured place": {
        "account", "assistance_status", "chronic_certificate", "compensation", "contribution", "death_source",
        "enrolment", "family_link", "person", "person_absence", "referral_filing", "work_attendance",
    },
    "place of care": {
        "bed_device", "charge_line", "clinical_note", "clue_decision", "cross_region_bill", "diagnosis", "drug_trace",
        "encounter", "exam_report", "execution", "exemption", "implant", "institution", "invoice", "lab_result",
        "leave_checkin", "list_detail", "medical_order", "prescription", "procedure", "reminder_answer", "settlement",
        "settlement_layer", "staff", "staff_status", "stock_move", "terminal_event",
    },
    "region": {"employer", "fund_month", "household", "region", "region_year", "survey_household"},
    None: {"institution_group"},
}  # fmt: skip


def test_each_table_that_is_sent_up_has_the_owner_it_should_have() -> None:
    found: dict[str | None, set[str]] = {}
    for table in load_profile("submission").wanted():
        found.setdefault(owner(table, load_contracts()), set()).add(table.name)
    assert found == OWNERS


def test_a_move_of_an_account_goes_up_from_where_the_person_is_insured(sent_up: Sent, tmp_path: Path) -> None:
    move = {
        "move_id": "m", "person_id": "a1", "moved_at": datetime(2026, 3, 2, 9), "kind": "payment", "amount": -500,
        "settlement_id": "s.a1.hb.1",
    }  # fmt: skip
    add(sent_up[0][CITY_A], {"account": [move]})
    package = made(send(sent_up[0], CITY_A, PROVINCE, tmp_path / "post"))
    assert package.manifest.tables["account"].money == -500
    assert not package.manifest.left
