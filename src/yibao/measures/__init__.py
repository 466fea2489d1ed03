"""Small shared statistics: intervals for counts, ratios and proportions, funnel limits, partial pooling, robust
scores, weights of indicators, texts that resemble each other.

Everything here is a pure, vectorised function of NumPy arrays (scalars are welcome). Statistics are floats;
a law that stores one turns it into parts per million itself and says how it rounds.
"""

from __future__ import annotations

from yibao.measures.funnel import FunnelLimits, binomial_limits, overdispersion, poisson_limits
from yibao.measures.poisson import RatioInterval, observed_expected, poisson_interval
from yibao.measures.pooling import PooledShares, pooled_shares
from yibao.measures.process import Signal, signal
from yibao.measures.proportion import clopper_pearson_interval, wilson_interval
from yibao.measures.ranking import (
    Interval,
    Ranking,
    best_cut,
    bootstrap,
    f1,
    precision_at,
    ranking,
    weighted_pr_auc,
    weighted_roc_auc,
)
from yibao.measures.robust import median_absolute_deviation, robust_z
from yibao.measures.shrinkage import PeerScores, peer_scores
from yibao.measures.texts import SimilarTexts, linked, similar_texts
from yibao.measures.weights import (
    AhpWeights,
    EntropyWeights,
    ahp_weights,
    combined_weights,
    critic_weights,
    entropy_of,
    entropy_weights,
    standardised,
)

__all__ = [
    "AhpWeights",
    "EntropyWeights",
    "FunnelLimits",
    "Interval",
    "PeerScores",
    "PooledShares",
    "Ranking",
    "RatioInterval",
    "Signal",
    "SimilarTexts",
    "ahp_weights",
    "best_cut",
    "binomial_limits",
    "bootstrap",
    "clopper_pearson_interval",
    "combined_weights",
    "critic_weights",
    "entropy_of",
    "entropy_weights",
    "f1",
    "linked",
    "median_absolute_deviation",
    "observed_expected",
    "overdispersion",
    "peer_scores",
    "poisson_interval",
    "poisson_limits",
    "pooled_shares",
    "precision_at",
    "ranking",
    "robust_z",
    "signal",
    "similar_texts",
    "standardised",
    "weighted_pr_auc",
    "weighted_roc_auc",
    "wilson_interval",
]
