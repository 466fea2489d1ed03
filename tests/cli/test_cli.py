"""The real command line: exit codes, messages that can be acted on, JSON for programs, both languages."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from yibao.runs.demo import Demo

pytestmark = pytest.mark.slow


def yibao(*args: str | Path, lang: str = "en", cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "YIBAO_LANG": lang, "NO_COLOR": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "yibao", *map(str, args)],
        capture_output=True, text=True, encoding="utf-8", env=environment, cwd=cwd, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    return done


@pytest.fixture
def ledger(demo: Demo, tmp_path: Path) -> Path:
    """A copy of the demo's ledger that a test may change."""
    shutil.copytree(demo.ledger.path, tmp_path / "ledger")
    return tmp_path / "ledger"


def test_help_teaches_every_command_in_both_languages() -> None:
    english, chinese = yibao("--help").stdout, yibao("--help", lang="zh").stdout
    for name in ("demo", "simulate", "ingest", "quality", "run", "supervise", "check-order", "query", "law", "bench"):
        assert name in english
        assert yibao(name, "--help").returncode == 0
    assert "医保基金治理" in chinese


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["no-such-command"], 2, "No such command"),
        (["run"], 2, "Missing argument"),
        (["run", "nowhere"], 1, "nowhere"),
        (["law", "show", "Z99"], 1, "there is no law 'Z99'"),
        (["law", "test", "nowhere"], 1, "nowhere"),
        (["bench", "nothing"], 2, "known: ingest"),
        (["ingest", "nowhere", "--into", "ledger"], 1, "nowhere"),
        (["ingest", ".", "--source", "cobol", "--into", "ledger"], 2, "unknown source 'cobol'"),
        (["check-order", "nowhere.json", "--ledger", "nowhere"], 1, "nowhere"),
    ],
)
def test_mistakes_end_with_a_message(args: list[str], code: int, words: str, tmp_path: Path) -> None:
    done = yibao(*args, cwd=tmp_path)
    assert done.returncode == code, done.stderr
    assert words in done.stderr.replace("\n", " ")


def test_ingest_reports_conservation_and_knows_the_same_file_again(demo: Demo, tmp_path: Path) -> None:
    raw = demo.folder / "city" / "raw"
    first = json.loads(yibao("ingest", raw, "--into", tmp_path / "l", "--json").stdout)
    assert first["rows_in"] == first["accepted"] + first["quarantined"] + first["duplicates"] > 0
    assert first["money_in"] == first["money_accepted"] + first["money_quarantined"] + first["money_duplicates"]
    assert first["quarantined"] > 0
    again = json.loads(yibao("ingest", raw, "--into", tmp_path / "l", "--json").stdout)
    assert again["duplicates"] == again["rows_in"]
    assert again["accepted"] == again["quarantined"] == 0


def test_quality_and_strict(ledger: Path) -> None:
    done = yibao("quality", ledger, "--json")
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert figures["issues"] == figures["tables"]["quality_issue"]["rows"]
    assert yibao("quality", ledger, "--strict").returncode == (3 if figures["errors"] else 0)


def test_run_writes_both_reports_and_skips_when_nothing_changed(ledger: Path) -> None:
    shutil.rmtree(ledger / "results")
    first = json.loads(yibao("run", ledger, "--json").stdout)
    assert not first["unchanged"]
    assert [Path(p).exists() for p in first["reports"]] == [True, True]
    second = json.loads(yibao("run", ledger, "--json").stdout)
    assert second["unchanged"]
    assert second["run_id"] == first["run_id"]
    assert yibao("run", ledger, "--only", "payment").returncode == 2
    assert yibao("run", ledger, "--engine", "abacus").returncode == 2


def test_check_order_tells_and_records(demo: Demo, ledger: Path) -> None:
    told = yibao("check-order", demo.order, "--ledger", ledger)
    assert told.returncode == 0, told.stderr
    assert "2025-11-10" in told.stdout
    assert "HR19-1" in told.stdout
    chinese = yibao("check-order", demo.order, "--ledger", ledger, lang="zh").stdout
    assert "天前" in chinese
    done = yibao("check-order", demo.order, "--ledger", ledger, "--override", "HR19-1", "--json")
    assert json.loads(done.stdout)["recorded"] == 1
    kept = yibao("query", ledger, "select outcome, reason_code from reminder_answer", "--json")
    assert json.loads(kept.stdout) == [{"outcome": "overridden", "reason_code": "HR19-1"}]
    assert yibao("check-order", demo.order, "--ledger", ledger, "--override", "nonsense").returncode == 2
    assert yibao("check-order", demo.order, "--ledger", ledger, "--override", "HR19-1", "--accept").returncode == 2


def test_query_is_read_only_and_sees_only_the_ledger(ledger: Path, tmp_path: Path) -> None:
    counted = json.loads(yibao("query", ledger, "select count(*) as n from person", "--json").stdout)
    # Five people stand in the register twice, and two have a namesake.
    assert counted == [{"n": 2007}]
    (tmp_path / "secret.csv").write_text("a\n1\n", encoding="utf-8")
    for sql in (
        f"select * from read_csv('{tmp_path / 'secret.csv'}')",
        f"copy person to '{tmp_path / 'out.csv'}'",
        "select 1; select 2",
        "drop view person",
        "set memory_limit = '1GB'",
        "select no_such_column from person",
        "attach 'x.db'",
    ):
        assert yibao("query", ledger, sql).returncode in (1, 2), sql
    assert not (tmp_path / "out.csv").exists()


def test_own_laws_run_beside_the_shipped_ones_and_broken_ones_do_not_stop_them(ledger: Path, tmp_path: Path) -> None:
    from yibao.runs.laws import load_lawbook

    mine = tmp_path / "mine"
    shutil.copytree(load_lawbook().get("C08").folder, mine / "C08_overlapping_stays")
    rule = mine / "C08_overlapping_stays" / "rule.yaml"
    rule.write_text(rule.read_text(encoding="utf-8").replace("result: suspect", "result: perhaps"), encoding="utf-8")
    done = yibao("run", ledger, "--law", mine, "--no-report")
    assert done.returncode == 1
    assert "rule.yaml, line" in done.stderr
    assert "D01" in done.stdout


def test_law_list_show_and_test(tmp_path: Path) -> None:
    laws = json.loads(yibao("law", "list", "--json").stdout)
    assert {"D01", "C03", "A11"} <= {law["id"] for law in laws}
    shown = yibao("law", "show", "D01", lang="zh").stdout
    assert "重复检查" in shown
    assert "exam_class" in shown
    from yibao.runs.laws import load_lawbook

    done = yibao("law", "test", load_lawbook().get("D01").folder, "--json")
    figures = json.loads(done.stdout)
    assert figures["failed"] == 0
    assert figures["passed"] > 3
