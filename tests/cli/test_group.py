"""`yibao group` as people type it: groups, explanations, comparisons, indices, packs, and what is refused."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import python_calamine
import smallpack as small

from yibao.cli import words
from yibao.cli.app import main

CASES = """case_id,sex,age_years,age_days,los_days,diagnoses,procedures,institution_id,amount,expected_drg
a,1,40,14700,5,D11.0|C01.0,10.01,H1,100.00,GA11
b,2,40,14700,5,D10.2,13.01,H1,200.00,GQY
c,1,40,14700,5,X99.9,,H1,300.00,0000
d,1,40,14700,5,,,H1,400.00,
=1+1,1,40,14700,5,D10.2,,H1,0.50,GR13
"""


def yibao(*args: str | Path, lang: str = "en", code: int = 0) -> str:
    """The command in a process of its own: what it prints, or the refusal."""
    done = subprocess.run(
        [sys.executable, "-m", "yibao", "group", *map(str, args)],
        capture_output=True, text=True, encoding="utf-8", check=False,
        env={**os.environ, "YIBAO_LANG": lang, "NO_COLOR": "1"},
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == code, done.stderr
    return done.stdout if code in (0, 3) else done.stderr


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """The same in this process, which starts once: for the many calls."""
    monkeypatch.setenv("YIBAO_LANG", "en")
    words.language.cache_clear()

    def run(*args: str | Path, code: int = 0) -> str:
        monkeypatch.setattr(sys, "argv", ["yibao", "group", *map(str, args)])
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
            main()
        assert (ended.value.code or 0) == code, err.getvalue()
        return out.getvalue() if code in (0, 3) else err.getvalue()

    return run


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with cases, a pack, a second version of it, and weights."""
    folder = tmp_path_factory.mktemp("group")
    (folder / "cases.csv").write_text(CASES, encoding="utf-8")
    small.write(folder / "pack")
    doc = small.document()
    doc["version"], doc["id"] = "2", "small2"
    doc["drg"][5]["when"] = {"has_cc": True}  # an MCC is no reason for GA11 any more
    small.write(folder / "next", doc)
    (folder / "weights.csv").write_text("drg,weight\nGA11,2\nGA15,1\nGR15,0.5\n", encoding="utf-8")
    return folder


def test_cases_into_groups_with_every_record_and_its_money(place: Path) -> None:
    out = place / "out.csv"
    said = yibao(place / "cases.csv", "--pack", place / "pack", "--out", out, "--no-rules")
    assert "grouped\t2\t40%\t¥100.50" in said
    assert "held back before grouping\t1\t20%\t¥400.00" in said
    assert "all records\t5\t\t¥1,000.50" in said
    assert "in every column\t4\t80%" in said
    with out.open(encoding="utf-8-sig", newline="") as file:
        rows = {row["encounter_id"]: row for row in csv.DictReader(file)}
    assert rows["a"]["group_code"] == "GA11"
    assert rows["'=1+1"]["group_code"] == "GR15"  # no spreadsheet takes it for a formula
    assert rows["d"]["reason"] == "no_main_diagnosis"


def test_figures_as_json_with_the_rules_of_the_list(here: Callable[..., str], place: Path) -> None:
    found = json.loads(here("cases", place / "cases.csv", "--pack", place / "pack", "--json"))
    assert found["records"] == 5
    assert (found["grouped"], found["ambiguous"], found["ungroupable"], found["quarantined"]) == (2, 1, 1, 1)
    assert found["quarantined_amount"] == 40_000
    assert found["agreement"]["cases"] == 5
    assert [one["case_id"] for one in found["agreement"]["differing"]] == ["=1+1"]
    assert isinstance(found["list_rules"], list)
    here(place / "cases.csv", "--pack", place / "pack", "--no-rules", "--strict", code=3)


def test_results_for_programs_and_for_people(here: Callable[..., str], place: Path) -> None:
    here(place / "cases.csv", "--pack", place / "pack", "--no-rules", "--out", place / "out.parquet")
    assert pq.read_table(place / "out.parquet")["amount"].to_pylist() == [10_000, 20_000, 30_000, 40_000, 50]
    here(place / "cases.csv", "--pack", place / "pack", "--no-rules", "--out", place / "out.xlsx")
    sheet = python_calamine.CalamineWorkbook.from_path(place / "out.xlsx").get_sheet_by_index(0).to_python()
    assert sheet[0][0].startswith("就诊（病例）编号")
    cost = next(place for place, cell in enumerate(sheet[0]) if "cost of the stay" in cell)
    assert sheet[1][cost] == 100.0


