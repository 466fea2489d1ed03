"""Leads of the models on the city that all tests share: planted ones are found with reasons, look-alikes are not."""

from __future__ import annotations

import csv
import json
import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from typer.testing import CliRunner

from yibao.cli.app import app
from yibao.ledger import open_ledger
from yibao.runs.demo import Demo
from yibao.runs.manifest import latest_run
from yibao.supervision.models import ranker
from yibao.supervision.models.frame import KINDS, Frame, Visits, measures
from yibao.supervision.models.risk import CHECK_UP, CO_VISIT, RANKER, Risk, assess
from yibao.supervision.models.score import FAMILIES, FUSED, QUIET, Scores, counted, score

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def visits(demo: Demo) -> Iterator[Visits]:
    with Visits(demo.ledger) as found:
        yield found


@pytest.fixture(scope="module")
def risk(demo: Demo) -> Risk:
    return assess(demo.ledger)


def truth(demo: Demo) -> list[dict[str, str]]:
    with (demo.folder / "city" / "truth" / "truth.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_burst_of_purchases_puts_its_pharmacy_first(demo: Demo, risk: Risk) -> None:
    """First among pharmacies, and among the first of all: hospitals have scenes of their own planted."""
    planted = [row["ref_id"] for row in truth(demo) if row["truth_rule"] == "F04" and row["truth_role"] == "positive"]
    places = demo.ledger.rows("encounter", "encounter_id", planted)["institution_id"].to_pylist()
    pharmacy = Counter(places).most_common(1)[0][0]
    rows = [r for r in risk.tables["risk_score"].to_pylist() if r["subject_kind"] == "institution"]
    shops = set(demo.ledger.rows("institution", "kind", ["2"])["institution_id"].to_pylist())
    for model in ("M03", FUSED):
        ranked = sorted((r["rank"], r["subject_id"]) for r in rows if r["model_id"] == model)
        assert next(one for _, one in ranked if one in shops) == pharmacy
        assert pharmacy in [one for _, one in ranked[:3]]
    (lead,) = (r for r in rows if r["model_id"] == "M03" and r["subject_id"] == pharmacy)
    assert "远高于同类" in lead["reasons_zh"]
    assert "far above" in lead["reasons_en"]


def test_planted_check_ups_come_first_and_their_look_alikes_are_no_leads(demo: Demo, risk: Risk) -> None:
    rows = [r for r in risk.tables["risk_score"].to_pylist() if r["subject_kind"] == "stay"]
    ranked = [r["subject_id"] for r in sorted(rows, key=lambda r: r["rank"])]
    role = {r["ref_id"]: r["truth_role"] for r in truth(demo) if r["truth_rule"] == "C04"}
    planted = {stay for stay, what in role.items() if what == "positive"}
    assert planted and set(ranked[: len(planted)]) == planted
    assert not {stay for stay, what in role.items() if what == "lookalike"} & set(ranked)
    assert all(r["model_id"] == CHECK_UP and "95%" in r["reasons_zh"] for r in rows)


def test_scores_are_leads_in_order_with_reasons_inside_their_bounds(risk: Risk) -> None:
    rows = risk.tables["risk_score"].to_pylist()
    assert {r["subject_kind"] for r in rows} >= {*KINDS, "group"}
    by_list: dict[tuple[str, str], list[dict]] = {}
    for row in rows:
        assert 0 < row["score_ppm"] <= 1_000_000 and row["reasons_zh"] and row["reasons_en"]
        by_list.setdefault((row["model_id"], row["subject_kind"]), []).append(row)
    for found in by_list.values():
        assert [r["rank"] for r in found] == list(range(1, len(found) + 1))
        scores = [r["score_ppm"] for r in found]
        assert scores == sorted(scores, reverse=True)
    for found in risk.scores.values():
        alone = np.array([FAMILIES[f][1] * p for f, p in found.p.items()])
        assert (found.risk >= alone.max(axis=0) - 1e-9).all() and (alone <= 0.6).all()
        quiet = found.risk < 1e-9
        assert quiet.mean() > 0.3, "most subjects are not unusual"


def test_evidence_names_own_and_peers_value_and_members_of_groups(demo: Demo, risk: Risk) -> None:
    rows = risk.tables["risk_evidence"].to_pylist()
    known = {m.id for kind in KINDS for m in measures(kind)}
    for row in rows:
        if row["model_id"] == CHECK_UP:
            continue  # its evidence is tested where it is made
        if row["measure"] == "member":
            assert row["ref_table"] in ("person", "institution") and row["ref_id"]
        else:
            assert row["measure"] in known and abs(row["deviation_milli"]) > QUIET * 1000
    members = {r["ref_id"] for r in rows if r["model_id"] == CO_VISIT}
    ring = {r["person_id"] for r in truth(demo) if r["truth_rule"] == "G01" and r["truth_role"] == "positive"}
    assert ring <= members
    alike = {r["person_id"] for r in truth(demo) if r["truth_rule"] == "G01" and r["truth_role"] == "lookalike"}
    assert not alike & members


def _with(frame: Frame, unit: int, name: str, hits: float) -> Scores:
    column = frame.columns[name]
    scaled = column.scaled.copy()
    scaled[unit] = hits
    moved = type(column)(column.natural, scaled, column.variance)
    return score(type(frame)(frame.kind, frame.ids, frame.visits, frame.fund, frame.peers,
                             {**frame.columns, name: moved}, frame.since, frame.until))  # fmt: skip


def test_less_is_no_reason_where_only_more_is(visits: Visits) -> None:
    frame = visits.frame("institution")
    unit = next(i for i, label in enumerate(frame.peers) if label)
    high, low = (_with(frame, unit, "cost_per_visit", value) for value in (30.0, -30.0))
    assert "cost_per_visit" in high.reasons(unit) and "cost_per_visit" not in low.reasons(unit)
    assert low.z["cost_per_visit"][unit] < -QUIET
    (measure,) = (m for m in measures("institution") if m.id == "cost_per_visit")
    assert counted(measure, low.z["cost_per_visit"])[unit] == 0


def test_of_two_extremes_the_greater_counts_more_and_little(visits: Visits) -> None:
    frame = visits.frame("institution")
    unit = next(i for i, label in enumerate(frame.peers) if label)
    far, farther = (float(_with(frame, unit, "cost_per_visit", value).p["cost"][unit]) for value in (1e5, 1e6))
    assert far < farther < far + 0.1


def test_what_a_place_never_has_does_not_change(visits: Visits) -> None:
    """Pharmacies sell drugs in both halves of the year, however many customers each half brings."""
    frame = visits.frame("institution")
    drift = frame.columns["cost_drift"].natural
    shops = [unit.startswith("P") for unit in frame.ids]
    assert sum(shops) > 3 and np.nanmax(drift[shops]) == pytest.approx(0, abs=1e-9)
    assert np.nanmin(drift[np.invert(shops)]) > 0.01


def test_few_visits_make_nobody_unusual_by_shares(visits: Visits) -> None:
    """A doctor with a single visit has shares of 0 or 1: chance, not behaviour."""
    frame = visits.frame("staff")
    found = score(frame)
    once = frame.visits == 1
    assert once.sum() > 20
    for name in ("night_share", "readmissions", "weekend_admissions", "one_pharmacy"):
        assert np.abs(found.z[name][once]).max() < 2 * QUIET
        assert (found.z[name][once] > QUIET).mean() < 0.05


def test_the_random_sample_is_one_in_twenty_and_the_same_for_everybody(demo: Demo, risk: Risk) -> None:
    drawn = {kind: len(units) / len(risk.scores[kind].frame.ids) for kind, units in risk.sample.items()}
    assert 0.03 < drawn["person"] < 0.07
    assert assess(demo.ledger).sample == risk.sample


def decisions(demo: Demo, upheld: set[str]) -> pa.Table:
    import pyarrow.parquet as pq

    folder = latest_run(demo.ledger.path)
    assert folder is not None
    rows = pq.read_table(folder / "finding.parquet").sort_by("finding_id").to_pylist()
    made = [
        {
            "decision_id": f"d{i}", "finding_id": r["finding_id"], "law_id": r["law_id"],
            "institution_id": r["institution_id"], "outcome": "upheld" if right else "false_alarm",
            "amount_upheld": r["amount"] if right else 0, "decided_at": datetime(2026, 1, 1 + i % 9),
        }
        for i, r in enumerate(rows) if i % 5
        for right in ((r["law_id"] in upheld) != (i % 11 == 1),)  # reviewers differ now and then
    ]  # fmt: skip
    columns = [c for c in demo.ledger.tables()["clue_decision"].columns if c.name not in ("recorded_at", "batch_id")]
    return pa.Table.from_pylist(made, schema=pa.schema([(c.name, c.arrow_type) for c in columns]))


def test_the_ranker_learns_from_decisions_and_orders_the_rest(
    demo: Demo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranker, "TREES", 30)
    monkeypatch.setattr(ranker, "ROUNDS", 30)
    shutil.copytree(demo.ledger.path, tmp_path / "ledger")
    ledger = open_ledger(tmp_path / "ledger")
    upheld = {"A01", "A03", "C01", "C03", "D01", "E01"}
    made = decisions(demo, upheld)
    ledger.append({"clue_decision": made}, "decisions")
    runner = CliRunner()
    done = runner.invoke(app, ["risk", str(ledger.path), "--json", "--top", "50"])
    assert done.exit_code == 0, done.output
    ranked = [r for r in json.loads(done.output)["first"] if r["model_id"] == RANKER]
    decided = set(made["finding_id"].to_pylist())
    assert ranked and not {r["subject_id"] for r in ranked} & decided
    judged = runner.invoke(app, ["evaluate", str(ledger.path), "--repeats", "1", "--folds", "5", "--json"])
    assert judged.exit_code == 0, judged.output
    doc = json.loads(judged.output)
    areas = {m["method"]: m["roc_auc"][0] for m in doc["methods"]}
    assert doc["of"] == "findings" and doc["units"] == len(decided)
    assert areas["ranker_findings"] > 0.5
    assert {check["id"] for check in doc["checks"]} == {"grouped", "label_columns", "single_feature", "shuffled"}
    (later,) = doc["strata"]
    assert later["name"] == "later" and 0 < later["units"] < doc["units"] / 2
    watched = runner.invoke(app, ["law", "watch", str(ledger.path), "--days", "60", "--strict", "--json"])
    alarms = {w["law_id"]: w["alarms"] for w in json.loads(watched.output)}
    assert watched.exit_code == 3
    assert alarms["A11"] == ["positive_rate", "false_alarm_rate"] and "positive_rate" not in alarms["A01"]


def test_too_few_decisions_are_said(demo: Demo) -> None:
    done = CliRunner().invoke(app, ["evaluate", str(demo.ledger.path)])
    assert done.exit_code == 2 or "too few" in str(done.exception)


@pytest.mark.parametrize("kind", KINDS)
def test_a_portrait_says_in_words_what_is_unusual(demo: Demo, risk: Risk, kind: str, tmp_path: Path) -> None:
    found = risk.scores[kind]
    unit = found.frame.ids[int(np.argmax(found.risk))]
    words = ["portrait", str(demo.ledger.path), f"--{kind}", unit, "--out", str(tmp_path), "--json"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    doc = json.loads(done.output)
    assert doc["risk"] == pytest.approx(float(found.risk.max()), abs=1e-6)
    for lang, sign in (("zh", "同类"), ("en", "peers")):
        page = (tmp_path / f"portrait-{kind}.{lang}.html").read_text(encoding="utf-8")
        assert sign in page and "<svg" in page and "src=" not in page
        if kind == "person":
            assert unit not in page, "persons are masked"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["portrait", "LEDGER"], "name one of"),
        (["portrait", "LEDGER", "--person", "nobody"], "no settled visit"),
        (["risk", "LEDGER", "--kind", "planet"], "no kind"),
    ],
)
def test_wrong_usage_is_told(demo: Demo, words: list[str], said: str) -> None:
    done = CliRunner().invoke(app, [str(demo.ledger.path) if w == "LEDGER" else w for w in words])
    assert done.exit_code != 0 and said in str(done.exception)
