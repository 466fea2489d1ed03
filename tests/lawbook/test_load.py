"""A broken law is left out with file, line and key; the others still load."""

from __future__ import annotations

from pathlib import Path

import pytest

from yibao.lawbook import Lawbook, LawError, load_laws
from yibao.ledger.contracts import load_contracts


def load(folder: Path) -> Lawbook:
    return load_laws([folder.parent], load_contracts())


def edit(folder: Path, file: str, old: str, new: str) -> None:
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_correct_law_loads(law_folder: Path) -> None:
    lawbook = load(law_folder)
    assert not lawbook.problems
    law = lawbook.get("X01")
    assert law.tables == {"charge_line", "charge_reversal"}
    assert law.defaults == {"floor": 10000}
    assert law.title["zh"] == "大额明细"


@pytest.mark.parametrize(
    ("file", "old", "new", "line", "words"),
    [
        ("rule.yaml", "result: suspect", "result: guilty", 5, "result"),
        ("rule.yaml", "grain:", "grian:", 11, "unknown key"),
        ("rule.yaml", "value: 10000", "value: ten", 10, "whole number"),
        ("rule.yaml", "{from: 2021-05-01}", "{from: 2021-05-01, to: 2020-01-01}", 7, "later"),
        ("rule.yaml", "  large:", "  large: {zh: 一}\n  large:", 14, "twice"),
        ("rule.yaml", "reads: [charge_line, charge_reversal]", "reads: [charge_line]", 8, "charge_reversal"),
        ("rule.yaml", "  floor:", "  flour:", 9, "$floor"),
        ("rule.sql", "left join", "left jion", 5, ""),
        ("rule.sql", "l.staff_id,", "l.stuff_id,", 2, "stuff_id"),
        ("rule.sql", "amount > $floor", "amount / 2 > $floor", 12, "`/`"),
        ("rule.sql", "from charge_line l", "from charge_lines l", 4, "charge_lines"),
        ("rule.sql", "with net as (", "with raw as (\n  select persn_id from person\n), net as (", 2, "person_id?"),
        (
            "rule.sql",
            "select line_id as",
            "select net.lin_id as",
            8,
            "net has no column 'lin_id'; did you mean line",
        ),
        ("rule.yaml", "  floor:", "\tfloor:", 10, "a tab cannot indent"),
    ],
)
def test_each_mistake_is_named_by_line(law_folder: Path, file: str, old: str, new: str, line: int, words: str) -> None:
    edit(law_folder, file, old, new)
    lawbook = load(law_folder)
    assert not lawbook.versions
    named = [p for p in lawbook.problems if p.path.name == file and words in p.message]
    assert named, [str(p) for p in lawbook.problems]
    assert named[0].line == line, str(named[0])


def test_the_others_still_load(law_folder: Path) -> None:
    other = law_folder.parent / "X02_other"
    other.mkdir()
    for name in ("rule.yaml", "rule.sql", "cases.yaml"):
        text = (law_folder / name).read_text(encoding="utf-8").replace("X01", "X02")
        (other / name).write_text(text, encoding="utf-8")
    edit(law_folder, "rule.sql", "left join", "left jion")
    lawbook = load(law_folder)
    assert [law.id for law in lawbook.versions] == ["X02"]
    with pytest.raises(LawError, match=r"X01 cannot be used: X01_large_line/rule\.sql"):
        lawbook.get("X01")
    with pytest.raises(LawError, match="no law 'Z99'"):
        lawbook.get("Z99")


def test_two_versions_in_force_at_once_are_refused(law_folder: Path) -> None:
    twin = law_folder.parent / "X01_again"
    twin.mkdir()
    for name in ("rule.yaml", "rule.sql", "cases.yaml"):
        (twin / name).write_bytes((law_folder / name).read_bytes())
    edit(twin, "rule.yaml", 'version: "1"', 'version: "2"')
    assert "same time" in str(load(law_folder).problems[0])
    edit(twin, "rule.yaml", "from: 2021-05-01", "from: 2026-01-01")
    edit(law_folder, "rule.yaml", "{from: 2021-05-01}", "{from: 2021-05-01, to: 2026-01-01}")
    lawbook = load(law_folder)
    assert not lawbook.problems
    assert [law.text.version for law in lawbook.of("rule")] == ["1", "2"]
    assert lawbook.get("X01").text.version == "2"


def test_a_law_of_the_users_own_replaces_the_shipped_one(law_folder: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine" / "X01_large_line"
    mine.mkdir(parents=True)
    for name in ("rule.yaml", "rule.sql", "cases.yaml"):
        (mine / name).write_bytes((law_folder / name).read_bytes())
    edit(mine, "rule.yaml", "value: 10000", "value: 5")
    lawbook = load_laws([law_folder.parent], load_contracts(), own=[tmp_path / "mine"])
    assert lawbook.get("X01").defaults == {"floor": 5}
    assert not lawbook.get("X01").shipped


@pytest.mark.parametrize(
    ("file", "data", "line", "words"),
    [
        ("rule.yaml", b"", 1, "expected keys"),
        ("rule.yaml", b"- a\n", 1, "expected keys"),
        ("rule.yaml", b"id: X01\ntitle: \xff\n", 2, "not UTF-8"),
        ("rule.sql", b"select\n1\n\xff", 3, "not UTF-8"),
        ("rule.sql", b"", 1, "exactly one SELECT"),
    ],
)
def test_files_that_are_no_law_are_named(law_folder: Path, file: str, data: bytes, line: int, words: str) -> None:
    (law_folder / file).write_bytes(data)
    lawbook = load(law_folder)
    assert not lawbook.versions
    assert [(p.path.name, p.line) for p in lawbook.problems] == [(file, line)]
    assert words in lawbook.problems[0].message


def test_a_folder_without_laws_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LawError, match="no law is here"):
        load_laws([tmp_path], load_contracts())


def test_a_kernel_that_ends_the_program_is_only_its_own_loss(law_folder: Path) -> None:
    edit(law_folder, "rule.yaml", "grain:", "form: kernel\ngrain:")
    (law_folder / "rule.sql").rename(law_folder / "input.sql")
    (law_folder / "kernel.py").write_text("import sys\nsys.exit(3)\n", encoding="utf-8")
    (problem,) = load(law_folder).problems
    assert (problem.path.name, problem.line) == ("kernel.py", 2)
    assert "SystemExit" in problem.message