def test_one_case_explained_in_both_languages(here: Callable[..., str], place: Path) -> None:
    weights = ("--weights", place / "weights.csv", "--rate", "1000")
    said = here(place / "cases.csv", "--pack", place / "pack", "--explain", "a", *weights)
    assert "answer: MDCG, base group GA1, group GA11 cut with MCC" in said
    assert "(weight 2)" in said
    zh = yibao(place / "cases.csv", "--pack", place / "pack", "--explain", "b", lang="zh")
    assert "歧义病案 GQY" in zh
    found = json.loads(here(place / "cases.csv", "--pack", place / "pack", "--explain", "a", "--json", *weights))
    assert found["case"]["standard_amount"] == 200_000
    assert found["case"]["plain_standard_amount"] == 100_000
    assert found["path"][-1] == {"kind": "drg", "code": "GA11", "held": True, "condition": "MCC", "fails": None}


def test_two_packs_compared(here: Callable[..., str], place: Path) -> None:
    prices = ("--weights", place / "weights.csv", "--rate", "1000")
    args = (place / "cases.csv", "--pack", place / "pack", "--to", place / "next", *prices)
    found = json.loads(here("compare", *args, "--json"))
    assert {row["move"]: row["cases"] for row in found["by_move"]} == {
        "same": 1, "renamed": 1, "never_grouped": 2, "held_back": 1
    }  # fmt: skip
    flow = next(row for row in found["by_flow"] if row["move"] == "renamed")
    assert (flow["from_group"], flow["to_group"], flow["difference_amount"]) == ("GA11", "GA15", -100_000)
    said = here("compare", *args, "--out", place / "moves.csv")
    assert "SMALL-DRG 1 nowhere → SMALL-DRG 2 nowhere" in said
    assert len((place / "moves.csv").read_text(encoding="utf-8-sig").splitlines()) == 6


def test_indices_and_packs(here: Callable[..., str], place: Path) -> None:
    rows = json.loads(here("index", place / "cases.csv", "--pack", place / "pack", "--json"))["indices"]
    assert {row["note"] for row in rows} == {"too few"}
    assert "机构\t指标\t口径" in yibao("index", place / "cases.csv", "--pack", place / "pack", lang="zh")
    found = json.loads(here("check", place / "next", "--weights", place / "weights.csv", "--json"))
    assert ("shadowed", "drg GA13") in {(one["code"], one["where"]) for one in found["findings"]}
    assert found["weights"]["weights_without_group"] == []
    assert "GK19" in found["weights"]["groups_without_weight"]
    here("check", place / "next", "--strict", code=3)
    assert "nothing found" in here("check", place / "pack") or "note" in here("check", place / "pack")


def test_the_workbook_is_taken_over(here: Callable[..., str], place: Path, tmp_path: Path) -> None:
    from test_workbook_import import workbook

    book = workbook(tmp_path / "own.xlsx")
    said = here("import", book, "--version", "3.0", "--system", "OWN", "--out", tmp_path / "made")
    assert "2 categories, 4 base groups" in said
    assert "rule_not_understood" in here("check", tmp_path / "made", "--json") or "GX1" in said
    assert "folder has content" in here("import", book, "--version", "3.0", "--out", tmp_path / "made", code=2)


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (["--pack", "pack"], 2, "CASES"),
        (["cases.csv", "--pack", "nowhere"], 1, "there is no pack.json"),
        (["cases.csv", "--pack", "pack", "--explain", "zz"], 2, "there is no case 'zz'"),
        (["cases.csv", "--pack", "pack", "--out", "x.doc"], 2, "has no ending that is written"),
        (["cases.csv", "--pack", "pack", "--map", "weights.csv"], 2, "is not KIND=FILE"),
        (["nofile.csv", "--pack", "pack"], 1, "nofile.csv"),
        (["cases.csv", "--pack", "pack", "--weights", "cases.csv"], 1, "lacks the column drg, weight"),
    ],
)
def test_mistakes_are_named(here: Callable[..., str], place: Path, args: list[str], code: int, said: str) -> None:
    known = {path.name for path in place.iterdir()}
    given = [str(place / arg) if arg in known or arg in ("nowhere", "nofile.csv") else arg for arg in args]
    assert said in here(*given, code=code)
