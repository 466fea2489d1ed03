"""Knowledge points: what texts say, how batches follow each other, and what is refused."""

from __future__ import annotations

import csv
import datetime as dt
from itertools import pairwise
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from yibao.cli.app import app
from yibao.ledger import open_ledger
from yibao.ledger.codes.kinds import get_kind
from yibao.ledger.codes.source import known_rows
from yibao.supervision.official_classes import class_named, official_classes
from yibao.supervision.points import compile_point, import_points
from yibao.supervision.points.chains import Span, chain
from yibao.supervision.points.numerals import number_of
from yibao.supervision.points.reading import Point, PointsError, read_points

SAMPLE = Path(__file__).parent / "points_sample.csv"
HEAD = "kp_id,rule_class,item_name,constraint,batch,med_codes,valid_from,supersedes\n"
DRUG, OTHER_DRUG = "XB01AXA223B004010180963", "XB01AXA223B004010180964"
CLASS = "药品限支付疗程"


def sampled() -> list[dict[str, str]]:
    with SAMPLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("row", sampled(), ids=lambda row: f"{row['rule_class']} {row['item']}")
def test_hand_checked_points(row: dict[str, str]) -> None:
    """A hundred published points, drawn by class and read by hand: status, parameters, disease categories."""
    found = compile_point(row["rule_class"], row["item"], row["wording"])
    params = " ".join(f"{name}={value}" for name, value in sorted(found.params.items()) if value is not None)
    categories = "|".join(other.code for other in found.others)
    assert (found.status, params, categories) == (row["status"], row["parameters"], row["categories"])


def test_the_sample_is_a_hundred_points_of_every_published_class() -> None:
    rows = sampled()
    assert len(rows) == 100
    assert len({row["rule_class"] for row in rows}) == 21
    assert all(class_named(row["rule_class"]) for row in rows)


def test_eighty_eight_classes() -> None:
    classes = official_classes()
    assert [one.number for one in classes] == list(range(1, 89))
    assert sum(one.new for one in classes) == 9
    assert len({one.code for one in classes if one.code}) == 79


@given(st.integers(1, 99))
def test_numbers_in_chinese_figures(number: int) -> None:
    digits = " 一二三四五六七八九"
    tens, ones = divmod(number, 10)
    text = ("" if tens == 0 else ("十" if tens == 1 else digits[tens] + "十")) + (digits[ones] if ones else "")
    assert number_of(text) == number == number_of(str(number))


def test_all_published_points(real_data: Path, tmp_path: Path) -> None:
    """Shares by class of the published batches: nine of ten points compile; clinical texts wait for somebody."""
    file = real_data / "supervision" / "knowledge_points.csv.gz"
    report = import_points(file, tmp_path / "ledger", currency="CNY")
    assert report.points == 3_177 and [one.code for one in report.refused] == ["no_code"]
    statuses = report.to_dict()["statuses"]
    assert statuses["compiled"] >= 2_850 and statuses["compiled"] + statuses["needs_sign_off"] >= 3_100
    assert report.shares["药品限二线使用"]["compiled"] == 0


def rows_of(ledger: Path) -> dict[str, dict[str, object]]:
    return {row["kp_id"]: row for row in known_rows(open_ledger(ledger), get_kind("knowledge")).to_pylist()}


