"""Raw files into the ledger: what is accepted, what is quarantined and why, what is refused; nothing is lost."""

from __future__ import annotations

import gzip
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rawfiles import HEADER, LINE, line, write

from yibao.engine import table_hash
from yibao.errors import UsageError, YibaoError
from yibao.ledger import Ledger, create_ledger, open_ledger
from yibao.ledger.ingest import ingest
from yibao.ledger.refusals import (
    BinaryFile,
    EmptyFile,
    HeaderRefused,
    MixedEncoding,
    NothingToRead,
    TruncatedFile,
    UnknownTable,
    UnreadableFile,
    WrongCurrency,
)
from yibao.ledger.report import IngestReport

_CHINESE = re.compile("[\u4e00-\u9fff]")


def take(raw: Path, into: Path) -> tuple[IngestReport, Ledger]:
    report = ingest(raw, "national", into)
    for tally in [report.total, *report.tables.values(), *(file.tally for file in report.files)]:
        assert tally.balances()
    return report, open_ledger(into)


def lines_of(ledger: Ledger) -> list[dict[str, object]]:
    rows = ledger.rows("charge_line", "institution_id", ["H1"]).to_pylist()
    return sorted(rows, key=lambda row: str(row["line_id"]))


def quarantined(ledger: Ledger) -> list[tuple[object, ...]]:
    return [(q["row"], q["column_name"], q["value"], q["code"]) for q in ledger.quarantine().to_pylist()]


def test_values_become_typed_without_rounding(tmp_path: Path) -> None:
    raw = write(
        tmp_path / "raw",
        line(1) + ",",
        line(2, det_item_fee_sumamt="-0.05", cnt="-1.5") + ",L1",
        header=HEADER + ",init_feedetl_sn",
    )
    report, ledger = take(raw, tmp_path / "city")
    first, second = lines_of(ledger)
    assert (report.accepted, report.total.money_accepted) == (2, 1245)
    assert (first["amount"], first["quantity"], first["unit_price"]) == (1250, 2000, 6_250_000)
    assert (second["amount"], second["quantity"], second["reversed_line_id"]) == (-5, -1500, "L1")
    assert str(first["charged_at"]) == "2025-03-01 08:30:00"
    assert first["settlement_id"] is None
    assert first["batch_id"] == "b000001"


@pytest.mark.parametrize(
    ("cells", "column", "code"),
    [
        ({"det_item_fee_sumamt": "12.505"}, "amount", "not_money"),
        ({"det_item_fee_sumamt": "1e2"}, "amount", "not_money"),
        ({"det_item_fee_sumamt": " 12.50"}, "amount", "not_money"),
        ({"det_item_fee_sumamt": "1_000"}, "amount", "not_money"),
        ({"det_item_fee_sumamt": '"1,000.00"'}, "amount", "not_money"),
        ({"det_item_fee_sumamt": "99999999999999999999"}, "amount", "not_money"),
        ({"det_item_fee_sumamt": ""}, "amount", "missing_value"),
        ({"cnt": "two"}, "quantity", "not_milli"),
        ({"cnt": "0.0001"}, "quantity", "not_milli"),
        ({"pric": "1.2345678"}, "unit_price", "not_micro"),
        ({"med_chrgitm_type": "77"}, "charge_type", "unknown_code"),
        ({"fee_ocur_time": "2025-02-30 08:00:00"}, "charged_at", "not_time"),
        ({"fee_ocur_time": "2025-02-28"}, "charged_at", "not_time"),
        ({"fee_ocur_time": "0999-01-01 00:00:00"}, "charged_at", "below_min"),
        ({"fee_ocur_time": "3025-01-01 00:00:00"}, "charged_at", "above_max"),
        ({"psn_no": ""}, "person_id", "missing_value"),
        ({"det_item_fee_sumamt": "-12.50"}, None, "amount_sign"),
    ],
)
def test_a_row_that_does_not_fit_is_quarantined(
    tmp_path: Path, cells: dict[str, str], column: str | None, code: str
) -> None:
    report, ledger = take(write(tmp_path / "raw", line(1), line(2, **cells), line(3)), tmp_path / "city")
    assert (report.accepted, report.quarantined, report.reasons) == (2, 1, {code: 1})
    (found,) = ledger.quarantine().to_pylist()
    assert (found["file"], found["row"], found["column_name"], found["code"]) == ("charge_line.csv", 3, column, code)
    assert found["expected_zh"] and found["expected_en"]
    told = next(iter(cells.values())).strip('"')
    assert found["value"] == (told or None if column else None)
    assert json.loads(found["raw"])["feedetl_sn"] == "L2"
    unreadable = code == "not_money"
    assert report.total.unreadable == unreadable
    assert report.total.money_accepted == 2500
    if unreadable:
        assert found["amount"] is None
        assert any("no readable amount" in message for message in report.messages)


