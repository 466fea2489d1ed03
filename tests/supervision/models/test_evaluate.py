"""Models are judged honestly: the baseline beside them, nothing leaks, and what leaks is noticed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from yibao.cli.app import app
from yibao.errors import UsageError
from yibao.measures import ranking
from yibao.supervision.models import ranker
from yibao.supervision.models.evaluate import evaluate_providers
from yibao.supervision.models.leakage import leakage_checks
from yibao.supervision.models.providers import Providers, design, read_providers
from yibao.supervision.models.ranker import Ranker, folds
from yibao.supervision.models.unsupervised import unlabelled_score
from yibao.supervision.models.validation import figures


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A smaller forest: what is looked at is the way, not the figure."""
    monkeypatch.setattr(ranker, "TREES", 30)
    monkeypatch.setattr(ranker, "ROUNDS", 30)


def folder(at: Path, *, units: int = 240, leak: float | None = None) -> Path:
    """Invented providers: the labelled ones are paid more and visit more often. ``leak`` adds the label with noise."""
    chance = np.random.default_rng(11)
    label = np.arange(units) % 6 == 0
    paid = np.exp(chance.normal(10 + 1.2 * label, 1.0))
    visits = chance.poisson(20 + 6 * label) / 20
    names = ["Provider", "InscClaimAmtReimbursed_sum", "ClaimsPerBeneficiary", "noise", "PotentialFraud_numeric"]
    rows = [
        [f"PRV{1000 + (i * 7919) % 9000}", f"{paid[i]:.2f}", visits[i], f"{chance.normal():.4f}", int(label[i])]
        for i in range(units)
    ]
    if leak is not None:
        names.append("inspected")
        for i, row in enumerate(rows):
            row.append(f"{label[i] + leak * chance.normal():.4f}")
    at.mkdir(parents=True, exist_ok=True)
    lines = [",".join(names), *(",".join(map(str, row)) for row in rows)]
    (at / "provider_features_made.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    said = [
        "Provider,PotentialFraud",
        *(f"{row[0]},{'Yes' if y else 'No'}" for row, y in zip(rows, label, strict=True)),
    ]
    (at / "provider_labels.csv").write_text("\n".join(said) + "\n", encoding="utf-8")
    return at


def test_columns_that_say_the_label_are_refused(tmp_path: Path) -> None:
    found = read_providers(folder(tmp_path))
    assert found.dropped == ("PotentialFraud_numeric",)
    assert set(found.shared) == {"InscClaimAmtReimbursed_sum", "ClaimsPerBeneficiary", "noise"}
    assert not found.with_claims.any()


@pytest.mark.slow
def test_the_command_prints_every_figure_beside_the_baseline(small: None, tmp_path: Path) -> None:
    words = ["evaluate", str(folder(tmp_path / "p")), "--repeats", "1", "--folds", "3", "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(app, [*words, "--json"])
    assert done.exit_code == 0, done.output
    doc = json.loads(done.output)
    methods = {m["method"]: m for m in doc["methods"]}
    assert doc["units"] == 240 and doc["positives"] == 40 and doc["left_out"] == 240
    assert methods["ranker_shared"]["roc_auc"][0] > methods["baseline"]["roc_auc"][0] > 0.7
    for m in methods.values():
        value, lower, upper = m["roc_auc"]
        assert lower < value < upper
        assert [k for k, _ in m["precision"]] == [40, 50, 100]
    assert all(check["passed"] for check in doc["checks"])
    page = (tmp_path / "out" / "evaluation.zh.html").read_text(encoding="utf-8")
    assert "240 家机构" in page and "单特征基线" in page and "src=" not in page


@pytest.mark.slow
def test_a_feature_that_knows_the_label_fails_the_checks(small: None, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["evaluate", str(folder(tmp_path, leak=0.25)), "--repeats", "1", "--folds", "3"])
    assert done.exit_code == 1
    assert "inspected 0.9" in done.output


def test_copies_of_units_are_noticed(small: None) -> None:
    chance = np.random.default_rng(1)
    features = chance.normal(size=(60, 3))
    label = np.arange(60) % 4 == 0
    twice = np.vstack([features, features[label]])
    both = np.append(label, np.ones(label.sum(), dtype=bool))
    ids = tuple(f"P{i:03d}" for i in chance.permutation(both.size))
    checks = {c.id: c for c in leakage_checks(ids, both, twice, ("a", "b", "c"), ())}
    assert not checks["copies"].passed and "100" not in checks["grouped"].value
    clean = leakage_checks(ids[:60], label, features, ("a", "b", "c"), ())
    assert {c.id: c.passed for c in clean}["copies"]


def test_folds_keep_groups_on_one_side() -> None:
    label = np.arange(90) % 3 == 0
    groups = [f"h{i // 6}" for i in range(90)]
    for train, test in folds(label, 5, 1, groups):
        assert not {groups[i] for i in train} & {groups[i] for i in test}


def test_too_little_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="neither a ledger nor a folder"):
        evaluate_providers(tmp_path)
    with pytest.raises(UsageError, match="too few providers"):
        evaluate_providers(folder(tmp_path / "few", units=30))
    (tmp_path / "few" / "provider_features_made.csv").write_text("Provider,x\nPRV1,1\n", encoding="utf-8")
    with pytest.raises(UsageError, match="InscClaimAmtReimbursed_sum"):
        read_providers(tmp_path / "few")


# --- on the public US set ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def providers(real_data: Path) -> Providers:
    return read_providers(real_data / "fraud_us")


def test_the_denominator_and_the_baseline_of_the_us_set(providers: Providers) -> None:
    assert (len(providers.ids), int(providers.label.sum()), int((~providers.with_claims).sum())) == (3228, 297, 1991)
    base = ranking(providers.label, providers.baseline)
    assert (round(base.roc_auc, 3), round(base.pr_auc, 3)) == (0.931, 0.674)


def test_without_labels_the_score_lies_above_the_baseline(providers: Providers) -> None:
    """Its weight and aspects were chosen without a label, so the figure is what it is; the gain is no chance."""
    found = figures("unlabelled", providers.label, unlabelled_score(providers), baseline=providers.baseline)
    assert (round(found.roc_auc.value, 3), round(found.pr_auc.value, 3)) == (0.933, 0.682)
    assert found.roc_gain is not None and found.roc_gain.lower > 0
    assert found.pr_gain is not None and found.pr_gain.lower > 0
    shuffled = Providers(providers.ids, ~providers.label, providers.shared, providers.claims, providers.dropped)
    assert np.array_equal(unlabelled_score(shuffled), unlabelled_score(providers)), "it reads no label"


@pytest.mark.slow
def test_the_ranker_reaches_its_figures_on_providers_it_never_saw(
    providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One split in three is harder than the five of the command: fewer to learn from, and a smaller forest."""
    monkeypatch.setattr(ranker, "TREES", 60)
    features, label = design(providers.shared), providers.label
    unseen = np.zeros(label.size)
    for train, test in folds(label, 3, 2):
        unseen[test] = Ranker(2).fit(features[train], label[train]).probability(features[test])
    found = ranking(label, unseen)
    assert found.roc_auc >= 0.945 and found.pr_auc >= 0.73
    assert abs(unseen.mean() - label.mean()) < 0.01, "probabilities are calibrated"
