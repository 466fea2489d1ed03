"""The commands of the service: what they refuse, and that a key made at the command line opens the door."""

from __future__ import annotations

import json
import sqlite3
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from yibao.cli.app import app as commands
from yibao.errors import UsageError
from yibao.registry import Refused, Registry
from yibao.registry.actors import add, found, grant
from yibao.registry.clock import china_time
from yibao.registry.database import connect
from yibao.registry.migrate import migrate
from yibao.service.access.keys import key_owner
from yibao.service.forms import prepare
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


@pytest.fixture
def place(tmp_path: Path) -> str:
    """A registry of its own: commands act now, and the trail of the other tests stands in another year."""
    at = str(tmp_path / "registry.db")
    engine = connect(at)
    migrate(engine)
    prepare(engine)
    registry = Registry(at, engine)
    found(registry, "admin", "admin", "990000", "某省", "R-test")
    for name, kind, role in (("his", "service", "settlement"), ("auditor", "person", "auditor")):
        registry.do(add, name, name, kind=kind, by="admin")
        registry.do(grant, name, role, "region", "990000", valid_from=date(2025, 1, 1), by="admin")
    registry.close()
    return at


def test_an_administrator_makes_a_key_and_nobody_else(place: str, tmp_path: Path) -> None:
    where = ("--registry", place, "--home", str(tmp_path))
    made = run("access", "key", "his", "--label", "command", "--by", "admin", *where)
    assert made.exit_code == 0, made.exception
    key = made.output.strip().splitlines()[-1]
    assert owner(place, key) == "his"
    assert run("access", "end-key", key.split("_")[1], "--by", "admin", *where).exit_code == 0
    assert owner(place, key) is None
    refused = run("access", "key", "his", "--label", "command", "--by", "auditor", *where)
    assert isinstance(refused.exception, Problem) and refused.exception.status == 403


def test_service_rows_are_verified_and_retired_at_the_command_line(place: str, tmp_path: Path) -> None:
    where = ("--registry", place, "--home", str(tmp_path))
    assert run("access", "key", "his", "--label", "command", "--by", "admin", *where).exit_code == 0
    checked = run("registry", "verify", "--registry", place, "--json")
    assert checked.exit_code == 0 and json.loads(checked.output)["problems"] == 0
    with sqlite3.connect(place) as by_hand:
        by_hand.execute("update service_api_key set actor_id = 'auditor'")
    by_hand.close()
    checked = run("registry", "verify", "--registry", place, "--json")
    assert checked.exit_code == 1 and json.loads(checked.output)["found"][0][0] == "changed_row"
    done = run("access", "retain", "--by", "admin", *where, "--json")
    assert done.exit_code == 0 and json.loads(done.output)["service_api_key"] == 0
    refused = run("access", "retain", "--by", "admin", "--before", "2099-01-01", *where)
    assert isinstance(refused.exception, Refused) and refused.exception.name == "kept_by_law"
