"""Small shared statistics: intervals for counts, ratios and proportions, funnel limits, robust scores.

Everything here is a pure, vectorised function of NumPy arrays (scalars are welcome). Statistics are floats;
a law that stores one turns it into parts per million itself and says how it rounds.
"""

from __future__ import annotations

from yibao.measures.funnel import FunnelLimits, binomial_limits, overdispersion, poisson_limits
from yibao.measures.poisson import RatioInterval, observed_expected, poisson_interval
from yibao.measures.proportion import wilson_interval
from yibao.measures.robust import median_absolute_deviation, robust_z

__all__ = [
    "FunnelLimits",
    "RatioInterval",
    "binomial_limits",
    "median_absolute_deviation",
    "observed_expected",
    "overdispersion",
    "poisson_interval",
    "poisson_limits",
    "robust_z",
    "wilson_interval",
]
