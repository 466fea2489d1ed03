"""The commands of the service: what they refuse, and that a key made at the command line opens the door."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from yibao.cli.app import app as commands
from yibao.errors import UsageError
from yibao.ledger import open_ledger
from yibao.registry import Registry
from yibao.registry.clock import china_time
from yibao.runs.demo import Demo
from yibao.service.access.keys import key_owner
from yibao.service.demo import make_registry
from yibao.service.problems import Problem
from yibao.service.reads import reads


def run(*words: str) -> Any:
    return CliRunner().invoke(commands, list(words))


def owner(place: str, key: str) -> str | None:
    with Registry.open(place) as registry, reads(registry) as connection:
        return key_owner(connection, key, china_time())


def test_serve_says_what_it_needs(tmp_path: Path) -> None:
    answer = run("serve", "--home", str(tmp_path))
    assert isinstance(answer.exception, UsageError) and "--demo" in answer.exception.mend


def test_an_administrator_makes_a_key_and_nobody_else(demo: Demo, tmp_path: Path) -> None:
    # A registry of its own: commands act now, and the trail of the other tests stands in another year.
    place = str(tmp_path / "registry.db")
    make_registry(place, tmp_path, open_ledger(demo.ledger.path))
    where = ("--registry", place, "--home", str(tmp_path))
    made = run("access", "key", "his", "--label", "command", "--by", "admin", *where)
    assert made.exit_code == 0, made.exception
    key = made.output.strip().splitlines()[-1]
    assert owner(place, key) == "his"
    assert run("access", "end-key", key.split("_")[1], "--by", "admin", *where).exit_code == 0
    assert owner(place, key) is None
    refused = run("access", "key", "his", "--label", "command", "--by", "auditor", *where)
    assert isinstance(refused.exception, Problem) and refused.exception.status == 403
