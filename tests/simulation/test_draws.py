"""Draws: as random as any, but sums over a group hardly depend on luck."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from yibao.simulation.draws import counts, even, sample, stream


@given(st.integers(0, 2**20), st.integers(1, 400), st.integers(1, 5))
def test_even_numbers_fill_the_interval_of_each_group(seed: int, n: int, groups: int) -> None:
    rng = stream(seed, "even")
    group = rng.integers(0, groups, n)
    drawn = even(rng, group)
    assert ((drawn >= 0) & (drawn < 1)).all()
    for number in np.unique(group):
        own = np.sort(drawn[group == number])
        # One in every n-th part of the interval.
        assert (np.floor(own * len(own)) == np.arange(len(own))).all()


def test_even_numbers_of_nobody() -> None:
    assert len(even(stream(1), np.zeros(0, dtype=np.int64))) == 0


def test_counts_are_poisson() -> None:
    place = (np.arange(200_000) + 0.5) / 200_000
    for mean in (0.02, 0.3, 2.0, 9.0):
        drawn = counts(np.full(len(place), mean), place)
        assert abs(drawn.mean() - mean) < 0.001 * max(mean, 1)
        assert abs(drawn.var() - mean) < 0.005 * max(mean, 1)


def test_nobody_counts_without_a_mean() -> None:
    assert counts(np.zeros(3), np.array([0.0, 0.5, 0.999])).tolist() == [0, 0, 0]


@given(st.integers(0, 2**20), st.floats(0, 1))
def test_a_systematic_sample_is_spread_over_what_it_is_ordered_by(seed: int, chance: float) -> None:
    rng = stream(seed, "sample")
    by = rng.random(1_000)
    drawn = sample(rng, np.full(1_000, chance), np.zeros(1_000, dtype=np.int64), by)
    assert abs(len(drawn) - 1_000 * chance) <= 1
    lower = (by[drawn] < np.median(by)).sum()
    assert abs(2 * lower - len(drawn)) <= 3
