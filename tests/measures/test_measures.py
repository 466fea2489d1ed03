"""The published vectors of the statistics, their edges, and the examples in their docstrings."""

from __future__ import annotations

import doctest
import importlib

import numpy as np
import pytest
from scipy.stats import poisson

from yibao.measures import (
    binomial_limits,
    clopper_pearson_interval,
    observed_expected,
    overdispersion,
    poisson_interval,
    poisson_limits,
    pooled_shares,
    robust_z,
    wilson_interval,
)
from yibao.measures.robust import OUTLIER


@pytest.mark.parametrize("module", ["funnel", "poisson", "pooling", "proportion", "ranking", "robust", "shrinkage"])
def test_docstring_examples(module: str) -> None:
    result = doctest.testmod(importlib.import_module(f"yibao.measures.{module}"))
    assert result.attempted and not result.failed


def test_readmission_vector_is_not_flagged() -> None:
    r = observed_expected(30, 20)
    assert (round(float(r.ratio), 2), round(float(r.lower), 3), round(float(r.upper), 3)) == (1.50, 1.012, 2.141)
    assert r.lower <= 1.2


def test_exact_interval_has_its_tails() -> None:
    counts = np.array([0, 1, 7, 30, 500])
    lower, upper = poisson_interval(counts)
    assert lower[0] == 0
    np.testing.assert_allclose(poisson.sf(counts[1:] - 1, lower[1:]), 0.025)
    np.testing.assert_allclose(poisson.cdf(counts, upper), 0.025)


def test_nothing_expected_gives_no_ratio() -> None:
    r = observed_expected([0, 3], [0.0, 3.0])
    assert np.isnan(r.ratio[0]) and np.isnan(r.upper[0]) and r.ratio[1] == 1


@pytest.mark.parametrize("count", [-1, 2.5])
def test_a_count_is_a_whole_number(count: float) -> None:
    with pytest.raises(ValueError, match="whole number"):
        poisson_interval(count)


@pytest.mark.parametrize(
    ("hits", "trials", "lower", "upper"),
    # Newcombe 1998, table I, method 3
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_published(hits: int, trials: int, lower: float, upper: float) -> None:
    low, high = wilson_interval(hits, trials)
    assert (round(float(low), 4), round(float(high), 4)) == (lower, upper)


def test_wilson_edges() -> None:
    low, high = wilson_interval([0, 5, 0], [5, 5, 0])
    assert low[0] == 0 and high[1] == 1 and np.isnan(low[2]) and np.isnan(high[2])
    with pytest.raises(ValueError, match="successes"):
        wilson_interval(6, 5)


def test_robust_z_vector() -> None:
    z = robust_z([0.30, 0.32, 0.31, 0.35, 0.29, 0.33, 0.55])
    assert round(float(z[6]), 2) == 7.76 and z[6] > OUTLIER
    assert round(float(z[3]), 2) == 1.01 and z[3] < OUTLIER


def test_robust_z_without_spread() -> None:
    assert robust_z([2, 2, 2]).tolist() == [0, 0, 0]
    assert robust_z([2, 2, 2, 9])[3] > OUTLIER / 2


def test_funnel_is_nested_smooth_and_closes_on_the_target() -> None:
    expected = np.linspace(5, 4000, 400)
    limits = poisson_limits(expected)
    assert np.all(limits.lower_action <= limits.lower_warning) and np.all(limits.upper_warning <= limits.upper_action)
    assert np.all(np.diff(limits.upper_warning) < 0) and np.all(np.diff(limits.lower_warning) > 0)
    assert abs(limits.upper_warning[-1] - 1) < 0.04


def test_funnel_widens_with_dispersion() -> None:
    plain, wide = poisson_limits(100.0), poisson_limits(100.0, dispersion=4.0)
    np.testing.assert_allclose(wide.upper_warning - 1, 2 * (plain.upper_warning - 1))
    rates, wider = binomial_limits(1000, 0.2), binomial_limits(1000, 0.2, dispersion=4.0)
    np.testing.assert_allclose(wider.upper_action - 0.2, 2 * (rates.upper_action - 0.2))


def test_dispersion_needs_units_and_evidence() -> None:
    rng = np.random.default_rng(1)
    assert overdispersion(rng.normal(size=200)) == 1.0
    assert overdispersion(rng.normal(scale=2, size=200)) > 2
    assert overdispersion([5.0] * 9) == 1.0


@pytest.mark.parametrize(
    ("hits", "trials", "lower", "upper"),
    [(81, 263, 0.2527, 0.3676), (15, 148, 0.0578, 0.1617), (0, 20, 0.0, 0.1684), (1, 29, 0.0009, 0.1776)],
)
def test_exact_interval_of_a_proportion(hits: int, trials: int, lower: float, upper: float) -> None:
    """Newcombe (1998), table I, method 5."""
    found = clopper_pearson_interval(hits, trials)
    assert (round(float(found[0]), 4), round(float(found[1]), 4)) == (lower, upper)


def test_exact_interval_has_its_edges() -> None:
    lower, upper = clopper_pearson_interval([0, 5, 0], [5, 5, 0])
    assert (lower[0], upper[1]) == (0, 1)
    assert np.isnan(lower[2]) and np.isnan(upper[2])
    np.testing.assert_allclose(upper[0], 1 - lower[1])
    with pytest.raises(ValueError, match="between 0 and the number"):
        clopper_pearson_interval(6, 5)


def test_pooled_shares_lie_between_their_own_and_the_common_share() -> None:
    rng = np.random.default_rng(3)
    trials = rng.integers(1, 400, 60)
    hits = rng.binomial(trials, rng.beta(4, 12, 60))
    found = pooled_shares(hits, trials)
    own = hits / trials
    assert (
        (np.minimum(own, found.mean) - 1e-12 <= found.share) & (found.share <= np.maximum(own, found.mean) + 1e-12)
    ).all()
    assert ((found.lower < found.share) & (found.share < found.upper)).all()
    assert 5 < found.strength < 60  # drawn with a strength of 16
    weight = trials / (trials + found.strength)
    np.testing.assert_allclose(found.share, weight * own + (1 - weight) * found.mean)


def test_units_that_differ_by_chance_share_one_share() -> None:
    trials = np.full(200, 50)
    found = pooled_shares(np.random.default_rng(1).binomial(trials, 0.3), trials)
    assert found.strength > 500
    assert float(found.share.max() - found.share.min()) < 0.05


@pytest.mark.parametrize(("hits", "trials"), [([3], [10]), ([0, 0], [5, 9]), ([5, 9], [5, 9]), ([0, 4], [0, 9])])
def test_pooling_of_hardly_anything(hits: list[int], trials: list[int]) -> None:
    found = pooled_shares(hits, trials)
    np.testing.assert_allclose(found.share, sum(hits) / sum(trials))
    with pytest.raises(ValueError, match="between 0 and the number"):
        pooled_shares([2], [1])