def test_a_later_batch_takes_the_place_of_an_earlier_one(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger"
    first = written(
        tmp_path, f"A,{CLASS},某注射液,支付不超过14天。,6,{DRUG},,\nB,{CLASS},另药,支付不超过10天。,6,{OTHER_DRUG},,\n"
    )
    import_points(first, ledger, currency="CNY")
    later = written(tmp_path, f"C,{CLASS},某注射液,支付不超过21天。,31,{DRUG},2027-03-01,\n", "later.csv")
    again = import_points(first, ledger)
    assert again.catalogue is not None and again.catalogue.ingest.accepted == 0 and again.ended == {}
    report = import_points(later, ledger)
    assert report.ended == {"A": dt.date(2027, 3, 1)}
    known = rows_of(ledger)
    assert (known["A"]["valid_from"], known["A"]["valid_to"]) == (dt.date(2025, 8, 26), dt.date(2027, 3, 1))
    assert known["B"]["valid_to"] is None and known["C"]["course_days"] == 21


def test_a_proposal_waits_for_a_sign_off(tmp_path: Path) -> None:
    file = written(tmp_path, f"A,药品限适应症,某药,限中重度特应性皮炎。,12,{DRUG},,\n")
    assert import_points(file, tmp_path / "ledger", currency="CNY").shares["药品限适应症"]["needs_sign_off"] == 1
    signed = tmp_path / "signed.csv"
    signed.write_text("kp_id,who\nA,王\n", encoding="utf-8")
    report = import_points(file, tmp_path / "ledger", signed=signed)
    assert report.signed == 1
    assert [(row["status"], row["other_item_code"]) for row in rows_of(tmp_path / "ledger").values()] == [
        ("compiled", "L20")
    ]


def test_an_attachment_with_its_own_columns(tmp_path: Path) -> None:
    """One row per code, the class told by the file's name, as the notices publish them."""
    file = tmp_path / "第三批-1.药品限工伤保险.xlsx"
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet("药品限工伤保险")
        for line, row in enumerate(
            [
                ["序号", "药品名称", "限定支付范围", "医保编码"],
                ["1", "某疫苗", "限工伤保险", DRUG],
                ["2", "某疫苗", "限工伤保险", OTHER_DRUG],
            ]
        ):
            sheet.write_row(line, 0, row)
    (point,) = read_points(file, {})
    assert (point.rule_class, point.batch, point.valid_from) == ("药品限工伤保险", "3", dt.date(2025, 7, 30))
    assert point.pairs == ((DRUG, ""), (OTHER_DRUG, ""))
    assert import_points(file, tmp_path / "ledger", currency="CNY").points == 1


def written(folder: Path, rows: str, name: str = "points.csv") -> Path:
    path = folder / name
    path.write_text(HEAD + rows, encoding="utf-8")
    return path


def course(kp: str, days: int, batch: str, code: str, begins: str = "", supersedes: str = "") -> str:
    """One line of a file: a course of so many days."""
    return f"{kp},{CLASS},某药,支付不超过{days}天。,{batch},{code},{begins},{supersedes}\n"


CONTRADICTIONS = {
    "unknown_class": f"A,没有这条规则,某药,支付不超过14天。,6,{DRUG},,\n",
    "bad_code": course("A", 14, "6", "12345"),
    "no_code": course("A", 14, "6", ""),
    "overlap": course("A", 14, "6", DRUG) + course("B", 10, "6", DRUG),
    "unknown_predecessor": course("A", 14, "6", DRUG, supersedes="Z"),
    "successor_first": course("A", 14, "6", DRUG, "2026-01-01") + course("B", 9, "7", OTHER_DRUG, "2025-01-01", "A"),
    "two_successors": course("A", 14, "6", DRUG, "2025-01-01") + course("B", 9, "7", DRUG, "2026-01-01", "A")
    + course("C", 8, "8", OTHER_DRUG, "2026-02-01", "A"),
    "circle": course("A", 14, "6", DRUG, "2025-01-01", "A"),
}  # fmt: skip


@pytest.mark.parametrize(("code", "rows"), CONTRADICTIONS.items(), ids=CONTRADICTIONS)
def test_contradictions_are_refused_and_the_rest_stands(tmp_path: Path, code: str, rows: str) -> None:
    sound = f"S,{CLASS},无误的药,支付不超过7天。,6,XA01AAA001A001010100001,,\n"
    report = import_points(written(tmp_path, rows + sound), tmp_path / "ledger", currency="CNY")
    assert code in {one.code for one in report.refused}
    assert "S" in rows_of(tmp_path / "ledger")
    assert all(one.zh and one.en for one in report.refused)


def test_unreadable_files_say_what_to_mend(tmp_path: Path) -> None:
    nothing = tmp_path / "nothing.csv"
    nothing.write_text("规则名称,药品名称\n药品限支付疗程,某药\n", encoding="utf-8")
    with pytest.raises(PointsError, match="no column holds the national codes"):
        read_points(nothing, {})
    classless = tmp_path / "unnamed.csv"
    classless.write_text(f"药品名称,医保编码\n某药,{DRUG}\n", encoding="utf-8")
    with pytest.raises(PointsError, match="which official rule"):
        read_points(classless, {})
    dated = tmp_path / "dated.csv"
    dated.write_text(HEAD + f"A,{CLASS},某药,支付不超过14天。,6,{DRUG},morgen,\n", encoding="utf-8")
    with pytest.raises(PointsError, match="is no date"):
        read_points(dated, {})


DAYS = st.dates(dt.date(2025, 1, 1), dt.date(2027, 12, 31))


@given(st.lists(st.tuples(st.sampled_from("PQR"), DAYS), min_size=1, max_size=8, unique=True))
def test_chained_points_of_one_code_never_overlap(begins: list[tuple[str, dt.date]]) -> None:
    codes = {"P": DRUG, "Q": OTHER_DRUG, "R": "003107010220000"}
    points = [
        Point(f"K{k}", CLASS, "某药", f"支付不超过{k + 1}天。", "6", ((codes[letter], ""),), day, None, (), k + 2)
        for k, (letter, day) in enumerate(begins)
    ]
    chained = chain(points, [Span("OLD", CLASS, DRUG, "", dt.date(2024, 1, 1), None)])
    for letter, code in codes.items():
        spans = sorted((p.valid_from, p.valid_to) for p in chained.points if p.pairs == ((code, ""),))  # type: ignore[type-var]
        assert len(spans) == sum(one == letter for one, _ in begins)
        assert all(before[1] == after[0] for before, after in pairwise(spans))
        assert not spans or spans[-1][1] is None
    first = min((day for letter, day in begins if letter == "P"), default=None)
    assert chained.ended == ({"OLD": first} if first else {})


def test_the_command(tmp_path: Path) -> None:
    file = written(tmp_path, f"A,{CLASS},某药,支付不超过14天。,6,{DRUG},,\nB,没有,某药,,6,{DRUG},,\n")
    arguments = [
        "catalogue",
        "import",
        "knowledge-points",
        str(file),
        "--into",
        str(tmp_path / "ledger"),
        "--currency",
        "CNY",
    ]
    done = CliRunner().invoke(app, [*arguments, "--strict"])
    assert done.exit_code == 3 and CLASS in done.output and "100.0%" in done.output
