"""Cases as they really come: what is wrong is held back with its money, what is odd is told, nothing is lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yibao.casemix import CaseFile, Grouper, encode, encode_records, group_file
from yibao.casemix.codes import CodeRules, read_map, usual_spelling
from yibao.casemix.refusals import CaseFileError
from yibao.casemix.stream import Tally

HEAD = "case_id,sex,age_years,age_days,birth_weight_g,los_days,diagnoses,procedures,amount\n"


def grouped(grouper: Grouper, path: Path) -> tuple[Tally, dict[str, dict[str, Any]]]:
    tables: list[pa.Table] = []
    tally, _ = group_file(grouper, CaseFile(path), tables.append)
    return tally, {row["encounter_id"]: row for row in pa.concat_tables(tables).to_pylist()}


def write(tmp_path: Path, *lines: str, name: str = "cases.csv") -> Path:
    path = tmp_path / name
    path.write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_records_and_money_are_conserved(grouper: Grouper, tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "good,1,40,14700,,5,D10.1,10.01,100.00",
        "doubt,1,40,14700,,5,D10.1,13.01,200.00",
        "nowhere,1,40,14700,,5,X99.9,,300.00",
        "headless,1,40,14700,,5,|C01.0,,400.00",
        "empty,1,40,14700,,5,,,500.00",
        "no sex,,40,14700,,5,D10.1,,600.00",
        "old,1,200,73000,,5,D10.1,,700.00",
        "unborn,1,-1,-3,,5,D10.1,,800.00",
        "ageless,1,,,,5,D10.1,,900.00",
        "twice,1,40,14700,,5,D10.1,10.01,1000.00",
        "twice,1,40,14700,,5,D10.1,10.01,1000.00",
        "disputed,1,40,14700,,5,D10.1,10.01,2000.00",
        "disputed,1,40,14700,,5,D10.2,,3000.01",
    )
    tally, rows = grouped(grouper, path)
    figures = tally.to_dict()
    statuses = ("grouped", "ambiguous", "ungroupable", "quarantined", "duplicates")
    assert figures["records"] == 13 == sum(figures[status] for status in statuses)
    assert figures["amount"] == 1_150_001 == sum(figures[f"{status}_amount"] for status in statuses)
    assert figures["duplicates_amount"] == 400_001
    reasons = {case: row["reason"] for case, row in rows.items() if row["status"] == "quarantined"}
    assert reasons == {
        "headless": "no_main_diagnosis", "empty": "no_main_diagnosis", "no sex": "sex_unknown",
        "old": "impossible_age", "unborn": "impossible_age", "ageless": "no_age", "disputed": "duplicate_case",
    }  # fmt: skip
    assert rows["headless"]["group_code"] is None
    assert rows["headless"]["amount"] == 40_000
    assert (rows["good"]["group_code"], rows["twice"]["group_code"]) == ("GA15", "GA15")
    assert rows["doubt"]["status"] == "ambiguous"


def test_codes_in_small_letters_or_full_width_are_spelled_the_usual_way(grouper: Grouper) -> None:
    rows = grouper.group_records(
        [
            {"case_id": "a", "sex": 1, "age_years": 40, "diagnoses": "d10.1| Ｄ１１．０ ", "procedures": "１０．０１"},
            {"case_id": "b", "sex": 1, "age_years": 40, "diagnoses": "D10.1", "procedures": "10.01"},
            {"case_id": "c", "sex": 1, "age_years": 40, "diagnoses": "stomach ache"},
        ]
    )
    assert [row["group_code"] for row in rows] == ["GA15", "GA15", "0000"]
    assert rows[0]["checks"] == "code_respelled:d10.1 code_respelled:Ｄ１１．０ code_respelled:１０．０１"
    assert rows[1]["checks"] is None
    assert "code_unknown:stomach_ache" in rows[2]["checks"]


def test_a_code_that_is_known_as_it_stands_is_left_alone() -> None:
    grouper_codes = CodeRules(tables={"diagnosis": frozenset({"d10.1", "D10.1"})})
    from yibao.casemix.codes import Speller

    spelled, ways = Speller(grouper_codes, "diagnosis", {}).spell(["d10.1", "D10.1", "ｄ10.1", "Q00.0"])
    assert spelled == ["d10.1", "D10.1", "D10.1", "Q00.0"]
    assert ways.tolist() == [0, 0, 1, 3]


@given(st.text(max_size=12))
def test_the_usual_spelling_is_usual(code: str) -> None:
    once = usual_spelling(code)
    assert usual_spelling(once) == once


def test_maps_are_applied_and_told(grouper: Grouper, tmp_path: Path) -> None:
    path = tmp_path / "map.csv"
    path.write_text("source_code,grouper_code\nLOCAL1,D10.1\nD11.0,D11.0\n", encoding="utf-8")
    mapped = Grouper(grouper.pack, codes=CodeRules(maps={"diagnosis": read_map(path, "diagnosis")}))
    case = {"case_id": "a", "sex": 1, "age_years": 40, "diagnoses": "LOCAL1|D11.0", "procedures": "10.01"}
    assert grouper.group_records([case])[0]["group_code"] == "0000"
    row = mapped.group_records([case])[0]
    assert (row["group_code"], row["checks"]) == ("GA15", "code_mapped:LOCAL1")
    path.write_text("source_code,grouper_code\nLOCAL1,D10.1\nLOCAL1,D11.0\n", encoding="utf-8")
    with pytest.raises(CaseFileError, match="LOCAL1 has two targets"):
        read_map(path, "diagnosis")


def test_forty_diagnoses_and_no_procedure(grouper: Grouper) -> None:
    many = ["D11.0", *["Q10.0"] * 40, "C01.0"]
    case = {"case_id": "a", "sex": 1, "age_years": 40, "los_days": 9, "diagnoses": many}
    row = grouper.group_records([case, {**case, "case_id": "b", "procedures": []}])
    assert [one["group_code"] for one in row] == ["GR2A", "GR2A"]
    assert row[0]["complication_code"] == "C01.0"
    assert row[0]["checks"].split() == ["many_diagnoses", "code_twice:Q10.0"]


def test_odd_numbers_are_told_and_do_not_stop_the_case(grouper: Grouper, tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "weightless,1,0,3,,5,D10.1,10.01,",
        "feather,1,0,3,90,5,D10.1,10.01,",
        "letters,1,40,14700,,five,D10.1,10.01,12.345",
        "backwards,1,40,14700,,-2,D10.1,10.01,",
        "dayless,1,0,,,2,D10.1,10.01,",
        "disagreeing,1,40,300,,2,D10.1,10.01,",
    )
    _, rows = grouped(grouper, path)
    assert {row["status"] for row in rows.values()} == {"grouped"}
    assert {case: row["checks"] for case, row in rows.items()} == {
        "weightless": "weight_missing", "feather": "weight_incredible",
        "letters": "number_unreadable:los_days number_unreadable:amount", "backwards": "stay_impossible",
        "dayless": "age_days_missing", "disagreeing": "age_disagrees",
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["csv", "gb18030", "xlsx", "parquet", "parquet lists"])
def test_the_same_cases_from_every_kind_of_file(grouper: Grouper, tmp_path: Path, kind: str) -> None:
    lines = [
        "甲,1,40,14700,,5,D11.0|C01.0,10.01,12.30",
        "乙,2,40,14700,,5,D10.1,11.01|10.02,",
        ",2,40,14700,,5,D10.2,,",
    ]
    path = write(tmp_path, *lines)
    rows = [dict(zip(HEAD.strip().split(","), line.split(","), strict=True)) for line in lines]
    if kind == "gb18030":
        path.write_bytes(path.read_text(encoding="utf-8").encode("gb18030"))
    elif kind == "xlsx":
        path = _workbook(tmp_path / "cases.xlsx", rows)
    elif kind.startswith("parquet"):
        path = tmp_path / "cases.parquet"
        pq.write_table(_typed(rows, lists=kind.endswith("lists")), path)
    tally, found = grouped(grouper, path)
    assert {case: row["group_code"] for case, row in found.items()} == {"甲": "GA11", "乙": "GK19", "#3": "GR15"}
    assert tally.amount == 1_230


def test_headings_that_hospitals_use(grouper: Grouper, tmp_path: Path) -> None:
    path = tmp_path / "cases.csv"
    path.write_text("病案号,性别,年龄,诊断编码,手术操作编码,总费用\n1,男,40,D10.1,10.01,8.00\n", encoding="utf-8")
    tally, rows = grouped(grouper, path)
    assert (rows["1"]["group_code"], tally.amount) == ("GA15", 800)


def test_files_without_what_is_needed_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "cases.csv"
    path.write_text("case_id,sex\n1,1\n", encoding="utf-8")
    with pytest.raises(CaseFileError, match="lacks the column diagnoses"):
        CaseFile(path)
    (tmp_path / "cases.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(CaseFileError, match="cannot be read as Parquet"):
        CaseFile(tmp_path / "cases.parquet")


def test_pieces_side_by_side_are_the_whole(grouper: Grouper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yibao.casemix.casefile.ROWS", 7)
    lines = [
        f"c{i},{1 + i % 2},40,14700,,{i % 9},D1{i % 3}.{i % 2},{'10.01' if i % 4 else ''},{i}.00" for i in range(50)
    ]
    path = write(tmp_path, *lines, *lines[:3])
    tally, rows = grouped(grouper, path)
    whole = grouper.group(encode(CaseFile(path)._text.slice(0, 50))).to_pylist()
    assert [rows[row["encounter_id"]] for row in whole] == whole
    assert (tally.records, tally.rows["duplicates"], tally.amount) == (53, 3, 122_800)


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "case_id": st.sampled_from(["a", "b", "c"]),
                "sex": st.sampled_from(["1", "2", "", "x"]),
                "age_years": st.sampled_from(["", "0", "40", "-1", "999", "abc"]),
                "diagnoses": st.text("D1.0|Ｄ ", max_size=9),
                "procedures": st.text("10.|", max_size=9),
                "amount": st.sampled_from(["", "1.00", "2.5", "x"]),
            }
        ),
        max_size=8,
    )
)
def test_whatever_comes_gets_a_row(grouper: Grouper, records: list[dict[str, str]]) -> None:
    rows = grouper.group(encode_records(records)).to_pylist() if records else []
    assert [row["encounter_id"] for row in rows] == [record["case_id"] for record in records]
    assert all(row["status"] in ("grouped", "ambiguous", "ungroupable", "quarantined") for row in rows)


def _typed(rows: list[dict[str, str]], lists: bool) -> pa.Table:
    columns: dict[str, pa.Array] = {}
    for name in rows[0]:
        texts = [row[name] for row in rows]
        if name in ("diagnoses", "procedures") and lists:
            columns[name] = pa.array([text.split("|") if text else [] for text in texts])
        elif name == "amount":
            columns[name] = pa.array([round(float(text) * 100) if text else None for text in texts], pa.int64())
        elif name in ("case_id", "diagnoses", "procedures"):
            columns[name] = pa.array(texts)
        else:
            columns[name] = pa.array([int(text) if text else None for text in texts])
    return pa.table(columns)


def _workbook(path: Path, rows: list[dict[str, str]]) -> Path:
    import xlsxwriter

    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("cases")
        sheet.write_row(0, 0, list(rows[0]))
        for line, row in enumerate(rows, start=1):
            for column, (name, text) in enumerate(row.items()):
                number = name not in ("case_id", "diagnoses", "procedures", "amount") and text
                (sheet.write_number if number else sheet.write_string)(line, column, int(text) if number else text)
    return path
