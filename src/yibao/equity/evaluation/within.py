"""Fixed effects taken out of a balanced panel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from yibao.equity.checks import Floats, vector
from yibao.equity.productivity import balanced


def balanced_order(units: Any, years: Any) -> tuple[Any, int, int]:
    """The order of rows by unit and year, the numbers of units and of years. Raises MethodError where unbalanced."""
    names, periods, place = balanced(units, years, len(units))
    return place.T.ravel(), len(names), len(periods)


def within_unit(values: Floats, years: int) -> Floats:
    """Rows sorted by unit and year, less the mean of their unit; any number of columns.

    >>> within_unit(np.array([1.0, 3.0, 5.0, 5.0]), 2).tolist()
    [-1.0, 1.0, 0.0, 0.0]
    """
    cube = values.reshape(len(values) // years, years, *values.shape[1:])
    return (cube - cube.mean(axis=1, keepdims=True)).reshape(values.shape)


def within_two_way(values: ArrayLike, units: Sequence[object], years: Sequence[object]) -> Floats:
    """Deviations from unit and year means plus the overall mean, in the order of the rows given.

    `values` (n,); the panel must be balanced.

    >>> within_two_way([1.0, 2.0, 3.0, 5.0], ["a", "a", "b", "b"], [1, 2, 1, 2]).tolist()
    [0.25, -0.25, -0.25, 0.25]
    """
    x = vector(values, "values")
    order, count, length = balanced_order(units, years)
    cube = x[order].reshape(count, length)
    cube = cube - cube.mean(axis=1, keepdims=True) - cube.mean(axis=0, keepdims=True) + cube.mean()
    found = np.empty_like(x)
    found[order] = cube.ravel()
    return found
