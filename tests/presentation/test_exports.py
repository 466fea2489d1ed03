"""The working lists: complete, exact, opened by Excel as they are meant, and no formula from the data ever runs."""

from __future__ import annotations

import csv
import zipfile
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "findings.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_the_csv_opens_in_excel_and_holds_every_finding(folder: Path) -> None:
    assert (folder / "findings.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    finding = pq.read_table(folder / "finding.parquet")
    found = rows(folder)
    assert len(found) == finding.num_rows
    assert {"命中编号 finding id", "涉及基金 fund amount at stake (CNY)"} <= set(found[0])


def test_money_in_the_csv_is_exact(folder: Path) -> None:
    expected = sum(pq.read_table(folder / "finding.parquet")["fund_amount"].to_pylist())
    shown = sum(Decimal(row["涉及基金 fund amount at stake (CNY)"]) for row in rows(folder))
    assert shown * 100 == expected


def test_text_that_looks_like_a_formula_is_disarmed(folder: Path) -> None:
    assert all(row["英文说明 explanation in English"].startswith("'=Suspected") for row in rows(folder))


def test_the_workbook_has_findings_evidence_and_quality_without_formulas(folder: Path) -> None:
    with zipfile.ZipFile(folder / "findings.xlsx") as book:
        assert "命中 finding" in book.read("xl/workbook.xml").decode()
        sheets = [book.read(name).decode() for name in book.namelist() if name.startswith("xl/worksheets/sheet")]
        assert len(sheets) == 3
        assert not any("<f>" in sheet for sheet in sheets)
        assert (
            "命中编号\nfinding id" in sheets[0] or "命中编号\nfinding id" in book.read("xl/sharedStrings.xml").decode()
        )