def test_all_problems_of_a_row_are_told_and_it_counts_once(tmp_path: Path) -> None:
    report, ledger = take(write(tmp_path / "raw", line(1, cnt="x", psn_no="", pric="y")), tmp_path / "city")
    assert report.quarantined == 1
    assert [(q["sequence"], q["column_name"]) for q in ledger.quarantine().to_pylist()] == [
        (1, "person_id"),
        (2, "quantity"),
        (3, "unit_price"),
    ]
    assert report.total.money_quarantined == 1250


def test_records_that_are_no_rows(tmp_path: Path) -> None:
    raw = write(
        tmp_path / "raw",
        line(1),
        "L2,P1,H1",
        line(3) + ",more",
        "",
        line(4, medins_list_name='"half'),
        line(5, medins_list_name='5" tube'),
        line(6, medins_list_name='"two\nlines, ""quoted"""'),
        line(7),
        line(8, medins_list_name="a\rb"),
    )
    report, ledger = take(raw, tmp_path / "city")
    assert [(q["row"], q["code"], q["value"]) for q in ledger.quarantine().to_pylist()] == [
        (3, "too_few_cells", "3 / 10"),
        (4, "too_many_cells", "11 / 10"),
        (6, "bad_quoting", None),
        (7, "bad_quoting", None),
        (11, "bad_line_end", None),
    ]
    assert [row["line_id"] for row in lines_of(ledger)] == ["L1", "L6", "L7"]
    assert lines_of(ledger)[1]["item_name"] == 'two\nlines, "quoted"'
    assert (report.rows_in, report.quarantined, report.total.unreadable) == (8, 5, 5)


def test_a_wrong_value_after_a_quoted_line_break_keeps_its_line(tmp_path: Path) -> None:
    raw = write(tmp_path / "raw", line(1, medins_list_name='"a\nb\nc"'), line(2), line(3, cnt="x"))
    _, ledger = take(raw, tmp_path / "city")
    assert quarantined(ledger) == [(6, "quantity", "x", "not_milli")]


def test_crlf_quotes_and_no_last_line_end(tmp_path: Path) -> None:
    raw = write(tmp_path / "raw", line(1), line(2, medins_list_name='"a,b"'))
    raw.write_bytes(raw.read_bytes().replace(b"\n", b"\r\n").rstrip())
    report, ledger = take(raw, tmp_path / "city")
    assert (report.accepted, report.quarantined) == (2, 0)
    assert lines_of(ledger)[1]["item_name"] == "a,b"


def test_a_file_read_in_many_blocks_keeps_its_line_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yibao.ledger.raw.blocks.BLOCK", 700)
    odd = {0: {"cnt": "x"}, 9: {"medins_list_name": '"a\nb"'}, 18: {"medins_list_name": '"a,b"'}}
    rows = [line(n, **odd.get(n % 50, {})) for n in range(1, 400)]
    report, ledger = take(write(tmp_path / "raw", *rows), tmp_path / "city")
    text = (tmp_path / "raw" / "charge_line.csv").read_text().split("\n")
    assert (report.rows_in, report.quarantined) == (399, 7)
    for row, *_ in quarantined(ledger):
        assert ",x," in text[int(str(row)) - 1]


