"""Workbooks and Parquet files of source `national`: each trap of a spreadsheet, with the row of the sheet named."""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from rawfiles import LINE

from yibao.ledger import open_ledger
from yibao.ledger.ingest import ingest
from yibao.ledger.refusals import HeaderRefused, UnknownTable, UnreadableFile
from yibao.ledger.report import IngestReport

Sheets = dict[str, list[list[Any]]]
HEAD = list(LINE)
ROW: list[Any] = [
    "L1", "P1", "H1", "I1", "09", 2, 6.25, 12.5, datetime(2025, 3, 1, 8, 30), "阿司匹林片",
]  # fmt: skip


def row(number: int | str, **cells: Any) -> list[Any]:
    given = dict(zip(HEAD, ROW, strict=True)) | {"feedetl_sn": f"L{number}"} | cells
    return list(given.values())


def book(folder: Path, sheets: Sheets, *, name: str = "export.xlsx", epoch_1904: bool = False) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    with xlsxwriter.Workbook(str(path), {"date_1904": epoch_1904}) as made:
        time = made.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        for title, rows in sheets.items():
            sheet = made.add_worksheet(title)
            for at, cells in enumerate(rows):
                for place, cell in enumerate(cells):
                    if isinstance(cell, (date, datetime)):
                        sheet.write_datetime(at, place, cell, time)
                    elif cell != "":
                        sheet.write(at, place, cell)
    return path


def edit(path: Path, change: Callable[[str], str], part: str = "xl/worksheets/sheet1.xml") -> None:
    """Rewrite the XML of a sheet: what other programs write and our writer does not."""
    other = path.with_suffix(".new")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(other, "w") as new:
        for entry in old.namelist():
            data = old.read(entry)
            new.writestr(entry, change(data.decode()).encode() if entry == part else data)
    other.replace(path)


def cell(place: str, value: str, kind: str = "") -> Callable[[str], str]:
    """Put the XML ``value`` into a cell."""
    return lambda xml: re.sub(
        rf'<c r="{place}"[^>]*?(/>|>.*?</c>)',
        f'<c r="{place}"{kind and f" t={chr(34)}{kind}{chr(34)}"}>{value}</c>',
        xml,
    )


def problems(into: Path) -> list[tuple[int, str, str, str | None]]:
    found = open_ledger(into).quarantine().sort_by([("row", "ascending"), ("sequence", "ascending")])
    return [(r["row"], r["field"], r["code"], r["value"]) for r in found.to_pylist()]


def take(tmp_path: Path, path: Path) -> IngestReport:
    report = ingest(path, "national", tmp_path / "ledger")
    for tally in report.tables.values():
        assert tally.rows_in == tally.accepted + tally.quarantined + tally.duplicates
        assert tally.money_in == tally.money_accepted + tally.money_quarantined + tally.money_duplicates
    return report


def lines(tmp_path: Path) -> list[dict[str, Any]]:
    return sorted(
        open_ledger(tmp_path / "ledger").rows("charge_line", "institution_id", ["H1"]).to_pylist(),
        key=lambda r: r["line_id"],
    )


def test_a_sheet_is_a_table_like_a_csv_file(tmp_path: Path) -> None:
    sheets = {
        "fee_list_d": [HEAD, row(1), row(2, cnt=1.5, pric=0.333333, det_item_fee_sumamt=0.5)],
        "人员": [["说明"]],
        "person": [["psn_no", "gend", "brdy"], ["P1", "1", date(1960, 2, 29)]],
    }
    report = take(tmp_path, book(tmp_path / "raw", sheets).parent)
    assert (report.accepted, report.quarantined) == (3, 0)
    first, second = lines(tmp_path)
    assert (first["quantity"], first["unit_price"], first["amount"]) == (2000, 6_250_000, 1250)
    assert (second["quantity"], second["unit_price"], second["amount"]) == (1500, 333_333, 50)
    assert first["charged_at"] == datetime(2025, 3, 1, 8, 30)
    assert open_ledger(tmp_path / "ledger").rows("person", "person_id", ["P1"])["birth_date"].to_pylist() == [
        date(1960, 2, 29)
    ]
    assert any("export.xlsx, sheet 人员: left aside" in message for message in report.messages)


def test_a_workbook_of_one_sheet_may_be_named_by_its_file(tmp_path: Path) -> None:
    report = take(tmp_path, book(tmp_path / "raw", {"Sheet1": [HEAD, row(1)]}, name="charge_line_2025.xlsx"))
    assert report.accepted == 1
    with pytest.raises(UnknownTable, match="Sheet1"):
        ingest(book(tmp_path / "raw", {"Sheet1": [HEAD, row(1)]}, name="x.xlsx"), "national", tmp_path / "new")


