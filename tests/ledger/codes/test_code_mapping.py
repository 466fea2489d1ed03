"""From a messy local catalogue to confirmed codes: suggested, decided by people, counted; nothing by itself."""

from __future__ import annotations

import csv
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import messy
import pyarrow as pa
import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from yibao.engine import DuckEngine
from yibao.engine.portable import check
from yibao.errors import UsageError
from yibao.ledger import Ledger, create_ledger, open_ledger
from yibao.ledger.codes import (
    Coverage,
    Decision,
    Task,
    coverage,
    decide,
    import_catalogue,
    read_review,
    suggest,
    work_list,
    write_review,
)
from yibao.ledger.codes.coding import NoEdition, attached
from yibao.ledger.refusals import HeaderRefused, LedgerError

#: Local codes as the ledger has them: without space at the edges, one for each institution.
LOCAL = {(local.institution, local.code.strip()): local for local in reversed(messy.LOCAL)}


def _money(found: Coverage) -> dict[str, int]:
    return {share.state: share.money for share in found.total}


def test_most_messy_codes_find_their_national_code_and_nothing_is_mapped(ledger: Ledger) -> None:
    before = coverage(ledger, "item")
    found = suggest(ledger, "item")
    assert found.codes == len(LOCAL)
    first = {(row["institution_id"], row["from_code"]): row["to_code"] for row in found.rows if row["rank"] == 1}
    right = [key for key, local in LOCAL.items() if local.truth and first.get(key) == local.truth]
    wrong = [key for key, code in first.items() if LOCAL[key].truth != code]
    assert len(right) >= 36, wrong
    assert len(right) + len(wrong) + found.none == len(LOCAL)
    strong = [row for row in found.rows if row["rank"] == 1 and row["similarity_ppm"] >= 800_000]
    assert all(LOCAL[(row["institution_id"], row["from_code"])].truth == row["to_code"] for row in strong)
    after = coverage(ledger, "item")
    assert _money(after)["mapped"] == 0
    assert _money(after)["national"] == _money(before)["national"]
    assert _money(after)["suggested"] > 0
    assert sum(_money(after).values()) == sum(_money(before).values())


def test_a_second_suggestion_records_only_what_is_new(ledger: Ledger) -> None:
    first = suggest(ledger, "item")
    again = suggest(ledger, "item")
    assert first.recorded == len(first.rows)
    assert (again.recorded, again.batch_id, again.unchanged) == (0, None, again.codes - again.none)


def test_decisions_are_facts_that_follow_each_other(ledger: Ledger) -> None:
    suggest(ledger, "item")
    key = ("local", "HA", "H0201")

    def outcome(confirm: bool, target: str | None, **options: Any) -> str:
        return decide(ledger, "item", [Decision(key, confirm, target, "r")], by="王", **options)[0].outcome

    def in_force() -> list[str]:
        with DuckEngine() as engine:
            ledger.attach(engine, only=["code_in_force"])
            found = engine.execute("select to_code from code_in_force where from_code = 'H0201'")["to_code"]
        return list(found.to_pylist())

    assert outcome(True, "990400010000002") == "confirmed"
    assert in_force() == ["990400010000002"]
    assert outcome(True, "990400010000002") == "same"
    assert outcome(True, "990400010000001") == "conflict"
    assert in_force() == ["990400010000002"]
    assert outcome(True, "990400010000001", overrule=True) == "confirmed"
    assert in_force() == ["990400010000001"]
    assert outcome(False, "990400010000002") == "rejected"
    assert in_force() == ["990400010000001"]
    assert outcome(False, "990400010000001") == "conflict"
    assert outcome(False, "990400010000001", overrule=True) == "rejected"
    assert in_force() == []
    assert outcome(True, "no such code") == "unknown_target"
    assert outcome(True, "X99A020") == "not_a_candidate"
    stranger = Decision(("local", "HA", "H02O1"), True, "990400010000002")
    assert decide(ledger, "item", [stranger], by="王")[0].outcome == "unknown_code"
    assert outcome(False, None, overrule=True) == "no_match"
    assert in_force() == []
    assert outcome(True, "990400010000002") == "conflict"
    assert outcome(True, "990400010000002", overrule=True) == "confirmed"
    assert in_force() == ["990400010000002"]
    rows = ledger.rows("code_map", "from_code", ["H0201"]).to_pylist()
    assert sum(row["status"] != "suggested" for row in rows) == 7
    assert all(row["decided_by"] == "王" for row in rows if row["status"] != "suggested")