def test_the_same_file_again_changes_nothing(tmp_path: Path) -> None:
    raw = write(tmp_path / "raw", line(1), line(2, cnt="x"))
    first, _ = take(raw, tmp_path / "city")
    again, ledger = take(raw, tmp_path / "city")
    assert (again.rows_in, again.duplicates, again.accepted, again.quarantined) == (2, 2, 0, 0)
    assert (again.total.money_in, again.total.money_duplicates) == (first.total.money_in, first.total.money_in)
    assert (again.batch_id, ledger.snapshot_id, len(ledger.batches())) == (None, 1, 1)
    assert "taken before, in batch b000001" in again.messages[0]


def test_rows_again_in_another_file_are_duplicates(tmp_path: Path) -> None:
    take(write(tmp_path / "a", line(1), line(2)), tmp_path / "city")
    report, ledger = take(write(tmp_path / "b", line(2), line(3), line(3)), tmp_path / "city")
    assert (report.accepted, report.duplicates, report.total.money_duplicates) == (1, 2, 2500)
    assert [row["line_id"] for row in lines_of(ledger)] == ["L1", "L2", "L3"]
    assert ledger.snapshot_id == 2


def test_two_versions_of_a_record(tmp_path: Path) -> None:
    raw = write(tmp_path / "a", line(1), line(1, det_item_fee_sumamt="13.00"), line(2), line(1))
    report, ledger = take(raw, tmp_path / "city")
    assert (report.accepted, report.quarantined, report.duplicates) == (2, 1, 1)
    assert (report.total.money_accepted, report.total.money_quarantined) == (2500, 1300)
    (found,) = ledger.quarantine().to_pylist()
    assert (found["row"], found["code"], found["value"], found["amount"]) == (3, "key_conflict", "L1", 1300)
    assert json.loads(found["raw"])["det_item_fee_sumamt"] == "13.00"
    assert "reversal" in found["expected_en"]
    # Against the ledger too, even when the record has moved to another person and so to another bucket.
    report, ledger = take(write(tmp_path / "b", line(2, psn_no="P77"), line(9)), tmp_path / "city")
    assert (report.accepted, report.quarantined) == (1, 1)
    assert lines_of(ledger)[1]["person_id"] == "P1"


def test_only_quarantined_rows_are_still_recorded(tmp_path: Path) -> None:
    report, ledger = take(write(tmp_path / "raw", line(1, cnt="x")), tmp_path / "city")
    assert (report.batch_id, report.accepted) == ("b000001", 0)
    assert ledger.quarantine("b000001").num_rows == 1
    assert ledger.files("charge_line") == []


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_every_encoding_gives_the_same_content(tmp_path: Path, encoding: str) -> None:
    names = ["女", "联通", "阿司匹林", "镕", "㐀𠀀", "plain", "2.5×10°"]
    rows = [line(n, medins_list_name=name) for n, name in enumerate(names)]
    _, plain = take(write(tmp_path / "utf8", *rows), tmp_path / "one")
    _, other = take(write(tmp_path / "other", *rows, encoding=encoding), tmp_path / "two")
    assert table_hash(pa.Table.from_pylist(_facts(plain))) == table_hash(pa.Table.from_pylist(_facts(other)))


def test_short_gb18030_that_happens_to_be_valid_utf8(tmp_path: Path) -> None:
    raw = write(tmp_path / "raw", *(line(n, medins_list_name="女") for n in range(5)), encoding="gb18030")
    _, ledger = take(raw, tmp_path / "city")
    assert {row["item_name"] for row in lines_of(ledger)} == {"女"}


