"""The tutorial is run as it is written: every `yibao` line of it, in order, in an empty directory."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

TUTORIAL = Path(__file__).resolve().parents[2] / "docs" / "tutorial.md"


def _steps() -> list[list[str]]:
    blocks = re.findall(r"```sh\n(.*?)```", TUTORIAL.read_text(encoding="utf-8"), flags=re.DOTALL)
    lines = [shlex.split(line) for block in blocks for line in block.splitlines()]
    return [line[1:] for line in lines if line[:1] == ["yibao"]]


@pytest.mark.slow
def test_every_command_of_the_tutorial_works(tmp_path: Path) -> None:
    said = {}
    for step in _steps():
        words = ["1000" if word == "2000" else word for word in step]  # a smaller city says the same, sooner
        done = subprocess.run(
            [sys.executable, "-m", "yibao", *words],
            cwd=tmp_path,
            env={**os.environ, "YIBAO_LANG": "en"},
            capture_output=True,
            encoding="utf-8",
        )
        assert done.returncode == 0, f"yibao {' '.join(words)}\n{done.stdout[-2000:]}{done.stderr}"
        said[" ".join(step)] = done.stdout
    order = "check-order city/orders/thyroid_ultrasound.json --ledger ledger"
    assert "[D01]" in said[order]
    assert "can be signed" in said["check-order city/orders/nothing_against_it.json --ledger ledger"]
    reports = list(tmp_path.glob("ledger/results/*/report.en.html"))
    assert len(reports) == 1
    page = reports[0].read_text(encoding="utf-8")
    assert all(f"{law} " in page for law in ("D01", "C03", "A11"))
