"""`yibao catalogue` at the real command line: a clerk's way from the published list to confirmed codes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from yibao.ledger.codes import coverage
from yibao.ledger.founding import open_ledger

pytestmark = pytest.mark.slow

NATIONAL = (
    "药品代码,通用名,规格,剂型,开始日期\n"
    "X1,阿莫西林,0.25g×24粒,胶囊,2025-01-01\n"
    "X2,阿莫西林,0.5g×24粒,胶囊,2025-01-01\n"
)
LINES = (
    "feedetl_sn,psn_no,fixmedins_code,med_list_codg,medins_list_codg,medins_list_name,cnt,"
    "det_item_fee_sumamt,fee_ocur_time\n"
    "L1,P1,H1,Y1,Y1,阿莫西林胶囊250mg*24,1,12.60,2025-02-01 08:00:00\n"
    "L2,P2,H1,Y2,Y2,特需服务,1,80.00,2025-02-01 08:00:00\n"
    "L3,P3,H1,X2,Y3,阿莫西林胶囊,1,20.00,2025-02-01 08:00:00\n"
)


def yibao(*args: str | Path, cwd: Path, lang: str = "en", answer: str = "") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "YIBAO_LANG": lang, "NO_COLOR": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "yibao", *map(str, args)], input=answer,
        capture_output=True, text=True, encoding="utf-8", env=environment, cwd=cwd, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    return done


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a ledger that has a catalogue; tests that write work on a copy."""
    folder = tmp_path_factory.mktemp("catalogue")
    (folder / "charge_line.csv").write_text(LINES, encoding="utf-8")
    (folder / "items.csv").write_text(NATIONAL, encoding="utf-8")
    assert yibao("ingest", "charge_line.csv", "--into", "led", cwd=folder).returncode == 0
    done = yibao("catalogue", "import", "item", "items.csv", "--into", "led", "--version", "2025", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "item_code = 药品代码" in done.stdout
    return folder


@pytest.fixture
def place(prepared: Path, tmp_path: Path) -> Path:
    shutil.copytree(prepared, tmp_path / "place")
    return tmp_path / "place"


def test_from_the_list_to_a_confirmed_code(place: Path) -> None:
    listed = json.loads(yibao("catalogue", "list", "led", "--json", cwd=place).stdout)
    assert [(one["version"], one["codes"], one["rows_known"], one["rows_billed"]) for one in listed] == [
        ("2025", 2, 1, 3)
    ]
    shown = yibao("catalogue", "map", "suggest", "led", cwd=place)
    assert "X1" in shown.stdout
    assert "Nothing is mapped yet" in shown.stdout
    reviewed = yibao("catalogue", "map", "review", "led", "--by", "王", cwd=place, answer="n 非医保\nnonsense\n1\n")
    assert "not understood" in reviewed.stdout
    assert "2 decisions recorded" in reviewed.stdout
    found = coverage(open_ledger(place / "led"), "item")
    assert {share.state: share.money for share in found.total} == {
        "national": 2000, "mapped": 1260, "suggested": 0, "expired": 0, "unknown": 8000,
    }  # fmt: skip
    shown = yibao("catalogue", "map", "coverage", "led", cwd=place, lang="zh")
    assert "已确认对照" in shown.stdout
    assert yibao("catalogue", "map", "coverage", "led", "--strict", cwd=place).returncode == 3
    exported = yibao("catalogue", "map", "export", "led", "maps.csv", "--decided", cwd=place)
    assert "1 maps" in exported.stdout
    assert "H1,Y1," in (place / "maps.csv").read_text(encoding="utf-8-sig")
    again = ("catalogue", "import", "map", "maps.csv", "--into", "other", "--of", "item", "--system", "local")
    assert yibao(*again, cwd=place).returncode == 0


def test_review_may_be_left_and_taken_up_again(place: Path) -> None:
    yibao("catalogue", "map", "suggest", "led", cwd=place)
    review = ("catalogue", "map", "review", "led", "--by", "王")
    first = yibao(*review, cwd=place, answer="\n=X1\nq\n")
    assert "1 decisions recorded" in first.stdout
    second = yibao(*review, cwd=place, answer="n\n")
    assert "1/1" in second.stdout
    assert "nothing is left to decide" in yibao(*review, cwd=place).stdout


def test_a_review_file_goes_out_and_comes_back(place: Path) -> None:
    yibao("catalogue", "map", "suggest", "led", cwd=place)
    done = yibao("catalogue", "map", "export", "led", "r.csv", cwd=place, lang="zh")
    assert "2 个编码待决定" in done.stdout
    lines = (place / "r.csv").read_text(encoding="utf-8-sig").splitlines()
    filled = [line.replace(",", "1,", 1) if ",Y1," in line else line.replace(",", "7,", 1) for line in lines[1:]]
    (place / "r.csv").write_text("\n".join([lines[0], *filled, ""]), encoding="utf-8")
    done = yibao("catalogue", "map", "import", "led", "r.csv", "--by", "王", "--strict", cwd=place)
    assert done.returncode == 3
    assert "the target is not in that edition" in done.stdout
    outcomes = json.loads(yibao("catalogue", "map", "import", "led", "r.csv", "--by", "王", "--json", cwd=place).stdout)
    assert {one["code"]: one["outcome"] for one in outcomes} == {"Y1": "same", "Y2": "unknown_target"}


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["import", "icd", "items.csv", "--into", "led"], 2, "no kind of catalogue 'icd'"),
        (["import", "item", "nowhere.csv", "--into", "led"], 1, "nowhere.csv"),
        (["import", "diagnosis", "items.csv", "--into", "led"], 1, "found: 药品代码"),
        (["import", "item", "items.csv", "--into", "led", "--map-columns", "x"], 2, "not name=value"),
        (["import", "item", "items.csv", "--into", "led", "--system", "x"], 2, "belongs to the kind map"),
        (["map", "suggest", "led", "--kind", "exam"], 2, "no kind of code"),
        (["map", "suggest", "led", "--kind", "diagnosis"], 1, "has no code_diagnosis"),
        (["map", "suggest", "led", "--institution", "H404"], 1, "the ledger does not know it"),
        (["map", "coverage", "led", "--to", "x"], 1, "no edition 'x'"),
        (["map", "confirm", "led", "Y1", "--code", "none", "--by", "王", "--institution", "H1"], 1, ""),
        (["map", "reject", "led", "Y1", "--by", " ", "--reason", "x"], 2, "the name of who decides"),
        (["map", "import", "led", "items.csv", "--by", "王"], 1, "no review file"),
        (["map", "export", "led", "r.pdf"], 1, ".xlsx or .csv"),
        (["list", "nowhere"], 1, "not a ledger"),
    ],
)
def test_mistakes_end_with_a_message(prepared: Path, args: list[str], code: int, words: str) -> None:
    done = yibao("catalogue", *args, cwd=prepared)
    assert done.returncode == code, done.stderr
    assert words in done.stderr
