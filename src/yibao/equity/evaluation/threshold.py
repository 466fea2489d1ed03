"""Panel threshold regression: does an effect change where another variable passes a value, and at which value?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from yibao.equity.checks import Floats, Note, refusal
from yibao.equity.evaluation.tables import Columns, Estimate, Missing, estimate, frame
from yibao.equity.evaluation.within import balanced_order, within_unit


class Threshold(NamedTuple):
    """One threshold: its value, interval, the test that it exists (F, bootstrap p), and LR(γ) over the grid."""

    value: float
    low: float
    high: float
    f: float
    p: float
    grid: Floats
    likelihood_ratio: Floats


class ThresholdFit(NamedTuple):
    """`thresholds` in the order found; `regimes` the effect below the first, between, and above, from low to high.

    `controls` coefficients by name; `squares` and `squares_none` sums of squared residuals with all thresholds and with
    none; `variance` squares/(units·(years − 1)). Errors are clustered by unit, the thresholds taken as known.
    """

    thresholds: tuple[Threshold, ...]
    regimes: tuple[Estimate, ...]
    rows_by_regime: tuple[int, ...]
    controls: dict[str, Estimate]
    squares: float
    squares_none: float
    variance: float
    units: int
    years: int
    notes: tuple[Note, ...]


def panel_threshold(
    data: Columns,
    outcome: str,
    regressor: str,
    threshold: str,
    unit: str,
    year: str,
    *,
    controls: Sequence[str] = (),
    thresholds: int = 1,
    trim: float = 0.05,
    level: float = 0.95,
    draws: int = 300,
    seed: int = 1,
    missing: Missing = "refuse",
) -> ThresholdFit:
    """y = α(unit) + γ·controls + β(regime)·x + ε, the regime told by where the `threshold` variable lies.

    Unit effects are taken out after splitting. Each distinct value between the `trim` and 1 − `trim` quantiles is tried
    (the row at the threshold belongs below); the one with the least squares is taken. F = (S0 − S1)/σ², σ² = S1/(n(T −
    1)); p from `draws` bootstraps of whole units' residuals with no threshold in truth; the interval is of values with
    LR ≤ −2·ln(1 − √level), 7.352277 at 95 %. More thresholds are sought one after another, the first ones held, each
    segment keeping `trim` of the rows. The panel must be balanced.
    Source: B. E. Hansen (1999), J. Econometrics 93:345.
    """
    read = frame(data, [outcome, regressor, threshold, year, *controls], [unit], missing)
    order, units, years = balanced_order(read.data[read.key[unit]].to_numpy(), read.column(year))
    y, x, q = (read.column(name)[order] for name in (outcome, regressor, threshold))
    own = np.column_stack([read.column(name)[order] for name in controls]) if controls else np.empty((len(y), 0))
    if thresholds < 1 or not 0 < trim < 0.5:
        raise refusal(
            "thresholds", "is at least 1, and trim lies between 0 and one half", "至少为 1，trim 应在 0 与 0.5 之间"
        )
    free = units * (years - 1)
    y_in, own_in = within_unit(y, years), within_unit(own, years)
    squares_none = _squares(np.column_stack([own_in, within_unit(x, years)]), y_in[:, None])[0]
    found: list[Threshold] = []
    before = squares_none
    for _ in range(thresholds):
        cuts = [one.value for one in found]
        grid = _grid(q, cuts, trim)
        designs = [np.column_stack([own_in, _regimes(x, q, [*cuts, value], years)]) for value in grid]
        tried = np.array([_squares(design, y_in[:, None])[0] for design in designs])
        best = int(tried.argmin())
        variance = float(tried[best]) / free
        f = (before - float(tried[best])) / variance
        p = _bootstrap(y_in, own_in, x, q, cuts, designs, best, years, f, draws, seed)
        ratio = (tried - tried[best]) / variance
        inside = grid[ratio <= -2 * np.log(1 - np.sqrt(level))]
        found.append(Threshold(float(grid[best]), float(inside.min()), float(inside.max()), f, p, grid, ratio))
        before = float(tried[best])
    cuts = sorted(one.value for one in found)
    design = np.column_stack([own_in, _regimes(x, q, cuts, years)])
    estimates = _clustered(design, y_in, units, years, level)
    where = np.searchsorted(np.array(cuts), q, side="left")
    return ThresholdFit(
        tuple(found), tuple(estimates[own.shape[1] :]), tuple(np.bincount(where, minlength=len(cuts) + 1).tolist()),
        dict(zip(controls, estimates, strict=False)), before, float(squares_none), before / free, units, years,
        read.notes,
    )  # fmt: skip


def _grid(q: Floats, cuts: Sequence[float], trim: float) -> Floats:
    """Distinct values that leave at least `trim` of all rows in every segment."""
    low, high = np.quantile(q, [trim, 1 - trim])
    values = np.unique(q[(q >= low) & (q <= high)])
    least = trim * len(q)
    for cut in cuts:
        between = np.array([((q > min(cut, value)) & (q <= max(cut, value))).sum() for value in values])
        values = values[between >= least]
    if len(values) < 2:
        raise refusal("threshold", "takes too few values to look for a threshold", "取值过少，无法搜索门槛")
    return values


def _regimes(x: Floats, q: Floats, cuts: Sequence[float], years: int) -> Floats:
    """One column a regime: x where q lies in it, else 0, less the unit's mean."""
    where = np.searchsorted(np.sort(np.asarray(cuts)), q, side="left")
    split = np.where(where[:, None] == np.arange(len(cuts) + 1), x[:, None], 0.0)
    return within_unit(split, years)


def _squares(design: Floats, y: Floats) -> Floats:
    """Sums of squared residuals of each column of y."""
    basis = np.linalg.qr(design)[0]
    return (y**2).sum(axis=0) - ((basis.T @ y) ** 2).sum(axis=0)


def _bootstrap(
    y: Floats, own: Floats, x: Floats, q: Floats, cuts: Sequence[float], designs: list[Floats], best: int, years: int,
    f: float, draws: int, seed: int,
) -> float:  # fmt: skip
    """The share of bootstrapped F at or above the one found: units' residuals drawn whole, added to the null's fit."""
    null = (
        np.column_stack([own, _regimes(x, q, cuts, years)]) if cuts else np.column_stack([own, within_unit(x, years)])
    )
    basis = np.linalg.qr(designs[best])[0]
    residual = (y - basis @ (basis.T @ y)).reshape(-1, years)
    fitted = null @ np.linalg.lstsq(null, y, rcond=None)[0]
    rows = np.random.default_rng(seed).integers(0, len(residual), (draws, len(residual)))
    drawn = fitted[:, None] + residual[rows].reshape(draws, -1).T
    least = np.full(draws, np.inf)
    for design in designs:
        least = np.minimum(least, _squares(design, drawn))
    free = len(residual) * (years - 1)
    return float(((_squares(null, drawn) - least) / (least / free) >= f).mean())


def _clustered(design: Floats, y: Floats, units: int, years: int, level: float) -> list[Estimate]:
    inverse = np.linalg.pinv(design.T @ design)
    beta = inverse @ (design.T @ y)
    score = (design * (y - design @ beta)[:, None]).reshape(units, years, -1).sum(axis=1)
    covariance = inverse @ (score.T @ score) @ inverse * units / (units - 1)
    return [estimate(b, np.sqrt(v), level, units - 1) for b, v in zip(beta, np.diag(covariance), strict=True)]
