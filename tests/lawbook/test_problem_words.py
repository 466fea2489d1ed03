"""Each thing that can be wrong with a law is said in Chinese too."""

from __future__ import annotations

import ast
from importlib.resources import files
from pathlib import Path

import pytest

import yibao
from yibao.engine.yaml import read_yaml
from yibao.lawbook.load import load_laws
from yibao.lawbook.model import LawProblem
from yibao.lawbook.problem_words import chinese, templates
from yibao.ledger.contracts import load_contracts

SOURCE = Path(yibao.__file__).parent
#: Where the words are written, and the functions that are given them (`return` stands for what a function returns).
WRITTEN = {
    "lawbook/load.py": {"LawProblem"},
    "lawbook/compile.py": {"LawProblem"},
    "lawbook/model.py": {"ValueError"},
    "engine/portable.py": {"Problem"},
    "engine/patterns.py": {"PatternError"},
    "engine/refusals.py": {"return"},
}


def told(path: Path, given: set[str]) -> list[str]:
    """The texts of a module that are problems of a law, with a letter for each part that varies."""
    found: list[ast.expr] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in given and node.args:
            found.append(node.args[-1])
        if isinstance(node, ast.Return) and "return" in given and node.value is not None:
            found.append(node.value)
        if isinstance(node, ast.AnnAssign) and isinstance(node.value, ast.Dict) and "return" in given:
            found += node.value.values
    texts = [_text(node) for node in found]
    return sorted({text for text in texts if text and " " in text})


def _text(node: ast.expr) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "Q" for part in node.values)
    return None


@pytest.mark.parametrize("module", sorted(WRITTEN))
def test_every_message_has_chinese_words(module: str) -> None:
    messages = told(SOURCE / module, WRITTEN[module])
    assert messages
    assert [text for text in messages if not any("\u4e00" <= c <= "\u9fff" for c in chinese(text))] == []


def test_names_of_the_templates_agree() -> None:
    words = read_yaml((files("yibao.lawbook") / "problems.zh.yaml").read_text(encoding="utf-8"), "problems.zh.yaml")
    assert len(templates()) == len(words)
    for english, said in words.items():
        for name in "abc":
            assert (f"{{{name}}}" in english) == (f"{{{name}}}" in said), english


def test_parts_that_are_messages_are_translated_too() -> None:
    problem = LawProblem(Path("laws/A01_x/rule.sql"), 3, "charge_line has no column 'amout'; did you mean amount?")
    assert problem.said("zh") == "A01_x/rule.sql 第 3 行：charge_line 没有列 'amout'；是否为 amount？"
    assert problem.said("en") == "A01_x/rule.sql, line 3: charge_line has no column 'amout'; did you mean amount?"
    assert chinese("code is used as a pattern: \\b differs between engines: write the characters out") == (
        "code 用作正则表达式：\\b 因引擎而异：请直接写出字符"
    )
    assert chinese("params.x.value: missing key") == "params.x.value：缺少这个键"
    assert chinese("something that nobody foresaw") == "something that nobody foresaw"


def test_a_mistake_in_the_part_that_a_shared_body_takes_in_is_told_by_its_own_line(tmp_path: Path) -> None:
    shipped = SOURCE / "supervision" / "rules" / "H05-3_charge_details"
    folder = tmp_path / shipped.name
    folder.mkdir()
    (folder / "rule.yaml").write_text((shipped / "rule.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    body = (shipped / "rule.sql").read_text(encoding="utf-8").replace("from catalogue_item", "from catalogue_itme")
    (folder / "rule.sql").write_text(body, encoding="utf-8")
    primitives = SOURCE / "supervision" / "primitives"
    (problem,) = load_laws([folder], load_contracts(), primitives=[primitives]).problems
    assert (problem.path.name, problem.message) == (
        "rule.sql", "unknown table 'catalogue_itme': laws read contract tables only",
    )  # fmt: skip
    assert body.splitlines()[problem.line - 1].strip() == "from catalogue_itme"


def test_a_mistake_in_a_part_that_bodies_have_in_common_is_told_by_the_file_of_the_part(tmp_path: Path) -> None:
    shipped = SOURCE / "supervision" / "primitives"
    own = tmp_path / "primitives" / "parts"
    own.mkdir(parents=True)
    part = (shipped / "parts" / "past_allowance.sql").read_text(encoding="utf-8")
    (own / "past_allowance.sql").write_text(
        part.replace("from allowance as a", "from allowence as a"), encoding="utf-8"
    )
    folder = SOURCE / "supervision" / "rules" / "A03_quantity_over_limit"
    problem = load_laws([folder], load_contracts(), primitives=[shipped, tmp_path / "primitives"]).problems[-1]
    assert (problem.path.name, problem.message) == (
        "past_allowance.sql", "unknown table 'allowence': laws read contract tables only",
    )  # fmt: skip
    assert part.splitlines()[problem.line - 1].strip() == "from allowance as a"
    alone = [path for path in shipped.glob("*.sql") if path.stem == "P4_quantity_per_unit"]
    (tmp_path / "bodies").mkdir()
    (tmp_path / "bodies" / alone[0].name).write_text(alone[0].read_text(encoding="utf-8"), encoding="utf-8")
    (missing,) = load_laws([folder], load_contracts(), primitives=[tmp_path / "bodies"]).problems
    assert missing.message == "there is no part 'parts/past_allowance'"
    assert missing.said("zh").endswith("没有公用片段 'parts/past_allowance'")


def test_parts_that_take_one_another_in_are_refused(tmp_path: Path) -> None:
    own = tmp_path / "primitives" / "parts"
    own.mkdir(parents=True)
    (own / "past_allowance.sql").write_text("{parts/other}\n", encoding="utf-8")
    (own / "other.sql").write_text("-- round and round\n{parts/past_allowance}\n", encoding="utf-8")
    shipped = SOURCE / "supervision"
    folder = shipped / "rules" / "A03_quantity_over_limit"
    problem = load_laws(
        [folder], load_contracts(), primitives=[shipped / "primitives", tmp_path / "primitives"]
    ).problems[-1]
    assert (problem.path.name, problem.line) == ("other.sql", 2)
    assert problem.message == "{parts/past_allowance} takes in the body that it stands in"


def test_a_law_is_another_when_a_part_of_a_part_is(tmp_path: Path) -> None:
    shipped = SOURCE / "supervision"
    part = (shipped / "primitives" / "parts" / "past_allowance.sql").read_text(encoding="utf-8")
    hashes = []
    for number, remark in enumerate(("-- one", "-- two")):
        own = tmp_path / str(number) / "parts"
        own.mkdir(parents=True)
        (own / "past_allowance.sql").write_text("{parts/inner}\n", encoding="utf-8")
        (own / "inner.sql").write_text(f"{remark}\n{part}", encoding="utf-8")
        found = load_laws(
            [shipped / "rules" / "A03_quantity_over_limit"], load_contracts(),
            primitives=[shipped / "primitives", tmp_path / str(number)],
        )  # fmt: skip
        assert not found.problems
        hashes.append(found.get("A03").hash)
    assert hashes[0] != hashes[1]