def test_compressed_files_directories_and_extensions(tmp_path: Path) -> None:
    folder = tmp_path / "raw"
    raw = write(folder, line(1), line(2))
    (folder / "charge_line_2025.csv.gz").write_bytes(
        gzip.compress(raw.read_bytes().replace(b"L1", b"L3").replace(b"L2", b"L4"))
    )
    write(folder, line(5) + ",note", name="FEE_LIST_D_b.CSV", header=HEADER.upper() + ",x_Note")
    write(folder, "P1,1,1960-01-01,张三", name="person.csv", header="psn_no,gend,brdy,psn_name")
    (folder / "readme.txt").write_text("hello")
    report, ledger = take(folder, tmp_path / "city")
    assert {name: tally.accepted for name, tally in report.tables.items()} == {"charge_line": 5, "person": 1}
    assert any("readme.txt" in message for message in report.messages)
    assert [row["x_note"] for row in lines_of(ledger)] == [None, None, None, None, "note"]
    assert ledger.slice("P1", ["charge_line", "person"])["charge_line"].num_rows == 5


def test_a_file_with_only_a_header(tmp_path: Path) -> None:
    report, ledger = take(write(tmp_path / "raw"), tmp_path / "city")
    assert (report.rows_in, report.batch_id, ledger.snapshot_id) == (0, None, 0)
    assert "only a header" in report.messages[0]


def _lines(count: int = 3) -> list[str]:
    return [line(n) for n in range(count)]


def _mixed(folder: Path) -> None:
    raw = write(folder, *_lines(3))
    raw.write_bytes(raw.read_bytes() + (line(4) + "\n").encode("gb18030") + (line(5) + "\n").encode())


def _mixed_other_way(folder: Path) -> None:
    raw = write(folder, *_lines(3), encoding="gb18030")
    raw.write_bytes(raw.read_bytes() + (line(4) + "\n").encode())


def _truncated(folder: Path) -> None:
    raw = write(folder, *_lines(2000))
    (folder / "charge_line.csv.gz").write_bytes(gzip.compress(raw.read_bytes())[:-20])
    raw.unlink()


def _damaged(folder: Path) -> None:
    folder.mkdir()
    (folder / "charge_line.csv.gz").write_bytes(b"not compressed at all")


def _dangling(folder: Path) -> None:
    folder.mkdir()
    (folder / "person.csv").symlink_to(folder / "nowhere")


def _spreadsheet(folder: Path) -> None:
    folder.mkdir()
    (folder / "charge_line.xlsx").write_bytes(b"PK")


def _bytes(data: bytes) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        folder.mkdir()
        (folder / "charge_line.csv").write_bytes(data)

    return make


def _file(*lines: str, name: str = "charge_line.csv", header: str = HEADER) -> Callable[[Path], None]:
    return lambda folder: write(folder, *lines, name=name, header=header) and None


