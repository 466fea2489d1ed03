"""Seeded drawing: every stream is a pure function of the city's seed and the stream's name."""

from __future__ import annotations

import zlib

import numpy as np

from yibao.simulation.frame import Array, rank_in_run


def stream(seed: int, *names: object) -> np.random.Generator:
    """An independent generator; adding a new stream does not move the draws of the others."""
    return np.random.default_rng([seed, *(zlib.crc32(str(name).encode()) for name in names)])


def choose(rng: np.random.Generator, weights: Array, n: int) -> Array:
    """``n`` positions drawn in proportion to ``weights``."""
    cumulative = np.cumsum(weights, dtype=np.float64)
    return np.searchsorted(cumulative, rng.random(n) * cumulative[-1], side="right").astype(np.int64)


def choose_by_group(rng: np.random.Generator, weights: Array, group: Array) -> Array:
    """One position per element of ``group``, by the weight row that its group names; -1 where that row is empty."""
    chosen = np.full(len(group), -1, dtype=np.int64)
    for number in np.unique(group):
        if weights[number].sum() > 0:
            members = np.flatnonzero(group == number)
            chosen[members] = choose(rng, weights[number], len(members))
    return chosen


def even(rng: np.random.Generator, group: Array) -> Array:
    """Uniform numbers between 0 and 1 that fill the interval evenly inside each ``group``: a stratified sample.

    Each number alone is as random as any; a sum over the group hardly depends on luck.
    """
    n = len(group)
    order = np.lexsort((rng.random(n), group))
    rank = rank_in_run(group[order])
    last = np.append(rank[1:] == 0, True)[:n]
    size = np.repeat(rank[last] + 1, rank[last] + 1)
    drawn = np.empty(n)
    drawn[order] = (rank + rng.random(n)) / size
    return drawn


def counts(mean: Array, uniform: Array) -> Array:
    """Poisson numbers of the given ``mean`` at these places of their distribution."""
    count = np.zeros(len(mean), dtype=np.int64)
    probability = np.exp(-mean)
    reached = probability.copy()
    above = np.flatnonzero(uniform > reached)
    while len(above):
        count[above] += 1
        probability[above] *= mean[above] / count[above]
        reached[above] += probability[above]
        above = above[(uniform[above] > reached[above]) & (probability[above] > 1e-15)]
    return count


def sample(rng: np.random.Generator, chance: Array, group: Array, by: Array | None = None) -> Array:
    """Positions, each drawn with its ``chance``; how many of a ``group`` are drawn hardly depends on luck.

    Systematic sampling: members of a group in random order, one drawn wherever the summed chances pass a whole number.
    In the order of ``by`` those drawn are also like the others in it.
    """
    order = np.lexsort((rng.random(len(chance)) if by is None else by, group))
    passed = np.floor(np.cumsum(chance[order]) + rng.random())
    return np.sort(order[np.diff(passed, prepend=0.0) > 0])


def mix(seed: int, values: Array) -> Array:
    """A fixed 64-bit integer mix (splitmix64), for fingerprints and scattered serial numbers; no engine's hash."""
    with np.errstate(over="ignore"):
        z = values.astype(np.uint64) + np.uint64(seed % 2**32) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(0x9E3779B9)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))
