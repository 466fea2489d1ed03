"""The local rule of the how-to is added as it is written: its files, its commands in order, what it claims."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from yibao.cli.app import app
from yibao.runs.demo import Demo

pytestmark = pytest.mark.slow

HOW_TO = Path(__file__).resolve().parents[2] / "docs" / "how-to"
PAGES = {lang: (HOW_TO / name).read_text(encoding="utf-8") for lang, name in
         (("en", "local-rule.md"), ("zh", "local-rule.zh.md"))}  # fmt: skip


def _files(page: str) -> list[tuple[str, str]]:
    return re.findall(r"`(my-laws/[^`]+)`:\n\n```\w+\n(.*?)```", page, flags=re.DOTALL)


def _commands(page: str) -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", page, flags=re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


def test_both_languages_show_the_same_files_and_commands() -> None:
    assert _files(PAGES["en"]) == _files(PAGES["zh"])
    assert _commands(PAGES["en"]) == _commands(PAGES["zh"])


def test_the_rule_is_added_in_the_steps_of_the_page(
    demo: Demo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The city of the first two commands, which the tutorial runs too, is the one that all tests share."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(demo.ledger.path, tmp_path / "ledger")
    assert len(_files(PAGES["zh"])) == 3
    for name, body in _files(PAGES["zh"]):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(body, encoding="utf-8")
    runner = CliRunner()
    shared, own = _commands(PAGES["zh"])[:2], _commands(PAGES["zh"])[2:]
    assert set(shared) <= set(_commands((HOW_TO.parent / "tutorial.md").read_text(encoding="utf-8")))
    for line in own:
        done = runner.invoke(app, shlex.split(line)[1:])
        assert done.exit_code == 0, f"{line}\n{done.output}\n{done.exception!r}"
    for name in ("backtest", "sensitivity", "grey"):
        for lang in ("zh", "en"):
            assert "LC-01" in (tmp_path / "reports" / f"{name}-LC-01.{lang}.html").read_text(encoding="utf-8")
    first, second = sorted((tmp_path / "ledger" / "results").glob("2*/manifest.json"))[-2:]
    grey, on = (json.loads(path.read_text(encoding="utf-8")) for path in (first, second))
    assert list(grey["shadow"]) == ["LC-01@2026.1"] and "LC-01@2026.1" not in grey["laws"]
    assert on["shadow"] == {} and on["laws"]["LC-01@2026.1"]["rows"] == grey["shadow"]["LC-01@2026.1"]["rows"] > 0
    steps = [json.loads(line) for line in (tmp_path / "ledger" / "law-register.jsonl").read_text("utf-8").splitlines()]
    assert [(s["what"], s["stage"], s["by"]) for s in steps] == [
        ("backtest", "draft", ""), ("step", "grey", "Zhang San"), ("grey", "grey", ""), ("step", "on", "Li Si"),
    ]  # fmt: skip
