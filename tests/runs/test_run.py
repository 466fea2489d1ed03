"""A run over the demo city: planted cases are found, look-alikes are not, and results are reproducible."""

from __future__ import annotations

import csv
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from yibao.engine.threads import chosen_threads
from yibao.ledger import open_ledger
from yibao.runs.demo import Demo, DemoError, make_demo
from yibao.runs.laws import load_lawbook
from yibao.runs.manifest import Manifest, RunError
from yibao.runs.rooms import plan
from yibao.runs.run import run

pytestmark = pytest.mark.slow


def truth(demo: Demo) -> list[dict[str, str]]:
    with (demo.folder / "city" / "truth" / "truth.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def rows(demo: Demo, name: str) -> list[dict[str, Any]]:
    return pq.read_table(demo.run.folder / f"{name}.parquet").to_pylist()


def test_every_law_ran(demo: Demo) -> None:
    manifest = demo.run.manifest
    assert not manifest.problems
    assert {e.status for e in manifest.laws.values()} == {"ran"}, [
        e.message for e in manifest.laws.values() if e.message
    ]


def test_the_hospital_with_many_readmissions_leads_where_there_are_enough(demo: Demo) -> None:
    """A small city may have too few of them to say so; where it has enough, nobody stands above the planted one."""
    values = {r["subject_id"]: r for r in rows(demo, "indicator_value") if r["law_id"] == "C06"}
    ((planted),) = [t["ref_id"] for t in truth(demo) if t["truth_rule"] == "C06"]
    told = {i: r["value_ppm"] for i, r in values.items() if r["note"] != "too few" and r["value_ppm"] is not None}
    assert values[planted]["note"] == "too few" or told[planted] == max(told.values())


def test_rows_and_money_add_up(demo: Demo) -> None:
    findings = rows(demo, "finding")
    money: dict[str, int] = {}
    for row in rows(demo, "finding_ref"):
        money[row["finding_id"]] = money.get(row["finding_id"], 0) + row["amount"]
    assert {f["finding_id"]: f["amount"] for f in findings} == money
    entry = demo.run.manifest.tables["finding"]
    assert (entry.rows, entry.money) == (len(findings), sum(money.values()))
    for finding in findings:
        assert finding["explanation_zh"]
        assert len(finding["explanation_zh"]) <= 300
        assert "{" not in finding["explanation_en"]


def test_nothing_changed_nothing_runs(demo: Demo, tmp_path: Path) -> None:
    again = run(demo.ledger, load_lawbook())
    assert again.unchanged
    assert again.folder == demo.run.folder


def test_a_changed_law_runs_alone_and_the_rest_is_taken_over(demo: Demo, tmp_path: Path) -> None:
    ledger_path = tmp_path / "ledger"
    shutil.copytree(demo.ledger.path, ledger_path)
    mine = tmp_path / "mine"
    lawbook = load_lawbook()
    shutil.copytree(lawbook.get("C08").folder, mine / "C08_overlapping_stays")
    rule = mine / "C08_overlapping_stays" / "rule.yaml"
    rule.write_text(
        rule.read_text(encoding="utf-8").replace('version: "2026.1"', 'version: "local.1"'), encoding="utf-8"
    )
    result = run(open_ledger(ledger_path), load_lawbook([mine]))
    status = {key.partition("@")[0]: entry.status for key, entry in result.manifest.laws.items()}
    assert status.pop("C08") == "ran"
    assert set(status.values()) == {"skipped"}
    for name in ("quality_issue", "indicator_value"):
        assert result.manifest.tables[name] == demo.run.manifest.tables[name]
    assert result.manifest.tables["finding"].rows == demo.run.manifest.tables["finding"].rows


def test_two_versions_of_a_law_are_never_counted_twice(demo: Demo, tmp_path: Path) -> None:
    ledger_path, mine = tmp_path / "ledger", tmp_path / "mine"
    shutil.copytree(demo.ledger.path, ledger_path)
    for name, period in (("C08_first", "{from: 2000-01-01, to: 2025-07-01}"), ("C08_second", "{from: 2025-07-01}")):
        shutil.copytree(load_lawbook().get("C08").folder, mine / name)
        rule = mine / name / "rule.yaml"
        text = re.sub(r"(?m)^effective: .*$", f"effective: {period}", rule.read_text(encoding="utf-8"))
        rule.write_text(text.replace('version: "2026.1"', f'version: "{name}"'), encoding="utf-8")
    lawbook = load_lawbook([mine])
    assert not lawbook.problems
    first = run(open_ledger(ledger_path), lawbook)
    assert first.manifest.tables["finding"].rows == demo.run.manifest.tables["finding"].rows
    # Another law changes, so a run is made; the two versions must not bring each other's rows along.
    shutil.copytree(load_lawbook().get("A01").folder, mine / "A01_local")
    rule = mine / "A01_local" / "rule.yaml"
    rule.write_text(rule.read_text(encoding="utf-8").replace('version: "2026.1"', 'version: "x"'), encoding="utf-8")
    second = run(open_ledger(ledger_path), load_lawbook([mine]))
    assert not second.unchanged
    assert second.manifest.tables["finding"].rows == first.manifest.tables["finding"].rows
    assert {e.status for key, e in second.manifest.laws.items() if key.startswith("C08@")} == {"ran"}


def test_one_seed_one_result(demo: Demo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin is computed by another number of threads."""
    monkeypatch.setenv("YIBAO_THREADS", "1" if chosen_threads() is None else "3")
    twin = make_demo(tmp_path / "twin", 2_000, 1, load_lawbook())
    assert {k: v.content_hash for k, v in twin.run.manifest.tables.items()} == {
        k: v.content_hash for k, v in demo.run.manifest.tables.items()
    }


def test_the_manifest_reads_back(demo: Demo) -> None:
    manifest = Manifest.read(demo.run.folder)
    assert manifest.tables == demo.run.manifest.tables
    doc = json.loads((demo.run.folder / "manifest.json").read_text(encoding="utf-8"))
    assert doc["currency"] == "CNY"


def test_a_failing_law_does_not_stop_the_others(demo: Demo, tmp_path: Path) -> None:
    ledger_path = tmp_path / "ledger"
    shutil.copytree(demo.ledger.path, ledger_path)
    mine = tmp_path / "mine"
    shutil.copytree(load_lawbook().get("C08").folder, mine / "C08_overlapping_stays")
    body = mine / "C08_overlapping_stays" / "rule.sql"
    body.write_text(body.read_text(encoding="utf-8").replace("select", "selct", 1), encoding="utf-8")
    lawbook = load_lawbook([mine])
    result = run(open_ledger(ledger_path), lawbook)
    assert any("rule.sql, line" in p for p in result.manifest.problems)
    assert result.manifest.tables["finding"].rows > 0


def test_plan_knows_its_rooms() -> None:
    assert {room.name for room in plan()} == {"quality", "casemix", "supervision"}
    with pytest.raises(RunError, match="no room 'payment'"):
        plan(["payment"])


def test_the_demo_never_overwrites_a_folder_of_yours(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep", encoding="utf-8")
    with pytest.raises(DemoError, match="other content"):
        make_demo(tmp_path, 2_000, 1, load_lawbook())
    assert (tmp_path / "mine.txt").read_text(encoding="utf-8") == "keep"
