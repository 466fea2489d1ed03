"""The how-to of a new source is followed to the letter: its files are written, its commands run, its claims checked."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from yibao.ledger import open_ledger

pytestmark = pytest.mark.slow

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "how-to" / "new-source.md").read_text(encoding="utf-8")


def _files() -> list[tuple[str, str]]:
    return re.findall(r"`([\w/.-]+)`:\n\n```\w+\n(.*?)```", PAGE, flags=re.DOTALL)


def _commands() -> list[list[str]]:
    blocks = re.findall(r"```sh\n(.*?)```", PAGE, flags=re.DOTALL)
    return [shlex.split(line)[1:] for block in blocks for line in block.splitlines()]


def _yibao(folder: Path, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "yibao", *words],
        cwd=folder,
        env={**os.environ, "YIBAO_LANG": "en"},
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, f"yibao {' '.join(words)}\n{done.stdout[-2000:]}{done.stderr}"
    return done.stdout


def test_the_how_to_works_as_it_is_written(tmp_path: Path) -> None:
    assert len(_files()) == 4
    for name, body in _files():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(body, encoding="utf-8")
    said = {" ".join(words[:2]) + str(len(words)): _yibao(tmp_path, *words) for words in _commands()}
    assert len(said) == 5
    assert "the mapping renhe holds: 3 relations, 3 selects" in said["source check3"]
    trial = said["source check4"]
    assert "person\t3\t2\t1\t0" in trial and "charge_line\t5\t3\t2\t0" in trial
    assert "test_record\t1" in trial and "not_money\t1" in trial and "summary_row\t1" in trial
    assert "nothing was kept" in trial
    ledger = open_ledger(tmp_path / "ledger")
    lines = ledger.rows("charge_line", "institution_id", ["H33010000001"]).sort_by("line_id").to_pylist()
    assert [(r["line_id"], r["amount"], r["reversed_line_id"]) for r in lines] == [
        ("1001", 4800, None),
        ("1002", 7100, None),
        ("1003", -3550, "1002"),
    ]
    persons = ledger.rows("person", "person_id", ["P001", "P002", "P003"]).to_pylist()
    assert sorted((r["person_id"], r["sex"], str(r["birth_date"])) for r in persons) == [
        ("P001", "1", "1960-02-29"),
        ("P002", "2", "1985-07-12"),
    ]
    told = [r for r in ledger.quarantine().to_pylist() if r["sequence"] == 1]
    assert [(r["file"], r["row"], r["code"], r["field"]) for r in told] == [
        ("病人.csv", 4, "test_record", None),
        ("费用.csv", 5, "not_money", "金额(元)"),
        ("费用.csv", 6, "summary_row", None),
    ]