def test_titles_blank_rows_and_the_rows_numbers(tmp_path: Path) -> None:
    """The header is found below titles; rows are numbered as the sheet numbers them; blank rows are no records."""
    blank: list[Any] = [""] * len(HEAD)
    sheet = [["2025 年费用明细"], [], HEAD, row(1), blank, row(2, det_item_fee_sumamt=80.005), blank, blank]
    report = take(tmp_path, book(tmp_path / "raw", {"charge_line": sheet}))
    assert (report.rows_in, report.accepted) == (2, 1)
    assert problems(tmp_path / "ledger") == [(6, "det_item_fee_sumamt", "not_money", "80.005")]
    assert any("line 3: the column names stand here" in message for message in report.messages)


def test_ids_that_lost_digits_are_not_accepted(tmp_path: Path) -> None:
    sheet = [HEAD, row(1, psn_no=330102199001011234), row(2, psn_no=12345), row(3, med_list_codg=250.5)]
    report = take(tmp_path, book(tmp_path / "raw", {"charge_line": sheet}))
    assert problems(tmp_path / "ledger") == [
        (2, "psn_no", "lost_digits", "3.301021990010113e+17"),
        (4, "med_list_codg", "lost_digits", "250.5"),
    ]
    assert [r["person_id"] for r in lines(tmp_path)] == ["12345"]
    assert any(m.startswith("charge_line.person_id: 2 cells stored as a number") for m in report.messages)


def test_a_lost_leading_zero_of_a_code_list_is_no_code(tmp_path: Path) -> None:
    take(tmp_path, book(tmp_path / "raw", {"charge_line": [HEAD, row(1, med_chrgitm_type=9)]}))
    assert problems(tmp_path / "ledger") == [(2, "med_chrgitm_type", "unknown_code", "9")]


def test_a_text_that_became_a_date_is_not_accepted(tmp_path: Path) -> None:
    take(tmp_path, book(tmp_path / "raw", {"charge_line": [HEAD, row(1, medins_list_name=datetime(2025, 3, 1))]}))
    assert problems(tmp_path / "ledger") == [(2, "medins_list_name", "date_as_text", "2025-03-01")]


def test_numbers_typed_as_text_are_read_and_money_is_exact(tmp_path: Path) -> None:
    path = book(tmp_path / "raw", {"charge_line": [HEAD, row(1, det_item_fee_sumamt="12.50"), row(2), row(3)]})
    edit(path, cell("H3", "<v>0.30000000000000004</v>"))
    edit(path, cell("H4", "<v>0.3</v>"))
    report = take(tmp_path, path)
    assert problems(tmp_path / "ledger") == [(3, "det_item_fee_sumamt", "not_money", "0.30000000000000004")]
    assert [r["amount"] for r in lines(tmp_path)] == [1250, 30]
    assert report.tables["charge_line"].unreadable == 1


def test_errors_and_formulas_without_a_value_are_not_taken_for_empty(tmp_path: Path) -> None:
    """`days` is optional, so an empty cell would pass."""
    sheet = [[*HEAD, "medc_days"], *([*row(n), 7] for n in range(1, 5))]
    path = book(tmp_path / "raw", {"charge_line": sheet})
    edit(path, cell("K2", "<f>1/0</f><v>#DIV/0!</v>", "e"))
    edit(path, cell("K3", "<f>A1+1</f>"))
    edit(path, cell("K4", "<f>3+4</f><v>7</v>"))
    edit(path, cell("K5", '<f>IF(1,"","")</f><v></v>', "str"))
    take(tmp_path, path)
    assert problems(tmp_path / "ledger") == [
        (2, "medc_days", "error_cell", "#DIV/0!"),
        (3, "medc_days", "no_value", "="),
    ]
    assert [r["days_supply"] for r in lines(tmp_path)] == [7, None]


def test_cells_below_a_merged_one_are_not_taken_for_empty(tmp_path: Path) -> None:
    path = book(tmp_path / "raw", {"charge_line": [HEAD, row(1), row(2, medins_list_name=""), row(3)]})
    edit(
        path,
        lambda xml: xml.replace(
            "</sheetData>", '</sheetData><mergeCells count="1"><mergeCell ref="J2:J3"/></mergeCells>'
        ),
    )
    take(tmp_path, path)
    assert problems(tmp_path / "ledger") == [(3, "medins_list_name", "merged_cell", "")]


def test_dates_follow_the_workbooks_own_system_and_bare_serials_are_no_dates(tmp_path: Path) -> None:
    sheet = [HEAD, row(1), row(2, fee_ocur_time=45717), row(3, fee_ocur_time=datetime(2025, 3, 2))]
    take(tmp_path, book(tmp_path / "raw", {"charge_line": sheet}, epoch_1904=True))
    assert [r["charged_at"] for r in lines(tmp_path)] == [datetime(2025, 3, 1, 8, 30), datetime(2025, 3, 2)]
    assert problems(tmp_path / "ledger") == [(3, "fee_ocur_time", "not_time", "45717")]


def test_a_percentage_is_its_ratio(tmp_path: Path) -> None:
    sheet = [[*HEAD, "selfpay_prop", "lmt_used_flag"], [*row(1), 0.1, True], [*row(2), "10%", False]]
    take(tmp_path, book(tmp_path / "raw", {"charge_line": sheet}))
    assert [(r["first_share_rate"], r["restriction_met"]) for r in lines(tmp_path)] == [(1000, True)]
    assert problems(tmp_path / "ledger") == [(3, "selfpay_prop", "not_rate", "10%")]


