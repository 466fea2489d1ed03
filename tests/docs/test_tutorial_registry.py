"""The registry's tutorial is run as it is written, in an empty directory; what it promises is what comes out."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from yibao.cli.app import app
from yibao.registry import Refused

TUTORIAL = Path(__file__).resolve().parents[2] / "docs" / "tutorial-registry.md"


def _steps() -> list[list[str]]:
    blocks = re.findall(r"```sh\n(.*?)```", TUTORIAL.read_text(encoding="utf-8"), flags=re.DOTALL)
    lines = [shlex.split(line) for block in blocks for line in block.splitlines()]
    return [line[1:] for line in lines if line[:1] == ["yibao"]]


@pytest.fixture
def yibao(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """The command line in an empty directory; what it says as JSON where that is asked for."""
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> Any:
        result = CliRunner().invoke(app, list(words), catch_exceptions=True)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == 0, result.output
        return json.loads(result.output) if "--json" in words else result.output

    return run


@pytest.mark.slow
def test_every_command_of_the_tutorial_works_and_its_promises_hold(yibao: Callable[..., Any]) -> None:
    steps = _steps()
    limit = next(n for n, step in enumerate(steps) if step[2:5] == ["act", "T-2", "appeal"])
    late = [word.replace("2025-03-17", "2025-03-18") for word in steps[limit]]
    for number, step in enumerate(steps):
        if number == limit:
            with pytest.raises(Refused) as refused:
                yibao(*late)
            assert refused.value.name == "appeal_after_limit"
        yibao(*step)
    first = yibao("registry", "clue", "show", "T-1", "--by", "li", "--json")
    assert (first["state"], sum(row["recovered"] for row in first["money"])) == ("S10", 50_000)
    second = yibao("registry", "clue", "show", "T-2", "--by", "office2", "--json")
    assert (second["state"], second["upheld"], second["statements"][0]["outcome"]) == ("S10", 0, "withdraw")
    points = yibao("registry", "points", "show", "D-77", "--year", "2025", "--by", "agency", "--json")
    assert [(s["points"], s["status"]) for s in points["spans"]] == [(9, "suspended"), (12, "terminated")]
    assert points["status_to"] == "2026-05-22"
    checked = yibao("registry", "verify", "--anchor", "anchor.json", "--json")
    assert checked["problems"] == 0 and checked["events"] > 40
    told = yibao("registry", "audit", "list", "--refused", "--by", "root", "--json")
    assert [event["subject"] for event in told] == ["clue:T-2"]
