"""Direct and indirect effects of a spatial model: what a change in one region does there, and elsewhere."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from yibao.equity.checks import Floats

#: Powers of the lag are added up until what is left is below this.
_REST = 1e-14


class Effects(NamedTuple):
    """Effects of each regressor: direct, indirect, total with standard errors and two-sided p (simulated)."""

    direct: Floats
    indirect: Floats
    total: Floats
    direct_error: Floats
    indirect_error: Floats
    total_error: Floats
    direct_p: Floats
    indirect_p: Floats
    total_p: Floats
    draws: int


def spatial_effects(
    w: Floats, rho: float, beta: Floats, theta: Floats, covariance: Floats, *, draws: int = 1000, seed: int = 1
) -> Effects:
    """Mean effects of S = (I − ρW)⁻¹(Iβ + Wθ): direct tr(S)/n, total 1'S1/n, indirect their difference.

    `beta` and `theta` one a regressor; `covariance` of (ρ, β, θ) in this order. Errors come from normal draws around
    the estimates; draws with |ρ| of 1 or more are drawn again no matter how few remain: they are left out.
    Source: J. LeSage and R. K. Pace, Introduction to spatial econometrics (2009), chapter 2.
    """
    k = len(beta)
    centre = np.concatenate([[rho], beta, theta])
    drawn = np.random.default_rng(seed).multivariate_normal(centre, covariance, size=draws, method="svd")
    drawn = drawn[np.abs(drawn[:, 0]) < 1]
    eigen, reach = np.linalg.eigvals(w), _reach(w, float(np.abs(np.append(drawn[:, 0], rho)).max()))
    point = _effects(centre[None, :], eigen, reach, k)
    spread = _effects(drawn, eigen, reach, k)
    errors = tuple(part.std(axis=0, ddof=1) for part in spread)
    # The share of draws beyond zero, twice: no normal shape is assumed of a ratio.
    p = [np.minimum(2 * np.minimum((part <= 0).mean(axis=0), (part >= 0).mean(axis=0)), 1.0) for part in spread]
    direct, indirect, total = (part[0] for part in point)
    return Effects(direct, indirect, total, errors[0], errors[1], errors[2], p[0], p[1], p[2], len(drawn))


def _effects(parameters: Floats, eigen: np.ndarray, reach: Floats, k: int) -> tuple[Floats, Floats, Floats]:
    rho, beta, theta = parameters[:, :1], parameters[:, 1 : k + 1], parameters[:, k + 1 :]
    own = (1 / (1 - rho * eigen)).mean(axis=1).real[:, None]
    back = (eigen / (1 - rho * eigen)).mean(axis=1).real[:, None]
    powers = rho ** np.arange(len(reach) - 1)
    direct = own * beta + back * theta
    total = (powers @ reach[:-1])[:, None] * beta + (powers @ reach[1:])[:, None] * theta
    return direct, total - direct, total


def _reach(w: Floats, rho: float) -> Floats:
    """1'Wʲ1/n for j = 0, 1, …: where rows sum to one these are all 1; islands make them fall."""
    length = 64 if rho < 0.5 else int(np.ceil(np.log(_REST) / np.log(min(rho, 0.9999)))) + 2
    ones, found = np.ones(len(w)), []
    for _ in range(length):
        found.append(float(ones.mean()))
        ones = w @ ones
    return np.array(found)
