"""The engine at the command line: what can be chosen, and what a user reads when it cannot run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from yibao.cli.app import app
from yibao.engine import EngineChoice
from yibao.errors import UsageError
from yibao.ledger import create_ledger

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("spark")]

RULE = """\
id: X01
version: "1"
title: {zh: 大额明细, en: large line}
question: {zh: 哪些明细金额过大, en: which lines are large}
result: suspect
stages: [audit]
effective: {from: 2021-05-01}
reads: [charge_line]
grain: {zh: 明细, en: line}
signals: {large: {zh: "金额 {value} 元", en: "amount {value}", unit: fen}}
lead: {zh: 疑似金额过大, en: Suspected large amount}
basis: [{law: {zh: 条例, en: Regulation}, article: "1", gist: {zh: 略, en: gist}}]
"""
BODY = """\
select line_id as finding_key, person_id, institution_id, encounter_id, staff_id, charged_at as occurred_at,
    'large' as signal, amount as value, 'charge_line' as ref_table, line_id as ref_id, cast(null as varchar) as kp_id,
    amount, amount as fund_amount
from charge_line
where amount > 10000
"""
CASES = """\
cases:
  - name: large
    kind: positive
    given: {charge_line: [{line_id: l1, person_id: p1, charged_at: 2026-01-01 08:00:00, amount: 10001}]}
    expect: [{finding_key: l1, amount: 10001}]
  - name: just not
    kind: edge
    given: {charge_line: [{line_id: l1, person_id: p1, charged_at: 2026-01-01 08:00:00, amount: 10000}]}
    expect: []
"""


def yibao(*args: str | Path, lang: str = "en", **env: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "yibao", *map(str, args)],
        capture_output=True, text=True, encoding="utf-8", check=False,
        env={**os.environ, "YIBAO_LANG": lang, "NO_COLOR": "1", **env},
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    return done


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("engines") / "empty"
    create_ledger(place)
    return place


@pytest.fixture
def laws(tmp_path: Path) -> Path:
    folder = tmp_path / "laws" / "X01_large"
    folder.mkdir(parents=True)
    for name, text in (("rule.yaml", RULE), ("rule.sql", BODY), ("cases.yaml", CASES)):
        (folder / name).write_text(text, encoding="utf-8")
    return folder.parent


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--engine", "pandas"], "known: duckdb, spark"),
        (["--memory", "much"], "write it like 4GB"),
        (["--master", "local[2]"], "--master goes with --engine spark"),
    ],
)
def test_what_cannot_be_chosen_is_wrong_usage(ledger: Path, options: list[str], words: str) -> None:
    done = yibao("run", ledger, *options)
    assert done.returncode == 2
    assert words in done.stderr
    assert not (ledger / "results").exists()


def test_without_java_it_says_what_to_install(ledger: Path, tmp_path: Path) -> None:
    done = yibao("run", ledger, "--engine", "spark", lang="zh", PATH=str(tmp_path), JAVA_HOME=str(tmp_path))
    assert done.returncode == 1
    assert "请安装 Java 17" in done.stderr
    assert not list((ledger / "results").iterdir())


def test_a_spark_that_does_not_start_says_its_last_words(ledger: Path, tmp_path: Path) -> None:
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.write_text("#!/bin/sh\necho 'this Java is too old' >&2\nexit 1\n", encoding="utf-8")
    java.chmod(0o755)
    done = yibao("run", ledger, "--engine", "spark", JAVA_HOME=str(tmp_path))
    assert done.returncode == 1
    assert "this Java is too old" in done.stderr
    assert "Java 17 or later" in done.stderr


def test_laws_of_ones_own_are_proved_on_both_engines(laws: Path) -> None:
    """The whole command, with a Spark of its own: quiet, and with the answer as data."""
    done = yibao("law", "test", laws, "--engine", "spark", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"passed": 2, "failed": 0, "failures": [], "problems": []}
    assert done.stderr == ""


def test_the_choice_arrives_at_the_run(ledger: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a run on Spark then does is tested where runs are."""
    seen: list[EngineChoice] = []

    def record(*args: object, engine: EngineChoice, **named: object) -> None:
        seen.append(engine)
        raise UsageError("seen")

    monkeypatch.setattr("yibao.cli.judge.run_rooms", record)
    options = ["--engine", "spark", "--master", "spark://host:7077", "--memory", "8GB"]
    assert isinstance(CliRunner().invoke(app, ["run", str(ledger), *options]).exception, UsageError)
    assert seen == [EngineChoice("spark", "8GB", "spark://host:7077")]
