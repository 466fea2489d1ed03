"""What the simulated city plants about people, pharmacies, groups and capacity is found; what resembles it is not."""

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
            about[row["law_id"]] |= {(name, row[f"{name}_id"]) for name in names if row[f"{name}_id"]}
    for row in pq.read_table(folder / "finding_ref.parquet").to_pylist():
        if row["finding_id"] not in exempted:
            about[row["law_id"]].add((row["ref_table"], row["ref_id"]))
    return about


def planted(demo: Demo, block: str, role: str) -> list[dict[str, str]]:
    with (demo.folder / "city" / "truth" / "truth.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [
        row for row in rows
        if row["truth_rule"][0] == block and row["truth_role"] == role and row["truth_rule"][:2] != "EQ"
    ]  # fmt: skip


@pytest.mark.parametrize("block", "EFGH")
def test_planted_positives_are_found(demo: Demo, found: dict[str, set[tuple[str, str]]], block: str) -> None:
    rows = planted(demo, block, "positive")
    missed = [row for row in rows if (row["ref_table"], row["ref_id"]) not in found[row["truth_rule"]]]
    assert len(rows) >= 7
    assert len(missed) <= 0.02 * len(rows), missed


@pytest.mark.parametrize("block", "EFGH")
def test_look_alikes_are_left_alone(demo: Demo, found: dict[str, set[tuple[str, str]]], block: str) -> None:
    rows = planted(demo, block, "lookalike")
    caught = [row for row in rows if (row["ref_table"], row["ref_id"]) in found[row["truth_rule"]]]
    assert len(rows) >= 5
    assert not caught