def test_a_rejected_candidate_is_not_suggested_again_and_the_next_one_moves_up(ledger: Ledger) -> None:
    key = ("local", "HA", "J0104")
    first = [row["to_code"] for row in suggest(ledger, "item").rows if row["from_code"] == key[2]]
    decide(ledger, "item", [Decision(key, False, first[0], "CT 不是")], by="王")
    second = [row["to_code"] for row in suggest(ledger, "item").rows if row["from_code"] == key[2]]
    assert first[0] not in second
    assert second[0] == first[1]
    decide(ledger, "item", [Decision(key, False, None, "无对应")], by="王")
    assert key[2] not in {row["from_code"] for row in suggest(ledger, "item").rows}


def test_a_decision_needs_a_name(ledger: Ledger) -> None:
    with pytest.raises(UsageError, match="name"):
        decide(ledger, "item", [Decision(("local", "HA", "H0201"), True, "990400010000002")], by=" ")


def _fill(path: Path, answers: dict[str, tuple[str, str]]) -> None:
    """A clerk's work on a review workbook: local code -> (decision, another code)."""
    grid = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    at = [str(cell) for cell in grid[0]].index("local code")
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(grid):
            choice, other = answers.get(str(row[at]), ("", "")) if number else row[:2]
            sheet.write_row(number, 0, [int(choice) if choice.isdigit() else choice, other, *row[2:]])


def test_a_review_workbook_is_filled_in_and_read_back(ledger: Ledger, tmp_path: Path) -> None:
    suggest(ledger, "item")
    _, tasks = work_list(ledger, "item")
    assert [task.money for task in tasks] == sorted((task.money or 0 for task in tasks), reverse=True)
    path = tmp_path / "review.xlsx"
    write_review(path, "item", tasks, "en")
    _fill(path, {"S0401": ("1", ""), "B0503": ("0", ""), "J0103": ("", "990300010000003"), "H0202": ("9", ""),
                 "J0106": ("2", "990300010000007"), "B0501": ("", "99")})  # fmt: skip
    outcomes = decide(ledger, "item", read_review(path), by="李", source=path.name)
    assert {o.decision.key[2]: o.outcome for o in outcomes} == {
        "S0401": "confirmed", "B0503": "no_match", "J0103": "confirmed", "H0202": "unknown_target",
        "J0106": "unknown_target", "B0501": "unknown_target",
    }  # fmt: skip
    assert all(o.decision.row is not None and o.decision.row > 1 for o in outcomes)
    left = {task.key[2] for task in work_list(ledger, "item")[1]}
    assert left.isdisjoint({"S0401", "B0503", "J0103"})
    covered = _money(coverage(ledger, "item"))
    assert covered["mapped"] == 720_000 + 22 * 22_000
    again = decide(ledger, "item", read_review(path), by="李")
    assert {o.outcome for o in again} == {"same", "unknown_target"}


