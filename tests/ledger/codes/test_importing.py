"""Catalogue files as they are published: headings, titles, encodings, editions, spans, maps."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from yibao.errors import UsageError
from yibao.ledger import Ledger, open_ledger
from yibao.ledger.codes import CatalogueReport, import_catalogue, list_catalogues
from yibao.ledger.codes.kinds import load_kinds
from yibao.ledger.refusals import HeaderRefused, UnreadableFile

CODES = "诊断代码,诊断名称\nA00.000,霍乱\nA00.100x001,埃尔托生物型霍乱\n"


def _write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def _take(kind: str, path: Path, into: Path, **given: str) -> CatalogueReport:
    return import_catalogue(kind, path, into, given=given)


@pytest.fixture
def into(tmp_path: Path) -> Path:
    return tmp_path / "ledger"


def _items(into: Path) -> list[tuple[str, date, date | None]]:
    rows = open_ledger(into).rows("catalogue_item", "item_code", ["a", "b", "c"]).to_pylist()
    return sorted((row["item_code"], row["valid_from"], row["valid_to"]) for row in rows)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_the_usual_headings_and_encodings_are_read(into: Path, tmp_path: Path, encoding: str) -> None:
    report = _take("diagnosis", _write(tmp_path / "icd.csv", CODES, encoding), into, version="医保2.0")
    assert (report.ingest.accepted, report.columns) == (2, {"code": "诊断代码", "name": "诊断名称"})
    rows = open_ledger(into).rows("code_diagnosis", "code", ["A00.100x001"]).to_pylist()
    assert [(row["name"], row["version"]) for row in rows] == [("埃尔托生物型霍乱", "医保2.0")]


def test_a_published_workbook_has_titles_remarks_and_other_sheets(into: Path, tmp_path: Path) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "icd.xlsx")) as book:
        book.add_worksheet("封面").write(0, 0, "说明")
        sheet = book.add_worksheet("编码")
        sheet.merge_range(0, 0, 0, 3, "医保版 ICD-10")
        sheet.write_row(2, 0, ["序号", "章名称", "疾病诊断编码（ICD-10）", "疾病诊断名称"])
        sheet.write_row(3, 0, [1, "第一章", " A00.000　", "霍乱"])
    report = _take("diagnosis", tmp_path / "icd.xlsx", into, version="医保2.0")
    assert report.ingest.accepted == 1
    assert report.left_aside == ("序号",)
    assert report.other_sheets == ("icd.xlsx, sheet 封面",)
    assert report.rewritten == {"code": 1}
    row = open_ledger(into).rows("code_diagnosis", "code", ["A00.000"]).to_pylist()[0]
    assert (row["name"], row["chapter"]) == ("霍乱", "第一章")


def test_words_of_a_list_become_the_ledgers_codes(into: Path, tmp_path: Path) -> None:
    text = "项目编码,名称,甲乙类,目录类别,开始日期,价格\n"
    text += "a,甲药,甲类,西药中成药,20250101,1.5\nb,乙药,乙,201,2025年2月3日,2\n"
    report = _take("item", _write(tmp_path / "items.csv", text), into)
    assert (report.ingest.accepted, report.rewritten) == (2, {"valid_from": 2, "list_type": 1, "payment_class": 2})
    rows = open_ledger(into).rows("catalogue_item", "item_code", ["a", "b"]).to_pylist()
    found = {r["item_code"]: (r["payment_class"], r["list_type"], r["valid_from"], r["unit_price"]) for r in rows}
    assert found["a"] == ("01", "101", date(2025, 1, 1), 1_500_000)
    assert found["b"] == ("02", "201", date(2025, 2, 3), 2_000_000)


def test_parquet_is_read(into: Path, tmp_path: Path) -> None:
    pq.write_table(pa.table({"编码": ["00.0100"], "名称": ["超声"]}), tmp_path / "p.parquet")
    assert _take("procedure", tmp_path / "p.parquet", into, version="v").ingest.accepted == 1


def test_a_missing_column_is_told_with_the_columns_found_and_the_way(into: Path, tmp_path: Path) -> None:
    path = _write(tmp_path / "own.csv", "键,值\nA00,霍乱\n")
    with pytest.raises(HeaderRefused) as refused:
        _take("diagnosis", path, into)
    assert "键, 值" in refused.value.what
    assert "--map-columns code=HEADING" in refused.value.mend
    assert "--version" in refused.value.mend
    assert not into.exists()
    report = import_catalogue("diagnosis", path, into, given={"version": "v"}, named={"code": "键", "name": "值"})
    assert report.columns == {"code": "键", "name": "值"}


def test_wrong_words_are_wrong_usage(into: Path, tmp_path: Path) -> None:
    path = _write(tmp_path / "icd.csv", CODES)
    with pytest.raises(UsageError, match="no kind"):
        _take("icd", path, into)
    with pytest.raises(UsageError, match="no column"):
        import_catalogue("diagnosis", path, into, given={"version": "v", "colour": "red"})
    with pytest.raises(UsageError, match="no day"):
        _take("item", path, into, valid_from="1.1.2025")
    with pytest.raises(HeaderRefused, match="no column 'x'"):
        import_catalogue("diagnosis", path, into, given={"version": "v"}, named={"code": "x"})
    with pytest.raises(UnreadableFile):
        _take("diagnosis", tmp_path / "icd.pdf", into, version="v")


def test_the_same_file_again_changes_nothing_and_another_edition_stands_beside(into: Path, tmp_path: Path) -> None:
    path = _write(tmp_path / "icd.csv", CODES)
    _take("diagnosis", path, into, version="医保2.0")
    again = _take("diagnosis", path, into, version="医保2.0")
    assert (again.ingest.duplicates, again.ingest.batch_id, again.difference.unchanged) == (2, None, 2)
    changed = _write(tmp_path / "new.csv", "code,name\nA00.000,霍乱病\nA02,新\n")
    report = _take("diagnosis", changed, into, version="医保2.1")
    difference = report.difference
    assert (difference.against, difference.added, difference.changed, difference.ended) == ("医保2.0", 1, 1, 1)
    assert difference.examples == {"added": ("A02",), "changed": ("A00.000 (name)",), "ended": ("A00.100x001",)}
    other = _take("diagnosis", changed, into, version="国临2.0")
    assert other.difference.against is None
    listed = {edition.version: edition.codes for edition in list_catalogues(open_ledger(into))}
    assert listed == {"医保2.0": 2, "医保2.1": 2, "国临2.0": 2}


def test_changed_records_of_one_edition_are_quarantined_unless_they_are_corrections(into: Path, tmp_path: Path) -> None:
    _take("diagnosis", _write(tmp_path / "a.csv", CODES), into, version="v")
    changed = _write(tmp_path / "b.csv", "code,name\nA00.000,霍乱病\nA02,新\n")
    report = _take("diagnosis", changed, into, version="v")
    assert (report.ingest.accepted, report.ingest.reasons) == (1, {"key_conflict": 1})
    report = import_catalogue("diagnosis", changed, into, given={"version": "v"}, correct=True)
    assert report.ingest.accepted == 1
    assert open_ledger(into).rows("code_diagnosis", "code", ["A00.000"])["name"].to_pylist() == ["霍乱病"]


def test_spans_of_one_item_do_not_overlap(into: Path, tmp_path: Path) -> None:
    first = "code,name,price,from,to\na,甲,1,2024-01-01,2025-01-01\nb,乙,1,2024-01-01,\nc,丙,1,2024-01-01,\n"
    _take("item", _write(tmp_path / "old.csv", first), into)
    again = "code,name,price,from,to\na,甲,2,2025-01-01,\nb,乙,2,2025-01-01,\nc,丙,1,2024-01-01,\n"
    new = _write(tmp_path / "new.csv", again)
    report = _take("item", new, into)
    assert (report.ingest.accepted, report.ingest.duplicates) == (1, 1)
    assert report.ingest.reasons == {"span_overlap": 1}
    problem = open_ledger(into).quarantine(report.ingest.batch_id).to_pylist()[0]
    assert (problem["row"], problem["column_name"], problem["field"]) == (3, "valid_from", "from")
    assert problem["value"] == "2025-01-01 – … / 2024-01-01 – …"
    ended = import_catalogue("item", new, into, end_previous=True)
    assert (ended.spans_ended, ended.ingest.quarantined) == (1, 0)
    assert _items(into) == [
        ("a", date(2024, 1, 1), date(2025, 1, 1)),
        ("a", date(2025, 1, 1), None),
        ("b", date(2024, 1, 1), date(2025, 1, 1)),
        ("b", date(2025, 1, 1), None),
        ("c", date(2024, 1, 1), None),
    ]


def test_ending_spans_does_not_let_a_changed_span_in(into: Path, tmp_path: Path) -> None:
    _take("item", _write(tmp_path / "a.csv", "code,name,from\na,甲,2024-01-01\nb,乙,2024-01-01\n"), into)
    path = _write(tmp_path / "b.csv", "code,name,from\na,改名,2024-01-01\nb,乙,2025-01-01\n")
    report = import_catalogue("item", path, into, end_previous=True)
    assert (report.spans_ended, report.ingest.reasons) == (1, {"key_conflict": 1})


def test_spans_within_one_file_are_judged_too(into: Path, tmp_path: Path) -> None:
    text = "code,name,from,to\na,甲,2024-01-01,2024-06-01\na,甲,2024-05-01,\na,甲,2025-01-01,\n"
    report = _take("item", _write(tmp_path / "a.csv", text), into)
    assert (report.ingest.accepted, report.ingest.reasons) == (1, {"span_overlap": 2})


def test_price_caps_of_a_region_and_level(into: Path, tmp_path: Path) -> None:
    path = _write(tmp_path / "caps.csv", "项目编码,最高限价\na,12.5\nb,3\n")
    given = {"region_code": "990100", "institution_level": "3", "valid_from": "2025-01-01", "source": "限价〔2025〕1号"}
    assert import_catalogue("price", path, into, given=given).ingest.accepted == 2
    row = open_ledger(into).rows("price_cap", "item_code", ["a"]).to_pylist()[0]
    assert (row["cap_price"], row["institution_level"], row["source"]) == (12_500_000, "3", "限价〔2025〕1号")


def test_a_map_is_confirmed_by_its_publisher_and_its_missing_targets_are_told(into: Path, tmp_path: Path) -> None:
    codes = "编码,名称,灰码\nA00.000,霍乱,否\nA00.9,未特指,是\n"
    _take("diagnosis", _write(tmp_path / "icd.csv", codes), into, version="医保2.0")
    path = _write(tmp_path / "map.csv", "临床版编码,医保版编码\nX1,A00.000\nX2,A00.9\nX3,B99\n")
    given = {"kind": "diagnosis", "from_system": "国临2.0", "to_system": "医保2.0"}
    report = import_catalogue("map", path, into, given=given)
    assert report.ingest.accepted == 3
    assert report.targets is not None
    assert (report.targets.missing, report.targets.gray) == (("B99",), 1)
    path = _write(tmp_path / "map2.csv", "临床版编码,医保版编码\nX1,A00.000\nX3,A00.000\n")
    again = import_catalogue("map", path, into, given={**given, "source": "map.csv"})
    assert (again.ingest.duplicates, again.ingest.accepted) == (1, 1)
    assert (again.difference.changed, again.difference.ended) == (1, 1)
    assert again.targets is not None
    assert again.targets.missing == ()
    back = import_catalogue("map", tmp_path / "map.csv", into, given=given)
    assert (back.ingest.accepted, back.ingest.duplicates, back.targets and back.targets.missing) == (1, 2, ("B99",))
    once_more = import_catalogue("map", tmp_path / "map.csv", into, given=given)
    assert (once_more.ingest.batch_id, once_more.ingest.duplicates) == (None, 3)


def test_knowledge_points_have_one_code_on_each_row(into: Path, tmp_path: Path) -> None:
    text = "kp_id,item_code,规则名称,限制\nK1,a,药品区分性别使用,限女性\nK2,a|b,药品区分性别使用,限女性\n"
    report = _take("knowledge", _write(tmp_path / "kp.csv", text), into, primitive="P1", batch="第一批")
    assert (report.ingest.accepted, report.ingest.reasons) == (1, {"one_code": 1})
    assert open_ledger(into).rows("knowledge_point", "kp_id", ["K1"])["batch"].to_pylist() == ["第一批"]


def test_every_kind_names_columns_of_its_table() -> None:
    for kind in load_kinds().values():
        assert {*kind.synonyms, kind.version, kind.code, *kind.needs} <= set(kind.table.column_names)
        assert set(kind.title) == {"zh", "en"}


def test_the_real_lists_and_maps(real_data: Path, into: Path) -> None:
    icd = real_data / "icd"
    assert _take("diagnosis", icd / "diagnosis.csv.gz", into, version="医保2.0").ingest.accepted == 33_304
    assert _take("procedure", icd / "procedure.csv.gz", into, version="医保2.0").ingest.accepted == 13_686
    for kind, rows in (("diagnosis", 35_591), ("procedure", 13_654)):
        given = {"kind": kind, "from_system": "grouper", "to_system": "医保2.0"}
        report = import_catalogue("map", icd / f"{kind}_map.csv.gz", into, given=given)
        assert (report.ingest.accepted, report.ingest.quarantined) == (rows, 0)
        assert report.targets is not None
        assert report.targets.checked
        # The one target that is said to be missing has a space before it, which is taken off and told.
        assert (report.targets.missing, report.rewritten) == ((), {"to_code": 1} if kind == "diagnosis" else {})
    ledger: Ledger = open_ledger(into)
    assert [e.codes for e in list_catalogues(ledger)] == [33_304, 13_686, 35_591, 13_654]
