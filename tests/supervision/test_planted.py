"""What the simulated city plants for every block of rules is found; what resembles it is not."""

from __future__ import annotations

import csv
from collections import defaultdict

import pyarrow.parquet as pq
import pytest

from yibao.runs.demo import Demo
from yibao.runs.manifest import latest_run


@pytest.fixture(scope="module")
def found(demo: Demo) -> dict[str, set[tuple[str, str]]]:
    """By law everything that its open findings are about: evidence, and the finding's own person and place."""
    folder = latest_run(demo.ledger.path)
    assert folder is not None
    findings = pq.read_table(folder / "finding.parquet").to_pylist()
    exempted = {row["finding_id"] for row in findings if row["exempted_by"]}
    about: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for row in findings:
        if row["finding_id"] not in exempted:
            names = ("encounter", "person", "institution")
            about[_rule(row)] |= {(name, row[f"{name}_id"]) for name in names if row[f"{name}_id"]}
    for row in pq.read_table(folder / "finding_ref.parquet").to_pylist():
        if row["finding_id"] not in exempted:
            about[_rule(row)].add((row["ref_table"], row["ref_id"]))
    reports = [ref for table, ref in about["A11"] if table == "exam_report"]
    for report in demo.ledger.rows("exam_report", "report_id", reports).to_pylist():
        about["A11"].add(("bed_device", report["device_id"]))
    moves = [ref for table, ref in about["F07"] if table == "stock_move"]
    for move in demo.ledger.rows("stock_move", "move_id", moves).to_pylist():
        about["F07"].add(("stock_move", f"{move['institution_id']}|{move['item_code']}"))
    return about


def _rule(row: dict[str, str]) -> str:
    """The rule of the domain that a law or one of its variants serves: A09 of A09-2."""
    return row["law_id"].partition("-")[0]


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
def test_planted_positives_are_found(demo: Demo, found: dict[str, set[tuple[str, str]]], block: str) -> None:
    rows = planted(demo, block, "positive")
    missed = [row for row in rows if (row["ref_table"], row["ref_id"]) not in found[row["truth_rule"]]]
    assert len(rows) >= 4
    assert len(missed) <= 0.02 * len(rows), missed


@pytest.mark.parametrize("block", "ABCDEFGH")
def test_look_alikes_are_left_alone(demo: Demo, found: dict[str, set[tuple[str, str]]], block: str) -> None:
    rows = planted(demo, block, "lookalike")
    caught = [row for row in rows if (row["ref_table"], row["ref_id"]) in found[row["truth_rule"]]]
    assert len(rows) >= 3
    assert not caught
