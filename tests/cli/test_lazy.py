"""The front door opens at once: a command imports what it needs, the list of commands imports nothing heavy."""

from __future__ import annotations

import subprocess
import sys

import pytest

from yibao.cli.app import COMMANDS

HEAVY = {"altair", "duckdb", "numpy", "pandas", "pyarrow", "scipy", "sqlglot"}


@pytest.mark.parametrize(
    ("arguments", "spared"),
    [("--help", HEAVY), ("--version", HEAVY), ("settle --help", {"altair"}), ("ingest --help", {"altair"})],
)
def test_nothing_is_imported_that_the_command_does_not_need(arguments: str, spared: set[str]) -> None:
    script = (
        "import sys; from yibao.cli.app import main\n"
        f"sys.argv = ['yibao', *{arguments.split()!r}]\n"
        "try: main()\nexcept SystemExit as ended: assert not ended.code\n"
        f"found = sorted({spared!r} & set(sys.modules)); assert not found, found"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", [command.name for command in COMMANDS])
def test_every_command_of_the_list_is_there(name: str) -> None:
    (lazy,) = (command for command in COMMANDS if command.name == name)
    command = lazy.load()
    assert (command.name, command.help) == (name, lazy.line().help)
