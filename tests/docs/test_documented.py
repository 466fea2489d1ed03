"""The manual and the program say the same: nothing is undocumented, nothing stale, no link dead, no word astray."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from yibao.cli.document import OWNED, describe_commands, documented
from yibao.cli.settings import SETTINGS
from yibao.generated import stale
from yibao.lawbook import run_cases
from yibao.lawbook.bodies import BODY
from yibao.lawbook.model import LawText
from yibao.ledger.contracts import load_contracts
from yibao.runs.laws import load_lawbook

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
HOUSE = sorted(ROOT.glob("*.md"))
PAGES = [*HOUSE, *(p for p in sorted(DOCS.rglob("*.md")) if "_build" not in p.parts)]
WRITTEN = [p for p in PAGES if not p.is_relative_to(DOCS / "reference" / "laws") and p.name != "glossary.md"]


@cache
def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


# --- nothing is undocumented, nothing stale --------------------------------------------------------------------------


def test_generated_files_are_fresh() -> None:
    old = [str(p.relative_to(ROOT)) for p in stale(ROOT, documented(), OWNED)]
    assert not old, f"run `make reference`; stale: {old}"


def test_every_command_has_a_section_and_help_for_every_option() -> None:
    page = text(DOCS / "reference" / "commands.md")
    for command in describe_commands():
        assert f"\n## {command['path']}\n" in page
        assert command["help"], command["path"]
        for param in command["params"]:
            assert param["help"] or param["argument"], f"{command['path']} {param['shown']} has no help"


def test_every_table_law_and_setting_has_its_page_or_row() -> None:
    for name in load_contracts():
        assert (DOCS / "reference" / "tables" / f"{name}.md").is_file(), name
    for name in load_lawbook().laws:
        assert (DOCS / "reference" / "laws" / f"{name}.md").is_file(), name
    page = text(DOCS / "reference" / "settings.md")
    assert all(f"`{setting.name}`" in page for setting in SETTINGS)


def test_every_environment_variable_that_is_read_is_a_setting() -> None:
    known = {setting.name for setting in SETTINGS}
    files = [*(ROOT / "src").rglob("*.py"), *(ROOT / "tests").rglob("*.py"), ROOT / "Makefile", ROOT / ".ci" / "run"]
    read = {name for path in files for name in re.findall(r"\bYIBAO_[A-Z_]+\b", text(path))}
    assert read <= known


def test_sources_of_laws_can_be_looked_up_outside_this_house() -> None:
    """A source is a public text or an honest default; a file that readers do not have is neither."""
    for law in load_lawbook().laws.values():
        for name, param in law.text.params.items():
            assert not re.search(r"\w\.(md|txt|docx?)\b", param.source or ""), f"{law.id}.{name}: {param.source}"


def test_every_key_and_column_of_a_law_is_explained() -> None:
    page = text(DOCS / "reference" / "law-folder.md")
    for key in LawText.model_fields:
        assert f"`{key}`" in page, key
    for schema in BODY.values():
        assert all(f"`{name}`" in page for name in schema.names)


# --- what the manual shows works -------------------------------------------------------------------------------------

_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)|\{download\}`([\w./-]+)`")
_CODE = re.compile(r"```.*?```|(?<![}`])`[^`\n]+`", flags=re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_relative_links_lead_somewhere(page: Path) -> None:
    for link in (a or b for a, b in _LINK.findall(_CODE.sub("`", text(page)))):
        if not re.match(r"[a-z]+:", link) and not link.startswith("#"):
            assert (page.parent / link.partition("#")[0]).exists(), link


def _shell_lines(page: Path) -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", text(page), flags=re.DOTALL)
    return [re.split(r"\s+# ", line.strip())[0] for block in blocks for line in block.splitlines()]


@pytest.mark.parametrize("page", WRITTEN, ids=lambda p: str(p.relative_to(ROOT)))
def test_commands_options_and_targets_that_are_shown_exist(page: Path) -> None:
    commands = {c["path"]: c for c in describe_commands()}
    targets = set(re.findall(r"^([a-z-]+):", text(ROOT / "Makefile"), flags=re.MULTILINE))
    for line in _shell_lines(page):
        words = line.split()
        if words[:1] == ["make"]:
            assert set(words[1:]) <= targets, line
        if words[:1] != ["yibao"]:
            continue
        path = next(" ".join(words[:n]) for n in (4, 3, 2) if " ".join(words[:n]) in commands or n == 2)
        assert path in commands, line
        known = {option for p in commands[path]["params"] for option in re.findall(r"--[\w-]+", p["shown"])}
        assert set(re.findall(r"(?<=\s)--[\w-]+", line)) <= known | {"--help"}, line


def test_python_that_is_shown_parses() -> None:
    for page in WRITTEN:
        for block in re.findall(r"```python\n(.*?)```", text(page), flags=re.DOTALL):
            ast.parse(block)


def test_the_law_of_the_manual_is_proved_by_its_cases(tmp_path: Path) -> None:
    shown = re.findall(
        r"`(my-laws/[^`]+)`:\n\n```\w+\n(.*?)```", text(DOCS / "how-to" / "write-a-law.md"), flags=re.DOTALL
    )
    assert len(shown) == 3
    for name, body in shown:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(body, encoding="utf-8")
    lawbook = load_lawbook([tmp_path / "my-laws"], shipped=False)
    assert lawbook.problems == ()
    results = run_cases(lawbook.get("LC01"), load_contracts())
    assert [r.differences for r in results] == [()] * 3


# --- words -----------------------------------------------------------------------------------------------------------


@cache
def _glossary() -> list[list[str]]:
    """Rows of the glossary: Chinese, English, meaning, in the ledger, not."""
    rows = [
        [c.strip() for c in line.strip("|").split("|")]
        for line in text(DOCS / "glossary.md").splitlines()
        if line[:1] == "|"
    ]
    return [row for row in rows if row[0] not in ("中文", "---")]


def _list(cell: str) -> list[str]:
    return [word.strip() for word in cell.split(",") if word.strip()]


def test_the_glossary_names_each_concept_once() -> None:
    rows = _glossary()
    assert len(rows) >= 80
    for column in (0, 1):
        names = [row[column] for row in rows]
        assert sorted(names) == sorted(set(names))
    avoided = {word for row in rows for word in _list(row[4])}
    assert not avoided & {row[1] for row in rows}


def test_tables_and_columns_of_the_glossary_exist() -> None:
    tables = load_contracts()
    columns = {column for table in tables.values() for column in table.column_names}
    for row in _glossary():
        for name in re.findall(r"`([a-z_.]+)`", row[3]):
            table, _, column = name.partition(".")
            known = column in tables[table].column_names if column else name in tables or name in columns
            assert known, name


def _templates() -> list[Path]:
    folder = ROOT / "src" / "yibao" / "presentation"
    console = ROOT / "src" / "yibao" / "service" / "console" / "templates"
    return [*folder.rglob("*.j2"), *(folder / "messages").glob("*.yaml"), *console.rglob("*.html")]


def test_words_that_the_glossary_avoids_are_not_used() -> None:
    avoided = [word for row in _glossary() for word in _list(row[4])]
    laws = load_lawbook().laws.values()
    texts = {
        str(p.relative_to(ROOT)): _CODE.sub("", text(p)).replace('role="alert"', "") for p in (*WRITTEN, *_templates())
    }
    texts |= {
        law.id: f"{law.text.title.zh} {law.text.title.en} {law.text.question.zh} {law.text.question.en}" for law in laws
    }
    for name, words in texts.items():
        for word in avoided:
            pattern = re.escape(word) if re.search(r"[\u4e00-\u9fff]", word) else rf"\b{re.escape(word)}s?\b"
            assert not re.search(pattern, words, flags=re.IGNORECASE), f"{name} says {word!r}"


def test_both_languages_show_the_same_commands() -> None:
    pairs = (
        ("README.md", "README.zh.md"),
        ("docs/tutorial.md", "docs/tutorial.zh.md"),
        ("docs/tutorial-registry.md", "docs/tutorial-registry.zh.md"),
    )
    for en, zh in pairs:
        first, second = _shell_lines(ROOT / en), _shell_lines(ROOT / zh)
        assert first == second
