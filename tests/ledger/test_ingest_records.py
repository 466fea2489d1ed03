"""Records beside the bills: implants by their labels, notes and what other payers paid come in like any other fact."""

from __future__ import annotations

from pathlib import Path

from rawfiles import write

from yibao.ledger import open_ledger
from yibao.ledger.ingest import ingest

FILES = {
    "implant": (
        "implant_id,mdtrt_id,psn_no,fixmedins_code,implanted_at,med_list_codg,item_name,serial_no,quantity,outcome",
        "I1,E1,P1,H1,2026-03-01 10:00:00,C99,,S1,1,implanted",
        "I2,E1,P1,H1,2026-03-01 10:00:00,,补片,,2,opened",
        "I3,E1,P1,H1,2026-03-01 10:00:00,,,S2,1,implanted",  # what it is
        "I4,E1,P1,H1,2026-03-01 10:00:00,C99,,S3,0,implanted",  # none of it
        "I5,E1,P1,H1,2026-03-01 10:00:00,C99,,S4,1,lost",
    ),
    "clinical_note": (
        "note_id,mdtrt_id,psn_no,fixmedins_code,kind,written_at,dr_code,content",
        'N1,E1,P1,H1,admission,2026-03-01 10:00:00,D1,"主诉：腰痛三年，\n加重一周。"',
        "N2,E1,P1,H1,teaching round,2026-03-01 10:00:00,D1,查房",  # a kind of their own
        "N3,E1,P1,H1,progress,2026-03-02 10:00:00,D1,",
    ),
    "compensation": (
        "compensation_id,psn_no,payer,mdtrt_id,care_from,care_to,amount,decided_on,status",
        "C1,P1,work_injury_fund,E1,,,450.00,2026-04-01,paid",
        "C2,P1,liable_party,,2026-03-09,2026-03-01,450.00,2026-04-01,paid",  # ends before it begins
        "C3,P1,liable_party,,,,450.00,2026-04-01,paid",  # of which care?
        "C4,P1,liable_party,E1,,,-1.00,2026-04-01,paid",
    ),
}


def test_good_records_are_kept_and_the_others_are_quarantined_by_name(tmp_path: Path) -> None:
    for name, (header, *rows) in FILES.items():
        write(tmp_path / "raw", *rows, name=f"{name}.csv", header=header)
    report = ingest(tmp_path / "raw", "national", tmp_path / "ledger")
    ledger = open_ledger(tmp_path / "ledger")
    assert (report.accepted, report.quarantined, report.duplicates) == (5, 7, 0)
    kept = {name: ledger.rows(name, "person_id", ["P1"]).to_pylist() for name in FILES}
    assert sorted((row["implant_id"], row["quantity"]) for row in kept["implant"]) == [("I1", 1000), ("I2", 2000)]
    assert {row["note_id"]: row["content"] for row in kept["clinical_note"]} == {
        "N1": "主诉：腰痛三年，\n加重一周。", "N2": "查房",
    }  # fmt: skip
    assert [(row["compensation_id"], row["amount"]) for row in kept["compensation"]] == [("C1", 45_000)]
    assert sorted((row["table_name"], row["code"]) for row in ledger.quarantine().to_pylist()) == [
        ("clinical_note", "missing_value"),
        ("compensation", "compensation_order"),
        ("compensation", "compensation_scope"),
        ("compensation", "compensation_sign"),
        ("implant", "implant_label"),
        ("implant", "implant_quantity"),
        ("implant", "unknown_code"),
    ]
