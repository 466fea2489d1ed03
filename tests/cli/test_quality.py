"""`yibao quality` and `ingest --strict` through the real command line, over a small ledger with known faults."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from python_calamine import CalamineWorkbook

pytestmark = pytest.mark.slow

MONTHS = ("2026-01", "2026-02", "2026-03")


def yibao(*args: str | Path, lang: str = "en") -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "yibao", *map(str, args)],
        capture_output=True, text=True, encoding="utf-8", env={**os.environ, "YIBAO_LANG": lang}, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    return done


def _write(folder: Path, table: str, rows: list[dict[str, Any]]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def _raw(folder: Path) -> None:
    """Two hospitals over three months. H1: a bill off by one yuan, an unknown item, a bad cell; H2: a lost visit."""
    _write(folder, "institution", [{"fixmedins_code": h, "fixmedins_name": f"医院{h}"} for h in ("H1", "H2")])
    _write(folder, "person", [{"psn_no": f"P{i}", "gend": "1", "brdy": "1980-01-01"} for i in range(4)])
    _write(folder, "catalogue_item", [{"med_list_codg": "A", "begndate": "2020-01-01", "name": "项目"}])
    visits, bills, lines = [], [], []
    for n in range(24):
        hospital, month = f"H{n % 2 + 1}", MONTHS[n % 3]
        base = {"mdtrt_id": f"E{n}", "psn_no": f"P{n % 4}", "fixmedins_code": hospital}
        if n != 7:  # H2's encounter E7 is lost; its bill and line remain
            visits.append({**base, "med_type": "11", "begntime": f"{month}-05 08:00:00"})
        paid = "8.00" if n == 2 else "7.00"  # H1's bill S2: 7 + 4 = 11 of 10
        bills.append(
            {**base, "setl_id": f"S{n}", "med_type": "11", "setl_time": f"{month}-05 09:00:00",
             "medfee_sumamt": "10.00", "fund_pay_sumamt": paid, "psn_part_amt": "3.00", "hosp_part_amt": "0.00"}
        )  # fmt: skip
        item = "=LOCAL" if n == 4 else "A"
        count = "abc" if n == 10 else "1"
        lines.append(
            {**base, "feedetl_sn": f"L{n}", "setl_id": f"S{n}", "med_list_codg": item, "cnt": count, "pric": "10.0",
             "det_item_fee_sumamt": "10.00", "fee_ocur_time": f"{month}-05 08:30:00"}
        )  # fmt: skip
    _write(folder, "encounter", visits)
    _write(folder, "settlement", bills)
    _write(folder, "charge_line", lines)


@dataclass(frozen=True)
class Checked:
    """A ledger, what `quality --strict --feedback --json` said of it, and where the feedback went."""

    ledger: Path
    figures: dict[str, Any]
    exit_code: int

    @property
    def issues(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = pq.read_table(Path(self.figures["folder"]) / "quality_issue.parquet").to_pylist()
        return rows


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Checked:
    folder = tmp_path_factory.mktemp("quality")
    _raw(folder / "raw")
    into = folder / "ledger"
    assert yibao("ingest", folder / "raw", "--into", into, "--strict").returncode == 3, "L10 was quarantined"
    done = yibao("quality", into, "--strict", "--feedback", folder / "feedback", "--json")
    return Checked(into, json.loads(done.stdout), done.returncode)


def test_figures_reconcile_with_the_issues_to_the_fen(checked: Checked) -> None:
    figures, issues = checked.figures, checked.issues
    assert {"I3", "Q26", "K01", "K02"} <= {row["law_id"] for row in issues}
    assert figures["issues"] == len(issues) == sum(row["issues"] for row in figures["detail"])
    money = sum(abs(row["amount"]) for row in issues)
    for part in ("detail", "by_institution_month", "by_law"):
        assert sum(row["amount"] for row in figures[part]) == figures["amount_by_law"] == money
    once: dict[tuple[Any, ...], int] = defaultdict(int)
    for row in issues:
        month = str(row["occurred_on"])[:7] if row["occurred_on"] else None
        key = (row["institution_id"], month, row["table_name"], row["ref_id"])
        once[key] = max(once[key], abs(row["amount"]))
    assert figures["amount_once"] == sum(once.values()) < money
    assert figures["amount_once"] == sum(row["amount_once"] for row in figures["by_institution_month"])
    bill = next(row for row in figures["detail"] if row["law_id"] == "I3")
    assert (bill["institution_id"], bill["month"][:7], bill["rows_checked"], bill["amount"]) == (
        "H1",
        "2026-03",
        4,
        100,
    )
    shares = {(r["law_id"], r["subject_kind"]): (r["numerator"], r["denominator"]) for r in figures["coverage"]}
    assert shares["K11", "institution"] == (22, 23)  # L10 is in quarantine, L4 joins nothing
    assert shares["K11", "institution_money"] == (22_000, 23_000)


def test_the_workbook_and_the_csv_say_the_same(checked: Checked) -> None:
    xlsx, file = map(Path, checked.figures["files"])
    detail = CalamineWorkbook.from_path(str(xlsx)).get_sheet_by_index(2).to_python()[1:]
    with file.open(encoding="utf-8-sig", newline="") as opened:
        rows = list(csv.reader(opened))[1:]
    assert len(detail) == len(rows) == len(checked.figures["detail"])
    assert round(sum(row[-1] for row in detail) * 100) == checked.figures["amount_by_law"]
    assert sum(round(float(row[-1]) * 100) for row in rows) == checked.figures["amount_by_law"]


def test_each_institution_gets_its_own_rows_in_its_own_field_names(checked: Checked) -> None:
    sent = {file["institution_id"]: file for file in checked.figures["feedback"]}
    texts = {}
    for hospital in ("H1", "H2"):
        with Path(sent[hospital]["csv"]).open(encoding="utf-8-sig", newline="") as file:
            texts[hospital] = list(csv.DictReader(file))
        book = CalamineWorkbook.from_path(sent[hospital]["xlsx"])
        assert len(book.get_sheet_by_index(1).to_python()) == len(texts[hospital]) + 1 == sent[hospital]["rows"] + 1
        assert book.get_sheet_by_index(0).to_python()[0][0] == f"医院{hospital}"
        assert all(row["整改期限 deadline"] == "" for row in texts[hospital])
    values = {(r["字段 field"], r["所见值 value seen"], r["规则 law"]) for r in texts["H1"]}
    assert {("cnt", "abc", "not_milli"), ("med_list_codg", "'=LOCAL", "K02"), ("psn_part_amt", "3.00", "I3")} <= values
    assert {row["所见值 value seen"] for row in texts["H2"] if row["规则 law"] == "K01"} == {"E7"}
    for hospital, start in (("H1", 1), ("H2", 0)):
        foreign = {f"{kind}{n}" for kind in "ESL" for n in range(start, 24, 2)}
        for row in texts[hospital]:
            assert not foreign & set(" ".join(row.values()).split())


def test_strict_is_for_errors_and_fail_on_for_warnings(checked: Checked) -> None:
    assert checked.exit_code == 3
    assert checked.figures["errors"] > 0
    assert yibao("quality", checked.ledger, "--fail-on", "info").returncode == 2
    assert yibao("quality", checked.ledger, "--institution", "H1").returncode == 2
    assert yibao("quality", checked.ledger, "--feedback", checked.ledger, "--institution", "H9").returncode == 2


def test_what_a_clerk_reads(checked: Checked) -> None:
    done = yibao("quality", checked.ledger, lang="zh")
    assert done.returncode == 0, "issues are no failure unless asked for"
    assert "每行只计一次" in done.stdout
    assert "医院H1" in done.stdout
    assert "个人负担等于总费用减基金和医院负担" in done.stdout


def test_a_second_delivery_is_held_against_the_first(tmp_path: Path) -> None:
    """Three full months, then a shorter one without order numbers, of other charges and a hundred times the amounts."""
    for batch, months, rows, amount, order, kind in (
        ("a", MONTHS, 200, "10.00", "O", "03"),
        ("b", ("2026-04",), 110, "1000.00", "", "04"),
    ):
        lines = [
            {"feedetl_sn": f"{month}-{n}", "mdtrt_id": "E", "psn_no": "P", "fixmedins_code": "H1", "med_list_codg": "A",
             "cnt": "1", "pric": "1", "drord_no": order, "med_chrgitm_type": kind, "det_item_fee_sumamt": amount,
             "fee_ocur_time": f"{month}-05 08:00:00"}
            for month in months for n in range(rows)
        ]  # fmt: skip
        _write(tmp_path / batch, "charge_line", lines)
        again = yibao("ingest", tmp_path / batch, "--into", tmp_path / "l", "--strict")
        assert again.returncode == 0, "nothing was quarantined"
    done = yibao("quality", tmp_path / "l", "--fail-on", "warning", "--json")
    assert done.returncode == 3
    found = {row["law_id"] for row in json.loads(done.stdout)["by_law"]}
    assert {"K32", "K34", "K35"} <= found
    assert "K31" not in found, "110 of 200 is no halving"
