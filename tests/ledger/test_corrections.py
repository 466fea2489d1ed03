"""Corrections: the new version is seen from its recording on, the old one before it, and never both."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from rawfiles import HEADER, line, write

from yibao.engine import DuckEngine
from yibao.ledger import Ledger, open_ledger
from yibao.ledger.history import rollback, steps
from yibao.ledger.ingest import ingest
from yibao.ledger.report import IngestReport
from yibao.ledger.snapshot import read_snapshot

T = [datetime(2025, month, 1) for month in range(1, 8)]


@pytest.fixture
def city(tmp_path: Path) -> Path:
    """Four lines of 12.50 of two persons, recorded in January."""
    lines = [line(n, psn_no=f"P{n % 2}") for n in range(4)]
    ingest(write(tmp_path / "first", *lines), "national", tmp_path / "city", recorded_at=T[0])
    return tmp_path / "city"


def correct(
    city: Path, at: datetime | None, *lines: str, header: str = HEADER, corrections: bool = True
) -> IngestReport:
    raw = write(city.parent / f"raw{len(list(city.parent.iterdir()))}", *lines, header=header)
    return ingest(raw, "national", city, recorded_at=at, corrections=corrections)


def versions(city: Path, as_of: datetime | None = None) -> dict[str, int]:
    """Amount of each line, read in every way there is; they must agree, and show each line once."""
    ledger = open_ledger(city)
    found: list[list[dict[str, Any]]] = []
    for keep, often in ((0, ()), (10**9, ()), (0, ["charge_line"])):
        with DuckEngine(threads=1) as engine:
            few = {"charge_line": {"line_id", "amount"}}
            ledger.attach(engine, as_of, only=few, keep_cells=keep, often=often)
            found.append(engine.execute("select line_id, amount from charge_line").to_pylist())
    persons = ["P0", "P1", "P2"]
    found.append(_slices(ledger, persons, as_of, None))
    found.append(_slices(ledger, persons, as_of, few))
    found.append(ledger.rows("charge_line", "institution_id", ["H1"], as_of).to_pylist())
    seen = [sorted((row["line_id"], row["amount"]) for row in rows) for rows in found]
    assert all(rows == seen[0] for rows in seen)
    assert len(dict(seen[0])) == len(seen[0]) == ledger.row_count("charge_line", as_of)
    return dict(seen[0])


def _slices(ledger: Ledger, persons: list[str], as_of: datetime | None, columns: Any) -> list[dict[str, Any]]:
    return [row for p in persons for row in ledger.slice(p, ["charge_line"], as_of, columns)["charge_line"].to_pylist()]


def test_a_correction_is_seen_from_its_recording_on(city: Path) -> None:
    before = {path: path.read_bytes() for path in (city / "tables").rglob("*.parquet")}
    report = correct(city, T[2], line(1, psn_no="P1", det_item_fee_sumamt="80.00"), line(9, psn_no="P0"))
    tally = report.tables["charge_line"]
    assert (tally.rows_in, tally.accepted, tally.corrected, tally.quarantined) == (2, 2, 1, 0)
    assert (tally.money_accepted, tally.money_before, tally.money_after) == (9_250, 1_250, 8_000)
    assert tally.balances()
    assert versions(city, T[0] - timedelta(seconds=1)) == {}
    for moment in (T[0], T[1], T[2] - timedelta(seconds=1)):
        assert versions(city, moment) == {f"L{n}": 1_250 for n in range(4)}
    for later in (T[2], T[3], None):
        assert versions(city, later) == {"L0": 1_250, "L1": 8_000, "L2": 1_250, "L3": 1_250, "L9": 1_250}
    assert before.items() <= {path: path.read_bytes() for path in (city / "tables").rglob("*.parquet")}.items()
    (_, _, step) = steps(open_ledger(city).snapshots())
    assert (step.rows, step.money) == (5, 8_000 + 4 * 1_250)


def test_without_being_asked_for_a_different_version_is_a_conflict(city: Path) -> None:
    changed = line(1, psn_no="P1", cnt="7")
    report = correct(city, T[1], changed, corrections=False)
    assert (report.accepted, report.quarantined, report.reasons) == (0, 1, {"key_conflict": 1})
    # The very file that was refused is then accepted as what it is.
    again = correct(city, T[2], changed)
    assert (again.tables["charge_line"].corrected, again.quarantined) == (1, 0)
    after = correct(city, T[3], line(1, psn_no="P1"), corrections=False)
    assert (after.quarantined, after.duplicates) == (1, 0)
    assert correct(city, T[3], changed, line(8), corrections=False).duplicates == 1


def test_a_record_may_be_corrected_again_and_back(city: Path) -> None:
    for at, amount in zip(T[1:6], ("20.00", "30.00", "12.50", "30.00", "20.00"), strict=True):
        header = HEADER + f",x_round{at.month}"
        raw = f"{line(1, psn_no='P1', det_item_fee_sumamt=amount)},"
        assert correct(city, at, raw, header=header).tables["charge_line"].corrected == 1
    seen = [versions(city, at)["L1"] for at in T]
    assert seen == [1_250, 2_000, 3_000, 1_250, 3_000, 2_000, 2_000]
    assert read_snapshot(city).superseded["charge_line"][-1].rows == 1


def test_several_versions_recorded_at_the_same_moment(city: Path) -> None:
    for amount in ("20.00", "30.00"):
        correct(city, T[0], line(1, psn_no="P1", det_item_fee_sumamt=amount))
    assert versions(city, T[0])["L1"] == versions(city)["L1"] == 3_000


def test_the_person_of_a_record_may_be_corrected(city: Path) -> None:
    correct(city, T[1], line(1, psn_no="P2"))
    ledger = open_ledger(city)
    lines = {p: ledger.slice(p, ["charge_line"])["charge_line"]["line_id"].to_pylist() for p in ("P0", "P1", "P2")}
    assert lines == {"P0": ["L0", "L2"], "P1": ["L3"], "P2": ["L1"]}
    assert ledger.slice("P1", ["charge_line"], T[0])["charge_line"]["line_id"].to_pylist() == ["L1", "L3"]
    assert versions(city) == versions(city, T[0])


def test_the_same_file_twice_changes_nothing(city: Path) -> None:
    raw = write(city.parent / "fix", line(1, psn_no="P1", det_item_fee_sumamt="80.00"))
    assert ingest(raw, "national", city, corrections=True).tables["charge_line"].corrected == 1
    later = correct(city, None, line(1, psn_no="P1", det_item_fee_sumamt="90.00"))
    assert later.tables["charge_line"].corrected == 1
    for file in (raw, city.parent / "first"):
        report = ingest(file, "national", city, corrections=True)
        assert (report.batch_id, report.duplicates, report.accepted) == (None, report.rows_in, 0)
    assert versions(city)["L1"] == 9_000


def test_one_batch_brings_one_version(city: Path) -> None:
    fixed = line(1, psn_no="P1", det_item_fee_sumamt="80.00")
    report = correct(city, T[1], line(1, psn_no="P1"), fixed, fixed, line(1, psn_no="P1", det_item_fee_sumamt="90.00"))
    tally = report.tables["charge_line"]
    assert (tally.duplicates, tally.corrected, tally.accepted, tally.quarantined) == (2, 1, 1, 1)
    assert tally.balances()
    assert versions(city)["L1"] == 8_000


def test_a_key_with_an_empty_part_is_a_key(tmp_path: Path) -> None:
    header = "kp_id,item_code,other_item_code,rule_class,constraint_text,primitive,valid_from"
    points = [f"K1,I1,{other},1,{{}},P1,2025-01-01" for other in ("", "I2")]
    for at, words, corrections in ((T[0], ("a", "b"), False), (T[1], ("c", "b"), True), (T[2], ("c", "d"), True)):
        rows = [point.format(word) for point, word in zip(points, words, strict=True)]
        raw = write(tmp_path / f"{at.month}", *rows, name="knowledge_point.csv", header=header)
        report = ingest(raw, "national", tmp_path / "city", recorded_at=at, corrections=corrections)
        assert report.tables["knowledge_point"].corrected == int(corrections), report.reasons
    ledger = open_ledger(tmp_path / "city")
    for at, words in ((T[0], ["a", "b"]), (T[1], ["b", "c"]), (T[2], ["c", "d"])):
        rows = ledger.rows("knowledge_point", "item_code", ["I1"], at)
        assert sorted(rows["constraint_text"].to_pylist()) == words


def test_an_index_shows_the_version_of_the_moment(tmp_path: Path) -> None:
    header = "mdtrt_id,psn_no,fixmedins_code,med_type,begntime,bed_id"
    for at, bed in ((T[0], "B1"), (T[1], "B2")):
        raw = write(
            tmp_path / bed, f"E1,P1,H1,21,2025-01-01 08:00:00,{bed}", "E2,P2,H1,21,2025-01-02 08:00:00,B1",
            name="encounter.csv", header=header,
        )  # fmt: skip
        report = ingest(raw, "national", tmp_path / "city", recorded_at=at, corrections=at == T[1])
        assert report.quarantined == 0
    ledger = open_ledger(tmp_path / "city")

    def stays(bed: str, as_of: datetime | None) -> list[str]:
        return sorted(ledger.slice_by("encounter", "bed_id", bed, as_of=as_of)["encounter_id"].to_pylist())

    assert (stays("B1", T[0]), stays("B2", T[0])) == (["E1", "E2"], [])
    assert (stays("B1", None), stays("B2", None)) == (["E2"], ["E1"])


def test_a_derived_table_follows_the_correction(city: Path) -> None:
    header = HEADER + ",reversed_line_id"
    refund = {"cnt": "-1", "det_item_fee_sumamt": "-6.25"}
    correct(city, T[1], f"{line(7, psn_no='P1', **refund)},L1", header=header, corrections=False)
    correct(city, T[2], f"{line(7, psn_no='P1', **refund)},L3", header=header)
    for at, reversed_line in ((T[1], "L1"), (T[2], "L3"), (None, "L3")):
        with DuckEngine(threads=1) as engine:
            open_ledger(city).attach(engine, at, only=["charge_reversal"])
            found = engine.execute("select line_id, amount from charge_reversal").to_pylist()
        assert found == [{"line_id": reversed_line, "amount": -625}]


def test_a_rollback_takes_a_correction_back(city: Path) -> None:
    correct(city, T[1], line(1, psn_no="P1", det_item_fee_sumamt="80.00"))
    rollback(city, 1)
    assert versions(city)["L1"] == versions(city, T[2])["L1"] == 1_250
    correct(city, T[2], line(1, psn_no="P1", det_item_fee_sumamt="90.00"))
    assert [versions(city, at)["L1"] for at in (T[1], T[2])] == [1_250, 9_000]
    assert open_ledger(city, snapshot=2).rows("charge_line", "line_id", ["L1"])["amount"].to_pylist() == [8_000]


def test_the_reading_of_tables_without_corrections_is_untouched(city: Path) -> None:
    correct(city, T[1], line(1, psn_no="P1", det_item_fee_sumamt="80.00"))
    timeline = open_ledger(city)._timeline
    tables = open_ledger(city).tables()
    assert timeline.reading(tables["settlement"], None).superseded is None
    assert timeline.reading(tables["charge_line"], T[0]).superseded is None
    assert timeline.reading(tables["charge_line"], T[1]).superseded is not None


def test_keys_of_tables_kept_by_person_are_complete(city: Path) -> None:
    for name, table in open_ledger(city).tables().items():
        if table.kind == "fact" and table.slice:
            assert all(table.by_name[key].required for key in table.key), name
