"""`yibao settle LEDGER`, `--reform` and `--compare` through the real command line, and the files that people open."""

from __future__ import annotations

import csv
import json
import re
import shutil
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

import yibao.benefits
from benefits.neighbours import POLICIES, book
from benefits.test_reform import RICHER, world
from yibao.cli import words
from yibao.cli.app import main
from yibao.runs.demo import Demo

SHIPPED = Path(str(files(yibao.benefits))) / "policies"
BILL = """\
policy: EXAMPLE-390
person: {id: p1, class: adult}
bill:
  {id: S1, kind: 21, level: 3, settled_at: 2024-05-01, total: 60000, not_covered: 4000, first_share: 2000,
   eligible: 54000}
"""


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Run the command line in this process; returns exit code, output and errors."""

    def call(*args: object, lang: str = "en") -> tuple[int, str, str]:
        monkeypatch.setenv("YIBAO_LANG", lang)
        words.language.cache_clear()
        monkeypatch.setattr("sys.argv", ["yibao", *map(str, args)])
        code = 0
        try:
            main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return code, said.out, said.err

    yield call
    words.language.cache_clear()


@pytest.fixture(scope="module")
def city(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the simulated city's ledger, because results are written into it."""
    return Path(shutil.copytree(demo.ledger.path, tmp_path_factory.mktemp("settled") / "city"))


@pytest.fixture
def small(tmp_path: Path) -> tuple[Path, Path]:
    """Three bills and their policies: ledger, directory."""
    path = tmp_path / "ledger"
    world().ledger(path)
    book(tmp_path / "policies")
    return path, tmp_path / "policies"


def sheets(path: Path) -> dict[str, list[list[Any]]]:
    made = CalamineWorkbook.from_path(str(path))
    return {name: made.get_sheet_by_name(name).to_python() for name in made.sheet_names}


def test_the_city_is_settled_to_the_fen_by_its_own_policies(run: Any, city: Path, demo: Demo) -> None:
    """Two programs that share no code agree on every bill, but for the retired items that were planted as dirt."""
    told = json.loads(run("settle", city, "--json")[1])
    assert told["settlements"] == told["reckoned"] > 9_000
    with (demo.folder / "city" / "truth" / "dirt.csv").open(encoding="utf-8-sig", newline="") as file:
        retired = sum(int(row["rows"]) for row in csv.DictReader(file) if row["kind"] == "retired_item")
    assert [(c["cause"], c["settlements"]) for c in told["causes"]] == [("catalogue", retired)]


def test_a_city_settled_anew_adds_up_in_every_file(run: Any, city: Path, tmp_path: Path) -> None:
    for name in ("YUNHAI-310_employees", "YUNHAI-390_residents"):
        shutil.copytree(SHIPPED / name, tmp_path / name)
    stingy = tmp_path / "YUNHAI-390_residents" / "policy.yaml"
    stingy.write_text(stingy.read_text(encoding="utf-8").replace("value: 65%}, {level: 2", "value: 55%}, {level: 2"))
    code, out, err = run("settle", city, "--policy", tmp_path, "--json")
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert told["difference"] == told["paid"] - told["due"] == sum(c["difference"] for c in told["causes"]) > 0
    folder = Path(told["folder"])
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert set(manifest["laws"]) == {"YUNHAI-310@2025.1", "YUNHAI-390@2025.1"}
    assert manifest["tables"]["settlement_result"]["rows"] == told["reckoned"]
    assert manifest["tables"]["settlement_difference"]["money"] == told["difference"]
    pages = sheets(folder / "differences.xlsx")
    for name in ("按原因 by cause", "按机构 by institution", "机构与原因 both"):
        assert round(100 * sum(row[-1] for row in pages[name][1:])) == told["difference"]
    with (folder / "differences.csv").open(encoding="utf-8-sig", newline="") as file:
        head, *rows = csv.reader(file)
    assert head[-1].startswith("多付（负为少付）")
    assert round(sum(round(float(row[-1]) * 100) for row in rows)) == told["difference"]


def test_a_result_of_settling_is_not_the_run_that_others_build_on(run: Any, small: tuple[Path, Path]) -> None:
    assert run("settle", small[0], "--policy", small[1])[0] == 0
    assert [p.name[:7] for p in (small[0] / "results").iterdir()] == ["settle-"]


@pytest.mark.parametrize(("lang", "said"), [("zh", "3 笔结算，计算 3 笔"), ("en", "3 settlements: 3 reckoned")])
def test_what_is_said_and_the_exit_code_when_something_differs(
    run: Any, small: tuple[Path, Path], lang: str, said: str
) -> None:
    dearer = POLICIES["HOME-390"].replace("60%", "50%")
    book(small[1], HOME_390=dearer)
    code, out, _ = run("settle", small[0], "--policy", small[1], "--strict", lang=lang)
    assert code == 3
    assert said in out
    assert ("支付比例不同" if lang == "zh" else "another rate") in out


