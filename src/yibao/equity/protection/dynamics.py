"""Households over time: value-function iteration, and vulnerability where a health shock can open a poverty trap.

A household enters a period with capital k and is met by a shock z (a health state) that follows a Markov chain. What it
then has, resources R(k, z), it splits into consumption c = R − k' and the capital of the next period:
V(k, z) = max over k' of u(R(k, z) − k') + β·Σ P(z, z')·V(k', z').
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.interpolate import PchipInterpolator

from yibao.equity.checks import Floats, above_zero, matrix, refusal, vector

#: Rounds of policy evaluation between two improvements (Howard), and of golden section inside one.
EVALUATIONS, SECTIONS = 40, 36
GOLDEN = (np.sqrt(5) - 1) / 2


class ValueFunction(NamedTuple):
    """`value` and `policy` (next period's capital) of shape (grid, shocks); `gap` is the last change of the value."""

    grid: Floats
    value: Floats
    policy: Floats
    iterations: int
    gap: float


class HouseholdVulnerability(NamedTuple):
    """By starting capital: the chance of being below the line in some period, and in the last, within the horizon.

    `trap` is the capital from which on the mean path ends above the line, None where no start, or every start does.
    """

    ever_below: Floats
    ends_below: Floats
    trap: float | None


def log_utility(c: Floats) -> Floats:
    """ln c.

    >>> log_utility(np.array([1.0])).tolist()
    [0.0]
    """
    return np.log(c)


def constant_relative_risk_aversion(aversion: float) -> Callable[[Floats], Floats]:
    """u(c) = (c^(1−σ) − 1)/(1−σ), ln c at σ = 1.

    >>> float(constant_relative_risk_aversion(2.0)(np.array([2.0]))[0])
    0.5
    """
    if aversion == 1:
        return log_utility
    return lambda c: (c ** (1 - aversion) - 1) / (1 - aversion)


def value_iteration(
    grid: ArrayLike,
    resources: ArrayLike,
    discount: float,
    transition: ArrayLike | None = None,
    *,
    utility: Callable[[Floats], Floats] = log_utility,
    tolerance: float = 1e-9,
    most: int = 500,
) -> ValueFunction:
    """Solve for the value function on a grid of capital, next capital being free to lie between its points.

    `grid` ascending, above zero, shape (n,); `resources` shape (n,) or (n, shocks), each above the lowest grid point:
    else a household could not go on, and it is refused. `transition` (shocks, shocks) has rows that sum to one. Values
    between points are monotone cubics; the best point is bracketed on the grid, so that resources which are not concave
    (a better technique from some capital on) are allowed, and refined by golden section. Stops when no value changes by
    more than `tolerance`; raises MethodError after `most` rounds.

    >>> k = np.linspace(0.05, 0.5, 60)
    >>> found = value_iteration(k, k**0.36, 0.95)
    >>> abs(found.policy[30, 0] - 0.36 * 0.95 * k[30] ** 0.36) < 1e-3  # Brock and Mirman's answer
    np.True_
    """
    k = above_zero("grid", grid)
    have = np.asarray(resources, dtype=np.float64)
    have = matrix(have[:, None] if have.ndim == 1 else have, "resources")
    chain = _chain(transition, have.shape[1])
    if len(k) < 5 or np.any(np.diff(k) <= 0) or len(have) != len(k):
        raise refusal("grid", "ascends, with at least five points and one row of resources each", "应递增且至少五点")
    if not 0 < discount < 1:
        raise refusal("discount", f"is {discount}; it lies between 0 and 1", f"为 {discount}，应在 0 与 1 之间")
    if np.any(have <= k[0]):
        raise refusal("resources", "do not reach the lowest capital in some state", "某些状态下资源低于最低资本")
    value = np.repeat(utility(have.min(axis=1, keepdims=True)), have.shape[1], axis=1) / (1 - discount)
    gap, rounds = np.inf, 0
    while gap > tolerance and rounds < most:
        policy = _improve(k, have, value, discount, chain, utility)
        now = utility(have - policy)
        last = value
        for _ in range(EVALUATIONS):
            value = now + discount * _expected(k, value, chain, policy)
        gap, rounds = float(np.abs(value - last).max()), rounds + 1
    if gap > tolerance:
        raise refusal("tolerance", f"is not reached: {gap:.2e} after {most} rounds", f"{most} 轮后仍为 {gap:.2e}")
    return ValueFunction(k, value, policy, rounds, gap)


def household_resources(
    capital: ArrayLike,
    shocks: ArrayLike,
    *,
    reimbursed: float,
    premium: float = 0.0,
    low_elasticity: float = 0.3,
    high_elasticity: float = 0.45,
    high_scale: float = 2.0,
    fixed_cost: float = 1.0,
    depreciation: float = 0.2,
    floor: float = 0.0,
) -> Floats:
    """Resources R(k, z) of a household with two techniques, a health shock and insurance: shape (capital, shocks).

    R = max(k^low, scale·k^high − fixed cost) + (1 − depreciation)·k − (1 − reimbursed)·z − premium. The fixed cost of
    the better technique can make two steady states, so that one illness moves a household from the upper to the lower.
    `shocks` are costs of illness ≥ 0 in units of output. What falls below `floor` is lifted to it (assistance).

    >>> household_resources([1.0, 9.0], [0.0, 0.5], reimbursed=0.6).round(3).tolist()
    [[1.8, 1.6], [11.576, 11.376]]
    """
    k, cost = above_zero("capital", capital), vector(shocks, "shocks")
    if not 0 <= reimbursed <= 1 or np.any(cost < 0):
        raise refusal("reimbursed", "lies between 0 and 1, and costs of illness are not negative", "应在 0 与 1 之间")
    output = np.maximum(k**low_elasticity, high_scale * k**high_elasticity - fixed_cost)
    kept = (output + (1 - depreciation) * k)[:, None]
    return np.maximum(kept - (1 - reimbursed) * cost[None, :] - premium, floor)


def steady_states(solved: ValueFunction, shock: int = 0) -> list[tuple[float, bool]]:
    """Capital that a household keeps while `shock` lasts, ascending, each with whether it is stable.

    They lie where the policy crosses the diagonal; more than one stable state is a poverty trap.

    >>> k = np.linspace(0.05, 0.5, 60)
    >>> [(round(at, 3), stable) for at, stable in steady_states(value_iteration(k, k**0.36, 0.95))]
    [(0.187, True)]
    """
    k, gap = solved.grid, solved.policy[:, shock] - solved.grid
    turns = np.flatnonzero((gap[:-1] > 0) != (gap[1:] > 0))
    at = k[turns] + gap[turns] / (gap[turns] - gap[turns + 1]) * (k[turns + 1] - k[turns])
    return list(zip(at.tolist(), (gap[turns] > 0).tolist(), strict=True))


def simulate_vulnerability(
    solved: ValueFunction,
    resources: ArrayLike,
    line: float,
    transition: ArrayLike | None = None,
    *,
    periods: int = 20,
    draws: int = 2000,
    seed: int = 1,
) -> HouseholdVulnerability:
    """Follow households from every grid point: who consumes below `line` within `periods`?

    `solved`, `resources` and `transition` as in `value_iteration`; first shocks are drawn from the chain's stationary
    shares. Capital outside the grid is held at its ends.

    >>> k = np.linspace(0.05, 0.5, 60)
    >>> simulate_vulnerability(value_iteration(k, k**0.36, 0.95), k**0.36, 0.0, periods=3, draws=5).ever_below.max()
    np.float64(0.0)
    """
    have = np.asarray(resources, dtype=np.float64)
    have = have[:, None] if have.ndim == 1 else have
    chain = _chain(transition, have.shape[1])
    random = np.random.default_rng(seed)
    shock = random.choice(len(chain), size=(len(solved.grid), draws), p=_stationary(chain))
    capital = np.repeat(solved.grid[:, None], draws, axis=1)
    ever = np.zeros(capital.shape, dtype=bool)
    reached = np.cumsum(chain, axis=1)
    below = ever
    for _ in range(periods):
        onward, has = _at(solved.grid, solved.policy, capital, shock), _at(solved.grid, have, capital, shock)
        below = has - onward < line
        ever, capital = ever | below, onward
        shock = np.minimum((random.random(shock.shape)[..., None] > reached[shock]).sum(axis=-1), len(chain) - 1)
    ends = below.mean(axis=1)
    safe = ends < 0.5
    trap = float(solved.grid[int(np.argmax(safe))]) if safe.any() and not safe.all() else None
    return HouseholdVulnerability(ever.mean(axis=1), ends, trap)


def _improve(
    k: Floats, have: Floats, value: Floats, discount: float, chain: Floats, utility: Callable[[Floats], Floats]
) -> Floats:
    """The best next capital of every state: the best grid point, then golden section between its neighbours."""
    most = np.minimum(have * (1 - 1e-9), k[-1])
    expected = value @ chain.T
    start = np.empty(have.shape, dtype=np.int64)
    for shock in range(have.shape[1]):
        left = have[:, shock, None] - k[None, :]
        gains = np.where(left > 0, utility(np.maximum(left, 1e-300)) + discount * expected[None, :, shock], -np.inf)
        start[:, shock] = gains.argmax(axis=1)
    low = k[np.maximum(start - 1, 0)]
    high = np.maximum(np.minimum(k[np.minimum(start + 1, len(k) - 1)], most), low)
    curve = PchipInterpolator(k, value, axis=0)
    one, two = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
    for _ in range(SECTIONS):
        gain_one = utility(have - one) + discount * _mixed(curve, one, chain)
        gain_two = utility(have - two) + discount * _mixed(curve, two, chain)
        left_better = gain_one > gain_two
        low, high = np.where(left_better, low, one), np.where(left_better, two, high)
        one, two = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
    return (low + high) / 2


def _expected(k: Floats, value: Floats, chain: Floats, policy: Floats) -> Floats:
    return _mixed(PchipInterpolator(k, value, axis=0), policy, chain)


def _mixed(curve: PchipInterpolator, at: Floats, chain: Floats) -> Floats:
    """Σ P(z, z')·V(at, z') for capital `at` of shape (n, shocks)."""
    return np.einsum("izy,zy->iz", curve(at), chain)


def _at(grid: Floats, table: Floats, capital: Floats, shock: np.ndarray) -> Floats:
    """Rows of a table (grid, shocks) read between grid points."""
    place = np.clip(np.searchsorted(grid, capital) - 1, 0, len(grid) - 2)
    share = np.clip((capital - grid[place]) / (grid[place + 1] - grid[place]), 0.0, 1.0)
    return (1 - share) * table[place, shock] + share * table[place + 1, shock]


def _chain(transition: ArrayLike | None, shocks: int) -> Floats:
    chain = np.full((shocks, shocks), 1.0 / shocks) if transition is None else matrix(transition, "transition")
    if chain.shape != (shocks, shocks) or np.any(chain < 0) or not np.allclose(chain.sum(axis=1), 1):
        raise refusal(
            "transition", f"is {shocks} × {shocks} with rows that sum to one", f"应为 {shocks}×{shocks}，行和为 1"
        )
    return chain


def _stationary(chain: Floats) -> Floats:
    values, vectors = np.linalg.eig(chain.T)
    shares = np.abs(vectors[:, int(np.argmin(np.abs(values - 1)))].real)
    return shares / shares.sum()
