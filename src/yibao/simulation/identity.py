"""Citizen identity numbers of people who cannot exist: the region prefix 99 was never issued."""

from __future__ import annotations

import numpy as np

from yibao.simulation.frame import Array, rank_in_run
from yibao.simulation.geography import county_row

#: Weights of the first seventeen digits and the check characters by remainder (GB 11643-1999, ISO 7064 MOD 11-2).
WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
CHECKS = np.array(list("10X98765432"))


def check_characters(seventeen: Array) -> Array:
    """Check characters of 17-digit integers.

    >>> check_characters(np.array([11010519491231002])).tolist()
    ['X']
    """
    digits = (seventeen[:, None] // 10 ** np.arange(16, -1, -1)) % 10
    checks: Array = CHECKS[(digits * WEIGHTS).sum(axis=1) % 11]
    return checks


def citizen_numbers(region: Array, birth: Array, female: Array, block: int = 0) -> Array:
    """18-character numbers: six digits of region, birth date, a running number (odd for men), check character.

    ``region`` are six-digit integers, ``birth`` days since 1970, ``female`` booleans; no two results are equal. The
    first block of people was registered where it lives, each other one at registration offices of its own (991000 + ten
    times the block + its county), so that no two blocks give one number twice.
    """
    region = region if block == 0 else 991_000 + block * 10 + county_row(region)
    order = np.lexsort((female, birth, region))
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = rank_in_run(region[order], birth[order], female[order])
    if len(rank) and rank.max() >= 499:
        raise ValueError("more than 499 people of one sex were born in one county on one day: simulate fewer persons")
    moments = birth.astype("datetime64[D]")
    year = moments.astype("datetime64[Y]").astype(np.int64) + 1970
    month = moments.astype("datetime64[M]").astype(np.int64) % 12 + 1
    date_in_month = (moments - moments.astype("datetime64[M]")).astype(np.int64) + 1
    born = year * 10_000 + month * 100 + date_in_month
    running = 2 * rank + np.where(female, 2, 1)
    seventeen = (region.astype(np.int64) * 100_000_000 + born) * 1000 + running
    numbers: Array = np.char.add(seventeen.astype("U17"), check_characters(seventeen))
    return numbers
