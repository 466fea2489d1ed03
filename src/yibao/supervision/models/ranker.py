"""The supervised ranker: three plain learners of different kinds, their log-odds averaged and calibrated.

A linear model, a forest and boosted trees err differently; their mean is steadier than any of them. Probabilities are
calibrated on predictions for units that the learners had not seen (Platt's logistic curve), so that 30 % means 30 %.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yibao.measures.poisson import Floats
from yibao.measures.ranking import Bools

#: Inner folds on which the calibration curve is fitted.
INNER = 3
#: Trees of the forest, and rounds of boosting.
TREES, ROUNDS = 200, 150
#: The least slope of the calibration curve.
FLATTEST = 0.1
#: Probabilities are kept this far from 0 and 1 before their log-odds are taken.
_EDGE = 1e-4


class Ranker:
    """Fit on features and labels, then give probabilities. Missing features are allowed.

    ``features`` has shape (units, columns); learners see nothing but what ``fit`` was given.
    """

    def __init__(self, seed: int = 1) -> None:
        self.seed = seed

    def fit(self, features: Floats, label: Bools, groups: Sequence[str] | None = None) -> Ranker:
        """Needs at least ``INNER`` units of each kind; raises ValueError otherwise. ``groups`` as of :func:`folds`."""
        if min(label.sum(), (~label).sum()) < INNER:
            raise ValueError(f"a ranker needs at least {INNER} units of each kind")
        self._learners = self._learn(features, label)
        unseen = np.zeros(label.size)
        for train, test in folds(label, INNER, self.seed, groups):
            unseen[test] = _mean_log_odds(self._learn(features[train], label[train]), features[test])
        self._curve = _logistic(unseen, label)
        return self

    def probability(self, features: Floats) -> Floats:
        """A calibrated probability for each unit, in (0, 1)."""
        slope, start = self._curve
        return 1 / (1 + np.exp(-(slope * _mean_log_odds(self._learners, features) + start)))

    def _learn(self, features: Floats, label: Bools) -> list[Any]:
        # Heavy: only where a ranker is fitted.
        from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
        from sklearn.impute import SimpleImputer
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        def filled() -> SimpleImputer:
            return SimpleImputer(strategy="median", keep_empty_features=True)

        learners = [
            make_pipeline(filled(), StandardScaler(), LogisticRegression(C=0.1, max_iter=2000)),
            make_pipeline(
                filled(),
                RandomForestClassifier(n_estimators=TREES, min_samples_leaf=5, random_state=self.seed, n_jobs=1),
            ),
            HistGradientBoostingClassifier(
                max_iter=ROUNDS, learning_rate=0.04, max_leaf_nodes=8, min_samples_leaf=25, l2_regularization=5,
                early_stopping=False, random_state=self.seed,
            ),
        ]  # fmt: skip
        return [learner.fit(features, label) for learner in learners]


def folds(
    label: Bools, count: int, seed: int, groups: Sequence[str] | None = None
) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Train and test places of stratified folds: every row is tested once, positives spread evenly.

    Rows of one of ``groups`` (a provider) are never on both sides; without it each row is a group of its own.
    """
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    kind = StratifiedKFold if groups is None else StratifiedGroupKFold
    cut = kind(n_splits=count, shuffle=True, random_state=seed)
    return list(cut.split(np.zeros(label.size), label, groups))


def _mean_log_odds(learners: list[Any], features: Floats) -> Floats:
    given = [np.clip(learner.predict_proba(features)[:, 1], _EDGE, 1 - _EDGE) for learner in learners]
    return np.mean([np.log(p / (1 - p)) for p in given], axis=0)


def _logistic(score: Floats, label: Bools) -> tuple[float, float]:
    """Slope and start of the calibration curve; it never falls, or few examples could turn the order around."""
    from sklearn.linear_model import LogisticRegression

    curve = LogisticRegression(C=1e6).fit(score[:, None], label)
    slope = float(curve.coef_[0, 0])
    if slope >= FLATTEST:
        return slope, float(curve.intercept_[0])
    share = float(label.mean())
    return FLATTEST, float(np.log(share / (1 - share)) - FLATTEST * score.mean())
