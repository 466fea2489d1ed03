"""The deployment files: they parse, and what they run is what the command line knows."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from typer.main import get_command

from yibao.cli.app import app

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
UNIT = DEPLOY / "systemd" / "yibao.service"
COMPOSE = DEPLOY / "compose" / "compose.yaml"


def understood(words: list[str]) -> None:
    """The command line takes these words; nothing is run. Raises for an option or a command that there is not."""
    command = get_command(app)
    path = []
    while hasattr(command, "commands"):
        path.append(words[0])
        command, words = command.commands[words[0]], words[1:]
    command.make_context(" ".join(path), words)


def shown(path: Path) -> list[str]:
    """The `yibao …` commands of a file, with variables filled in."""
    text = path.read_text(encoding="utf-8").replace("\\\n", " ")
    found = re.findall(r"(?:^|exec |=|\s)(?:/\S*/)?yibao (\w.*)$", text, flags=re.MULTILINE)
    return [re.sub(r"\$\{?\w+\}?", "https://x.example", line) for line in found]


@pytest.mark.parametrize("path", [UNIT, DEPLOY / "compose" / "start.sh"], ids=lambda path: path.name)
def test_commands_of_the_files_are_commands_of_the_program(path: Path) -> None:
    (line,) = shown(path)
    understood(shlex.split(line))


def test_a_command_that_there_is_not_would_be_noticed() -> None:
    with pytest.raises(Exception, match="No such option"):
        understood(["serve", "--no-such-option"])


def test_the_unit_is_one_that_systemd_takes(tmp_path: Path) -> None:
    text = UNIT.read_text(encoding="utf-8")
    keys = dict(line.split("=", 1) for line in text.splitlines() if "=" in line and not line.startswith("#"))
    assert keys["KillSignal"] == "SIGTERM" and int(keys["TimeoutStopSec"]) > 20 and keys["NoNewPrivileges"] == "yes"
    if shutil.which("systemd-analyze"):
        here = tmp_path / UNIT.name
        here.write_text(text.replace("/opt/yibao/bin/yibao", sys.executable), encoding="utf-8")
        done = subprocess.run(["systemd-analyze", "verify", str(here)], capture_output=True, text=True, check=False)
        said = [line for line in done.stderr.splitlines() if UNIT.name in line]
        assert not said, said


def test_the_compose_file_names_what_is_there() -> None:
    said = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
    services = said["services"]
    assert set(services) == {"database", "service", "proxy"}
    build = services["service"]["build"]
    context = (COMPOSE.parent / build["context"]).resolve()
    assert context == ROOT and (context / build["dockerfile"]).is_file()
    for name in re.findall(r"^COPY (\S+) ", (context / build["dockerfile"]).read_text(encoding="utf-8"), re.MULTILINE):
        assert (context / name).exists()
    mounted = [volume.split(":")[0] for service in services.values() for volume in service.get("volumes", [])]
    for volume in mounted:
        named = volume in said["volumes"] or volume.startswith("${") or (COMPOSE.parent / volume).exists()
        assert named, volume
    for service in services.values():
        assert set(service.get("secrets", [])) <= set(said["secrets"])
        assert set(service.get("depends_on", {})) <= set(services)
    # Nothing but the proxy is reached from outside, and figures are for the inside.
    assert [name for name, service in services.items() if "ports" in service] == ["proxy"]
    nginx = (DEPLOY / "compose" / "nginx.conf").read_text(encoding="utf-8")
    assert "location = /metrics { return 404; }" in nginx and nginx.count("{") == nginx.count("}")
    assert services["service"]["read_only"] and services["service"]["cap_drop"] == ["ALL"]