def test_one_real_policy_against_another_on_the_city(run: Any, city: Path) -> None:
    sides = ("--baseline", "BENGBU-390", "--baseline", "BEIJING-310", "--reform", "SHANGLUO-390")
    code, out, err = run("settle", city, *sides, "--kind", "21", "--kind", "24", "--json")
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert told["after"]["policies"] == {"310": ["BEIJING-310@2023.1"], "390": ["SHANGLUO-390@2022.1"]}
    # A policy that leaves a rate to its place of care cannot reckon every bill; both sides then do without it.
    aside = [sum(told[side]["aside"].values()) for side in ("before", "after")]
    assert max(aside) <= told["settlements"] - told["compared"] <= sum(aside)
    assert told["compared"] > 300
    [whole] = [r for r in told["tables"]["reform_group"] if r["dimension"] == "all"]
    layers = told["tables"]["reform_layer"]
    assert sum(r["after_amount"] for r in layers) == whole["total_amount"]
    folder = Path(told["folder"])
    groups = sheets(folder / "reform.xlsx")["人群 groups"]
    assert len(groups) - 1 == len(told["tables"]["reform_group"])
    for lang, other in (("zh", "en"), ("en", "zh")):
        page = (folder / f"reform.{lang}.html").read_text(encoding="utf-8")
        assert f'href="reform.{other}.html"' in page
        assert page.count("<svg class=") >= 2 * 9  # nine figures, each for a desk and for a phone
        assert not re.search(r"(src|href)=\"https?:", page)


def test_a_reform_of_ones_own_in_both_languages(run: Any, small: tuple[Path, Path], tmp_path: Path) -> None:
    reform = tmp_path / "reform" / "HOME-390_reform" / "policy.yaml"
    reform.parent.mkdir(parents=True)
    reform.write_text(RICHER, encoding="utf-8")
    args = ("settle", small[0], "--policy", small[1], "--reform", tmp_path / "reform")
    code, out, _ = run(*args)
    assert code == 0
    assert "of 3 persons with care 2 gain ¥2,600.00, 1 lose ¥500.00" in out
    code, out, _ = run(*args, lang="zh")
    assert "3 名就医者：受益 2 人共 2,600.00 元，受损 1 人共 500.00 元" in out


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (("LEDGER", "--reform", "NOWHERE-1"), 1, "there is no policy 'NOWHERE-1'"),
        (("LEDGER", "--reform", "EXAMPLE-390", "--kind", "77"), 2, "there is no kind of care '77'"),
        (("LEDGER", "--reform", "EXAMPLE-390", "--adjustment", "much"), 2, "'much' is no share"),
        (("LEDGER", "--reform", "EXAMPLE-390", "--adjustment", "120%"), 2, "'120%' is no share"),
        (("LEDGER", "--kind", "21"), 2, "--kind has no meaning here"),
        (("LEDGER", "--compare"), 2, "--compare has no meaning here"),
        (("LEDGER", "--bill", "b.yaml"), 2, "say what to settle"),
        (("--bill", "b.yaml", "--reform", "EXAMPLE-390"), 2, "--reform has no meaning here"),
        (("LEDGER", "--reform", "SHANGLUO-390", "--reform", "BENGBU-390"), 1, "several policies for the scheme 390"),
        (("nowhere",), 1, "nowhere"),
    ],
)
def test_mistakes_are_named(run: Any, small: tuple[Path, Path], args: tuple[str, ...], code: int, said: str) -> None:
    found, out, err = run("settle", *(str(small[0]) if a == "LEDGER" else a for a in args))
    assert (found, out) == (code, "")
    assert said in err
    assert not (small[0] / "results").exists() or not list((small[0] / "results").iterdir())


def test_a_broken_reform_is_refused_by_file_and_line(run: Any, small: tuple[Path, Path], tmp_path: Path) -> None:
    broken = tmp_path / "reform" / "HOME-390_reform" / "policy.yaml"
    broken.parent.mkdir(parents=True)
    broken.write_text(RICHER.replace("rate: 80%", "rate: 800%"), encoding="utf-8")
    code, _, err = run("settle", small[0], "--policy", small[1], "--reform", tmp_path / "reform")
    assert code == 1
    assert "HOME-390_reform/policy.yaml, line" in err


@pytest.mark.parametrize(
    ("lang", "own", "share"), [("zh", "本账单的政策", "基金占比"), ("en", "the bill's own", "funds' share")]
)
def test_one_bill_side_by_side(run: Any, tmp_path: Path, lang: str, own: str, share: str) -> None:
    path = tmp_path / "bill.yaml"
    path.write_text(BILL, encoding="utf-8")
    code, out, _ = run("settle", "--bill", path, "--compare", lang=lang)
    assert code == 0
    head, first, *_ = out.splitlines()
    assert share in head
    assert "EXAMPLE-390" in first
    assert own in first
    told = json.loads(run("settle", "--bill", path, "--compare", "--json")[1])
    assert told[0]["own"] is True
    assert {row["policy"] for row in told} >= {"BENGBU-390@2024.1", "SHANGLUO-390@2022.1"}


def test_lines_of_a_bill_by_the_catalogue_of_a_ledger(run: Any, city: Path, tmp_path: Path) -> None:
    _, out, _ = run(
        "query", city, "select item_code, payment_class from catalogue_item order by item_code limit 1", "--json"
    )
    [row] = json.loads(out)
    path = tmp_path / "bill.yaml"
    line = f"{{item: '{row['item_code']}', price: 5000}}"
    stay = f"{{id: S1, kind: 21, level: 3, settled_at: 2025-05-01, lines: [{line}]}}"
    path.write_text(f"policy: YUNHAI-390\nperson: {{id: p1, class: adult}}\nbill: {stay}\n", encoding="utf-8")
    told = json.loads(run("settle", "--bill", path, "--catalogue", city, "--json")[1])
    assert told["not_in_catalogue"] == []
    assert told["result"]["not_covered_amount"] == (500_000 if row["payment_class"] == "03" else 0)
    told = json.loads(run("settle", "--bill", path, "--json")[1])
    assert told["not_in_catalogue"] == [row["item_code"]]
