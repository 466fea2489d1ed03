"""Feedback to institutions: rows in quarantine find their owner, and leave the file once they are mended."""

from __future__ import annotations

import csv
from pathlib import Path

from yibao.ledger import open_ledger
from yibao.ledger.ingest import ingest
from yibao.presentation.quality import write_feedback


def _feedback(folder: Path, out: str) -> dict[str | None, list[dict[str, str]]]:
    files = write_feedback(open_ledger(folder / "ledger"), folder, {}, folder / out, {})
    found = {}
    for file in files:
        with file.csv.open(encoding="utf-8-sig", newline="") as opened:
            found[file.institution_id] = list(csv.DictReader(opened))
    return found


def test_a_row_without_institution_belongs_to_that_of_its_encounter(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "encounter.csv").write_text(
        "mdtrt_id,psn_no,fixmedins_code,med_type,begntime\n"
        "E1,P1,H1,11,2026-01-05 08:00:00\nE2,P1,H2,11,yesterday\nE3,P1,,11,2026-01-05 08:00:00\n",
        encoding="utf-8",
    )
    (raw / "diagnosis.csv").write_text(
        "mdtrt_id,diag_srt_no,psn_no,diag_code,maindiag_flag\nE1,1,P1,I10.x00,maybe\nE9,1,P1,I10.x00,maybe\n",
        encoding="utf-8",
    )
    ingest(raw, "national", tmp_path / "ledger")
    found = _feedback(tmp_path, "one")
    keys = {who: {(r["字段 field"], r["记录 record"]) for r in rows} for who, rows in found.items()}
    assert keys == {
        "H1": {("maindiag_flag", "mdtrt_id = E1\ndiag_srt_no = 1")},
        "H2": {("begntime", "mdtrt_id = E2")},
        None: {("fixmedins_code", "mdtrt_id = E3"), ("maindiag_flag", "mdtrt_id = E9\ndiag_srt_no = 1")},
    }
    assert found["H2"][0]["所见值 value seen"] == "yesterday"
    assert "2025-01-31 08:30:00" in found["H2"][0]["应为（英文） expected"]

    (raw / "encounter.csv").write_text(
        "mdtrt_id,psn_no,fixmedins_code,med_type,begntime\nE2,P1,H2,11,2026-01-06 08:00:00\n", encoding="utf-8"
    )
    (raw / "diagnosis.csv").unlink()
    ingest(raw, "national", tmp_path / "ledger")
    assert set(_feedback(tmp_path, "two")) == {"H1", None}, "what was mended and sent again is asked for no more"