def test_a_review_csv_survives_the_spreadsheet_and_other_files_are_refused(ledger: Ledger, tmp_path: Path) -> None:
    key = ("local", "HA", "=1+1")
    row = {
        "to_code": "-5",
        "to_name": "x",
        "similarity_ppm": 900_000,
        "is_ambiguous": False,
        "why_zh": "",
        "why_en": "",
    }

    write_review(tmp_path / "r.csv", "item", [Task(key, "@n", [row], 3, 12345)], "zh")
    with (tmp_path / "r.csv").open(encoding="utf-8-sig", newline="") as lines:
        head, cells = list(csv.reader(lines))
    assert (cells[3], cells[4], cells[8]) == ("'=1+1", "'@n", "123.45")
    cells[0] = "1"
    with (tmp_path / "r.csv").open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([head, cells])
    assert read_review(tmp_path / "r.csv") == [Decision(key, True, "-5", None, 2)]
    (tmp_path / "other.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(HeaderRefused, match="no review file"):
        read_review(tmp_path / "other.csv")


def test_codes_of_a_local_file_are_compared_before_they_are_ever_billed(ledger: Ledger, tmp_path: Path) -> None:
    path = tmp_path / "his.csv"
    path.write_text("院内编码,收费项目,规格\nN1,硝苯地平控释片,30mg*7片\n", encoding="utf-8")
    found = suggest(ledger, "item", local=path, institution="HB")
    assert [(row["from_code"], row["to_code"], row["institution_id"]) for row in found.rows if row["rank"] == 1] == [
        ("N1", "X99A007", "HB")
    ]
    assert "N1" in {task.key[2] for task in work_list(ledger, "item")[1]}


def test_where_no_code_is_in_use_nothing_is_suggested(tmp_path: Path) -> None:
    """It was refused for a file that nobody had named."""
    ledger = _diagnosed(tmp_path / "led")
    quiet = {"institution_id": "H-quiet", "name": "新院", "kind": "1", "region_code": "420100"}
    columns = [f for f in ledger.tables()["institution"].arrow_schema() if f.name not in ("recorded_at", "batch_id")]
    ledger.append({"institution": pa.Table.from_pylist([quiet], schema=pa.schema(columns))}, "test")
    found = suggest(ledger, "diagnosis", edition="医保2.0", institution="H-quiet")
    assert (found.codes, found.none, found.rows, found.batch_id) == (0, 0, [], None)


def test_an_institution_that_nobody_knows_is_refused(ledger: Ledger) -> None:
    with pytest.raises(LedgerError, match="the ledger does not know it"):
        suggest(ledger, "item", institution="H-unheard-of")


def test_coverage_counts_every_row_and_fen_by_institution_and_month(ledger: Ledger) -> None:
    found = coverage(ledger, "item")
    lines = sum(local.uses for local in messy.LOCAL) + 25
    assert sum(share.rows for share in found.total) == lines
    for groups in (found.institutions, found.months):
        assert sum(share.rows for group in groups for share in group.shares) == lines
        assert sum(share.money for group in groups for share in group.shares) == sum(_money(found).values())
    assert [group.id for group in found.months] == ["2025-01", "2025-02", "2025-03"]
    assert (found.open[0].code, found.open[0].money) == ("S0401", 720_000)
    assert found.open_codes == len(LOCAL)


def _diagnosed(path: Path) -> Ledger:
    """Two editions of diagnosis codes in which K25.0 means different things, and five diagnoses."""
    ledger = create_ledger(path)
    codes = [
        {"code": "K25.0", "version": "医保2.0", "name": "急性胃溃疡伴有出血", "is_gray": False},
        {"code": "I10.x", "version": "医保2.0", "name": "特发性高血压", "is_gray": False},
        {"code": "R99.9", "version": "医保2.0", "name": "原因不明", "is_gray": True},
        {"code": "K25.0", "version": "国临2.0", "name": "高血压病", "is_gray": False},
    ]
    encounters = [
        {"encounter_id": f"E{n}", "person_id": f"P{n}", "institution_id": "H", "kind": "21",
         "admitted_at": datetime(2025, 1, 2), "discharged_at": datetime(2025, 1, 5)}
        for n in range(5)
    ]  # fmt: skip
    written = [("I10.x", None), ("K25.0", "国临2.0"), ("GXY", None), ("R", None), ("K25.0", None)]
    names = ["高血压", "高血压病", "特发性高血压病", "原因不明", "先天性髋关节脱位"]
    diagnoses = [
        {"encounter_id": f"E{n}", "sequence": 1, "person_id": f"P{n}", "code": code, "code_version": version,
         "name": name, "is_main": True}
        for n, ((code, version), name) in enumerate(zip(written, names, strict=True))
    ]  # fmt: skip
    tables = {"code_diagnosis": codes, "encounter": encounters, "diagnosis": diagnoses}
    contracts = ledger.tables()
    typed = {}
    for name, rows in tables.items():
        fields = [f for f in contracts[name].arrow_schema() if f.name not in ("recorded_at", "batch_id")]
        typed[name] = pa.table([pa.array([r.get(f.name) for r in rows], f.type) for f in fields], pa.schema(fields))
    ledger.append(typed, "test")
    return ledger


def test_editions_are_kept_apart_and_a_translation_serves_its_own_direction_only(tmp_path: Path) -> None:
    ledger = _diagnosed(tmp_path / "ledger")
    with pytest.raises(NoEdition, match="several editions"):
        coverage(ledger, "diagnosis")

    def states() -> dict[tuple[str, str], str]:
        found = coverage(ledger, "diagnosis", "医保2.0")
        return {(o.system, o.code): o.state for o in found.open}

    assert states() == {("国临2.0", "K25.0"): "unknown", ("local", "GXY"): "unknown", ("local", "R"): "unknown"}
    path = tmp_path / "map.csv"
    path.write_text("临床版编码,医保版编码\nK25.0,I10.x\n", encoding="utf-8")
    back = {"kind": "diagnosis", "from_system": "医保2.0", "to_system": "国临2.0"}
    import_catalogue("map", path, ledger.path, given=back)
    ledger.refresh()
    assert ("国临2.0", "K25.0") in states()
    forth = {"kind": "diagnosis", "from_system": "国临2.0", "to_system": "医保2.0"}
    import_catalogue("map", path, ledger.path, given=forth)
    ledger.refresh()
    assert set(states()) == {("local", "GXY"), ("local", "R")}
    assert {share.state: share.rows for share in coverage(ledger, "diagnosis", "医保2.0").total} == {
        "national": 2, "mapped": 1, "suggested": 0, "expired": 0, "unknown": 2,
    }  # fmt: skip
    doubtful = coverage(ledger, "diagnosis", "医保2.0").doubtful
    assert [(d.code, d.used_name, d.rows) for d in doubtful] == [("K25.0", "先天性髋关节脱位", 1)]


def test_a_gray_code_is_neither_suggested_nor_confirmed_for_a_main_diagnosis(tmp_path: Path) -> None:
    ledger = _diagnosed(tmp_path / "ledger")
    found = suggest(ledger, "diagnosis", edition="医保2.0")
    assert "R99.9" not in {row["to_code"] for row in found.rows}
    assert {row["to_system"] for row in found.rows} == {"医保2.0"}
    decision = Decision(("local", "H", "R"), True, "R99.9")
    assert decide(ledger, "diagnosis", [decision], by="王", edition="医保2.0")[0].outcome == "gray_target"


def test_a_map_for_every_institution_yields_to_that_of_one(ledger: Ledger, tmp_path: Path) -> None:
    path = tmp_path / "map.csv"
    path.write_text("from,to\nH0201,990400010000001\nZ0301,990500010000001\n", encoding="utf-8")
    import_catalogue("map", path, ledger.path, given={"kind": "item", "from_system": "local"})
    own = Decision(("local", "HA", "H0201"), True, "990400010000002")
    ledger = open_ledger(ledger.path)
    decide(ledger, "item", [own], by="王")

    with attached(ledger, "item", "national") as engine:
        rows = engine.execute(
            "select distinct code, mapped_to from coded where state = 'mapped' order by 1"
        ).to_pylist()
    assert rows == [
        {"code": "H0201", "mapped_to": "990400010000002"}, {"code": "Z0301", "mapped_to": "990500010000001"}
    ]  # fmt: skip


def test_the_query_of_the_manual_reads_mapped_codes(ledger: Ledger) -> None:
    page = (Path(__file__).parents[3] / "docs" / "how-to" / "map-codes.md").read_text(encoding="utf-8")
    query = re.findall(r"```sql\n(.*?)```", page, flags=re.DOTALL)[0]
    statement, problems = check(query, ledger.tables())
    assert not problems
    assert statement is not None
    suggest(ledger, "item")
    decide(ledger, "item", [Decision(("local", "HA", "H0201"), True, "990400010000002")], by="王")
    with DuckEngine() as engine:
        ledger.attach(engine, only=statement.tables)
        coded = engine.execute(
            f"select count(*) as lines, cast(sum(amount) as bigint) as amount from ({query}) "
            "where national_code = '990400010000002'"
        ).to_pylist()
    assert coded == [{"lines": 120, "amount": 120 * 1500}]
