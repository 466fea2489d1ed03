"""What the simulated city plants for every block of rules is found, by every law; what resembles it is not."""

from __future__ import annotations

import csv
from collections import defaultdict

import pyarrow.parquet as pq
import pytest

from yibao.runs.demo import Demo
from yibao.runs.laws import shipped_roots
from yibao.runs.manifest import latest_run

Things = dict[str, set[tuple[str, str]]]

#: They need what a small city without a grouping pack does not have: groups of cases (C09 and two of its variants), or
#: more stays in a month or at a hospital than it holds.
NOT_HERE = {"C06", "C09", "C09-2", "C09-6", "C10-2", "H06"}


@pytest.fixture(scope="module")
def found_by_law(demo: Demo) -> Things:
    """By law everything that its open findings are about: evidence, and the finding's own person and place."""
    folder = latest_run(demo.ledger.path)
    assert folder is not None
    findings = pq.read_table(folder / "finding.parquet").to_pylist()
    exempted = {row["finding_id"] for row in findings if row["exempted_by"]}
    about: Things = defaultdict(set)
    for row in findings:
        if row["finding_id"] not in exempted:
            names = ("encounter", "person", "institution")
            about[row["law_id"]] |= {(name, row[f"{name}_id"]) for name in names if row[f"{name}_id"]}
    for row in pq.read_table(folder / "finding_ref.parquet").to_pylist():
        if row["finding_id"] not in exempted:
            about[row["law_id"]].add((row["ref_table"], row["ref_id"]))
    reports = [ref for table, ref in about["A11"] if table == "exam_report"]
    for report in demo.ledger.rows("exam_report", "report_id", reports).to_pylist():
        about["A11"].add(("bed_device", report["device_id"]))
    moves = [ref for table, ref in about["F07"] if table == "stock_move"]
    for move in demo.ledger.rows("stock_move", "move_id", moves).to_pylist():
        about["F07"].add(("stock_move", f"{move['institution_id']}|{move['item_code']}"))
    return about


@pytest.fixture(scope="module")
def found(found_by_law: Things) -> Things:
    """The same by rule of the domain."""
    about: Things = defaultdict(set)
    for law, things in found_by_law.items():
        about[_rule(law)] |= things
    return about


def _rule(law: str) -> str:
    """The rule of the domain that a law or one of its variants serves: A09 of A09-2."""
    return law.partition("-")[0]


def planted(demo: Demo, block: str, role: str) -> list[dict[str, str]]:
    with (demo.folder / "city" / "truth" / "truth.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [
        row for row in rows
        if row["truth_rule"][0] == block and row["truth_role"] == role and row["truth_rule"][:2] != "EQ"
        # An indicator of institutions, which a small city may have too few stays for.
        and row["truth_rule"] != "C06"
    ]  # fmt: skip


@pytest.mark.parametrize("block", "ABCDEFGH")
def test_planted_positives_are_found(demo: Demo, found: Things, block: str) -> None:
    rows = planted(demo, block, "positive")
    missed = [row for row in rows if (row["ref_table"], row["ref_id"]) not in found[row["truth_rule"]]]
    assert len(rows) >= 4
    assert len(missed) <= 0.02 * len(rows), missed


@pytest.mark.parametrize("block", "ABCDEFGH")
def test_look_alikes_are_left_alone(demo: Demo, found: Things, block: str) -> None:
    rows = planted(demo, block, "lookalike")
    caught = [row for row in rows if (row["ref_table"], row["ref_id"]) in found[row["truth_rule"]]]
    assert len(rows) >= 3
    assert not caught


def test_every_law_finds_something_that_was_planted(demo: Demo, found_by_law: Things) -> None:
    """A scene of the same rule that another law finds does not count."""
    laws = {folder.name.partition("_")[0] for folder in shipped_roots()[0].iterdir()}
    positives: Things = defaultdict(set)
    for block in "ABCDEFGH":
        for row in planted(demo, block, "positive"):
            positives[row["truth_rule"]].add((row["ref_table"], row["ref_id"]))
    # Devices that did more than they can are planted with the examinations, and named by their reports.
    positives["H04"] = found_by_law["A11"]
    assert {law for law in laws if not found_by_law[law] & positives[_rule(law)]} == NOT_HERE
