"""Rankings against scikit-learn's figures, their edges, and partial pooling of peer scores."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score

from yibao.measures import (
    best_cut,
    bootstrap,
    f1,
    peer_scores,
    precision_at,
    ranking,
    robust_z,
    weighted_pr_auc,
    weighted_roc_auc,
)

scored = st.lists(st.tuples(st.booleans(), st.integers(0, 8)), min_size=4, max_size=60).filter(
    lambda rows: 0 < sum(y for y, _ in rows) < len(rows)
)


@given(scored)
@settings(max_examples=60, deadline=None)
def test_areas_are_those_of_scikit_learn_ties_included(rows: list[tuple[bool, int]]) -> None:
    label, score = (np.array(part) for part in zip(*rows, strict=True))
    found = ranking(label, score)
    assert found.roc_auc == pytest.approx(roc_auc_score(label, score))
    assert found.pr_auc == pytest.approx(average_precision_score(label, score))


@given(scored, st.data())
@settings(max_examples=40, deadline=None)
def test_weights_are_repeated_units(rows: list[tuple[bool, int]], data: st.DataObject) -> None:
    label, score = np.array([y for y, _ in rows]), np.array([s for _, s in rows], dtype=float)
    weights = np.array(data.draw(st.lists(st.integers(1, 3), min_size=len(rows), max_size=len(rows))), dtype=float)
    again = np.repeat(np.arange(len(rows)), weights.astype(int))
    for of in (weighted_roc_auc, weighted_pr_auc):
        repeated = of(label[again], score[again], np.ones((1, again.size)))
        assert of(label, score, weights[None, :]) == pytest.approx(repeated)


@given(scored)
@settings(max_examples=40, deadline=None)
def test_no_cut_is_better_than_the_best(rows: list[tuple[bool, int]]) -> None:
    label, score = (np.array(part) for part in zip(*rows, strict=True))
    best = f1(label, score >= best_cut(label, score))
    assert best == pytest.approx(max(f1_score(label, score >= cut) for cut in score))


def test_the_head_of_a_list_and_what_cannot_be_ranked() -> None:
    assert precision_at([1, 0, 1, 1], [4, 3, 2, 2], 3) == pytest.approx(2 / 3)
    with pytest.raises(ValueError, match="both kinds"):
        ranking([1, 1], [0.1, 0.2])


def test_an_interval_holds_its_value_and_a_score_gains_nothing_over_itself() -> None:
    chance = np.random.default_rng(3)
    label = np.arange(300) < 60
    score = label + chance.normal(size=300)
    found = bootstrap(label, score, weighted_roc_auc)
    assert found.lower < found.value < found.upper < 1
    assert bootstrap(label, score, weighted_roc_auc, less=score) == (0, 0, 0)
    better = bootstrap(label, label + score, weighted_roc_auc, less=score)
    assert 0 < better.lower < better.value


# --- peers ------------------------------------------------------------------------------------------------------------


def test_without_noise_the_score_is_the_robust_z() -> None:
    values = [0.30, 0.32, 0.31, 0.35, 0.29, 0.33, 0.55]
    assert peer_scores(values).z == pytest.approx(robust_z(values))


@given(st.floats(0.01, 50), st.floats(1.01, 20))
@settings(max_examples=40, deadline=None)
def test_more_noise_pulls_a_unit_to_the_middle(noise: float, more: float) -> None:
    values = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 30.0]
    low = peer_scores(values, [0, 0, 0, 0, 0, 0, noise])
    high = peer_scores(values, [0, 0, 0, 0, 0, 0, noise * more])
    assert 0 < high.z[-1] < low.z[-1] <= peer_scores(values).z[-1]
    assert low.median == high.median == 4.0


def test_units_that_differ_by_chance_alone_are_not_unusual() -> None:
    chance = np.random.default_rng(5)
    variance = np.full(200, 1.0)
    found = peer_scores(chance.normal(size=200), variance)
    assert np.abs(found.z).max() < 2


def test_missing_values_and_equal_peers_score_nought() -> None:
    found = peer_scores([1.0, np.nan, 3.0, 2.0, 9.0])
    assert found.z[1] == 0 and np.isfinite(found.z).all()
    assert peer_scores([2.0, 2.0, 2.0, 2.0]).z.tolist() == [0, 0, 0, 0]
    assert peer_scores([np.nan, np.nan]).z.tolist() == [0, 0]