REFUSALS: dict[str, tuple[Callable[[Path], None], type[YibaoError], list[str]]] = {
    "missing column": (
        _file(*_lines(), header=HEADER.replace("psn_no", "x_psn")),
        HeaderRefused,
        ["charge_line.csv, line 1", "psn_no (person_id, person id)"],
    ),
    "unknown column": (
        _file(*_lines(), header=HEADER.replace("cnt", "cnnt")),
        HeaderRefused,
        ["column 6, 'cnnt'", "did you mean cnt?", "x_cnnt"],
    ),
    "column twice": (
        _file(*_lines(), header=HEADER.replace("pric", "quantity")),
        HeaderRefused,
        ["column 7, 'quantity'", "second time (first in column 6)"],
    ),
    "the ledger's own column": (
        _file(*_lines(), header=HEADER.replace("pric", "batch_id")),
        HeaderRefused,
        ["the ledger writes this column itself"],
    ),
    "semicolons": (
        _file(header=HEADER.replace(",", ";")),
        HeaderRefused,
        ["the header is one cell", "separate the columns by commas"],
    ),
    "a header without end": (_bytes(b"x" * 70_000), BinaryFile, ["line 1", "longer than 65,536 bytes"]),
    "a picture": (_bytes(b"\x89PNG\r\n\x1a\n"), BinaryFile, ["not text", "a picture"]),
    "a zero byte": (_file(line(1), line(2) + "\0"), BinaryFile, ["charge_line.csv, line 3", "zero byte"]),
    "a link to nowhere": (_dangling, UnreadableFile, ["person.csv", "No such file"]),
    "a directory too high": (
        lambda folder: _file(*_lines())(folder / "raw"),
        NothingToRead,
        ["did you mean", "raw/raw"],
    ),
    "a damaged workbook": (_spreadsheet, UnreadableFile, ["charge_line.xlsx", "save it as .xlsx"]),
    "empty file": (_bytes(b""), EmptyFile, ["charge_line.csv", "empty"]),
    "blank file": (_bytes(b"\n\n"), EmptyFile, ["empty"]),
    "unknown table": (_file(*_lines(), name="charge_lin.csv"), UnknownTable, ["did you mean charge_line?"]),
    "no files": (lambda folder: folder.mkdir(), NothingToRead, ["no CSV, Excel or Parquet file"]),
    "no known files": (_bytes(b"x"), HeaderRefused, ["column 1, 'x'"]),
    "truncated gzip": (_truncated, TruncatedFile, ["ends before its data does", "send the file again"]),
    "damaged gzip": (_damaged, TruncatedFile, ["damaged"]),
    "gzip without its name": (_bytes(gzip.compress(HEADER.encode())), BinaryFile, [".csv.gz"]),
    "mixed encodings": (_mixed, MixedEncoding, ["charge_line.csv, line 5", "in UTF-8 up to here", "in GB18030"]),
    "mixed the other way": (_mixed_other_way, MixedEncoding, ["line 5", "in GB18030 up to here", "in UTF-8"]),
    "neither encoding": (
        _bytes(HEADER.encode() + b"\n" + line(1).encode()[:-3] + b"\xff\xff\n"),
        MixedEncoding,
        ["line 2"],
    ),
    "binary": (_bytes(b"PK\x03\x04\x00\x00\x00"), BinaryFile, ["not text"]),
    "utf-16": (_bytes(HEADER.encode("utf-16")), BinaryFile, ["UTF-16"]),
    "old line ends": (_bytes(HEADER.encode() + b"\r" + line(1).encode()), BinaryFile, ["CR alone"]),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_refusals_say_what_where_and_how_to_mend_and_leave_nothing(tmp_path: Path, name: str) -> None:
    make, kind, words = REFUSALS[name]
    make(tmp_path / "raw")
    with pytest.raises(kind) as refused:
        ingest(tmp_path / "raw", "national", tmp_path / "new")
    assert all(word in str(refused.value) for word in words), str(refused.value)
    assert refused.value.exit_code == 1
    assert _CHINESE.search(refused.value.zh)
    assert _CHINESE.search(refused.value.mend_zh) or not refused.value.mend
    assert not (tmp_path / "new").exists()
    # One bad file keeps the whole batch out, also of a ledger that has something.
    _, ledger = take(write(tmp_path / "good", line("a")), tmp_path / "city")
    before = sorted(str(path) for path in (tmp_path / "city").rglob("*"))
    write(tmp_path / "raw", "P1,1", name="person.csv", header="psn_no,gend")
    if name not in ("no files", "no known files", "a link to nowhere", "a directory too high"):
        with pytest.raises(kind):
            ingest(tmp_path / "raw", "national", tmp_path / "city")
        assert sorted(str(path) for path in (tmp_path / "city").rglob("*")) == before
    assert open_ledger(tmp_path / "city").snapshot_id == ledger.snapshot_id


def test_other_refusals(tmp_path: Path) -> None:
    raw = write(tmp_path / "raw", line(1))
    with pytest.raises(UsageError, match="unknown source 'nationl'"):
        ingest(raw, "nationl", tmp_path / "city")
    with pytest.raises(UnreadableFile):
        ingest(tmp_path / "nowhere", "national", tmp_path / "city")
    create_ledger(tmp_path / "euro", "EUR")
    with pytest.raises(WrongCurrency, match="EUR, not in CNY"):
        ingest(raw, "national", tmp_path / "euro", currency="CNY")


@pytest.mark.parametrize(
    ("cells", "column", "typed"),
    [
        ({"det_item_fee_sumamt": "999999999999.99"}, "amount", 99_999_999_999_999),
        ({"cnt": "-999999999999.999", "det_item_fee_sumamt": "0"}, "quantity", -999_999_999_999_999),
        ({"pric": "1200000"}, "unit_price", 1_200_000_000_000),
        ({"pric": "999999999.999999"}, "unit_price", 999_999_999_999_999),
    ],
)
def test_large_numbers_are_exact(tmp_path: Path, cells: dict[str, str], column: str, typed: int) -> None:
    _, ledger = take(write(tmp_path / "raw", line(1, **cells)), tmp_path / "city")
    assert lines_of(ledger)[0][column] == typed


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"det_item_fee_sumamt": "1000000000000.00"}, "not_money"),
        ({"det_item_fee_sumamt": "999999999999999.99"}, "not_money"),
        ({"cnt": "1000000000000"}, "not_milli"),
        ({"pric": "1000000000"}, "not_micro"),
    ],
)
def test_numbers_beyond_any_amount_are_quarantined(tmp_path: Path, cells: dict[str, str], code: str) -> None:
    report, ledger = take(write(tmp_path / "raw", line(1, **cells), line(2)), tmp_path / "city")
    assert (report.accepted, report.reasons) == (1, {code: 1})
    assert "digits before" in ledger.quarantine()["expected_en"][0].as_py()


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*args: object, **options: object) -> None:
        raise PermissionError(13, "Permission denied")

    raw = write(tmp_path / "raw", line(1))
    monkeypatch.setattr(Path, "open", denied)
    with pytest.raises(UnreadableFile, match="Permission denied"):
        ingest(raw, "national", tmp_path / "city")


