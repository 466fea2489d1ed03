"""Every command of `yibao registry` end to end, in Chinese, on both databases; none may be left out."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from yibao.cli.registry import app
from yibao.cli.words import language
from yibao.runs.demo import Demo
from yibao.runs.manifest import Manifest, latest_run
from yibao.sharing.keys import new_key

WALK = Path(__file__).with_name("registry_walk.txt")
BILL = """
insured_region: "990102"
scheme: 390
person: {id: p1, class: adult, status: low_income}
bill: {id: S1, kind: 21, level: 3, settled_at: 2024-05-01, total: 60000, eligible: 60000}
"""


def steps() -> list[tuple[list[str], list[str]]]:
    """(words of the command, what it must say)."""
    lines = [line for line in WALK.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    halves = [line.partition("=>") for line in lines]
    return [(shlex.split(said), [w.strip() for w in wanted.split("|") if w.strip()]) for said, _, wanted in halves]


def commands(group: Any, *path: str) -> Iterator[tuple[str, ...]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, *path, name)
        else:
            yield (*path, name)


def test_no_command_is_left_out() -> None:
    walked = {tuple(words[:depth]) for words, _ in steps() for depth in (1, 2)}
    every = set(commands(get_command(app)))
    assert len(every) > 70 and every - walked == set()


@pytest.fixture
def things(demo: Demo, tmp_path: Path) -> dict[str, str]:
    """What the walk needs besides the registry."""
    ledger = tmp_path / "city"
    shutil.copytree(demo.ledger.path, ledger)
    (tmp_path / "bill.yaml").write_text(BILL, encoding="utf-8")
    (tmp_path / "table.csv").write_text("a,b\n", encoding="utf-8")
    new_key(tmp_path / "anchor.key", "990000", "审计处", None)
    names = {"bill": "bill.yaml", "file": "table.csv", "key": "anchor.key", "anchor": "anchor.json",
             "backup": "backup.zip", "there": "there.db"}  # fmt: skip
    return {"ledger": str(ledger), **{name: str(tmp_path / file) for name, file in names.items()}}


@pytest.mark.slow
def test_every_command_works(place: str, things: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("YIBAO_LANG", "zh"), ("NO_COLOR", "1"), ("COLUMNS", "300"), ("YIBAO_REGISTRY", place)):
        monkeypatch.setenv(name, value)
    language.cache_clear()
    try:
        for words, wanted in steps():
            result = CliRunner().invoke(app, [word.format(**things) for word in words])
            told = f"{' '.join(words)}\n{result.output}{result.exception!r}"
            assert result.exit_code == 0, told
            assert not [text for text in wanted if text not in result.output], told
            assert not re.findall(r"^[a-z_ ]+(?:：|: )", result.output, flags=re.MULTILINE), f"no Chinese name: {told}"
    finally:
        language.cache_clear()
    run = latest_run(Path(things["ledger"]))
    assert run is not None
    listed = Manifest.read(run).tables["clue"]
    assert listed.rows > 0 and listed.money > 0
