"""A law comes into force step by step, each with its report; what is missing is said, what was changed is noticed."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pytest
from typer.testing import CliRunner

from yibao.cli.app import app
from yibao.lawbook import Law, Lawbook
from yibao.ledger import Ledger, open_ledger
from yibao.runs.demo import Demo
from yibao.runs.laws import load_lawbook
from yibao.supervision.lifecycle.backtest import backtest
from yibao.supervision.lifecycle.register import LifecycleError, Register, in_force
from yibao.supervision.lifecycle.sensitivity import sensitivity
from yibao.supervision.lifecycle.steps import move
from yibao.supervision.lifecycle.watch import watch
from yibao.supervision.order_check import OrderChecker

pytestmark = pytest.mark.slow

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "local-rule.md"


@pytest.fixture
def laws(tmp_path: Path) -> Path:
    """The local rule of the how-to."""
    for name, body in re.findall(r"`(my-laws/[^`]+)`:\n\n```\w+\n(.*?)```", PAGE.read_text("utf-8"), flags=re.DOTALL):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(body, encoding="utf-8")
    return tmp_path / "my-laws"


@pytest.fixture
def ledger(demo: Demo, tmp_path: Path) -> Ledger:
    shutil.copytree(demo.ledger.path, tmp_path / "ledger", ignore=shutil.ignore_patterns("results"))
    return open_ledger(tmp_path / "ledger")


def the(laws: Path) -> Law:
    return load_lawbook([laws], shipped=False).get("LC-01")


def test_a_draft_is_in_force_nowhere(ledger: Ledger, laws: Path) -> None:
    lawbook = load_lawbook([laws])
    on, grey = in_force(ledger, lawbook)
    assert "LC-01" in lawbook.laws and "LC-01" not in on.laws and grey == {}
    assert len(on.versions) == len(lawbook.versions) - 1


def test_steps_are_refused_until_their_report_is_there(ledger: Ledger, laws: Path) -> None:
    law = the(laws)
    with pytest.raises(LifecycleError, match="cannot become on"):
        move(ledger, law, "on", by="a")
    with pytest.raises(LifecycleError, match="nobody is named"):
        move(ledger, law, "grey", by=" ")
    with pytest.raises(LifecycleError, match="not back-tested"):
        move(ledger, law, "grey", by="a")
    Register(ledger).add(law, "backtest", "draft")
    assert move(ledger, law, "grey", by="a", regions=["9901"]).stage == "grey"
    assert in_force(ledger, load_lawbook([laws]))[1]["LC-01@2026.1"].regions == ("9901",)
    with pytest.raises(LifecycleError, match="grey run"):
        move(ledger, law, "on", by="a")
    Register(ledger).add(law, "grey", "grey")
    with pytest.raises(LifecycleError, match="fewer than 10"):
        move(ledger, law, "on", by="a")
    assert move(ledger, law, "on", by="a", reason="looked at a sample").stage == "on"
    assert "LC-01" in in_force(ledger, load_lawbook([laws]))[0].laws
    with pytest.raises(LifecycleError, match="needs a reason"):
        move(ledger, law, "off", by="a")
    move(ledger, law, "off", by="a", reason="superseded")
    assert "LC-01" not in in_force(ledger, load_lawbook([laws]))[0].laws


def test_a_law_without_a_look_alike_or_with_a_failing_case_stays_a_draft(ledger: Ledger, laws: Path) -> None:
    cases = laws / "LC-01_large_pharmacy_bill" / "cases.yaml"
    whole = cases.read_text(encoding="utf-8")
    cases.write_text(whole.replace("kind: lookalike", "kind: edge"), encoding="utf-8")
    with pytest.raises(LifecycleError, match="no lookalike"):
        move(ledger, the(laws), "grey", by="a")
    cases.write_text(whole.replace("total_amount: 20001", "total_amount: 19999"), encoding="utf-8")
    with pytest.raises(LifecycleError, match="not proved"):
        move(ledger, the(laws), "grey", by="a")


def test_a_changed_text_is_a_draft_again(ledger: Ledger, laws: Path) -> None:
    law = the(laws)
    Register(ledger).add(law, "step", "on", by="a")
    assert Register(ledger).standing(law).stage == "on"
    body = laws / "LC-01_large_pharmacy_bill" / "rule.sql"
    body.write_text(body.read_text("utf-8").replace("> $limit", ">= $limit"), encoding="utf-8")
    assert Register(ledger).standing(the(laws)).stage == "draft"


def test_a_register_that_was_changed_by_hand_is_refused(ledger: Ledger, laws: Path) -> None:
    law = the(laws)
    for stage in ("grey", "on"):
        Register(ledger).add(law, "step", stage, by="a")
    path = Register(ledger).path
    lines = path.read_text("utf-8").splitlines()
    path.write_text("\n".join([lines[0].replace('"a"', '"b"'), lines[1]]) + "\n", encoding="utf-8")
    with pytest.raises(LifecycleError, match="changed by hand"):
        Register(ledger)
    path.write_text(lines[1] + "\n", encoding="utf-8")
    with pytest.raises(LifecycleError, match="changed by hand"):
        in_force(ledger, Lawbook(()))


def test_a_law_that_was_turned_off_is_silent_at_the_order(ledger: Ledger) -> None:
    lawbook = load_lawbook()
    Register(ledger).add(lawbook.get("D01"), "step", "off", by="a", reason="window under review")
    with OrderChecker(ledger, lawbook) as checker:
        assert "D01" not in {law.id for law in checker.laws} and checker.laws


# --- back-test, sensitivity, watch ------------------------------------------------------------------------------------


def decided(ledger: Ledger, rows: list[tuple[str, str, str]]) -> None:
    """Decisions as (finding, law, outcome)."""
    made = [
        {
            "decision_id": f"d{i}", "finding_id": finding, "law_id": law, "outcome": outcome,
            "amount_upheld": 100 if outcome in ("upheld", "partly") else 0,
            "decided_at": datetime(2026, 1, 10, 9, i % 60),
        }
        for i, (finding, law, outcome) in enumerate(rows)
    ]  # fmt: skip
    columns = [c for c in ledger.tables()["clue_decision"].columns if c.name not in ("recorded_at", "batch_id")]
    schema = pa.schema([(c.name, c.arrow_type) for c in columns])
    ledger.append({"clue_decision": pa.Table.from_pylist(made, schema=schema)}, "decisions")


def test_a_back_test_tells_what_would_be_found_kept_and_lost(ledger: Ledger, laws: Path) -> None:
    law = the(laws)
    found = backtest(ledger, law)
    assert found.findings == sum(n for _, n in found.by_month) > 0
    assert found.positive_rate is None and found.against is None
    stricter = replace(law, text=law.text.model_copy(update={"params": {
        "limit": law.text.params["limit"].model_copy(update={"value": str(1_000_000_000)})}}))  # fmt: skip
    none = backtest(ledger, stricter, law)
    assert (none.findings, none.lost, none.kept) == (0, found.findings, 0)
    from yibao.engine import DuckEngine
    from yibao.lawbook import run_law

    with DuckEngine() as engine:
        ledger.attach(engine, only=["settlement"])
        ids = run_law(engine, law, datetime(2026, 1, 15)).tables["finding"]["finding_id"].to_pylist()
    decided(ledger, [(ids[0], "LC-01", "upheld"), (ids[1], "LC-01", "false_alarm"), ("gone", "LC-01", "upheld")])
    again = backtest(open_ledger(ledger.path), law)
    assert (again.again_upheld, again.again_false, again.lost_upheld) == (1, 1, 1)
    assert again.positive_rate == 0.5 and again.lower is not None and again.upper is not None
    assert again.lower < 0.5 < again.upper


def test_the_curve_of_a_limit_falls_and_passes_through_the_law(ledger: Ledger, laws: Path) -> None:
    law = the(laws)
    (curve,) = sensitivity(ledger, law)
    counts = [p.findings for p in curve.points]
    assert curve.own == 20_000 and counts == sorted(counts, reverse=True) and counts[0] > counts[-1]
    assert curve.at_own.findings == curve.at_own.kept == backtest(ledger, law).findings
    assert all(p.kept == min(p.findings, curve.at_own.findings) for p in curve.points)
    (one,) = sensitivity(ledger, law, only="limit", values=[30_000])
    assert [p.value for p in one.points] == [20_000, 30_000]
    with pytest.raises(LifecycleError, match="no numeric parameter"):
        sensitivity(ledger, law, only="nothing")


def test_the_watch_alarms_on_decided_rates_and_not_on_too_few(ledger: Ledger) -> None:
    bad = [(f"a{i}", "A01", "false_alarm" if i < 9 else "upheld") for i in range(12)]
    mixed = [(f"b{i}", "B01", "unproven" if i < 8 else "upheld") for i in range(12)]
    good = [(f"c{i}", "C01", "false_alarm" if i < 1 else "partly") for i in range(12)]
    few = [(f"d{i}", "D01", "false_alarm") for i in range(9)]
    decided(ledger, [*bad, *mixed, *good, *few])
    found = {w.law_id: w for w in watch(open_ledger(ledger.path))}
    assert found["A01"].alarms == ("positive_rate", "false_alarm_rate")
    assert found["B01"].alarms == () and found["B01"].unproven == 8
    assert found["C01"].alarms == () and found["C01"].positive_rate == pytest.approx(11 / 12)
    assert found["D01"].alarms == () and not found["D01"].enough
    assert watch(open_ledger(ledger.path), until=datetime(2025, 1, 1)) == []


def test_rates_beyond_the_limits_keep_a_law_grey(ledger: Ledger, laws: Path) -> None:
    law = the(laws)
    register = Register(ledger)
    register.add(law, "step", "grey", by="a")
    register.add(law, "grey", "grey")
    decided(ledger, [(f"x{i}", "LC-01", "false_alarm" if i < 6 else "upheld") for i in range(12)])
    with pytest.raises(LifecycleError, match="false alarms 50%"):
        move(open_ledger(ledger.path), law, "on", by="a")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["law", "backtest", "Z99", "LEDGER"], "no law 'Z99'"),
        (["law", "backtest", "C06", "LEDGER"], "no rule"),
        (["law", "grey", "D01", "LEDGER"], "not in the shadow"),
        (["law", "move", "D01", "LEDGER", "--to", "sideways", "--by", "a"], "cannot become"),
    ],
)
def test_wrong_steps_are_told(demo: Demo, words: list[str], said: str) -> None:
    done = CliRunner().invoke(app, [str(demo.ledger.path) if w == "LEDGER" else w for w in words])
    assert done.exit_code != 0 and said in str(done.exception)
