"""History through the real command line: corrections, late files, rollback, verify, and results as of a moment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import rawfiles

from yibao.ledger import open_ledger
from yibao.ledger.ingest import ingest
from yibao.ledger.snapshot import read_snapshot
from yibao.runs.laws import load_lawbook
from yibao.runs.run import run

pytestmark = pytest.mark.slow


def yibao(*args: str | Path, lang: str = "en", code: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "yibao", *map(str, args)], capture_output=True, text=True, encoding="utf-8",
        env={**os.environ, "YIBAO_LANG": lang, "NO_COLOR": "1"}, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == code, done.stderr
    return done.stdout + done.stderr


def read(*args: str | Path, code: int = 0) -> Any:
    return json.loads(yibao(*args, "--json", code=code))


@pytest.fixture
def city(tmp_path: Path) -> Path:
    """Lines of March in one batch."""
    lines = [rawfiles.line(n, fee_ocur_time=f"2025-03-{n + 10} 08:00:00") for n in range(5)]
    yibao("ingest", rawfiles.write(tmp_path / "first", *lines), "--into", tmp_path / "city")
    return tmp_path / "city"


def test_corrections_are_taken_when_asked_for(city: Path, tmp_path: Path) -> None:
    fixes = rawfiles.write(
        tmp_path / "fixes", rawfiles.line(1, fee_ocur_time="2025-03-11 08:00:00", det_item_fee_sumamt="80.00"),
        rawfiles.line("f", fee_ocur_time="2025-02-01 08:00:00"),
    )  # fmt: skip
    refused = read("ingest", fixes, "--into", city)
    assert (refused["accepted"], refused["reasons"], refused["corrected"]) == (1, {"key_conflict": 1}, 0)
    assert "--corrections" in yibao("quarantine", city)
    said = yibao("ingest", fixes, "--into", city, "--corrections")
    assert "charge_line\t1\t0\t¥12.50\t¥80.00" in said
    again = read("ingest", fixes, "--into", city, "--corrections")
    assert (again["batch_id"], again["duplicates"], again["corrections"]) == (None, 2, True)
    assert json.loads(yibao("query", city, "select cast(sum(amount) as bigint) as fen from charge_line", "--json")) == [
        {"fen": 14_250}
    ]

    listed = read("snapshot", "list", city)
    assert [(s["snapshot"], s["rows"], s["money"], s["added"]) for s in listed] == [
        (0, 0, {"CNY": 0}, []),
        (1, 5, {"CNY": 6_250}, ["b000001"]),
        (2, 6, {"CNY": 7_500}, ["b000002"]),
        (3, 6, {"CNY": 14_250}, ["b000003"]),
    ]
    batches = read("snapshot", "show", city)["batches"]
    assert [batch["corrections"] for batch in batches] == [False, False, True]
    tables = [batch["tables"][0] for batch in batches]
    assert [(t["accepted"], t["corrected"], t["quarantined"], t["late_rows"]) for t in tables] == [
        (5, 0, 0, 0), (1, 0, 1, 1), (1, 1, 0, 1),
    ]  # fmt: skip
    assert tables[1]["first_event"] == "2025-02-01 08:00:00"
    assert len(read("snapshot", "show", city, "1")["batches"]) == 1
    assert "迟到行" in yibao("snapshot", "show", city, lang="zh")
    assert "+b000003" in yibao("snapshot", "list", city)


def test_going_back_and_forth(city: Path, tmp_path: Path) -> None:
    more = rawfiles.write(tmp_path / "more", rawfiles.line("x"))
    yibao("ingest", more, "--into", city)
    assert read("snapshot", "rollback", city, "--to", "1") == {
        "snapshot": 3, "to": 1, "withdrawn": ["b000002"], "brought_back": [],
    }  # fmt: skip
    assert open_ledger(city).row_count("charge_line") == 5
    assert "brought back: b000002" in yibao("snapshot", "rollback", city, "--to", "2")
    assert "撤回批次：b000002" in yibao("snapshot", "rollback", city, "--to", "1", lang="zh")
    assert read("ingest", more, "--into", city)["batch_id"] == "b000003"
    for args in (("rollback", city, "--to", "99"), ("show", city, "99"), ("verify", city, "99")):
        assert "there is no snapshot 99" in yibao("snapshot", *args, code=1)
    assert "没有快照 99" in yibao("snapshot", "rollback", city, "--to", "99", lang="zh", code=1)
    yibao("snapshot", "rollback", city, code=2)
    for command in ("list", "show", "verify"):
        assert "not a ledger" in yibao("snapshot", command, tmp_path, code=1)


def test_damage_is_named_and_ends_with_one(city: Path) -> None:
    whole = read("snapshot", "verify", city)
    assert whole["whole"]
    assert whole["tables"]["charge_line"] == {
        "rows": 5, "money": 6_250, "content_hash": open_ledger(city).content_hash("charge_line"),
    }  # fmt: skip
    assert "snapshot 1 is whole" in yibao("snapshot", "verify", city)
    file = read_snapshot(city).files["charge_line"][0].path
    (city / file).write_bytes(b"PAR1 this is no file of the ledger PAR1")
    assert read("snapshot", "verify", city, code=1)["damages"][0]["where"] == file
    assert f"damaged: {file}" in yibao("snapshot", "verify", city, code=1)
    assert f"损坏: {file}" in yibao("snapshot", "verify", city, lang="zh", code=1)


def test_results_as_of_a_moment_do_not_change_when_late_files_and_corrections_come(tmp_path: Path) -> None:
    city, spring, summer = tmp_path / "city", "2025-04-01 00:00:00", "2025-07-01 00:00:00"
    lawbook = load_lawbook()
    stays = [
        "E1,P1,H1,21,2025-01-01 08:00:00,2025-01-05 08:00:00",
        "E2,P1,H2,21,2025-01-03 08:00:00,2025-01-09 08:00:00",
    ]
    header = "mdtrt_id,psn_no,fixmedins_code,med_type,begntime,endtime"

    def bring(at: str, *rows: str, corrections: bool = False) -> None:
        folder = tmp_path / f"raw{len(list(tmp_path.iterdir()))}"
        rawfiles.write(folder, *rows, name="encounter.csv", header=header)
        report = ingest(folder, "national", city, recorded_at=datetime.fromisoformat(at), corrections=corrections)
        assert report.quarantined == 0

    def told(at: str) -> dict[str, str]:
        done = read("run", city, "--as-of", at, "--only", "supervision", "--no-report")
        return {name: table["content_hash"] for name, table in done["tables"].items()}

    def judged(at: str, snapshot: int | None = None) -> dict[str, str]:
        moment = datetime.fromisoformat(at)
        done = run(open_ledger(city, snapshot), lawbook, only=["supervision"], as_of=moment).manifest
        return {name: table.content_hash for name, table in done.tables.items()}

    bring("2025-03-01 00:00:00", *stays)
    before = told(spring)
    # A late stay of January at a third institution, and the discharge of E2 put right.
    bring("2025-05-01 00:00:00", "E3,P1,H3,21,2025-01-02 08:00:00,2025-01-04 08:00:00")
    bring("2025-06-01 00:00:00", stays[1].replace("2025-01-09", "2025-01-04"), corrections=True)
    assert told(spring) == before
    after, between = judged(summer), judged("2025-05-15 00:00:00")
    assert len({str(hashes) for hashes in (before, between, after)}) == 3
    # What was computed for the newer state is not taken over when the newer batches are withdrawn.
    yibao("snapshot", "rollback", city, "--to", "1")
    assert judged(spring) == before
    assert judged(summer) not in (after, between)
    assert judged(summer, snapshot=3) == after


def test_an_earlier_snapshot_is_read_and_judged_by_its_number(city: Path, tmp_path: Path) -> None:
    yibao("ingest", rawfiles.write(tmp_path / "more", rawfiles.line("m")), "--into", city)
    count = "select count(*) as n from charge_line"
    assert [read("query", city, count, *at) for at in ((), ("--snapshot", "1"), ("--snapshot", "0"))] == [
        [{"n": 6}], [{"n": 5}], [{"n": 0}],
    ]  # fmt: skip
    first = read("run", city, "--only", "quality", "--no-report", "--snapshot", "1")
    now = read("run", city, "--only", "quality", "--no-report")
    assert (first["snapshot"], now["snapshot"]) == ("1", "2")
    assert first["tables"] != now["tables"]
    again = read("quality", city, "--snapshot", "1")
    assert again["tables"] == first["tables"]
    for command in (("run", city), ("quality", city), ("supervise", city), ("query", city, count)):
        assert "the ledger has 0 to 2" in yibao(*command, "--snapshot", "9", code=1)
    yibao("query", city, count, "--snapshot", "one", code=2)