CELLS = st.fixed_dictionaries(
    {
        "feedetl_sn": st.integers(0, 8).map(lambda n: f"L{n}"),
        "psn_no": st.sampled_from(["P1", "P2", "P3", ""]),
        "det_item_fee_sumamt": st.sampled_from(["1.00", "2.5", "3", "-4.00", "0.001", "", "abc", "1e3"]),
        "cnt": st.sampled_from(["1", "1.5", "x"]),
        "medins_list_name": st.sampled_from(["甲", '"a,b"', '"a\nb"', '"broken', 'st"ray', "", "n"]),
    }
)
RECORDS = st.one_of(
    CELLS.map(lambda cells: ",".join((LINE | cells).values())), st.sampled_from(["", ",,,", "junk", '"'])
)


@settings(max_examples=40, deadline=None)
@given(batches=st.lists(st.lists(RECORDS, max_size=25), min_size=1, max_size=3))
def test_rows_and_fen_are_conserved_whatever_comes(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[str]]
) -> None:
    folder = tmp_path_factory.mktemp("any")
    accepted = money = 0
    for number, records in enumerate(batches):
        report, ledger = take(write(folder / str(number), *records), folder / "city")
        again, _ = take(write(folder / str(number), *records), folder / "city")
        assert (again.rows_in, again.accepted) == (report.rows_in, 0)
        accepted += report.accepted
        money += report.total.money_accepted
    rows = lines_of(ledger)
    assert (len(rows), sum(int(str(row["amount"])) for row in rows)) == (accepted, money)
    assert len({row["line_id"] for row in rows}) == len(rows)
    assert ledger.quarantine().num_rows >= sum(batch.tables["charge_line"].quarantined for batch in ledger.batches())
    shutil.rmtree(folder)


def _facts(ledger: Ledger) -> list[dict[str, object]]:
    return [{k: str(v) for k, v in row.items() if k not in ("recorded_at", "batch_id")} for row in lines_of(ledger)]