def test_hidden_sheets_and_cells_beside_the_table(tmp_path: Path) -> None:
    path = tmp_path / "raw" / "a.xlsx"
    path.parent.mkdir()
    with xlsxwriter.Workbook(str(path)) as made:
        shown, hidden = made.add_worksheet("charge_line"), made.add_worksheet("person")
        for at, cells in enumerate([HEAD, [*row(1)[:8], "2025-03-01 08:30:00", "x", "beside"]]):
            shown.write_row(at, 0, cells)
        hidden.hide()
        hidden.write_row(0, 0, ["psn_no"])
    report = take(tmp_path, path)
    assert set(report.tables) == {"charge_line"} and report.quarantined == 1
    assert report.reasons == {"too_many_cells": 1}
    assert any("sheet person: hidden" in message for message in report.messages)


def test_a_workbook_with_a_password_or_of_an_old_form_is_refused(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "charge_line.xlsx").write_bytes(b"\xd0\xcf\x11\xe0" + b"\0" * 600)
    with pytest.raises(UnreadableFile, match="without a password"):
        ingest(raw, "national", tmp_path / "new")
    old = shutil.copy(raw / "charge_line.xlsx", tmp_path / "charge_line.xls")
    with pytest.raises(UnknownTable, match=r"save the workbook as \.xlsx"):
        ingest(old, "national", tmp_path / "new")


# --- Parquet ---------------------------------------------------------------------------------------------------------

TYPED: dict[str, pa.Array] = {
    "feedetl_sn": pa.array(["L1", "L2", "L3"]).dictionary_encode(),
    "psn_no": pa.array([1, 2, 3], pa.int64()),
    "fixmedins_code": pa.array(["H1"] * 3, pa.large_string()),
    "med_list_codg": pa.array(["I1"] * 3),
    "cnt": pa.array([2.0, 1.5, 0.1 + 0.2]),
    "det_item_fee_sumamt": pa.array([Decimal("12.50"), Decimal("0.30"), Decimal("1.00")], pa.decimal128(12, 2)),
    "fee_ocur_time": pa.array([datetime(2025, 3, 1, 8, 30)] * 3, pa.timestamp("ns")),
    "lmt_used_flag": pa.array([True, False, None]),
}


def parquet(folder: Path, **columns: pa.Array) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(TYPED | columns), folder / "fee_list_d.parquet")
    return folder


def test_typed_columns_of_parquet_are_read_exactly(tmp_path: Path) -> None:
    take(tmp_path, parquet(tmp_path / "raw"))
    assert [(r["person_id"], r["quantity"], r["amount"], r["restriction_met"]) for r in lines(tmp_path)] == [
        ("1", 2000, 1250, True),
        ("2", 1500, 30, False),
    ]
    assert problems(tmp_path / "ledger") == [(3, "cnt", "not_milli", "0.30000000000000004")]


def test_binary_money_is_taken_when_it_is_exact_to_the_fen(tmp_path: Path) -> None:
    take(
        tmp_path,
        parquet(tmp_path / "raw", cnt=pa.array([1.0] * 3), det_item_fee_sumamt=pa.array([12345678901.5, 80.005, 7])),
    )
    assert [r["amount"] for r in lines(tmp_path)] == [1_234_567_890_150, 700]
    assert problems(tmp_path / "ledger") == [(2, "det_item_fee_sumamt", "not_money", "80.005")]


def test_binary_ids_that_lost_digits_are_not_accepted(tmp_path: Path) -> None:
    take(tmp_path, parquet(tmp_path / "raw", cnt=pa.array([1.0] * 3), psn_no=pa.array([17.0, 3.3e17, 2.5])))
    assert [r["person_id"] for r in lines(tmp_path)] == ["17"]
    assert [p[1:3] for p in problems(tmp_path / "ledger")] == [("psn_no", "lost_digits")] * 2


@pytest.mark.parametrize(
    ("column", "says"),
    [
        (pa.array([datetime(2025, 3, 1, tzinfo=UTC)] * 3, pa.timestamp("us", "UTC")), "zone UTC"),
        (pa.array([[1]] * 3), "no single value"),
        (pa.array([b"x"] * 3), "no single value"),
    ],
)
def test_what_has_no_exact_text_is_refused_by_name(tmp_path: Path, column: pa.Array, says: str) -> None:
    with pytest.raises(HeaderRefused, match=f"fee_ocur_time.*{says}"):
        ingest(parquet(tmp_path / "raw", fee_ocur_time=column), "national", tmp_path / "ledger")
    assert not (tmp_path / "ledger").exists()


def test_a_damaged_parquet_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "person.parquet").write_bytes(b"PAR1 but no more")
    with pytest.raises(UnreadableFile, match="Parquet"):
        ingest(tmp_path / "person.parquet", "national", tmp_path / "ledger")
